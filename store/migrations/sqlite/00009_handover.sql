-- Notes of staff, hand-overs, how a ticket ends, and notices beside answers.

-- +goose Up
ALTER TABLE tickets ADD COLUMN handed INTEGER NOT NULL DEFAULT 0;      -- 1 = handed over, and nobody of the tier has said that they have it
ALTER TABLE tickets ADD COLUMN resolution TEXT NOT NULL DEFAULT '';    -- of a resolved one: why; '' = not said
ALTER TABLE tickets ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;    -- the customer was asked whether it works; 0 = was not, or has answered
ALTER TABLE tickets ADD COLUMN state_before TEXT NOT NULL DEFAULT '';  -- of one that a message opened again, until that is read; '' = none did

CREATE INDEX tickets_asked ON tickets (asked_at) WHERE asked_at > 0;
CREATE INDEX tickets_by_email ON tickets (lower(customer_email));
CREATE INDEX tickets_by_customer ON tickets (customer_id);
CREATE INDEX tickets_by_account ON tickets (customer_account);

-- What staff write for each other: no message, so neither the customer nor an extractor ever gets it.
CREATE TABLE notes (
    id         TEXT    NOT NULL PRIMARY KEY,
    ticket_id  TEXT    NOT NULL REFERENCES tickets (id),
    person     TEXT    NOT NULL, -- id of the member of staff
    text       TEXT    NOT NULL, -- Markdown; '' once erased
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_by_ticket ON notes (ticket_id, created_at);

CREATE TABLE handovers (
    id              TEXT    NOT NULL PRIMARY KEY,
    ticket_id       TEXT    NOT NULL REFERENCES tickets (id),
    from_tier       TEXT    NOT NULL,
    to_tier         TEXT    NOT NULL,
    why             TEXT    NOT NULL, -- a code
    text            TEXT    NOT NULL, -- what was written beside it; '' = nothing, or erased
    person          TEXT    NOT NULL, -- id of the member of staff; '' = a customer's word opened the ticket again
    own             TEXT    NOT NULL, -- the tier that the route named then; '' = none
    before          TEXT    NOT NULL, -- id of the hand-over that held until then; '' = none
    held            INTEGER NOT NULL, -- 1 = its tier has the ticket, whatever the route says
    notice          TEXT    NOT NULL, -- id of the reply that tells the customer; '' = none
    created_at      INTEGER NOT NULL,
    acknowledged_by TEXT    NOT NULL DEFAULT '',
    acknowledged_at INTEGER NOT NULL DEFAULT 0,
    undone_at       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX handovers_by_ticket ON handovers (ticket_id, created_at);
CREATE UNIQUE INDEX handovers_held ON handovers (ticket_id) WHERE held = 1;

ALTER TABLE replies ADD COLUMN kind TEXT NOT NULL DEFAULT '';        -- '' = an answer; handed, confirm = a notice
ALTER TABLE replies ADD COLUMN findings TEXT NOT NULL DEFAULT '{}';  -- JSON, by key: what the guard found in a draft and what became of it
DROP INDEX replies_unsent;
-- Each person has one draft, or one held answer, and one held notice of a kind, for a ticket.
CREATE UNIQUE INDEX replies_unsent ON replies (ticket_id, person, kind) WHERE state <> 'sent';

-- How often findings of the guard were shown, mended and dismissed: numbers, of nobody.
CREATE TABLE guard_counts (
    day       INTEGER NOT NULL, -- since 1970, UTC
    kind      TEXT    NOT NULL,
    level     TEXT    NOT NULL, -- stop, hint
    shown     INTEGER NOT NULL DEFAULT 0,
    mended    INTEGER NOT NULL DEFAULT 0,
    dismissed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, kind, level)
) STRICT;
