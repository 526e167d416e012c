package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/channel"
	"readback/triage"
	"readback/triage/extract/author"
	"readback/triage/guard"
)

// exitFindings is the exit code of guard and circles when they found something.
const exitFindings = 1

// guardFlags are the flags of `readback guard`.
type guardFlags struct {
	ticket, draft string
	tier          string
	lang          string
	wait          time.Duration
}

func (p *program) guardCommand() *cobra.Command {
	var f guardFlags
	c := &cobra.Command{
		Use:   "guard --ticket FILE --draft FILE",
		Short: "Read an answer before it is sent: what of it did the customer already do, say or get?",
		Long: `Read an answer before it is sent: what of it did the customer already do, say or get?

The ticket is a triage input (JSON, or one mail message) and is triaged first;
the draft is plain text. - reads one of them from standard input. docs/guard.md
tells what is found, and what passes.

Where a model is configured it is asked too, for at most --model-wait, and may
add hints; they are marked as inferred. It removes and changes nothing, and
without its answer the rules' findings are the report. --offline asks none.

Exit status: 0 nothing found, 1 findings, 2 unusable input, 3 could not tell:
the texts are in a language that is not compared, or the ticket could not be read.`,
		Example: `  readback guard --lab --ticket examples/sendline/tickets/case-zero.json --draft answer.txt
  readback guard --model-wait 0 --ticket ticket.json --draft answer.txt
  echo "Which browser do you use?" | readback guard --json --ticket ticket.json --draft -`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.guard(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.ticket, "ticket", "", "the ticket: a triage input")
	flags.StringVar(&f.draft, "draft", "", "the answer, as text")
	flags.StringVar(&f.tier, "tier", "", "tier of the agent who writes (default: where the ticket is)")
	flags.StringVar(&f.lang, "lang", "en", "language of the sentences: "+strings.Join(triage.Languages(), ", "))
	flags.DurationVar(&f.wait, "model-wait", 20*time.Second, "how long a configured model may take to add hints; 0 = it is not asked")
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	p.labFlag(c)
	return c
}

func (p *program) guard(ctx context.Context, f guardFlags) error {
	switch {
	case f.ticket == "" || f.draft == "":
		return triage.Errorf(triage.Invalid, "name both: --ticket FILE and --draft FILE")
	case f.wait < 0:
		return triage.Errorf(triage.Invalid, "--model-wait is a time such as 20s, or 0 for none")
	case f.ticket == "-" && f.draft == "-":
		return triage.Errorf(triage.Invalid, "only one of --ticket and --draft can be standard input")
	}
	raw, err := p.read(f.ticket)
	if err != nil {
		return err
	}
	in, err := channel.Parse(raw)
	if err != nil {
		return err
	}
	draft, err := p.answer(f.draft)
	if err != nil {
		return err
	}
	d, _, err := p.ownDesk(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if f.tier != "" && d.workspace.Tier(f.tier) == nil {
		return triage.Errorf(triage.Invalid, "the workspace has no tier %q", f.tier)
	}
	t := ticketOf(in, d.pipeline.Now())
	r, err := d.pipeline.Triage(ctx, &t, nil)
	if err != nil {
		return triage.Errorf(triage.Unavailable, "interrupted before the triage was done: %w", err)
	}
	reader, of := guard.New(d.workspace), guard.Case{Ticket: &t, Result: &r, Draft: draft, Tier: f.tier, Lang: f.lang}
	report := reader.Check(of)
	if model := d.author(); model != nil && f.wait > 0 {
		reader.Add(of, &report, author.Look(ctx, model, d.workspace.Platform.Name, &t, draft, f.wait))
	}
	switch {
	case len(report.Findings) > 0:
		p.exit = exitFindings
	case report.Matching == guard.MatchOff || r.Extractor.Name == "none":
		p.exit = exitUnknown
	}
	if !p.asJSON {
		printReport(p.stdout, &report, draft)
		return nil
	}
	data, err := triage.JSON(&report)
	if err == nil {
		_, err = fmt.Fprintf(p.stdout, "%s\n", data)
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the report cannot be written: %w", err)
	}
	return nil
}

// answer reads a draft: text in UTF-8 that says something.
func (p *program) answer(name string) (string, error) {
	raw, err := p.read(name)
	if err != nil {
		return "", err
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(raw), "\ufeff"), "\x00", " ")
	switch {
	case strings.TrimSpace(text) == "":
		return "", triage.Errorf(triage.Invalid, "the draft is empty")
	case strings.ToValidUTF8(text, "") != text:
		return "", triage.Errorf(triage.Invalid, "the draft is not text in UTF-8")
	case len(text) > guard.MaxDraft:
		return "", triage.Errorf(triage.TooLarge, "the draft has %d bytes; at most %d are read", len(text), guard.MaxDraft)
	}
	return text, nil
}

// printReport shows findings for people.
func printReport(out io.Writer, r *guard.Report, draft string) {
	for i := range r.Findings {
		f := &r.Findings[i]
		mark := "hint"
		if f.Level == guard.Stop {
			mark = "STOP"
		}
		if f.Inferred {
			mark = "hint, inferred by the model:"
		}
		fmt.Fprintf(out, "%s  %s\n      %s\n", mark, oneLine(strings.Join(strings.Fields(draft[f.Draft.Start:f.Draft.End]), " ")), oneLine(f.Text))
		if ev := f.Evidence; ev != nil && ev.Quote != "" && !strings.Contains(f.Text, ev.Quote) {
			who := "customer"
			if ev.By == triage.RoleAgent {
				who = "agent"
			}
			fmt.Fprintf(out, "      message %d, %s: “%s”\n", ev.Message, who, oneLine(strings.Join(strings.Fields(ev.Quote), " ")))
		}
		fmt.Fprintf(out, "      → %s\n", oneLine(f.Fix))
	}
	if len(r.Findings) == 0 {
		fmt.Fprintln(out, "Nothing of this did they hear, do or say before.")
	}
	if r.Note != "" {
		fmt.Fprintln(out, r.Note)
	}
	if m := r.Model; m != nil && m.Note != "" {
		fmt.Fprintln(out, m.Note)
	}
}
