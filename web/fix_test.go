package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"readback/store"
	"readback/triage"
	"readback/web"
)

// post sends a form as a browser does, and returns where it leads.
func (s *site) post(t *testing.T, path string, form url.Values, origin map[string]string) (int, string) {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range origin {
		r.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}

// corrections are those in force on a ticket, in short.
func (s *site) corrections(t *testing.T, id string) string {
	t.Helper()
	list, err := s.store.Corrections(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range list {
		out = append(out, strings.Join([]string{string(c.What), c.Matter + c.Anchor.MessageID, c.Step, c.Inputs["link_domain"], c.Item, c.Value, c.Who}, " "))
	}
	return strings.Join(out, "; ")
}

// What a form corrects, where it leads, and what is refused.
func TestCorrectForm(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	tk, err := s.store.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	msg, me := tk.Messages[0].ID, s.user(t, annAdmin).ID
	step := url.Values{"what": {"state"}, "matter": {"m1"}, "step": {"certificate"}, "input.link_domain": {"link.bergamot.example"}, "value": {"failed"}, "why": {"on the phone"}}
	all := url.Values{"what": {"state"}, "matter": {"m1"}, "step": {"brand-link"}, "input.link_domain": {"link.bergamot.example"}, "all": {"1"}, "value": {"done"}}
	for _, tc := range []struct {
		form   url.Values
		status int
		want   string // the newest in force
	}{
		{step, 303, "state m1 certificate link.bergamot.example  failed " + me},
		{all, 303, "state m1 brand-link   done " + me},
		{url.Values{"what": {"kind"}, "matter": {"m1"}, "value": {"broken"}}, 303, "kind m1    broken " + me},
		{url.Values{"what": {"procedure"}, "matter": {"m1"}, "value": {""}}, 303, "procedure m1     " + me},
		{url.Values{"what": {"environment"}, "item": {"Cloudflare"}, "anchor": {msg + ":5-9"}, "value": {"not_so"}}, 303, "environment " + msg + "   Cloudflare not_so " + me},
		{url.Values{"what": {"environment"}, "anchor": {msg + ":5"}, "value": {"not_so"}}, 400, ""},
		{url.Values{"what": {"state"}, "matter": {"m1"}, "step": {"nothing"}, "value": {"done"}}, 400, ""},
		{url.Values{"what": {"kind"}, "matter": {"m1"}, "value": {strings.Repeat("x", web.MaxForm)}}, 400, ""},
		{url.Values{}, 400, ""},
	} {
		status, to := s.post(t, "/tickets/"+id+"/correct", tc.form, sameOrigin)
		if status != tc.status || status == 303 && !strings.HasPrefix(to, "/tickets/"+id+"?said=cor_") {
			t.Errorf("%v: %d to %q", tc.form, status, to)
		}
		if got := s.corrections(t, id); tc.want != "" && !strings.HasSuffix(got, tc.want) {
			t.Errorf("%v: in force %s, want %s", tc.form, got, tc.want)
		}
	}
	if status, _ := s.post(t, "/tickets/"+id+"/correct", step, map[string]string{"Sec-Fetch-Site": "cross-site"}); status != 403 {
		t.Errorf("from elsewhere: %d", status)
	}
	if status, _ := s.post(t, "/tickets/none/correct", step, sameOrigin); status != 404 {
		t.Errorf("of no ticket: %d", status)
	}
	closed := newSite(t, func(o *web.Options) { o.Demo = false })
	if status, _ := closed.post(t, "/tickets/x/correct", step, sameOrigin); status != 401 {
		t.Errorf("not signed in: %d", status)
	}
}

// The page shows who said what, in both languages, and takes it back.
func TestPageOfACorrectedTicket(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	said, err := s.store.AddCorrection(t.Context(), triage.Correction{TicketID: id, What: triage.WhatState, Matter: "m1", Step: "certificate",
		Value: "not_done", Procedure: "https-click-tracking", Who: "lee", Role: triage.RoleAgent, Why: "it expires today"})
	if err != nil {
		t.Fatal(err)
	}
	s.release(t, id)
	s.save(t, id, func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult(tk)
		r.Matters[0].Read = &triage.MatterRead{Kind: triage.KindOther}
		st := r.Matters[0].Positions[0].Step("certificate")
		*st = triage.StepPosition{ID: st.ID, By: st.By, State: triage.StepTodo, Basis: triage.Said, Claimed: triage.ClaimNotDone, SaidBy: triage.RoleAgent, Disputed: true}
		claim := triage.Claim{ID: said.ID, Matter: "m1", Step: "certificate", What: "w", State: triage.ClaimNotDone,
			Evidence: []triage.Evidence{{Kind: triage.EvidenceCorrection, Correction: said.ID, By: triage.RoleAgent}}}
		r.Brief.Claims[3].Disputes = said.ID
		r.Brief.Claims = append(r.Brief.Claims, claim)
		r.Brief.Flags = append(r.Brief.Flags, triage.FlagDisputed)
		return r
	})
	for lang, want := range map[string][]string{
		"en": {"told: not yet", "A colleague says it is not done yet. What they wrote later contradicts a correction.", "not done lee, agent, 14:05", "“it expires today”",
			"they now say otherwise", "Contradicts a correction", "Read as: Something else, No procedure fits. A person corrected it.", "“Serve a valid certificate through your CDN”: not done"},
		"pl": {"zgłoszono: nie", "lee, konsultant, 14:05", "teraz piszą inaczej", "Przeczy poprawce", "Odczytano jako: Inna sprawa, Żadna procedura nie pasuje."},
	} {
		_, _, body := s.getIn(t, "/tickets/"+id, lang, "")
		page := text(t, body)
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: lacks %q", lang, w)
			}
		}
	}
	_, body := s.get(t, "/tickets/"+id+"?said="+said.ID)
	if note := words(t, body, "note"); !strings.HasPrefix(note, "Corrected.") || !strings.HasSuffix(note, "Undo") {
		t.Errorf("the note says %q", note)
	}
	status, to := s.post(t, "/tickets/"+id+"/corrections/"+said.ID+"/undo", nil, sameOrigin)
	if status != 303 || s.corrections(t, id) != "" {
		t.Errorf("undo: %d, in force %s", status, s.corrections(t, id))
	}
	_, body = s.get(t, to)
	if note := words(t, body, "note"); !strings.HasPrefix(note, "Taken back.") || strings.Contains(note, "Undo") {
		t.Errorf("the note says %q", note)
	}
	if page := text(t, body); !strings.Contains(page, "no longer holds") || !strings.Contains(page, "Ann, agent, 14:05 · taken back") {
		t.Error("the history is lost")
	}
	if _, body = s.get(t, "/tickets/"+id+"?said=cor_none"); strings.Contains(body, `class="note"`) {
		t.Error("a note about nothing")
	}
}

// release ends a lease that the test holds or that a change made void.
func (s *site) release(t *testing.T, id string) {
	t.Helper()
	if err := s.store.ReleaseLease(t.Context(), id, "test"); err != nil {
		t.Fatal(err)
	}
}

// A cell is corrected in a browser that runs no script, and by keys.
func TestCorrectWithoutScript(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	ctx := chromium(t)
	do(t, ctx, withoutScript(), chromedp.Navigate(s.URL+"/tickets/"+id+"#d-1-3"), chromedp.WaitVisible(chromedp.CSS("#d-1-3")),
		chromedp.Focus(chromedp.CSS("#d-1-3 .fix summary")), chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("#d-1-3 .fix[open] select")),
		chromedp.SetValue(chromedp.CSS("#d-1-3 select"), "not_done"), chromedp.Focus(chromedp.CSS("#d-1-3 input[name=why]")),
		chromedp.KeyEvent("they wrote it\r"), chromedp.WaitVisible(chromedp.CSS(".note button")))
	if got := s.corrections(t, id); got != "state m1 certificate link.foxglove.example  not_done "+s.user(t, annAdmin).ID {
		t.Errorf("in force: %s", got)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS(".note button")), chromedp.KeyEvent("\r"), chromedp.WaitNotPresent(chromedp.CSS(".note button")))
	if got := s.corrections(t, id); got != "" {
		t.Errorf("after undo: %s", got)
	}
}

// Merge, undo and split by the page's forms.
func TestMoveForms(t *testing.T) {
	s := newSite(t, nil)
	a := s.triaged(t, caseZero(), caseZeroResult)
	second := caseZero()
	second.TicketKey, second.Subject = "c1", "The same again"
	b := s.triaged(t, second, caseZeroResult)
	stranger := caseZero()
	stranger.TicketKey, stranger.Subject, stranger.Customer = "c2", "Somebody else", triage.Customer{Email: "x@y.example"}
	s.triaged(t, stranger, caseZeroResult)
	_, body := s.get(t, "/tickets/"+a+"/move")
	if page := text(t, body); !strings.Contains(page, "The same again3 messages · Open") || strings.Contains(page, "Somebody else") || strings.Contains(page, "HTTPS for our tracking links 3 messages") {
		t.Errorf("candidates: %s", page)
	}
	status, to := s.post(t, "/tickets/"+a+"/merge", url.Values{"other": {b}}, sameOrigin)
	if status != 303 || to != "/tickets/"+a+"?merged="+b || s.state(t, b) != store.StateMerged {
		t.Fatalf("merge: %d to %q", status, to)
	}
	_, body = s.get(t, to)
	if note := words(t, body, "note"); note != "Merged in: The same againUndo" {
		t.Errorf("the note says %q", note)
	}
	if _, body = s.get(t, "/tickets/"+a+"/move"); !strings.Contains(text(t, body), "Merged into this ticket The same again") {
		t.Error("the merge cannot be undone later")
	}
	if status, to = s.post(t, "/tickets/"+a+"/unmerge", url.Values{"other": {b}}, sameOrigin); status != 303 || to != "/tickets/"+b {
		t.Errorf("undo: %d to %q", status, to)
	}
	if _, body = s.get(t, "/tickets/"+a+"?merged="+b); strings.Contains(body, `class="note"`) {
		t.Error("a note of a merge that was undone")
	}
	tk, err := s.store.Ticket(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	status, to = s.post(t, "/tickets/"+a+"/split", url.Values{"message": {tk.Messages[2].ID}}, sameOrigin)
	if status != 303 || !strings.HasSuffix(to, "?split=1") {
		t.Fatalf("split: %d to %q", status, to)
	}
	if _, body = s.get(t, to); !strings.Contains(text(t, body), "Split off from another ticket") {
		t.Error("the new ticket does not say where it is from")
	}
	for path, form := range map[string]url.Values{"/split": {"message": nil}, "/merge": {"other": {"none"}}, "/unmerge": {"other": {b}}} {
		if status, _ := s.post(t, "/tickets/"+a+path, form, sameOrigin); status < 400 || status > 409 {
			t.Errorf("%s: %d", path, status)
		}
		if status, _ := s.post(t, "/tickets/"+a+path, form, nil); status != 403 {
			t.Errorf("%s from elsewhere: %d", path, status)
		}
	}
	if status, _, _ := s.getIn(t, "/tickets/none/move", "en", ""); status != 404 {
		t.Errorf("of no ticket: %d", status)
	}
}

// The whole way: a person corrects, the ticket is triaged anew, the customer
// writes otherwise, and nothing of it is lost when tickets merge.
func TestCorrectionGoesAllTheWay(t *testing.T) {
	s := newSite(t, nil)
	p := examplePipeline(t)
	receive := func(key, text string) string {
		s.passed.Add(1)
		r, err := s.store.Receive(t.Context(), store.Inbound{Source: "mail", TicketKey: key, Customer: triage.Customer{Email: "net@juniper.example", AccountID: "acc-1009"},
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Text: text}}, Raw: []byte(text), RawType: "text/plain"})
		if err != nil {
			t.Fatal(err)
		}
		return r.TicketID
	}
	var prev *triage.Result
	triaged := func(id string) *triage.Result {
		s.release(t, id)
		s.save(t, id, func(tk *triage.Ticket) triage.Result {
			r, err := p.Triage(t.Context(), tk, prev)
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
		r, err := s.store.Result(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		prev = r
		return r
	}
	certificate := func(r *triage.Result) string {
		st := r.Matters[0].Positions[0].Step("certificate")
		return strings.Join([]string{string(st.State), string(st.Claimed), string(st.SaidBy), r.Route.Reasons[0].Code}, " ")
	}
	id := receive("a", "How do we get HTTPS on the click-tracking links for link.juniper.example? We added the CNAME.")
	if got := certificate(triaged(id)); got != "unknown   route.progress_unknown" {
		t.Errorf("at first: %s", got)
	}
	s.passed.Add(1)
	status, body := s.call(t, "POST", "/api/v1/tickets/"+id+"/corrections", `{"what":"state","matter":"m1","step":"certificate","value":"done","who":"lee","why":"on the phone"}`)
	if status != 201 {
		t.Fatal(status, body)
	}
	if got := certificate(triaged(id)); got != "done done agent route.staff_next_unverified" {
		t.Errorf("corrected: %s", got)
	}
	receive("a", "Sorry, we have not installed the certificate yet.")
	if r := triaged(id); certificate(r) != "todo not_done customer route.next_told" || !r.Route.NeedsReview {
		t.Errorf("the customer says otherwise: %s, %+v", certificate(r), r.Route)
	}
	other := receive("b", "How do we get HTTPS on the click-tracking links for link.juniper.example?")
	if err := s.store.Merge(t.Context(), id, other, "lee"); err != nil {
		t.Fatal(err)
	}
	prev = nil
	if r := triaged(other); certificate(r) != "todo not_done customer route.next_told" || len(r.Corrections) != 1 {
		t.Errorf("merged: %s, corrections %v", certificate(r), r.Corrections)
	}
}
