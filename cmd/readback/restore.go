package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"readback/store"
	"readback/triage"
)

func (p *program) restoreCommand() *cobra.Command {
	var data string
	var force bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup into the data folder",
		Long: `Put a backup into the data folder.

The backup is checked and copied before anything is replaced. End the service first: a
database that a program has open is never replaced. A backup made by an older Readback is
migrated at the next start; that of a newer one is refused.

Exit codes: 0 done; 1 the service runs, or the disk is full; 2 the backup cannot be used,
or there is a database already (--force replaces it).`,
		Example: `  readback restore /var/backups/readback-2026-11-20.db
  readback restore latest.db --force --data /var/lib/readback`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.Flags().BoolVar(&force, "force", false, "replace the database that is there")
	c.RunE = func(c *cobra.Command, args []string) error {
		path, err := p.databasePath(data)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return triage.Errorf(triage.Invalid, "the data folder %s cannot be made: %w", filepath.Dir(path), err)
		}
		if err := store.Restore(c.Context(), args[0], path, force); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "restored %s from %s\n", path, args[0])
		return nil
	}
	return c
}
