package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"readback/knowledge"
	"readback/knowledge/lint"
	"readback/triage"
	"readback/triage/extract/author"
)

// modelLint are the flags of kb lint that are about a model.
type modelLint struct {
	ask, dry bool
	calls    int
}

// What a call takes besides the pages, and gives back, in tokens: for the estimate.
const (
	tokensOfPrompt = 700
	tokensOfAnswer = 400
	bytesOfToken   = 4 // of English; other languages take more
)

// lintByModel adds what a model finds, once it has said what goes to it.
func (p *program) lintByModel(ctx context.Context, dir string, found []lint.Finding, o modelLint) ([]lint.Finding, error) {
	if !o.ask {
		return found, nil
	}
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return nil, err
	}
	w, _ := knowledge.Read(os.DirFS(dir))
	if w == nil {
		return found, nil // the findings say so
	}
	index, err := knowledge.NewIndex(w)
	if err != nil {
		return nil, triage.Errorf(triage.Internal, "the search index cannot be built: %w", err)
	}
	ladder, err := p.ladder(cfg, w, nil, p.logger(slog.LevelError))
	if err != nil {
		return nil, err
	}
	if ladder.Best() == "" {
		return nil, triage.Errorf(triage.Invalid, "--model needs a configured model (llm.url and llm.model; docs/models.md)")
	}
	plan := author.PlanDisagree(w, index, o.calls)
	prompt, answer := plan.Bytes/bytesOfToken+plan.Calls*tokensOfPrompt, plan.Calls*tokensOfAnswer
	cost := "at a price that is not configured (llm.prompt_price, llm.completion_price)"
	if price := cfg.LLM.price(); price != nil {
		cost = fmt.Sprintf("about %.2f USD", (float64(prompt)*price.Prompt+float64(answer)*price.Completion)/1e6)
	}
	fmt.Fprintf(p.stderr, "the model %s at %s gets %d calls with %d bytes of pages (about %d tokens, without secrets), %s", ladder.Best(), cfg.LLM.URL, plan.Calls, plan.Bytes, prompt, cost)
	if plan.Left > 0 {
		fmt.Fprintf(p.stderr, "; %d pages are left out by --model-calls", plan.Left)
	}
	fmt.Fprintln(p.stderr)
	if o.dry {
		return found, nil
	}
	more, usage, err := author.Disagree(ctx, ladder, w.Platform.Name, plan, func(done int, err error) {
		if err != nil {
			fmt.Fprintf(p.stderr, "call %d of %d failed: %s\n", done, plan.Calls, printable(triage.MessageOf(err)))
		}
	})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.stderr, "%d findings by the model, %d tokens\n", len(more), usage.PromptTokens+usage.CompletionTokens)
	return append(found, more...), nil
}
