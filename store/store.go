// Package store holds all SQL of the service: tickets, messages, the raw
// originals, briefs, corrections, incidents, leases, events and the queue of triage jobs;
// merge and split; erasure and retention; backup and migrations.
//
// Each query is written once for two engines: ?1-style placeholders, ids made
// by the program, JSON as text, times as microseconds UTC, RETURNING and ON
// CONFLICT. What knows the engine is in the files sqlite*.go, in the
// migrations, and in the driver that River gets.
//
// Errors are *triage.Error; each method names the codes it returns. Besides
// those, every method can return Unavailable (the database is busy or full,
// the context ended) and Internal.
//
// A ticket's life, by file:
//
//	receive, raw, known, mail, limits   a message comes in
//	tickets, list, words, related       tickets are read, listed, found by their words and beside another
//	acts, turns                         what people do in the inbox, and undo; whose turn it is
//	queue, jobs, lease, redo            it waits, is triaged, is read again
//	briefs, watch, spending             what came out, who is told, what it cost
//	outcomes, calibrations, versions    how routes did, and what that makes of the confidence and its floor
//	reviews, labels                     blind reviews; what people's words make of tickets for evaluation
//	shadow, set_aside                   what candidates made of tickets; suggestions that are not wanted
//	similar, past, readonly             solved tickets like it; past tickets for a replay, which writes nothing
//	imports, import_take, not_repeats   past tickets of other desks; what people said of the report on them
//	visitors                            whose a conversation of the chat widget is
//	corrections, move, arrival          people correct, merge and split
//	bursts, incidents, pauses           like tickets; checks that are said to be wrong
//	desk, notes, handover, resolve      what staff do and write around it, and how it ends
//	files, replies, guarded, outbox, deliver
//	                                    attachments; answers, and what the guard found in them; what goes out, and is tried again
//	measure*, cells, tallies, counted, recount, recheck
//	                                    what is counted of it, and kept for the pages of analytics
//	history                             made-up tickets of the past, for the demo
//	connections                         the connections to other programs
//	users, sessions, factors, attempts, tokens, audit, changes
//	                                    people: who they are, how they sign in, what they did and read
//	erase, plan, person, mask, redact, retain
//	                                    what is forgotten, and how it is found
//	sqlite, sqlite_words, sqlite_backup, disk*, errors, migrations
//	                                    the engine
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"log/slog"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"readback/triage"
)

// Options configure a Store. Zero values have defaults.
type Options struct {
	Path       string                     // SQLite file, made when absent; "" is invalid
	Clock      func() time.Time           // default time.Now
	NewID      func(prefix string) string // default: prefix, "_" and 20 random lower-case base32 characters
	Logger     *slog.Logger               // default slog.Default()
	MaxBacklog int                        // tickets waiting for triage past which Receive refuses; default 50,000
	MinFree    int64                      // bytes free on the disk below which Receive refuses; default 256 MiB
	// Outgoing says what goes out when something happens to a ticket; it is
	// enqueued in the same transaction. It must be quick and ask nobody. nil: nothing.
	Outgoing func(Happening) []Delivery
}

// Store keeps everything in one database: one connection writes, several read.
type Store struct {
	writer *sql.DB
	reader *sql.DB
	queue  *river.Client[*sql.Tx]
	now    func() time.Time
	newID  func(prefix string) string
	log    *slog.Logger
	run    string // this opening of the store, part of each job's unique key
	limits limits
	watch  watchers

	arrivals together      // what arrives, see writeFirst
	behind   chan struct{} // one place in the queue for the writer, for all but arrivals; see write
	outgoing func(Happening) []Delivery

	trouble chan struct{} // wakes the search for incidents
	dealing chan struct{} // wakes who deals tickets
}

// Open opens the database, migrates it to this program's schema and returns
// the store. It returns Invalid for a path that cannot be used and for a
// database that a newer program has made.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{now: o.Clock, newID: o.NewID, log: o.Logger, outgoing: o.Outgoing, behind: make(chan struct{}, 1), trouble: make(chan struct{}, 1), dealing: make(chan struct{}, 1)}
	s.arrivals.store = s
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = randomID
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.run = randomID("run")
	s.limits = newLimits(o)
	var err error
	if s.writer, s.reader, err = openSQLite(ctx, o.Path); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.writer); err == nil {
		s.queue, err = newQueue(s.writer)
	}
	if err != nil {
		s.Close()
		return nil, mapError(err)
	}
	return s, nil
}

// Close closes the database. End Work first.
func (s *Store) Close() error {
	rerr := s.reader.Close()
	if err := s.writer.Close(); err != nil {
		return mapError(err)
	}
	return mapError(rerr)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return mapError(s.reader.QueryRowContext(ctx, `SELECT 1`).Scan(&one))
}

// write runs do in a transaction of the writer and commits it. Nothing
// stays when do or the commit fails.
//
// One connection writes, and who asks for it first gets it first. An arrival
// must be answered at once, whatever work there is besides: it asks by
// writeFirst, all others one at a time. So it waits for one of them at most.
func (s *Store) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	select {
	case s.behind <- struct{}{}:
		defer func() { <-s.behind }()
		return inTx(ctx, s.writer, do)
	case <-ctx.Done():
		return mapError(ctx.Err())
	}
}

// writeFirst is write for what somebody waits for at the other end of a line.
// do may share its transaction with others, and must use the context it is given.
func (s *Store) writeFirst(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	return s.arrivals.run(ctx, do)
}

// read runs do on one snapshot of the database.
func (s *Store) read(ctx context.Context, do func(tx *sql.Tx) error) error {
	return inTx(ctx, s.reader, do)
}

// begins is a database or one connection of it.
type begins interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

func inTx(ctx context.Context, db begins, do func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return mapError(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	if err := do(tx); err != nil {
		return mapError(err)
	}
	return mapError(tx.Commit())
}

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// randomID has 100 random bits after its prefix.
func randomID(prefix string) string {
	var b [13]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return prefix + "_" + idEncoding.EncodeToString(b[:])[:20]
}

// clean makes text storable by both engines: valid UTF-8 (what is not becomes
// U+FFFD, lone surrogates too) and a space for each NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", " ")
}

// micros and fromMicros convert times; the zero time is stored as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func notFound(id string) error {
	return triage.Errorf(triage.NotFound, "There is no ticket %q.", id)
}
