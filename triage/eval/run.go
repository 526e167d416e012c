package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"readback/triage"
)

// Reader is one extractor with the pipeline around it.
type Reader struct {
	Name string
	// Version names whatever else decides what it says: model, prompt,
	// workspace. A resumed run reads again what another version read.
	Version string
	Workers int // tickets read at once; default 1
	// Triage must be safe for Workers goroutines.
	Triage func(ctx context.Context, t *triage.Ticket) (triage.Result, error)
	// AsProposed, if set, is the extractor whose claims are scored as it
	// proposes them, before grounding: a published baseline is measured as it
	// was published. Everything else still comes from Triage.
	AsProposed triage.Extractor
}

// Options are the ways in which a run tells of itself.
type Options struct {
	// Known are predictions of an earlier run that need not be made again,
	// by Prediction.Run.
	Known map[string]Prediction
	// Journal gets each prediction that is not known as a line, in the order
	// of the tickets, as soon as those before it are written. It may be nil.
	Journal io.Writer
	// Progress gets a line every few seconds of a run that takes long. It may be nil.
	Progress io.Writer
	Now      func() time.Time // default time.Now
}

// Run has a reader read every ticket and returns the predictions in the
// order of the tickets. After an error, which is that of ctx or of the
// journal, the predictions so far are in the journal.
func Run(ctx context.Context, tickets []Ticket, r Reader, opt Options) ([]Prediction, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := make([]Prediction, len(tickets))
	ready := make([]chan error, len(tickets))
	for i := range ready {
		ready[i] = make(chan error, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, r.Workers) {
		workers.Go(func() {
			for i := range next {
				var err error
				out[i], err = r.read(ctx, &tickets[i].Ticket, opt)
				ready[i] <- err
			}
		})
	}
	go func() {
		defer close(next)
		for i := range tickets {
			select {
			case next <- i:
			case <-ctx.Done():
				ready[i] <- ctx.Err()
			}
		}
	}()
	err := collect(out, ready, &progress{name: r.Name, of: len(tickets), opt: opt, began: opt.Now()})
	cancel()
	workers.Wait()
	if err != nil {
		return nil, err
	}
	return out, nil
}

// collect writes the predictions in order as they become ready.
func collect(out []Prediction, ready []chan error, p *progress) error {
	for i := range out {
		if err := <-ready[i]; err != nil {
			return triage.Errorf(triage.Unavailable, "%s: interrupted after %d of %d tickets: %w", p.name, i, len(out), err)
		}
		_, known := p.opt.Known[out[i].Run]
		if p.opt.Journal != nil && !known {
			if err := WritePredictions(p.opt.Journal, out[i:i+1]); err != nil {
				return triage.Errorf(triage.Internal, "the predictions cannot be written: %w", err)
			}
		}
		p.done(i+1, known)
	}
	return nil
}

// read makes one prediction.
func (r *Reader) read(ctx context.Context, t *triage.Ticket, opt Options) (Prediction, error) {
	run := runKey(t, r)
	if p, ok := opt.Known[run]; ok {
		return p, nil
	}
	began := opt.Now()
	result, err := r.Triage(ctx, t)
	if err != nil {
		return Prediction{}, err
	}
	p := predict(t, &result)
	p.MS = float64(opt.Now().Sub(began).Microseconds()) / 1000
	p.Extractor, p.Run = r.Name, run
	if r.AsProposed != nil {
		proposal, err := r.AsProposed.Extract(ctx, triage.Reading{Ticket: t})
		if err != nil {
			return Prediction{}, err
		}
		p.Claims = proposed(t, &proposal)
	}
	return p, nil
}

// WritePredictions writes a line for each prediction.
func WritePredictions(w io.Writer, list []Prediction) error {
	for i := range list {
		line, err := triage.JSON(&list[i])
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// ReadPredictions reads a predictions file for Options.Known. Degraded
// predictions are left out: a better extractor may be there again. The half
// line of a run that was killed is no prediction.
func ReadPredictions(r io.Reader) (map[string]Prediction, error) {
	known := map[string]Prediction{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	for sc.Scan() {
		var p Prediction
		if json.Unmarshal(sc.Bytes(), &p) == nil && p.Run != "" && !p.Degraded {
			known[p.Run] = p
		}
	}
	if err := sc.Err(); err != nil {
		return nil, triage.Errorf(triage.Invalid, "the predictions cannot be read: %v", err)
	}
	return known, nil
}

// progressEvery is the time between two lines of progress, and before the first.
const progressEvery = 5 * time.Second

type progress struct {
	name  string
	of    int
	opt   Options
	began time.Time
	told  time.Time
	read  int // tickets that were not known
}

// done tells that n tickets are done; the last was known and cost no time.
func (p *progress) done(n int, known bool) {
	if !known {
		p.read++
	}
	now := p.opt.Now()
	if p.opt.Progress == nil || n == p.of || p.read == 0 || now.Sub(p.began) < progressEvery || now.Sub(p.told) < progressEvery {
		return
	}
	p.told = now
	rate := float64(p.read) / now.Sub(p.began).Seconds()
	left := time.Duration(float64(p.of-n) / rate * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(p.opt.Progress, "%s: %d of %d tickets, %.1f a second, %s left\n", p.name, n, p.of, rate, left)
}
