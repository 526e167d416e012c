package web

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// accuracyView is what the newest blind review found, wherever accuracy is
// spoken of; nil before the first one. The template "accuracy" shows either.
type accuracyView struct {
	URL          string // of the review
	At           *stamp
	Brief, Route string
	Note         string // of what could not be told; "" for nothing
	Imported     string // of tickets that were read for the review; "" for none
}

// accuracy reads it.
func (s *Server) accuracy(c echo.Context) (*accuracyView, error) {
	a, err := s.Store.LatestReview(ctxOf(c))
	if triage.CodeOf(err) == triage.NotFound {
		return nil, nil //nolint:nilnil // the template says that there is none
	}
	if err != nil {
		return nil, err
	}
	return langOf(c.Request()).accuracy(&a), nil
}

func (l lang) accuracy(a *store.Accuracy) *accuracyView {
	v := &accuracyView{URL: "/review/" + a.Review, At: l.day(a.At), Brief: l.share("review.accuracy.brief", a.Brief), Route: l.share("review.accuracy.route", a.Route)}
	if a.Imported > 0 {
		v.Imported = l.t("review.accuracy.imported", "count", a.Imported)
	}
	if n := a.Brief.Unclear + a.Route.Unclear; n > 0 {
		v.Note = l.t("review.accuracy.unclear", "count", n)
	}
	return v
}

// share says how many of some are right, in whole percent with the interval.
func (l lang) share(code string, s store.Share) string {
	if s.Of == 0 {
		return l.t(code + ".none")
	}
	return l.t(code, "right", s.Right, "of", s.Of, "percent", percent(s.Rate()), "low", percent(s.Low), "high", percent(s.High))
}

func percent(share float64) int { return int(math.Round(100 * share)) }

// reviewsPage lists reviews, and begins one.
type reviewsPage struct {
	Accuracy *accuracyView
	Open     *reviewHead // that is to be gone on with
	From, To string      // of the form, as dates
	Fault    string
	Past     []reviewHead
}

type reviewHead struct {
	ID, URL      string
	At           *stamp
	Period       string
	Marked, Of   int
	Brief, Route string
}

// reviewDays is how far back a review draws unless another time is chosen.
const reviewDays = 30

func (s *Server) reviews(c echo.Context) error { return s.reviewsWith(c, http.StatusOK, "", "", "") }

func (s *Server) reviewsWith(c echo.Context, status int, from, to, fault string) error {
	l, now := langOf(c.Request()), s.Clock().UTC()
	p := reviewsPage{From: from, To: to, Fault: fault}
	if from == "" && to == "" {
		p.From, p.To = now.AddDate(0, 0, -reviewDays).Format(time.DateOnly), now.Format(time.DateOnly)
	}
	var err error
	if p.Accuracy, err = s.accuracy(c); err != nil {
		return err
	}
	past, err := s.Store.Reviews(ctxOf(c), 50)
	if err != nil {
		return err
	}
	for i := range past {
		p.Past = append(p.Past, l.reviewHead(&past[i]))
	}
	open, err := s.Store.OpenReview(ctxOf(c), s.person(c).ID)
	switch {
	case err == nil:
		head := l.reviewHead(&open)
		p.Open = &head
	case triage.CodeOf(err) != triage.NotFound:
		return err
	}
	return s.render(c, status, "review.html", s.page(c, l.t("review"), "review", p))
}

func (l lang) reviewHead(r *store.Review) reviewHead {
	a := r.Accuracy()
	h := reviewHead{ID: r.ID, URL: "/review/" + r.ID, At: l.day(r.At), Of: len(r.Marks), Period: l.period(r),
		Brief: l.share("review.short", a.Brief), Route: l.share("review.short", a.Route)}
	if !r.EndedAt.IsZero() {
		h.At = l.day(r.EndedAt)
	}
	for i := range r.Marks {
		if r.Marks[i].Done() {
			h.Marked++
		}
	}
	return h
}

func (l lang) period(r *store.Review) string {
	return l.t("review.period", "from", l.day(r.From).Short, "to", l.day(r.To.Add(-time.Microsecond)).Short)
}

// startReview draws the tickets of a new review from a form: from and to are
// dates, both taken in.
func (s *Server) startReview(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	l := langOf(c.Request())
	from, err1 := time.Parse(time.DateOnly, c.FormValue("from"))
	to, err2 := time.Parse(time.DateOnly, c.FormValue("to"))
	fault := ""
	switch {
	case err1 != nil || err2 != nil:
		fault = l.t("review.fault.date")
	case to.Before(from):
		fault = l.t("review.fault.order")
	}
	if fault == "" {
		r, err := s.Store.StartReview(ctxOf(c), s.person(c).ID, from, to.AddDate(0, 0, 1), rand.Int64N(1e9)) //nolint:gosec // a draw, no secret
		switch triage.CodeOf(err) {
		case "":
			return c.Redirect(http.StatusSeeOther, "/review/"+r.ID)
		case triage.NotFound:
			fault = l.t("review.fault.nothing")
		default:
			return err
		}
	}
	return s.reviewsWith(c, http.StatusUnprocessableEntity, c.FormValue("from"), c.FormValue("to"), fault)
}

// markReview takes a mark from a form: of place, the brief or the route.
func (s *Server) markReview(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	place, _ := strconv.Atoi(c.FormValue("place")) // 0 is no place, and refused as such
	what, is := store.MarkBrief, store.MarkIs(c.FormValue("brief"))
	if is == "" {
		what, is = store.MarkRoute, store.MarkIs(c.FormValue("route"))
	}
	r, err := s.Store.MarkReview(ctxOf(c), s.person(c).ID, c.Param("id"), place, what, is)
	if err != nil {
		return err
	}
	if !r.Marks[place-1].Done() {
		return c.Redirect(http.StatusSeeOther, reviewURL(&r, place))
	}
	return c.Redirect(http.StatusSeeOther, reviewURL(&r, r.Next()))
}

func reviewURL(r *store.Review, place int) string {
	if place == 0 {
		return "/review/" + r.ID
	}
	return fmt.Sprintf("/review/%s?at=%d", r.ID, place)
}

// setReview takes the last mark back, publishes a review, or drops it.
func (s *Server) setReview(c echo.Context) error {
	id, me := c.Param("id"), s.person(c).ID
	switch c.Param("do") {
	case "undo":
		r, err := s.Store.Review(ctxOf(c), id)
		if err != nil {
			return err
		}
		last, _ := r.Last()
		if r, err = s.Store.UndoMark(ctxOf(c), me, id); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, reviewURL(&r, last.Place))
	case "publish":
		if _, err := s.Store.EndReview(ctxOf(c), me, id); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/review/"+id)
	case "drop":
		if err := s.Store.DropReview(ctxOf(c), me, id); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/review")
	}
	return triage.Errorf(triage.NotFound, "A review knows undo, publish and drop.")
}
