-- Mail: what a machine wrote, which mail a message is or answers, how far a
-- mailbox was read, and the one-time tokens of signed hooks.

-- +goose Up
ALTER TABLE messages ADD COLUMN automatic TEXT NOT NULL DEFAULT ''; -- code of what told that a machine wrote it; '' = a person did

CREATE TABLE mail_ids (
    mail_id    TEXT NOT NULL, -- a Message-ID without its brackets
    message_id TEXT NOT NULL REFERENCES messages (id),
    PRIMARY KEY (mail_id, message_id)
) STRICT;

CREATE INDEX mail_ids_by_message ON mail_ids (message_id);

CREATE TABLE mailboxes (
    name         TEXT    NOT NULL PRIMARY KEY, -- of the connection
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL, -- the last that was stored
    at           INTEGER NOT NULL  -- when that was
) STRICT;

CREATE TABLE hook_tokens (
    source     TEXT    NOT NULL,
    token      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (source, token)
) STRICT;

CREATE INDEX hook_tokens_by_end ON hook_tokens (expires_at);
