package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"readback/channel"
	"readback/store"
	"readback/triage"
	"readback/web"
)

// importOptions are the flags of import.
type importOptions struct {
	data, source, columns, report, undo, read string
	agents                                    []string
	estimate, yes                             bool
}

func (p *program) importCommand() *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use:   "import zendesk|chatwoot|csv|mbox|jsonl FILE...",
		Short: "Bring past tickets of another desk in",
		Long: `Bring past tickets of another desk in: exports of Zendesk (JSON) and Chatwoot (JSON),
tables (CSV), mailboxes (mbox), and triage inputs (JSON Lines). Files may be gzipped and of
any size. docs/import.md tells what is read of each.

Past tickets are resolved from the start and keep their dates, agents, groups, tags and
state. They wait for no triage, nobody is told of them, and nothing is sent to anybody.
--estimate says what they are and what a model would cost, and stores nothing.

Similar tickets, replay and suggestions know a ticket once it is read. --read offline reads
them by rules, at no cost; --read model says what would leave the machine and what that would
cost, and asks. No check looks at customers' domains. It shows how far it is; what was read
stays when it ends, and the same command, or a running service, goes on. With the import's id
in the place of files it reads those that are here; --read off has a service stop.

The same files again add what is missing and nothing twice, also after the import was cut
off. With --as desk/NAME the tickets are those of a connected desk: what it brings later
goes on in them. What was not understood is listed, and kept.

The service may run meanwhile. Exit status: 0 done, 1 something was not understood,
2 usage, or a file or mapping that cannot be used.`,
		Example: `  readback import zendesk tickets.json users.json --estimate
  readback import zendesk tickets.json users.json --as desk/main
  readback import csv cases.csv --map text=Body,ticket="Case Number"
  readback import mbox support.mbox --agents help@shop.example,shop.example
  readback import zendesk tickets.json users.json --read offline
  readback import --read model imp_abcdefghijklmnopqrst
  readback import --read off imp_abcdefghijklmnopqrst
  readback import --undo imp_abcdefghijklmnopqrst`,
	}
	flags := c.Flags()
	flags.StringVar(&o.data, "data", "", "folder of the database (default data)")
	flags.StringVar(&o.source, "as", "", "source of the tickets (default import/FORMAT); desk/NAME for those of a connected desk")
	flags.StringVar(&o.columns, "map", "", "of a CSV file: FIELD=COLUMN,...; the rest is guessed. Fields: "+strings.Join(channel.ColumnFields(), ", "))
	flags.StringSliceVar(&o.agents, "agents", nil, "addresses or domains whose mail is the desk's: mbox, csv")
	flags.StringVar(&o.report, "report", "", "write what was not understood to this file, as JSON Lines")
	flags.BoolVar(&o.estimate, "estimate", false, "read only: say what there is, and what a model would cost")
	flags.StringVar(&o.read, "read", "", "read the tickets too: offline or model; off stops a service that does")
	flags.BoolVar(&o.yes, "yes", false, "do not ask before the tickets go to a model")
	flags.StringVar(&o.undo, "undo", "", "take out again what this import brought and nobody has touched")
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case o.undo != "" && len(args) == 0:
			return p.undoImport(c.Context(), o)
		case o.read != "" && len(args) == 1 && o.undo == "":
			return p.readAgain(c.Context(), args[0], o)
		case o.undo != "" || len(args) < 2:
			return triage.Errorf(triage.Invalid, "import needs a format and files, --read with an import's id, or --undo ID alone; see readback import --help")
		}
		return p.importTickets(c.Context(), args[0], args[1:], o)
	}
	return c
}

func (p *program) importTickets(ctx context.Context, format string, names []string, o importOptions) error {
	by, err := readAsked(o.read)
	if err != nil {
		return err
	}
	e, err := p.export(format, names, o)
	if err != nil {
		return err
	}
	faults, err := newFaultList(p.stderr, o.report)
	if err != nil {
		return err
	}
	bar := &progressLine{to: p.stderr, on: isTerminal(p.stdin)}
	e.Progress = bar.bytes
	if o.estimate {
		sizes, err := channel.Measure(ctx, e, faults.add)
		bar.end()
		if err == nil {
			err = faults.close()
		}
		if err != nil {
			return err
		}
		p.exitFor(faults)
		return p.tellSizes(sizes)
	}
	s, err := p.openOrMake(ctx, o.data)
	if err != nil {
		return err
	}
	defer s.Close()
	id, did, err := channel.Import(ctx, s, e, channel.ImportOptions{Source: o.source, Fault: faults.add, Counts: bar.counts})
	bar.end()
	if cerr := faults.close(); err == nil {
		err = cerr
	}
	if err != nil {
		if did.Messages > 0 {
			fmt.Fprintf(p.stderr, "readback: what was read until then is stored; the same command goes on\n")
		}
		return err
	}
	p.exitFor(faults)
	if err := p.tellImport(id, did, faults); err != nil || by == store.ReadNot {
		return err
	}
	ids, err := toRead(ctx, s, id, did)
	if err == nil && len(ids) == 0 {
		fmt.Fprintln(p.stderr, "readback: of these files nothing is left to read")
	}
	for _, id := range ids {
		if err = p.readImport(ctx, s, id, by, o); err != nil {
			break
		}
	}
	return err
}

// toRead are the imports whose tickets are to be read: this one, and those of
// the same files before it, which what was here already came by.
func toRead(ctx context.Context, s *store.Store, id string, did store.ImportCounts) (ids []string, err error) {
	all, err := s.Imports(ctx, earlierImports)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(im store.Import) bool { return im.ID == id })
	for i := range all {
		same := all[i].ID == id || did.Known > 0 && at >= 0 && all[i].Source == all[at].Source && all[i].Format == all[at].Format && slices.Equal(all[i].Files, all[at].Files)
		if !same {
			continue
		}
		left, err := s.ReadingSize(ctx, all[i].ID)
		if err != nil {
			return nil, err
		}
		if left.Left > 0 {
			ids = append(ids, all[i].ID)
		}
	}
	return ids, nil
}

// earlierImports is how many imports are looked through for those of the same files.
const earlierImports = 200

// export opens the files and tells what is guessed of them before it is used.
func (p *program) export(format string, names []string, o importOptions) (*channel.Export, error) {
	e := &channel.Export{Format: format, Agents: o.agents}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s cannot be read: it is not there, or not to be read by you", name)
		}
		if info.IsDir() {
			return nil, triage.Errorf(triage.Invalid, "%s is a folder; name the files in it", name)
		}
		e.Files = append(e.Files, channel.ExportFile{Name: filepath.Base(name), Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	switch {
	case format == "csv":
		said, err := channel.ParseColumns(o.columns)
		if err != nil {
			return nil, err
		}
		for i := range e.Files {
			m, err := channel.GuessColumns(&e.Files[i], said)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(p.stderr, "readback: columns of %s: %s (--map changes it)\n", printable(e.Files[i].Name), printable(m.String()))
		}
		e.Map = said
	case o.columns != "":
		return nil, triage.Errorf(triage.Invalid, "--map is for csv")
	case format == "mbox" && len(o.agents) == 0:
		agent, err := channel.GuessAgents(&e.Files[0])
		if err != nil {
			return nil, err
		}
		if agent == "" {
			return nil, triage.Errorf(triage.Invalid, "say whose mail is the desk's: --agents help@shop.example, or a domain")
		}
		e.Agents = []string{agent}
		fmt.Fprintf(p.stderr, "readback: mail from %s is taken for the desk's, as most mail goes there (--agents changes it)\n", printable(agent))
	}
	return e, nil
}

// openOrMake opens the database; the first import of a pilot makes it.
func (p *program) openOrMake(ctx context.Context, data string) (*store.Store, error) {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return nil, err
	}
	if data == "" {
		data = cfg.Data
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, triage.Errorf(triage.Invalid, "the data folder %s cannot be made: %w", data, err)
	}
	return store.Open(ctx, store.Options{Path: filepath.Join(data, "readback.db"), Logger: p.logger(slog.LevelWarn)})
}

func (p *program) exitFor(f *faultList) {
	if f.n > 0 {
		p.exit = exitDiffers
	}
}

// costs are what the models that are configured would take for sizes.
func (p *program) costs(cfg *config, z channel.ExportSizes) []web.ReadingCost {
	out := []web.ReadingCost{}
	all, err := cfg.LLM.all(p.env)
	if p.offline || err != nil { // a configuration that cannot be used was refused before
		return out
	}
	for _, m := range all {
		c := web.ReadingCost{Model: m.Model, To: hostOf(m.URL)}
		if price := m.price(); price != nil {
			usd := (float64(z.PromptTokens)*price.Prompt + float64(z.CompletionTokens)*price.Completion) / 1e6
			c.USD = &usd
		}
		out = append(out, c)
	}
	return out
}

func (p *program) tellSizes(z channel.ExportSizes) error {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	costs := p.costs(&cfg, z)
	if p.asJSON {
		return p.writeJSON(struct {
			channel.ExportSizes
			Models []web.ReadingCost `json:"models"`
		}{z, costs})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s with %s (%d by agents, %.1f MB of text), %d solved", plural(z.Tickets, "ticket"), plural(z.Messages, "message"), z.Agents, float64(z.Bytes)/1e6, z.Solved)
	if z.From != nil {
		fmt.Fprintf(&b, ", from %s to %s", z.From.Format(time.DateOnly), z.Until.Format(time.DateOnly))
	}
	fmt.Fprintf(&b, "\n%s left out: internal notes and notices; %s not understood\n", plural(z.Notes, "message"), plural(z.Faults, "record"))
	fmt.Fprint(&b, "An import sends nothing anywhere: no model, no notice, no webhook. Nothing was stored now.")
	if len(costs) == 0 {
		fmt.Fprintln(&b, "\nNo model is configured; reading the tickets later costs nothing and stays on this machine.")
	}
	p.costText(&b, costs, z)
	_, err = io.WriteString(p.stdout, b.String())
	return err
}

// costText says for each model where tickets would go, and what that would cost.
func (p *program) costText(b *strings.Builder, costs []web.ReadingCost, z channel.ExportSizes) {
	for _, c := range costs {
		cost := "at a price that is not configured (llm.prompt_price, llm.completion_price)"
		if c.USD != nil {
			cost = fmt.Sprintf("for about %.2f USD", *c.USD)
		}
		fmt.Fprintf(b, "\nWere every ticket read once by %s, its text would go to %s: about %.1f million tokens, %s.", c.Model, c.To, float64(z.PromptTokens+z.CompletionTokens)/1e6, cost)
	}
	if len(costs) > 0 {
		b.WriteByte('\n')
	}
}

// hostOf is the host of an address that was checked before.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// tellImport says what an import did.
func (p *program) tellImport(id string, did store.ImportCounts, faults *faultList) error {
	if p.asJSON {
		return p.writeJSON(struct {
			Import string `json:"import"`
			store.ImportCounts
			NotUnderstood []store.ImportFault `json:"not_understood"`
		}{id, did, faults.first})
	}
	_, err := fmt.Fprintf(p.stdout, "%s with %s imported (%s); %d there before, %d internal notes and notices left out, %s not understood\n",
		plural(did.Tickets, "ticket"), plural(did.Messages, "message"), id, did.Known, did.Notes, plural(did.Faults, "record"))
	if did.Erased > 0 && err == nil {
		_, err = fmt.Fprintf(p.stdout, "%s of tickets that were erased stayed away\n", plural(did.Erased, "message"))
	}
	return err
}

func (p *program) undoImport(ctx context.Context, o importOptions) error {
	s, err := p.openStore(ctx, o.data)
	if err != nil {
		return err
	}
	defer s.Close()
	gone, kept, err := s.UndoImport(ctx, o.undo)
	if err != nil {
		return err
	}
	if p.asJSON {
		return p.writeJSON(map[string]int{"deleted": gone, "kept": kept})
	}
	_, err = fmt.Fprintf(p.stdout, "%s taken out again; %d were touched since and stay\n", plural(gone, "ticket"), kept)
	return err
}

// faultList tells what was not understood: the first on standard error, all in a file.
type faultList struct {
	stderr io.Writer
	file   *os.File
	lines  *json.Encoder
	err    error
	first  []store.ImportFault
	n      int
}

// shownFaults are told on standard error; JSON has so many hundreds.
const shownFaults = 20

func newFaultList(stderr io.Writer, name string) (*faultList, error) {
	f := &faultList{stderr: stderr, first: []store.ImportFault{}}
	if name == "" {
		return f, nil
	}
	var err error
	if f.file, err = os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return nil, triage.Errorf(triage.Invalid, "the report %s cannot be written: %w", name, err)
	}
	f.lines = json.NewEncoder(f.file)
	return f, nil
}

func (f *faultList) add(x store.ImportFault) {
	if f.n++; f.n <= shownFaults {
		fmt.Fprintf(f.stderr, "readback: not understood: %s: %s\n", printable(strings.TrimSuffix(x.File+": "+x.Place, ": ")), printable(x.Reason))
	}
	if x.Raw = nil; len(f.first) < shownFaults*100 {
		f.first = append(f.first, x)
	}
	if f.lines != nil && f.err == nil {
		f.err = f.lines.Encode(x)
	}
}

func (f *faultList) close() error {
	if more := f.n - shownFaults; more > 0 {
		fmt.Fprintf(f.stderr, "readback: and %d more not understood (--report FILE lists all)\n", more)
	}
	if f.file == nil {
		return nil
	}
	if err := f.file.Close(); f.err == nil {
		f.err = err
	}
	if f.err != nil {
		return triage.Errorf(triage.Internal, "the report cannot be written: %w", f.err)
	}
	return nil
}

// progressLine tells how far a long reading is: on a terminal in one line that
// changes, else once a minute.
type progressLine struct {
	to io.Writer
	on bool

	mu    sync.Mutex // one goroutine reads, another stores
	at    time.Time
	did   store.ImportCounts
	begun bool
}

func (l *progressLine) counts(c store.ImportCounts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.did = c
}

func (l *progressLine) bytes(done, of int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	every, end := time.Minute, "\n"
	if l.on {
		every, end = time.Second, "\r"
	}
	if l.at.IsZero() {
		l.at = time.Now()
	}
	if of == 0 || time.Since(l.at) < every {
		return
	}
	l.at, l.begun = time.Now(), true
	fmt.Fprintf(l.to, "readback: %3d%%, %s with %s%s", done*100/of, plural(l.did.Tickets, "new ticket"), plural(l.did.Messages, "message"), end)
}

func (l *progressLine) end() {
	if l.on && l.begun {
		fmt.Fprintln(l.to)
	}
}
