package offline

import (
	"slices"
	"strings"
)

// A step that its doer could not get done has failed, in whatever tense and by
// whatever subject that is told: "the switch falls back to off each time I
// save". Everyday words such as "an error" tell it only of a page or of what
// was attempted: mail has its errors too.
var (
	refusal = says(`(?:jump|fall|flip|snap|switch|goes|went|fell|revert)\p{L}* (?:\p{L}+ )?back|revert\p{L}* to|(?:does|don|did|will|would|could|can)(?:n?['’]?t|not| not) (?:save|stick|go through|let (?:me|us)|take it|submit|complete|be (?:saved|submitted|completed))|cant (?:save|submit|enable|switch|turn|remove|add|create|change|order)|won['’]?t (?:save|stick|go through|let (?:me|us)|take it|submit|complete)|(?:can(?:not|['’]?t| not)|could(?:n['’]?t| not)|unable to|not able to) get past|greyed out|grayed out|still (?:on|at) (?:the )?(?:starter|free|pro|scale|old)|` +
		`klapp\p{L}*(?: \p{L}+){0,2} nicht|nicht (?:geklappt|gelungen|möglich gewesen|durchgegangen)|(?:gelingt|gelang|geht|ging)(?: \p{L}+){0,3} nicht|(?:lässt|ließ|lassen)(?: \p{L}+){0,5} nicht|bricht(?: \p{L}+){0,4} ab|(?:schlägt|schlug)(?: \p{L}+){0,4} fehl|springt(?: \p{L}+){0,4} zurück|` +
		`nie (?:przechodzi|przeszło|przeszła|zapisuje|udaje|udało|da)(?: się)?|(?:przeskakuje|wraca|cofa się)(?: \p{L}+){0,4}|` +
		`no (?:me |nos |se )?(?:dej[aó]|guarda|completa|completó|tramita)\p{L}*|vuelve a (?:\p{L}+arse|off|apagado)|no hay (?:manera|forma) de`)
	refusalBare = []string{"ができません", "できませんでした", "に失敗", "進めません", "戻ってしまい", "保存されません", "押せません"}

	mishap = says(`errors?|fail(?:s|ed)|nothing happens|(?:went|goes) wrong|(?:blank|white|empty) (?:page|screen)|reject(?:s|ed)|refus(?:es|ed)|would(?:n['’]t| not)|does(?:n['’]t| not) (?:work|respond|react)|did(?:n['’]t| not) work|spins?|timed? ?out|stuck|no luck|` +
		`fehler\p{L}*|(?:weiße|leere) seite|passiert (?:\p{L}+ ){0,2}nichts|abgelehnt|funktioniert(?: \p{L}+){0,2} nicht|` +
		`błąd\p{L}*|błęd\p{L}*|nic się nie dzieje|(?:biała|pusta) strona|odrzuc\p{L}+|nie działa|` +
		`error(?:es)?|falla|falló|no (?:pasa nada|funciona|funcionó|responde|puedo|podemos|pude|pudimos)|página en blanco|rechaz\p{L}+`)
	mishapBare = []string{"エラー", "失敗", "真っ白", "反応しません", "できません", "動きません"}

	noMishap = says(`no (?:\p{L}+ )?errors?|without (?:\p{L}+ )?errors?|ohne fehler|kein\p{L}* fehler\p{L}*|bez błęd\p{L}+|sin (?:\p{L}+ )?error(?:es)?`)

	// page is what one works on a step with.
	page = says(`buttons?|toggles?|switch|forms?|pages?|screens?|dialogs?|pop-?ups?|checkbox\p{L}*|settings|dashboard|clicks?|submit\p{L}*|sav(?:e|ing)|knopf|schaltfläche|schalter|formular|seite|maske|klick\p{L}*|absenden|speichern|przycisk\p{L}*|przełącznik\p{L}*|stron\p{L}+|formularz\p{L}*|kliknięci\p{L}+|zapis\p{L}*|botón|página|formulario|interruptor|clic|guardar|enviar`)

	// attempted opens what the writer set out to do.
	attempted = says(`wanted to|meant to|went to|try to|try and|trying to|tried|wollte\p{L}*|versuch\p{L}*|probier\p{L}*|próbowa\p{L}+|próbuj\p{L}+|chcia(?:łem|łam|liśmy|łyśmy)|intent(?:é|o|amos|ado|ando)|quise|quisimos|quería(?:mos)?|trat(?:é|amos|o|ado) de`)
	// attemptedBare are the same of Japanese.
	attemptedBare = []string{"ようとし", "ようとする", "試しました", "試みました"}
)

// refuse marks the clauses of a sentence that tell of a step which would not
// go; next is the sentence behind it, nil for none.
func (r *reading) refuse(g *grammar, cs []clause, se, next *sentence) {
	if r.lexicon == nil || se.question || !troubled(se) && (next == nil || !troubled(next)) {
		return
	}
	for i := range cs {
		c := &cs[i]
		if c.hyp || c.asks || c.hedged || c.voice == planned || c.voice == undone {
			continue
		}
		text := r.textOf(*c)
		l := lookAt(text)
		tried := l.holds(attempted) || containsAny(text, attemptedBare)
		fails := !l.holds(noMishap) && (l.holds(refusal) || containsAny(text, refusalBare) ||
			(tried || l.holds(page) && !(c.voice == act || c.voice == holds)) && (l.holds(mishap) || containsAny(text, mishapBare)))
		if !fails && tried {
			fails = slices.ContainsFunc(cs[i+1:], func(c clause) bool { return r.fails(&c) }) ||
				i == len(cs)-1 && next != nil && troubled(next) && !next.question
		}
		if fails && r.lexicon.refused(g, text) != nil {
			c.voice, c.failed, c.refused = act, true, true
			if c.verb == "" || !c.said() {
				c.verb = firstWord(c)
			}
		}
	}
}

// refused is the one step that a text with a refusal names: what stands behind
// a comma tells how it showed.
func (lx *lexicon) refused(g *grammar, text string) []string {
	steps := lx.match(g, text)
	if len(steps) > 1 {
		act, _, _ := strings.Cut(text, ",")
		steps = lx.match(g, act)
	}
	if len(steps) != 1 {
		return nil
	}
	return steps
}

// fails reports whether a clause tells that something would not go.
func (r *reading) fails(c *clause) bool {
	text := r.textOf(*c)
	l := lookAt(text)
	return !c.hyp && !c.asks && !l.holds(noMishap) && (l.holds(refusal) || l.holds(mishap) || containsAny(text, refusalBare) || containsAny(text, mishapBare))
}

// troubled reports whether a sentence may tell of a refusal at all.
func troubled(se *sentence) bool {
	return se.holds(refusal) || se.holds(mishap) || strings.ContainsFunc(se.text, isWide) && (containsAny(se.text, refusalBare) || containsAny(se.text, mishapBare))
}
