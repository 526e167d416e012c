package offline

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/ground"
)

// Shapes of sentences that ask, strongest first, in the languages read.
var asks = []struct {
	weight int
	shape  shape
}{
	{4, says(pleas)},
	{3, says(`(?:i|we) (?:would )?(?:need|want|like|request)|d (?:like|need|want)|how (?:do|can|to|should)|what (?:do|should|is|are)|why (?:is|are|do|does|did|can)|is there|is it possible|any(?:one)? ideas?|help(?: me| us)?|chciał\p{L}+|chcemy|chcę|potrzebuję|potrzebujemy|prośba|jak (?:mogę|możemy|to|włączyć|zrobić)|ich möchte|wir möchten|ich brauche|wie kann|quiero|necesit\p{L}+|cómo|je voudrais|ai besoin|comment|vorrei|come posso`)},
}

// request finds the sentence that asks. Without one it is the subject, or the
// first thing said.
func (r *reading) request() (best *sentence, weight int) {
	for i := range r.sentences {
		se := &r.sentences[i]
		if se.pasted || len(se.text) < 8 || len(se.words) < 3 && !strings.ContainsFunc(se.text, isWide) || strings.HasPrefix(se.text, "http") || isThanks(se.text) {
			continue
		}
		w := se.pleads()
		if w > 1 && se.message == r.sentences[0].message {
			w++
		}
		if w > weight && !empty(se) {
			best, weight = se, w
		}
	}
	if weight > 1 {
		return best, weight
	}
	for _, fits := range []func(*sentence) bool{ordered, func(se *sentence) bool { return !empty(se) }, func(*sentence) bool { return true }} {
		for i := range r.sentences {
			if se := &r.sentences[i]; !se.pasted && fits(se) && (len(se.words) > 2 || strings.ContainsFunc(se.text, isWide)) {
				return se, weight
			}
		}
	}
	return nil, 0
}

// ordered reports whether a sentence opens with an act of the vendor's staff.
func ordered(se *sentence) bool { return se.opens(staffOrder) }

var staffOrder = opening(strings.Join(staffActs, "|"))

// empty reports whether a sentence says nothing of what it is about: a
// salutation, or a shout of a word or two.
func empty(se *sentence) bool {
	n := 0
	for _, w := range se.words {
		if !w.punct && strings.ContainsFunc(w.low, unicode.IsLetter) {
			n++
		}
	}
	if strings.ContainsFunc(se.text, isWide) {
		return false
	}
	return n <= 2 && strings.HasSuffix(se.text, "!") || n <= 6 && salutation.MatchString(se.text)
}

var salutation = regexp.MustCompile(`(?i)^(?:dear|hi|hello|hey|good (?:morning|day|afternoon|evening)|greetings|to whom|szanown\p{L}+|dzień dobry|witam|cześć|sehr geehrte\p{L}*|guten (?:tag|morgen|abend)|hallo|liebe\p{L}*|hola|buen[oa]s|estimad\p{L}+|bonjour|buongiorno)\b[^.?!]{0,60}[,!]?$`)

// pleads tells how clearly the sentence asks, 0 for not at all. It is looked at
// once.
func (se *sentence) pleads() int {
	if se.plea > 0 {
		return se.plea - 1
	}
	w := 0
	for _, a := range asks {
		if se.holds(a.shape) {
			w = a.weight
			break
		}
	}
	if w == 0 && se.opens(wanting) {
		w = 3
	}
	if w == 0 && containsAny(se.text, asksBare) {
		w = 4
	}
	if se.question {
		w += 2
	}
	if w > 0 && se.holds(staffVerb) {
		w += 2
	}
	if se.opens(vague) || se.opens(forbids) {
		w = min(w, 1)
	}
	se.plea = w + 1
	return w
}

// wanting opens a request that leaves its writer out: "want to go down a plan".
var wanting = opening(`(?:want(?:ing)?|need|looking|trying|would like|like|wanna|hoping) \p{L}+`)

// forbids says what not to do, which is no request.
var forbids = opening(`please (?:do not|don['’]t|stop|no more)|do not|don['’]t|stop|no more|proszę (?:nie|przestańcie)|nie|przestańcie|bitte (?:nicht|keine)`)

// vague asks nothing in particular.
var vague = opening(`please help|please see|see the|any help|can you help|could you help|help me|any ideas?|please advise|what now|proszę o pomoc|pomocy|bitte um hilfe|podéis ayudarme|aidez`)

// staffVerb is a plea followed in the same sentence by an act that only the
// vendor's staff can do to an account.
var staffVerb = says(`(?:` + pleas + `)[^\p{L}.!?](?:[^.!?\n]{0,60}?[^\p{L}])??(?:` + strings.Join(staffActs, "|") + `)`)

const pleas = `please|pls|plz|can you|could you|would you|kindly|need you to|want you to|ask you to|` +
	`proszę|prosimy|poproszę|prośba|czy możecie|czy mogą państwo|czy mogliby\p{L}*|czy może(?:my)?|możecie|` +
	`bitte|können sie|könnten sie|könnt ihr|por favor|rogamos|ruego|podéis|pueden|podrían|pouvez-vous|pourriez-vous|merci de|potete|potreste|per favore|podem|poderiam|kunnen jullie|kunt u|graag`

var staffActs = []string{
	`switch(?:ing)?|turn(?:ing)? (?:[\p{L}\d]+ ){0,4}(?:on|off)|flip|enabl(?:e|ing)|activat(?:e|ing)|cancel(?:lation)?|refund|unlock|unblock|reset`,
	`whitelist|allowlist|reinstate|unsuspend|delet(?:e|ion)|eras(?:e|ure)|remov(?:e|al)|close (?:my|our|the|this)|(?:upgrade|downgrade) (?:me|us|my|our)`,
	`assign|restore|lift|approve|escalate|credit (?:me|us|my|our)|provision`,
	`(?:włącz|przełącz|aktyw|odblok|anulu|zwró|zwrot|usuń|usun|skasu|zresetu|przywr|przypis|zamkn|wyłącz)\p{L}*`,
	`schalte[nt]? (?:[\p{L}\d]+ ){0,4}(?:frei|ein|an|um)`,
	`(?:aktivier|reaktivier|freischalt|umschalt|einschalt|kündig|storn|entsperr|lösch|erstatt|schick|beheb|verlänger|wiederherstell)\p{L}*`,
	`(?:activ(?:en|ar|ad|ac)|reactiv(?:en|ar|ad|ac)|reativ|reembols|desbloqu|elimin|borr|devol|restable)\p{L}*|cancel(?:ar|en|ad)\p{L}*`,
	`(?:annul|rembours|débloqu|supprim|réactiv|rétabl|attiv|riattiv|annull|rimbors|sblocc|cancell|rinnov|ripristin|nakijk|verleng|terugbet)\p{L}*`,
}

// yourSide says whose the next step is.
var yourSide = says(`(?:on|at) your (?:side|end)|po (?:państwa|waszej) stronie|auf ihrer seite|von ihrer seite|por su parte|de su lado|de votre côté|da parte vostra|aan jullie kant|貴社側`)

// asksForAct reports whether an English sentence politely asks the reader for
// an act: "could you please renew it". Who asks for an answer, asks for no act.
func asksForAct(se *sentence) bool {
	plea := false
	for i, w := range se.words {
		switch {
		case w.quoted || w.punct:
		case pleaWords[w.low]:
			plea = true
		case asked[w.low] && i > 0 && modals[se.words[i-1].low]:
			plea = true
		case plea && fillers[w.low]:
		case plea:
			if len(w.low) > 2 && !answers[w.low] && !isStopWord(w.low) {
				return true
			}
			plea = false
		}
	}
	return false
}

var (
	pleaWords = wordSet("please pls plz kindly")
	modals    = wordSet("can could would will")
	asked     = wordSet("you someone somebody anyone anybody")
	fillers   = wordSet("please kindly also just now then therefore at least for me us you someone once again asap quickly")
	answers   = wordSet("help advise assist tell let explain suggest point share guide see find note check confirm clarify show recommend take look provide give " +
		"reply respond answer describe try have read refer understand forgive excuse feel keep stop know say mind fix consider correct bear ignore support believe imagine think include add make test use")
)

// needsStaff reports whether what is left is for the vendor's people: they
// are asked for an act, another party has passed the customer on, or all that
// a customer can do for the procedure is said to be done.
func (r *reading) needsStaff(claims []triage.ProposedClaim, contacted bool) bool {
	for i := range r.sentences {
		se := &r.sentences[i]
		if !se.pasted && (se.holds(staffVerb) || asksForAct(se) || se.holds(yourSide) && (se.question || pleaOf(se.text))) && !se.holds(howTo) {
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
)

// flags marks what a person should know before trusting the brief.
func (r *reading) flags() []triage.Flag {
	var out []triage.Flag
	add := func(yes bool, f triage.Flag) {
		if yes && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	last := ""
	for _, n := range r.in.Ticket.CustomerMessages() {
		m := r.in.Ticket.N(n)
		add(len(m.Attachments) > 0, triage.FlagUnread)
		last = r.texts[n]
	}
	add(r.looked.holds(legal), triage.FlagLegal)
	add(len(last) < 400 && onlyThanks(strings.TrimSpace(ground.Own(last, ground.Regions(last)))), triage.FlagThanksOnly)
	add(r.isAutomatic(), triage.FlagAutomatic)
	add(r.shortened, triage.FlagShortened)
	return out
}

// urgency and tone go by the words used.
func (r *reading) urgency() triage.Urgency {
	switch {
	case r.looked.holds(critical):
		return triage.UrgencyCritical
	case r.looked.holds(noHurry):
		return triage.UrgencyLow
	case r.looked.holds(urgent):
		return triage.UrgencyHigh
	}
	return triage.UrgencyNormal
}

func (r *reading) tone() string {
	switch {
	case r.looked.holds(angry) || strings.Contains(r.body, "!!!"):
		return "angry"
	case r.looked.holds(unhappy):
		return "frustrated"
	}
	return "calm"
}
