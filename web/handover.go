package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/route"
)

// handoverPage asks why a ticket goes to another tier, and shows what they see.
type handoverPage struct {
	ID, Title, URL string
	Tier           string // that has it
	Tiers          []choice
	Whys           []choice
	Lines          []string // what the next tier reads first
	Notice         string   // what the customer is told
	Lang           string   // of the notice
	Tell           bool     // ticked at first
}

func (s *Server) handoverPage(c echo.Context) error {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	if t.ID != c.Param("id") {
		return c.Redirect(http.StatusSeeOther, ticketURL(t.ID)+"/handover")
	}
	l := langOf(c.Request())
	d, err := s.Store.Desk(ctxOf(c), t.ID, s.person(c).ID)
	if err != nil {
		return err
	}
	b := &briefing{s: s, l: l, t: &t, r: r, marks: &marks{}, now: s.Clock()}
	p := handoverPage{ID: t.ID, Title: l.title(&t, r), URL: ticketURL(t.ID), Tier: s.tierName(d.Tier), Lines: b.handoverLines(), Lang: b.lang(), Tell: t.Channel != triage.ChannelAPI}
	own := ""
	if r != nil && r.Position != nil && r.Position.Next != nil {
		own, _ = s.Workspace.Holder(r.Position.Next.Capability)
	}
	for _, tier := range s.Workspace.Tiers {
		if tier.ID != d.Tier {
			p.Tiers = append(p.Tiers, choice{tier.ID, s.tierName(tier.ID), tier.ID == own})
		}
	}
	for _, why := range store.WhyHandedOver {
		p.Whys = append(p.Whys, choice{why, l.t("web.handover.why." + why), false})
	}
	if len(p.Tiers) > 0 {
		p.Notice = route.HandedText(p.Lang, "…", s.Workspace)
	}
	return s.render(c, http.StatusOK, "handover.html", s.page(c, l.t("web.handover.title", "title", p.Title), "move", p))
}

// handoverLines are the five lines that the next tier reads first: what is
// wanted, what is done, what is open, what is known, why it is where it is.
func (b *briefing) handoverLines() []string {
	if b.r == nil {
		return []string{oneLine(openingWords(b.t), 200)}
	}
	line := func(code, value string) string { return b.l.t("web.handover.line."+code, "value", value) }
	out := []string{line("want", oneLine(firstNonEmpty(b.r.Brief.Request.Text, b.t.Subject, openingWords(b.t)), 200))}
	var done, open []string
	if lead := b.lead(); lead != nil && lead.Procedure != "" {
		for _, id := range stepOrder(b.s.Workspace.Procedure(lead.Procedure), lead) {
			title, state := b.s.stepTitle(b.l, lead.Procedure, id), b.worstState(lead, id)
			switch state {
			case triage.StepVerified, triage.StepSuperseded:
				done = append(done, title+" ("+b.l.t("web.handover.seen")+")")
			case triage.StepDone:
				done = append(done, title+" ("+b.l.t("web.handover.said")+")")
			default:
				open = append(open, title)
			}
		}
	} else {
		for i := range b.r.Brief.Claims {
			done = append(done, oneLine(b.r.Brief.Claims[i].What, 80))
		}
	}
	out = append(out, line("done", orNone(b.l, done)), line("open", orNone(b.l, open)))
	var known []string
	for _, e := range b.r.Brief.Environment {
		known = append(known, e.Value)
	}
	if a := b.r.Facts.Account; a != nil {
		known = append([]string{a.ID + " " + a.Plan}, known...)
	}
	out = append(out, line("known", orNone(b.l, slices.Compact(known))))
	if reasons := b.reasons(&b.r.Route); len(reasons) > 0 {
		out = append(out, line("why", reasons[0]))
	}
	return out
}

// worstState is the state of a step where it is furthest from done.
func (b *briefing) worstState(m *triage.Matter, id string) triage.StepState {
	worst := triage.StepVerified
	order := []triage.StepState{triage.StepVerified, triage.StepSuperseded, triage.StepDone}
	for i := range m.Positions {
		if st := m.Positions[i].Step(id); st != nil {
			if at := slices.Index(order, st.State); at < 0 {
				return st.State
			} else if at > slices.Index(order, worst) {
				worst = st.State
			}
		}
	}
	return worst
}

func orNone(l lang, list []string) string {
	if len(list) == 0 {
		return l.t("web.handover.nothing")
	}
	return strings.Join(list, "; ")
}

func firstNonEmpty(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func openingWords(t *triage.Ticket) string {
	for i := range t.Messages {
		if t.Messages[i].Role == triage.RoleCustomer {
			return t.Messages[i].Text
		}
	}
	return t.Subject
}

// handoverForm hands a ticket over.
func (s *Server) handoverForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	if _, err := s.handOver(c, form.Get("tier"), form.Get("why"), form.Get("text"), form.Get("tell") == "1"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id")))
}

// handOver gives a ticket to another tier and, if wanted, tells the customer.
func (s *Server) handOver(c echo.Context, tier, why, text string, tell bool) (store.Handover, error) {
	if s.Workspace.Tier(tier) == nil {
		return store.Handover{}, triage.Errorf(triage.Invalid, "There is no tier %q.", tier)
	}
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return store.Handover{}, err
	}
	notice := ""
	if tell {
		b := briefing{r: r}
		notice = route.HandedText(b.lang(), tier, s.Workspace)
	}
	return s.Store.HandOver(ctxOf(c), store.Handover{TicketID: t.ID, To: tier, Why: why, Text: text, Person: s.actor(c).ID}, notice, holdTime)
}

// setHandover acknowledges a hand-over or undoes it: do is take or undo.
func (s *Server) setHandover(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	id, h, who := c.Param("id"), c.Param("handover"), s.person(c).ID
	switch form.Get("do") {
	case "take":
		err = s.Store.TakeOver(ctxOf(c), id, h, who)
	case "undo":
		err = s.Store.UndoHandOver(ctxOf(c), id, h, who)
	default:
		err = triage.Errorf(triage.Invalid, "Send do as take or undo.")
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(id))
}

// handedView is the newest hand-over as the ticket's page tells it.
type handedView struct {
	What, Text string
	At         *stamp
	Waiting    bool // nobody of the tier has said that they have it
	Taken      string
	Acts       stateForm
}

func (b *briefing) handed(me string, d *store.Desk) *handedView {
	for i := range d.Handovers {
		h := &d.Handovers[i]
		if !h.UndoneAt.IsZero() || h.Person == "" || h.To != d.Tier {
			continue
		}
		v := &handedView{What: b.l.t("web.handed", "who", b.names.of(b.l, h.Person), "from", b.s.tierName(h.From), "to", b.s.tierName(h.To),
			"why", b.l.t("handover.why."+h.Why)), Text: h.Text, At: b.l.stamp(h.At, b.now), Waiting: d.Handed}
		if h.AcknowledgedBy != "" {
			v.Taken = b.l.t("web.handed.taken", "who", b.names.of(b.l, h.AcknowledgedBy))
		}
		v.Acts.URL = ticketURL(b.t.ID) + "/handovers/" + h.ID
		if d.Handed && h.Person != me {
			v.Acts.Acts = append(v.Acts.Acts, stateAct{"take", b.l.t("web.handed.take"), "y"})
		}
		v.Acts.Acts = append(v.Acts.Acts, stateAct{"undo", b.l.t("web.do.undo"), "h"})
		return v
	}
	return nil
}

// ending is what a ticket needs to be resolved.
type ending struct {
	URL     string
	Why     []choice // for resolving it
	Asks    bool     // every step is seen to be done: ask whether it works
	AskedAt *stamp   // they were asked
	Closes  string   // what silence does then
	As      string   // why it is resolved, "" while it is not
}

func (b *briefing) ending(d *store.Desk) ending {
	v := ending{URL: ticketURL(b.t.ID), AskedAt: b.l.stamp(d.AskedAt, b.now)}
	if b.t.State == triage.StateResolved {
		if d.Resolution != "" {
			v.As = b.l.t("web.resolved." + string(d.Resolution))
		}
		return v
	}
	for _, why := range store.Resolutions {
		v.Why = append(v.Why, choice{string(why), b.l.t("web.resolved." + string(why)), false})
	}
	v.Asks = b.r != nil && route.AllSeen(b.r) && v.AskedAt == nil && !slices.ContainsFunc(d.Held, func(r store.Reply) bool { return r.Kind == store.ReplyConfirm })
	if days := b.s.Workspace.Policy.Confirm.CloseAfterDays; v.AskedAt != nil && days > 0 {
		v.Closes = b.l.t("web.asked.closes", "count", days)
	}
	return v
}

// resolveForm ends a ticket for a reason.
func (s *Server) resolveForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	t, err := s.Store.Ticket(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.Store.Resolve(ctxOf(c), t.ID, store.Resolution(form.Get("why")), s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(t.ID)+"?was="+string(t.State))
}

// confirmForm asks the customer whether it works now.
func (s *Server) confirmForm(c echo.Context) error {
	_, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	if r == nil {
		return triage.Errorf(triage.Conflict, "The ticket is being read; ask in a moment.")
	}
	if err := s.Store.AskToConfirm(ctxOf(c), c.Param("id"), s.person(c).ID, route.ConfirmText(r, s.Workspace), holdTime); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id"))+"#reply")
}
