package web_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"readback/channel"
	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
	"readback/triage/enrich"
	"readback/triage/extract"
	"readback/triage/extract/offline"
	"readback/triage/pipeline"
	"readback/web"
)

// examplePipeline reads tickets of the example workspace on its lab network,
// as the demo does.
func examplePipeline(t *testing.T) *pipeline.Pipeline {
	t.Helper()
	files := examples.Sendline()
	network, err := lab.Start(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(network.Close)
	ws, err := knowledge.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	index, err := knowledge.NewIndex(ws)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := enrich.OpenFile(files, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline.Pipeline{Workspace: ws, Index: index, Accounts: accounts, Lab: true,
		Extractor: extract.NewLadder(nil, offline.New(ws), extract.LadderOptions{}), Checker: check.New(network.Network(), check.Options{})}
}

// exampleDesk triages every ticket of the example workspace, or those of some
// files only, and returns the ids of the tickets by file.
func exampleDesk(t *testing.T, s *site, only ...string) map[string]string {
	t.Helper()
	files, p := examples.Sendline(), examplePipeline(t)
	names, err := fs.Glob(files, "tickets/*.json")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, ".expect.json") || len(only) > 0 && !slices.Contains(only, strings.TrimPrefix(name, "tickets/")) {
			continue
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := channel.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = s.triaged(t, store.Inbound{Source: "example", TicketKey: name, Subject: in.Subject, Customer: in.Customer,
			Messages: in.Messages, Raw: raw, RawType: "application/json"}, func(tk *triage.Ticket) triage.Result {
			r, err := p.Triage(t.Context(), tk, nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
	}
	return ids
}

// Every page of the example desk is in whole sentences: no parameter of one is
// left open. What a check saw stands below the reason that speaks of it.
func TestSentencesAreFilled(t *testing.T) {
	s := newSite(t, nil)
	ids := exampleDesk(t, s)
	paths := map[string]string{"the inbox": "/inbox"}
	for name, id := range ids {
		paths[name] = "/tickets/" + id
	}
	open := regexp.MustCompile(`\{[a-z_]*\}`)
	pages := map[string]*html.Node{}
	for name, path := range paths {
		_, body := s.get(t, path)
		if found := open.FindString(body); found != "" {
			at := strings.Index(body, found)
			t.Errorf("%s: %s is not filled: …%s…", name, found, body[max(0, at-80):min(len(body), at+80)])
		}
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = doc
	}
	for name, want := range map[string]string{
		"tickets/fennel.json":    `Why here.*What we saw ?At \d\d:\d\d the certificate of link\.fennel\.example had expired`,
		"tickets/case-zero.json": `What we saw ?At \d\d:\d\d features\.https_links was false in the account`,
		"tickets/kale.json":      `Some networks may still see an older answer for link\.kale\.example for up to \d+ seconds\.`,
	} {
		if text := strings.Join(strings.Fields(textOf(pages[name])), " "); !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%s lacks %s", name, want)
		}
	}
}

// The list and the ticket's page say the same of what happens now.
func TestNextWords(t *testing.T) {
	s := newSite(t, nil)
	step := func(id string, by knowledge.Actor) *triage.Next { return &triage.Next{Step: id, By: by} }
	for i, tc := range []struct {
		action triage.Action
		tier   string
		next   *triage.Next
		input  string
		want   []string // of the page
		list   string
	}{
		{triage.Assign, "l2", step("switch-on", knowledge.Staff), "", []string{"Next: Switch the account to HTTPS links", "by Engineering support"}, ""},
		{triage.Assign, "l1", nil, "", []string{"Next: Read and answer", "by First line"}, ""},
		{triage.Assign, "l2", step("certificate", knowledge.Customer), "", []string{"Look into: Serve a valid certificate through your CDN", "by Engineering support", "The step itself is the customer's."}, ""},
		{triage.Assign, "security", step("switch-on", knowledge.Staff), "", []string{"Look into: Switch the account to HTTPS links", "by Trust and security", "The step itself is Engineering support's."}, ""},
		{triage.Ask, "l1", step("certificate", knowledge.Customer), "", []string{"Ask the customer: about “Serve a valid certificate through your CDN”", "First line keeps the ticket", "Then it waits for the customer's answer."}, ""},
		{triage.Ask, "l1", nil, "link_domain", []string{"Ask the customer: Which branded link domain is it about"}, "Ask the customer: what is missing"},
		{triage.SelfService, "l1", step("tracking-on", knowledge.Customer), "", []string{"Send the customer: Turn on click tracking", "First line keeps the ticket"}, ""},
		{triage.None, "l1", nil, "", []string{"No answer needed"}, ""},
	} {
		in := caseZero()
		in.TicketKey = string(tc.action) + string(rune('a'+i))
		id := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
			r := caseZeroResult(tk)
			r.Route = triage.Route{Action: tc.action, Tier: tc.tier, Reasons: []triage.Reason{{Code: "route.test", Params: map[string]string{"procedure": "https-click-tracking", "input": tc.input}}}}
			r.Position.Next = tc.next
			return r
		})
		_, body := s.get(t, "/tickets/"+id)
		box := words(t, body, "nextbox")
		for _, want := range tc.want {
			if !strings.Contains(box, want) {
				t.Errorf("%d: the page says %q, not %q", i, box, want)
			}
		}
		_, body = s.get(t, "/inbox?state=all")
		list := tc.list
		if list == "" {
			list = tc.want[0]
		}
		if row := words(t, body[strings.Index(body, "t-"+id):], "next "); !strings.Contains(row, list) {
			t.Errorf("%d: the list says %q, not %q", i, row, list)
		}
	}
}

// words is the text of the first element whose class begins so.
func words(t *testing.T, body, class string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && strings.HasPrefix(attr(n, "class"), class) {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return ""
}

// Titles by what is known, and nothing said twice.
func TestHead(t *testing.T) {
	s := newSite(t, nil)
	plain := func(subject string, ch triage.Channel, c triage.Customer) store.Inbound {
		return store.Inbound{Source: "api", Subject: subject, Customer: c, Raw: []byte("x"), RawType: "text/plain",
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: ch, Text: "Please help.\n\n> You wrote this\n> before."}}}
	}
	request := func(*triage.Ticket) triage.Result {
		return triage.Result{Brief: triage.Brief{Summary: "In short.", Request: triage.Request{Text: "Please help."}}}
	}
	for name, tc := range map[string]struct {
		in     store.Inbound
		result func(*triage.Ticket) triage.Result
		want   string
	}{
		"subject": {plain("Links", triage.ChannelEmail, triage.Customer{Name: "Ada"}), request, "Links"},
		"request": {plain("", triage.ChannelChat, triage.Customer{Name: "Ada"}), request, "Please help."},
		"chat":    {plain("", triage.ChannelChat, triage.Customer{AccountID: "acc-1005"}), nil, "Chat with acc-1005"},
		"email":   {plain("", triage.ChannelEmail, triage.Customer{Email: "a@b.example"}), nil, "Email from a@b.example"},
		"api":     {plain("", triage.ChannelAPI, triage.Customer{}), nil, "Message from Unknown customer"},
	} {
		_, body := s.get(t, "/tickets/"+s.triaged(t, tc.in, tc.result))
		head := words(t, body, "head")
		if !strings.HasPrefix(strings.TrimPrefix(head, "Inbox "), tc.want+" ") || !strings.Contains(body, "<title>"+tc.want+" ·") {
			t.Errorf("%s: the head is %q", name, head)
		}
		if strings.Count(words(t, body, "meta"), "acc-1005") > 1 {
			t.Errorf("%s: an account is named twice: %q", name, head)
		}
		if !strings.Contains(body, "<span class=\"quoted\">&gt; You wrote this\n&gt; before.</span>") {
			t.Errorf("%s: quoted history is not set apart", name)
		}
		if tc.result != nil && !strings.Contains(body, "<details open><summary>Summary") {
			t.Errorf("%s: without a procedure the summary is closed", name)
		}
	}
	_, body := s.get(t, "/tickets/"+s.triaged(t, caseZero(), caseZeroResult))
	if !strings.Contains(body, "<details><summary>Summary") {
		t.Error("with a procedure the summary is open")
	}
}

// Words that carry several claims show the worst verdict, alone and where
// quotations overlap.
func TestWorstVerdictShows(t *testing.T) {
	s := newSite(t, nil)
	order := []triage.Verdict{triage.VerdictVerified, triage.VerdictSuperseded, triage.VerdictUnverifiable, triage.VerdictContradicted}
	class := []string{"ok", "past", "unsure", "differs"}
	for worst := range order {
		for _, second := range []string{"all of that is done", "that is done"} {
			in := caseZero()
			in.TicketKey = class[worst] + second
			id := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
				r := triage.Result{}
				r.Brief.Claims = []triage.Claim{{ID: "c1", State: triage.ClaimDone, Verdict: order[0], Evidence: evidence(tk, 3, "all of that is done")},
					{ID: "c2", State: triage.ClaimDone, Verdict: order[worst], Evidence: evidence(tk, 3, second)},
					{ID: "c3", State: triage.ClaimDone, Verdict: order[0], Evidence: evidence(tk, 3, second)}}
				r.Brief.Request.Evidence = evidence(tk, 3, second)
				return r
			})
			_, body := s.get(t, "/tickets/"+id)
			if want := `<mark class="` + class[worst] + `" data-q="q1`; !strings.Contains(body, want) {
				t.Errorf("%s over %q: no %s", order[worst], second, want)
			}
		}
	}
}

// The banner says who reads, in words, and when it was not the usual one.
func TestBanner(t *testing.T) {
	model := newSite(t, func(o *web.Options) { o.ExtractorName, o.Lab = "small-1", false })
	id := model.triaged(t, caseZero(), func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult(tk)
		r.Extractor.Degraded = true
		return r
	})
	for path, want := range map[string]string{
		"/inbox":               "Degraded: tickets are for the model small-1, but it was not available. Tickets marked “Degraded” were read by fixed rules instead",
		"/tickets/" + id:       "This ticket was read by fixed rules instead, and will be read again.",
		"/tickets/none":        "Tickets are read by the model small-1",
		"/inbox?state=waiting": "Tickets are read by the model small-1",
	} {
		_, body := model.get(t, path)
		if got := words(t, body, "banner"); !strings.Contains(got, want) || strings.Contains(got, "lab network") {
			t.Errorf("%s: %q", path, got)
		}
	}
	offline := newSite(t, nil)
	for _, path := range []string{"/inbox", "/tickets/none", "/nothing"} {
		_, body := offline.get(t, path)
		if got := words(t, body, "banner"); !strings.Contains(got, "no AI model") || !strings.Contains(got, "lab network: a practice network inside this machine, not the internet") {
			t.Errorf("%s: %q", path, got)
		}
	}
}
