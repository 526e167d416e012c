package route

import (
	"strconv"
	"strings"

	"readback/knowledge"
	"readback/triage"
)

// DraftAnswer makes an answer for a person to begin with, from what is known
// alone: what Suggest would ask or send, else what we understood and saw, and
// who acts next. It tells what this sender may hear, in their language or else
// in English; "" when there is nothing to say.
func DraftAnswer(t *triage.Ticket, r *triage.Result, w *knowledge.Workspace) (lang, text string) {
	if lang, text = Suggest(t, r, w); text != "" {
		return lang, text
	}
	b := ReadBack(t, r, w)
	if b == nil {
		return "", ""
	}
	var parts []string
	list := func(code string, lines []string) {
		if len(lines) > 0 {
			parts = append(parts, triage.Sentence(b.Lang, code, nil)+"\n- "+strings.Join(lines, "\n- "))
		}
	}
	var done []string
	for _, item := range append(b.Want[:len(b.Want):len(b.Want)], b.Done...) {
		done = append(done, item.Text)
	}
	list("readback.title", done)
	list("customer.seen", b.Seen)
	if b.Next != "" {
		parts = append(parts, b.Next)
	}
	return b.Lang, strings.Join(parts, "\n\n")
}

// ConfirmText asks a customer, in their language or else in English, whether
// what they wanted works now.
func ConfirmText(r *triage.Result, w *knowledge.Workspace) string {
	lang := r.Brief.Language
	if !triage.Says(lang, "customer.confirm") {
		lang = triage.Languages()[0]
	}
	what := r.Brief.Request.Text
	if len(r.Matters) > 0 {
		if p := w.Procedure(r.Leading().Procedure); p != nil {
			what = p.TitleIn(lang)
		}
	}
	code := "customer.confirm"
	if w.Policy.Confirm.CloseAfterDays < 0 {
		code += ".open"
	}
	return triage.Sentence(lang, code, map[string]string{"what": what, "count": strconv.Itoa(w.Policy.Confirm.CloseAfterDays)})
}

// HandedText tells a customer who has their ticket now.
func HandedText(lang, tier string, w *knowledge.Workspace) string {
	if !triage.Says(lang, "customer.handed") {
		lang = triage.Languages()[0]
	}
	name := tier
	if x := w.Tier(tier); x != nil && x.Name != "" {
		name = x.Name
	}
	return triage.Sentence(lang, "customer.handed", map[string]string{"tier_name": name})
}
