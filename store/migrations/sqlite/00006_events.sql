-- What customers did on help pages, and who has read which product change.

-- +goose Up
ALTER TABLE messages ADD COLUMN events TEXT NOT NULL DEFAULT '[]'; -- JSON of []triage.Event

CREATE TABLE acknowledgements (
    change_id TEXT    NOT NULL, -- of the workspace
    person    TEXT    NOT NULL, -- the name they signed in with
    at        INTEGER NOT NULL,
    PRIMARY KEY (change_id, person)
) STRICT;
