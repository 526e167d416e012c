package extract

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"readback/prompts"
	"readback/triage"
)

// Task is something that a model is asked for besides reading a ticket, such
// as to draft a procedure. Its texts go through a vault as a ticket's do:
// secrets never leave the machine, and instructions to the software neither.
type Task struct {
	Prompt *prompts.Task
	Data   prompts.Pages // with the pages' own texts; Fence is set here
	Lists  []string      // of the answer; at least one must be there
	// Decode reads the object of an answer; the error says in a clause what is
	// wrong with it, such as "steps is not a list". Texts in it are restored.
	Decode func(object map[string]json.RawMessage) error
}

// Ask has the first provider that can do a task, as Extract reads a ticket. The
// error is Unavailable when there is no model or none could.
func (l *Ladder) Ask(ctx context.Context, t Task) (triage.ExtractorInfo, error) {
	began := l.opt.Now()
	var info triage.ExtractorInfo
	failures, usage, ok := l.models(ctx, work{email, t.Prompt.Name, func(ctx context.Context, m *Model) (triage.ExtractorInfo, error) {
		var err error
		info, err = m.Ask(ctx, t)
		return info, err
	}}, began)
	info.Failures, info.Usage, info.LatencyMS = failures, usage, l.opt.Now().Sub(began).Milliseconds()
	switch {
	case ok:
		return info, nil
	case len(l.rungs) == 0:
		return info, triage.Errorf(triage.Unavailable, "No model is configured.")
	}
	return info, triage.Errorf(triage.Unavailable, "No model could do it (%s).", strings.Join(failures, ", "))
}

// Ask does a task in the most binding format that the provider takes, down to
// plain text with one repair. The error is a *Failure.
func (m *Model) Ask(ctx context.Context, t Task) (triage.ExtractorInfo, error) {
	vault := m.hidden(&t.Data)
	var usage triage.Usage
	var codes []string
	var last *callError
	for f := m.start(); f <= plain; f++ {
		if last = m.tryTask(ctx, t, vault, f, &usage, &codes); last == nil {
			return triage.ExtractorInfo{Name: "llm", Model: m.opt.Model, Prompt: t.Prompt.ID(), Failures: codes, Usage: usage}, nil
		}
		if !formatMatters(last.code) {
			break
		}
	}
	return triage.ExtractorInfo{}, &Failure{Codes: codes, RetryAfter: last.retryAfter, Usage: usage,
		Err: triage.Errorf(triage.Unavailable, "the model could not do the task: %w", last)}
}

// hidden puts placeholders into the pages for what must not leave the machine.
func (m *Model) hidden(p *prompts.Pages) *vault {
	for p.Fence = ""; p.Fence == ""; {
		fence := m.opt.Fence()
		used := false
		for _, page := range p.Pages {
			used = used || strings.Contains(page.Title+page.Text, fence)
		}
		if !used {
			p.Fence = fence
		}
	}
	v := newVault(p.Fence[:min(len(p.Fence), 6)])
	pages := make([]prompts.Page, len(p.Pages))
	for i, page := range p.Pages {
		page.Title, page.Text = v.hide(oneLine(page.Title)), v.hide(page.Text)
		pages[i] = page
	}
	p.Pages = pages
	return v
}

func (m *Model) tryTask(ctx context.Context, t Task, v *vault, f format, usage *triage.Usage, codes *[]string) *callError {
	turns, err := t.Prompt.Turns(t.Data, f != jsonSchema)
	if err != nil {
		return failed(CodeRejected, "%v", err)
	}
	for repaired := false; ; repaired = true {
		knew := m.reasoning.Load()
		text, cutOff, failure := m.send(ctx, m.chat(turns, f, t.Prompt.Name, t.Prompt.Schema), usage)
		if failure == nil {
			failure = decodeTask(t, v, text, cutOff)
		}
		if failure == nil {
			return nil
		}
		*codes = append(*codes, failure.code)
		switch {
		case failure.code == CodeRejected && !knew && (failure.param == "temperature" || failure.param == "max_tokens"):
			m.reasoning.Store(true)
			repaired = false
		case f == plain && !repaired && (failure.code == CodeBadJSON || failure.code == CodeWrongSchema):
			turns = append(turns, prompts.Turn{Role: "assistant", Text: clip(text, 20_000)}, prompts.Turn{Role: "user", Text: t.Prompt.Repair(failure.problem)})
		default:
			return failure
		}
		if ctx.Err() != nil {
			return failure
		}
	}
}

func decodeTask(t Task, v *vault, text string, cutOff bool) *callError {
	object, failure := findObject(v.restoreJSON(text), t.Lists...)
	if failure != nil {
		if cutOff {
			return failed(CodeTruncated, "the answer ends before its JSON does")
		}
		return failure
	}
	if err := t.Decode(object); err != nil {
		var unusable *json.UnmarshalTypeError
		if errors.As(err, &unusable) {
			return failed(CodeWrongSchema, "%s has another shape", unusable.Field)
		}
		return failed(CodeWrongSchema, "%v", err)
	}
	return nil
}

// restoreJSON puts what was hidden back into a text of JSON.
func (v *vault) restoreJSON(text string) string {
	pairs := make([]string, 0, 2*len(v.byText))
	for secret, placeholder := range v.byText {
		quoted, _ := json.Marshal(secret) // a text always encodes
		pairs = append(pairs, placeholder, string(quoted[1:len(quoted)-1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
