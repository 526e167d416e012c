package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// The hour of the morning at which a snooze ends.
const snoozeHour = 9

// zoneCookie names the time zone of the browser, which its script tells.
const zoneCookie = "zone"

// zoneOf is the person's time zone; UTC when the browser did not say.
func zoneOf(r *http.Request) *time.Location {
	if c, err := r.Cookie(zoneCookie); err == nil && len(c.Value) < 64 {
		if name, err := url.QueryUnescape(c.Value); err == nil && name != "Local" {
			if zone, err := time.LoadLocation(name); err == nil {
				return zone
			}
		}
	}
	return time.UTC
}

// snooze is a time to come back that the menu offers.
type snooze struct {
	Do, Text, When string
}

// wakeAt is when a snooze of that name ends, in the zone of now: hours (in
// three), tomorrow (9:00), week (next Monday 9:00).
func wakeAt(name string, now time.Time) (time.Time, bool) {
	morning := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, snoozeHour, 0, 0, 0, now.Location())
	}
	switch name {
	case "hours":
		return now.Add(3 * time.Hour), true
	case "tomorrow":
		return morning(1), true
	case "week":
		return morning((int(time.Monday-now.Weekday())+6)%7 + 1), true
	}
	return time.Time{}, false
}

// snoozes are the times that are offered.
func (l lang) snoozes(now time.Time) (out []snooze) {
	for _, name := range []string{"hours", "tomorrow", "week"} {
		at, _ := wakeAt(name, now)
		out = append(out, snooze{"snooze:" + name, l.t("web.snooze." + name), l.weekday(at) + " " + at.Format("15:04")})
	}
	return out
}

func (l lang) weekday(t time.Time) string {
	return l.t("web.day." + strings.ToLower(t.Weekday().String()[:3]))
}

// customTime is how a browser sends datetime-local.
const customTime = "2006-01-02T15:04"

// readAct reads what a form asks for: resolve, wait, reopen, wake, answer,
// assign:me, assign:ID, assign: for nobody, snooze:tomorrow, or snooze:custom
// with the field until.
func (s *Server) readAct(c echo.Context, do string) (store.Act, error) {
	kind, value, _ := strings.Cut(do, ":")
	a := store.Act{Kind: store.ActKind(kind)}
	switch a.Kind {
	case store.ActAssign:
		if a.Assignee = value; value == assigneeMe {
			a.Assignee = s.person(c).ID
		}
	case store.ActSnooze:
		now, ok := s.Clock().In(zoneOf(c.Request())), false
		if value == "custom" {
			at, err := time.ParseInLocation(customTime, c.FormValue("until"), now.Location())
			a.Until, ok = at, err == nil
		} else {
			a.Until, ok = wakeAt(value, now)
		}
		if !ok {
			return a, triage.Errorf(triage.Invalid, "Say until when: a day and a time.")
		}
	case store.ActReroute:
		if a.Tier, a.Why = value, c.FormValue("why"); s.Workspace.Tier(value) == nil {
			return a, triage.Errorf(triage.Invalid, "There is no tier %q.", value)
		}
	default:
		if !slices.Contains(store.ActKinds, a.Kind) {
			return a, triage.Errorf(triage.Invalid, "Send do as one of %v.", store.ActKinds)
		}
	}
	return a, nil
}

// maxActForm is the largest form of an act: as many tickets as one act takes.
const maxActForm = MaxForm + store.MaxActs*64

// actForm does the same to the tickets that a form names, and leads back to
// where it was sent from, which offers to undo it.
func (s *Server) actForm(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxActForm)
	if err := c.Request().ParseForm(); err != nil {
		return triage.Errorf(triage.Invalid, "The form could not be read: %w", err)
	}
	form := c.Request().PostForm
	a, err := s.readAct(c, form.Get("do"))
	if err != nil {
		return err
	}
	done, err := s.Store.Act(ctxOf(c), s.person(c).ID, a, form["ticket"])
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, withDone(form.Get("to"), done.Token))
}

// undoAct takes an act back.
func (s *Server) undoAct(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	done, err := s.Store.Undo(ctxOf(c), s.person(c).ID, form.Get("token"))
	if err != nil && triage.CodeOf(err) != triage.Conflict { // twice is as good as once
		return err
	}
	return c.Redirect(http.StatusSeeOther, withDone(form.Get("to"), cmp.Or(done.Token, form.Get("token"))))
}

// takeNext gives the person the next ticket of their tiers, or of the one that
// the form names, and leads to it.
func (s *Server) takeNext(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	tiers := s.person(c).Tiers
	if tier := form.Get("tier"); s.Workspace.Tier(tier) != nil {
		tiers = []string{tier}
	}
	if len(tiers) == 0 { // somebody of no tier helps out where there is most to do
		tiers = s.tierIDs()
	}
	done, err := s.Store.TakeNext(ctxOf(c), s.person(c).ID, tiers)
	if triage.CodeOf(err) == triage.NotFound {
		return c.Redirect(http.StatusSeeOther, withDone(form.Get("to"), "none"))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, withDone(ticketURL(done.Done[0]), done.Token))
}

func (s *Server) tierIDs() (out []string) {
	for _, t := range s.Workspace.Tiers {
		out = append(out, t.ID)
	}
	return out
}

// setAway says that the person takes no tickets by turns, or takes them again.
func (s *Server) setAway(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	if err := s.Store.SetAway(ctxOf(c), s.actor(c), s.person(c).ID, form.Get("away") == "1"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, localPath(form.Get("to")))
}

// withDone adds to a path of ours what was done there.
func withDone(path, token string) string {
	u, err := url.Parse(localPath(path))
	if err != nil {
		return "/inbox"
	}
	q := u.Query()
	q.Del(doneParam)
	if token != "" {
		q.Set(doneParam, token)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// doneParam names what was done, in the address of the page that tells it.
const doneParam = "done"

// toast tells what was just done and offers to undo it.
type toast struct {
	Text   string
	Token  string   // to undo it; "" when it cannot be, or was
	To     string   // where undo leads back to
	Failed []string // tickets it could not be done to, with why
}

// toast reads what the address says was done; nil for nothing, or when it is
// too old or somebody else's.
func (s *Server) toast(c echo.Context, l lang) *toast {
	token := c.QueryParam(doneParam)
	if token == "" || c.Request().Method != http.MethodGet {
		return nil
	}
	if token == "none" {
		return &toast{Text: l.t("web.act.next.none")}
	}
	a, err := s.Store.ActOf(ctxOf(c), s.person(c).ID, token)
	if err != nil {
		return nil
	}
	t := &toast{Token: a.Token, To: withDone(c.Request().URL.RequestURI(), "")}
	n := len(a.Done)
	switch code := "web.act." + string(a.Kind); {
	case a.Undone:
		t.Text, t.Token = l.t("web.act.undone", "count", n), ""
	case n == 0:
		t.Text, t.Token = l.t("web.act.nothing"), ""
	case a.Kind == store.ActAssign && a.Assignee == "":
		t.Text = l.t("web.act.unassign", "count", n)
	case a.Kind == store.ActAssign:
		users, err := s.names(c)
		if err != nil {
			s.log(c).Warn("names are not known", "error", err)
		}
		t.Text = l.t(code, "count", n, "name", users.of(l, a.Assignee))
	case a.Kind == store.ActSnooze:
		at := a.Until.In(zoneOf(c.Request()))
		t.Text = l.t(code, "count", n, "time", l.weekday(at)+" "+l.stamp(at, s.Clock()).Full)
	default:
		t.Text = l.t(code, "count", n)
	}
	for _, f := range a.Failed {
		t.Failed = append(t.Failed, l.t("web.act.failed", "ticket", f.Ticket, "why", l.t("web.act.failed."+string(triage.CodeOf(f.Err)))))
	}
	return t
}

// colleagues are those to whom a ticket can be given, the person first.
func colleagues(users []people.User, me *people.User) (out []people.User) {
	for _, u := range users {
		if u.Active() && u.ID != me.ID {
			out = append(out, u)
		}
	}
	return out
}
