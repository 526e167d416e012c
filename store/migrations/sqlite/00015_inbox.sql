-- Who has a ticket, when it comes back, and what was done to several at once.

-- +goose Up
ALTER TABLE tickets ADD COLUMN assignee      TEXT    NOT NULL DEFAULT ''; -- id of a user; '' = nobody
ALTER TABLE tickets ADD COLUMN snoozed_until INTEGER NOT NULL DEFAULT 0;  -- 0 = not snoozed
ALTER TABLE tickets ADD COLUMN taken_back    INTEGER NOT NULL DEFAULT 0;  -- 1: a person said that it needs an answer, whatever the route says

-- Where the inbox shows it. It follows from the columns above, which the
-- triggers see to (a generated column that is not stored makes no index cover a query).
ALTER TABLE tickets ADD COLUMN lane TEXT NOT NULL DEFAULT 'open';
UPDATE tickets SET lane = CASE WHEN state <> 'open' THEN state WHEN action = 'none' THEN 'no_answer' ELSE 'open' END;

-- +goose StatementBegin
CREATE TRIGGER tickets_lane_new AFTER INSERT ON tickets WHEN NEW.state <> 'open' BEGIN
    UPDATE tickets SET lane = NEW.state WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_lane AFTER UPDATE OF state, snoozed_until, action, taken_back ON tickets WHEN NEW.lane <> CASE
    WHEN NEW.state IN ('resolved', 'merged') THEN NEW.state
    WHEN NEW.snoozed_until > 0 THEN 'snoozed'
    WHEN NEW.state = 'waiting' THEN 'waiting'
    WHEN NEW.action = 'none' AND NEW.taken_back = 0 THEN 'no_answer'
    ELSE 'open' END
BEGIN
    UPDATE tickets SET lane = CASE
        WHEN NEW.state IN ('resolved', 'merged') THEN NEW.state
        WHEN NEW.snoozed_until > 0 THEN 'snoozed'
        WHEN NEW.state = 'waiting' THEN 'waiting'
        WHEN NEW.action = 'none' AND NEW.taken_back = 0 THEN 'no_answer'
        ELSE 'open' END WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- The lists of the inbox, each in its order. More than one filter is looked for
-- in the index of its lane alone, which holds all that can be asked of a ticket.
CREATE INDEX tickets_by_lane ON tickets (lane, updated_at, id, tier, assignee, kind, language, action, procedure_id, needs_review, words_id);
CREATE INDEX tickets_by_lane_tier ON tickets (lane, tier, updated_at, id);
CREATE INDEX tickets_by_lane_assignee ON tickets (lane, assignee, updated_at, id);
CREATE INDEX tickets_to_review ON tickets (lane, updated_at, id) WHERE needs_review = 1;
CREATE INDEX tickets_snoozed ON tickets (snoozed_until) WHERE snoozed_until > 0;

-- Who gets tickets by turns.
ALTER TABLE users ADD COLUMN away_at     INTEGER NOT NULL DEFAULT 0; -- 0 = not away
ALTER TABLE users ADD COLUMN assigned_at INTEGER NOT NULL DEFAULT 0; -- when they were given a ticket in turn, last

-- What a person did to one ticket or several, so that it can be undone.
CREATE TABLE acts (
    id        TEXT    NOT NULL PRIMARY KEY, -- the token to undo it
    at        INTEGER NOT NULL,
    user_id   TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    tickets   TEXT    NOT NULL, -- JSON: ids, codes and times, before and after
    undone_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX acts_by_time ON acts (at);
