package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// ticketPage is one ticket: the thread and what we understood of it.
type ticketPage struct {
	ID, Title string
	TitleRefs string // ids of the evidence when the title is the request
	Customer  triage.Customer
	Who       string
	Identity  triage.Identity
	Channel   triage.Channel
	State     string
	Acts      stateForm
	Undo      *stateForm // after a change of state
	Joins     []join     // other tickets that may be the same conversation
	Messages  int
	Thread    []entry
	All       bool
	Updated   *stamp
	Waiting   bool        // newer messages, or a correction, than the last triage
	Part      part        // of an incident
	Handed    *handedView // by a person, to who has it now; nil when nobody did
	Ending    ending
	Notes     []noteView
	Composer  *composer // nil for a merged ticket
	Desk      *deskBar  // the same
	Spared    spared
	Earlier   []related // of the same customer
	Imported  *importedView
	Brief     *brief // nil before the first triage
	names     names
}

func (s *Server) ticket(c echo.Context) error {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	if t.ID != c.Param("id") {
		return c.Redirect(http.StatusSeeOther, ticketURL(t.ID))
	}
	l := langOf(c.Request())
	p := ticketPage{ID: t.ID, Title: l.title(&t, r), Customer: t.Customer, Who: l.who(t.Customer), Identity: t.Identity,
		Channel: t.Channel, State: l.t("web.state." + string(t.State)),
		Acts: stateForm{URL: ticketURL(t.ID) + "/state?was=" + string(t.State), Acts: l.actsIn(t.State)}, Undo: l.undoForm(&t, c.QueryParam("was")), Messages: len(t.Messages), All: c.QueryParam("all") == "1", Updated: l.stamp(t.UpdatedAt, s.Clock()), Waiting: t.Triaged < t.LastSeq}
	if p.Undo == nil {
		if p.Undo, err = s.moveNote(c, l, &t); err != nil {
			return err
		}
	}
	if p.Part, err = s.part(c, l, t.ID); err != nil {
		return err
	}
	if p.Joins, err = s.joins(ctxOf(c), l, &t, r); err != nil {
		return err
	}
	m := &marks{}
	if p.names, err = s.names(c); err != nil {
		return err
	}
	if r != nil {
		m = collectMarks(&t, &r.Brief)
		b := &briefing{s: s, l: l, t: &t, r: r, marks: m, now: s.Clock()}
		b.names = p.names
		all, err := s.Store.CorrectionLog(ctxOf(c), t.ID)
		if err != nil {
			return err
		}
		b.told = toldOf(all)
		p.Brief = b.brief()
		if p.Brief.Similar, err = b.similar(ctxOf(c)); err != nil {
			return err
		}
		if id := c.QueryParam("said"); p.Undo == nil {
			p.Undo = b.saidNote(id)
		}
		if p.Title == oneLine(p.Brief.Request, 200) {
			p.TitleRefs, p.Brief.Request = p.Brief.RequestRefs, "" // once is enough
		}
	}
	if p.Undo != nil {
		for i := range p.Undo.Acts {
			p.Undo.Acts[i].Key = "z"
		}
	}
	if err := s.around(c, l, &t, r, &p); err != nil {
		return err
	}
	if p.Desk, err = s.deskBar(c, l, &t); err != nil {
		return err
	}
	p.Thread = s.thread(l, &t, m, p.All)
	if err := s.outOf(c, l, &t, p.Thread); err != nil {
		return err
	}
	writers, err := s.imported(c, l, &t, &p)
	if err != nil {
		return err
	}
	for i := range p.Thread {
		n := p.Thread[i].N
		switch {
		case n > 0 && t.N(n).Author != "":
			p.Thread[i].Who = p.names.of(l, t.N(n).Author)
		case n > 0 && writers[t.N(n).ID].Agent != "":
			p.Thread[i].Who = writers[t.N(n).ID].Agent
		}
	}
	out := s.page(c, p.Title, "ticket", p)
	if r != nil && r.Extractor.Degraded {
		out.Banner.Degraded = l.t("web.banner.degraded.ticket")
	}
	return s.render(c, http.StatusOK, "ticket.html", out)
}

// around reads what staff did and wrote around the ticket.
func (s *Server) around(c echo.Context, l lang, t *triage.Ticket, r *triage.Result, p *ticketPage) error {
	v, d, err := s.composing(c, t, r)
	if err != nil {
		return err
	}
	if t.State != store.StateMerged {
		p.Composer = v
	}
	me := s.person(c).ID
	b := &briefing{s: s, l: l, t: t, r: r, marks: &marks{}, names: p.names, now: s.Clock()}
	p.Handed, p.Ending, p.Spared = b.handed(me, d), b.ending(d), b.spared()
	for _, n := range d.Notes {
		x := noteView{Who: p.names.of(l, n.Person), HTML: rendered(n.Text), At: l.stamp(n.At, s.Clock())}
		if n.Person == me {
			x.Drop = ticketURL(n.TicketID) + "/notes/" + n.ID + "/drop"
		}
		p.Notes = append(p.Notes, x)
	}
	earlier, err := s.Store.SameCustomer(ctxOf(c), t)
	p.Earlier = s.relatedOf(l, earlier[:min(len(earlier), 8)])
	return err
}

// noteView is a note of the desk's own people.
type noteView struct {
	Who  string
	HTML template.HTML
	At   *stamp
	Drop string // where to take it back; "" for another's
}

// spared is what an answer need not ask or send.
type spared struct{ Ask, Send []string }

func (b *briefing) spared() spared {
	var out spared
	known := b.s.guard().Spare(b.t, b.r)
	for _, f := range known.Ask {
		text := b.l.t("guard.topic." + f.Topic)
		if len(f.Values) > 0 {
			text += " (" + strings.Join(f.Values, ", ") + ")"
		}
		out.Ask = append(out.Ask, text)
	}
	for _, p := range known.Send {
		if len(out.Send) < 4 {
			out.Send = append(out.Send, p.URL)
		}
	}
	return out
}

// title is the subject, else the request, else whom it is with.
func (l lang) title(t *triage.Ticket, r *triage.Result) string {
	request := ""
	if r != nil {
		request = r.Brief.Request.Text
	}
	return oneLine(cmp.Or(t.Subject, request, l.t("web.title."+string(t.Channel), "who", l.who(t.Customer))), 200)
}

// lookAgain has the checks of a ticket run again, as far as their results have
// expired.
func (s *Server) lookAgain(c echo.Context) error {
	if err := s.Store.LookAgain(ctxOf(c), c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, backTo(c, c.Param("id"), "", ""))
}

// raw sends the original of a message as a file, never to be interpreted.
func (s *Server) raw(c echo.Context) error {
	raw, _, err := s.Store.Raw(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, c.Param("id"))
	c.Response().Header().Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.txt"`, name))
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", raw)
}
