-- Checks that somebody said are wrong: nobody runs them until somebody looked.

-- +goose Up
CREATE TABLE check_pauses (
    id         TEXT    NOT NULL PRIMARY KEY,
    check_name TEXT    NOT NULL, -- such as dns.cname
    target     TEXT    NOT NULL, -- what it looks at: a name or an address; '' once erased
    ticket_id  TEXT    NOT NULL REFERENCES tickets (id), -- where it was said first
    role       TEXT    NOT NULL, -- who said it: agent, customer
    times      INTEGER NOT NULL, -- that it was said while it was paused
    at         INTEGER NOT NULL,
    resumed_at INTEGER NOT NULL DEFAULT 0, -- 0 = it is paused
    verdict    TEXT    NOT NULL DEFAULT '', -- right or wrong, of the check; '' before and once erased
    pause      TEXT    NOT NULL  -- what it had seen, and ids of persons, JSON
) STRICT;

CREATE UNIQUE INDEX check_pauses_open ON check_pauses (check_name, target) WHERE resumed_at = 0;
CREATE INDEX check_pauses_by_ticket ON check_pauses (ticket_id);
