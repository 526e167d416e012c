package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"readback/store"
	"readback/triage"
)

func (p *program) backupCommand() *cobra.Command {
	var data string
	var force bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database into one file, while the service runs",
		Long: `Copy the database into one file, while the service runs.

The copy is the state of one moment, readable by you only (mode 0600), and was checked
from the first page to the last. It holds all that customers wrote.

Exit codes: 0 done; 1 the disk is full or the database is locked; 2 FILE exists, cannot be
made, or there is no database.`,
		Example: `  readback backup /var/backups/readback-2026-11-20.db
  readback backup latest.db --force --data /var/lib/readback`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.Flags().BoolVar(&force, "force", false, "replace FILE, once the copy is good")
	c.RunE = func(c *cobra.Command, args []string) error {
		path, err := p.databasePath(data)
		if err != nil {
			return err
		}
		if err := store.Backup(c.Context(), path, args[0], force); err != nil {
			return err
		}
		info, err := os.Stat(args[0])
		if err != nil {
			return triage.Errorf(triage.Internal, "the backup cannot be read: %w", err)
		}
		fmt.Fprintf(p.stdout, "backed up %s to %s (%d kB)\n", path, args[0], (info.Size()+1023)/1024)
		return nil
	}
	return c
}

// databasePath is the database in the folder data; "" is the configured one.
func (p *program) databasePath(data string) (string, error) {
	cfg, err := loadConfig(p.config, p.env)
	return filepath.Join(cmp.Or(data, cfg.Data), "readback.db"), err
}

// openStore opens the database in the folder data ("" = the configured one),
// which must be there.
func (p *program) openStore(ctx context.Context, data string) (*store.Store, error) {
	path, err := p.databasePath(data)
	if err != nil {
		return nil, err
	}
	if _, err := store.ReadSchema(ctx, path); err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Path: path, Logger: p.logger(slog.LevelWarn)})
}
