package channel

import (
	"context"
	"time"

	"readback/store"
	"readback/triage"
)

// SourceImport begins the source of tickets that were imported and belong to
// no connection.
const SourceImport = "import/"

// ImportOptions say what an import does with an export.
type ImportOptions struct {
	Source string                  // of the tickets: that of a desk's connection, so that what it brings later goes on there; "" = import/FORMAT
	Person string                  // id of the user; "" = on the command line
	Fault  func(store.ImportFault) // is told each record that was not understood; nil = nobody
	Counts func(store.ImportCounts)
}

// How much goes into one transaction: others write between two of them.
const (
	batchTickets = 100
	batchSize    = 4 << 20 // bytes of originals
)

// batch is what one transaction stores.
type batch struct {
	parts  []store.PastTicket
	size   int
	counts store.ImportCounts // notes and faults
	faults []store.ImportFault
}

// Import reads an export into the store and returns what it did, with the
// import's id. Nothing that it reads is executed, fetched, or sent anywhere;
// records that are not understood are listed with the import. The same export
// again, or one that was cut off, adds what is missing.
//
// Errors: those of Export.Read and of store.Import; what was stored until then
// stays, and the same files again go on.
func Import(ctx context.Context, s *store.Store, e *Export, o ImportOptions) (id string, total store.ImportCounts, err error) {
	if _, err := e.passes(); err != nil {
		return "", total, err
	}
	if o.Source == "" {
		o.Source = SourceImport + e.Format
	}
	in := store.Import{Source: o.Source, Format: e.Format, Person: o.Person}
	for i := range e.Files {
		in.Files = append(in.Files, e.Files[i].Name)
	}
	if id, err = s.StartImport(ctx, in); err != nil {
		return "", total, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches := make(chan batch, 2)
	read := make(chan error, 1)
	go func() {
		defer close(batches)
		read <- fill(ctx, e, o.Fault, batches)
	}()
	for b := range batches {
		if err != nil {
			continue // until the reader has noticed
		}
		var did store.ImportCounts
		if did, err = s.Import(ctx, id, b.parts, b.counts, b.faults); err != nil {
			cancel(err)
			continue
		}
		if total.Add(did); o.Counts != nil {
			o.Counts(total)
		}
	}
	if rerr := <-read; err == nil {
		err = rerr
	}
	state := store.ImportDone
	if err != nil {
		state = store.ImportStopped
	}
	if eerr := s.EndImport(context.WithoutCancel(ctx), id, state); err == nil {
		err = eerr
	}
	return id, total, err
}

// fill reads an export into batches.
func fill(ctx context.Context, e *Export, told func(store.ImportFault), to chan<- batch) error {
	var b batch
	send := func() error {
		full := b
		b = batch{}
		select {
		case to <- full:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	give := func(t store.PastTicket) error {
		b.parts, b.size = append(b.parts, t), b.size+len(t.Raw)
		if len(b.parts) < batchTickets && b.size < batchSize {
			return nil
		}
		return send()
	}
	fault := func(f store.ImportFault) {
		if b.counts.Faults++; told != nil {
			told(f)
		}
		if len(b.faults) < 100 { // the store keeps so many of an import; all are counted and told
			b.faults = append(b.faults, f)
		}
	}
	if err := e.Read(ctx, give, fault, func(n int) { b.counts.Notes += n }); err != nil {
		return err
	}
	return send()
}

// ExportSizes are what an export holds, and what reading it by a model would
// send there.
type ExportSizes struct {
	Tickets  int        `json:"tickets"`
	Messages int        `json:"messages"`
	Agents   int        `json:"agent_messages"` // of those, by agents
	Bytes    int64      `json:"bytes"`          // of their text
	Solved   int        `json:"solved"`
	Notes    int        `json:"notes"` // internal notes and notices, which are left out
	Faults   int        `json:"faults"`
	From     *time.Time `json:"from"` // of the first message; nil when none has a time
	Until    *time.Time `json:"until"`
	// What one reading of every ticket by a model would take: about.
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
}

// What one reading of a ticket takes beside its text (docs/models.md), and the
// bytes of text that make a token; the last errs on the side of more.
const (
	fixedTokens  = 5000
	answerTokens = 700
	bytesToken   = 3
)

// Measure reads an export and stores nothing. fault is told each record that
// was not understood. Errors as of Export.Read.
func Measure(ctx context.Context, e *Export, fault func(store.ImportFault)) (ExportSizes, error) {
	var z ExportSizes
	const counted, solved = 1, 2
	seen := map[uint64]byte{}
	err := e.Read(ctx, func(t store.PastTicket) error {
		key := hashOf(t.Key)
		if len(t.Messages) > 0 && seen[key]&counted == 0 {
			seen[key] |= counted
			z.Tickets++
		}
		if t.Solved && seen[key]&solved == 0 {
			seen[key] |= solved
			z.Solved++
		}
		z.Messages += len(t.Messages)
		for i := range t.Messages {
			m := &t.Messages[i]
			z.Bytes += int64(len(m.Text))
			if m.Role == triage.RoleAgent {
				z.Agents++
			}
			if at := m.SentAt; !at.IsZero() {
				if z.From == nil || at.Before(*z.From) {
					z.From = &at
				}
				if z.Until == nil || at.After(*z.Until) {
					z.Until = &at
				}
			}
		}
		return nil
	}, func(f store.ImportFault) {
		if z.Faults++; fault != nil {
			fault(f)
		}
	}, func(n int) { z.Notes += n })
	z.priced()
	return z, err
}

// SizeOf is what reading imported tickets by a model would send there.
func SizeOf(left store.ReadingLeft) ExportSizes {
	z := ExportSizes{Tickets: left.Left, Messages: left.Messages, Bytes: left.Bytes}
	z.priced()
	return z
}

func (z *ExportSizes) priced() {
	z.PromptTokens = int64(z.Tickets)*fixedTokens + z.Bytes/bytesToken
	z.CompletionTokens = int64(z.Tickets) * answerTokens
}
