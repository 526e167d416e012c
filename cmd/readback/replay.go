package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/examples"
	"readback/prompts"
	"readback/store"
	"readback/triage"
	"readback/triage/eval"
	"readback/triage/eval/replay"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	candidateConfig
	data, since, until string
	limit              int
	name               string   // of the run
	against            string   // a saved run to compare with
	html, lang         string   //
	record             string   // where answers of a model are written
	answers            []string // files of answers that were recorded
	yes                bool     // do not ask before a model is

	recorded *os.File // record once it is open
}

func (p *program) replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay",
		Short: "Past tickets under another prompt, model, policy or knowledge: what would have changed?",
		Long: `Past tickets under another prompt, model, policy or knowledge: what would have changed?

Each ticket is read message by message as it came, at every point where the desk would have
triaged it, with what checks and accounts showed at the time. It looks at nothing but the
database, which it opens read-only: nothing is checked anew, written or sent. Without --prompt,
--model or --answers it reads offline, and two replays of the same are the same to the byte.

With --prompt or --model the model gets the tickets; before it begins it says what leaves the
machine and what that would cost, and asks. --record keeps the answers, and --answers reads them
again without the model. docs/replay.md has the figures.

Exit status: 0 replayed, 1 interrupted or a fault, 2 unusable input, or no ticket to replay.`,
		Example: `  readback replay --since 2026-11-01 --policy candidate.yaml
  readback replay --since 90d --knowledge ./desk-next --html next.html
  readback replay --since 30d --json > now.json
  readback replay --since 30d --knowledge ./desk-next --against now.json
  readback replay --since 30d --limit 200 --prompt ` + prompts.Newest + ` --record answers.jsonl
  readback replay --since 30d --limit 200 --prompt ` + prompts.Newest + ` --answers answers.jsonl --policy candidate.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.replay(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.data, "data", "", "folder of the database (default data)")
	flags.StringVar(&f.since, "since", "", "only tickets that came on this day (UTC) or later: 2026-11-01, or 30d for the last 30 days")
	flags.StringVar(&f.until, "until", "", "only tickets that came on this day or before")
	flags.IntVar(&f.limit, "limit", 1000, "at most so many, those that changed last; 0 = all")
	flags.StringVar(&f.Prompt, "prompt", "", "version of the extraction prompt, such as v1; asks the configured model")
	flags.StringVar(&f.Model, "model", "", "model to ask, as its server names it")
	flags.StringVar(&f.Policy, "policy", "", "file in place of workspace.yaml: tiers and policy")
	flags.StringVar(&f.Knowledge, "knowledge", "", "folder in place of the workspace")
	flags.StringVar(&f.name, "name", "", "what to call this replay")
	flags.StringVar(&f.against, "against", "", "compare with a replay that was saved with --json")
	flags.StringVar(&f.html, "html", "", "write one HTML page to this file; it quotes what customers wanted")
	flags.StringVar(&f.lang, "lang", "en", "language of page and text: "+strings.Join(triage.Languages(), ", "))
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output: ids, codes and numbers")
	flags.StringVar(&f.record, "record", "", "write the model's answers to this file")
	flags.StringArrayVar(&f.answers, "answers", nil, "read with answers that were recorded; may be repeated")
	flags.BoolVar(&f.yes, "yes", false, "do not ask before the tickets go to a model")
	c.MarkFlagsMutuallyExclusive("record", "answers")
	return c
}

func (p *program) replay(ctx context.Context, f replayFlags) error {
	period, err := parsePeriod(f.since, f.until, f.limit, time.Now())
	if err != nil {
		return err
	}
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return err
	}
	before, err := f.before()
	if err != nil {
		return err
	}
	cand, err := p.replayCandidate(cfg, &f)
	if f.recorded != nil {
		defer f.recorded.Close()
	}
	if err != nil {
		return err
	}
	cand.subject.Name = f.name
	path, err := p.databasePath(f.data)
	if err != nil {
		return err
	}
	s, err := store.OpenReadOnly(ctx, path, p.logger(slog.LevelWarn))
	if err != nil {
		return err
	}
	defer s.Close()
	cand.floor = s.ReviewFloor
	past := &pastTickets{ctx: ctx, store: s, period: period, titles: map[string]string{}}
	if cand.subject.Reader == "llm" {
		e, err := cand.estimate(ctx, past.source)
		if err != nil {
			return err
		}
		w := &replay.Words{Lang: f.lang, Workspace: cand.workspace}
		if err := p.mayAsk(w.Estimate(&e), f.yes); err != nil {
			return err
		}
	}
	r, err := p.runReplay(ctx, f, cand, past)
	if err != nil {
		return err
	}
	return p.tellReplay(f, &replay.Words{Lang: f.lang, Workspace: cand.workspace, Title: past.title}, r, before)
}

// runReplay replays, with the answers kept where that is asked for.
func (p *program) runReplay(ctx context.Context, f replayFlags, cand *candidate, past *pastTickets) (*replay.Report, error) {
	workers := runtime.GOMAXPROCS(0)
	if cand.subject.Reader == "llm" {
		workers = evalCalls
	}
	told := time.Now()
	r, err := replay.Run(ctx, replay.Options{Subject: cand.subject, Period: past.period, Triage: cand.triage, Workers: workers,
		Progress: func(done, of int) {
			if now := time.Now(); now.Sub(told) > time.Second {
				told = now
				fmt.Fprintf(p.stderr, "replayed %d of %d tickets\n", done, of)
			}
		}}, past.source)
	if err != nil {
		return nil, err
	}
	if len(r.Rows) == 0 {
		return nil, triage.Errorf(triage.Invalid, "there is no ticket to replay%s; %d were left out because text of them was erased", between(f), r.Erased)
	}
	return r, nil
}

func between(f replayFlags) string {
	var text string
	if f.since != "" {
		text += " since " + f.since
	}
	if f.until != "" {
		text += " until " + f.until
	}
	return text
}

// replayCandidate is what the flags name, with its reader.
func (p *program) replayCandidate(cfg config, f *replayFlags) (*candidate, error) {
	var files fs.FS = examples.Sendline()
	if folder := cmp.Or(p.workspace, cfg.Desk); folder != "" {
		files = os.DirFS(folder)
	}
	if p.offline && f.asks() && f.answers == nil {
		return nil, triage.Errorf(triage.Invalid, "--offline asks no model; leave --prompt and --model out, or name --answers")
	}
	if f.record != "" && !f.asks() {
		return nil, triage.Errorf(triage.Invalid, "--record keeps the answers of a model; name one with --model, or a --prompt")
	}
	cand, err := p.candidate(files, f.candidateConfig)
	if err != nil {
		return nil, err
	}
	switch {
	case f.answers != nil:
		_, err = p.useAnswers(cand, cfg, f.candidateConfig, f.answers)
	case f.asks():
		use := modelUse{dailyUSD: cfg.LLM.BudgetUSDDay, log: p.logger(slog.LevelWarn)}
		if f.record != "" {
			if f.recorded, err = os.OpenFile(f.record, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil { // it quotes customers
				return nil, triage.Errorf(triage.Invalid, "the answers cannot be written: %v", err)
			}
			use.record = func(line []byte) { _, _ = f.recorded.Write(line) } // a line that is lost is asked for again
		}
		err = p.useModel(cand, cfg, f.candidateConfig, use)
	}
	return cand, err
}

// before is the run to compare with, nil for none.
func (f *replayFlags) before() (*replay.Report, error) {
	if f.against == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	file, err := os.Open(f.against)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "the run to compare with cannot be read: %v", err)
	}
	defer file.Close()
	r, err := replay.Read(file)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s: %s", f.against, triage.MessageOf(err))
	}
	return r, nil
}

// mayAsk says what a model would get, and asks whether it may.
func (p *program) mayAsk(told string, yes bool) error {
	fmt.Fprintln(p.stderr, told)
	switch {
	case yes:
		return nil
	case !isTerminal(p.stdin):
		return triage.Errorf(triage.Invalid, "there is nobody to ask here; add --yes to send them, or read offline without a model")
	}
	fmt.Fprint(p.stderr, "Type yes to send them: ")
	var line string
	if _, err := fmt.Fscanln(p.stdin, &line); err != nil || line != "yes" {
		return triage.Errorf(triage.Invalid, "not confirmed; nothing was sent")
	}
	return nil
}

// parsePeriod reads the days of a period; both are part of it.
func parsePeriod(since, until string, limit int, now time.Time) (p replay.Period, err error) {
	if p.Since, err = parseDay("since", since, now); err != nil {
		return p, err
	}
	if p.Until, err = parseDay("until", until, now); err != nil {
		return p, err
	}
	if !p.Until.IsZero() {
		p.Until = p.Until.AddDate(0, 0, 1)
	}
	if p.Limit = limit; limit < 0 {
		return p, triage.Errorf(triage.Invalid, "--limit is %d; use 0 for all", limit)
	}
	if !p.Until.IsZero() && !p.Since.Before(p.Until) {
		return p, triage.Errorf(triage.Invalid, "--since %s is after --until %s", since, until)
	}
	return p, nil
}

// parseDay reads 2026-11-01, or 30d for so many days before now; "" is no day.
func parseDay(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 36500 {
			return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -n), nil
		}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, triage.Errorf(triage.Invalid, "--%s is %q; use a day such as 2026-11-01, or 30d for 30 days ago", flag, text)
	}
	return day, nil
}

// pastTickets are the tickets of a period, and what they are about.
type pastTickets struct {
	ctx    context.Context //nolint:containedctx // of one run
	store  *store.Store
	period replay.Period
	titles map[string]string
}

// source is a replay.Source.
func (t *pastTickets) source(do func(p *eval.Past, of int) error) (int, error) {
	count, err := t.store.Past(t.ctx, store.PastOptions{Since: t.period.Since, Until: t.period.Until, Limit: t.period.Limit, Whole: true},
		func(p eval.Past, n store.PastCount) error {
			t.titles[p.Ticket.ID] = p.Title()
			return do(&p, n.Of)
		})
	return count.Erased, err
}

func (t *pastTickets) title(id string) string { return t.titles[id] }

// tellReplay writes the page if asked for, then the JSON or the summary.
func (p *program) tellReplay(f replayFlags, w *replay.Words, r, before *replay.Report) (err error) {
	var c *replay.Comparison
	if before != nil {
		c = replay.Compare(before, r)
	}
	if f.html != "" {
		var b strings.Builder
		if err = w.WritePage(&b, r, c); err == nil {
			err = os.WriteFile(f.html, []byte(b.String()), 0o600) // it quotes customers
		}
		if err != nil {
			return triage.Errorf(triage.Invalid, "the page cannot be written: %v", err)
		}
	}
	w.Most = 20
	switch {
	case p.asJSON && c != nil:
		err = writeJSON(p.stdout, c)
	case p.asJSON:
		err = writeJSON(p.stdout, r)
	case c != nil:
		sides := w.Sides(c)
		err = sides.WriteText(p.stdout)
	default:
		sheet := w.Sheet(r)
		err = sheet.WriteText(p.stdout)
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the report cannot be written: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	data, err := triage.JSON(v)
	if err == nil {
		_, err = fmt.Fprintf(w, "%s\n", data)
	}
	return err
}
