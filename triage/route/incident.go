package route

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// CodeIncident is the reason of a route by an incident, whose id is the
// parameter "incident".
const CodeIncident = "route.incident"

// Report is what the search for incidents knows of one ticket: that a
// customer says something does not work, where, and in which words.
type Report struct {
	Ticket   string
	Customer string    // whom it is from; reports of one customer count once, and all of "" do
	At       time.Time // when the ticket came
	Kind     triage.Kind
	Area     string   // "" when unknown
	Terms    []string // of the request and the symptoms, as the search index cuts them, sorted
	Marks    []string // error codes and names in capitals in their first message, the same in every language, sorted
	// Explained: a check of ours saw a step of the customer's open, so the trouble has its own cause.
	Explained bool
}

// NewReport reads a report off a matter of a result and the customer's first
// message. Ticket, Customer and At are the caller's.
func NewReport(w *knowledge.Workspace, r *triage.Result, m *triage.Matter, first string) Report {
	text := r.Brief.Request.Text
	for _, s := range r.Brief.Symptoms {
		text += "\n" + s.Text
	}
	rep := Report{Kind: m.Kind, Area: Area(w, r, m), Terms: knowledge.Terms(text, r.Brief.Language), Marks: marks(first)}
	if i := Worst(m.Positions); i >= 0 {
		if n := m.Positions[i].Next; n != nil && n.By == knowledge.Customer {
			rep.Explained = m.Positions[i].Step(n.Step).Basis == triage.Seen
		}
	}
	return rep
}

// Area is the part of the platform that a matter is about: that of its
// procedure, else that of the help pages which the customer has read, when all
// of them have the same; "" when it cannot be told.
func Area(w *knowledge.Workspace, r *triage.Result, m *triage.Matter) string {
	if p := w.Procedure(m.Procedure); p != nil {
		return p.Area
	}
	area := ""
	for i := range r.Brief.Documents {
		p := w.Procedure(r.Brief.Documents[i].Topic)
		if p == nil || slices.ContainsFunc(r.Matters, func(other triage.Matter) bool { return other.Procedure == p.ID }) {
			continue // unknown, or about another matter
		}
		if area != "" && p.Area != area {
			return ""
		}
		area = p.Area
	}
	return area
}

// mark matches what is written alike in every language: a status (503, 5.7.1),
// a code (E1234, ERR-77) and a name in capitals (API, SMTP). Times, dates and
// counts are none.
var mark = regexp.MustCompile(`(?:^|[^\p{Latin}\d.:/-])([45]\d\d|[45]\.\d\.\d{1,2}|[A-Z]{1,6}[-_]?\d{2,}|[A-Z]{2,})(?:[^\p{Latin}\d.:/]|[.:](?:\D|$)|$)`)

// maxMarked bounds the text that is searched for marks, in bytes.
const maxMarked = 4000

func marks(text string) []string {
	var out []string
	text = text[:min(len(text), maxMarked)]
	for len(text) > 0 {
		at := mark.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		out = append(out, text[at[2]:at[3]])
		text = text[at[3]:] // what ends one mark may begin the next
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// troubled reports whether a matter of that kind says that something does not work.
func troubled(k triage.Kind) bool { return k == triage.KindBroken || k == triage.KindIncident }

// mayBe reports whether one of that kind can be part of an incident. Of what no
// kind fits only the words can tell.
func mayBe(k triage.Kind) bool { return troubled(k) || k == triage.KindOther }

// Two texts are alike when they share that many terms, and that part of all
// terms of both. Measured on short messages in incident_test.go.
const (
	likeTerms = 3
	likePart  = 0.4
)

// Like reports whether two reports may be of one incident. Two areas that are
// known decide; else both ask about an outage, or name the same code and the
// same thing, or share a word that spikes, or use the same words.
func Like(a, b *Report, spikes Spikes) bool {
	if !mayBe(a.Kind) || !mayBe(b.Kind) || a.Explained || b.Explained {
		return false
	}
	if a.Area != "" && b.Area != "" {
		return a.Area == b.Area && troubled(a.Kind) && troubled(b.Kind)
	}
	same := common(a.Marks, b.Marks)
	if a.Kind == triage.KindIncident && b.Kind == triage.KindIncident {
		return hasCode(same) || !hasCode(a.Marks) || !hasCode(b.Marks)
	}
	if len(same) >= 2 && hasCode(same) || spikes.share(a.Terms, b.Terms) {
		return true
	}
	n := len(common(a.Terms, b.Terms))
	return n >= likeTerms && float64(n) >= likePart*float64(len(a.Terms)+len(b.Terms)-n)
}

// hasCode tells codes from names: a code has a digit.
func hasCode(marks []string) bool {
	return slices.ContainsFunc(marks, func(m string) bool { return digits(m) != "" })
}

// common returns what two sorted lists share.
func common(a, b []string) (out []string) {
	for len(a) > 0 && len(b) > 0 {
		switch c := cmp.Compare(a[0], b[0]); {
		case c < 0:
			a = a[1:]
		case c > 0:
			b = b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return out
}

// Burst is a group of like tickets that came within the policy's time.
type Burst struct {
	Area    string   // "" when none of them names one
	Marks   []string // those that more than half of their customers name
	Tickets []string // in order of arrival
}

// Bursts finds the groups of reports that are like their first one, come
// within the policy's time of it, and are of as many customers as the policy
// asks for. The largest group is taken first; a ticket is in one group only.
// Two of a group at least say that something does not work.
func Bursts(reports []Report, spikes Spikes, policy knowledge.IncidentPolicy) []Burst {
	rest := slices.DeleteFunc(slices.Clone(reports), func(r Report) bool { return !mayBe(r.Kind) || r.Explained })
	slices.SortFunc(rest, func(a, b Report) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ticket, b.Ticket)) })
	var groups []group
	for first := range rest {
		if g := groupOf(rest[first:], spikes, policy.Within); g.customers() >= policy.Tickets {
			groups = append(groups, g)
		}
	}
	var out []Burst
	for {
		slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.customers(), a.customers()) })
		if len(groups) == 0 || groups[0].customers() < policy.Tickets {
			return out
		}
		burst := Burst{Area: groups[0].area, Marks: groups[0].marks()}
		for _, r := range groups[0].reports {
			burst.Tickets = append(burst.Tickets, r.Ticket)
		}
		out = append(out, burst)
		// A ticket is in one burst only; without its first a group has nothing in common.
		taken := func(r *Report) bool { return slices.Contains(burst.Tickets, r.Ticket) }
		groups = slices.DeleteFunc(groups, func(g group) bool { return taken(g.reports[0]) })
		for i := range groups {
			groups[i].reports = slices.DeleteFunc(groups[i].reports, taken)
		}
	}
}

type group struct {
	area    string // of at least half of the reports, "" without
	reports []*Report
}

// customers counts them, none when fewer than two reports tell of trouble.
func (g *group) customers() int {
	seen, troubles := map[string]bool{}, 0
	for _, r := range g.reports {
		seen[r.Customer] = true
		if troubled(r.Kind) {
			troubles++
		}
	}
	if troubles < 2 {
		return 0
	}
	return len(seen)
}

// marks returns the marks that most customers of a group name, names before
// codes: no one customer's words, however often they wrote.
func (g *group) marks() (out []string) {
	customers, by := map[string]bool{}, map[string]map[string]bool{}
	for _, r := range g.reports {
		customers[r.Customer] = true
		for _, m := range r.Marks {
			if by[m] == nil {
				by[m] = map[string]bool{}
			}
			by[m][r.Customer] = true
		}
	}
	for m, who := range by {
		if 2*len(who) > len(customers) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(strings.Compare(digits(a), digits(b)), strings.Compare(a, b))
	})
	return out
}

// digits is "" for a mark without any.
func digits(mark string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, mark)
}

// groupOf takes the reports that are like the first. Those that name another
// area than most do are left out: like the first does not mean like each other.
func groupOf(reports []Report, spikes Spikes, within time.Duration) group {
	first := &reports[0]
	var g group
	areas := map[string]int{}
	for i := range reports {
		r := &reports[i]
		if r.At.Sub(first.At) > within {
			break
		}
		if i == 0 || Like(first, r, spikes) {
			g.reports = append(g.reports, r)
			areas[r.Area]++
		}
	}
	delete(areas, "")
	most := ""
	for area, n := range areas {
		if n > areas[most] || n == areas[most] && area < most {
			most = area
		}
	}
	g.reports = slices.DeleteFunc(g.reports, func(r *Report) bool { return r.Area != "" && r.Area != most })
	// A few that know their area do not name what the others share: confirmed
	// for an area, an incident takes all trouble there.
	if 2*areas[most] >= len(g.reports) {
		g.area = most
	}
	return g
}

// Incident is one that a lead has confirmed, as the triage of a ticket sees it.
type Incident struct {
	ID, Title string
	Area      string   // "" when it is of no one area
	Tier      string   // that owns it
	Reports   []Report // some of its tickets
	Spikes    Spikes   // of late, nil when nobody looked
	// Linked: the ticket is part of it already; ByHand: because a person said
	// so. Unlinked: a person said that it is not.
	Linked, ByHand, Unlinked bool
}

// Takes reports whether a report is of the incident: of its area, or like two
// of its tickets.
func (inc *Incident) Takes(r *Report) bool {
	if !mayBe(r.Kind) || r.Explained {
		return false
	}
	if inc.Area != "" && r.Area != "" {
		return inc.Area == r.Area && troubled(r.Kind)
	}
	like := 0
	for i := range inc.Reports {
		if inc.Reports[i].Ticket != r.Ticket && Like(r, &inc.Reports[i], inc.Spikes) {
			like++
		}
	}
	return like >= min(2, len(inc.Reports)) && like > 0
}

// Matters returns which matters of a result, by place, the incident takes:
// those that fit it; of a linked ticket else the first in which something does
// not work, or simply the first when a person linked it. first is the
// customer's first message.
func (inc *Incident) Matters(w *knowledge.Workspace, r *triage.Result, first string) []int {
	if inc.Unlinked {
		return nil
	}
	var out []int
	broken := -1
	for i := range r.Matters {
		report := NewReport(w, r, &r.Matters[i], first)
		report.Ticket = r.TicketID
		if inc.Takes(&report) {
			out = append(out, i)
		}
		if broken < 0 && troubled(r.Matters[i].Kind) {
			broken = i
		}
	}
	switch {
	case len(out) > 0 || !inc.Linked:
		return out
	case broken >= 0:
		return []int{broken}
	case inc.ByHand:
		return []int{0}
	}
	return nil
}
