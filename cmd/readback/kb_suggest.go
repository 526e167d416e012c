package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/store"
	"readback/triage/eval/suggest"
	"readback/web"
)

func (p *program) kbSuggestCommand() *cobra.Command {
	var data, since string
	var limit int
	c := &cobra.Command{
		Use:   "suggest",
		Short: "What past tickets speak for: procedures to write, checks, capabilities",
		Long: `What past tickets speak for: procedures to write for tickets that none fits, checks for
steps that rest on words alone, capabilities that the first tier could be given. All of it is
inferred by fixed rules from words and counts; no model is asked and nothing is written.

It reads triaged tickets, and imported ones once they are read (readback import --read).
What was set aside on the page /suggestions is left out and counted. docs/replay.md has the
rules. Exit status: 0 read, 1 interrupted or a fault, 2 unusable input.`,
		Example: `  readback kb suggest --data /var/lib/readback --workspace ./desk
  readback kb suggest --since 2025-01-01 --limit 0
  readback kb suggest --json | jq '.clusters[] | {name, size: (.tickets | length)}'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.suggest(c.Context(), data, since, limit) },
	}
	c.Flags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.Flags().StringVar(&since, "since", fmt.Sprintf("%dd", web.SuggestDays), "day on which tickets came at the earliest: 2026-11-01, or 30d for so many days ago")
	c.Flags().IntVar(&limit, "limit", web.SuggestTickets, "so many tickets at most, the last changed; 0 = all")
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output; it quotes customers")
	return c
}

func (p *program) suggest(ctx context.Context, data, since string, limit int) error {
	period, err := parsePeriod(since, "", limit, time.Now())
	if err != nil {
		return err
	}
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	files, err := p.workspaceFiles(cfg)
	if err != nil {
		return err
	}
	w, _, err := loadWorkspace(files)
	if err != nil {
		return err
	}
	path, err := p.databasePath(data)
	if err != nil {
		return err
	}
	s, err := store.OpenReadOnly(ctx, path, p.logger(slog.LevelWarn))
	if err != nil {
		return err
	}
	defer s.Close()
	told := time.Now()
	found, err := web.ReadSuggestions(ctx, s, w, period.Since, period.Limit, func(n, of int) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(p.stderr, "readback: read %d of %d tickets\n", n, of)
		}
	})
	if err != nil {
		return err
	}
	asides, err := s.SetAsides(ctx)
	if err != nil {
		return err
	}
	left, aside := found.Without(func(kind, key string, size int) bool {
		for _, a := range asides {
			if a.Kind == kind && a.Key == key && !suggest.Renewed(size, a.Size) {
				return true
			}
		}
		return false
	})
	if p.asJSON {
		return p.writeJSON(struct {
			suggest.Suggestions
			SetAside int `json:"set_aside"` // that are left out
		}{left, aside})
	}
	_, err = io.WriteString(p.stdout, suggestText(w, &left, aside))
	return err
}

// suggestText is for a terminal.
func suggestText(w *knowledge.Workspace, s *suggest.Suggestions, aside int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Inferred from %s. Look before you believe it.\n", plural(s.Tickets, "ticket"))
	head := func(title string, n int) { fmt.Fprintf(&b, "\n%s: %d\n", title, n) }
	head("Tickets that no procedure fits", len(s.Clusters))
	for i := range s.Clusters {
		k := &s.Clusters[i]
		fmt.Fprintf(&b, "  %4d  %s (%s; such as %s)\n", len(k.Tickets), printable(k.Name), k.Kind, k.Key)
		for _, q := range k.Quotes {
			fmt.Fprintf(&b, "        “%s”\n", printable(q.Text))
		}
	}
	head("Steps that could have a check", len(s.Checks))
	for i := range s.Checks {
		k := &s.Checks[i]
		title := ""
		if proc := w.Procedure(k.Procedure); proc != nil {
			title = ": " + proc.StepTitle(k.Step, "en")
		}
		fmt.Fprintf(&b, "  %4d  %s%s (said in %d, wrong in %d, asked about in %d)\n", k.Wrong+k.Asked, k.Key(), title, k.Said, k.Wrong, k.Asked)
	}
	head("What the first tier could be given", len(s.Capabilities))
	for i := range s.Capabilities {
		k := &s.Capabilities[i]
		fmt.Fprintf(&b, "  %4d  %s, which %s has", k.Tickets, k.Capability, k.Tier)
		if k.Waited > 0 {
			fmt.Fprintf(&b, " (%d answered after %.1f hours by the clock, all together)", k.Waited, k.Hours)
		}
		b.WriteByte('\n')
	}
	if aside > 0 {
		fmt.Fprintf(&b, "\n%s set aside on the page of suggestions.\n", plural(aside, "suggestion"))
	}
	if s.Tickets == 0 {
		b.WriteString("\nNo ticket of that time was triaged. Imported ones are once they are read: readback import --read offline ID\n")
	}
	return b.String()
}
