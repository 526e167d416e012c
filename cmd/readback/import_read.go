package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// readAsked is what --read says. Errors: Invalid.
func readAsked(text string) (store.Reading, error) {
	switch text {
	case "", "off":
		return store.ReadNot, nil
	case string(store.ReadOffline), string(store.ReadModel):
		return store.Reading(text), nil
	}
	return "", triage.Errorf(triage.Invalid, "--read is %q; use offline, model, or off to stop", text)
}

// readImport has the tickets of an import read, and reads them until that is
// done: a service beside it does so too, and goes on when this ends.
func (p *program) readImport(ctx context.Context, s *store.Store, id string, by store.Reading, o importOptions) error {
	if by == store.ReadNot {
		return s.SetReading(ctx, id, by, "")
	}
	d, cfg, err := p.ownDesk(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if err := p.useStore(d, s, cfg, p.logger(slog.LevelWarn)); err != nil {
		return err
	}
	size, err := s.ReadingSize(ctx, id)
	if err != nil {
		return err
	}
	if by == store.ReadModel {
		if d.ladder.Best() == "" {
			return triage.Errorf(triage.Invalid, "no model is configured (llm.url, llm.model); --read offline needs none")
		}
		if err := p.mayRead(&cfg, size, o.yes); err != nil {
			return err
		}
	}
	if err := s.SetReading(ctx, id, by, ""); err != nil {
		return err
	}
	e := newEdition(d.workspace, d.pipeline, d.ladder)
	work := store.WorkOptions{Past: e.past, ModelReady: d.ladder.Ready}
	return p.readOn(ctx, s, id, work, size.Left)
}

// readOn reads until nothing is left that can be read.
func (p *program) readOn(ctx context.Context, s *store.Store, id string, work store.WorkOptions, of int) error {
	every := time.Minute
	if isTerminal(p.stdin) {
		every = 2 * time.Second
	}
	told := time.Now()
	for more := true; more; {
		var err error
		if more, err = s.ReadImport(ctx, id, work, func(int) bool { return ctx.Err() == nil && time.Since(told) < every }); err != nil && ctx.Err() == nil {
			return err
		}
		left, lerr := s.ReadingLeft(context.WithoutCancel(ctx), id)
		if lerr != nil {
			return lerr
		}
		switch {
		case ctx.Err() != nil:
			return triage.Errorf(triage.Unavailable, "interrupted with %s left; readback import --read goes on, and so does a running service (--read off stops it)", plural(left.Left, "ticket"))
		case time.Since(told) >= every || !more:
			told = time.Now()
			fmt.Fprintf(p.stderr, "readback: read %d of %s\n", max(0, of-left.Left), plural(of, "ticket"))
		case more: // newer tickets wait for their triage
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
		if !more && left.Left > 0 {
			p.exit = exitDiffers
			fmt.Fprintf(p.stderr, "readback: %s left: %d could not be read; a model that does not answer, or whose budget of the day is spent, is asked again by the service, or by the same command\n",
				plural(left.Left, "ticket"), left.Failed)
		}
	}
	return nil
}

// mayRead says what models would get, and asks whether they may.
func (p *program) mayRead(cfg *config, size store.ReadingLeft, yes bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s with %s (%.1f MB of text, without secrets and card numbers) would leave this machine.", plural(size.Left, "ticket"), plural(size.Messages, "message"), float64(size.Bytes)/1e6)
	z := channel.SizeOf(size)
	p.costText(&b, p.costs(cfg, z), z)
	return p.mayAsk(strings.TrimSpace(b.String()), yes)
}

// readAgain reads the tickets of an earlier import.
func (p *program) readAgain(ctx context.Context, id string, o importOptions) error {
	by, err := readAsked(o.read)
	if err != nil {
		return err
	}
	s, err := p.openStore(ctx, o.data)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := p.readImport(ctx, s, id, by, o); err != nil {
		return err
	}
	left, err := s.ReadingLeft(ctx, id)
	if err != nil {
		return err
	}
	if p.asJSON {
		return p.writeJSON(map[string]any{"import": id, "reading": cmp.Or(string(by), "off"), "left": left.Left, "failed": left.Failed})
	}
	_, err = fmt.Fprintf(p.stdout, "%s of %s left to read\n", plural(left.Left, "ticket"), id)
	return err
}
