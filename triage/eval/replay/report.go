package replay

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"readback/triage"
	"readback/triage/eval"
)

// Subject is what is tried on the past.
type Subject struct {
	Name      string `json:"name"`           // in the words of who tries it; "" = not named
	Reader    string `json:"reader"`         // offline | llm
	Model     string `json:"model"`          // "" without one
	Prompt    string `json:"prompt"`         // version and hash; "" without a model
	Workspace string `json:"workspace_hash"` // as in triage.Result
	Policy    string `json:"policy_hash"`
}

// Period is which tickets are read: those that came from Since on and before
// Until, the last changed Limit of them. Zero is open.
type Period struct {
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Limit int       `json:"limit"`
}

// Count is a number with what it is a part of.
type Count struct {
	Count int `json:"count"`
	Of    int `json:"of"`
}

// Report is a replay of many tickets. It is the same each time that the same
// tickets are read by the same rules.
type Report struct {
	Subject  Subject `json:"subject"`
	Period   Period  `json:"period"`
	Tickets  int     `json:"tickets"`  // that were read
	Erased   int     `json:"erased"`   // left out: text of theirs was erased
	Unread   int     `json:"unread"`   // could not be read
	Messages int     `json:"messages"` // of those read
	Readings int     `json:"readings"` // triages
	// Placed are those in a procedure that nobody said is not theirs, of those
	// that need an answer; PlacedThen are those that the desk had in one at the
	// time, of those it had triaged and that needed one.
	Placed     Count `json:"placed"`
	PlacedThen Count `json:"placed_then"`
	// Changed are those whose outcome at the end is another than at the time, of
	// those the desk had triaged; By says in what.
	Changed Count          `json:"changed"`
	By      map[string]int `json:"changed_by"`
	// Right of those of which people said what they are or whose.
	Right      Count        `json:"right"`
	First      Count        `json:"settled_first"` // that had their last outcome at the first reading
	Answers    int          `json:"answers_after"` // that staff wrote when the outcome was settled
	Wasted     int          `json:"wasted"`        // touches, of those the desk had triaged
	WastedThen int          `json:"wasted_then"`   // of the same, at the time
	Unlooked   int          `json:"unlooked"`      // tickets of which something was not looked at then
	Usage      triage.Usage `json:"usage"`
	Rows       []Row        `json:"rows"` // by when they came
}

// Options of a Run.
type Options struct {
	Subject  Subject
	Period   Period
	Triage   Triage
	Workers  int                // tickets at once, at least 1
	Progress func(done, of int) // after each ticket, one call at a time; nil = tells nobody
}

// Source gives tickets, of how many, until there are no more or do fails, and
// says how many it left out because text of theirs was erased.
type Source func(do func(p *eval.Past, of int) error) (erased int, err error)

// Run replays the tickets of a source, in any order, until that ends or ctx
// does. Errors: those of the source; Unavailable when ctx ended before.
func Run(ctx context.Context, o Options, from Source) (*Report, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	type numbered struct {
		past *eval.Past
		of   int
	}
	tickets := make(chan numbered)
	var mu sync.Mutex
	var rows []Row
	var wg sync.WaitGroup
	for range max(o.Workers, 1) {
		wg.Go(func() {
			for t := range tickets {
				row, err := Ticket(ctx, t.past, o.Triage)
				if err != nil {
					stop(err)
					continue // the rest is only drained
				}
				mu.Lock()
				rows = append(rows, row)
				if o.Progress != nil {
					o.Progress(len(rows), t.of)
				}
				mu.Unlock()
			}
		})
	}
	erased, err := from(func(p *eval.Past, of int) error {
		select {
		case tickets <- numbered{p, of}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(tickets)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, triage.Errorf(triage.Unavailable, "The replay was given up before it came to its end: %w", cause)
	}
	if err != nil {
		return nil, err
	}
	return sum(o, rows, erased), nil
}

// sum makes the report of its rows.
func sum(o Options, rows []Row, erased int) *Report {
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ticket, b.Ticket)) })
	r := &Report{Subject: o.Subject, Period: o.Period, Erased: erased, Rows: rows, By: map[string]int{ChangedAction: 0, ChangedTier: 0, ChangedProcedure: 0, ChangedStep: 0}}
	for i := range rows {
		row := &rows[i]
		r.Usage.Add(row.Usage)
		r.Readings += row.Readings
		if row.Unread != "" {
			r.Unread++
			continue
		}
		r.Tickets++
		r.Messages += row.Messages
		if row.wants() {
			r.Placed.add(row.Placed)
		}
		r.First.add(row.Settled == row.Points[0].Message)
		r.Answers += row.AnswersAfter
		if row.Unlooked > 0 {
			r.Unlooked++
		}
		if row.Verdict != Unsaid {
			r.Right.add(row.Verdict == Right)
		}
		if row.Then == nil {
			continue
		}
		if row.Then.Action != triage.None {
			r.PlacedThen.add(row.Then.Procedure != "")
		}
		r.Changed.add(len(row.Changed) > 0)
		for _, what := range row.Changed {
			r.By[what]++
		}
		r.Wasted += row.Wasted
		r.WastedThen += *row.WastedThen
	}
	return r
}

// wants reports whether a ticket needs an answer.
func (row *Row) wants() bool { return row.Now.Action != triage.None }

func (c *Count) add(yes bool) {
	c.Of++
	if yes {
		c.Count++
	}
}
