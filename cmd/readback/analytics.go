package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"readback/store"
	"readback/triage"
)

func (p *program) analyticsCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "analytics",
		Short: "Count the figures of /analytics anew, or check them",
		Long: `Count the figures of /analytics anew from the event log, or check them.

The running service keeps them up to date by itself; docs/measures.md tells how, and
what each counts. Both may run beside it.

Exit status of check: 0 all agree, 1 some differ (which stands on standard output),
2 unusable input, 3 there is nothing whole to compare: rebuild first.`,
		Example: `  readback analytics check --data /var/lib/readback
  readback analytics rebuild`,
	}
	c.PersistentFlags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.PersistentFlags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	sub := func(use, short string, do func(c *cobra.Command, s *store.Store, by store.Calendar) error) {
		c.AddCommand(&cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			return p.withFigures(c, data, do)
		}})
	}
	sub("rebuild", "Count everything anew; pages say so meanwhile", p.rebuildFigures)
	sub("check", "Count everything again beside what is stored and compare; exit status 1 when they differ", p.checkFigures)
	return c
}

// withFigures opens the store and the workspace, by whose days and hours is counted.
func (p *program) withFigures(c *cobra.Command, data string, do func(c *cobra.Command, s *store.Store, by store.Calendar) error) error {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	d, err := p.openDesk(c.Context(), cfg, p.logger(slog.LevelWarn))
	if err != nil {
		return err
	}
	defer d.close()
	s, err := p.openStore(c.Context(), data)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(c, s, store.CalendarOf(d.workspace))
}

func (p *program) rebuildFigures(c *cobra.Command, s *store.Store, by store.Calendar) error {
	n, err := s.Recount(c.Context(), by, func(tickets int) { fmt.Fprintf(p.stderr, "\r%d tickets counted", tickets) })
	fmt.Fprintln(p.stderr)
	if err != nil {
		return err
	}
	if p.asJSON {
		_, err = fmt.Fprintf(p.stdout, "{\"tickets\":%d}\n", n)
	}
	return err
}

func (p *program) checkFigures(c *cobra.Command, s *store.Store, by store.Calendar) error {
	r, err := s.CheckFigures(c.Context(), by)
	if triage.CodeOf(err) == triage.Conflict {
		p.exit = exitUnknown
		_, err = fmt.Fprintf(p.stderr, "readback: %s\n", printable(err.Error()))
		return err
	}
	if err != nil {
		return err
	}
	if r.Differ > 0 {
		p.exit = exitFailed
	}
	if p.asJSON {
		out, err := triage.JSON(&struct {
			Tickets  int      `json:"tickets"`
			Figures  int      `json:"figures"`
			Differ   int      `json:"differ"`
			Examples []string `json:"examples"`
		}{r.Tickets, r.Figures, r.Differ, r.Examples})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", out)
		return err
	}
	for _, what := range r.Examples {
		fmt.Fprintf(p.stdout, "differs: %s\n", printable(what))
	}
	_, err = fmt.Fprintf(p.stdout, "%d tickets, %d figures, %d differ\n", r.Tickets, r.Figures, r.Differ)
	return err
}
