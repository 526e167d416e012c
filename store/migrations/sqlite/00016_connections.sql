-- How the ways in and out do: chat sources, widgets, desks.

-- +goose Up
CREATE TABLE connections (
    id         TEXT    NOT NULL PRIMARY KEY, -- the source of its messages, such as desk/main
    mode       TEXT    NOT NULL DEFAULT '',  -- of a desk, by a person's word; '' = as configured
    place      TEXT    NOT NULL DEFAULT '',  -- how far a desk was read: its own cursor
    arrived_at INTEGER NOT NULL DEFAULT 0,   -- something last came, or was read there
    failed_at  INTEGER NOT NULL DEFAULT 0,   -- it last failed
    fault      TEXT    NOT NULL DEFAULT ''   -- code of that
) STRICT;
CREATE INDEX deliveries_by_ref ON deliveries (kind, target, ref) WHERE ref <> '';
