package route

import (
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// aboutSeen are the reasons whose words for the customer go with what we saw,
// and the words instead when there is nothing of it that this sender may hear.
var aboutSeen = map[string]string{
	"route.contradicted":           "customer.verify",
	"route.failed_seen":            "customer.verify",
	"route.next_seen":              "customer.progress_unknown",
	"route.next_seen_self_service": "customer.next_told",
}

// Suggest returns what the customer of an ask or self_service route could be
// told, in their language or else in English, and which of the two it is; ""
// for any other route. It says what we saw and when, never what somebody has
// not done; what an account told us, also of its domains, is left out for a
// sender who is not verified.
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
	var seen []string
	instead, about := aboutSeen[reason.Code]
	if about {
		if params["said_by"] == string(triage.RoleAgent) {
			code, instead = "customer.next_seen", aboutSeen["route.next_seen"] // the customer did not tell us: nothing to thank for
		}
		if seen = seenBy(t, r, lang); len(seen) == 0 && t.Hearer() != triage.IdentityVerified {
			code = instead
		}
	}
	first := triage.Sentence(lang, code, params)
	if first == code {
		return "", ""
	}
	var parts []string
	if b := params["binding"]; b != "" && mayHear(t, b) {
		parts = append(parts, triage.Sentence(lang, "customer.about", params))
	}
	parts = append(parts, first)
	if len(seen) > 0 {
		parts = append(parts, triage.Sentence(lang, "customer.seen", nil)+"\n- "+strings.Join(seen, "\n- "))
	}
	if p, step := w.Home(params["procedure"], params["step"]); p != nil {
		if r.Route.Action == triage.SelfService {
			parts = append(parts, p.StepText(step, lang))
		}
		if p.URL != "" && (r.Route.Action == triage.SelfService || len(seen) > 0) {
			parts = append(parts, triage.Sentence(lang, "customer.link", map[string]string{"url": p.URL + "#" + step}))
		}
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return lang, strings.Join(parts, "\n\n")
}

// Aged reports whether what Suggest tells rests on a look whose life is over:
// then we look again before it is sent.
func Aged(r *triage.Result, now time.Time) bool {
	if len(r.Matters) == 0 || len(r.Route.Reasons) == 0 {
		return false
	}
	m := &r.Matters[0]
	if r.Position != nil {
		m = r.Matter(r.Position.Matter)
	}
	return slices.ContainsFunc(Seen(r, m, r.Route.Reasons), func(k *triage.CheckResult) bool { return now.After(k.ExpiresAt) })
}

// seenBy tells what we saw at the step in question, as far as this sender may
// know.
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
		if !mayKnow(t, k) {
			continue
		}
		for _, text := range TellCheck(k, TimeFor(k.ObservedAt, lang), lang) {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// TimeFor is a time as a customer reads it, always UTC.
func TimeFor(t time.Time, lang string) string {
	t = t.UTC()
	return triage.Sentence(lang, "customer.time", map[string]string{"clock": t.Format("15:04"), "date": t.Format("2006-01-02")})
}

// mayKnow reports whether the customer may hear what a check saw: an account's
// fields are for its verified owner.
func mayKnow(t *triage.Ticket, k *triage.CheckResult) bool {
	return (k.Check != "account.field" || t.Hearer() == triage.IdentityVerified) && mayHear(t, triage.BindingText(k.Inputs))
}

// mayHear reports whether the customer may be told the values of a binding:
// they are verified, or wrote them. Others came from an account that may not be theirs.
func mayHear(t *triage.Ticket, binding string) bool {
	if t.Hearer() == triage.IdentityVerified || binding == "" {
		return true
	}
	var wrote strings.Builder
	for i := range t.Messages {
		if t.Messages[i].Role == triage.RoleCustomer {
			wrote.WriteString(strings.ToLower(t.Messages[i].Text) + "\n")
		}
	}
	for _, value := range strings.Split(binding, ", ") {
		if !strings.Contains(wrote.String(), strings.ToLower(value)) {
			return false
		}
	}
	return true
}
