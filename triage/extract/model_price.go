package extract

import (
	openai "github.com/sashabaranov/go-openai"

	"readback/triage"
)

// Price is what a provider charges for a model, in USD per million tokens.
type Price struct {
	Prompt     float64
	Cached     float64 // for those prompt tokens that it had in its cache
	Completion float64 // thoughts included
}

// free reports whether calls are known to cost nothing.
func (p *Price) free() bool { return p != nil && *p == Price{} }

// usage is what one call charged, as far as that is known: without a price, or
// when the provider told no tokens, it is Unpriced.
func (p *Price) usage(told openai.Usage) triage.Usage {
	u := triage.Usage{PromptTokens: told.PromptTokens, CompletionTokens: told.CompletionTokens}
	if d := told.PromptTokensDetails; d != nil {
		u.CachedTokens = min(max(d.CachedTokens, 0), u.PromptTokens)
	}
	if p == nil || u.PromptTokens <= 0 && !p.free() {
		u.Unpriced = true
		return u
	}
	u.CostUSD = (float64(u.PromptTokens-u.CachedTokens)*p.Prompt + float64(u.CachedTokens)*p.Cached +
		float64(u.CompletionTokens)*p.Completion) / 1e6
	return u
}
