package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// apiAct is what a call does to tickets; who is the id or address of the user
// who does it.
type apiAct struct {
	Do       string     `json:"do"` // resolve, wait, reopen, assign, snooze, wake, answer
	Tickets  []string   `json:"tickets"`
	Assignee string     `json:"assignee"` // of assign: id or address of a user; "" = nobody
	Until    *time.Time `json:"until"`    // of snooze
	Tier     string     `json:"tier"`     // of reroute
	Why      string     `json:"why"`      // of reroute: capability, expertise, misrouted, workload, escalation, other
	Who      string     `json:"who"`
}

// apiActed is what came of it.
type apiActed struct {
	Do     string       `json:"do"`
	Done   []string     `json:"done"`
	Failed []apiFailure `json:"failed"`
	Undo   *string      `json:"undo"` // token that takes it back for a day; null when nothing was done, or it was taken back
}

type apiFailure struct {
	Ticket  string      `json:"ticket"`
	Code    triage.Code `json:"code"`
	Message string      `json:"message"`
}

// staffID is the id of a user whom a call names by id or address. Errors: Invalid.
func (s *Server) staffID(c echo.Context, field, name string) (string, error) {
	u, err := s.Store.User(ctxOf(c), name)
	if triage.CodeOf(err) == triage.NotFound {
		u, err = s.Store.UserByEmail(ctxOf(c), name)
	}
	if triage.CodeOf(err) == triage.NotFound || err == nil && !u.Active() {
		return "", triage.Errorf(triage.Invalid, "%s is %q; give the id or address of a user who works here.", field, name)
	}
	return u.ID, err
}

// apiAct does the same to the tickets that a call names, or to the one of its address.
func (s *Server) apiAct(do string) echo.HandlerFunc {
	return func(c echo.Context) error {
		var in apiAct
		if err := readJSON(c, &in); err != nil {
			return err
		}
		if id := c.Param("id"); id != "" {
			in.Do, in.Tickets = do, []string{id}
			if do == "snooze" && in.Until == nil {
				in.Do = "wake"
			}
		}
		who, err := s.staffID(c, "who", in.Who)
		if err != nil {
			return err
		}
		a := store.Act{Kind: store.ActKind(in.Do), Tier: in.Tier, Why: in.Why}
		if a.Kind == store.ActReroute && s.Workspace.Tier(a.Tier) == nil {
			return triage.Errorf(triage.Invalid, "There is no tier %q.", a.Tier)
		}
		if in.Until != nil {
			a.Until = *in.Until
		}
		if a.Kind == store.ActAssign && in.Assignee != "" {
			if a.Assignee, err = s.staffID(c, "assignee", in.Assignee); err != nil {
				return err
			}
		}
		done, err := s.Store.Act(ctxOf(c), who, a, in.Tickets)
		if err == nil && c.Param("id") != "" && len(done.Failed) > 0 {
			err = done.Failed[0].Err
		}
		if err != nil {
			return err
		}
		return answer(c, http.StatusOK, actedOf(&done))
	}
}

func actedOf(a *store.Acted) *apiActed {
	out := &apiActed{Do: string(a.Kind), Done: []string{}, Failed: []apiFailure{}}
	out.Done = append(out.Done, a.Done...)
	for _, f := range a.Failed {
		out.Failed = append(out.Failed, apiFailure{f.Ticket, triage.CodeOf(f.Err), triage.MessageOf(f.Err)})
	}
	if len(a.Done) > 0 && !a.Undone {
		out.Undo = &a.Token
	}
	return out
}

// apiUndo takes an act back.
func (s *Server) apiUndo(c echo.Context) error {
	var in struct {
		Who string `json:"who"`
	}
	if err := readJSON(c, &in); err != nil {
		return err
	}
	who, err := s.staffID(c, "who", in.Who)
	if err != nil {
		return err
	}
	done, err := s.Store.Undo(ctxOf(c), who, c.Param("token"))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, actedOf(&done))
}

// apiNext gives a user the next ticket of the tier named, or of their own.
func (s *Server) apiNext(c echo.Context) error {
	var in struct {
		Who  string `json:"who"`
		Tier string `json:"tier"`
	}
	if err := readJSON(c, &in); err != nil {
		return err
	}
	if in.Tier != "" && s.Workspace.Tier(in.Tier) == nil {
		return triage.Errorf(triage.Invalid, "There is no tier %q.", in.Tier)
	}
	who, err := s.staffID(c, "who", in.Who)
	if err != nil {
		return err
	}
	u, err := s.Store.User(ctxOf(c), who)
	if err != nil {
		return err
	}
	tiers := u.Tiers
	if in.Tier != "" {
		tiers = []string{in.Tier}
	}
	done, err := s.Store.TakeNext(ctxOf(c), who, tiers)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, actedOf(&done))
}
