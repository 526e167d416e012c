package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"readback/triage"
	"readback/triage/extract/author"
	"readback/triage/guard"
	"readback/triage/guard/circles"
	"readback/web"
)

func (p *program) circlesCommand() *cobra.Command {
	var o circlesOptions
	c := &cobra.Command{
		Use:   "circles [FILE...]",
		Short: "Read past tickets: where did answers repeat what the customer had done, read or said?",
		Long: `Read past tickets: where did answers repeat what the customer had done, read or said?

A file holds tickets as JSON Lines, a JSON list or one JSON object: triage inputs
(docs/api.md), or lines of a dataset; - is standard input. Without a file it reads the
tickets of the database, imported (readback import) and live, and leaves out what people
said on the page of circles is no repeat. Needs no procedures, no model and no network. docs/circles.md tells what is found and what is read.

With --model N the configured model reads up to N answers too and may add what repeats in
other words, marked as inferred. What goes to it is told first (docs/privacy.md).

Exit status: 0 nothing found, 1 findings, 2 unusable input, 3 could not tell:
nothing was found, and some tickets could not be read or compared.`,
		Example: `  readback circles --data /var/lib/readback --since 2026-01-01
  readback circles examples/sendline/tickets/case-zero-thread.json
  readback circles --html report.html tickets-2025.jsonl tickets-2026.jsonl
  readback circles --model 200 --since 2026-10-01
  readback circles --json tickets.jsonl | jq .with`,
		RunE: func(c *cobra.Command, args []string) error { return p.circles(c.Context(), args, o) },
	}
	flags := c.Flags()
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	flags.StringVar(&o.html, "html", "", "write the report as one HTML page to this file")
	flags.StringVar(&o.lang, "lang", "en", "language of the report: "+strings.Join(triage.Languages(), ", "))
	flags.StringVar(&o.data, "data", "", "folder of the database, when no file is named (default data)")
	flags.StringVar(&o.since, "since", "", "only tickets of the database that were opened on this day or later: 2026-01-01")
	flags.IntVar(&o.model, "model", 0, "have the configured model read at most so many answers too; their tickets' messages go to it")
	flags.StringVar(&o.until, "until", "", "and on this day or earlier")
	return c
}

// circlesOptions are the flags of circles.
type circlesOptions struct {
	html, lang, data, since, until string
	model                          int
}

func (p *program) circles(ctx context.Context, names []string, o circlesOptions) error {
	reader := circles.NewReader()
	var report *circles.Report
	how, end, err := p.circlesModel(ctx, o)
	if err != nil {
		return err
	}
	defer end()
	if len(names) == 0 {
		names = []string{"the database, or in these days"}
		report, err = p.storedCircles(ctx, o, how)
	} else {
		report, err = circles.ReadEach(ctx, guard.New(nil), how, func(ctx context.Context, do func(circles.Thread) bool) error {
			return p.threads(reader, names, do)
		})
	}
	if ctx.Err() != nil {
		return triage.Errorf(triage.Unavailable, "interrupted before all tickets were read: %w", ctx.Err())
	}
	if err != nil {
		return err
	}
	report.Skipped, report.SkippedCount = reader.Skipped()
	for _, s := range report.Skipped {
		fmt.Fprintf(p.stderr, "readback: skipped %s: %s\n", printable(s.Where), printable(s.Reason))
	}
	if more := report.SkippedCount - len(report.Skipped); more > 0 {
		fmt.Fprintf(p.stderr, "readback: skipped %d more\n", more)
	}
	if report.Tickets == 0 {
		return triage.Errorf(triage.Invalid, "there is no ticket in %s", strings.Join(names, ", "))
	}
	switch {
	case report.With.Any > 0:
		p.exit = exitFindings
	case report.SkippedCount > 0 || report.LinksOnly > 0:
		p.exit = exitUnknown
	}
	return p.tellCircles(report, o.html, o.lang)
}

// circlesModel makes the options of a reading, with the model that is asked of
// at most o.model answers. end releases it.
func (p *program) circlesModel(ctx context.Context, o circlesOptions) (how circles.Options, end func(), err error) {
	how, end = circles.Options{Lean: !p.asJSON}, func() {}
	switch {
	case o.model < 0:
		return how, end, triage.Errorf(triage.Invalid, "--model is a number of answers, such as 200")
	case o.model == 0:
		return how, end, nil
	}
	d, _, err := p.ownDesk(ctx)
	if err != nil {
		return how, end, err
	}
	model := d.author()
	if model == nil {
		d.close()
		return how, end, triage.Errorf(triage.Invalid, "no model is configured (llm.url, llm.model), or --offline is set; without --model none is needed")
	}
	fmt.Fprintf(p.stderr, "readback: up to %d answers go to %s, each with the messages before it\n", o.model, d.ladder.Best())
	var left atomic.Int64
	left.Store(int64(o.model))
	how.Ask = func(ctx context.Context, t *triage.Ticket) ([]guard.Proposal, bool) {
		if left.Add(-1) < 0 {
			return nil, false
		}
		draft := t.Messages[len(t.Messages)-1].Text
		before := *t
		before.Messages = t.Messages[:len(t.Messages)-1]
		list, _, err := author.Repeats(ctx, model, d.workspace.Platform.Name, &before, draft)
		return list, err == nil
	}
	return how, d.close, nil
}

// storedCircles reads the tickets of the database, without what people said is no repeat.
func (p *program) storedCircles(ctx context.Context, o circlesOptions, how circles.Options) (*circles.Report, error) {
	var from, until time.Time
	for _, day := range []struct {
		flag, text string
		to         *time.Time
	}{{"--since", o.since, &from}, {"--until", o.until, &until}} {
		if day.text == "" {
			continue
		}
		var err error
		if *day.to, err = time.Parse(time.DateOnly, day.text); err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s is no day, such as 2026-03-31", day.flag)
		}
	}
	if !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	s, err := p.openStore(ctx, o.data)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	last := time.Now()
	return web.ReadCircles(ctx, s, from, until, how, func(n, of int) {
		if time.Since(last) > 10*time.Second {
			last = time.Now()
			fmt.Fprintf(p.stderr, "readback: read %d of %d tickets\n", n, of)
		}
	})
}

// threads reads the files one after the other. It returns Invalid for one that
// cannot be read at all.
func (p *program) threads(reader *circles.Reader, names []string, give func(circles.Thread) bool) error {
	for _, name := range names {
		in := io.NopCloser(p.stdin)
		if name != "-" {
			f, err := os.Open(name)
			if err != nil {
				return triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, strings.TrimPrefix(err.Error(), "open "+name+": "))
			}
			in = f
		}
		err := reader.Read(in, filepath.Base(name), give)
		in.Close()
		if err != nil {
			return triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, err)
		}
	}
	return nil
}

// tellCircles writes the page if asked for, then the JSON or the summary.
func (p *program) tellCircles(r *circles.Report, html, lang string) (err error) {
	if html != "" {
		var b strings.Builder
		if err = circles.WritePage(&b, r, lang); err == nil {
			err = os.WriteFile(html, []byte(b.String()), 0o600) // it quotes customers
		}
		if err != nil {
			return triage.Errorf(triage.Invalid, "the page cannot be written: %v", err)
		}
	}
	if p.asJSON {
		var data []byte
		if data, err = triage.JSON(r); err == nil {
			_, err = fmt.Fprintf(p.stdout, "%s\n", data)
		}
	} else {
		err = circles.WriteText(p.stdout, r, lang)
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the report cannot be written: %w", err)
	}
	return nil
}
