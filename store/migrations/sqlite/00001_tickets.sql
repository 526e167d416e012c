-- What is stored, for how long, and what erasure takes: docs/data.md.
-- Times are microseconds since 1970 UTC. JSON is text. Ids are made by the program.

-- +goose Up
CREATE TABLE tickets (
    id               TEXT    NOT NULL PRIMARY KEY,
    source           TEXT    NOT NULL,
    ticket_key       TEXT, -- NULL when the source has no conversation id
    subject          TEXT    NOT NULL,
    channel          TEXT    NOT NULL,
    customer_id      TEXT    NOT NULL,
    customer_email   TEXT    NOT NULL,
    customer_name    TEXT    NOT NULL,
    customer_account TEXT    NOT NULL,
    identity         TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    last_seq         INTEGER NOT NULL,
    triaged_seq      INTEGER NOT NULL DEFAULT 0,
    version          INTEGER NOT NULL DEFAULT 0, -- of the newest brief
    -- From the newest brief, so that the list reads one table.
    tier             TEXT    NOT NULL DEFAULT '',
    action           TEXT    NOT NULL DEFAULT '',
    kind             TEXT    NOT NULL DEFAULT '',
    language         TEXT    NOT NULL DEFAULT '',
    request          TEXT    NOT NULL DEFAULT '',
    procedure_id     TEXT    NOT NULL DEFAULT '',
    next_step        TEXT    NOT NULL DEFAULT '',
    next_by          TEXT    NOT NULL DEFAULT '',
    effort           TEXT    NOT NULL DEFAULT '',
    urgency          TEXT    NOT NULL DEFAULT '',
    needs_review     INTEGER NOT NULL DEFAULT 0,
    degraded         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, ticket_key)
) STRICT;

-- One index for each combination of filters that a list page uses, in its order.
CREATE INDEX tickets_by_update ON tickets (updated_at, id);
CREATE INDEX tickets_by_state ON tickets (state, updated_at, id);
CREATE INDEX tickets_by_tier ON tickets (tier, updated_at, id);
CREATE INDEX tickets_by_state_tier ON tickets (state, tier, updated_at, id);
CREATE INDEX tickets_by_review ON tickets (needs_review, state, updated_at, id);
CREATE INDEX tickets_waiting ON tickets (updated_at) WHERE triaged_seq < last_seq;

CREATE TABLE raws (
    id           TEXT    NOT NULL PRIMARY KEY,
    bytes        BLOB    NOT NULL,
    content_type TEXT    NOT NULL,
    received_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
    id          TEXT    NOT NULL PRIMARY KEY,
    ticket_id   TEXT    NOT NULL REFERENCES tickets (id),
    seq         INTEGER NOT NULL,
    source      TEXT    NOT NULL,
    message_key TEXT, -- NULL: never a duplicate
    role        TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    identity    TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    page_url    TEXT    NOT NULL,
    device      TEXT    NOT NULL, -- JSON
    attachments TEXT    NOT NULL, -- JSON
    sent_at     INTEGER NOT NULL, -- 0 when the sender did not say
    received_at INTEGER NOT NULL,
    raw_id      TEXT    NOT NULL REFERENCES raws (id),
    UNIQUE (ticket_id, seq),
    UNIQUE (source, message_key)
) STRICT;

CREATE INDEX messages_by_raw ON messages (raw_id);

CREATE TABLE unparsed (
    id          TEXT    NOT NULL PRIMARY KEY,
    source      TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    raw_id      TEXT    NOT NULL REFERENCES raws (id),
    received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE briefs (
    ticket_id   TEXT    NOT NULL REFERENCES tickets (id),
    version     INTEGER NOT NULL,
    covered_seq INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    result      TEXT    NOT NULL, -- JSON of triage.Result, never changed
    PRIMARY KEY (ticket_id, version)
) STRICT;

CREATE TABLE leases (
    ticket_id  TEXT    NOT NULL PRIMARY KEY REFERENCES tickets (id),
    owner      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE corrections (
    id          TEXT    NOT NULL PRIMARY KEY,
    ticket_id   TEXT    NOT NULL REFERENCES tickets (id),
    matter      TEXT    NOT NULL,
    step        TEXT    NOT NULL, -- '' when it is keyed by its anchor
    anchor      TEXT    NOT NULL, -- message id and byte range of the evidence; '' when keyed by its step
    author_role TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    correction  TEXT    NOT NULL  -- JSON
) STRICT;

CREATE INDEX corrections_by_ticket ON corrections (ticket_id, at, id);

-- Events name tickets without a foreign key: they outlive an erasure.
CREATE TABLE events (
    id        TEXT    NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    ticket_id TEXT    NOT NULL,
    data      TEXT    NOT NULL -- JSON of codes and numbers, never text
) STRICT;

CREATE INDEX events_by_ticket ON events (ticket_id, at);
CREATE INDEX events_by_time ON events (at);
