package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"readback/triage"
)

// The exit codes of the commands.
const (
	exitDone     = 0
	exitFailed   = 1 // a fault of ours, or a server that could not start
	exitUnusable = 2 // the input or the command line cannot be used
)

// program is what every subcommand gets: its streams, its environment and the
// flags that all commands share.
type program struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
	workspace      string // folder; "" = the example workspace
	config         string // readback.yaml
	lab            bool
	offline        bool
	asJSON         bool
	exit           int // the exit code of a command that ran, when it is not exitDone
}

// run boots the program. End-to-end tests call it as main does.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{env: env, stdin: stdin, stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:           "readback",
		Short:         "A support desk that has read the ticket before a person opens it",
		SilenceErrors: true,
		SilenceUsage:  true,
		Example: `  readback demo                                the example desk, in a browser
  readback triage --lab --offline ticket.json  one ticket, on the command line
  readback serve --workspace ./desk            your own desk`,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&p.workspace, "workspace", "", "folder of the workspace (default: the built-in example)")
	flags.StringVar(&p.config, "config", "", "configuration file (default: readback.yaml when there is one)")
	flags.BoolVar(&p.offline, "offline", false, "use no model even when one is configured")
	root.AddCommand(p.demoCommand(), p.serveCommand(), p.triageCommand(), p.evalCommand(), p.checkCommand(), p.versionCommand(),
		p.guardCommand(), p.circlesCommand(), p.importCommand(), p.replayCommand(), p.eraseCommand(), p.backupCommand(), p.restoreCommand(), p.migrateCommand(), p.userCommand(), p.kbCommand(), p.sendCommand(), p.deskAppCommand(), p.analyticsCommand())
	for _, c := range root.Commands() {
		if c.HasSubCommands() && !c.Runnable() { // else a misspelt one would print the help and succeed
			c.Args, c.RunE = cobra.NoArgs, func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		return p.fail(err)
	}
	return p.exit
}

// fail prints one clear line and returns the exit code of the error.
func (p *program) fail(err error) int {
	var coded *triage.Error
	if !errors.As(err, &coded) {
		// cobra's own errors: an unknown command or flag.
		fmt.Fprintf(p.stderr, "readback: %s (see readback --help)\n", printable(err.Error()))
		return exitUnusable
	}
	fmt.Fprintf(p.stderr, "readback: %s\n", printable(coded.Error()))
	switch coded.Code {
	case triage.Invalid, triage.NotFound, triage.TooLarge:
		return exitUnusable
	}
	return exitFailed
}

// printable is an error in one line, without what could move a cursor.
func printable(s string) string { return oneLine(strings.Join(strings.Fields(s), " ")) }

// labFlag adds --lab to the commands that may use the lab network.
func (p *program) labFlag(c *cobra.Command) {
	c.Flags().BoolVar(&p.lab, "lab", false, "check domains on the workspace's own lab network on loopback")
}

func (p *program) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}
