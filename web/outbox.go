package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// outboxView is a part of the outbox as its page shows it.
type outboxView struct {
	Tabs []outboxTab
	Rows []deliveryView
	Next string // address of the next page; "" at the end
	Done string // what a form has just done
}

type outboxTab struct {
	Name, URL string
	Chosen    bool
}

// deliveryView is one thing that goes out.
type deliveryView struct {
	ID, What, Target string
	State            store.DeliveryState
	StateName, Why   string
	Tries            string
	At, Next         *stamp
	TicketURL        string
	To               string // where its form leads back to; "" = the outbox
	Acts             stateForm
}

// outboxStates are the tabs of the page, those that wait for a person first.
var outboxStates = []store.DeliveryState{"", store.DeliveryUnknown, store.DeliveryFailed, store.DeliveryWaiting, store.DeliverySent}

// outbox lists what goes out, and lets a lead try again what failed.
func (s *Server) outbox(c echo.Context) error {
	l := langOf(c.Request())
	f := store.DeliveryFilter{State: store.DeliveryState(c.QueryParam("state")), After: c.QueryParam("after")}
	page, err := s.Store.Deliveries(ctxOf(c), f)
	if err != nil {
		return err
	}
	v := outboxView{}
	if done := c.QueryParam("done"); done == "retry" || done == "settle" {
		v.Done = l.t("outbox.done." + done)
	}
	for _, state := range outboxStates {
		v.Tabs = append(v.Tabs, outboxTab{Name: l.t("outbox.tab." + string(state)), URL: outboxURL(state, ""), Chosen: state == f.State})
	}
	for i := range page.Deliveries {
		v.Rows = append(v.Rows, l.deliveryView(&page.Deliveries[i], s.Clock()))
	}
	if page.Next != "" {
		v.Next = outboxURL(f.State, page.Next)
	}
	return s.render(c, http.StatusOK, "outbox.html", s.page(c, l.t("outbox"), "outbox", v))
}

func outboxURL(state store.DeliveryState, after string) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", string(state))
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/outbox"
	}
	return "/outbox?" + q.Encode()
}

func (l lang) deliveryView(d *store.Delivery, now time.Time) deliveryView {
	v := deliveryView{ID: d.ID, What: l.t("outbox.kind." + d.Kind), Target: d.Target, State: d.State, StateName: l.t("outbox.state." + string(d.State)),
		Tries: l.t("outbox.tries", "count", d.Tries), At: l.stamp(d.ChangedAt, now), TicketURL: ticketURL(d.TicketID)}
	if d.Code != "" {
		v.Why = l.t("outbox.why", "code", d.Code)
	}
	if d.State == store.DeliveryWaiting && d.Tries > 0 {
		v.Next = l.stamp(d.NextAt, now)
	}
	v.Acts.URL = "/outbox/" + d.ID
	switch {
	case d.Code == store.CodeErased:
	case d.State == store.DeliveryUnknown:
		v.Acts.Acts = []stateAct{{Do: "settle", Text: l.t("outbox.do.settle")}, {Do: "retry", Text: l.t("outbox.do.retry")}}
	case d.State == store.DeliveryFailed:
		v.Acts.Acts = []stateAct{{Do: "retry", Text: l.t("outbox.do.retry")}}
	}
	return v
}

// setDelivery does from a form what a person found who looked: do is retry or settle.
func (s *Server) setDelivery(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	do := c.FormValue("do")
	if err := s.moveDelivery(c, do); err != nil {
		return err
	}
	if to := c.FormValue("to"); to != "" {
		return c.Redirect(http.StatusSeeOther, localPath(to))
	}
	return c.Redirect(http.StatusSeeOther, "/outbox?done="+url.QueryEscape(do))
}

func (s *Server) moveDelivery(c echo.Context, do string) error {
	switch do {
	case "retry":
		return s.Store.Retry(ctxOf(c), c.Param("id"))
	case "settle":
		return s.Store.Settle(ctxOf(c), c.Param("id"))
	}
	return triage.Errorf(triage.Invalid, "What is to be done with it: retry or settle?")
}

// apiDeliveries lists what goes out, the last changed first.
func (s *Server) apiDeliveries(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	page, err := s.Store.Deliveries(ctxOf(c), store.DeliveryFilter{Kind: c.QueryParam("kind"), State: store.DeliveryState(c.QueryParam("state")),
		TicketID: c.QueryParam("ticket"), After: c.QueryParam("after"), Limit: limit})
	if err != nil {
		return err
	}
	out := struct {
		Deliveries []apiDelivery `json:"deliveries"`
		Next       string        `json:"next"`
	}{make([]apiDelivery, 0, len(page.Deliveries)), page.Next}
	for i := range page.Deliveries {
		out.Deliveries = append(out.Deliveries, deliveryOf(&page.Deliveries[i]))
	}
	return c.JSON(http.StatusOK, out)
}

// apiDelivery is one thing that goes out. What is not known is null.
type apiDelivery struct {
	ID        string              `json:"id"`
	Kind      string              `json:"kind"`
	Target    *string             `json:"target"`
	Key       string              `json:"key"` // the same on each try
	Ticket    string              `json:"ticket"`
	Message   *string             `json:"message"`
	State     store.DeliveryState `json:"state"`
	Tries     int                 `json:"tries"`
	Code      *string             `json:"code"`
	NextAt    *time.Time          `json:"next_at"`
	CreatedAt time.Time           `json:"created_at"`
	ChangedAt time.Time           `json:"changed_at"`
}

func deliveryOf(d *store.Delivery) apiDelivery {
	out := apiDelivery{ID: d.ID, Kind: d.Kind, Target: known(d.Target), Key: d.Key, Ticket: d.TicketID, Message: known(d.MessageID), State: d.State,
		Tries: d.Tries, Code: known(d.Code), CreatedAt: d.CreatedAt, ChangedAt: d.ChangedAt}
	if d.State == store.DeliveryWaiting {
		out.NextAt = &d.NextAt
	}
	return out
}

// apiSetDelivery does one of retry and settle.
func (s *Server) apiSetDelivery(do string) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.moveDelivery(c, do); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}
}
