package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"readback/knowledge"
	"readback/triage"
)

// Bounds of the search for similar tickets.
const (
	maxSimilar     = 5
	tellingWords   = 24   // that are looked up
	rarestWords    = 10   // of those, that are searched for
	commonWord     = 1000 // tickets; a word in more tells nothing,
	commonShare    = 4    // nor one in more than a fourth of all
	leastSimilar   = 0.35
	nearestTickets = 60  // that are looked at more closely
	maxAnswer      = 600 // bytes of an answer that are shown
)

// Similar finds solved tickets like a result whose matters have no procedure:
// of the same kind (one that another desk solved has none), with like errors, entities and words of its language, the
// rarer the more telling. An error's code counts twice and crosses languages.
// The most like come first. It is empty when a procedure fits.
func (s *Store) Similar(ctx context.Context, t *triage.Ticket, r *triage.Result) ([]triage.Similar, error) {
	if slices.ContainsFunc(r.Matters, func(m triage.Matter) bool { return m.Procedure != "" }) {
		return nil, nil
	}
	telling, err := s.telling(ctx, t, r)
	if err != nil || len(telling) == 0 {
		return nil, err
	}
	whole := 0.0
	scores := map[int64]float64{}
	for _, w := range telling {
		whole += w.weight
		for _, row := range w.rows {
			scores[row] += w.weight
		}
	}
	rows := slices.SortedFunc(maps.Keys(scores), func(a, b int64) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(b, a)) })
	var out []triage.Similar
	for _, row := range rows[:min(len(rows), nearestTickets)] {
		score := scores[row] / whole
		if score < leastSimilar || len(out) == maxSimilar {
			break
		}
		var id string
		err := s.reader.QueryRowContext(ctx, `SELECT id FROM tickets WHERE words_id = ?1 AND state = ?2 AND (kind = ?3 OR version = 0) AND merged_into = '' AND id <> ?4
			AND NOT EXISTS (SELECT 1 FROM imported i WHERE i.ticket_id = tickets.id AND i.solved = 0)`,
			row, triage.StateResolved, r.Brief.Kind, t.ID).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, triage.Similar{Ticket: id, Score: math.Round(score*100) / 100})
	}
	return out, nil
}

// A tellingWord is a word with the tickets that have it.
type tellingWord struct {
	weight float64
	rows   []int64
}

// telling are the rarest words of what a ticket is about that other tickets have too.
func (s *Store) telling(ctx context.Context, t *triage.Ticket, r *triage.Result) ([]tellingWord, error) {
	var all, own int64
	err := s.reader.QueryRowContext(ctx, `SELECT coalesce(max(words_id), 0), coalesce((SELECT words_id FROM tickets WHERE id = ?1), 0)
		FROM tickets WHERE words_id IS NOT NULL`, t.ID).Scan(&all, &own)
	if err != nil {
		return nil, mapError(err)
	}
	type counted struct {
		q search
		n int
	}
	var rare []counted
	for _, q := range wordsOf(t, r) {
		c := counted{q: q}
		for _, unfinished := range []bool{false, true} { // a common word is soon found to be one
			if unfinished && (c.n > commonWord || !q.unfinished()) {
				break
			}
			err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM ticket_words WHERE ticket_words MATCH ?1 LIMIT ?2)`,
				q.match(unfinished), commonWord+1).Scan(&c.n)
			if err != nil {
				return nil, mapError(err)
			}
		}
		if c.n > 0 && c.n <= commonWord && c.n <= max(int(all/commonShare), 5) {
			rare = append(rare, c)
		}
	}
	slices.SortStableFunc(rare, func(a, b counted) int { return cmp.Compare(a.n, b.n) })
	var out []tellingWord
	for _, c := range rare {
		rows, err := s.rowsWith(ctx, c.q)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(row int64) bool { return row == own })
		if len(rows) == 0 { // nobody else has it
			continue
		}
		weight := math.Log(1 + float64(all)/float64(len(rows)))
		if strings.ContainsFunc(c.q[0], unicode.IsDigit) {
			weight *= 2
		}
		if out = append(out, tellingWord{weight, rows}); len(out) == rarestWords {
			break
		}
	}
	return out, nil
}

// rowsWith are the rows of the index that have a word.
func (s *Store) rowsWith(ctx context.Context, q search) ([]int64, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT rowid FROM ticket_words WHERE ticket_words MATCH ?1 LIMIT ?2`, q.match(q.unfinished()), commonWord)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return nil, mapError(err)
		}
		out = append(out, row)
	}
	return out, mapError(rows.Err())
}

// wordsOf are the words that say what a ticket is about, errors and entities
// first: stems in its language, as beginnings of words. Names of hosts and
// people's addresses are none.
func wordsOf(t *triage.Ticket, r *triage.Result) (out []search) {
	seen := map[string]bool{}
	add := func(text string) {
		for _, term := range knowledge.Terms(text, r.Brief.Language) {
			q := newSearch(term)
			if len(q) != 1 || seen[q[0]] || len(out) == tellingWords {
				continue
			}
			if first, _ := utf8.DecodeRuneInString(q[0]); utf8.RuneCountInString(q[0]) < 3 && !wide(first) {
				continue
			}
			seen[q[0]] = true
			out = append(out, q)
		}
	}
	b := &r.Brief
	for i := range b.Symptoms {
		add(b.Symptoms[i].Text)
	}
	for i := range b.Entities {
		if k := b.Entities[i].Kind; k != "domain" && k != "email" && k != "account" {
			add(b.Entities[i].Value)
		}
	}
	for i := range b.Environment {
		add(b.Environment[i].Value)
	}
	add(b.Request.Text)
	add(t.Subject)
	if ns := t.CustomerMessages(); len(ns) > 0 {
		add(t.N(ns[0]).Text)
	}
	return out
}

// Solutions reads what solved the tickets of a list, and who, as it is stored
// now. One that is not there or not solved any more is left out.
func (s *Store) Solutions(ctx context.Context, list []triage.Similar) ([]triage.Similar, error) {
	var out []triage.Similar
	for _, sim := range list {
		err := s.reader.QueryRowContext(ctx, `SELECT CASE WHEN request = '' THEN subject ELSE request END, tier, procedure_id, CASE WHEN next_by = ?3 THEN next_step ELSE '' END
			FROM tickets WHERE id = ?1 AND state = ?2 AND merged_into = ''`, sim.Ticket, triage.StateResolved, knowledge.Staff).
			Scan(&sim.Request, &sim.Tier, &sim.Procedure, &sim.Step)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			var team string // at the desk that it was imported from
			err = s.reader.QueryRowContext(ctx, `SELECT id, author, text, team FROM messages WHERE ticket_id = ?1 AND role = ?2 ORDER BY seq DESC LIMIT 1`,
				sim.Ticket, triage.RoleAgent).Scan(&sim.Message, &sim.Author, &sim.Answer, &team)
			sim.Tier = cmp.Or(sim.Tier, team)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, mapError(err)
		}
		sim.Answer = strings.ToValidUTF8(sim.Answer[:min(len(sim.Answer), maxAnswer)], "")
		out = append(out, sim)
	}
	return out, nil
}
