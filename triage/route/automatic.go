package route

import (
	"slices"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// Automatic is what the desk may tell a customer by itself about its newest
// reading of their ticket: what an ask or self_service route says, or the
// readback, once, for one that goes to a person. It is "" for all else: when
// their words are not the newest, or not read yet, or were read by less than
// was meant to; when a person should look first, or answers such tickets alone;
// when what it rests on is old; and to machines. after is the state of the
// ticket when it is told.
func Automatic(t *triage.Ticket, r *triage.Result, w *knowledge.Workspace, now time.Time) (text string, after triage.State) {
	n := len(t.Messages)
	if n == 0 || t.Messages[n-1].Role != triage.RoleCustomer || r.CoveredSeq < t.LastSeq || t.State == triage.StateResolved {
		return "", ""
	}
	if r.Extractor.Degraded || r.Route.NeedsReview || len(r.Route.Reasons) == 0 || Aged(r, now) || slices.Contains(r.Brief.Flags, triage.FlagAutomatic) {
		return "", ""
	}
	code := r.Route.Reasons[0].Code
	if Unsure(code) || OnlyHolder(code) || code == "route.person_wanted" {
		return "", ""
	}
	after = triage.StateWaiting
	switch r.Route.Action {
	case triage.Ask, triage.SelfService:
	case triage.Assign:
		if slices.ContainsFunc(t.Messages, func(m triage.Message) bool { return m.Role == triage.RoleAgent }) {
			return "", "" // somebody is at it
		}
		after = triage.StateOpen
	default:
		return "", ""
	}
	lang, text := DraftAnswer(t, r, w)
	if text == "" {
		return "", ""
	}
	return Marked(lang, text), after
}

// Marked is a text for a customer with the words that no person wrote it, in
// that language or else in English.
func Marked(lang, text string) string {
	if !triage.Says(lang, "customer.automatic") {
		lang = triage.Languages()[0]
	}
	return text + "\n\n" + triage.Sentence(lang, "customer.automatic", nil)
}
