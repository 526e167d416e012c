package offline

import (
	"slices"
	"strings"

	"readback/triage"
)

// proposed turns claims into what the pipeline grounds, with the domains that
// each names bound to the procedure's inputs.
func (r *reading) proposed(cs []claimed) []triage.ProposedClaim {
	var out []triage.ProposedClaim
	for _, c := range cs {
		start, end := c.span()
		se := c.first().se
		text := r.text(se.message)[start:end]
		from, to := c.core()
		out = append(out, triage.ProposedClaim{
			Steps: c.steps, State: c.state, What: r.what(c, text), Inputs: r.bindings(r.text(se.message)[from:to]),
			Quotes: []triage.Quote{{Message: se.message, Text: text, Start: start}},
		})
		if except := r.exception(c, text); except != nil {
			last := &out[len(out)-1]
			last.Steps = slices.DeleteFunc(slices.Clone(last.Steps), func(s string) bool { return slices.Contains(except.Steps, s) })
			out = append(out, *except)
		}
	}
	return out
}

// exception reads "everything except the certificate": the rest of the
// sentence after the exception names what is not done.
func (r *reading) exception(c claimed, text string) *triage.ProposedClaim {
	if !c.whole || r.lexicon == nil {
		return nil
	}
	se := c.first().se
	g := grammarOf(r.languageOf(se.message))
	low := strings.ToLower(se.text)
	for _, p := range g.except {
		i := strings.Index(low, p+" ")
		if i < 0 || len(low) != len(se.text) {
			continue
		}
		rest := se.text[i:]
		if cut := strings.IndexAny(rest[len(p):], ".,;!?"); cut > 0 {
			rest = rest[:len(p)+cut]
		}
		steps := r.lexicon.match(g, rest[len(p):])
		if n := r.lexicon.numbered(rest); len(n) > 0 {
			steps = n
		}
		if len(steps) == 0 {
			return nil
		}
		return &triage.ProposedClaim{Steps: steps, State: triage.ClaimNotDone, What: rest,
			Quotes: []triage.Quote{{Message: se.message, Text: rest, Start: se.start + i}}}
	}
	return nil
}

// what describes a claim: by its step's title, else by its own words.
func (r *reading) what(c claimed, text string) string {
	if r.lexicon != nil && len(c.steps) == 1 {
		return r.lexicon.p.StepTitle(c.steps[0], r.lang)
	}
	return strings.Join(strings.Fields(text), " ")
}

// bindings are the domains a text names, for the procedure's domain input.
func (r *reading) bindings(text string) map[string][]string {
	input := r.domainInput()
	if input == "" {
		return nil
	}
	var ds []string
	for _, d := range r.ownDomains(text) {
		if !slices.Contains(ds, d) {
			ds = append(ds, d)
		}
	}
	if len(ds) == 0 {
		return nil
	}
	return map[string][]string{input: ds}
}

// domainInput is the first input of kind domain, by name, "" for none.
func (r *reading) domainInput() string {
	if r.lexicon == nil {
		return ""
	}
	best := ""
	for name, in := range r.lexicon.p.Inputs {
		if in.Kind == "domain" && (best == "" || name < best) {
			best = name
		}
	}
	return best
}

// summary puts request and progress into two sentences.
func (r *reading) summary(p triage.Proposal) string {
	var done, failed, left []string
	seen := map[string]bool{}
	for _, c := range p.Claims {
		what := strings.TrimRight(cutText(c.What, 80), ".!")
		if r.lexicon != nil && len(c.Steps) > 1 {
			what = "every step of their own"
		}
		if seen[what] {
			continue
		}
		seen[what] = true
		switch c.State {
		case triage.ClaimDone:
			done = append(done, what)
		case triage.ClaimFailed:
			failed = append(failed, what)
		default:
			left = append(left, what)
		}
	}
	s := "The customer writes without a clear request."
	if p.Request.Text != "" {
		s = "The customer asks: “" + strings.TrimRight(cutText(p.Request.Text, 160), ".!? ") + "”."
	}
	var parts []string
	for _, group := range []struct {
		label string
		items []string
	}{{"done", done}, {"tried without success", failed}, {"not done yet", left}} {
		if n := len(group.items); n > 3 {
			group.items = append(group.items[:3:3], "more")
		}
		if len(group.items) > 0 {
			parts = append(parts, group.label+": "+strings.Join(group.items, ", "))
		}
	}
	if len(parts) == 0 {
		return s + " They do not say what they have tried."
	}
	return s + " They say " + strings.Join(parts, "; ") + "."
}
