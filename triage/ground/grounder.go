package ground

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"readback/triage"
)

// Grounder finds quotations in one ticket. It folds each message once, when
// it is first needed, and is not safe for use by several goroutines.
type Grounder struct {
	ticket   *triage.Ticket
	messages map[int]*message
	parts    map[int]bool // of InParts; nil = not looked for
}

type message struct {
	text    *Text
	regions []Region
}

// New returns a Grounder for the ticket, whose messages must not change while
// it is used.
func New(ticket *triage.Ticket) *Grounder {
	return &Grounder{ticket: ticket, messages: map[int]*message{}}
}

// Quote finds q in what the customer wrote: not in quoted history, in a
// signature, in an instruction to software or in anybody else's message. The message named by q is searched
// first, then the others by distance; of several places a verbatim one wins,
// then the one nearest to q.Start. ok is false when it is nowhere.
func (g *Grounder) Quote(q triage.Quote) (ev triage.Evidence, ok bool) {
	for _, n := range g.order(q.Message) {
		m := g.message(n)
		best, found := Span{}, false
		for _, s := range m.text.Find(q.Text) {
			if !m.counts(s) {
				continue
			}
			if !found || nearer(m.text.body, s, best, q) {
				best, found = s, true
			}
		}
		if found {
			return triage.Evidence{Kind: triage.EvidenceQuote, Message: n, MessageID: g.ticket.N(n).ID,
				Start: best.Start, End: best.End, Quote: m.text.body[best.Start:best.End]}, true
		}
	}
	return triage.Evidence{}, false
}

// order lists the customer's messages, the hinted one first, then by
// distance from it; without a hint from the first on.
func (g *Grounder) order(hint int) []int {
	all := g.ticket.CustomerMessages()
	if hint < 1 || hint > len(g.ticket.Messages) {
		return all
	}
	lo, hi := -1, len(all)
	for i, n := range all {
		if n <= hint {
			lo = i
		} else {
			hi = i
			break
		}
	}
	out := make([]int, 0, len(all))
	for lo >= 0 || hi < len(all) {
		if hi >= len(all) || lo >= 0 && hint-all[lo] <= all[hi]-hint {
			out = append(out, all[lo])
			lo--
			continue
		}
		out = append(out, all[hi])
		hi++
	}
	return out
}

func (g *Grounder) message(n int) *message {
	m := g.messages[n]
	if m == nil {
		body := g.ticket.N(n).Text
		m = &message{text: Fold(body), regions: Regions(body)}
		if g.parts == nil {
			g.parts = InParts(g.ticket)
		}
		if g.parts[n] {
			m.regions = []Region{{Span{0, len(body)}, Instruction}}
		}
		g.messages[n] = m
	}
	return m
}

// counts reports whether a place lies outside every region.
func (m *message) counts(s Span) bool {
	for _, r := range m.regions {
		if s.Start < r.End && r.Start < s.End {
			return false
		}
	}
	return true
}

// nearer reports whether place a answers q better than place b.
func nearer(body string, a, b Span, q triage.Quote) bool {
	want := strings.TrimSpace(q.Text)
	exactA, exactB := body[a.Start:a.End] == want, body[b.Start:b.End] == want
	if exactA != exactB {
		return exactA
	}
	return q.Start >= 0 && distance(a.Start, q.Start) < distance(b.Start, q.Start)
}

func distance(a, b int) int { return max(a-b, b-a) }

// Value reports whether a value (a domain, an amount, an id) stands inside
// one of its own quotes as a whole: foxglove.example does not stand inside
// my-foxglove.example.
func (g *Grounder) Value(value string, ev []triage.Evidence) bool {
	for _, e := range ev {
		t := Fold(e.Quote)
		for _, s := range t.Find(value) {
			if !identifier(value) || standsAlone(e.Quote, s) {
				return true
			}
		}
	}
	return false
}

// identifier reports whether a value's parts are joined by marks, so that a
// neighbouring mark makes it a part of a longer one.
func identifier(value string) bool {
	return strings.ContainsAny(value, ".@/-_0123456789")
}

// standsAlone reports whether no hyphen or dot ties the span to more letters
// or digits.
func standsAlone(text string, s Span) bool {
	if before, n := utf8.DecodeLastRuneInString(text[:s.Start]); before == '-' || before == '.' {
		if r, _ := utf8.DecodeLastRuneInString(text[:s.Start-n]); isWord(r) {
			return false
		}
	}
	if after, n := utf8.DecodeRuneInString(text[s.End:]); after == '-' || after == '.' {
		if r, _ := utf8.DecodeRuneInString(text[s.End+n:]); isWord(r) {
			return false
		}
	}
	return true
}

// negators turn a statement round when they stand just outside a quotation.
var negators = map[string]bool{
	"not": true, "never": true, "no": true, "without": true, "cannot": true, "neither": true, "nor": true,
	"nie": true, "nigdy": true, "bez": true,
	"nicht": true, "kein": true, "keine": true, "keinen": true, "ohne": true,
	"pas": true, "jamais": true, "sans": true,
	"nunca": true, "sin": true, "jamás": true,
	"non": true, "mai": true, "senza": true,
}

// reach is how many words before a quotation can negate it; after it one can.
const reach = 3

// NegatedOutside reports whether a negator stands just outside the span of
// ev, in the same clause: "I did not [add the record]".
func (g *Grounder) NegatedOutside(ev triage.Evidence) bool {
	m := g.ticket.N(ev.Message)
	if m == nil || ev.Start < 0 || ev.End > len(m.Text) || ev.Start > ev.End {
		return false
	}
	before := m.Text[:ev.Start]
	if i := strings.LastIndexFunc(before, endsClause); i >= 0 {
		before = before[i:]
	}
	words := strings.FieldsFunc(Folded(before), notWord)
	for _, w := range words[max(0, len(words)-reach):] {
		if isNegator(w) {
			return true
		}
	}
	if last, _ := utf8.DecodeLastRuneInString(m.Text[ev.Start:ev.End]); endsClause(last) {
		return false // what comes after is another clause
	}
	after := m.Text[ev.End:]
	if i := strings.IndexFunc(after, endsClause); i >= 0 {
		after = after[:i]
	}
	words = strings.FieldsFunc(Folded(after), notWord)
	return len(words) > 0 && isNegator(words[0])
}

func isNegator(w string) bool { return negators[w] || strings.HasSuffix(w, "n't") }

func notWord(r rune) bool { return !isWord(r) && r != '\'' }

func endsClause(r rune) bool {
	return strings.ContainsRune(".!?;:,\n()", r) || unicode.Is(unicode.Zl, r)
}
