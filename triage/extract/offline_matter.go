package extract

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"readback/knowledge"
	"readback/triage"
)

// Shapes of sentences that ask, strongest first, in the languages read.
var asks = []struct {
	weight int
	shape  shape
}{
	{4, says(`please|can you|could you|would you|kindly|proszę o|prosimy o|proszę|prosimy|czy możecie|czy mogą państwo|czy mogliby|czy może(?:cie|my)?|bitte|können sie|könnten sie|por favor|podéis|pueden|podrían|pouvez-vous|pourriez-vous|merci de|potete|potreste|per favore`)},
	{3, says(`(?:i|we)(?:['’]d| would)? (?:need|want|like|request)|how (?:do|can|to|should)|what (?:do|should|is|are)|why (?:is|are|do|does|did|can)|is there|is it possible|any(?:one)? ideas?|help(?: me| us)?|chciał\p{L}+|chcemy|chcę|potrzebuję|potrzebujemy|prośba|jak (?:mogę|możemy|to|włączyć|zrobić)|ich möchte|wir möchten|ich brauche|wie kann|quiero|necesit\p{L}+|cómo|je voudrais|j['’]ai besoin|comment|vorrei|come posso`)},
}

// request finds the sentence that asks. Without one it is the subject, or the
// first thing said.
func (r *reading) request() (best *sentence, weight int) {
	for i := range r.sentences {
		se := &r.sentences[i]
		if se.pasted || len(se.text) < 8 || len(se.words) < 3 || strings.HasPrefix(se.text, "http") || isThanks(se.text) {
			continue
		}
		w := 0
		for _, a := range asks {
			if a.shape.MatchString(se.text) {
				w = a.weight
				break
			}
		}
		if se.question {
			w += 2
		}
		if w > 0 && staffVerb.MatchString(se.text) {
			w += 2
		}
		if vague.MatchString(se.text) || forbids.MatchString(se.text) {
			w = min(w, 1)
		}
		if w > 1 && se.message == r.sentences[0].message {
			w++
		}
		if w > weight {
			best, weight = se, w
		}
	}
	if weight > 1 {
		return best, weight
	}
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted && len(se.words) > 2 {
			return se, weight
		}
	}
	return nil, 0
}

// forbids says what not to do, which is no request.
var forbids = regexp.MustCompile(`(?i)^(?:please )?(?:do not|don['’]t|stop|no more)\b|^(?:proszę )?(?:nie |przestańcie)|^bitte (?:nicht|keine)\b`)

// vague asks nothing in particular.
var vague = regexp.MustCompile(`(?i)^(?:please help|please see|see the|any help|can you help|could you help|help me|any ideas?|please advise|what now|proszę o pomoc|pomocy|bitte um hilfe|¿?podéis ayudarme|aidez)`)

// staffVerb is a plea followed in the same sentence by an act that only the
// vendor's staff can do to an account.
var staffVerb = says(`(?:` + pleas + `)[^\p{L}.!?](?:[^.!?\n]{0,60}?[^\p{L}])??(?:` + strings.Join(staffActs, "|") + `)`)

const pleas = `please|pls|plz|can you|could you|would you|kindly|need you to|want you to|ask you to|` +
	`proszę|prosimy|poproszę|prośba|czy możecie|czy mogą państwo|czy mogliby\p{L}*|możecie|` +
	`bitte|können sie|könnten sie|por favor|podéis|pueden|podrían|pouvez-vous|pourriez-vous|merci de|potete|potreste`

var staffActs = []string{
	`switch(?:ing)?|turn(?:ing)? (?:[\p{L}\d]+ ){0,4}(?:on|off)|flip|enabl(?:e|ing)|activat(?:e|ing)|cancel(?:lation)?|refund|unlock|unblock|reset`,
	`whitelist|allowlist|reinstate|unsuspend|delet(?:e|ion)|eras(?:e|ure)|remov(?:e|al)|close (?:my|our|the|this)|(?:up|down)grade (?:me|us|my|our)`,
	`assign|restore|lift|approve|escalate|credit (?:me|us|my|our)|provision`,
	`o?(?:włącz|przełącz|aktyw|odblok|anulu|zwró|zwrot|usuń|usun|skasu|zresetu|przywr|przypis|zamkn|wyłącz)\p{L}*`,
	`(?:aktivier|freischalt|umschalt|einschalt|kündig|storn|entsperr|lösch|erstatt)\p{L}*`,
	`(?:activ(?:en|ar|ad)|reembols|desbloqu|elimin|borr)\p{L}*|cancel(?:ar|en|ad)\p{L}*`,
	`(?:annul|rembours|débloqu|supprim|attiv|annull|rimbors|sblocc|cancell)\p{L}*`,
}

// Words that tell a kind of matter, first match wins. The order is that of
// harm: what must not be missed comes first.
var kinds = []struct {
	kind  triage.Kind
	shape shape
}{
	{triage.KindPrivacy, says(`gdpr|rodo|dsgvo|right to be forgotten|erasure|(?:delete|erase) (?:all )?(?:my|our) (?:personal )?data|usunięci\p{L}+ (?:moich |naszych )?danych|personenbezogen\p{L}*|data subject`)},
	{triage.KindSecurity, says(`hacked|compromised|breach|stolen|leaked|unauthori[sz]ed (?:access|login|use)|somebody else|phished|włamani\p{L}*|wyciek\p{L}*|przejęt\p{L}+|gehackt|hackead\p{L}+|piraté|hackerat\p{L}+`)},
	{triage.KindAbuse, says(`suspended|suspension|banned|abuse|spamming us|zawieszon\p{L}*|zablokowan\p{L}+ konto|konto (?:zostało )?zablokowan\p{L}*|gesperrt|suspendid\p{L}+|suspendu\p{L}*|sospes\p{L}+`)},
	{triage.KindAccess, says(`log ?in|log(?:ged)? (?:in|out|me out)|sign in|password|2fa|mfa|second factor|two-factor|authenticator|backup codes?|locked out|zalogowa\p{L}*|logowani\p{L}*|hasł\p{L}*|dwuetapow\p{L}*|drugi\p{L}* składnik\p{L}*|anmelden|passwort|contraseña|mot de passe|connexion|accedere`)},
	{triage.KindCancel, says(`cancel\p{L}* (?:my|our|the)? ?(?:subscription|account|plan|contract|membership)|close (?:my|our) account|zamknąć konto|rezygn\p{L}+|wypowiedz\p{L}+|kündig\p{L}+|dar de baja|résili\p{L}+|disdett\p{L}+`)},
	{triage.KindBilling, says(`invoice|refund|charged|billing|payment|credit card|pricing|quote for|upgrade (?:my|our) plan|vat|faktur\p{L}*|płatnoś\p{L}*|zwrot\p{L}* (?:pieniędzy|środków|kosztów)|rechnung|factura|reembolso|facture|remboursement|fattura|rimborso`)},
	{triage.KindIncident, says(`outage|is (?:sendline|everything|the (?:service|platform|api)) down|all (?:our )?(?:users|customers) (?:are )?affected|awaria|ausfall|caída del servicio|panne générale`)},
	{triage.KindFeedback, says(`feature request|suggestion|feedback|it would be (?:great|nice) if|sugesti\p{L}+|propozycj\p{L}+|vorschlag|sugerencia`)},
}

var setupWord = says(`set ?up|enable|activate|configure|switch(?:ed)?|turn(?:ed)? on|how (?:do|can|to)|guidance|install|add|change|use|włącz\p{L}*|przełącz\p{L}*|aktywo\p{L}*|skonfigurowa\p{L}*|ustawi\p{L}*|dodać|einricht\p{L}*|aktivier\p{L}*|configur\p{L}*|activ\p{L}*|attiv\p{L}*`)

// kindBytes bounds how much beside the request tells the kind: what a ticket
// is about stands at its head.
const kindBytes = 500

// kind tells what sort of problem it is by the request, then by the rest.
func (r *reading) kind(request string, symptoms int) triage.Kind {
	head := request
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted && len(head) < kindBytes {
			head += "\n" + se.text
		}
	}
	for _, text := range []string{request, head} {
		for _, k := range kinds {
			if k.shape.MatchString(text) {
				return k.kind
			}
		}
		if text == request && setupWord.MatchString(request) && symptoms == 0 {
			return triage.KindSetup
		}
	}
	switch {
	case symptoms > 0:
		return triage.KindBroken
	case setupWord.MatchString(head):
		return triage.KindSetup
	}
	return triage.KindOther
}

// choose picks the procedure that fits the request: by the words of its aim,
// weighed by how few procedures share them, and by the help page the customer
// names. confidence is 0..1; nil when none fits.
func (r *reading) choose(request string, docs []triage.ProposedDocument) (lx *lexicon, confidence float64) {
	wanted, around := map[string]bool{}, map[string]bool{}
	addTerms(wanted, request)
	budget := 1200
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted && budget > 0 {
			budget -= len(se.text)
			addTerms(around, se.text)
		}
	}
	var best, second float64
	for i := range r.in.Candidates {
		c := r.o.lexiconOf(&r.in.Candidates[i])
		score, hits := 0.0, 0
		for t := range c.aim {
			switch idf := r.o.idf(t); {
			case wanted[t]:
				score += idf
				hits++
			case around[t]:
				score += idf / 2
				hits++
			}
		}
		if hits < 2 {
			score = 0
		}
		if slices.ContainsFunc(docs, func(d triage.ProposedDocument) bool { return d.Topic == c.p.ID }) {
			score += aimFloor
		}
		if score > best {
			lx, best, second = c, score, best
		} else {
			second = max(second, score)
		}
	}
	if best < aimFloor {
		return nil, 0
	}
	margin := 1 - second/best
	return lx, min(0.95, 0.35+0.1*(best-aimFloor)/aimFloor+0.4*math.Min(1, best/(3*aimFloor))+0.2*margin)
}

// aimFloor is the weight of shared words below which no procedure fits: two
// rare words, or several common ones.
const aimFloor = 4.0

// needsStaff reports whether what is left is for the vendor's people: they
// are asked for an act, another party has passed the customer on, or all that
// a customer can do for the procedure is said to be done.
func (r *reading) needsStaff(claims []triage.ProposedClaim, contacted bool) bool {
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted && staffVerb.MatchString(se.text) && !howTo.MatchString(se.text) {
			return true
		}
	}
	if r.lexicon == nil {
		return contacted || r.bounced
	}
	staff := slices.ContainsFunc(r.lexicon.p.Steps, func(s knowledge.Step) bool { return s.By == knowledge.Staff })
	if !staff || len(r.lexicon.steps) == 0 {
		return false
	}
	said := map[string]bool{}
	for _, c := range claims {
		for _, s := range c.Steps {
			said[s] = c.State == triage.ClaimDone
		}
	}
	for _, s := range r.lexicon.p.Steps {
		if s.By == knowledge.Customer && !s.Optional && !said[s.ID] {
			return false
		}
	}
	return true
}

var howTo = says(`how (?:do|can|to|should)|tell (?:me|us) how|explain|jak (?:mogę|możemy|mam|włączyć|zrobić|to)|wie kann|cómo|comment|come posso`)

var (
	critical = says(`production (?:is )?down|everything is down|losing (?:money|customers)|emergency|all (?:our )?(?:mail|emails?|customers) (?:is|are) (?:failing|affected|blocked)`)
	urgent   = says(`urgent(?:ly)?|asap|as soon as possible|immediately|right now|today|deadline|pilne|pilnie|jak najszybciej|natychmiast|dringend|sofort|urgente|cuanto antes|urgence|au plus vite|il prima possibile`)
	noHurry  = says(`no (?:rush|hurry)|whenever you|when you have time|not urgent|nie(?:ma| ma)? pośpiechu|niepilne|keine eile|sin prisa`)
	angry    = says(`ridiculous|unacceptable|furious|fed up|worst|useless|a joke|disgrace|outrageous|incompetent|skandal|kpina|żart|niedopuszczaln\p{L}+|mam dość|unverschämt|inaceptable|inadmissible|vergogna`)
	unhappy  = says(`frustrat\p{L}+|annoy\p{L}+|disappoint\p{L}+|third time|fourth time|again and again|for (?:days|weeks)|nobody (?:helps|answers|replies)|stumped|passing (?:it|me|us)|rozczarowan\p{L}+|po raz (?:trzeci|czwarty|kolejny)|od (?:kilku )?(?:dni|tygodni)|zmęczon\p{L}+|frustrier\p{L}+|decepcionad\p{L}+`)
	legal    = says(`lawyers?|attorney|legal action|sue you|court|regulator|ombudsman|data protection authority|prawnik\p{L}*|adwokat\p{L}*|sąd(?:u|zie|em)?|uokik|uodo|pozew|anwalt|gericht|abogado|tribunal|avocat|avvocato`)

	automatic = regexp.MustCompile(`(?i)(?:\bout of (?:the )?office\b|\bautomatic(?:ally)? (?:reply|generated|created)\b|\bauto-?reply\b|\bdo not reply to this\b|\bdelivery status notification\b|\bmail delivery (?:failed|subsystem)\b|\bundelivered mail\b|\bpoza biurem\b|\bautomatyczna odpowiedź\b|\babwesenheitsnotiz\b|\bréponse automatique\b|\brespuesta automática\b|\brisposta automatica\b)`)
	injected  = regexp.MustCompile(`(?i)(?:\b(?:ignore|disregard|forget) (?:all |any |the |your )*(?:previous|prior|above|earlier)? ?(?:instructions?|rules|prompts?)|\broute (?:me|(?:this|the|my) ticket) (?:\w+ ){0,3}to\b|\b(?:set|mark|flag) (?:the |this |my )?(?:ticket |it )?(?:priority|urgency|as)\b.{0,20}\b(?:critical|highest|p1|urgent|verified|done)\b|\byou are (?:now )?(?:an? )?(?:ai|assistant|language model|support bot)\b|(?m:^\s*(?:\[?(?:system|assistant|developer)\]?\s*:|<\|?(?:system|im_start|assistant)))|\bsystem prompt\b|\b(?:zignoruj|pomiń|zapomnij) (?:wszystkie )?(?:poprzednie|wcześniejsze) (?:instrukcje|polecenia)|\bprzekieruj (?:mnie|to|zgłoszenie) do\b)`)
)

// isThanks reports whether a text thanks and says nothing else.
func isThanks(s string) bool {
	thankful := false
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if !politeWords[w] {
			return false
		}
		thankful = thankful || hasPrefix(w, thankWords)
	}
	return thankful
}

var (
	thankWords  = strings.Fields("thank thx cheers dzięk danke gracias merci grazie")
	politeWords = wordSet("ok okay great perfect super hi hello dear many so much very a lot all again both for your the quick help reply answer support that it works worked helped is working now you thanks thank thx cheers appreciated i appreciate really dziękuję dziękujemy dzięki bardzo serdecznie za pomoc odpowiedź szybką działa już pozdrawiam danke vielen dank gracias muchas merci beaucoup grazie mille and best regards have nice day everything fine solved")
)

// flags marks what a person should know before trusting the brief.
func (r *reading) flags() []triage.Flag {
	var out []triage.Flag
	add := func(yes bool, f triage.Flag) {
		if yes && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	body := r.body
	last := ""
	for _, n := range r.in.Ticket.CustomerMessages() {
		m := r.in.Ticket.N(n)
		add(len(m.Attachments) > 0, triage.FlagUnread)
		last = r.texts[n]
	}
	add(injected.MatchString(body), triage.FlagInstructions)
	add(legal.MatchString(body), triage.FlagLegal)
	add(len(last) < 400 && isThanks(strings.TrimSpace(ownWords(last))), triage.FlagThanksOnly)
	first := cutText(body, 400)
	add(automatic.MatchString(r.in.Ticket.Subject+"\n"+cutText(first, 200)) && !r.asked, triage.FlagAutomatic)
	add(r.shortened, triage.FlagShortened)
	return out
}

// urgency and tone go by the words used.
func (r *reading) urgency() triage.Urgency {
	switch {
	case critical.MatchString(r.body):
		return triage.UrgencyCritical
	case noHurry.MatchString(r.body):
		return triage.UrgencyLow
	case urgent.MatchString(r.body):
		return triage.UrgencyHigh
	}
	return triage.UrgencyNormal
}

func (r *reading) tone() string {
	switch {
	case angry.MatchString(r.body) || strings.Contains(r.body, "!!!"):
		return "angry"
	case unhappy.MatchString(r.body):
		return "frustrated"
	}
	return "calm"
}
