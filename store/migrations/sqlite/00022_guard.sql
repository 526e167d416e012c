-- Tickets handed over that nobody has taken on, and why findings are set aside.

-- +goose Up
CREATE INDEX tickets_handed ON tickets (lane, updated_at, id) WHERE handed = 1;

-- How often people gave a reason when they set a finding of the guard aside; of nobody.
CREATE TABLE guard_reasons (
    day    INTEGER NOT NULL, -- UTC day, days since 1970
    kind   TEXT    NOT NULL,
    level  TEXT    NOT NULL, -- stop, hint
    reason TEXT    NOT NULL, -- not_so, wanted, other
    count  INTEGER NOT NULL,
    PRIMARY KEY (day, kind, level, reason)
) STRICT;
