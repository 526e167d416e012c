package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"readback/store"
	"readback/triage"
)

func (p *program) migrateCommand() *cobra.Command {
	var data string
	var status bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to this program's version",
		Long: `Bring the database up to this program's version. serve does the same when it starts.

Make a backup first: there is no way back. A database of a newer Readback is refused and
left as it is.

Exit codes: 0 done (--status: printed); 1 the database could not do it now; 2 there is no
database, or a newer Readback made it.`,
		Example: `  readback migrate --status
  readback backup before.db && readback migrate`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.Flags().BoolVar(&status, "status", false, "only print the versions")
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.RunE = func(c *cobra.Command, _ []string) error {
		path, err := p.databasePath(data)
		if err != nil {
			return err
		}
		before, err := store.ReadSchema(c.Context(), path)
		if err != nil {
			return err
		}
		if status {
			return p.printSchema(before)
		}
		s, err := p.openStore(c.Context(), data)
		if err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
		after, err := store.ReadSchema(c.Context(), path)
		if err != nil {
			return err
		}
		return p.printSchema(after)
	}
	return c
}

func (p *program) printSchema(s store.Schema) error {
	if p.asJSON {
		data, err := triage.JSON(&s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", data)
		return err
	}
	state := "it is up to date"
	switch {
	case s.Have < s.Want:
		state = "readback migrate, or the next start, brings it up"
	case s.Have > s.Want:
		state = "a newer Readback made it"
	}
	_, err := fmt.Fprintf(p.stdout, "the database has schema version %d, this program %d: %s\n", s.Have, s.Want, state)
	return err
}
