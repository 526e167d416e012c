-- The desk's own people: users, sessions, links, tokens, and what was done.

-- +goose Up
CREATE TABLE users (
    id           TEXT    NOT NULL PRIMARY KEY,
    email        TEXT    NOT NULL, -- lower case; '' once removed
    name         TEXT    NOT NULL, -- '' once removed
    role         TEXT    NOT NULL, -- agent, lead, admin
    tiers        TEXT    NOT NULL, -- JSON, ids of the workspace
    languages    TEXT    NOT NULL, -- JSON, ISO 639-1
    lang         TEXT    NOT NULL DEFAULT '', -- of the interface
    theme        TEXT    NOT NULL DEFAULT '',
    password     TEXT    NOT NULL DEFAULT '', -- argon2id, PHC string format; '' = none
    totp         TEXT    NOT NULL DEFAULT '', -- secret, base32; '' = none
    totp_on      INTEGER NOT NULL DEFAULT 0,  -- 0 = the secret waits for its first code
    totp_step    INTEGER NOT NULL DEFAULT 0,  -- the last one used: a code is good once
    created_at   INTEGER NOT NULL,
    disabled_at  INTEGER NOT NULL DEFAULT 0,
    removed_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE email <> '';

CREATE TABLE identities ( -- who users are elsewhere, by OpenID Connect
    issuer  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    user_id TEXT    NOT NULL REFERENCES users (id),
    at      INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE recovery_codes (
    user_id TEXT    NOT NULL REFERENCES users (id),
    hash    TEXT    NOT NULL, -- SHA-256, hex
    used_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, hash)
) STRICT;

CREATE TABLE sessions (
    hash       TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the token, hex
    id         TEXT    NOT NULL UNIQUE,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    stage      TEXT    NOT NULL, -- in, or code: the password was right, and a code is due
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL, -- browser and system, such as "Firefox on Linux"
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE links ( -- to set a password, once
    hash    TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the token, hex
    user_id TEXT    NOT NULL UNIQUE REFERENCES users (id),
    ends_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_tokens (
    hash       TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the token, hex
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    scope      TEXT    NOT NULL, -- read, write, admin
    user_id    TEXT    NOT NULL REFERENCES users (id), -- who made it
    created_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL DEFAULT 0, -- 0 = never
    used_at    INTEGER NOT NULL DEFAULT 0, -- to about a minute; 0 = never
    revoked_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE attempts ( -- to sign in, that failed or are under way
    key      TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the account or the address, hex
    failures INTEGER NOT NULL,
    until    INTEGER NOT NULL, -- nobody tries before
    at       INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id      TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL, -- id of a user or token; '' = nobody known
    action  TEXT    NOT NULL, -- a code
    object  TEXT    NOT NULL, -- an id, '' = none
    address TEXT    NOT NULL,
    data    TEXT    NOT NULL -- JSON: ids, codes and numbers
) STRICT;
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, at, id);

-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
-- +goose StatementEnd

-- Until now a person was the name they signed in with; a user of that name or
-- address takes the rows over when they are added.
ALTER TABLE acknowledgements RENAME COLUMN person TO user_id;
