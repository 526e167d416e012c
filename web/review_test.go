package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
	"readback/web"
)

// resolvedOnes stores n resolved tickets: what the desk read, a hand-over by
// May and what came after.
func (s *site) resolvedOnes(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		in := caseZero()
		in.TicketKey, in.Subject = fmt.Sprint("past", i), fmt.Sprintf("HTTPS for our tracking links, %d", i+1)
		in.Messages = in.Messages[:1]
		id := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
			full := caseZero()
			whole := *tk
			whole.Messages = append(whole.Messages, full.Messages[1:]...) // the result speaks of the third message too
			r := caseZeroResult(&whole)
			r.Brief.Claims, r.Brief.Environment = r.Brief.Claims[:3], r.Brief.Environment[:1]
			r.Extractor = triage.ExtractorInfo{Name: "llm", Model: "model-that-must-not-show", Prompt: "v2"}
			r.Route.Confidence = 0.8123
			r.Route.Reasons = append(r.Route.Reasons, triage.Reason{Code: "route.degraded"})
			return r
		})
		s.passed.Add(1)
		h, err := s.store.HandOver(context.Background(), store.Handover{TicketID: id, To: "l1", Why: "expertise", Person: s.user(t, mayAgent).ID}, "", 0)
		if err != nil || h.ID == "" {
			t.Fatal(err)
		}
		s.passed.Add(1)
		in.Messages = caseZero().Messages[1:]
		in.MessageKey = fmt.Sprint("more", i)
		if _, err := s.store.Receive(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		if err := s.store.Resolve(context.Background(), id, store.ResolvedAnswered, s.user(t, mayAgent).ID); err != nil {
			t.Fatal(err)
		}
		s.passed.Add(1)
	}
}

// A lead reviews past tickets blindly, with undo and a rest between, and the
// figure stands only once it is published.
func TestReview(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = false })
	if _, body := s.as(t, leoLead, "GET", "/review"); !strings.Contains(body, "No review yet") {
		t.Error("before the first review a figure is claimed")
	}
	if status, body := s.as(t, leoLead, "POST", "/review?from=2026-11-22&to=2026-11-22"); status != 422 || !strings.Contains(body, "Choose a longer time") {
		t.Errorf("nothing to draw from: %d", status)
	}
	s.resolvedOnes(t, 3)
	for _, wrong := range []string{"from=2026-11-22", "from=2026-11-23&to=2026-11-22", "from=x&to=y"} {
		if status, _ := s.as(t, leoLead, "POST", "/review?"+wrong); status != 422 {
			t.Errorf("%s: %d", wrong, status)
		}
	}
	status, body := s.as(t, leoLead, "POST", "/review?from=2026-11-22&to=2026-11-22")
	review, err := s.store.OpenReview(t.Context(), s.user(t, leoLead).ID)
	if status != 200 || err != nil {
		t.Fatalf("%d %v", status, err)
	}
	for _, want := range []string{"What the desk had read", "Switch the account to HTTPS links", "added the CNAME records", "As written above", "Given from", `data-key="1"`, `data-key="6"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	brief, _, _ := strings.Cut(body[strings.Index(body, `id="thread"`):], "</main>")
	for _, hidden := range []string{"model-that-must-not-show", "0.8", "81", "May", "best reader was not available", "llm", "/correct"} {
		if strings.Contains(brief, hidden) {
			t.Errorf("the page tells %q", hidden)
		}
	}
	if read, then := strings.Index(body, "What the desk had read"), strings.Index(body, "As written above"); read > then || then < strings.Index(body, "What happened") {
		t.Error("what came later stands among what was read")
	}
	at := "/review/" + review.ID
	mark := func(place int, what, is string) string {
		t.Helper()
		s.passed.Add(1)
		status, body := s.as(t, leoLead, "POST", fmt.Sprintf("%s/mark?place=%d&%s=%s", at, place, what, is))
		if status != 200 {
			t.Fatalf("%d", status)
		}
		return body
	}
	if body := mark(1, "brief", "right"); !strings.Contains(body, `name="place" value="1"`) {
		t.Error("half marked, it goes on")
	}
	if body := mark(1, "route", "wrong"); !strings.Contains(body, `name="place" value="2"`) {
		t.Error("marked, it does not go on")
	}
	if _, body := s.as(t, leoLead, "POST", at+"/undo"); !strings.Contains(body, `name="place" value="1"`) {
		t.Error("undo does not lead back")
	}
	mark(1, "route", "right")
	if _, body := s.as(t, leoLead, "GET", "/review"); !strings.Contains(body, "1 of 3 marked") || strings.Contains(body, "Draw tickets") {
		t.Error("it cannot be gone on with")
	}
	if _, body := s.as(t, annAdmin, "GET", at); !strings.Contains(body, "colleague is marking") || strings.Contains(body, `id="thread"`) {
		t.Error("somebody else sees what is marked")
	}
	if status, _ := s.as(t, annAdmin, "POST", at+"/mark?place=2&brief=right"); status != 404 {
		t.Errorf("somebody else marks: %d", status)
	}
	if status, _ := s.as(t, leoLead, "POST", at+"/publish"); status != 409 {
		t.Errorf("published in part: %d", status)
	}
	mark(2, "brief", "wrong")
	mark(2, "route", "right")
	mark(3, "brief", "unclear")
	if body := mark(3, "route", "right"); !strings.Contains(body, "All is marked") || strings.Contains(body, "% (95%") {
		t.Error("the figure shows before it is published")
	}
	for _, who := range []struct{ email, method, path string }{{leoLead, "POST", at + "/publish"}, {annAdmin, "GET", at}} { // published first
		_, body := s.as(t, who.email, who.method, who.path)
		for _, figure := range []string{"Briefs right: 1 of 2, 50% (95% interval: 9 to 91%)", "Routes right: 3 of 3, 100% (95% interval: 44 to 100%)", "1 more could not be told", "22 Nov 2026"} {
			if !strings.Contains(body, figure) {
				t.Errorf("no %q for %s", figure, who.email)
			}
		}
	}
	if _, body := s.as(t, leoLead, "GET", "/review"); !strings.Contains(body, "Briefs right: 1 of 2") {
		t.Error("the figure does not stand on the page of reviews")
	}
	if _, body := s.as(t, leoLead, "GET", "/replay"); !strings.Contains(body, "Briefs right: 1 of 2") {
		t.Error("the figure does not stand on the page of replays")
	}
	if status, _ := s.as(t, mayAgent, "GET", "/review"); status != 403 {
		t.Errorf("an agent gets %d", status)
	}
	if err := s.store.DropReview(t.Context(), s.user(t, leoLead).ID, review.ID); triage.CodeOf(err) != triage.NotFound {
		t.Errorf("a published one is dropped: %v", err)
	}
}

// A desk that imported its past and has read none of it is reviewed all the
// same: what was there before the first answer is read by rules. And what was
// erased since is not shown.
func TestReviewOfImported(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = false })
	id, err := s.store.StartImport(t.Context(), store.Import{Source: "import/zendesk", Format: "zendesk", Files: []string{"a.json"}})
	if err != nil {
		t.Fatal(err)
	}
	message := func(key string, role triage.Role, team, text string, at time.Time) store.PastMessage {
		return store.PastMessage{Key: key, Team: team, Message: triage.Message{Role: role, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: text, SentAt: at}}
	}
	day := now.AddDate(0, 0, -3)
	_, err = s.store.Import(t.Context(), id, []store.PastTicket{
		{Key: "5", Subject: "HTTPS", Customer: triage.Customer{Email: "ann@shop.example"}, State: "closed", Solved: true, Team: "Engineers", Opened: day, Messages: []store.PastMessage{
			message("1", triage.RoleCustomer, "", "Click tracking is on and we added the CNAME for link.shop.example. How do we serve click-tracking links over HTTPS?", day),
			message("2", triage.RoleAgent, "First line", "Please add the CNAME.", day.Add(time.Hour)),
			message("3", triage.RoleCustomer, "", "As I said, it is there.", day.Add(2*time.Hour))}},
		{Key: "6", Subject: "nobody answered", State: "closed", Opened: day, Messages: []store.PastMessage{message("4", triage.RoleCustomer, "", "Hello?", day)}},
	}, store.ImportCounts{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body := s.as(t, leoLead, "POST", "/review?from=2026-11-01&to=2026-11-22")
	for _, want := range []string{"drawn from 1", "read for this review", "Serve click-tracking links over HTTPS", "At the desk that it came from: closed, team First line → Engineers", "we added the CNAME"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q", want)
		}
	}
	review, err := s.store.OpenReview(t.Context(), s.user(t, leoLead).ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Erase(t.Context(), "ann@shop.example", "test"); err != nil {
		t.Fatal(err)
	}
	status, body := s.as(t, leoLead, "GET", "/review/"+review.ID)
	if status != 200 || !strings.Contains(body, "was erased since") || strings.Contains(body, "link.shop.example") {
		t.Errorf("after an erasure: %d", status)
	}
	for _, form := range []string{"mark?place=1&brief=unclear", "mark?place=1&route=unclear", "publish"} {
		status, body = s.as(t, leoLead, "POST", "/review/"+review.ID+"/"+form)
	}
	if status != 200 || !strings.Contains(body, "1 was imported and read for the review") || !strings.Contains(body, "could not be told of any ticket") {
		t.Errorf("published: %d", status)
	}
}
