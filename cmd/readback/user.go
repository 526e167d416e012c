package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// byCommand is who the audit log names for what the command line does.
var byCommand = store.Actor{ID: "cli"}

// How long the links are good that the command line makes.
const (
	inviteLife = 7 * 24 * time.Hour
	resetLife  = 24 * time.Hour
)

func (p *program) userCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "user",
		Short: "Add, list, reset and shut out the people of a desk",
		Long: `Add, list, reset and shut out the people of a desk, without a browser.

Without --password-stdin, add and reset print the path of a link by which the user chooses
a password, once; it stands behind the desk's address (setting base_url). The service may run meanwhile.`,
		Example: `  readback user add ann@desk.example --name Ann --role admin
  readback user add may@desk.example --role agent --tier l1 --tier l2 --language en --language pl
  readback user add bot@desk.example --role agent --password-stdin < password.txt
  readback user list
  readback user reset ann@desk.example`,
	}
	c.PersistentFlags().StringVar(&data, "data", "", "folder of the database (default data)")
	one := func(use, short string, do func(ctx context.Context, s *store.Store, u people.User) error) *cobra.Command {
		return &cobra.Command{Use: use + " EMAIL", Short: short, Example: "  readback user " + use + " ann@desk.example", Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				return p.withStore(c.Context(), data, func(ctx context.Context, s *store.Store) error {
					u, err := s.UserByEmail(ctx, args[0])
					if err != nil {
						return err
					}
					return do(ctx, s, u)
				})
			}}
	}
	c.AddCommand(p.userAddCommand(&data), p.userListCommand(&data),
		one("reset", "Take password and one-time codes away, end all sessions, and print a link to a new password",
			func(ctx context.Context, s *store.Store, u people.User) error {
				return p.printLink(ctx, s, u, resetLife, true)
			}),
		one("disable", "Keep somebody from signing in, end their sessions and revoke their API tokens",
			func(ctx context.Context, s *store.Store, u people.User) error {
				return s.DisableUser(ctx, byCommand, u.ID, true)
			}),
		one("enable", "Let somebody sign in again", func(ctx context.Context, s *store.Store, u people.User) error {
			return s.DisableUser(ctx, byCommand, u.ID, false)
		}),
		one("remove", "Remove somebody for good; what they did stays, under an id", func(ctx context.Context, s *store.Store, u people.User) error {
			return s.RemoveUser(ctx, byCommand, u.ID)
		}))
	return c
}

// withStore opens the database of the desk, and makes it when there is none:
// the first user may be made before the service has run.
func (p *program) withStore(ctx context.Context, data string, do func(context.Context, *store.Store) error) error {
	path, err := p.databasePath(data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return triage.Errorf(triage.Invalid, "the data folder cannot be made: %w", err)
	}
	s, err := store.Open(ctx, store.Options{Path: path, Logger: p.logger(slog.LevelWarn)})
	if err != nil {
		return err
	}
	defer s.Close()
	return do(ctx, s)
}

func (p *program) userAddCommand(data *string) *cobra.Command {
	var u people.User
	var role string
	var fromStdin bool
	c := &cobra.Command{Use: "add EMAIL", Short: "Add somebody, with a link or a password", Args: cobra.ExactArgs(1),
		Example: "  readback user add ann@desk.example --name Ann --role admin"}
	c.Flags().StringVar(&u.Name, "name", "", "shown to colleagues (default the address)")
	c.Flags().StringVar(&role, "role", "agent", "agent, lead or admin")
	c.Flags().StringArrayVar(&u.Tiers, "tier", nil, "a tier of the workspace that is theirs; may be repeated")
	c.Flags().StringArrayVar(&u.Languages, "language", nil, "that they answer in, such as en; may be repeated")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read their password from the first line of standard input")
	c.RunE = func(c *cobra.Command, args []string) error {
		u.Email, u.Role = args[0], people.Role(role)
		hash := ""
		if fromStdin {
			line, _ := bufio.NewReader(p.stdin).ReadString('\n')
			password := strings.TrimRight(line, "\r\n")
			if w := people.WeaknessOf(password, u.Email, u.Name, "readback"); w != "" {
				return triage.Errorf(triage.Invalid, "%s", triage.Sentence("en", "web.password."+string(w), map[string]string{"count": fmt.Sprint(people.MinPassword)}))
			}
			var err error
			if hash, err = people.Hash(password); err != nil {
				return err
			}
		}
		return p.withStore(c.Context(), *data, func(ctx context.Context, s *store.Store) error {
			added, err := s.AddUser(ctx, byCommand, u, hash)
			if err != nil {
				return err
			}
			if hash != "" {
				return nil
			}
			return p.printLink(ctx, s, added, inviteLife, false)
		})
	}
	return c
}

// printLink makes a link to a password and prints it, this once.
func (p *program) printLink(ctx context.Context, s *store.Store, u people.User, life time.Duration, reset bool) error {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	token := people.NewToken("")
	if err := s.AddLink(ctx, byCommand, u.ID, people.TokenHash(token), life, reset); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s/welcome/%s\n", cmp.Or(cfg.BaseURL, "http://"+cfg.Addr), token)
	return err
}

func (p *program) userListCommand(data *string) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the people of the desk", Example: "  readback user list --json", Args: cobra.NoArgs}
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.withStore(c.Context(), *data, func(ctx context.Context, s *store.Store) error {
			users, err := s.Users(ctx)
			if err != nil {
				return err
			}
			return p.printUsers(users)
		})
	}
	return c
}

// userLine is a user as the command line lists them.
type userLine struct {
	ID        string      `json:"id"`
	Email     string      `json:"email"`
	Name      string      `json:"name"`
	Role      people.Role `json:"role"`
	Tiers     []string    `json:"tiers"`
	Languages []string    `json:"languages"`
	State     string      `json:"state"` // active, disabled, removed
	TOTP      bool        `json:"totp"`
	SeenAt    *time.Time  `json:"seen_at"` // null = not in a session now
}

func (p *program) printUsers(users []people.User) error {
	lines := []userLine{}
	for _, u := range users {
		l := userLine{ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, Tiers: u.Tiers, Languages: u.Languages, State: "active", TOTP: u.TOTP}
		switch {
		case !u.RemovedAt.IsZero():
			l.State = "removed"
		case !u.DisabledAt.IsZero():
			l.State = "disabled"
		}
		if !u.SeenAt.IsZero() {
			l.SeenAt = &u.SeenAt
		}
		lines = append(lines, l)
	}
	if p.asJSON {
		data, err := triage.JSON(map[string]any{"users": lines})
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "%s\n", data)
		}
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", orDash(oneLine(l.Email)), orDash(oneLine(l.Name)), l.Role, orDash(strings.Join(l.Tiers, ",")), l.State)
	}
	return w.Flush()
}
