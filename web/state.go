package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// MaxForm is the largest body of a form, in bytes.
const MaxForm = 16 << 10

// stateActs are what a person can do to the state of a ticket.
var stateActs = map[string]triage.State{"resolve": triage.StateResolved, "wait": triage.StateWaiting, "reopen": triage.StateOpen}

// stateForm is the buttons that change the state.
type stateForm struct {
	Note  string // what was done; "" before anything was
	URL   string // where it is sent; names the present state, to take the change back
	Other string // another ticket that it is about; "" for none
	Acts  []stateAct
}

type stateAct struct {
	Do, Text string
	Key      string // of the keyboard, on a page where it is the only one; "" for none
}

// stateKeys are the keys of stateActs.
var stateKeys = map[string]string{"resolve": "e", "wait": "w", "reopen": "o"}

// actsIn lists what can be done in a state.
func (l lang) actsIn(state triage.State) []stateAct {
	var out []stateAct
	for _, do := range []string{"reopen", "wait", "resolve"} {
		if stateActs[do] != state && (do != "wait" || state == triage.StateOpen) {
			out = append(out, stateAct{do, l.t("web.do." + do), stateKeys[do]})
		}
	}
	return out
}

// undoForm takes the last change of state back; nil when there was none.
func (l lang) undoForm(t *triage.Ticket, was string) *stateForm {
	for do, state := range stateActs {
		if string(state) == was && state != t.State {
			return &stateForm{Note: l.t("web.done." + string(t.State)), URL: ticketURL(t.ID) + "/state", Acts: []stateAct{{Do: do, Text: l.t("web.do.undo")}}}
		}
	}
	return nil
}

func ticketURL(id string) string { return "/tickets/" + url.PathEscape(id) }

// setState changes the state of a ticket from a form with the field "do":
// resolve, wait or reopen. It answers with the way back to the ticket, which
// offers to undo when "was" of the address says what the state was.
func (s *Server) setState(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	state, ok := stateActs[c.Request().PostFormValue("do")]
	if !ok {
		return triage.Errorf(triage.Invalid, "Send do as resolve, wait or reopen.")
	}
	if err := s.Store.SetState(ctxOf(c), c.Param("id"), state); err != nil {
		return err
	}
	to := ticketURL(c.Param("id"))
	if was := c.QueryParam("was"); was != "" {
		to += "?was=" + url.QueryEscape(was)
	}
	return c.Redirect(http.StatusSeeOther, to)
}
