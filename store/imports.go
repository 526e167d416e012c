package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"readback/triage"
)

// ImportState says how far an import is.
type ImportState string

// The states of an import.
const (
	ImportRunning ImportState = "running" // or it was cut off: the same files again go on
	ImportDone    ImportState = "done"
	ImportStopped ImportState = "stopped" // by a person, or a fault of ours
	ImportUndone  ImportState = "undone"
)

// Import is one run over the files of an export.
type Import struct {
	ID        string
	Source    string   // namespace of its tickets' and messages' keys
	Format    string   // zendesk, chatwoot, csv, mbox, jsonl
	Files     []string // names, without folders
	Person    string   // id of a user; "" = on the command line
	State     ImportState
	Reading   Reading // by whom its tickets are read in the background
	StartedAt time.Time
	ChangedAt time.Time
	Counts    ImportCounts
	Faults    []ImportFault // the first maxFaults of them; Counts has how many there were
}

// ImportCounts are what an import did.
type ImportCounts struct {
	Tickets  int `json:"tickets"`  // new
	Messages int `json:"messages"` // new
	Known    int `json:"known"`    // messages that were there before
	Erased   int `json:"erased"`   // messages of tickets whose text was erased: they stay away
	Notes    int `json:"notes"`    // internal notes and notices, which are left out
	Undated  int `json:"undated"`  // messages without a time of their own
	Faults   int `json:"faults"`   // records that were not understood
}

// Add adds other to c.
func (c *ImportCounts) Add(other ImportCounts) {
	c.Tickets += other.Tickets
	c.Messages += other.Messages
	c.Known += other.Known
	c.Erased += other.Erased
	c.Notes += other.Notes
	c.Undated += other.Undated
	c.Faults += other.Faults
}

// ImportFault is a record of an export that was not understood. It names the
// place and says nothing of what stands there.
type ImportFault struct {
	File   string `json:"file"`
	Place  string `json:"place"`  // "line 12", "ticket 3"
	Reason string `json:"reason"` // a sentence without words of the record
	// Raw is the beginning of the record; it is kept among what nobody understood.
	Raw []byte `json:"-"`
}

// maxFaults bounds the faults that are kept of one import; all are counted.
const maxFaults = 1000

// StartImport begins an import and returns its id; one of the same files that
// was cut off goes on.
func (s *Store) StartImport(ctx context.Context, in Import) (string, error) {
	files, err := json.Marshal(cleanAll(in.Files))
	if err != nil {
		return "", err
	}
	id, now := s.newID("imp"), micros(s.now())
	err = s.write(ctx, func(tx *sql.Tx) error {
		cut, err := strs(ctx, tx, `SELECT id FROM imports WHERE source = ?1 AND format = ?2 AND files = ?3 AND state <> ?4 AND state <> ?5
			ORDER BY started_at DESC LIMIT 1`, clean(in.Source), in.Format, string(files), ImportDone, ImportUndone)
		if err != nil {
			return err
		}
		if len(cut) > 0 {
			id = cut[0]
			return goOnWith(ctx, tx, id, now)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO imports (id, source, format, files, person, state, started_at, changed_at, counts, faults)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, '{}', '[]')`, id, clean(in.Source), in.Format, string(files), in.Person, ImportRunning, now)
		return err
	})
	return id, err
}

// goOnWith takes up an import that was cut off: what it read is read again, so
// only what it stored stays counted.
func goOnWith(ctx context.Context, tx *sql.Tx, id string, now int64) error {
	im, err := importIn(ctx, tx, id)
	if err != nil {
		return err
	}
	counts, err := json.Marshal(ImportCounts{Tickets: im.Counts.Tickets, Messages: im.Counts.Messages})
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE imports SET state = ?2, counts = ?3, faults = '[]', changed_at = ?4 WHERE id = ?1`, id, ImportRunning, string(counts), now)
	}
	return err
}

// EndImport says how an import ended, and records it as an event of no ticket.
// Errors: NotFound.
func (s *Store) EndImport(ctx context.Context, id string, state ImportState) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		im, err := importIn(ctx, tx, id)
		if err != nil {
			return err
		}
		now := s.now()
		if _, err := tx.ExecContext(ctx, `UPDATE imports SET state = ?2, changed_at = ?3, reading = CASE WHEN ?2 = 'undone' THEN '' ELSE reading END WHERE id = ?1`, id, state, micros(now)); err != nil {
			return err
		}
		return s.record(ctx, tx, EventImported, "", now, map[string]any{"import": id, "state": state, "tickets": im.Counts.Tickets, "messages": im.Counts.Messages, "by": im.Person})
	})
}

const importColumns = `id, source, format, files, person, state, reading, started_at, changed_at, counts, faults`

func scanImport(row interface{ Scan(...any) error }) (im Import, err error) {
	var files, counts, faults []byte
	var started, changed int64
	if err = row.Scan(&im.ID, &im.Source, &im.Format, &files, &im.Person, &im.State, &im.Reading, &started, &changed, &counts, &faults); err != nil {
		return im, err
	}
	im.StartedAt, im.ChangedAt = fromMicros(started), fromMicros(changed)
	for _, x := range []struct {
		data []byte
		to   any
	}{{files, &im.Files}, {counts, &im.Counts}, {faults, &im.Faults}} {
		if err = json.Unmarshal(x.data, x.to); err != nil {
			return im, err
		}
	}
	return im, nil
}

func importIn(ctx context.Context, tx *sql.Tx, id string) (Import, error) {
	im, err := scanImport(tx.QueryRowContext(ctx, `SELECT `+importColumns+` FROM imports WHERE id = ?1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return im, triage.Errorf(triage.NotFound, "There is no import %q.", id)
	}
	return im, err
}

// Imports returns the newest imports, the newest first.
func (s *Store) Imports(ctx context.Context, n int) ([]Import, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+importColumns+` FROM imports ORDER BY started_at DESC, id DESC LIMIT ?1`, n)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	var out []Import
	for rows.Next() {
		im, err := scanImport(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, im)
	}
	return out, mapError(rows.Err())
}

// noteImport adds to the figures of an import, in the transaction of what they count.
func (s *Store) noteImport(ctx context.Context, tx *sql.Tx, im Import, now time.Time, add ImportCounts, faults []ImportFault) error {
	im.Counts.Add(add)
	if left := maxFaults - len(im.Faults); left > 0 {
		for _, f := range faults[:min(left, len(faults))] {
			if len(f.Raw) > 0 {
				if err := s.keepUnparsed(ctx, tx, unparsedID(im.Source, f.Raw), im.Source, "application/octet-stream", f.Raw, "import"); err != nil {
					return err
				}
			}
			im.Faults = append(im.Faults, ImportFault{File: clean(f.File), Place: clean(f.Place), Reason: clean(f.Reason)})
		}
	}
	counts, err := json.Marshal(im.Counts)
	if err != nil {
		return err
	}
	list, err := json.Marshal(slices.Concat([]ImportFault{}, im.Faults))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE imports SET counts = ?2, faults = ?3, changed_at = ?4 WHERE id = ?1`, im.ID, string(counts), string(list), micros(now))
	return err
}

// undoBatch is how many tickets one transaction of UndoImport deletes.
const undoBatch = 100

// UndoImport takes out again what an import brought: the tickets that nobody
// has touched since, with all that hangs on them, the briefs of a reading in the
// background too. A ticket that was triaged, merged, answered, reviewed or
// written to stays, and kept counts those. What it deletes can be imported
// again. Errors: NotFound.
func (s *Store) UndoImport(ctx context.Context, id string) (deleted, kept int, err error) {
	for n := undoBatch; n == undoBatch; {
		err = s.write(ctx, func(tx *sql.Tx) error {
			if _, err := importIn(ctx, tx, id); err != nil {
				return err
			}
			// Whatever happens to a ticket is an event of it; an import and the reading of it make none.
			ids, err := strs(ctx, tx, `SELECT i.ticket_id FROM imported i JOIN tickets t ON t.id = i.ticket_id
				WHERE i.import_id = ?1 AND t.merged_into = ''
					AND NOT EXISTS (SELECT 1 FROM review_marks m WHERE m.ticket_id = t.id) AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.ticket_id = t.id)
					AND NOT EXISTS (SELECT 1 FROM events e WHERE e.ticket_id = t.id) LIMIT ?2`, id, undoBatch)
			n = len(ids)
			for i := 0; i < len(ids) && err == nil; i++ {
				err = dropTicket(ctx, tx, ids[i])
			}
			deleted += n
			return err
		})
		if err != nil {
			return deleted, 0, err
		}
	}
	if err := s.EndImport(ctx, id, ImportUndone); err != nil {
		return deleted, 0, err
	}
	err = s.reader.QueryRowContext(ctx, `SELECT count(*) FROM imported WHERE import_id = ?1`, id).Scan(&kept)
	return deleted, kept, mapError(err)
}

// dropTicket deletes a ticket that only an import has made.
func dropTicket(ctx context.Context, tx *sql.Tx, id string) error {
	if err := forgetWords(ctx, tx, id); err != nil {
		return err
	}
	raws, err := strs(ctx, tx, `SELECT DISTINCT raw_id FROM messages WHERE ticket_id = ?1`, id)
	if err != nil {
		return err
	}
	for _, q := range []string{
		`DELETE FROM mail_ids WHERE message_id IN (SELECT id FROM messages WHERE ticket_id = ?1)`,
		`DELETE FROM not_repeats WHERE message_id IN (SELECT id FROM messages WHERE ticket_id = ?1)`,
		`DELETE FROM messages WHERE ticket_id = ?1`,
		`DELETE FROM imported WHERE ticket_id = ?1`,
		`DELETE FROM briefs WHERE ticket_id = ?1`,
		`DELETE FROM tickets WHERE id = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return err
		}
	}
	for _, raw := range raws {
		if _, err := tx.ExecContext(ctx, `DELETE FROM raws WHERE id = ?1`, raw); err != nil {
			return err
		}
	}
	return nil
}

// Imported is what a ticket was at the desk that it was imported from.
type Imported struct {
	Import   string // id
	State    string // in that desk's word; "" = not said
	Solved   bool   // that word means that it was done
	Team     string
	Assignee string
	Tags     []string
	Writers  map[string]Writer // by message id; of those that say who wrote them
}

// Writer is who of another desk wrote a message.
type Writer struct{ Agent, Team string }

// ImportedFrom tells what an imported ticket was where it came from. Errors:
// NotFound for one that was not imported.
func (s *Store) ImportedFrom(ctx context.Context, ticketID string) (Imported, error) {
	im := Imported{Writers: map[string]Writer{}}
	var tags []byte
	err := s.reader.QueryRowContext(ctx, `SELECT import_id, state, solved, team, assignee, tags FROM imported WHERE ticket_id = ?1`, ticketID).
		Scan(&im.Import, &im.State, &im.Solved, &im.Team, &im.Assignee, &tags)
	if err == nil {
		err = json.Unmarshal(tags, &im.Tags)
	}
	if err != nil {
		return im, mapError(err)
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT id, agent, team FROM messages WHERE ticket_id = ?1 AND (agent <> '' OR team <> '')`, ticketID)
	if err != nil {
		return im, mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var w Writer
		if err := rows.Scan(&id, &w.Agent, &w.Team); err != nil {
			return im, mapError(err)
		}
		im.Writers[id] = w
	}
	return im, mapError(rows.Err())
}

// wipeImported takes what a ticket was elsewhere, and what people said of
// circles in it. With words only those are masked.
func wipeImported(ctx context.Context, tx *sql.Tx, ticketID string, words *mask) error {
	if words == nil {
		_, err := tx.ExecContext(ctx, `UPDATE imported SET team = '', assignee = '', tags = '[]' WHERE ticket_id = ?1`, ticketID)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM not_repeats WHERE message_id IN (SELECT id FROM messages WHERE ticket_id = ?1)`, ticketID)
		}
		return err
	}
	var team, assignee, tags string
	err := tx.QueryRowContext(ctx, `SELECT team, assignee, tags FROM imported WHERE ticket_id = ?1`, ticketID).Scan(&team, &assignee, &tags)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE imported SET team = ?2, assignee = ?3, tags = ?4 WHERE ticket_id = ?1`, ticketID, words.apply(team), words.apply(assignee), words.apply(tags))
	}
	return err
}

// maskImports takes an erased person out of the names of files.
func maskImports(ctx context.Context, tx *sql.Tx, p *plan) error {
	ids, err := strs(ctx, tx, `SELECT id FROM imports`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		im, err := importIn(ctx, tx, id)
		if err != nil {
			return err
		}
		for i := range im.Files {
			im.Files[i] = p.mail.apply(im.Files[i])
		}
		for i := range im.Faults {
			im.Faults[i].File, im.Faults[i].Place = p.mail.apply(im.Faults[i].File), p.mail.apply(im.Faults[i].Place)
		}
		files, err := json.Marshal(cleanAll(im.Files))
		if err != nil {
			return err
		}
		faults, err := json.Marshal(slices.Concat([]ImportFault{}, im.Faults))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE imports SET files = ?2, faults = ?3 WHERE id = ?1`, id, string(files), string(faults)); err != nil {
			return err
		}
	}
	return nil
}
