package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/prompts"
	"readback/store"
	"readback/triage"
	"readback/triage/eval/replay"
	"readback/triage/extract"
	"readback/triage/extract/offline"
	"readback/triage/pipeline"
	"readback/web"
)

// candidateConfig names what of a desk is to be tried otherwise; all empty is
// the desk as it is, read offline.
type candidateConfig struct {
	Prompt    string `koanf:"prompt"`    // version of the extraction prompt; asks the configured model
	Model     string `koanf:"model"`     // as its server names it; a name that no provider has is asked of the first
	Policy    string `koanf:"policy"`    // file in place of workspace.yaml
	Knowledge string `koanf:"knowledge"` // folder in place of the workspace; without workspace.yaml it has the desk's
}

// asks reports whether a model is to read.
func (c *candidateConfig) asks() bool { return c.Prompt != "" || c.Model != "" }

// candidate is a workspace and a reader to try on tickets, live or past.
type candidate struct {
	workspace *knowledge.Workspace
	index     *knowledge.Index
	reader    triage.Extractor
	subject   replay.Subject
	floor     func(ctx context.Context, base float64) float64 // pipeline.Pipeline.Floor
	model     *extract.Model                                  // that is asked, or whose answers are read; nil without one
	provider  providerConfig
}

// triage is a replay.Triage.
func (c *candidate) triage(ctx context.Context, stored *triage.Result, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	p := pipeline.Replay(c.workspace, c.index, c.reader, stored)
	p.Floor = c.floor
	return p.Triage(ctx, t, prev)
}

// trial is the candidate for who replays it.
func (c *candidate) trial() *replay.Trial {
	t := &replay.Trial{Subject: c.subject, Workspace: c.workspace, Triage: c.triage}
	if c.subject.Reader == "llm" {
		t.Estimate = c.estimate
	}
	return t
}

// candidate makes what spec names of the desk's files. Its reader is offline;
// where spec names a model, useModel comes after. Errors: Invalid, each fault of
// a file with its place.
func (p *program) candidate(files fs.FS, spec candidateConfig) (*candidate, error) {
	replaced := map[string][]byte{}
	if spec.Knowledge != "" {
		if info, err := os.Stat(spec.Knowledge); err != nil || !info.IsDir() {
			return nil, triage.Errorf(triage.Invalid, "the knowledge %s is not a folder", spec.Knowledge)
		}
		desk := files
		files = os.DirFS(spec.Knowledge)
		if names, _ := fs.Glob(files, "procedures/*.md"); len(names) == 0 {
			return nil, triage.Errorf(triage.Invalid, "the knowledge %s has no procedures/*.md", spec.Knowledge)
		}
		if _, err := fs.Stat(files, "workspace.yaml"); err != nil {
			data, err := fs.ReadFile(desk, "workspace.yaml")
			if err != nil {
				return nil, triage.Errorf(triage.Invalid, "the workspace cannot be read: %w", err)
			}
			replaced["workspace.yaml"] = data
		}
	}
	if spec.Policy != "" {
		data, err := os.ReadFile(spec.Policy)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "the policy cannot be read: %v", err)
		}
		replaced["workspace.yaml"] = data
	}
	return candidateOf(edit.Overlay(files, replaced), spec)
}

// candidateOf is what the files of a workspace make, read offline.
func candidateOf(files fs.FS, spec candidateConfig) (*candidate, error) {
	w, err := knowledge.Load(files)
	if err != nil {
		return nil, faultsOf(err, spec)
	}
	w, index, err := readyWorkspace(w)
	if err != nil {
		return nil, err
	}
	return &candidate{workspace: w, index: index, reader: offline.New(w),
		subject: replay.Subject{Reader: "offline", Workspace: w.Hash, Policy: w.PolicyHash}}, nil
}

// faultsOf names the files of faults as the person named them. What is wrong
// with the policy comes alone: most other faults follow from it.
func faultsOf(err error, spec candidateConfig) error {
	var faults knowledge.Faults
	if !errors.As(err, &faults) {
		return triage.Errorf(triage.Invalid, "it cannot be loaded: %v", err)
	}
	var lines, policy []string
	for _, f := range faults {
		of := f.File == "workspace.yaml"
		switch {
		case of && spec.Policy != "":
			f.File = spec.Policy
		case spec.Knowledge != "":
			f.File = filepath.Join(spec.Knowledge, f.File)
		}
		if lines = append(lines, f.Error()); of {
			policy = append(policy, f.Error())
		}
	}
	if len(policy) > 0 {
		return triage.Errorf(triage.Invalid, "the policy cannot be used: %s", strings.Join(policy, "; "))
	}
	return triage.Errorf(triage.Invalid, "the knowledge cannot be loaded: %s", strings.Join(lines, "; "))
}

// modelOf is the provider and prompt that spec names.
func (p *program) modelOf(c config, spec candidateConfig) (providerConfig, *prompts.Extract, error) {
	prompt, err := prompts.Version(spec.Prompt)
	if err != nil {
		return providerConfig{}, nil, triage.Errorf(triage.Invalid, "%v", err)
	}
	providers, err := c.LLM.all(p.env)
	if err != nil {
		return providerConfig{}, nil, err
	}
	if len(providers) == 0 {
		return providerConfig{}, nil, triage.Errorf(triage.Invalid, "no model is configured; set READBACK_LLM_URL and READBACK_LLM_MODEL (docs/models.md), or leave prompt and model out")
	}
	m := providers[0]
	if spec.Model != "" && spec.Model != m.Model {
		if i := slices.IndexFunc(providers, func(o providerConfig) bool { return o.Model == spec.Model }); i >= 0 {
			m = providers[i]
		} else { // another one of the same server, whose price is not known
			m.Model, m.Reasoning, m.PromptPrice, m.CompletionPrice, m.CachedPrice = spec.Model, false, nil, nil, nil
		}
	}
	return m, prompt, nil
}

// modelUse says how a candidate's model is asked.
type modelUse struct {
	dailyUSD float64        // may be spent on a day; 0 = no limit
	ledger   extract.Ledger // where that is kept; nil = in memory
	record   func(line []byte)
	log      *slog.Logger
}

// useModel has a candidate read by the model that spec names, and by nothing
// else: a ticket that it cannot read stays unread.
func (p *program) useModel(cand *candidate, c config, spec candidateConfig, use modelUse) error {
	m, prompt, err := p.modelOf(c, spec)
	if err != nil {
		return err
	}
	cand.provider = m
	cand.model = extract.NewModel(extract.ModelOptions{BaseURL: m.URL, Model: m.Model, Key: m.Key, AzureVersion: m.AzureVersion, Client: modelClient(),
		Reasoning: m.Reasoning, RedactPersonal: *m.RedactPersonal, Timeout: m.Timeout, Price: m.price(), Prompt: prompt,
		Limits: extract.Limits{Calls: m.Calls, Tokens: m.TokensMinute}, Record: use.record})
	cand.reader = extract.NewLadder([]*extract.Model{cand.model}, nil, extract.LadderOptions{Budget: c.LLM.ticketTimeout(), DailyUSD: use.dailyUSD, Ledger: use.ledger, Logger: use.log})
	cand.subject.Reader, cand.subject.Model, cand.subject.Prompt = "llm", m.Model, prompt.ID()
	return nil
}

// useAnswers has a candidate read with answers that were recorded.
func (p *program) useAnswers(cand *candidate, c config, spec candidateConfig, files []string) (*extract.BatchIn, error) {
	prompt, err := prompts.Version(spec.Prompt)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%v", err)
	}
	redact := false
	if providers, err := c.LLM.all(p.env); err == nil && len(providers) > 0 {
		redact = *providers[0].RedactPersonal
	}
	name := cmp.Or(spec.Model, c.LLM.Model, batchName)
	cand.model = extract.NewModel(extract.ModelOptions{Model: name, Price: c.LLM.price(), Prompt: prompt, RedactPersonal: redact})
	f := evalFlags{batchIn: files}
	in, err := f.answers(cand.model, offline.New(cand.workspace))
	if err != nil {
		return nil, err
	}
	cand.reader = in
	cand.subject.Reader, cand.subject.Model, cand.subject.Prompt = "recorded", name, prompt.ID()
	return in, nil
}

// answerTokens is what an answer is taken to have, for an estimate.
const answerTokens = 700

// estimate is a replay.Trial's: every request is rendered, and none is sent.
func (c *candidate) estimate(ctx context.Context, from replay.Source) (replay.Estimate, error) {
	out := &extract.BatchOut{Model: c.model, W: io.Discard}
	dry := *c
	dry.reader = out
	r, err := replay.Run(ctx, replay.Options{Triage: dry.triage}, from)
	if err != nil {
		return replay.Estimate{}, err
	}
	e := replay.Estimate{Model: c.subject.Model, Host: c.provider.URL, Personal: *c.provider.RedactPersonal, Tickets: r.Tickets + r.Unread,
		Requests: out.Requests, Bytes: out.Bytes, Tokens: out.Bytes / 4, AnswerTokens: out.Requests * answerTokens}
	if u, err := url.Parse(e.Host); err == nil {
		e.Host = u.Host
	}
	if price := c.provider.price(); price != nil {
		usd := (float64(e.Tokens)*price.Prompt + float64(e.AnswerTokens)*price.Completion) / 1e6
		e.CostUSD = &usd
	}
	return e, nil
}

// replayer makes what the replays of the page try.
func (p *program) replayer(c config, s *store.Store, log *slog.Logger) *web.Replayer {
	out := &web.Replayer{Try: func(files fs.FS, model, prompt string) (*replay.Trial, error) {
		cand, err := candidateOf(files, candidateConfig{})
		if err != nil {
			return nil, err
		}
		cand.floor = s.ReviewFloor
		if model != "" {
			err = p.useModel(cand, c, candidateConfig{Model: model, Prompt: prompt}, modelUse{dailyUSD: c.LLM.BudgetUSDDay, ledger: store.ShadowLedger{Store: s}, log: log})
		}
		return cand.trial(), err
	}}
	if providers, err := c.LLM.all(p.env); err == nil && !p.offline {
		for _, m := range providers {
			out.Models = append(out.Models, m.Model)
		}
	}
	return out
}
