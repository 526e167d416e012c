package route

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// Tell renders the reasons of a route in a language: ids in the parameters
// become titles and names. The stored truth stays the codes and parameters.
func Tell(r *triage.Route, w *knowledge.Workspace, lang string) {
	for i := range r.Reasons {
		reason := &r.Reasons[i]
		reason.Text = triage.Sentence(lang, reason.Code, named(reason.Params, w, lang))
	}
}

// named returns the parameters of a reason with the names and titles that
// their ids stand for.
func named(given map[string]string, w *knowledge.Workspace, lang string) map[string]string {
	params := map[string]string{}
	maps.Copy(params, given)
	if t := w.Tier(params["tier"]); t != nil {
		params["tier_name"] = t.Name
	}
	if p := w.Procedure(params["procedure"]); p != nil {
		params["procedure_title"] = p.TitleIn(lang)
		params["step_title"] = p.StepTitle(params["step"], lang)
		params["open_title"] = p.StepTitle(params["open"], lang)
		if input := params["input"]; input != "" {
			params["question"] = p.Question(input, lang)
		}
	}
	params["speaker"] = triage.Sentence(lang, "speaker."+cmp.Or(params["said_by"], string(triage.RoleCustomer)), nil)
	if t := w.Tier(params["from"]); t != nil {
		params["from_name"] = t.Name
	}
	if why := params["why"]; why != "" {
		params["why"] = triage.Sentence(lang, "handover.why."+why, nil)
	}
	if p := w.Procedure(params["prerequisite"]); p != nil {
		params["prerequisite_title"] = p.TitleIn(lang)
	}
	params["area"] = AreaName(params["area"])
	if k := params["kind"]; k != "" {
		params["kind"] = triage.Sentence(lang, "kind."+k, nil)
	}
	return params
}

// Seen returns the checks at the step that decided a matter's route, as far as
// they did not pass: the facts that its first reason speaks of.
func Seen(r *triage.Result, m *triage.Matter, reasons []triage.Reason) []*triage.CheckResult {
	if m == nil || len(reasons) == 0 {
		return nil
	}
	step, binding := reasons[0].Params["step"], reasons[0].Params["binding"]
	var out []*triage.CheckResult
	for i := range m.Positions {
		inputs := m.Positions[i].Inputs
		if binding != "" && triage.BindingText(inputs) != binding {
			continue
		}
		for j := range r.Facts.Checks {
			k := &r.Facts.Checks[j]
			if k.Matter == m.ID && k.Step == step && k.Outcome != triage.Pass && Applies(k.Inputs, inputs) && !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// TellCheck says in a language what a check saw, and for how long others may
// still see something older. at is the time as the reader should get it. It
// is empty for a code that has no sentence.
func TellCheck(k *triage.CheckResult, at, lang string) []string {
	params := map[string]string{"time": at}
	maps.Copy(params, k.CodeParams)
	var out []string
	if text := triage.Sentence(lang, k.Code, params); text != k.Code {
		out = append(out, text)
	}
	if params["stale_seconds"] != "" {
		out = append(out, triage.Sentence(lang, "check.dns.stale_note", params))
	}
	return out
}

// AreaName is an area in words: "link-branding" is "link branding".
func AreaName(area string) string { return strings.ReplaceAll(area, "-", " ") }
