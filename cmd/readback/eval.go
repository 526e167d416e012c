package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"readback/channel"
	"readback/examples"
	"readback/triage"
	"readback/triage/eval"
	"readback/triage/extract"
	"readback/triage/extract/offline"
)

// evalFlags are the flags of eval.
type evalFlags struct {
	dataset     string   // JSON Lines, or a folder of tickets; "" = the workspace's
	extractors  []string // of llm, offline, keyword
	predictions string   // where each prediction is written
	resume      bool     // take over what stands there already
	html        string   // where the page is written
	batchOut    string   // where the requests for llm are written
	batchIn     []string // files of answers to them
}

func (p *program) evalCommand() *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:   "eval --dataset FILE|DIR --extractor NAME[,NAME...]",
		Short: "Measure extractors on labelled tickets, side by side",
		Long: `Measure extractors on labelled tickets, side by side.

FILE holds labelled tickets as JSON Lines, DIR the tickets of a workspace
(NAME.json with NAME.expect.json beside it; the default with --workspace is its
folder tickets). docs/eval.md has the format and every metric. Without
--workspace there are no procedures, accounts and checks. The extractors:

  llm      the configured model, with everything around it; or any model at
           all by files in the OpenAI Batch format (--batch-out, --batch-in)
  offline  no model
  keyword  sentences with one of 17 words, the baseline

Exit status: 0 measured, 1 interrupted or a fault, 2 unusable input.`,
		Example: `  readback eval --dataset tickets.jsonl --extractor offline,keyword
  readback eval --workspace examples/sendline --lab --extractor offline --html report.html
  readback eval --dataset tickets.jsonl --extractor llm --predictions run.jsonl --resume
  readback eval --dataset tickets.jsonl --extractor llm --batch-out requests.jsonl
  readback eval --dataset tickets.jsonl --extractor llm,offline --batch-in answers.jsonl`,
		Args: cobra.NoArgs,
	}
	flags := c.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "labelled tickets (default: the folder tickets of --workspace)")
	flags.StringSliceVar(&f.extractors, "extractor", []string{"offline"}, "which to measure: llm, offline, keyword")
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	flags.StringVar(&f.predictions, "predictions", "", "write what was predicted for each ticket, as JSON Lines")
	flags.BoolVar(&f.resume, "resume", false, "go on with the run that wrote the --predictions file")
	flags.StringVar(&f.html, "html", "", "write a page with every ticket, labels and predictions marked in the text")
	flags.StringVar(&f.batchOut, "batch-out", "", "write the requests for llm to a file in the OpenAI Batch format, and measure nothing")
	flags.StringArrayVar(&f.batchIn, "batch-in", nil, "read the answers for llm from a batch's output file; may be repeated")
	c.MarkFlagsMutuallyExclusive("batch-out", "batch-in")
	p.labFlag(c)
	c.AddCommand(p.evalExportCommand())
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !c.Flags().Changed("extractor") && (f.batchOut != "" || f.batchIn != nil) {
			f.extractors = []string{"llm"}
		}
		return p.eval(c.Context(), f)
	}
	return c
}

func (p *program) eval(ctx context.Context, f evalFlags) error {
	if f.resume && f.predictions == "" {
		return triage.Errorf(triage.Invalid, "--resume needs the --predictions file of the run to go on with")
	}
	for i, name := range f.extractors {
		if !slices.Contains([]string{"llm", "offline", "keyword"}, name) || slices.Contains(f.extractors[:i], name) {
			return triage.Errorf(triage.Invalid, "--extractor is %q; name each of llm, offline, keyword at most once", name)
		}
	}
	if (f.batchOut != "" || f.batchIn != nil) && !slices.Contains(f.extractors, "llm") {
		return triage.Errorf(triage.Invalid, "batch files are for the extractor llm; name it with --extractor")
	}
	tickets, err := p.dataset(f.dataset)
	if err != nil {
		return err
	}
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	if f.batchOut != "" {
		return p.batchOut(ctx, f, cfg, tickets)
	}
	known, journal, err := f.journal()
	if err != nil {
		return err
	}
	if journal != nil {
		defer journal.Close() // after an error; the lines so far are written
	}
	var reports []eval.Report
	var all []eval.Prediction
	for _, name := range f.extractors {
		predictions, err := p.evalRun(ctx, name, f, cfg, tickets, known, journal)
		if err != nil {
			return err
		}
		all = append(all, predictions...)
		reports = append(reports, eval.Score(name, tickets, predictions))
	}
	if journal != nil {
		if err := f.tidy(journal, all); err != nil {
			return triage.Errorf(triage.Internal, "the predictions cannot be written: %w", err)
		}
	}
	return p.tell(f, reports)
}

// dataset reads the labelled tickets of a file or folder.
func (p *program) dataset(name string) ([]eval.Ticket, error) {
	if name == "" {
		if p.workspace == "" {
			return nil, triage.Errorf(triage.Invalid, "--dataset is missing; name a file of labelled tickets, or a --workspace that has tickets")
		}
		name = filepath.Join(p.workspace, "tickets")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "the dataset cannot be read: %v", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return eval.ReadFolder(os.DirFS(name), parseTicket)
	}
	return eval.ReadLines(file, filepath.Base(name), parseTicket)
}

// parseTicket makes a ticket of a triage input.
func parseTicket(raw []byte) (triage.Ticket, error) {
	in, err := channel.Parse(raw)
	if err != nil {
		return triage.Ticket{}, err
	}
	return ticketOf(in, time.Now().UTC()), nil
}

// journal opens the predictions file, which grows by a line for each ticket
// read, and to go on with a run reads it first.
func (f *evalFlags) journal() (known map[string]eval.Prediction, journal *os.File, err error) {
	if f.predictions == "" {
		return nil, nil, nil
	}
	mode := os.O_RDWR | os.O_CREATE | os.O_TRUNC
	if f.resume {
		mode = os.O_RDWR | os.O_CREATE | os.O_APPEND
	}
	if journal, err = os.OpenFile(f.predictions, mode, 0o644); err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "the predictions cannot be written: %v", err)
	}
	if f.resume {
		if known, err = eval.ReadPredictions(journal); err == nil {
			_, err = journal.WriteString("\n") // ends the half line of a run that was killed
		}
	}
	if err != nil {
		journal.Close()
		return nil, nil, triage.Errorf(triage.Invalid, "%s cannot be used: %v", f.predictions, err)
	}
	return known, journal, nil
}

// tidy ends the journal. A resumed one is written anew, in order and without
// what was replaced.
func (f *evalFlags) tidy(journal *os.File, all []eval.Prediction) error {
	if err := journal.Close(); err != nil || !f.resume {
		return err
	}
	var b bytes.Buffer
	if err := eval.WritePredictions(&b, all); err != nil {
		return err
	}
	if err := os.WriteFile(f.predictions+".new", b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.predictions+".new", f.predictions)
}

// evalRun has one extractor read every ticket.
func (p *program) evalRun(ctx context.Context, name string, f evalFlags, c config, tickets []eval.Ticket, known map[string]eval.Prediction, journal *os.File) ([]eval.Prediction, error) {
	d, err := p.evalDesk(ctx, name, c)
	if err != nil {
		return nil, err
	}
	defer d.close()
	r := eval.Reader{Name: name, Version: d.workspace.Hash, Workers: runtime.GOMAXPROCS(0),
		Triage: func(ctx context.Context, t *triage.Ticket) (triage.Result, error) {
			return d.pipeline.Triage(ctx, t, nil)
		}}
	switch {
	case name == "keyword":
		d.pipeline.Extractor, r.AsProposed = extract.Keyword{}, extract.Keyword{}
	case name == "llm" && f.batchIn != nil:
		in, err := f.answers(batchModel(c), offline.New(d.workspace))
		if err != nil {
			return nil, err
		}
		d.pipeline.Extractor = in
		defer func() { fmt.Fprintf(p.stderr, "%s\n", in.Summary()) }()
	case name == "llm":
		if c.LLM.URL == "" || p.offline {
			return nil, triage.Errorf(triage.Invalid, "the extractor llm needs a model: set READBACK_LLM_URL and READBACK_LLM_MODEL and leave --offline out, or use batch files")
		}
		r.Version += " " + c.LLM.Model + " " + batchModel(c).Prompt()
		r.Workers = evalCalls
	}
	opt := eval.Options{Known: known, Progress: p.stderr}
	if journal != nil {
		opt.Journal = journal
	}
	return eval.Run(ctx, tickets, r, opt)
}

// evalReader reads with the whole pipeline, as the desk would.
func (d *desk) evalReader(name string) eval.Reader {
	return eval.Reader{Name: name, Version: d.workspace.Hash, Workers: runtime.GOMAXPROCS(0),
		Triage: func(ctx context.Context, t *triage.Ticket) (triage.Result, error) {
			return d.pipeline.Triage(ctx, t, nil)
		}}
}

// evalCalls is how many tickets a model reads at once.
const evalCalls = 4

// evalDesk opens the workspace that an extractor reads with: the one that was
// named, else one without procedures.
func (p *program) evalDesk(ctx context.Context, name string, c config) (*desk, error) {
	q := *p
	q.offline = q.offline || name != "llm"
	log := p.logger(slog.LevelError)
	if p.workspace == "" {
		q.lab = false
		return q.openDeskOf(ctx, examples.Bare(), c, log)
	}
	return q.openDesk(ctx, c, log)
}

// tell writes the reports: the page if asked for, then the table or the JSON.
func (p *program) tell(f evalFlags, reports []eval.Report) (err error) {
	if f.html != "" {
		var b bytes.Buffer
		if err = eval.WritePage(&b, reports); err == nil {
			err = os.WriteFile(f.html, b.Bytes(), 0o644)
		}
		if err != nil {
			return triage.Errorf(triage.Internal, "the page cannot be written: %w", err)
		}
	}
	if p.asJSON {
		var data []byte
		if data, err = eval.ReportJSON(reports); err == nil {
			_, err = fmt.Fprintf(p.stdout, "%s\n", data)
		}
	} else {
		err = eval.WriteTable(p.stdout, reports)
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the report cannot be written: %w", err)
	}
	return nil
}
