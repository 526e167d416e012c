package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/channel"
	"readback/triage"
)

// maxInput bounds a ticket on the command line, in bytes.
const maxInput = 32 << 20

func (p *program) triageCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "triage FILE|-",
		Short: "Read one ticket and say where it goes, and why",
		Long: `Read one ticket and say where it goes, and why.

FILE is a ticket as JSON (docs/api.md) or one mail message (.eml); - reads
standard input. Exit status: 0 done, 2 unusable input.`,
		Example: `  readback triage --lab --offline examples/sendline/tickets/case-zero.json
  readback triage --json --workspace ./desk - < message.eml`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	p.labFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error { return p.triage(c.Context(), args[0]) }
	return c
}

func (p *program) triage(ctx context.Context, name string) error {
	raw, err := p.read(name)
	if err != nil {
		return err
	}
	in, err := channel.Parse(raw)
	if err != nil {
		return err
	}
	d, _, err := p.ownDesk(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	t := ticketOf(in, d.pipeline.Now())
	r, err := d.pipeline.Triage(ctx, &t, nil)
	if err != nil {
		return triage.Errorf(triage.Unavailable, "interrupted before the triage was done: %w", err)
	}
	r.Version, t.Triaged = 1, t.LastSeq
	view := triage.NewView(&t, &r)
	if !p.asJSON {
		printView(p.stdout, &view, d.workspace)
		return nil
	}
	data, err := triage.JSON(&view)
	if err != nil {
		return triage.Errorf(triage.Internal, "the result cannot be written: %w", err)
	}
	if _, err = fmt.Fprintf(p.stdout, "%s\n", data); err != nil {
		return triage.Errorf(triage.Internal, "the result cannot be written: %w", err)
	}
	return nil
}

// ticketOf numbers the messages of an input that no store has seen.
func ticketOf(in channel.Input, now time.Time) triage.Ticket {
	t := triage.Ticket{ID: "ticket-1", Source: "cli", Subject: in.Subject, Channel: in.Channel, Customer: in.Customer,
		Identity: in.Identity, State: triage.StateOpen, Messages: in.Messages, CreatedAt: now, UpdatedAt: now}
	for i := range t.Messages {
		m := &t.Messages[i]
		m.ID, m.Seq, m.ReceivedAt = fmt.Sprintf("message-%d", i+1), int64(i+1), now
	}
	t.LastSeq = int64(len(t.Messages))
	return t
}

func (p *program) read(name string) ([]byte, error) {
	in := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, strings.TrimPrefix(err.Error(), "open "+name+": "))
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	switch {
	case err != nil:
		return nil, triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, err)
	case len(raw) > maxInput:
		return nil, triage.Errorf(triage.TooLarge, "%s is over the limit of %d MiB", name, maxInput>>20)
	}
	return raw, nil
}
