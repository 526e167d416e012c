-- Senders by message, merge and split, corrections by message, erasure.

-- +goose Up
-- The customer as the arrival named them: a ticket can hold the words of two.
ALTER TABLE messages ADD COLUMN customer_id      TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN customer_email   TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN customer_name    TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN customer_account TEXT NOT NULL DEFAULT '';

-- Of older messages only the ticket knows it.
UPDATE messages SET customer_id = t.customer_id, customer_email = t.customer_email,
    customer_name = t.customer_name, customer_account = t.customer_account
FROM tickets t WHERE t.id = messages.ticket_id;

ALTER TABLE tickets ADD COLUMN merged_into TEXT    NOT NULL DEFAULT ''; -- id of the ticket that has its messages now
ALTER TABLE tickets ADD COLUMN erased_at   INTEGER NOT NULL DEFAULT 0;  -- when text of it was erased, last

ALTER TABLE leases ADD COLUMN void INTEGER NOT NULL DEFAULT 0; -- 1: what its owner read has changed since

ALTER TABLE corrections ADD COLUMN message_id TEXT NOT NULL DEFAULT ''; -- of the anchor; it follows the message
CREATE INDEX corrections_by_message ON corrections (message_id) WHERE message_id <> '';

-- Messages that changed their ticket.
CREATE TABLE moves (
    id        TEXT    NOT NULL PRIMARY KEY,
    kind      TEXT    NOT NULL, -- merge, split
    at        INTEGER NOT NULL,
    source_id TEXT    NOT NULL REFERENCES tickets (id),
    target_id TEXT    NOT NULL REFERENCES tickets (id),
    state     TEXT    NOT NULL, -- of the source before it
    messages  TEXT    NOT NULL, -- JSON: their ids, in the source's order
    undone_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX moves_by_source ON moves (source_id, at);
CREATE INDEX moves_by_target ON moves (target_id, at);
