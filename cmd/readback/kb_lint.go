package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/knowledge/lint"
	"readback/triage"
	"readback/triage/check"
)

func (p *program) kbLintCommand() *cobra.Command {
	var sarif bool
	var at string
	c := &cobra.Command{
		Use:   "lint DIR",
		Short: "What is wrong with the procedures, articles and changes of a workspace",
		Long: `What is wrong with the procedures, articles and changes of a workspace: copies,
contradictions, dead ends, removed screens, steps and checks that cannot work ...
docs/lint.md lists the rules. Exit status: 0 clean, 1 findings, 2 usage, 3 could
not tell.`,
		Example: `  readback kb lint examples/sendline
  readback kb lint --sarif ./desk > lint.sarif`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.Flags().BoolVar(&sarif, "sarif", false, "SARIF 2.1.0 on standard output, for code hosts and editors")
	c.Flags().StringVar(&at, "at-time", "", "judge reviews as of this day, such as 2026-11-22 (default: today)")
	c.MarkFlagsMutuallyExclusive("json", "sarif")
	c.RunE = func(_ *cobra.Command, args []string) error {
		now := time.Now()
		if at != "" {
			var err error
			if now, err = time.Parse(time.DateOnly, at); err != nil {
				return triage.Errorf(triage.Invalid, "--at-time %q is no day; write 2026-11-22", at)
			}
		}
		debug.SetMemoryLimit(lint.MemoryLimit)
		found, err := p.lint(args[0], now)
		if err != nil {
			return err
		}
		return p.reportLint(found, sarif)
	}
	return c
}

// lint reads the workspace and applies the rules; a workspace that cannot be
// read at all leaves the exit status exitUnknown.
func (p *program) lint(dir string, now time.Time) ([]lint.Finding, error) {
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
	return lint.Run(w, faults, lint.Options{Now: now, Checks: check.Required()}), nil
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
		_, err = fmt.Fprintf(p.stdout, "%d errors, %d warnings, %d notes\n", bySeverity[lint.Error], bySeverity[lint.Warning], bySeverity[lint.Note])
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the findings cannot be written: %w", err)
	}
	return nil
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
