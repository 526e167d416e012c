-- Past tickets of other desks, who wrote them there, and what people said of the report on them.

-- +goose Up
CREATE TABLE imports (
    id         TEXT    NOT NULL PRIMARY KEY,
    source     TEXT    NOT NULL, -- of its tickets
    format     TEXT    NOT NULL,
    files      TEXT    NOT NULL, -- JSON: their names
    person     TEXT    NOT NULL, -- id of a user; '' = on the command line
    state      TEXT    NOT NULL, -- running, done, stopped, undone
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    counts     TEXT    NOT NULL, -- JSON: numbers
    faults     TEXT    NOT NULL  -- JSON: the first of what was not understood: file, place, reason
) STRICT;
CREATE INDEX imports_by_start ON imports (started_at);

-- What a ticket was where it came from.
CREATE TABLE imported (
    ticket_id TEXT    NOT NULL PRIMARY KEY REFERENCES tickets (id),
    import_id TEXT    NOT NULL REFERENCES imports (id), -- that brought its first message
    state     TEXT    NOT NULL, -- in the desk's own word; '' = not said
    solved    INTEGER NOT NULL, -- 1: that word means that it was done
    team      TEXT    NOT NULL, -- that had it last
    assignee  TEXT    NOT NULL,
    tags      TEXT    NOT NULL  -- JSON
) STRICT;
CREATE INDEX imported_by_import ON imported (import_id);

ALTER TABLE messages ADD COLUMN agent TEXT NOT NULL DEFAULT ''; -- who of another desk wrote it, by name or id there
ALTER TABLE messages ADD COLUMN team  TEXT NOT NULL DEFAULT ''; -- and for which team

-- A person said that what the report of circles found is no repeat.
CREATE TABLE not_repeats (
    message_id TEXT    NOT NULL REFERENCES messages (id), -- the answer
    start_at   INTEGER NOT NULL, -- where in it, in bytes
    kind       TEXT    NOT NULL, -- steps, links, reasked, restart, handover, reopened
    words      TEXT    NOT NULL, -- SHA-256 of what the answer says there
    person     TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (message_id, start_at, kind)
) STRICT;
