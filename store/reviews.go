package store

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"readback/triage"
)

// ReviewSize is how many tickets a blind review has.
const ReviewSize = 20

// MarkIs is what a reviewer says of a brief or of a route.
type MarkIs string

// The marks.
const (
	MarkRight   MarkIs = "right"
	MarkWrong   MarkIs = "wrong"
	MarkUnclear MarkIs = "unclear" // cannot be told from what there is; it counts for neither
)

// MarkWhat is what is marked.
type MarkWhat string

// What is marked of a ticket.
const (
	MarkBrief MarkWhat = "brief"
	MarkRoute MarkWhat = "route"
)

// Review is a blind review: past tickets drawn at random, whose brief and
// route a lead marks against what happened. It is blind to what a reader
// trusts or distrusts: confidence, model, names of colleagues.
type Review struct {
	ID       string
	UserID   string // who marks; nobody else does
	At       time.Time
	From, To time.Time // when the tickets came: From or later, before To
	Seed     int64
	Pool     int       // how many tickets were drawn from
	EndedAt  time.Time // zero until it is published
	Marks    []Mark    // by place
}

// Mark is one ticket of a review.
type Mark struct {
	Place    int // from 1
	TicketID string
	Version  int    // of the brief that is judged; 0 = it was imported and is read for the review
	Brief    MarkIs // "" = not yet
	BriefAt  time.Time
	Route    MarkIs
	RouteAt  time.Time
}

// Done reports whether both are marked.
func (m *Mark) Done() bool { return m.Brief != "" && m.Route != "" }

// Next is the place of the first ticket that is not marked whole, 0 for none.
func (r *Review) Next() int {
	for i := range r.Marks {
		if !r.Marks[i].Done() {
			return r.Marks[i].Place
		}
	}
	return 0
}

// Last is the mark that was made last, with what of it; nil before the first.
func (r *Review) Last() (*Mark, MarkWhat) {
	var last *Mark
	what, at := MarkBrief, time.Time{}
	for i := range r.Marks {
		m := &r.Marks[i]
		if m.BriefAt.After(at) {
			last, what, at = m, MarkBrief, m.BriefAt
		}
		if m.RouteAt.After(at) {
			last, what, at = m, MarkRoute, m.RouteAt
		}
	}
	return last, what
}

// Reviews are the finished reviews, the newest first, n at most.
func (s *Store) Reviews(ctx context.Context, n int) (out []Review, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		out, err = reviewsIn(ctx, tx, `ended_at > 0 ORDER BY ended_at DESC, id DESC LIMIT ?1`, n)
		return err
	})
	return out, err
}

// OpenReview is the review that a person has begun and not finished. Errors: NotFound.
func (s *Store) OpenReview(ctx context.Context, userID string) (Review, error) {
	return s.oneReview(ctx, `ended_at = 0 AND user_id = ?1`, userID)
}

// Review reads one. Errors: NotFound.
func (s *Store) Review(ctx context.Context, id string) (Review, error) {
	return s.oneReview(ctx, `id = ?1`, id)
}

func (s *Store) oneReview(ctx context.Context, where string, arg any) (r Review, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		r, err = reviewIn(ctx, tx, where, arg)
		return err
	})
	return r, err
}

func reviewIn(ctx context.Context, tx *sql.Tx, where string, arg any) (Review, error) {
	list, err := reviewsIn(ctx, tx, where, arg)
	if err == nil && len(list) == 0 {
		err = triage.Errorf(triage.NotFound, "There is no such review.")
	}
	if err != nil {
		return Review{}, err
	}
	return list[0], nil
}

func reviewsIn(ctx context.Context, tx *sql.Tx, where string, arg any) (out []Review, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, user_id, at, from_at, to_at, seed, pool, ended_at FROM reviews WHERE `+where, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Review
		var at, from, to, ended int64
		if err := rows.Scan(&r.ID, &r.UserID, &at, &from, &to, &r.Seed, &r.Pool, &ended); err != nil {
			return nil, err
		}
		r.At, r.From, r.To, r.EndedAt = fromMicros(at), fromMicros(from), fromMicros(to), fromMicros(ended)
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Marks, err = marksIn(ctx, tx, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func marksIn(ctx context.Context, tx *sql.Tx, reviewID string) (out []Mark, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT place, ticket_id, brief, brief_is, brief_at, route_is, route_at FROM review_marks
		WHERE review_id = ?1 ORDER BY place`, reviewID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Mark
		var briefAt, routeAt int64
		if err := rows.Scan(&m.Place, &m.TicketID, &m.Version, &m.Brief, &briefAt, &m.Route, &routeAt); err != nil {
			return nil, err
		}
		m.BriefAt, m.RouteAt = fromMicros(briefAt), fromMicros(routeAt)
		out = append(out, m)
	}
	return out, rows.Err()
}

// StartReview draws up to ReviewSize of the tickets that came from from on and
// before to, are resolved, and have their text: by seed, so that the same draw
// can be made again. by is the lead who marks. Each ticket is judged by the
// brief that the first person who did something to it found; one that was
// imported, and that nobody read, by a brief that is made for the review of
// what came before the first answer.
// Errors: Conflict when by has one that is not finished; NotFound when no
// ticket can be drawn; Invalid for a time that ends before it begins.
func (s *Store) StartReview(ctx context.Context, by string, from, to time.Time, seed int64) (Review, error) {
	r := Review{ID: s.newID("rev"), UserID: clean(by), From: from.UTC(), To: to.UTC(), Seed: seed}
	if !from.Before(to) {
		return r, triage.Errorf(triage.Invalid, "A review needs a time that ends after it begins.")
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		if open, err := reviewIn(ctx, tx, `ended_at = 0 AND user_id = ?1`, r.UserID); err == nil {
			return triage.Errorf(triage.Conflict, "The review %q is not finished; go on with it, or drop it.", open.ID)
		} else if triage.CodeOf(err) != triage.NotFound {
			return err
		}
		ids, err := strs(ctx, tx, `SELECT id FROM tickets AS t WHERE state = ?1 AND resolution <> ?2 AND merged_into = '' AND erased_at = 0
			AND (version > 0 OR EXISTS (SELECT 1 FROM imported AS i WHERE i.ticket_id = t.id)
				AND EXISTS (SELECT 1 FROM messages AS m WHERE m.ticket_id = t.id AND m.seq = 1 AND m.role = 'customer')
				AND EXISTS (SELECT 1 FROM messages AS m WHERE m.ticket_id = t.id AND m.role = 'agent'))
			AND created_at >= ?3 AND created_at < ?4 ORDER BY id`, triage.StateResolved, ResolvedDuplicate, micros(from), micros(to))
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return triage.Errorf(triage.NotFound, "No ticket of that time is resolved; choose a longer one.")
		}
		r.Pool, r.At = len(ids), s.now()
		if _, err := tx.ExecContext(ctx, `INSERT INTO reviews (id, user_id, at, from_at, to_at, seed, pool) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
			r.ID, r.UserID, micros(r.At), micros(from), micros(to), seed, r.Pool); err != nil {
			return err
		}
		for i, id := range draw(ids, ReviewSize, seed) {
			m := Mark{Place: i + 1, TicketID: id}
			if m.Version, err = foundVersion(ctx, tx, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO review_marks (review_id, place, ticket_id, brief) VALUES (?1, ?2, ?3, ?4)`,
				r.ID, m.Place, m.TicketID, m.Version); err != nil {
				return err
			}
			r.Marks = append(r.Marks, m)
		}
		return nil
	})
	return r, err
}

// draw takes n of the ids at random, each with the same chance, in the order
// in which they were drawn.
func draw(ids []string, n int, seed int64) []string {
	random := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // a draw that anybody can make again
	random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(n, len(ids))]
}

// foundVersion is the version of the brief that the first person who did
// something to a ticket found: the first one when they were quicker, 0 when
// it has none, or was imported and never triaged here: then a brief tells of the
// whole ticket and of how it ended.
func foundVersion(ctx context.Context, tx *sql.Tx, ticketID string) (int, error) {
	c, err := courseOf(ctx, tx, ticketID)
	if err != nil {
		return 0, err
	}
	if c.found != nil {
		return c.found.Version, nil
	}
	var first int
	err = tx.QueryRowContext(ctx, `SELECT coalesce(min(version), 0) FROM briefs WHERE ticket_id = ?1
		AND EXISTS (SELECT 1 FROM events WHERE ticket_id = ?1 AND kind = ?2)`, ticketID, EventTriaged).Scan(&first)
	return first, err
}

// Version reads one version of a ticket's results as it was decided, whoever
// has the ticket now; its evidence has the numbers of now. Errors: NotFound.
func (s *Store) Version(ctx context.Context, ticketID string, version int) (r *triage.Result, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		r, err = versionIn(ctx, tx, ticketID, version)
		return err
	})
	return r, err
}

func versionIn(ctx context.Context, tx *sql.Tx, ticketID string, version int) (*triage.Result, error) {
	r, err := resultBy(ctx, tx, ticketID, `SELECT result FROM briefs WHERE ticket_id = ?1 AND version = ?2`, version)
	if err != nil {
		return nil, err
	}
	there, err := arrivals(ctx, tx, ticketID)
	renumber(r, idsOf(there))
	return r, err
}
