package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The words of each ticket are in an index beside it: its subject, its
// customers and all its messages. Nobody waits for it: messages are taken in
// without it, and a moment later a loop indexes what is new. A ticket is to be
// indexed as long as indexed_seq < last_seq, so nothing is lost by a crash, and
// whatever changes the words of a ticket sets indexed_seq to -1.

const (
	indexEvery = time.Second // between two looks for new words
	indexBatch = 20          // tickets in one transaction: about 20 ms in which others wait to write

	maxIndexedMessage = 16 << 10 // bytes of one message: what follows is a log
	maxIndexedTicket  = 256 << 10
	maxTerm           = 40 // runes of a word; the rest of a longer one is left out
	maxQueryTerms     = 12 // words of a search; the rest is left out
)

// IndexWords brings the index of words up to date. Work does it every second.
func (s *Store) IndexWords(ctx context.Context) error {
	for {
		start := time.Now()
		n, err := s.indexSome(ctx)
		if err != nil || n < indexBatch {
			return err
		}
		// A backlog, as after a migration: half of the time is others' to write.
		select {
		case <-ctx.Done():
			return mapError(ctx.Err())
		case <-time.After(time.Since(start)):
		}
	}
}

func (s *Store) indexUntil(ctx context.Context) {
	tick := time.NewTicker(indexEvery)
	defer tick.Stop()
	for {
		if err := s.IndexWords(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("index of words", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const toIndex = `SELECT id FROM tickets WHERE indexed_seq < last_seq ORDER BY updated_at DESC LIMIT ?1`

// indexSome indexes a few tickets and returns how many. It reads what it
// indexes in the same transaction: an erasure comes before it or after it.
func (s *Store) indexSome(ctx context.Context) (n int, err error) {
	var waiting string
	if err := s.reader.QueryRowContext(ctx, `SELECT coalesce(max(id), '') FROM (`+toIndex+`)`, 1).Scan(&waiting); err != nil || waiting == "" {
		return 0, mapError(err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		ids, err := strs(ctx, tx, toIndex, indexBatch)
		n = len(ids)
		for i := 0; i < len(ids) && err == nil; i++ {
			err = indexTicket(ctx, tx, ids[i])
		}
		return err
	})
	return n, err
}

func indexTicket(ctx context.Context, tx *sql.Tx, id string) error {
	var row sql.NullInt64
	err := tx.QueryRowContext(ctx, `UPDATE tickets SET indexed_seq = last_seq,
			words_id = coalesce(words_id, (SELECT coalesce(max(words_id), 0) + 1 FROM tickets WHERE words_id IS NOT NULL))
		WHERE id = ?1 RETURNING words_id`, id).Scan(&row)
	if err != nil {
		return err
	}
	words, err := ticketWords(ctx, tx, id)
	if err != nil {
		return err
	}
	return setWords(ctx, tx, row.Int64, words)
}

// ticketWords are the distinct words of a ticket, with a space after each. A
// ticket without messages, whose messages another has now, has none.
func ticketWords(ctx context.Context, tx *sql.Tx, id string) (string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT t.subject, t.customer_email, t.customer_name, t.customer_account,
			m.customer_email, m.customer_name, m.customer_account, m.text
		FROM messages m JOIN tickets t ON t.id = m.ticket_id WHERE t.id = ?1 ORDER BY m.seq DESC`, id)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var f [8]string
	var to [8]any
	for i := range f {
		to[i] = &f[i]
	}
	var out strings.Builder
	seen := make(map[string]bool)
	for left := maxIndexedTicket; left > 0 && rows.Next(); {
		if err := rows.Scan(to[:]...); err != nil {
			return "", err
		}
		for _, text := range f {
			text = text[:min(len(text), maxIndexedMessage, left)]
			left -= len(text)
			cutTerms(text, false, func(term string) {
				if !seen[term] {
					seen[term] = true
					out.WriteString(term)
					out.WriteByte(' ')
				}
			})
		}
	}
	return out.String(), rows.Err()
}

// forgetWords takes a ticket out of the index until it is indexed anew.
func forgetWords(ctx context.Context, tx *sql.Tx, ticketID string) error {
	var row sql.NullInt64
	err := tx.QueryRowContext(ctx, `UPDATE tickets SET indexed_seq = -1 WHERE id = ?1 RETURNING words_id`, ticketID).Scan(&row)
	if err != nil || !row.Valid {
		return err
	}
	return setWords(ctx, tx, row.Int64, "")
}

// A search is what a person typed, cut as the index is: every term must be in
// the ticket, the last one as the beginning of a word when it has three letters
// or is of a script without spaces. It has letters and digits only, so it is no
// syntax of any engine.
type search []string

// unfinished reports whether the last term may be the beginning of a word.
func (q search) unfinished() bool {
	last := []rune(q[len(q)-1])
	return len(last) >= 3 || wide(last[0])
}

func newSearch(text string) search {
	var out search
	cutTerms(text, true, func(term string) {
		if len(out) < maxQueryTerms {
			out = append(out, term)
		}
	})
	return out
}

// cutTerms cuts text into the terms of the index: words without case and
// accents; where no spaces are written, pairs of characters. Of those the index
// has the last one alone too, so that every character begins a term; a search
// has it alone only when there is no pair.
func cutTerms(text string, asked bool, yield func(term string)) {
	text = norm.NFKC.String(strings.ToLower(strings.ToValidUTF8(text, " ")))
	var word, run []rune // one of the two is empty
	flush := func() {
		if len(word) > 0 {
			yield(plain(word[:min(len(word), maxTerm)]))
		}
		for i := 0; i+1 < len(run); i++ {
			yield(string(run[i : i+2]))
		}
		if n := len(run); n == 1 || n > 1 && !asked {
			yield(string(run[n-1:]))
		}
		word, run = word[:0], run[:0]
	}
	for _, r := range text {
		switch {
		case wide(r):
			if len(word) > 0 {
				flush()
			}
			run = append(run, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && len(word) > 0:
			if len(run) > 0 {
				flush()
			}
			word = append(word, r)
		default:
			flush()
		}
	}
	flush()
}

// wide reports a letter of a script that writes no spaces, or whose words grow
// endings without one.
func wide(r rune) bool {
	return r >= 0xe00 && (r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar))
}

// undecomposed are letters that people type without their stroke.
var undecomposed = strings.NewReplacer("ł", "l", "ø", "o", "đ", "d", "ı", "i", "ß", "ss", "æ", "ae", "œ", "oe")

// plain is a word without accents.
func plain(word []rune) string {
	s := string(word)
	if len(s) == len(word) { // ASCII
		return s
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(undecomposed.Replace(s)))
	if bare == "" {
		return s
	}
	return bare
}
