-- Tallies by any filters together: docs/measures.md. Both tables are made anew from the log.

-- +goose Up
DROP TABLE measured;
DROP TABLE tallies;

-- The combinations of filters that tickets have. Kept for good: numbers mean the same ever after.
CREATE TABLE cells (
    id       INTEGER NOT NULL PRIMARY KEY, -- from 1
    tier     TEXT    NOT NULL, -- '' here and below = not known
    kind     TEXT    NOT NULL,
    topic    TEXT    NOT NULL, -- id of a procedure
    channel  TEXT    NOT NULL,
    language TEXT    NOT NULL,
    UNIQUE (tier, kind, topic, channel, language)
) STRICT;

-- What can be counted of a ticket. Kept for good.
CREATE TABLE points (
    id      INTEGER NOT NULL PRIMARY KEY, -- from 1
    measure TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    UNIQUE (measure, key)
) STRICT;

-- What is measured of a ticket, made of its events; made anew whenever there are more.
CREATE TABLE measured (
    day       INTEGER NOT NULL, -- on which it came, in the desk's time zone; since 1970
    cell      INTEGER NOT NULL,
    ticket_id TEXT    NOT NULL,
    points    TEXT    NOT NULL, -- lines: measure:key, how many, total; by tabs
    PRIMARY KEY (day, cell, ticket_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX measured_by_ticket ON measured (ticket_id);

-- Sums of points: of all tickets of a day, and of those of a cell by day, by week and by four weeks.
CREATE TABLE tallies (
    point   INTEGER NOT NULL,
    grain   INTEGER NOT NULL, -- 0 = all tickets of a day, 1 = those of a cell of a day, 7 = of a week, 28 = of four
    day     INTEGER NOT NULL, -- of weeks the first Monday
    cell    INTEGER NOT NULL, -- 0 = all
    n       INTEGER NOT NULL,
    total   INTEGER NOT NULL, -- minutes, nano-dollars or milliseconds, by the measure
    tickets INTEGER NOT NULL, -- that have the point
    PRIMARY KEY (point, grain, day, cell)
) STRICT, WITHOUT ROWID;

UPDATE measuring SET basis = '', n = 0, run = '', done = 0;
