-- Blind reviews of past tickets, and what outcomes make of the confidence.

-- +goose Up
CREATE TABLE reviews (
    id       TEXT    NOT NULL PRIMARY KEY,
    user_id  TEXT    NOT NULL, -- who marks
    at       INTEGER NOT NULL,
    from_at  INTEGER NOT NULL, -- the tickets came then or later
    to_at    INTEGER NOT NULL, -- and before that
    seed     INTEGER NOT NULL, -- of the draw: the same tickets again from the same store
    pool     INTEGER NOT NULL, -- how many tickets were drawn from
    ended_at INTEGER NOT NULL DEFAULT 0 -- all are marked
) STRICT;
CREATE UNIQUE INDEX reviews_open ON reviews (user_id) WHERE ended_at = 0;
CREATE INDEX reviews_ended ON reviews (ended_at);

CREATE TABLE review_marks (
    review_id TEXT    NOT NULL REFERENCES reviews (id),
    place     INTEGER NOT NULL, -- from 1
    ticket_id TEXT    NOT NULL REFERENCES tickets (id),
    brief     INTEGER NOT NULL, -- version that is judged
    brief_is  TEXT    NOT NULL DEFAULT '', -- right, wrong, unclear
    brief_at  INTEGER NOT NULL DEFAULT 0,
    route_is  TEXT    NOT NULL DEFAULT '',
    route_at  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (review_id, place),
    UNIQUE (review_id, ticket_id)
) STRICT;
CREATE INDEX review_marks_by_ticket ON review_marks (ticket_id);

-- Each row is a version; the newest holds. All of it can be made again from events.
CREATE TABLE calibrations (
    version  INTEGER NOT NULL PRIMARY KEY, -- from 1
    at       INTEGER NOT NULL,
    user_id  TEXT    NOT NULL, -- who asked for it; '' = the desk itself
    base     REAL    NOT NULL, -- the policy's floor then
    low      REAL    NOT NULL, -- bounds of the floor
    high     REAL    NOT NULL,
    set_by   TEXT    NOT NULL, -- the lead who set the bounds; '' = the policy
    floor    REAL    NOT NULL, -- that holds
    fit      TEXT    NOT NULL  -- JSON of the calibration, and of what changed of the desk before
) STRICT;
