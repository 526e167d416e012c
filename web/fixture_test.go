package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readback/channel"
	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/store/people"
	"readback/store/storetest"
	"readback/triage"
	"readback/web"
)

// The secret of the chat source "site", the API's token, and the day of the fixtures.
const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	token  = "test-token"
)

var now = time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)

// site is a web server on a store of its own.
type site struct {
	*httptest.Server
	store  *store.Store
	web    *web.Server
	passed *atomic.Int64 // since now, in minutes
}

func newSite(t testing.TB, change func(*web.Options)) *site {
	t.Helper()
	return siteOf(t, addStaff, change)
}

func siteOf(t testing.TB, staff func(testing.TB, *store.Store), change func(*web.Options)) *site {
	t.Helper()
	passed := new(atomic.Int64)
	clock := func() time.Time { return now.Add(time.Duration(passed.Load()) * time.Minute) }
	st, err := store.Open(context.Background(), store.Options{Path: storetest.File(t), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	if staff != nil {
		staff(t, st)
	}
	o := web.Options{Store: st, Workspace: ws, Secrets: map[string]string{"site": secret}, Token: token, Lab: true,
		ExtractorName: "offline", Demo: true, Clock: clock, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	w, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(w)
	srv.Config = w.HTTPServer("")
	srv.Start()
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{srv, st, w, passed}
}

// The desk's people in the fixtures.
const (
	annAdmin = "ann@desk.example"
	leoLead  = "leo@desk.example"
	mayAgent = "may@desk.example"
)

func addStaff(t testing.TB, st *store.Store) {
	t.Helper()
	for _, u := range []people.User{{Name: "Ann", Email: annAdmin, Role: people.Admin}, {Name: "Leo", Email: leoLead, Role: people.Lead, Tiers: []string{"l1", "l2"}},
		{Name: "May", Email: mayAgent, Role: people.Agent, Tiers: []string{"l1"}}} {
		if _, err := st.AddUser(context.Background(), store.Actor{}, u, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// user is one of them.
func (s *site) user(t testing.TB, email string) people.User {
	t.Helper()
	u, err := s.store.UserByEmail(context.Background(), email)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// session signs one of them in and returns the cookie.
func (s *site) session(t testing.TB, email string) *http.Cookie {
	t.Helper()
	token := people.NewToken("")
	if _, err := s.store.AddSession(context.Background(), store.Session{UserID: s.user(t, email).ID}, people.TokenHash(token), "", "test"); err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: "session", Value: token}
}

// triaged stores a ticket and its result, and returns the ticket's id.
func (s *site) triaged(t testing.TB, in store.Inbound, result func(*triage.Ticket) triage.Result) string {
	t.Helper()
	ctx := context.Background()
	receipt, err := s.store.Receive(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if result != nil {
		s.save(t, receipt.TicketID, result)
	}
	return receipt.TicketID
}

// save stores a result of all that a ticket has so far.
func (s *site) save(t testing.TB, id string, result func(*triage.Ticket) triage.Result) {
	t.Helper()
	ctx := context.Background()
	ticket, err := s.store.Ticket(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	r := result(&ticket)
	r.CoveredSeq, r.At = ticket.LastSeq, now.Add(-2*time.Minute)
	if err := s.store.TakeLease(ctx, id, "test", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.store.SaveResult(ctx, &ticket, &r, "test"); err != nil {
		t.Fatal(err)
	}
}

const firstMessage = `Hi, we would like our click-tracking links to open over HTTPS, for link.foxglove.example and link.bergamot.example.

We followed https://docs.sendline.example/ssl-for-links to the end. Click tracking is switched on. We added the CNAME records for both domains, and after that we put both behind our Cloudflare proxy with a valid certificate, as step 3 says. The page ends with "contact support", so here we are.

Links still come out as http://. Could you please switch it on for us?

Screenshot attached.
Maja`

const agentMessage = `Hello Maja, thank you for reaching out! To enable HTTPS please make sure that click tracking is on and that your CNAME points to links.sendline.example. Which browser do you use?`

const lastMessage = `As written above, all of that is done. I use Firefox, but it does not matter: the links in the mails are http. Please pass this on to somebody who can switch it on.`

// caseZero is the thread that Readback exists for.
func caseZero() store.Inbound {
	in, err := channel.ParseInput([]byte(`{"messages":[{"text":"x"}]}`))
	if err != nil {
		panic(err)
	}
	m := in.Messages[0]
	message := func(role triage.Role, text string, at time.Time) triage.Message {
		m.Role, m.Text, m.SentAt, m.Channel, m.Identity = role, text, at, triage.ChannelChat, triage.IdentityClaimed
		if role != triage.RoleCustomer {
			m.Identity = triage.IdentityNone
		}
		return m
	}
	first := message(triage.RoleCustomer, firstMessage, now.Add(-26*time.Hour))
	first.Attachments = []triage.Attachment{{Name: "link-settings.png", Type: "image/png", Size: 184_220}}
	first.Device = triage.Device{UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
	first.PageURL = "https://app.sendline.example/settings/tracking"
	last := message(triage.RoleCustomer, lastMessage, now.Add(-9*time.Minute))
	last.Channel = triage.ChannelEmail
	return store.Inbound{Source: "chat/site", TicketKey: "c0", Subject: "HTTPS for our tracking links", Raw: []byte("raw case zero"), RawType: "application/json",
		Customer: triage.Customer{Name: "Maja Foxglove", Email: "ops@foxglove.example", AccountID: "acc-1001"},
		Messages: []triage.Message{first, message(triage.RoleAgent, agentMessage, now.Add(-25*time.Hour)), last}}
}

// evidence is the verbatim quotation of a text in message n.
func evidence(t *triage.Ticket, n int, quote string) []triage.Evidence {
	at := strings.Index(t.N(n).Text, quote)
	if at < 0 {
		panic("not in message: " + quote)
	}
	return []triage.Evidence{{Kind: triage.EvidenceQuote, Message: n, MessageID: t.N(n).ID, Start: at, End: at + len(quote), Quote: quote}}
}

func caseZeroResult(t *triage.Ticket) triage.Result {
	seen := now.Add(-3 * time.Minute)
	domains := []string{"link.foxglove.example", "link.bergamot.example"}
	r := triage.Result{Lab: true, Effort: triage.EffortExhausted, Extractor: triage.ExtractorInfo{Name: "offline", LatencyMS: 12}}
	r.Facts.Device = []triage.DeviceFact{{Kind: triage.EnvBrowser, Value: "Firefox 128", Source: "user_agent"}, {Kind: triage.EnvOS, Value: "Linux", Source: "user_agent"}}
	r.Facts.Account = &triage.Account{ID: "acc-1001", Owner: "ops@foxglove.example", Plan: "pro", MatchedBy: "account_id", Source: "accounts.yaml", ObservedAt: seen,
		Fields: map[string]any{"features": map[string]any{"click_tracking": true, "https_links": false}, "link_domains": []any{"link.foxglove.example", "link.bergamot.example"}}}
	m := triage.Matter{ID: "m1", Kind: triage.KindSetup, Procedure: "https-click-tracking", Inputs: map[string][]string{"link_domain": domains}}
	check := func(name, step string, inputs map[string]string, outcome triage.CheckOutcome, state, expected, saw string, lines ...string) {
		r.Facts.Checks = append(r.Facts.Checks, triage.CheckResult{Check: name, Matter: "m1", Procedure: m.Procedure, Step: step, Inputs: inputs, Outcome: outcome,
			State: state, Expected: expected, Seen: saw, Code: "check.test." + state, Evidence: lines, ObservedAt: seen, ExpiresAt: seen.Add(time.Hour), TookMS: 14})
	}
	for _, d := range domains {
		in := map[string]string{"link_domain": d}
		check("account.field", "tracking-on", in, triage.Pass, "equals", "features.click_tracking is on", "on")
		check("dns.cname", "brand-link", in, triage.Fail, "proxied", "CNAME to links.sendline.example", "addresses of a proxy", d+". 300 IN A 104.16.0.10")
		check("tls.certificate", "certificate", in, triage.Pass, "valid", "a valid certificate for "+d, "valid until 2027-02-01", "CN="+d)
		check("http.forwards", "certificate", in, triage.Pass, "forwards", "forwards to links.sendline.example", "forwards", "HTTP/1.1 404 Not Found", "X-Served-By: links.sendline.example")
		check("account.field", "switch-on", in, triage.Fail, "differs", "features.https_links is on", "off")
		m.Positions = append(m.Positions, triage.Position{Inputs: in, Effort: triage.EffortExhausted,
			Next: &triage.Next{Step: "switch-on", By: knowledge.Staff, Capability: "link-branding.https"},
			Steps: []triage.StepPosition{
				{ID: "tracking-on", By: knowledge.Customer, State: triage.StepVerified, Basis: triage.Seen, Claimed: triage.ClaimDone, Check: triage.Pass},
				{ID: "brand-link", By: knowledge.Customer, State: triage.StepSuperseded, Basis: triage.Said, Claimed: triage.ClaimDone, Check: triage.Fail},
				{ID: "certificate", By: knowledge.Customer, State: triage.StepVerified, Basis: triage.Seen, Claimed: triage.ClaimDone, Check: triage.Pass},
				{ID: "switch-on", By: knowledge.Staff, State: triage.StepTodo, Basis: triage.Seen, Check: triage.Fail},
			}})
	}
	claim := func(id, step, what, quote string, v triage.Verdict) triage.Claim {
		return triage.Claim{ID: id, Matter: "m1", Step: step, What: what, State: triage.ClaimDone, Verdict: v, Evidence: evidence(t, 1, quote)}
	}
	r.Brief = triage.Brief{Language: "en", Summary: "They want HTTPS on the tracking links of two domains. All three customer steps are done; the switch is ours.",
		Urgency: triage.UrgencyHigh, Tone: "frustrated", Kind: triage.KindSetup, NeedsStaff: true,
		Request: triage.Request{Text: "Turn on HTTPS for the click-tracking links of link.foxglove.example and link.bergamot.example", Evidence: evidence(t, 1, "we would like our click-tracking links to open over HTTPS")},
		Claims: []triage.Claim{
			claim("c1", "tracking-on", "click tracking is on", "Click tracking is switched on.", triage.VerdictVerified),
			claim("c2", "brand-link", "added the CNAME records", "We added the CNAME records for both domains", triage.VerdictSuperseded),
			claim("c3", "certificate", "proxy with a valid certificate", "we put both behind our Cloudflare proxy with a valid certificate", triage.VerdictVerified),
			{ID: "c4", Matter: "m1", Step: "certificate", What: "everything is done", State: triage.ClaimDone, Verdict: triage.VerdictVerified, Evidence: evidence(t, 3, "all of that is done")},
		},
		Documents:   []triage.Document{{URL: "https://docs.sendline.example/ssl-for-links", Title: "", Topic: "https-click-tracking", Evidence: evidence(t, 1, "https://docs.sendline.example/ssl-for-links")}},
		Environment: []triage.EnvItem{{Kind: triage.EnvCDN, Value: "Cloudflare", Evidence: evidence(t, 1, "Cloudflare")}, {Kind: triage.EnvBrowser, Value: "Firefox", Evidence: evidence(t, 3, "Firefox")}},
		Symptoms:    []triage.Symptom{{Text: "Links still come out as http://", Evidence: evidence(t, 1, "Links still come out as http://.")}},
		Attachments: []triage.AttachmentNote{{Name: "link-settings.png"}},
		Flags:       []triage.Flag{triage.FlagUnread},
	}
	m.Route = triage.Route{Action: triage.Assign, Tier: "l2", Confidence: .9, Reasons: []triage.Reason{
		{Code: "route.staff_next", Params: map[string]string{"procedure_title": "Serve click-tracking links over HTTPS", "step_title": "Switch the account to HTTPS links", "tier_name": "Engineering support"}}}}
	for i := range m.Route.Reasons {
		m.Route.Reasons[i].Text = triage.Sentence("en", m.Route.Reasons[i].Code, m.Route.Reasons[i].Params)
	}
	r.Matters, r.Route = []triage.Matter{m}, m.Route
	r.Position = &triage.LeadingPosition{Matter: "m1", Procedure: m.Procedure, Position: m.Positions[0]}
	return r
}

// unset is a site without users.
func unset(t testing.TB) *site {
	t.Helper()
	return siteOf(t, nil, func(o *web.Options) { o.Demo = false })
}

func readAll(t testing.TB, r io.ReadCloser) string {
	t.Helper()
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func prefixes(list string) (out []netip.Prefix) {
	for _, p := range strings.Fields(list) {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}
