-- What candidates make of live tickets, and suggestions that somebody set aside.

-- +goose Up
CREATE INDEX events_shadow ON events (at) WHERE kind = 'shadow';

CREATE TABLE set_aside (
    kind    TEXT    NOT NULL, -- of a suggestion: cluster, check, capability
    key     TEXT    NOT NULL, -- id of a ticket of the cluster, procedure/step, capability
    size    INTEGER NOT NULL, -- the tickets that spoke for it then: it comes back with twice as many
    user_id TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;
