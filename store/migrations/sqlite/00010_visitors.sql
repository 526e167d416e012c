-- Visitors of the chat widget: the conversation that they have, and when they were there.

-- +goose Up
CREATE TABLE visitors (
    source     TEXT    NOT NULL, -- of the widget
    visitor    TEXT    NOT NULL, -- of a browser, or of a user whom the host's server vouches for
    ticket_key TEXT    NOT NULL, -- of their conversation now, of the same source
    also       TEXT    NOT NULL DEFAULT '[]', -- JSON: the browsers whose conversation became this user's
    seen_at    INTEGER NOT NULL, -- when the widget was last open before their eyes; 0 = never
    readback   TEXT    NOT NULL DEFAULT '', -- id of the message after which the readback was given; '' before
    events     TEXT    NOT NULL DEFAULT '[]', -- JSON of []triage.Event: since their last message
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (source, visitor)
) STRICT;

CREATE INDEX visitors_by_key ON visitors (source, ticket_key);
CREATE INDEX visitors_by_update ON visitors (updated_at);
