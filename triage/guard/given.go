package guard

import (
	"regexp"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
)

// given finds questions whose answer the customer's words hold by their shape:
// one of two that are offered, a date or a number of what is asked for, a name
// of a kind. It reports whether it found one.
func (k *check) given(p *offline.Part, wanted bool) bool {
	norm := normalWords(p.Words)
	if k.w.lang == "ja" || !p.Question && !wanted && !has(norm, giveMe) || has(norm, k.w.tongue.recap) || has(norm, ifAgain) || has(norm, overThere) {
		return false
	}
	if v := k.h.offered(alternatives(p), k.before); v != nil && p.Question {
		k.knows(p, "detail", v)
		return true
	}
	if has(norm, whichDay) {
		if v := k.h.shared(actOfPart(k.w.text, p), someDay, k.before); v != nil {
			k.knows(p, "detail", v)
			return true
		}
	}
	for i := range counted {
		if c := &counted[i]; has(norm, c.asked) {
			if v := k.h.numbered(c, p, k.before); v != nil {
				k.knows(p, c.topic, v)
				return true
			}
		}
	}
	for i := range categories {
		if c := &categories[i]; has(norm, c.asked) {
			if v := k.h.fact(c, k.before, norm); v != nil {
				k.knows(p, c.topic, v)
				return true
			}
		}
	}
	return false
}

// actOfPart is the act of a sentence.
func actOfPart(text string, p *offline.Part) act { return actOf(text[p.Start:p.End], p.Words) }

// orWords stand between what is offered to choose from.
var orWords = words("or oder czy albo lub ou o")

// alternatives are the two things that a question offers, those
// beside its "or": "the browser or the desktop app".
func alternatives(p *offline.Part) (out []string) {
	at := -1
	for i := range p.Words {
		if low := fold(p.Words[i].Low); !p.Words[i].Punct && orWords[low] && i > 1 {
			at = i
		}
	}
	if at < 0 || at+1 >= len(p.Words) {
		return nil
	}
	side := func(from, step int) {
		for i, n := from, 0; i >= 0 && i < len(p.Words) && n < 4; i, n = i+step, n+1 {
			low := fold(p.Words[i].Low)
			if p.Words[i].Punct || stops[low] && n > 0 {
				return
			}
			if determiners[low] || stops[low] || low == "a" || low == "an" || low == "your" {
				continue
			}
			if len(low) < 3 || fillers[low] || others[low] || offline.StopWord(low) || noChoice[low] {
				continue
			}
			out = append(out, low)
			return
		}
	}
	side(at-1, -1)
	side(at+1, 1)
	if len(out) < 2 || slices.ContainsFunc(p.Words[at+1:], func(w offline.Word) bool { return sameWord(fold(w.Low), out[0]) }) {
		return nil // "is it constant, or ...", "in those logs or the other logs"
	}
	return out
}

// noChoice are words that are no choice by themselves.
var noChoice = words("account app page order issue problem device phone product number option option please yes nein tak konto app seite")

// offered is where the customer names one of the alternatives.
func (h *history) offered(choices []string, before int) *value {
	if len(choices) == 0 {
		return nil
	}
	return h.sentenceWhere(before, func(p *offline.Part, text string) (int, int) {
		for i := range p.Words {
			w := &p.Words[i]
			if low := fold(w.Low); !w.Punct && slices.ContainsFunc(choices, func(c string) bool { return sameWord(low, c) }) {
				return w.Start, w.End
			}
		}
		return 0, 0
	})
}

var (
	whichDay = list("when did,when was,when were,when exactly,what date,which date,what day,which day,what time,on which day,as of which,^wann,^kiedy,jakiego dnia,^cuando,que dia,que fecha,^quand,quelle date,a quelle date")
	someDay  = regexp.MustCompile(`(?i)\b(?:` + weekdays + `|` + months + `|yesterday|today|last (?:night|week|month)|this morning|\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?|\d{1,2}(?:st|nd|rd|th)|\d+ (?:minutes?|hours?|days?|weeks?|months?) ago|\d{1,2}:\d\d|\d{1,2} ?(?:am|pm)|gestern|heute|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|wczoraj|dzisiaj|dziś|poniedział\p{L}+|wtor\p{L}+|środ\p{L}+|czwart\p{L}+|piąt\p{L}+|sobot\p{L}+|niedziel\p{L}+|ayer|hoy|lunes|martes|miércoles|jueves|viernes|sábado|domingo|hier|aujourd['’]hui|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b`)
)

// shared is where the customer names what fits a pattern in a sentence that is
// about the same as a question.
func (h *history) shared(asked act, fits *regexp.Regexp, before int) *value {
	return h.sentenceWhere(before, func(p *offline.Part, text string) (int, int) {
		at := fits.FindStringIndex(text[p.Start:p.End])
		if at == nil {
			return 0, 0
		}
		told := actOfPart(text, p)
		for o, w := range asked.objects {
			if _, ok := told.objects[o]; ok && w > ofCommon {
				return p.Start + at[0], p.Start + at[1]
			}
		}
		for v := range asked.verbs {
			if told.verbs[v] && !plain[v] && v != "check" {
				return p.Start + at[0], p.Start + at[1]
			}
		}
		return 0, 0
	})
}

// sentenceWhere finds the newest sentence of the customer, no question, in which
// find sees a value, and returns the value with the sentence as its evidence.
func (h *history) sentenceWhere(before int, find func(p *offline.Part, text string) (start, end int)) *value {
	for n := min(before-1, len(h.t.Messages)); n > 0 && n > len(h.t.Messages)-maxRead; n-- {
		m := h.t.N(n)
		if m.Role != triage.RoleCustomer {
			continue
		}
		text := cutRune(m.Text, min(len(m.Text), MaxDraft))
		for _, p := range h.partsOf(n, text) {
			if p.Pasted || p.Question {
				continue
			}
			if start, end := find(&p, text); end > start {
				return &value{"detail", text[start:end], quoteOf(h.t, n, p.Start, p.End)}
			}
		}
	}
	return nil
}

// partsOf are the sentences of a customer's message, split once.
func (h *history) partsOf(n int, text string) []offline.Part {
	if parts, ok := h.parts[n]; ok {
		return parts
	}
	if h.parts == nil {
		h.parts = map[int][]offline.Part{}
	}
	h.parts[n] = offline.Parts(text, h.lang)
	return h.parts[n]
}

// counting is a question for a number.
type counting struct {
	topic topic
	asked phrases
	value *regexp.Regexp
	noun  bool // the number must be one of what is asked for
}

var counted = []counting{
	{"detail", list("how many,wie viele,ile,cuantos,cuantas,combien de"), regexp.MustCompile(`(?i)\b(?:\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|zwei|drei|vier|dwa|dwie|trzy|dos|tres|deux|trois)\b`), true},
	{"detail", list("what percentage,which percentage,at what percent,viel prozent,jakim procencie,que porcentaje,quel pourcentage"), regexp.MustCompile(`\d+ ?%`), false},
	{"detail", list("how much,what amount,which amount,cost of,value of,what speed,what speeds,how fast,current reading,wie viel,wie hoch,ile,que importe,cual es el importe,cuanto,quel montant,combien"), regexp.MustCompile(`(?:[$€£]\s?\d[\d.,]*|\b\d[\d ]*[.,]\d{2}\b|\b\d[\d.,]* ?(?:€|£|\$|eur\b|euros?\b|usd\b|dollars?\b|pounds?\b|zł\b|pln\b|kwh\b|gb\b|mbit\b|mbps\b)|\b\d{1,3}(?:[.,]\d{3})+\b)`), false},
}

// numbered is where the customer gives the number.
func (h *history) numbered(c *counting, p *offline.Part, before int) *value {
	var stems []concept
	if c.noun {
		for i := range p.Words {
			if low := fold(p.Words[i].Low); !p.Words[i].Punct && len(low) > 3 && !fillers[low] && !offline.StopWord(low) && !copulas[low] {
				stems = append(stems, concept(offline.Stem(low)))
			}
		}
	}
	return h.sentenceWhere(before, func(q *offline.Part, text string) (int, int) {
		s := text[q.Start:q.End]
		for _, at := range c.value.FindAllStringIndex(s, 8) {
			if !c.noun {
				return q.Start + at[0], q.Start + at[1]
			}
			n := 0
			for w := range strings.FieldsSeq(s[at[1]:]) {
				if n++; n > 3 {
					break
				}
				if slices.Contains(stems, concept(offline.Stem(fold(strings.ToLower(strings.Trim(w, ".,;:!?()")))))) {
					return q.Start + at[0], q.Start + at[1]
				}
			}
		}
		return 0, 0
	})
}

// categories are things of a kind that customers call by name.
var categories = []fact{
	{"mailprogram", list("mail program,email program,mail client,email client,mail app,email app,e-mail-programm,mailprogramm,program pocztowy,klient poczty,programa de correo,cliente de correo,logiciel de messagerie"),
		regexp.MustCompile(`(?i)\b(?:outlook(?: \d+)?|thunderbird|apple mail|gmail|mail app|em client|k-9|spark|airmail|bluemail)\b`), nil},
	{"identityprovider", list("identity provider,idp,sso provider,single sign-on provider,identitatsanbieter,dostawca tozsamosci,proveedor de identidad,fournisseur d'identite"),
		regexp.MustCompile(`(?i)\b(?:okta|azure ad|entra(?: id)?|google workspace|onelogin|auth0|keycloak|ping(?:one| identity)|jumpcloud|adfs)\b`), nil},
	{"platform", list("which platform,what platform,which console,what console,playing on,welche plattform,ktorej platformie,jakiej platformie,que plataforma,quelle plateforme"),
		regexp.MustCompile(`(?i)\b(?:ps[345]|playstation(?: ?\d)?|xbox(?: one| series [sx])?|nintendo switch|steam(?: deck)?|pc|mac|ios|android|iphone|ipad)\b`), nil},
	{"country", list("which country,what country,in which country,welchem land,welches land,jakim kraju,ktorym kraju,que pais,quel pays"),
		regexp.MustCompile(`\b(?:Albania|Argentina|Australia|Austria|Belgium|Brazil|Bulgaria|Canada|Chile|China|Colombia|Croatia|Cyprus|Czech(?:ia| Republic)|Denmark|Egypt|Estonia|Finland|France|Germany|Greece|Hungary|Iceland|India|Indonesia|Ireland|Israel|Italy|Japan|Kenya|Latvia|Lithuania|Luxembourg|Malaysia|Malta|Mexico|Morocco|Netherlands|New Zealand|Norway|Peru|Philippines|Poland|Portugal|Romania|Serbia|Singapore|Slovakia|Slovenia|South Africa|Spain|Sweden|Switzerland|Thailand|Tunisia|Turkey|UK|United Kingdom|England|Scotland|Wales|USA|United States|Ukraine|Vietnam|portugal|spain|italy|france|greece|croatia|turkey|germany|Österreich|Schweiz|Spanien|Italien|Frankreich|Griechenland|Kroatien|Türkei|Polen|Portugal|Grec\p{L}+|Włoszech|Hiszpanii|Niemczech|Chorwacji|Turcji|Portugalii|Francji|España|Italia|Francia|Grecia|Alemania|Portugal|Turquía|Espagne|Italie|Grèce|Allemagne)\b`), nil},
	{"dnshost", list("dns hosted,dns managed,manages your dns,host your dns,hosts your dns,dns provider,name server provider,domain registrar,which registrar,dns-anbieter,dostawca dns,proveedor de dns"),
		regexp.MustCompile(`(?i)\b(?:cloudflare|godaddy|namecheap|route ?53|gandi|ovh|ionos|hetzner|dnsimple|google domains|squarespace|strato|porkbun|hover|dynadot)\b`), nil},
	{"paymentprovider", list("payment provider,payment gateway,payment processor,zahlungsanbieter,dostawca platnosci,pasarela de pago,prestataire de paiement"),
		regexp.MustCompile(`(?i)\b(?:stripe|paypal|adyen|klarna|mollie|square|braintree|worldpay|przelewy24|payu|redsys)\b`), nil},
	{"reason", list("reason for your return,reason for the return,reason for returning,why do you want to return,why are you returning,reason for your cancellation,why you wish to cancel,why do you want to cancel,grund fur die rucksendung,grund ihrer rucksendung,grund der rucksendung,powod zwrotu,motivo de la devolucion,motif du retour"),
		regexp.MustCompile(`(?i)\b(?:because|as it|since it|too (?:small|big|large|tight|expensive|short|long|wide)|doesn['’]t fit|does not fit|broken|cracked|damaged|wrong (?:size|colou?r|item)|weil|kaputt|beschädigt|zu (?:klein|groß|eng)|bo |ponieważ|uszkodzon\p{L}+|za (?:mał\p{L}+|duż\p{L}+)|porque|roto|dañad\p{L}+|parce que|cassé\p{L}*|trop (?:petit|grand)\p{L}*)\b`), nil},
}
