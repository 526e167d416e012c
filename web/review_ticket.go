package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	offlinereader "readback/triage/extract/offline"
	"readback/triage/pipeline"
)

// reviewPage is one review: a ticket of it to be marked, or what it found.
type reviewPage struct {
	reviewHead
	Seed      int64
	Pool      int
	Mine      bool
	Published bool
	Undo      bool // there is a mark to take back
	Accuracy  *accuracyView
	Places    []reviewPlace
	Ticket    *reviewTicket // nil when all is marked, or for who does not mark it
}

type reviewPlace struct {
	N            int
	URL          string
	TicketURL    string
	Brief, Route string // in words, of a published one
	Done, Here   bool
}

// reviewTicket is a ticket as a reviewer sees it.
type reviewTicket struct {
	Place              int
	Title, TicketURL   string
	Gone               bool // its text was erased since
	Unchecked          bool // it is read for the review: no check looked
	Read, Later        []entry
	Happened           []happened
	Request, Summary   string
	Chips              []pick
	Next               next
	Procedure          string
	Steps              []reviewStep
	Reasons            []string
	Claims             []claimView
	Others             []other
	BriefIs, RouteIs   store.MarkIs
	BriefOut, RouteOut []markChoice
}

type reviewStep struct {
	Title, Binding string
	pick
	Next bool
}

// happened is something that was done with the ticket, by nobody in particular.
type happened struct {
	At   *stamp
	Text string
}

// markChoice is a button that marks.
type markChoice struct {
	Value   store.MarkIs
	Name    string
	Key     string
	Chosen  bool
	Spelled string // for the palette and screen readers
}

func (s *Server) review(c echo.Context) error {
	l := langOf(c.Request())
	r, err := s.Store.Review(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	p := reviewPage{reviewHead: l.reviewHead(&r), Seed: r.Seed, Pool: r.Pool, Mine: r.UserID == s.person(c).ID, Published: !r.EndedAt.IsZero()}
	last, _ := r.Last()
	p.Undo = last != nil && !p.Published
	place, _ := strconv.Atoi(c.QueryParam("at"))
	if place < 1 || place > len(r.Marks) {
		place = r.Next()
	}
	if p.Published || !p.Mine {
		place = 0
	}
	for i := range r.Marks {
		m := &r.Marks[i]
		x := reviewPlace{N: m.Place, URL: reviewURL(&r, m.Place), Done: m.Done(), Here: m.Place == place}
		if p.Published {
			x.TicketURL, x.Brief, x.Route = ticketURL(m.TicketID), l.t("review.is."+string(m.Brief)), l.t("review.is."+string(m.Route))
		}
		p.Places = append(p.Places, x)
	}
	if p.Published {
		a := r.Accuracy()
		p.Accuracy = l.accuracy(&a)
	}
	if place > 0 {
		if p.Ticket, err = s.reviewTicket(c, l, &r.Marks[place-1]); err != nil {
			return err
		}
	}
	out := s.page(c, l.t("review"), "review", p)
	out.Banner.Reader = "" // it would tell who read
	return s.render(c, http.StatusOK, "review_ticket.html", out)
}

// tellsReader are reasons that tell who read a ticket, and how sure they were.
var tellsReader = []string{"route.low_confidence", "route.extraction_failed", "route.degraded", "route.over_budget", "route.words_only"}

// reviewTicket shows what is judged against what happened.
func (s *Server) reviewTicket(c echo.Context, l lang, m *store.Mark) (*reviewTicket, error) {
	t, err := s.Store.Ticket(ctxOf(c), m.TicketID)
	if err != nil {
		return nil, err
	}
	r, err := s.judged(c, &t, m.Version)
	if err != nil {
		return nil, err
	}
	r.Route.Reasons = slices.DeleteFunc(r.Route.Reasons, func(x triage.Reason) bool { return slices.Contains(tellsReader, x.Code) })
	marks := collectMarks(&t, &r.Brief)
	b := &briefing{s: s, l: l, t: &t, r: r, marks: marks, now: s.Clock()}
	v := &reviewTicket{Place: m.Place, Title: l.title(&t, r), TicketURL: ticketURL(t.ID), BriefIs: m.Brief, RouteIs: m.Route, Gone: true,
		Request: r.Brief.Request.Text, Summary: r.Brief.Summary, Chips: b.chips(), Next: b.next(), Reasons: b.reasons(&r.Route)}
	for i, e := range s.thread(l, &t, marks, true) {
		v.Gone = v.Gone && t.Messages[i].Text == ""
		if t.Messages[i].Seq <= r.CoveredSeq {
			v.Read = append(v.Read, e)
		} else {
			v.Later = append(v.Later, e)
		}
	}
	lead := r.Leading()
	v.Steps, v.Procedure = b.reviewSteps(lead)
	for i := range r.Matters {
		if x := &r.Matters[i]; x != lead {
			o := b.other(x, fmt.Sprintf("o%d", i+1))
			v.Others = append(v.Others, other{Kind: o.Kind, Title: o.Title, Action: o.Action, Tier: o.Tier})
		}
	}
	for i := range r.Brief.Claims {
		claim := b.claim(&r.Brief.Claims[i])
		claim.Fix, claim.Said = nil, nil
		v.Claims = append(v.Claims, claim)
	}
	v.Unchecked = m.Version == 0
	v.BriefOut, v.RouteOut = l.markChoices("review.brief", m.Brief, 1), l.markChoices("review.route", m.Route, 4)
	v.Happened, err = b.happened(c)
	return v, err
}

// judged is the brief that is judged: the stored one or, of a ticket that was
// imported and that nobody read, one of what came before the first answer. That
// one is made here, by rules alone: no model is asked for a review, and no check
// looks at today's world.
func (s *Server) judged(c echo.Context, t *triage.Ticket, version int) (*triage.Result, error) {
	if version > 0 {
		return s.Store.Version(ctxOf(c), t.ID, version)
	}
	index, err := s.pastIndex()
	if err != nil {
		return nil, triage.Errorf(triage.Internal, "The search index cannot be built: %w", err)
	}
	first := *t
	first.Corrections = nil
	if answered := slices.IndexFunc(t.Messages, func(m triage.Message) bool { return m.Role == triage.RoleAgent }); answered > 0 {
		first.Messages = t.Messages[:answered]
	}
	first.LastSeq = first.Messages[len(first.Messages)-1].Seq
	r, err := pipeline.Replay(s.Workspace, index, offlinereader.New(s.Workspace), &triage.Result{At: t.CreatedAt}).Triage(ctxOf(c), &first, nil)
	return &r, err
}

func (b *briefing) reviewSteps(m *triage.Matter) (out []reviewStep, procedure string) {
	if m == nil || m.Procedure == "" {
		return nil, ""
	}
	for i := range m.Positions {
		p := &m.Positions[i]
		for j := range p.Steps {
			st := &p.Steps[j]
			x := reviewStep{Title: b.s.stepTitle(b.l, m.Procedure, st.ID), Binding: triage.BindingText(p.Inputs), Next: p.Next != nil && p.Next.Step == st.ID}
			x.pick, _ = b.l.stepWords(st, b.replacer(m.Procedure, b.s.Workspace.Procedure(m.Procedure), st.ID), nil)
			out = append(out, x)
		}
	}
	return out, b.s.procedureTitle(b.l, m.Procedure)
}

// happened tells what staff did with a ticket, and how it ended; without names.
func (b *briefing) happened(c echo.Context) (out []happened, err error) {
	d, err := b.s.Store.Desk(ctxOf(c), b.t.ID, "")
	if err != nil {
		return nil, err
	}
	for _, h := range slices.Backward(d.Handovers) {
		code := "review.handed"
		if !h.UndoneAt.IsZero() {
			code = "review.handed.undone"
		}
		out = append(out, happened{b.l.stamp(h.At, b.now), b.l.t(code, "from", b.s.tierName(h.From), "to", b.s.tierName(h.To), "why", b.l.named("handover.why.", h.Why, h.Why))})
	}
	for i := range b.t.Corrections {
		x := &b.t.Corrections[i]
		out = append(out, happened{b.l.stamp(x.At, b.now), b.l.t("review.corrected."+string(x.Role), "what", b.saidWhat(x))})
	}
	slices.SortStableFunc(out, func(x, y happened) int {
		if x.At == nil || y.At == nil || x.At.ISO == y.At.ISO {
			return 0
		}
		return map[bool]int{true: -1, false: 1}[x.At.ISO < y.At.ISO]
	})
	end := happened{Text: b.l.t("review.still."+string(b.t.State), "tier", b.s.tierName(d.Tier))}
	there, err := b.s.Store.ImportedFrom(ctxOf(c), b.t.ID)
	if err != nil && triage.CodeOf(err) != triage.NotFound {
		return nil, err
	}
	switch {
	case err == nil && b.t.State == triage.StateResolved:
		end.Text = b.l.t("review.imported", "state", cmp.Or(there.State, "–"), "team", cmp.Or(b.teams(&there), "–"))
	case b.t.State == triage.StateResolved:
		end.Text = b.l.t("review.resolved", "tier", b.s.tierName(d.Tier), "why", b.l.named("web.resolved.", string(d.Resolution), string(d.Resolution)))
	}
	return append(out, end), nil
}

// teams are those that answered an imported ticket, in their order, and the one
// that had it in the end.
func (b *briefing) teams(there *store.Imported) string {
	var out []string
	for i := range b.t.Messages {
		out = append(out, there.Writers[b.t.Messages[i].ID].Team)
	}
	out = slices.DeleteFunc(append(out, there.Team), func(team string) bool { return team == "" })
	return strings.Join(slices.Compact(out), " → ")
}

// markChoices are the buttons of a question; the first has the key first.
func (l lang) markChoices(code string, is store.MarkIs, first int) (out []markChoice) {
	for i, v := range []store.MarkIs{store.MarkRight, store.MarkWrong, store.MarkUnclear} {
		name := l.t("review.is." + string(v))
		out = append(out, markChoice{Value: v, Name: name, Key: strconv.Itoa(first + i), Chosen: v == is, Spelled: l.t(code) + ": " + name})
	}
	return out
}
