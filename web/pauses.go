package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/check"
)

// pauseView is a paused check as its page shows it.
type pauseView struct {
	ID, Check, Target string
	Said              string // who said so, how often
	At                *stamp
	Sentence          string // what it had seen
	Lines             []string
	TicketURL         string
	Acts              stateForm
}

// pauses lists the checks that somebody said are wrong and nobody has looked
// at, with what each had seen.
func (s *Server) pauses(c echo.Context) error {
	list, err := s.Store.Pauses(ctxOf(c), false)
	if err != nil {
		return err
	}
	l := langOf(c.Request())
	views := []pauseView{}
	for _, p := range list {
		views = append(views, pauseView{ID: p.ID, Check: p.Check, Target: p.Target, At: l.stamp(p.At, s.Clock()), TicketURL: ticketURL(p.TicketID),
			Said: l.t("web.pauses.said."+string(p.Role), "count", p.Times), Sentence: l.checkSentence(&p.Seen), Lines: p.Seen.Evidence,
			Acts: stateForm{URL: "/checks/" + p.ID + "/resume", Acts: []stateAct{
				{Do: string(store.CheckRight), Text: l.t("web.pauses.right")}, {Do: string(store.CheckWrong), Text: l.t("web.pauses.wrong")}}}})
	}
	return s.render(c, http.StatusOK, "pauses.html", s.page(c, l.t("web.pauses"), "pauses", views))
}

// checkSentence says what a check saw.
func (l lang) checkSentence(k *triage.CheckResult) string {
	params := maps.Clone(k.CodeParams)
	if params == nil {
		return ""
	}
	params["time"] = k.ObservedAt.UTC().Format("15:04")
	return triage.Sentence(string(l), k.Code, params)
}

// pauseCheck takes a person's word from a form that a check of the ticket is
// wrong: check and target name it.
func (s *Server) pauseCheck(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	id := c.Param("id")
	if _, err := s.wrong(c, id, c.FormValue("check"), c.FormValue("target"), triage.RoleAgent, s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, backTo(c, id, "", ""))
}

// resumeCheck takes from a form what a person found who looked: do is right or
// wrong.
func (s *Server) resumeCheck(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	if err := s.Store.ResumeCheck(ctxOf(c), c.Param("id"), s.person(c).ID, store.Verdict(c.FormValue("do"))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/checks")
}

// wrong pauses a check of which the ticket's newest brief has a result.
func (s *Server) wrong(c echo.Context, ticketID, name, target string, role triage.Role, who string) (store.Pause, error) {
	_, r, err := s.load(c, ticketID)
	if err != nil {
		return store.Pause{}, err
	}
	if r != nil {
		for _, k := range r.Facts.Checks {
			if k.Check == name && target != "" && check.Target(k.Check, k.Params) == target {
				return s.Store.PauseCheck(ctxOf(c), store.Pause{Check: name, Target: target, TicketID: ticketID, Role: role, Who: who, Seen: k})
			}
		}
	}
	return store.Pause{}, triage.Errorf(triage.NotFound, "The ticket has no result of a check %q of %q.", name, target)
}

// apiPause is a paused check. What is not known is null.
type apiPause struct {
	ID        string              `json:"id"`
	Check     string              `json:"check"`
	Target    string              `json:"target"`
	Ticket    string              `json:"ticket"`
	Role      triage.Role         `json:"role"` // agent or customer, who said that it is wrong
	Times     int                 `json:"times"`
	At        time.Time           `json:"at"`
	Outcome   triage.CheckOutcome `json:"outcome"` // what it had seen
	State     string              `json:"state"`
	Code      string              `json:"code"`
	Seen      string              `json:"seen"`
	Evidence  []string            `json:"evidence"`
	ResumedAt *time.Time          `json:"resumed_at"`
	Verdict   *store.Verdict      `json:"verdict"` // right or wrong, of the check
}

func pauseOf(p *store.Pause) apiPause {
	out := apiPause{ID: p.ID, Check: p.Check, Target: p.Target, Ticket: p.TicketID, Role: p.Role, Times: p.Times, At: p.At, Outcome: p.Seen.Outcome,
		State: p.Seen.State, Code: p.Seen.Code, Seen: p.Seen.Seen, Evidence: append([]string{}, p.Seen.Evidence...)}
	if !p.ResumedAt.IsZero() {
		out.ResumedAt, out.Verdict = &p.ResumedAt, &p.Verdict
	}
	return out
}

// apiPauses lists paused checks; all=1 those too that run again.
func (s *Server) apiPauses(c echo.Context) error {
	list, err := s.Store.Pauses(ctxOf(c), c.QueryParam("all") == "1")
	if err != nil {
		return err
	}
	out := struct {
		Pauses []apiPause `json:"pauses"`
	}{make([]apiPause, 0, len(list))}
	for i := range list {
		out.Pauses = append(out.Pauses, pauseOf(&list[i]))
	}
	return c.JSON(http.StatusOK, out)
}

// apiWrong says that a check of a ticket, as its result names it, is wrong.
func (s *Server) apiWrong(c echo.Context) error {
	var in struct {
		Check  string            `json:"check"`
		Params map[string]string `json:"params"`
		Role   triage.Role       `json:"role"`
	}
	if err := readObject(c, &in); err != nil {
		return err
	}
	if in.Role == "" {
		in.Role = triage.RoleAgent
	}
	p, err := s.wrong(c, c.Param("id"), in.Check, check.Target(in.Check, in.Params), in.Role, "api")
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, pauseOf(&p))
}

// apiResume ends a pause with what a person found who looked.
func (s *Server) apiResume(c echo.Context) error {
	var in struct {
		Verdict store.Verdict `json:"verdict"`
	}
	if err := readObject(c, &in); err != nil {
		return err
	}
	if err := s.Store.ResumeCheck(ctxOf(c), c.Param("id"), "api", in.Verdict); err != nil {
		return err
	}
	p, err := s.Store.Pause(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, pauseOf(&p))
}

// readObject reads a small JSON object.
func readObject(c echo.Context, to any) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, MaxForm)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, to); err != nil {
		return triage.Errorf(triage.Invalid, "The body is no JSON object as the description wants it: %v", err)
	}
	return nil
}
