package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/knowledge/lint"
	"readback/store"
	"readback/triage"
	"readback/triage/check"
)

func (p *program) kbLintCommand() *cobra.Command {
	var sarif bool
	var at, data string
	var model modelLint
	c := &cobra.Command{
		Use:   "lint DIR",
		Short: "What is wrong with the procedures, articles and changes of a workspace",
		Long: `What is wrong with the procedures, articles and changes of a workspace: copies,
contradictions, dead ends, removed screens, steps and checks that cannot work ...
docs/lint.md lists the rules. Exit status: 0 clean, 1 findings, 2 usage, 3 could
not tell.

With --model a configured model (docs/models.md) also looks for passages that cannot both be right.
It first says on standard error how much text goes to which model and what that may cost; --dry-run
stops there. A finding has both passages, which stand in their files letter for letter.`,
		Example: `  readback kb lint examples/sendline
  readback kb lint --sarif ./desk > lint.sarif
  readback kb lint --data /var/lib/readback ./desk`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.Flags().BoolVar(&sarif, "sarif", false, "SARIF 2.1.0 on standard output, for code hosts and editors")
	c.Flags().StringVar(&data, "data", "", "data folder of a desk: ranks dead ends by the tickets of the last 90 days that they caused")
	c.Flags().BoolVar(&model.ask, "model", false, "let the configured model look for pages that disagree: their texts go to it")
	c.Flags().BoolVar(&model.dry, "dry-run", false, "with --model: say what would go to it and what that may cost, and ask nothing")
	c.Flags().IntVar(&model.calls, "model-calls", 40, "with --model: at most so many calls, each about up to four like pages")
	c.Flags().StringVar(&at, "at-time", "", "judge reviews as of this day, such as 2026-11-22 (default: today)")
	c.MarkFlagsMutuallyExclusive("json", "sarif")
	c.RunE = func(c *cobra.Command, args []string) error {
		now := time.Now()
		if at != "" {
			var err error
			if now, err = time.Parse(time.DateOnly, at); err != nil {
				return triage.Errorf(triage.Invalid, "--at-time %q is no day; write 2026-11-22", at)
			}
		}
		debug.SetMemoryLimit(lint.MemoryLimit)
		caused, err := p.caused(c.Context(), data, now)
		if err != nil {
			return err
		}
		found, err := p.lint(args[0], now, caused)
		if err != nil {
			return err
		}
		if found, err = p.lintByModel(c.Context(), args[0], found, model); err != nil {
			return err
		}
		return p.reportLint(found, sarif)
	}
	return c
}

// lint reads the workspace and applies the rules; a workspace that cannot be
// read at all leaves the exit status exitUnknown.
func (p *program) lint(dir string, now time.Time, caused *lint.Caused) ([]lint.Finding, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, triage.Errorf(triage.Invalid, "%s is not a folder", dir)
	}
	w, err := knowledge.Read(os.DirFS(dir))
	var faults knowledge.Faults
	if err != nil && !errors.As(err, &faults) {
		p.exit = exitUnknown
		fmt.Fprintf(p.stderr, "readback: %s cannot be read: %v\n", dir, err)
		return []lint.Finding{}, nil
	}
	if w == nil {
		p.exit = exitUnknown
		fmt.Fprintf(p.stderr, "readback: %s is no workspace: %v\n", dir, err)
	}
	return lint.Run(w, faults, lint.Options{Now: now, Checks: check.Required(), Caused: caused}), nil
}

// caused counts what dead ends cost, from the database in a desk's data folder;
// nil without one.
func (p *program) caused(ctx context.Context, data string, now time.Time) (*lint.Caused, error) {
	if data == "" {
		return nil, nil
	}
	file := filepath.Join(data, "readback.db")
	if _, err := os.Stat(file); err != nil {
		return nil, triage.Errorf(triage.Invalid, "there is no database %s; --data names the data folder of a desk", file)
	}
	s, err := store.Open(ctx, store.Options{Path: file, Logger: p.logger(slog.LevelWarn)})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Caused(ctx, now.AddDate(0, 0, -lint.CausedDays))
}

func (p *program) reportLint(found []lint.Finding, sarif bool) error {
	if p.exit == exitDone && len(found) > 0 {
		p.exit = exitDiffers
	}
	var err error
	switch {
	case sarif:
		err = p.writeJSON(lint.SARIF(found, version))
	case p.asJSON:
		err = p.writeJSON(map[string]any{"findings": found})
	default:
		bySeverity := map[lint.Severity]int{}
		for _, f := range found {
			bySeverity[f.Severity]++
			fmt.Fprintf(p.stdout, "%s:%d:%d: %s: %s [%s]\n", printable(f.File), f.Line, f.Column, f.Severity, printable(f.Message), f.Rule)
			for _, r := range f.Related {
				fmt.Fprintf(p.stdout, "    %s:%d:%d %s\n", printable(r.File), r.Line, r.Column, printable(r.Message))
			}
			fmt.Fprintf(p.stdout, "    mend: %s\n", printable(f.Fix))
		}
		p.printDeadEnds(found)
		_, err = fmt.Fprintf(p.stdout, "%d errors, %d warnings, %d notes\n", bySeverity[lint.Error], bySeverity[lint.Warning], bySeverity[lint.Note])
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the findings cannot be written: %w", err)
	}
	return nil
}

// printDeadEnds ranks the dead ends that caused tickets.
func (p *program) printDeadEnds(found []lint.Finding) {
	first := true
	for _, f := range lint.DeadEnds(found) {
		if f.Tickets == nil || *f.Tickets == 0 {
			continue
		}
		if first {
			fmt.Fprintf(p.stdout, "\ndead ends by the tickets of the last %d days that they caused:\n", lint.CausedDays)
			first = false
		}
		fmt.Fprintf(p.stdout, "%6d  %s:%d:%d\n        mend: %s\n", *f.Tickets, printable(f.File), f.Line, f.Column, printable(f.Fix))
	}
	if !first {
		fmt.Fprintln(p.stdout)
	}
}

// writeJSON writes one object, readable for people too.
func (p *program) writeJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, strings.TrimSpace(string(data)))
	return err
}
