package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"readback/triage"
	"readback/triage/guard"
	"readback/triage/guard/circles"
)

func (p *program) circlesCommand() *cobra.Command {
	var html, lang string
	c := &cobra.Command{
		Use:   "circles FILE...",
		Short: "Read past tickets: where did answers repeat what the customer had done, read or said?",
		Long: `Read past tickets: where did answers repeat what the customer had done, read or said?

A file holds tickets as JSON Lines, a JSON list or one JSON object: triage inputs
(docs/api.md), or lines of a dataset; - is standard input. Needs no procedures,
no model and no network. docs/circles.md tells what is found and what is read.

Exit status: 0 nothing found, 1 findings, 2 unusable input, 3 could not tell:
nothing was found, and some tickets could not be read or compared.`,
		Example: `  readback circles examples/sendline/tickets/case-zero-thread.json
  readback circles --html report.html tickets-2025.jsonl tickets-2026.jsonl
  readback circles --json tickets.jsonl | jq .with`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.circles(c.Context(), args, html, lang) },
	}
	flags := c.Flags()
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	flags.StringVar(&html, "html", "", "write the report as one HTML page to this file")
	flags.StringVar(&lang, "lang", "en", "language of the report: "+strings.Join(triage.Languages(), ", "))
	return c
}

func (p *program) circles(ctx context.Context, names []string, html, lang string) error {
	reader := circles.NewReader()
	threads := make(chan circles.Thread)
	failed := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(threads)
		failed <- p.threads(ctx, reader, names, threads)
	}()
	report, err := circles.Read(ctx, guard.New(nil), func() (circles.Thread, bool) {
		t, ok := <-threads
		return t, ok
	})
	if err != nil {
		return triage.Errorf(triage.Unavailable, "interrupted before all tickets were read: %w", err)
	}
	if err := <-failed; err != nil {
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
	return p.tellCircles(report, html, lang)
}

// threads reads the files one after the other. It returns Invalid for one that
// cannot be read at all.
func (p *program) threads(ctx context.Context, reader *circles.Reader, names []string, to chan<- circles.Thread) error {
	give := func(t circles.Thread) bool {
		select {
		case to <- t:
			return true
		case <-ctx.Done():
			return false
		}
	}
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
