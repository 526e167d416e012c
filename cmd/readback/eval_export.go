package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/eval"
	"readback/triage/extract"
)

// exportFlags are the flags of eval export.
type exportFlags struct {
	data, since, redact string
	accounts            bool
}

func (p *program) evalExportCommand() *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export FILE",
		Short: "Make a labelled dataset of what people said of past tickets",
		Long: `Make a labelled dataset of what people said of past tickets.

FILE gets a line for each ticket of which somebody said something: it was given to
another tier, corrected by an agent or its customer, resolved by the tier that the route
named, or found right in a published blind review. Only what those words bear out is
labelled, and each label says where it comes from (docs/eval.md). - is standard output.

Redacted are, always: secrets, numbers of cards and accounts, names of the customer and of
staff, mail addresses, telephone and identity numbers, signatures, ids of customers. With
--redact all (the default) host names, IP addresses and paths of web addresses too; the
platform's own stay. Names that stand in no record are not found: look before you pass it
on. Erased tickets are left out; a file that was made before an erasure still holds them.

A route that rests on the customer's account can only be made again with it, so its label
is left out unless --accounts keeps the account id, for use on your own desk.

Exit status: 0 written, 1 a fault, 2 unusable input or nothing to write.`,
		Example: `  readback eval export labelled.jsonl --since 2026-09-01
  readback eval --workspace ./desk --dataset labelled.jsonl --extractor offline
  readback eval export --redact personal --accounts --data /var/lib/readback labelled.jsonl`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.evalExport(c.Context(), f, args[0]) },
	}
	flags := c.Flags()
	flags.StringVar(&f.data, "data", "", "folder of the database (default data)")
	flags.StringVar(&f.since, "since", "", "only tickets that came on this day or later, YYYY-MM-DD (default: all)")
	flags.StringVar(&f.redact, "redact", "all", "all, or personal: host names, IP addresses and paths stay")
	flags.BoolVar(&f.accounts, "accounts", false, "keep account ids, so that routes that rest on them are labelled too")
	return c
}

func (p *program) evalExport(ctx context.Context, f exportFlags, name string) error {
	if f.redact != "all" && f.redact != "personal" {
		return triage.Errorf(triage.Invalid, "--redact is %q; use all or personal", f.redact)
	}
	var since time.Time
	if f.since != "" {
		var err error
		if since, err = time.Parse(time.DateOnly, f.since); err != nil {
			return triage.Errorf(triage.Invalid, "--since is %q; write a day as 2026-09-01", f.since)
		}
	}
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	w, err := p.exportWorkspace(cfg)
	if err != nil {
		return err
	}
	s, err := p.openStore(ctx, f.data)
	if err != nil {
		return err
	}
	defer s.Close()
	users, err := s.Users(ctx)
	if err != nil {
		return err
	}
	var staff []string
	for i := range users {
		staff = append(staff, users[i].Name)
	}
	x := &exporting{f: f, hide: extract.RedactOptions{Names: staff, Hosts: f.redact == "all", Keep: ownHosts(w)}, from: map[eval.Source]int{}}
	if name == "-" {
		if err := x.write(p.stdout, func(do func(*eval.Words) error) error { return s.Labelled(ctx, since, do) }); err != nil {
			return err
		}
	} else if err := x.file(name, func(do func(*eval.Words) error) error { return s.Labelled(ctx, since, do) }); err != nil {
		return err
	}
	return p.tellExport(x)
}

// exportWorkspace is the desk's, whose own names are no customer's.
func (p *program) exportWorkspace(cfg config) (*knowledge.Workspace, error) {
	files, err := p.workspaceFiles(cfg)
	if err != nil {
		return nil, err
	}
	w, _, err := loadWorkspace(files)
	return w, err
}

// ownHosts are the platform's domains and those of its help pages.
func ownHosts(w *knowledge.Workspace) []string {
	hosts := slices.Clone(w.Platform.Domains)
	for i := range w.Procedures {
		if u, err := url.Parse(w.Procedures[i].URL); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

// exporting writes examples and counts them.
type exporting struct {
	f        exportFlags
	hide     extract.RedactOptions
	tickets  int
	accounts int // routes that were left out for the account's sake
	from     map[eval.Source]int
}

// file writes to a new file that takes the named one's place when it is whole;
// only its owner may read it.
func (x *exporting) file(name string, each func(do func(*eval.Words) error) error) (err error) {
	out, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return triage.Errorf(triage.Invalid, "%s cannot be written: %v", name, err)
	}
	if err = x.write(out, each); err == nil && x.tickets > 0 {
		if err = out.Close(); err == nil {
			err = os.Rename(name+".new", name)
		}
	}
	if err != nil || x.tickets == 0 {
		_ = out.Close()
		_ = os.Remove(name + ".new")
	}
	return err
}

func (x *exporting) write(to io.Writer, each func(do func(*eval.Words) error) error) error {
	out := bufio.NewWriter(to)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := each(func(w *eval.Words) error { return x.one(w, enc) }); err != nil {
		return err
	}
	return out.Flush()
}

func (x *exporting) one(w *eval.Words, enc *json.Encoder) error {
	r := extract.NewRedactor(w.Ticket.Customer, x.hide)
	for i := range w.Ticket.Messages {
		r.Learn(w.Ticket.Messages[i].Text)
	}
	example, ok, account := eval.MakeExample(w, eval.LabelOptions{Accounts: x.f.accounts, Hide: func(text string) (string, eval.Hidden) {
		hidden := r.Hide(text)
		return hidden.Text, &hidden
	}})
	if account {
		x.accounts++
	}
	if !ok {
		return nil
	}
	x.tickets++
	seen := map[eval.Source]bool{}
	for _, l := range example.Labels {
		if !seen[l.From] {
			seen[l.From] = true
			x.from[l.From]++
		}
	}
	return enc.Encode(example)
}

// tellExport tells what was written, on standard error.
func (p *program) tellExport(x *exporting) error {
	if x.accounts > 0 {
		fmt.Fprintf(p.stderr, "readback: %s left out, for they rest on the customer's account; --accounts keeps its id\n", plural(x.accounts, "route"))
	}
	if x.tickets == 0 {
		return triage.Errorf(triage.NotFound, "of no ticket somebody has said anything that makes a label; nothing was written")
	}
	var parts []string
	for _, from := range []eval.Source{eval.FromReview, eval.FromReroute, eval.FromCorrection, eval.FromCustomer, eval.FromResolution} {
		if x.from[from] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", from, x.from[from]))
		}
	}
	fmt.Fprintf(p.stderr, "readback: %s, with labels by %s\n", plural(x.tickets, "ticket"), strings.Join(parts, ", "))
	return nil
}
