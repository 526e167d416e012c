package store

import (
	"context"
	"database/sql"
	"strings"
)

// The index of words is an FTS5 table without content. What is deleted in it
// is not found any more, and its bytes stay until the part that they are in is
// merged: see mergeWords.

// setWords replaces the words of one row; none deletes it.
func setWords(ctx context.Context, tx *sql.Tx, row int64, words string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM ticket_words WHERE rowid = ?1`, row); err != nil || words == "" {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO ticket_words (rowid, words) VALUES (?1, ?2)`, row, words)
	return err
}

// mergeStep is how many pages of the index one transaction writes.
const mergeStep = 500

// mergeWords writes the index anew in one piece, without what was deleted, in
// steps between which others write.
func (s *Store) mergeWords(ctx context.Context) error {
	for step := -mergeStep; ; step = mergeStep { // the first one below zero takes every part in
		var before, after int64
		err := s.write(ctx, func(tx *sql.Tx) error {
			if err := tx.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&before); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO ticket_words (ticket_words, rank) VALUES ('merge', ?1)`, step); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&after)
		})
		if err != nil || after-before < 2 { // the statement itself is one
			return err
		}
	}
}

// match is the search as an FTS5 expression.
func (q search) match(unfinished bool) string {
	var b strings.Builder
	for _, term := range q {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(`"` + term + `"`)
	}
	if unfinished {
		b.WriteByte('*')
	}
	return b.String()
}

// fewWords is how many tickets a search may find for its hits to be looked up
// one by one. Past it the list is read in its order instead, and each row is
// looked for among the hits: then they are so many that a page is soon full.
const fewWords = 2000

// found is a search made ready for a list.
type found struct {
	match string // "" = all tickets
	many  bool   // more than fewWords
}

// find makes a search ready. A last word that is whole in many tickets is taken
// to be whole: to look for all that begins like it too would take long, and
// make a long list longer.
func (s *Store) find(ctx context.Context, q search) (f found, err error) {
	if len(q) == 0 {
		return f, nil
	}
	for _, unfinished := range []bool{false, true} {
		if unfinished && (f.many || !q.unfinished()) {
			break
		}
		f.match = q.match(unfinished)
		var n int
		err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM ticket_words WHERE ticket_words MATCH ?1 LIMIT ?2)`,
			f.match, fewWords+1).Scan(&n)
		if err != nil {
			return f, mapError(err)
		}
		f.many = n > fewWords
	}
	return f, nil
}

// clause is the condition of a list; match is the placeholder of its expression.
func (f found) clause(match string) string {
	if f.many { // so many that a page is full after few rows: each is looked for
		return "EXISTS (SELECT 1 FROM ticket_words WHERE ticket_words MATCH " + match + " AND rowid = words_id)"
	}
	return "words_id IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH " + match + ")"
}
