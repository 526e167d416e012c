package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	"readback/triage"
	"readback/triage/eval/replay"
	"readback/triage/extract"
	"readback/triage/extract/offline"
	"readback/triage/pipeline"
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
	model     *extract.Model // that is asked, or whose answers are read; nil without one
	provider  providerConfig
}

// triage is a replay.Triage.
func (c *candidate) triage(ctx context.Context, stored *triage.Result, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	return pipeline.Replay(c.workspace, c.index, c.reader, stored).Triage(ctx, t, prev)
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
	w, err := knowledge.Load(edit.Overlay(files, replaced))
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
		if f.File == "workspace.yaml" && spec.Policy != "" {
			f.File = spec.Policy
			policy = append(policy, f.Error())
		} else if spec.Knowledge != "" {
			f.File = filepath.Join(spec.Knowledge, f.File)
		}
		lines = append(lines, f.Error())
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

// estimate says what leaves the machine when a candidate's model reads the
// tickets of a source, and what that would cost. Nobody is asked for it.
func (cand *candidate) estimate(ctx context.Context, from replay.Source) (string, error) {
	out := &extract.BatchOut{Model: cand.model, W: io.Discard}
	dry := *cand
	dry.reader = out
	r, err := replay.Run(ctx, replay.Options{Triage: dry.triage}, from)
	if err != nil {
		return "", err
	}
	where := cand.provider.URL
	if u, err := url.Parse(where); err == nil {
		where = u.Host
	}
	in, answers := out.Bytes/4, out.Requests*answerTokens
	cost := "what that costs is not known: no prices are configured"
	if price := cand.provider.price(); price != nil {
		cost = fmt.Sprintf("about $%.2f", (float64(in)*price.Prompt+float64(answers)*price.Completion)/1e6)
	}
	hidden := "secrets left out"
	if *cand.provider.RedactPersonal {
		hidden = "secrets and personal data left out"
	}
	return fmt.Sprintf("The model %s at %s would get %d requests about %d tickets, with what their customers wrote, %s: %.1f MB, some %d,000 tokens and as many as %d,000 of answers; %s.",
		cand.subject.Model, where, out.Requests, r.Tickets+r.Unread, hidden, float64(out.Bytes)/1e6, (in+999)/1000, (answers+999)/1000, cost), nil
}
