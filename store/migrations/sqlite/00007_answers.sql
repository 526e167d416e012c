-- Attachments with their bytes, agents' answers, and what goes out.

-- +goose Up
ALTER TABLE messages ADD COLUMN author TEXT NOT NULL DEFAULT ''; -- id of the member of staff who wrote it

-- The bytes of attachments. The messages' own column names them.
CREATE TABLE files (
    id          TEXT    NOT NULL PRIMARY KEY,
    holder      TEXT    NOT NULL, -- id of the message that has it; of the reply while that is not sent
    name        TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    bytes       BLOB    NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

CREATE INDEX files_by_holder ON files (holder);

-- An agent's answer: written, held for a moment, sent.
CREATE TABLE replies (
    id         TEXT    NOT NULL PRIMARY KEY,
    ticket_id  TEXT    NOT NULL REFERENCES tickets (id),
    person     TEXT    NOT NULL, -- id of the member of staff
    state      TEXT    NOT NULL, -- draft, held, sent
    text       TEXT    NOT NULL, -- Markdown; '' once sent, the message has it
    after      TEXT    NOT NULL, -- state of the ticket once it is sent
    changed_at INTEGER NOT NULL,
    send_at    INTEGER NOT NULL, -- of a held one; 0 = not
    message_id TEXT    NOT NULL  -- of a sent one; '' before
) STRICT;

-- Each person has one draft, or one held answer, for a ticket.
CREATE UNIQUE INDEX replies_unsent ON replies (ticket_id, person) WHERE state <> 'sent';
CREATE INDEX replies_held ON replies (send_at) WHERE state = 'held';

-- What goes out: mail, webhooks, notes on a desk. The key is the same on each try.
CREATE TABLE deliveries (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL, -- who carries it out: mail, webhook, ...
    target     TEXT    NOT NULL, -- one of several of that kind; '' = there is one
    key        TEXT    NOT NULL, -- Message-ID or Idempotency-Key
    ticket_id  TEXT    NOT NULL REFERENCES tickets (id),
    message_id TEXT    NOT NULL, -- that it carries; '' for none
    body       BLOB    NOT NULL, -- in the form of its kind; empty once erased
    state      TEXT    NOT NULL, -- waiting, sending, sent, unknown, failed
    tries      INTEGER NOT NULL,
    next_at    INTEGER NOT NULL, -- of a waiting one: not before
    run        TEXT    NOT NULL, -- of a sending one: the opening of the store that does it
    code       TEXT    NOT NULL, -- what came of the last try
    ref        TEXT    NOT NULL, -- the receiver's id of it
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (kind, target, key)
) STRICT;

CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_sending ON deliveries (changed_at) WHERE state = 'sending';
CREATE INDEX deliveries_by_ticket ON deliveries (ticket_id, created_at);
CREATE INDEX deliveries_by_state ON deliveries (state, changed_at, id);
