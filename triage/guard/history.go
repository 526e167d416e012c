package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"readback/triage"
	"readback/triage/extract/offline"
)

// A history is what the messages of a ticket hold that an answer may repeat.
// Everything in it carries the number of its message: an answer is read
// against what came before it.
type history struct {
	t       *triage.Ticket
	lang    string // the customer's, "" when it cannot be told
	deeds   []deed
	links   []linked
	values  []value
	answers []answer // what agents wrote
	common  map[concept]bool
	said    []deed                 // what they state in answer to something, whether or not it is a deed
	states  []deed                 // what they state to be so
	solved  int                    // number of the last customer message when it says that it works, else 0
	again   []int                  // messages that say that it broke again, or that something changed
	works   []int                  // messages that say that it works
	parts   map[int][]offline.Part // see partsOf
	about   *act                   // what the sentence before is about, for one that says "it"; nil at the beginning of a message
}

// A deed is something the customer says they did, or that something is right.
type deed struct {
	ev     triage.Evidence
	state  triage.ClaimState
	act    act
	pieces []act // of the parts that commas and "and" join
	denied bool  // ruled out as the cause, not done
	// reported is a sentence that tells of a deed by its form alone: it counts
	// for remedies.
	reported bool
	named    bool // only names what it was tried with: it counts for its remedies alone
	vain     bool // only says that what they were told did not help
	remedies []concept
}

// A linked is a page that somebody linked or read.
type linked struct {
	key      string // what addresses of one page share
	fragment string
	ev       triage.Evidence
	by       triage.Role
	read     bool // the customer says they read or followed it
}

// A value is something the customer gave.
type value struct {
	topic topic
	text  string
	ev    triage.Evidence // Kind event: known without their words
}

// An answer is what an agent wrote before.
type answer struct {
	message int
	w       *written
}

// maxRead bounds the messages that are read here, newest first: a draft is read
// against them while it is typed. What the brief holds of older ones is known all the same.
const maxRead = 200

// history reads a ticket. r may be nil.
func (g *Guard) history(t *triage.Ticket, r *triage.Result) *history {
	h := &history{t: t, common: map[concept]bool{}}
	if r != nil {
		h.fromBrief(t, r)
	}
	if r == nil || r.CoveredSeq < t.LastSeq { // what came since is read here
		h.fromWords(g, t, r)
	}
	if h.lang == "" {
		h.lang = customersLanguage(t)
	}
	seen := map[concept]int{}
	parts := 0
	for i := max(len(t.Messages)-maxRead, 0); i < len(t.Messages); i++ {
		m := &t.Messages[i]
		switch m.Role {
		case triage.RoleCustomer:
			h.customer(i+1, m, seen, &parts)
		case triage.RoleAgent:
			h.agent(i+1, m)
		}
	}
	for o, n := range seen {
		if n >= 4 && n*4 >= parts {
			h.common[o] = true
		}
	}
	for i := range h.deeds {
		if d := &h.deeds[i]; !d.denied && !d.reported {
			a := d.act
			if len(a.verbs) == 0 {
				a.verbs = map[concept]bool{"try": true} // "three cables"
			}
			d.remedies = a.remedied(d.act.many)
		}
	}
	slices.SortStableFunc(h.deeds, func(a, b deed) int { return a.ev.Message - b.ev.Message })
	return h
}

// customersLanguage tells the language of what customers wrote, "" when it is
// too little.
func customersLanguage(t *triage.Ticket) string {
	var all strings.Builder
	for i := range t.Messages {
		if m := &t.Messages[i]; m.Role == triage.RoleCustomer && all.Len() < MaxDraft {
			all.WriteString(cutRune(m.Text, min(len(m.Text), MaxDraft)))
			all.WriteByte('\n')
		}
	}
	return offline.Language(all.String())
}

// fromBrief takes what a triage understood.
func (h *history) fromBrief(t *triage.Ticket, r *triage.Result) {
	h.lang = r.Brief.Language
	for i := range r.Brief.Claims {
		c := &r.Brief.Claims[i]
		if !c.Said() {
			continue
		}
		for _, ev := range c.Evidence {
			if ev.Kind == triage.EvidenceQuote && (ev.Said == "" || ev.Said == triage.ClaimDone || ev.Said == triage.ClaimFailed) {
				h.deed(t, ev, c.State)
			}
		}
	}
	for _, d := range r.Brief.Documents {
		h.document(d.URL, d.Evidence)
	}
	for _, e := range r.Brief.Environment {
		h.environment(e.Kind, e.Value, e.Evidence)
	}
	for _, e := range r.Brief.Entities {
		h.entity(e.Kind, e.Value, e.Evidence)
	}
	for _, s := range r.Brief.Symptoms {
		h.symptom(s.Text, s.Evidence)
	}
	for _, d := range r.Facts.Device {
		if tp, ok := topicOfEnv[d.Kind]; ok && d.Value != "" && d.Value != "unknown" {
			h.values = append(h.values, value{tp, d.Value, triage.Evidence{Kind: triage.EvidenceEvent}})
		}
	}
	if a := r.Facts.Account; a != nil {
		h.values = append(h.values, value{topicAccount, a.ID, triage.Evidence{Kind: triage.EvidenceEvent}})
		if a.Plan != "" {
			h.values = append(h.values, value{topicPlan, a.Plan, triage.Evidence{Kind: triage.EvidenceEvent}})
		}
	}
}

// fromWords reads the customer's words with the offline extractor: what it
// proposes stands where it says, or is dropped. Messages that a result covers
// are the result's.
func (h *history) fromWords(g *Guard, t *triage.Ticket, r *triage.Result) {
	p := g.reader.Said(t)
	if h.lang == "" {
		h.lang = p.Language
	}
	at := func(qs []triage.Quote) (out []triage.Evidence) {
		for _, q := range qs {
			if m := t.N(q.Message); m != nil && (r == nil || m.Seq > r.CoveredSeq) && q.Text != "" && q.Start >= 0 && strings.HasPrefix(m.Text[min(q.Start, len(m.Text)):], q.Text) {
				out = append(out, quoteOf(t, q.Message, q.Start, q.Start+len(q.Text)))
			}
		}
		return out
	}
	for _, c := range p.Claims {
		if c.State == triage.ClaimDone || c.State == triage.ClaimFailed {
			for _, ev := range at(c.Quotes) {
				h.deed(t, ev, c.State)
			}
		}
	}
	for _, d := range p.Documents {
		h.document(d.URL, at(d.Quotes))
	}
	for _, e := range p.Environment {
		h.environment(triage.EnvKind(e.Kind), e.Value, at(e.Quotes))
	}
	for _, e := range p.Entities {
		h.entity(e.Kind, e.Value, at(e.Quotes))
	}
	for _, s := range p.Symptoms {
		h.symptom(s.Text, at(s.Quotes))
	}
}

// quoteOf is a piece of a message as evidence.
func quoteOf(t *triage.Ticket, n, start, end int) triage.Evidence {
	m := t.N(n)
	ev := triage.Evidence{Kind: triage.EvidenceQuote, Message: n, MessageID: m.ID, Start: start, End: end, Quote: m.Text[start:end]}
	if m.Role != triage.RoleCustomer {
		ev.By = m.Role
	}
	return ev
}

func (h *history) deed(t *triage.Ticket, ev triage.Evidence, state triage.ClaimState) {
	m := t.N(ev.Message)
	if m == nil || ev.End > len(m.Text) || ev.Start < 0 || ev.Start >= ev.End {
		return
	}
	d := deed{ev: ev, state: state, act: actOfText(ev.Quote)}
	if parts := joints.Split(ev.Quote, -1); len(parts) > 1 {
		done := slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return denied(offline.Words(part, "en")) })
		if len(done) > 0 && len(done) < len(parts) {
			d.act = actOfText(strings.Join(done, ", ")) // "clicked it, and now I can't log in"
			parts = done
		}
		for _, part := range parts {
			if a := actOfText(part); len(a.verbs) > 0 {
				a.sides = d.act.sides // "on the office PC, I cleared it"
				d.pieces = append(d.pieces, a)
			}
		}
	}
	h.deeds = append(h.deeds, d)
}

// joints are where a quotation may tell of another deed.
var joints = regexp.MustCompile(`(?i)[,;、]|\s(?:and|then|und|i|oraz|y|e|et|en)\s`)

// actOfText is the act of a quotation.
func actOfText(quote string) act {
	return actOf(quote, offline.Words(quote, "en")) // contractions only matter there
}

func (h *history) document(url string, evs []triage.Evidence) {
	if url == "" {
		return
	}
	for _, ev := range evs {
		key, fragment := pageKey(url)
		h.links = append(h.links, linked{key, fragment, ev, triage.RoleCustomer, true})
	}
}

func (h *history) environment(kind triage.EnvKind, text string, evs []triage.Evidence) {
	if tp, ok := topicOfEnv[kind]; ok {
		for _, ev := range evs {
			h.values = append(h.values, value{tp, text, ev})
		}
	}
}

func (h *history) entity(kind, text string, evs []triage.Evidence) {
	if tp, ok := topicOfEntity[kind]; ok {
		for _, ev := range evs {
			h.values = append(h.values, value{tp, text, ev})
		}
	}
}

func (h *history) symptom(text string, evs []triage.Evidence) {
	for _, ev := range evs {
		if quoted(ev.Quote) {
			h.values = append(h.values, value{topicError, text, ev})
		}
	}
}

// quoted reports whether words hold an error's own text: in quotation marks,
// with a code, or in a machine's spelling.
func quoted(s string) bool {
	return strings.ContainsAny(s, "\"“”„«`") || strings.Contains(s, "_") || strings.Contains(strings.ToLower(s), "error") && strings.ContainsAny(s, "0123456789:")
}

// agent takes what an agent's message told and linked.
func (h *history) agent(n int, m *triage.Message) {
	text := m.Text
	if len(text) > MaxDraft {
		text = cutRune(text, MaxDraft)
	}
	w := read(text, h.lang)
	h.answers = append(h.answers, answer{n, w})
	for _, a := range w.addresses {
		key, fragment := pageKey(text[a[0]:a[1]])
		h.links = append(h.links, linked{key, fragment, quoteOf(h.t, n, a[0], a[1]), triage.RoleAgent, false})
	}
}

func cutRune(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func picture(name string) bool {
	low := strings.ToLower(name)
	for _, end := range []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".bmp"} {
		if strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}
