-- What became of the guard's findings: codes and ids, never text, never whose draft it was.

-- +goose Up
CREATE TABLE guard_outcomes (
    ticket_id TEXT    NOT NULL,
    finding   TEXT    NOT NULL, -- guard.Finding.Key: the same finding of the same ticket
    kind      TEXT    NOT NULL, -- guard.Kind
    outcome   TEXT    NOT NULL CHECK (outcome IN ('shown', 'mended', 'dismissed')),
    reason    TEXT    NOT NULL, -- code, '' when none was given
    at        INTEGER NOT NULL, -- when the outcome was told
    PRIMARY KEY (ticket_id, finding)
) STRICT;

CREATE INDEX guard_outcomes_by_time ON guard_outcomes (at, kind, outcome);
