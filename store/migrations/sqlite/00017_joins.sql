-- Tickets of one customer that may be one conversation.

-- +goose Up
-- A person said of two tickets that they are two; the first id is the lesser.
CREATE TABLE apart (
    one_id   TEXT    NOT NULL REFERENCES tickets (id),
    other_id TEXT    NOT NULL REFERENCES tickets (id),
    at       INTEGER NOT NULL,
    PRIMARY KEY (one_id, other_id)
) STRICT;
