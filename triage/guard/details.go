package guard

import (
	"regexp"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
)

// details finds what is asked for by a noun of its own, for which no topic is
// known, and stands beside that noun in the customer's words: "which board is
// it", of "the board is called Q3 launch".
func (k *check) details(p *offline.Part, wanted bool) bool {
	if k.w.lang == "ja" {
		return false
	}
	for _, n := range k.w.nounsAsked(p, wanted) {
		if v := k.h.detail(n, k.before); v != nil && !strings.EqualFold(v.text, n) {
			k.knows(p, "detail", v)
			return true
		}
	}
	return false
}

// nounsAsked lists the nouns that a sentence asks for: behind "which"
// and "what", or of what is to be told ("please give us the name of the board").
func (w *written) nounsAsked(p *offline.Part, wanted bool) (out []string) {
	norm := normalWords(p.Words)
	if has(norm, w.tongue.which) || has(norm, w.tongue.recap) && !p.Question || has(norm, ifAgain) {
		return nil
	}
	open := wanted
	if !open && !p.Question && !has(norm, giveMe) {
		return nil
	}
	given := false // behind a word by which something is to be told
	reach := 0
	if open {
		reach = 4
	}
	for i := range p.Words {
		word := &p.Words[i]
		if word.Punct {
			continue
		}
		low := fold(word.Low)
		switch {
		case askWhich[low] && (p.Question || given || wanted):
			reach = 4
			continue
		case tellUs[low]:
			given, reach = true, 8
			continue
		case copulas[low]:
			if !given && len(out) > 0 {
				reach = 0 // what follows is said of it
			}
			continue
		}
		if reach--; reach < 0 || others[low] || fillers[low] || determiners[low] || offline.StopWord(low) || noDetail[low] || len(low) < 4 && !acronym(w.text[word.Start:word.End]) {
			continue
		}
		if _, asVerb := verbs.find(low); asVerb > 0 {
			continue
		}
		out = append(out, low)
	}
	return out
}

var (
	// tellUs are words behind which stands what is to be told.
	tellUs = words("tell give provide share send confirm state quote specify need know let nennen mitteilen teilen angeben geben senden schicken podac podaj przeslac przeslij potrzebujemy prosimy indicar indique indiquenos enviar envie necesitamos proporcione indiquer envoyer preciser communiquer")
	// copulas end what a question asks for.
	copulas = words("is are was were do does did has have can could would ist sind war haben hat jest sa byl byla es son tiene est sont")
	// noDetail are nouns that say of nothing what it is.
	noDetail = words(`problem issue error information info detail details question step steps time date day moment way kind type sort part thing number name exact full complete following photo picture screenshot copy proof help page link guide article message reply
angaben informationen frage schritt zeit datum tag art teil nummer name genaue bild foto seite nachricht antwort informacje dane pytanie krok czas data dzien rodzaj czesc numer nazwa imie zdjecie strona wiadomosc odpowiedz informacion datos pregunta paso hora fecha dia tipo parte numero nombre foto pagina mensaje respuesta informations question etape heure date jour type partie numero nom photo page reponse`)
)

// beside is what may stand between a noun and its value.
var beside = regexp.MustCompile(`^\s*(?:(?:is|are|was|were|ending|ref\.?|reference|called|named|name|number|no\.?|nr\.?|numer|nummer|id|code|ist|heißt|lautet|jest|to|nazywa się|es|se llama|est|s'appelle)\s*|[:=#]\s*|\()*`)

// detailValue is a value beside a noun: a name, a code, a number.
var detailValue = regexp.MustCompile(`^["“„'«(#]?(?:\p{Lu}[\p{L}\d&'’.-]*(?: \p{Lu}[\p{L}\d&'’.-]*){0,3}|[\p{L}\d]*\d[\p{L}\d./_-]*)`)

// detail is the newest value that a customer gave beside a noun, nil for none.
func (h *history) detail(noun string, before int) *value {
	for n := min(before-1, len(h.t.Messages)); n > 0 && n > len(h.t.Messages)-maxRead; n-- {
		m := h.t.N(n)
		if m.Role != triage.RoleCustomer {
			continue
		}
		text := cutRune(m.Text, min(len(m.Text), MaxDraft))
		for _, at := range detailWord.FindAllStringIndex(text, -1) {
			if !sameWord(fold(strings.ToLower(text[at[0]:at[1]])), noun) {
				continue
			}
			rest := text[at[1]:]
			gap := len(beside.FindString(rest))
			found := detailValue.FindString(rest[gap:])
			if len(found) < 2 || gap == 0 || noValue(found) || strings.ContainsRune(rest[:gap], '\n') {
				continue
			}
			return &value{"detail", found, quoteOf(h.t, n, at[0], at[1]+gap+len(found))}
		}
	}
	return nil
}

var detailWord = regexp.MustCompile(`\p{L}{3,}`)

// sameWord reports whether two words are forms of one: of the same stem, and no
// compound of it.
func sameWord(a, b string) bool {
	return max(len(a), len(b))-min(len(a), len(b)) <= 4 && offline.Stem(a) == offline.Stem(b)
}

// acronym reports whether a word is three capitals: VIN, NIP.
func acronym(word string) bool {
	return len(word) == 3 && strings.ToUpper(word) == word && strings.ToLower(word) != word
}

// noValue reports whether what stands beside a noun is no value of it: a day,
// "I", an hour.
func noValue(s string) bool {
	low := strings.ToLower(strings.Trim(s, `"“„'«(#.`))
	return slices.Contains(noValues, low) || strings.HasPrefix(low, "i'") || strings.HasPrefix(low, "i’") || noHour.MatchString(low)
}

var (
	noValues = strings.Split(weekdays+"|"+months+"|i|it|the|we|and|but|since|after|ok|not|no|yes|on|off", "|")
	noHour   = regexp.MustCompile(`^\d{1,2}(?::\d\d)?(?:am|pm|h|%)?$`)
)
