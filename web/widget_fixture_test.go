package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/store/storetest"
	"readback/triage"
	"readback/web"
)

const widgetSecret = "a-secret-of-the-widget-that-is-long-enough"

// The ways in which a line breaks.
const (
	lineGood   = iota
	lineDead   // nothing gets through
	lineBreaks // messages get through, answers to them do not
)

// widgetSite is a desk with a widget, and a page of another origin that shows it.
type widgetSite struct {
	*site
	host    *httptest.Server
	page    atomic.Pointer[string] // attributes of the script tag
	line    atomic.Int32
	handler atomic.Pointer[web.Server]
	path    string
	policy  string
}

func newWidgetSite(t testing.TB, change func(*web.Options)) *widgetSite {
	t.Helper()
	s := &widgetSite{site: &site{passed: new(atomic.Int64)}, path: storetest.File(t)}
	s.host = httptest.NewServer(http.HandlerFunc(s.hostPage))
	srv := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Server = srv
	s.start(t, change)
	addStaff(t, s.store)
	srv.Config = s.web.HTTPServer("")
	srv.Config.Handler = http.HandlerFunc(s.serve)
	srv.Start()
	s.policy = "default-src 'none'; script-src " + s.URL + "; connect-src " + s.URL + "; style-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
	t.Cleanup(func() {
		s.host.CloseClientConnections()
		s.host.Close()
		srv.CloseClientConnections()
		srv.Close()
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// start opens the store and the desk, as a program that begins.
func (s *widgetSite) start(t testing.TB, change func(*web.Options)) {
	t.Helper()
	clock := func() time.Time { return now.Add(time.Duration(s.passed.Load()) * time.Minute) }
	var err error
	if s.store, err = store.Open(context.Background(), store.Options{Path: s.path, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{Store: s.store, Workspace: ws, Token: token, Demo: true, ExtractorName: "offline", Clock: clock, Logger: slog.New(slog.DiscardHandler),
		Widgets: map[string]web.Widget{"site": {Origins: []string{s.host.URL}, Secret: widgetSecret}}}
	if change != nil {
		change(&o)
	}
	if s.web, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	s.handler.Store(s.web)
}

// serve is the line to the desk, which can break.
func (s *widgetSite) serve(w http.ResponseWriter, r *http.Request) {
	desk := s.handler.Load()
	if line := s.line.Load(); desk == nil || line == lineDead {
		panic(http.ErrAbortHandler)
	} else if line == lineBreaks && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/message") {
		desk.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	desk.ServeHTTP(w, r)
}

// hostPage is a page of a customer's site, with a policy as strict as can be.
func (s *widgetSite) hostPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", s.policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	attributes := ""
	if p := s.page.Load(); p != nil {
		attributes = *p
	}
	dir := "ltr"
	if strings.Contains(attributes, `data-dir="rtl"`) {
		dir = "rtl"
	}
	fmt.Fprintf(w, `<!doctype html><html lang="en" dir="%s"><head><meta name="viewport" content="width=device-width"><title>Host</title></head>
		<body><main id="main"><h1>A shop</h1><p><a href="/else">Elsewhere</a></p></main><script src="%s/widget.js" %s async></script></body></html>`, dir, s.URL, attributes)
}

// with sets the attributes of the script tag.
func (s *widgetSite) with(attributes string) { s.page.Store(&attributes) }

// in is a JavaScript expression for an element in the widget.
func in(selector string) string {
	return fmt.Sprintf(`document.querySelector("#readback-widget").shadowRoot.querySelector(%q)`, selector)
}

// visit goes to the host's page and opens the widget.
func (s *widgetSite) visit(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(s.host.URL+"/page"), chromedp.WaitReady(chromedp.CSS("#readback-widget")))
	eval[bool](t, ctx, `Readback.open(), true`)
}

// types writes a message by the keys of a person.
func types(t *testing.T, ctx context.Context, text string) {
	t.Helper()
	eval[bool](t, ctx, in("textarea")+`.focus(), true`)
	do(t, ctx, chromedp.KeyEvent(text), chromedp.KeyEvent("\r"))
}

// texts are the messages in the widget, with their feet when those say that
// they are not there yet.
const texts = `[...document.querySelector("#readback-widget").shadowRoot.querySelectorAll(".msg .text")].map((p) => p.textContent).join("|")`

// pending counts the messages that the desk has not acknowledged.
const pending = `[...document.querySelector("#readback-widget").shadowRoot.querySelectorAll(".own")].filter((m) => !m.querySelector("time")).length`

// tickets are all tickets of the desk with their messages.
func (s *widgetSite) tickets(t *testing.T) []triage.Ticket {
	t.Helper()
	page, err := s.store.Tickets(context.Background(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out []triage.Ticket
	for _, sum := range page.Tickets {
		tk, err := s.store.Ticket(context.Background(), sum.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tk)
	}
	return out
}

// stored waits until the desk has so many messages in one ticket.
func (s *widgetSite) stored(t *testing.T, n int) triage.Ticket {
	t.Helper()
	var all []triage.Ticket
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if all = s.tickets(t); len(all) == 1 && len(all[0].Messages) == n {
			return all[0]
		}
	}
	t.Fatalf("the desk has %d tickets, want one with %d messages: %+v", len(all), n, all)
	return triage.Ticket{}
}

// answer is an agent's, as the desk stores it.
func (s *widgetSite) answer(t *testing.T, ticketID, text string) {
	t.Helper()
	_, err := s.store.Receive(context.Background(), store.Inbound{Source: "reply", TicketID: ticketID, Raw: []byte("x"), RawType: "text/plain",
		Messages: []triage.Message{{Role: triage.RoleAgent, Channel: triage.ChannelChat, Text: text}}})
	if err != nil {
		t.Fatal(err)
	}
}

// understood is what a triage of the story's first message makes of it.
func understood(t *triage.Ticket) triage.Result {
	r := caseZeroResult(&triage.Ticket{Messages: []triage.Message{{ID: t.Messages[0].ID, Text: firstMessage}, {}, {Text: lastMessage}}})
	r.Brief.Claims = r.Brief.Claims[:3]
	for i := range r.Brief.Claims {
		r.Brief.Claims[i].Evidence[0].MessageID = t.Messages[0].ID
	}
	for i := range r.Facts.Checks {
		if k := &r.Facts.Checks[i]; k.Check == "tls.certificate" {
			k.Code, k.CodeParams = "check.tls.valid", map[string]string{"name": k.Inputs["link_domain"], "issuer": "Lab CA", "until": "2027-02-01", "days": "71"}
		}
	}
	r.Route.Reasons[0].Params["procedure"], r.Route.Reasons[0].Params["step"] = "https-click-tracking", "switch-on"
	return r
}

// stopWeb begins the desk anew on the same store, with other settings.
func (s *widgetSite) stopWeb(t testing.TB, change func(*web.Options)) {
	t.Helper()
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	s.start(t, change)
}

func sendlineWorkspace(t testing.TB) *knowledge.Workspace {
	t.Helper()
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	return ws
}
