package route

import (
	"slices"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// aboutSeen are the reasons whose words for the customer go with what we saw.
var aboutSeen = []string{"route.contradicted", "route.failed_seen", "route.next_seen", "route.next_seen_self_service"}

// Suggest returns what the customer of an ask or self_service route could be
// told, in their language or else in English, and which of the two it is; ""
// for any other route. It says what we saw and when, never what somebody has
// not done; what an account told us is left out for a sender who is not verified.
func Suggest(t *triage.Ticket, r *triage.Result, w *knowledge.Workspace) (lang, text string) {
	if r.Route.Action != triage.Ask && r.Route.Action != triage.SelfService || len(r.Route.Reasons) == 0 {
		return "", ""
	}
	if lang = r.Brief.Language; !slices.Contains(triage.Languages(), lang) {
		lang = triage.Languages()[0]
	}
	reason := &r.Route.Reasons[0]
	params := named(reason.Params, w, lang)
	code := "customer." + strings.TrimPrefix(reason.Code, "route.")
	first := triage.Sentence(lang, code, params)
	if first == code {
		return "", ""
	}
	var parts []string
	if params["binding"] != "" {
		parts = append(parts, triage.Sentence(lang, "customer.about", params))
	}
	parts = append(parts, first)
	if slices.Contains(aboutSeen, reason.Code) {
		if seen := seenBy(t, r, lang); len(seen) > 0 {
			parts = append(parts, triage.Sentence(lang, "customer.seen", nil)+"\n- "+strings.Join(seen, "\n- "))
		}
	}
	if p := w.Procedure(params["procedure"]); p != nil {
		if r.Route.Action == triage.SelfService {
			parts = append(parts, p.StepText(params["step"], lang))
		}
		if p.URL != "" && (r.Route.Action == triage.SelfService || slices.Contains(aboutSeen, reason.Code)) {
			parts = append(parts, triage.Sentence(lang, "customer.link", map[string]string{"url": p.URL + "#" + params["step"]}))
		}
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return lang, strings.Join(parts, "\n\n")
}

// seenBy tells what we saw at the step in question, as far as this sender may know.
func seenBy(t *triage.Ticket, r *triage.Result, lang string) []string {
	if len(r.Matters) == 0 {
		return nil
	}
	m := &r.Matters[0]
	if r.Position != nil {
		m = r.Matter(r.Position.Matter)
	}
	var out []string
	for _, k := range Seen(r, m, r.Route.Reasons) {
		if k.Check == "account.field" && t.Identity != triage.IdentityVerified {
			continue
		}
		when := k.ObservedAt.UTC()
		at := triage.Sentence(lang, "customer.time", map[string]string{"clock": when.Format("15:04"), "date": when.Format("2006-01-02")})
		for _, text := range TellCheck(k, at, lang) {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}
