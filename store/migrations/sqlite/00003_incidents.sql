-- Bursts of like tickets, and what a lead said of them.

-- +goose Up
CREATE TABLE incidents (
    id         TEXT    NOT NULL PRIMARY KEY,
    state      TEXT    NOT NULL, -- raised, confirmed, dismissed, ended
    title      TEXT    NOT NULL DEFAULT '', -- a lead's words; '' before it was confirmed
    area       TEXT    NOT NULL, -- '' when it is of no one area
    marks      TEXT    NOT NULL, -- codes and names that most of its tickets had when it was raised, JSON
    tier       TEXT    NOT NULL, -- that owns it
    raised_at  INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX incidents_by_state ON incidents (state, raised_at);

-- linked = 0: a person said that the ticket is not part of it.
CREATE TABLE incident_tickets (
    incident_id TEXT    NOT NULL REFERENCES incidents (id),
    ticket_id   TEXT    NOT NULL REFERENCES tickets (id),
    linked      INTEGER NOT NULL,
    how         TEXT    NOT NULL, -- found, hand
    at          INTEGER NOT NULL,
    came_at     INTEGER NOT NULL, -- opened_at of the ticket then
    PRIMARY KEY (incident_id, ticket_id)
) STRICT;

CREATE INDEX incident_tickets_by_ticket ON incident_tickets (ticket_id);

-- From the newest brief: the incident that the ticket is routed by, '' for none.
ALTER TABLE tickets ADD COLUMN incident_id TEXT NOT NULL DEFAULT '';

-- When it came, or when a message opened it again after it was resolved.
ALTER TABLE tickets ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;
UPDATE tickets SET opened_at = created_at;

-- The few tickets that the search for bursts reads.
CREATE INDEX tickets_by_trouble ON tickets (opened_at, id) WHERE kind IN ('broken', 'incident', 'other');
