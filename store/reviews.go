package store

import (
	"context"
	"database/sql"
	"math"
	"math/rand/v2"
	"slices"
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

// Accuracy is what a review found: the figure to show wherever it is said how
// often briefs or routes are right, always with its date and its interval.
type Accuracy struct {
	Review       string    // its id
	At           time.Time // when it ended
	From, To     time.Time // when its tickets came
	Tickets      int
	Imported     int // of them were read for the review, by rules alone and without checks
	Brief, Route Share
}

// Share is how many of some marks say right.
type Share struct {
	Right, Of int     // Of counts right and wrong
	Unclear   int     // beside Of
	Low, High float64 // of the share, 95%: Wilson's score interval; 0 and 1 when Of is 0
}

// Rate is the share that is right, 0..1; NaN when nothing could be told.
func (s Share) Rate() float64 { return float64(s.Right) / float64(s.Of) }

// ShareOf is the share of right ones among of, with its interval (E. B. Wilson,
// "Probable inference, the law of succession, and statistical inference", 1927).
func ShareOf(right, of int) Share {
	s := Share{Right: right, Of: of, High: 1}
	if of == 0 {
		return s
	}
	const z = 1.959964
	n, p := float64(of), float64(right)/float64(of)
	mid, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	s.Low, s.High = max(0, (mid-half)/(1+z*z/n)), min(1, (mid+half)/(1+z*z/n))
	return s
}

// Accuracy counts the marks of a review.
func (r *Review) Accuracy() Accuracy {
	count := func(is func(*Mark) MarkIs) Share {
		right, of, unclear := 0, 0, 0
		for i := range r.Marks {
			switch is(&r.Marks[i]) {
			case MarkRight:
				right, of = right+1, of+1
			case MarkWrong:
				of++
			case MarkUnclear:
				unclear++
			}
		}
		s := ShareOf(right, of)
		s.Unclear = unclear
		return s
	}
	imported := 0
	for i := range r.Marks {
		imported += number(r.Marks[i].Version == 0)
	}
	return Accuracy{Review: r.ID, At: r.EndedAt, From: r.From, To: r.To, Tickets: len(r.Marks), Imported: imported,
		Brief: count(func(m *Mark) MarkIs { return m.Brief }), Route: count(func(m *Mark) MarkIs { return m.Route })}
}

// LatestReview is what the newest finished review found. Errors: NotFound
// before the first: then no figure of accuracy may be claimed.
func (s *Store) LatestReview(ctx context.Context) (Accuracy, error) {
	list, err := s.Reviews(ctx, 1)
	if err != nil {
		return Accuracy{}, err
	}
	if len(list) == 0 {
		return Accuracy{}, triage.Errorf(triage.NotFound, "No review of past tickets was finished yet.")
	}
	return list[0].Accuracy(), nil
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

// MarkReview marks the brief or the route of one ticket of a review; a later
// mark replaces an earlier one.
// Errors: NotFound for a review that is not by's, and for a place that it does
// not have; Conflict for one that has ended; Invalid for an unknown mark.
func (s *Store) MarkReview(ctx context.Context, by, id string, place int, what MarkWhat, is MarkIs) (Review, error) {
	if !slices.Contains([]MarkIs{MarkRight, MarkWrong, MarkUnclear}, is) || what != MarkBrief && what != MarkRoute {
		return Review{}, triage.Errorf(triage.Invalid, "A brief or a route is marked right, wrong or unclear.")
	}
	return s.changeReview(ctx, by, id, func(tx *sql.Tx, r *Review) error {
		if place < 1 || place > len(r.Marks) {
			return triage.Errorf(triage.NotFound, "The review has no ticket %d.", place)
		}
		return s.setMark(ctx, tx, r, place, what, is)
	})
}

// UndoMark takes the last mark of a review back. Errors: as MarkReview;
// Conflict when nothing is marked.
func (s *Store) UndoMark(ctx context.Context, by, id string) (Review, error) {
	return s.changeReview(ctx, by, id, func(tx *sql.Tx, r *Review) error {
		last, what := r.Last()
		if last == nil {
			return triage.Errorf(triage.Conflict, "Nothing is marked yet.")
		}
		return s.setMark(ctx, tx, r, last.Place, what, "")
	})
}

// setMark stores a mark, "" for none, later than every other.
func (s *Store) setMark(ctx context.Context, tx *sql.Tx, r *Review, place int, what MarkWhat, is MarkIs) error {
	at := int64(0)
	if is != "" {
		at = micros(s.now())
		for i := range r.Marks {
			at = max(at, micros(r.Marks[i].BriefAt)+1, micros(r.Marks[i].RouteAt)+1)
		}
	}
	query := `UPDATE review_marks SET brief_is = ?3, brief_at = ?4 WHERE review_id = ?1 AND place = ?2`
	if what == MarkRoute {
		query = `UPDATE review_marks SET route_is = ?3, route_at = ?4 WHERE review_id = ?1 AND place = ?2`
	}
	_, err := tx.ExecContext(ctx, query, r.ID, place, is, at)
	return err
}

// EndReview publishes what a review found, once everything is marked. From
// then on no mark changes. Errors: as MarkReview; Conflict while something is
// unmarked.
func (s *Store) EndReview(ctx context.Context, by, id string) (Review, error) {
	return s.changeReview(ctx, by, id, func(tx *sql.Tx, r *Review) error {
		if next := r.Next(); next > 0 {
			return triage.Errorf(triage.Conflict, "Ticket %d of the review is not marked yet.", next)
		}
		_, err := tx.ExecContext(ctx, `UPDATE reviews SET ended_at = ?2 WHERE id = ?1`, r.ID, micros(s.now()))
		return err
	})
}

// changeReview does something to a review of by's that is not finished, and
// returns what it is then.
func (s *Store) changeReview(ctx context.Context, by, id string, do func(tx *sql.Tx, r *Review) error) (r Review, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if r, err = reviewIn(ctx, tx, `id = ?1`, id); err != nil {
			return err
		}
		switch {
		case r.UserID != by:
			return triage.Errorf(triage.NotFound, "There is no such review of yours.")
		case !r.EndedAt.IsZero():
			return triage.Errorf(triage.Conflict, "The review is finished; its figure is published.")
		}
		if err := do(tx, &r); err != nil {
			return err
		}
		r, err = reviewIn(ctx, tx, `id = ?1`, id)
		return err
	})
	return r, err
}

// DropReview forgets a review that is not finished, with its marks: half a
// review is no figure. Errors: as MarkReview.
func (s *Store) DropReview(ctx context.Context, by, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := reviewIn(ctx, tx, `ended_at = 0 AND id = ?1`, id)
		if err == nil && r.UserID != by {
			err = triage.Errorf(triage.NotFound, "There is no such review of yours.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM review_marks WHERE review_id = ?1`, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM reviews WHERE id = ?1`, id)
		return err
	})
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
