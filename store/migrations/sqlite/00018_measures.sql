-- Measures over the event log: docs/measures.md.

-- +goose Up
ALTER TABLE events ADD COLUMN n INTEGER NOT NULL DEFAULT 0; -- place in the log, from 1
UPDATE events SET n = rowid;
CREATE INDEX events_by_place ON events (n);

ALTER TABLE replies ADD COLUMN guarded INTEGER NOT NULL DEFAULT 0; -- 1 = the guard has read it

-- What is measured of a ticket, made of its events; made anew whenever there are more.
CREATE TABLE measured (
    day       INTEGER NOT NULL, -- on which it came, in the desk's time zone; since 1970
    ticket_id TEXT    NOT NULL,
    tier      TEXT    NOT NULL, -- '' here and below = not known
    kind      TEXT    NOT NULL,
    topic     TEXT    NOT NULL, -- id of a procedure
    channel   TEXT    NOT NULL,
    language  TEXT    NOT NULL,
    points    TEXT    NOT NULL, -- lines: measure:key, how many, total; by tabs
    PRIMARY KEY (day, ticket_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX measured_by_ticket ON measured (ticket_id);

-- Sums of points by day: of all tickets, and for each value of each thing they can be filtered by.
CREATE TABLE tallies (
    dim     TEXT    NOT NULL, -- '' = of all; tier, kind, topic, channel, language
    measure TEXT    NOT NULL,
    day     INTEGER NOT NULL,
    value   TEXT    NOT NULL, -- of dim
    key     TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    total   INTEGER NOT NULL, -- minutes, nano-dollars or milliseconds, by the measure
    tickets INTEGER NOT NULL, -- that have the point
    PRIMARY KEY (dim, measure, day, value, key)
) STRICT, WITHOUT ROWID;

-- How far the log was taken in.
CREATE TABLE measuring (
    id    INTEGER NOT NULL PRIMARY KEY, -- 1
    basis TEXT    NOT NULL, -- hash of the time zone, the tiers' hours and how is measured; '' = nothing was counted yet
    n     INTEGER NOT NULL, -- of the last event
    at    INTEGER NOT NULL, -- when, or when the count under way last got on
    run   TEXT    NOT NULL, -- of a count of everything under way; '' = none
    done  INTEGER NOT NULL  -- tickets that it has counted
) STRICT;
INSERT INTO measuring (id, basis, n, at, run, done) VALUES (1, '', 0, 0, '', 0);
