-- Imported tickets are read in the background, when somebody has asked for it.

-- +goose Up
ALTER TABLE imports ADD COLUMN reading TEXT NOT NULL DEFAULT ''; -- by whom its tickets are read: offline, model; '' = not asked for, or stopped
DROP INDEX imported_by_import;
CREATE INDEX imported_by_import ON imported (import_id, ticket_id);
