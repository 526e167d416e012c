package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/store"
	"readback/store/people"
)

// whoMay says of every route who may use it. It is written by hand, and not
// made of routes.go: a route that is missing here, or there, fails.
const whoMay = `
everyone GET  /healthz
everyone GET  /static/:name
everyone POST /hooks/chat/:source
everyone POST /hooks/desk/:desk
everyone GET /widget.js
everyone GET /widget-demo
everyone OPTIONS /widget/:widget/*
everyone GET  /widget/:widget/file/:id
agent    GET  /files/:id
everyone GET  /panel/desk/:desk
everyone POST /panel/desk/:desk
form     POST /panel/desk/:desk/open
agent    GET  /panel/tickets/:id
agent    POST /panel/tickets/:id/guard
agent    POST /panel/tickets/:id/correct
agent    POST /panel/tickets/:id/corrections/:correction/undo
agent    POST /panel/tickets/:id/checks/wrong
agent    POST /panel/tickets/:id/look
everyone POST /hooks/email/:name
everyone POST /widget/:widget/session
everyone GET /widget/:widget/stream
everyone POST /widget/:widget/message
everyone POST /widget/:widget/correct
everyone POST /widget/:widget/undo
everyone POST /widget/:widget/email
everyone POST /widget/:widget/seen
everyone POST /widget/:widget/new
everyone GET  /help
everyone GET  /help/*
form     POST /help/:id/check
form     POST /help/:id/ask
everyone GET  /sign-in
form     POST /sign-in
everyone GET  /sign-in/oidc
everyone GET  /sign-in/oidc/back
everyone GET  /sign-in/code
form     POST /sign-in/code
everyone GET  /setup
form     POST /setup
everyone GET  /welcome/:token
form     POST /welcome/:token
agent    POST /sign-out
agent    POST /demo/as
agent    GET  /me
agent    POST /me
agent    POST /me/password
agent    GET  /me/codes.png
agent    POST /me/codes/offer
agent    POST /me/codes/start
agent    POST /me/codes/renew
agent    POST /me/codes/stop
agent    POST /me/sessions/:id/end
admin    GET  /import
admin    POST /import
admin    POST /import/:do
lead     GET  /circles
lead     POST /circles/read
lead     POST /circles/not
lead     GET  /circles/page
admin    GET  /people
admin    POST /people
admin    POST /people/:id/:do
admin    GET  /people/tokens
admin    POST /people/tokens
admin    POST /people/tokens/:id/revoke
admin    GET  /audit
admin    GET  /audit/export
agent    GET  /
agent    GET  /inbox
agent    POST /inbox/act
agent    POST /inbox/undo
agent    POST /inbox/next
agent    GET  /commands
agent    GET  /design
agent    POST /tickets/:id/typing
agent    POST /me/away
agent    GET  /tickets/:id
agent    POST /tickets/:id/state
agent    POST /tickets/:id/correct
agent    POST /tickets/:id/corrections/:correction/undo
agent    GET  /tickets/:id/move
agent    POST /tickets/:id/merge
agent    POST /tickets/:id/unmerge
agent    POST /tickets/:id/apart
agent    POST /tickets/:id/reply
agent    POST /tickets/:id/replies/:reply/undo
agent    POST /tickets/:id/notes
agent    POST /tickets/:id/notes/:note/drop
agent    GET  /tickets/:id/handover
agent    POST /tickets/:id/handover
agent    POST /tickets/:id/handovers/:handover
agent    POST /tickets/:id/confirm
agent    POST /tickets/:id/resolve
agent    POST /tickets/:id/split
agent    POST /tickets/:id/incident/in
agent    POST /tickets/:id/incident/out
agent    GET  /incidents/:id
lead     POST /incidents/:id/:do
agent    POST /tickets/:id/look
agent    POST /tickets/:id/checks/wrong
agent    GET  /checks
agent    POST /checks/:id/resume
agent    GET  /messages/:id/raw
agent    GET  /events
admin    GET  /connections
admin    POST /connections/test
admin    POST /connections/mode
agent    GET  /beside/:desk/:key
lead     GET  /confidence
lead     POST /confidence
lead     GET  /review
lead     POST /review
lead     GET  /review/:id
lead     POST /review/:id/mark
lead     POST /review/:id/:do
lead     GET  /analytics
lead     GET  /analytics/tickets
lead     GET  /analytics/export
lead     GET  /analytics/:section
lead     GET  /suggestions
lead     POST /suggestions/aside
lead     GET  /replay
lead     POST /replay
lead     POST /replay/saved
lead     GET  /replay/:id
lead     GET  /replay/:id/report.json
lead     POST /replay/:id/:do
lead     GET  /outbox
lead     POST /outbox/:id
agent    GET  /knowledge
lead     POST /knowledge/new
agent    GET  /knowledge/lint
agent    GET  /knowledge/articles/:id
lead     POST /knowledge/articles/:id/draft
agent    GET  /knowledge/:id/edit
agent    POST /knowledge/:id/edit
agent    POST /knowledge/:id/replay
lead     POST /knowledge/:id/save
lead     POST /knowledge/:id/restore
agent    GET  /changes
agent    POST /changes/:id/read
everyone GET  /api/v1/openapi.json
write    POST /api/v1/tickets
write    POST /api/v1/tickets/:id/messages
read     GET  /api/v1/tickets
write    POST /api/v1/tickets/act
write    POST /api/v1/tickets/next
write    POST /api/v1/tickets/undo/:token
write    POST /api/v1/tickets/:id/assign
write    POST /api/v1/tickets/:id/snooze
read     GET  /api/v1/tickets/:id
read     GET  /api/v1/tickets/:id/corrections
write    POST /api/v1/tickets/:id/corrections
write    POST /api/v1/tickets/:id/corrections/:correction/undo
write    POST /api/v1/tickets/:id/merge
write    POST /api/v1/tickets/:id/unmerge
write    POST /api/v1/tickets/:id/replies
write    POST /api/v1/tickets/:id/notes
write    POST /api/v1/tickets/:id/handover
write    POST /api/v1/tickets/:id/resolve
write    POST /api/v1/tickets/:id/split
read     GET  /api/v1/incidents
read     GET  /api/v1/incidents/:id
admin!   POST /api/v1/incidents/:id/confirm
admin!   POST /api/v1/incidents/:id/dismiss
admin!   POST /api/v1/incidents/:id/end
admin!   POST /api/v1/incidents/:id/undo
write    PUT  /api/v1/incidents/:id/tickets/:ticket
write    DELETE /api/v1/incidents/:id/tickets/:ticket
write    POST /api/v1/tickets/:id/retriage
read     POST /api/v1/tickets/:id/guard
write    POST /api/v1/checks
read     GET  /api/v1/deliveries
admin!   POST /api/v1/deliveries/:id/retry
admin!   POST /api/v1/deliveries/:id/settle
read     GET  /api/v1/pauses
write    POST /api/v1/pauses/:id/resume
write    POST /api/v1/tickets/:id/wrong-check
`

// caller is somebody who tries every route: may lists the words of whoMay
// that let them in, refused is what they get elsewhere.
type caller struct {
	name    string
	prepare func(*http.Request)
	may     []string
	refused int // 0 = 401, or for a page 303 to the sign-in
}

func (s *site) callers(t *testing.T) []caller {
	t.Helper()
	ctx := t.Context()
	admin := s.user(t, annAdmin)
	token := func(scope people.Scope, change func(*store.Token)) func(*http.Request) {
		tok := store.Token{Name: "test", Scope: scope, UserID: admin.ID}
		if change != nil {
			change(&tok)
		}
		secret := people.NewToken("rb_")
		made, err := s.store.AddToken(ctx, store.Actor{}, tok, people.TokenHash(secret))
		if err != nil {
			t.Fatal(err)
		}
		if tok.Name == "revoked" {
			if err := s.store.RevokeToken(ctx, store.Actor{}, made.ID); err != nil {
				t.Fatal(err)
			}
		}
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	}
	ended := token(people.AdminScope, func(tok *store.Token) { tok.EndsAt = now.Add(time.Minute) })
	s.passed.Add(2)
	pending := people.NewToken("")
	if _, err := s.store.AddSession(ctx, store.Session{UserID: admin.ID, Pending: true}, people.TokenHash(pending), "", "test"); err != nil {
		t.Fatal(err)
	}
	basic := func(r *http.Request) { r.SetBasicAuth("ann", token0) }
	configured := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token0) }
	as := func(email string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(s.session(t, email)) } // each time a new one: signing out ends it
	}
	return []caller{
		{"nobody", func(*http.Request) {}, nil, 0},
		{"the configured token as a password", basic, nil, 0},
		{"a session that nobody has", with(&http.Cookie{Name: "session", Value: people.NewToken("")}), nil, 0},
		{"a session that waits for a code", with(&http.Cookie{Name: "session", Value: pending}), nil, 0},
		{"an agent", as(mayAgent), []string{"agent"}, 403},
		{"a lead", as(leoLead), []string{"agent", "lead"}, 403},
		{"an admin", as(annAdmin), []string{"agent", "lead", "admin"}, 403},
		{"a token to read", token(people.ReadScope, nil), []string{"read"}, 403},
		{"a token to write", token(people.WriteScope, nil), []string{"read", "write"}, 403},
		{"a token for all", token(people.AdminScope, nil), []string{"read", "write", "admin!"}, 403},
		{"the configured token", configured, []string{"read", "write", "admin!"}, 403},
		{"a revoked token", token(people.AdminScope, func(tok *store.Token) { tok.Name = "revoked" }), nil, 0},
		{"a token that has ended", ended, nil, 0},
	}
}

const token0 = token

// Every route, tried by everybody: with ids that are there and ids that are not,
// who may not cannot tell them apart.
func TestEveryRouteAndRole(t *testing.T) {
	s := locked(t)
	ticket := s.triaged(t, caseZero(), caseZeroResult)
	type routeOf struct{ who, method, path string }
	var routes []routeOf
	for line := range strings.Lines(strings.TrimSpace(whoMay)) {
		f := strings.Fields(line)
		routes = append(routes, routeOf{f[0], f[1], f[2]})
	}
	var have, told []string
	for _, r := range s.web.Routes() {
		have = append(have, r.Method+" "+r.Path)
	}
	for _, r := range routes {
		told = append(told, r.method+" "+r.path)
	}
	for _, r := range have {
		if !slices.Contains(told, r) {
			t.Errorf("nobody says who may use %s", r)
		}
	}
	for _, r := range told {
		if !slices.Contains(have, r) {
			t.Errorf("there is no %s", r)
		}
	}
	for _, who := range s.callers(t) {
		for _, r := range routes {
			program := strings.HasPrefix(r.path, "/api/")
			if r.path == "/events" && slices.Contains(who.may, "agent") {
				continue // a stream that does not end
			}
			may := r.who == "everyone" || r.who == "form" || slices.Contains(who.may, r.who)
			refused := who.refused
			if len(who.may) > 0 && program != slices.Contains(who.may, "read") {
				refused = 0 // a session says nothing to the API, and a token nothing to pages
			}
			var got []int
			for _, id := range []string{ticket, "tkt_none"} {
				status := s.try(t, r.method, path(r.path, id), who.prepare)
				got = append(got, status)
				if refusal := status == 401 || status == 403 || status == 303 && !may; may && refusal && !own(r.path, status) || !may && !refusal {
					t.Errorf("%s: %s %s: %d", who.name, r.method, r.path, status)
				}
				if want := refused; !may && want != 0 && status != want {
					t.Errorf("%s: %s %s: %d, want %d", who.name, r.method, r.path, status, want)
				}
			}
			if !may && got[0] != got[1] {
				t.Errorf("%s: %s %s tells what is there: %v", who.name, r.method, r.path, got)
			}
		}
	}
}

// own are refusals of the handler itself: a wrong secret in what was sent.
func own(path string, status int) bool {
	switch path {
	case "/hooks/chat/:source", "/hooks/desk/:desk", "/hooks/email/:name", "/widget/:widget/stream", "/widget/:widget/file/:id", "/sign-in", "/sign-in/code", "/setup", "/welcome/:token":
		return true
	}
	return strings.HasPrefix(path, "/me/") && status == 403 // the password, once more
}

func path(pattern, id string) string {
	return strings.NewReplacer(":id", id, ":do", "confirm", ":correction", "cor_none", ":name", "none.css", ":source", "none", ":ticket", id, ":token", "none", ":widget", "none", "*", "none").Replace(pattern)
}

func (s *site) try(t *testing.T, method, path string, prepare func(*http.Request)) int {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if method == "GET" {
		r.Header.Set("Accept", "text/html")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	prepare(r)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// No form of a page is taken from another site, whoever is signed in.
func TestFormsOfOtherSites(t *testing.T) {
	s := locked(t)
	admin := s.session(t, annAdmin)
	for line := range strings.Lines(strings.TrimSpace(whoMay)) {
		f := strings.Fields(line)
		if f[1] == "GET" || strings.HasPrefix(f[2], "/widget/") || strings.HasPrefix(f[2], "/api/") || strings.HasPrefix(f[2], "/hooks/") || f[2] == "/panel/desk/:desk" { // the last is signed by the other site
			continue
		}
		for name, headers := range map[string][2]string{"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"},
			"origin": {"Origin", "https://evil.example"}, "null": {"Origin", "null"}, "silent": {"X-None", ""}} {
			r, err := http.NewRequest(f[1], s.URL+path(f[2], "x"), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(headers[0], headers[1])
			r.AddCookie(admin)
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 403 {
				t.Errorf("%s %s from %s: %d", f[1], f[2], name, res.StatusCode)
			}
		}
	}
}
