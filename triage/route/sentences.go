package route

import (
	"maps"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// Tell renders the reasons of a route in a language: ids in the parameters
// become titles and names. The stored truth stays the codes and parameters.
func Tell(r *triage.Route, w *knowledge.Workspace, lang string) {
	for i := range r.Reasons {
		reason := &r.Reasons[i]
		params := maps.Clone(reason.Params)
		if params == nil {
			params = map[string]string{}
		}
		if t := w.Tier(params["tier"]); t != nil {
			params["tier_name"] = t.Name
		}
		if p := w.Procedure(params["procedure"]); p != nil {
			params["procedure_title"] = p.TitleIn(lang)
			params["step_title"] = p.StepTitle(params["step"], lang)
			params["open_title"] = p.StepTitle(params["open"], lang)
		}
		params["area"] = AreaName(params["area"])
		if k := params["kind"]; k != "" {
			params["kind"] = triage.Sentence(lang, "kind."+k, nil)
		}
		reason.Text = triage.Sentence(lang, reason.Code, params)
	}
}

// AreaName is an area in words: "link-branding" is "link branding".
func AreaName(area string) string { return strings.ReplaceAll(area, "-", " ") }
