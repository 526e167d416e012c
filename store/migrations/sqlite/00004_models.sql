-- Reading again with a model what was read without one, and what models cost.

-- +goose Up
ALTER TABLE tickets ADD COLUMN redo_tries INTEGER NOT NULL DEFAULT 0; -- that failed, since the newest brief
ALTER TABLE tickets ADD COLUMN redo_at    INTEGER NOT NULL DEFAULT 0; -- not before

CREATE INDEX tickets_degraded ON tickets (updated_at) WHERE degraded = 1;

CREATE TABLE spending (
    day               TEXT    NOT NULL, -- UTC, such as 2026-11-22
    model             TEXT    NOT NULL,
    readings          INTEGER NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    nano_usd          INTEGER NOT NULL, -- of what has a price
    unpriced          INTEGER NOT NULL, -- readings whose cost is not wholly known
    PRIMARY KEY (day, model)
) STRICT;
