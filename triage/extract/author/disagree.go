package author

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/knowledge/lint"
	"readback/prompts"
	"readback/triage"
	"readback/triage/extract"
)

// RuleDisagree is the rule of findings that a model made.
const RuleDisagree = "disagreeing-claims"

// Plan says what a model would be given to find pages that disagree: groups of
// pages on one topic, each a call.
type Plan struct {
	Calls int
	Bytes int // of texts, all calls together
	Left  int // pages that are in no group because of the limit
	group [][]page
}

// page is a procedure's or an article's text.
type page struct {
	file, title, text, source string // text is the tail of source
}

// groupOf is how many pages are compared in one call at most.
const groupOf = 4

// PlanDisagree groups each page with those that are most like it, for at most
// calls calls. Pages with nothing like them are in no group.
func PlanDisagree(w *knowledge.Workspace, index *knowledge.Index, calls int) Plan {
	all, byKey := pagesOf(w)
	var plan Plan
	seen := map[string]bool{} // pairs that are in a group
	pair := func(a, b string) string { return min(a, b) + "\x00" + max(a, b) }
	for _, p := range all {
		group, size, fresh := []page{p}, len(p.text), false
		found := index.Find(p.title, groupOf+2)
		var near []string
		for _, h := range found.Procedures {
			near = append(near, h.Procedure.File)
		}
		for _, a := range found.Articles {
			near = append(near, a.File)
		}
		for _, file := range near {
			q, ok := byKey[file]
			if !ok || file == p.file || len(group) == groupOf || size+len(q.text) > MaxText {
				continue
			}
			fresh = fresh || !seen[pair(p.file, file)]
			group, size = append(group, q), size+len(q.text)
		}
		switch {
		case !fresh || size > MaxText:
			continue
		case plan.Calls == calls:
			plan.Left++
			continue
		}
		for i := range group {
			for j := range i {
				seen[pair(group[i].file, group[j].file)] = true
			}
		}
		plan.group, plan.Calls, plan.Bytes = append(plan.group, group), plan.Calls+1, plan.Bytes+size
	}
	return plan
}

// pagesOf are the texts of procedures, then of articles.
func pagesOf(w *knowledge.Workspace) (all []page, byFile map[string]page) {
	for i := range w.Procedures {
		p := &w.Procedures[i]
		all = append(all, page{p.File, p.Title, p.Body, p.Source})
	}
	for i := range w.Articles {
		a := &w.Articles[i]
		all = append(all, page{a.File, a.Title, a.Body, a.Text})
	}
	all = slices.DeleteFunc(all, func(p page) bool { return strings.TrimSpace(p.text) == "" })
	byFile = map[string]page{}
	for _, p := range all {
		byFile[p.file] = p
	}
	return all, byFile
}

// Disagree asks a model for each group of a plan which passages cannot both be
// right, and returns them as findings with both. A call that fails is told by
// progress and costs its group only; the error is that of ctx, or of the last
// call when all have failed.
func Disagree(ctx context.Context, m Model, platform string, plan Plan, progress func(done int, err error)) ([]lint.Finding, triage.Usage, error) {
	var out []lint.Finding
	var usage triage.Usage
	var last error
	failed := 0
	for i, group := range plan.group {
		found, info, err := disagree(ctx, m, platform, group)
		if ctx.Err() != nil {
			return out, usage, ctx.Err()
		}
		usage.Add(info.Usage)
		if err != nil {
			failed, last = failed+1, err
		}
		for _, f := range found {
			if !slices.ContainsFunc(out, func(o lint.Finding) bool { return o.File == f.File && o.Line == f.Line && o.Message == f.Message }) {
				out = append(out, f)
			}
		}
		progress(i+1, err)
	}
	if failed > 0 && failed == len(plan.group) {
		return out, usage, last
	}
	return out, usage, nil
}

func disagree(ctx context.Context, m Model, platform string, group []page) ([]lint.Finding, triage.ExtractorInfo, error) {
	var p pages
	p.asked.Platform = platform
	for _, g := range group {
		p.add(g.title, g.text)
	}
	var said []answerConflict
	info, err := m.Ask(ctx, extract.Task{Prompt: prompts.Disagree(), Data: p.asked, Lists: []string{"conflicts"}, Decode: func(object map[string]json.RawMessage) error {
		said = nil
		if json.Unmarshal(object["conflicts"], &said) != nil {
			return errors.New("conflicts is not a list of conflicts")
		}
		return nil
	}})
	if err != nil {
		return nil, info, err
	}
	conflicts, _ := p.conflicts(said)
	var out []lint.Finding
	for _, c := range conflicts {
		a, b := place(&group[c.A.Page], c.A), place(&group[c.B.Page], c.B)
		out = append(out, lint.Finding{Rule: RuleDisagree, Severity: lint.Warning, File: a.File, Line: a.Line, Column: a.Column,
			Message: fmt.Sprintf("%s: this says %q and %s:%d says %q; a model (%s) holds that both cannot be right", c.About, line(c.A.Text, 300), b.File, b.Line, line(c.B.Text, 300), info.Model),
			Fix:     "Find out which one is right, and say it on one page; a reader of the other is misled. If both are right, say under which condition each holds.",
			Related: []lint.Place{b}})
	}
	return out, info, nil
}

func place(p *page, q Quote) lint.Place {
	l, column := knowledge.LocateBody(p.source, p.text, q.Start)
	return lint.Place{File: p.file, Line: l, Column: column, Message: line(q.Text, 300)}
}
