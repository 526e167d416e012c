-- The words of tickets, for people who search and for tickets that are like another.

-- +goose Up
ALTER TABLE tickets ADD COLUMN indexed_seq INTEGER NOT NULL DEFAULT -1; -- ticket_words holds the messages up to it; -1: as good as none
ALTER TABLE tickets ADD COLUMN words_id    INTEGER;                     -- its row in ticket_words; NULL before the first

CREATE UNIQUE INDEX tickets_by_words ON tickets (words_id) WHERE words_id IS NOT NULL;
CREATE INDEX tickets_to_index ON tickets (updated_at) WHERE indexed_seq < last_seq;

-- Each distinct word of a ticket once, as store/words.go cuts them; no text, no positions.
CREATE VIRTUAL TABLE ticket_words USING fts5 (
    words,
    content = '', contentless_delete = 1, detail = none, prefix = '3 4',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);
