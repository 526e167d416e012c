package web_test

import (
	"net/url"
	"strings"
	"testing"

	"readback/triage"
)

// The four answers that support gave in case zero, as they come back: the same
// steps, the browser, the guide, "could not confirm".
var badAnswers = []struct {
	text  string
	stops bool
	quote string // of the customer, which the page shows beside it
}{
	{"Hello Maja, to get HTTPS please make sure that click tracking is switched on, and point the CNAME of both domains at links.sendline.example.", true, "Click tracking is switched on."},
	{"Could you tell us which browser you use?", false, "Firefox"},
	{"Everything is described in our guide: https://docs.sendline.example/ssl-for-links", true, "https://docs.sendline.example/ssl-for-links"},
	{"Please add the CNAME records for both domains and put them behind a proxy with a valid certificate.", true, "We added the CNAME records for both domains"},
}

const goodAnswer = "Thank you, Maja. We saw all three steps done at both domains, so there is nothing left for you to do. Engineering support switches HTTPS on for your account today, and we write as soon as it is on."

// Without a script the form does all: it keeps the draft, is stopped with the
// customer's own words, mends and dismisses, sends, and takes back.
func TestAnswerByForm(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	page := "/tickets/" + id
	put := func(do, text string) string {
		t.Helper()
		a := s.ask(t, page+"/reply", url.Values{"text": {text}, "do": {do}})
		if a.status != 303 {
			t.Fatalf("%s: %d %.300s", do, a.status, a.body)
		}
		_, body := s.get(t, strings.TrimSuffix(a.to, "#reply"))
		return body
	}
	for _, bad := range badAnswers {
		body := put("send_waiting", bad.text)
		if stopped := strings.Contains(body, "Not sent:"); stopped != bad.stops || bad.stops == strings.Contains(body, `class="held"`) {
			t.Errorf("%q: stopped %v", bad.text, stopped)
		}
		if bad.stops && !strings.Contains(body, "“"+bad.quote) {
			t.Errorf("%q: their words %q do not stand beside it", bad.text, bad.quote)
		}
		if !bad.stops { // it was only a hint: taken back
			undo := cut(t, body, `action="`+page+`/replies/`, `"`)
			if a := s.ask(t, page+"/replies/"+undo, url.Values{}); a.status != 303 {
				t.Fatal(a.status, a.body)
			}
			if _, body := s.get(t, page); !strings.Contains(body, "Firefox</bdi>") && !strings.Contains(body, "Firefox") || !strings.Contains(body, bad.text) {
				t.Error("what was taken back is not there to go on with")
			}
		}
	}
	body := put("save", badAnswers[2].text)
	key := cut(t, body, `value="mend:`, `"`)
	if body = put("mend:"+key, badAnswers[2].text); strings.Contains(body, "ssl-for-links</textarea>") || strings.Contains(body, `class="finding stop"`) {
		t.Error("mending left it there")
	}
	body = put("save", badAnswers[2].text)
	body = put("dismiss:"+cut(t, body, `value="dismiss:`, `"`), badAnswers[2].text)
	if strings.Contains(body, `class="finding stop"`) || !strings.Contains(body, "Set aside: Already sent or read") {
		t.Error("what was dismissed is still there")
	}
	if body = put("save", goodAnswer); strings.Contains(body, `class="finding`) {
		t.Errorf("findings on a good answer: %s", body[strings.Index(body, `class="finding`):][:600])
	}
	if body = put("send_waiting", goodAnswer); !strings.Contains(body, `class="held" data-left="10"`) || strings.Contains(body, "<textarea name=\"text\" rows=\"8\"") {
		t.Error("the answer is not held")
	}
}

// cut is what stands in text between two pieces.
func cut(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, before)
	out, _, ok2 := strings.Cut(rest, after)
	if !ok || !ok2 {
		t.Fatalf("there is no %q", before)
	}
	return out
}

// The drafted answer goes past the guard, and names what it rests on.
func TestDraftedAnswer(t *testing.T) {
	s := newSite(t, nil)
	for name, id := range exampleDesk(t, s) {
		a := s.ask(t, "/tickets/"+id+"/reply", url.Values{"text": {""}, "do": {"draft"}})
		_, body := s.get(t, strings.TrimSuffix(a.to, "#reply"))
		if strings.Contains(body, `class="finding stop"`) {
			at := strings.Index(body, `class="finding stop"`)
			t.Errorf("%s: the draft is stopped: %.700s", name, body[at:])
		}
		if name == "tickets/case-zero.json" && (!strings.Contains(body, "It rests on:") || !strings.Contains(body, "What we saw:")) {
			t.Errorf("%s: no draft with sources", name)
		}
	}
}

// A hand-over asks why, shows what the next tier sees, waits for them, tells the customer, and is undone.
func TestHandOverPages(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	page := "/tickets/" + id
	_, body := s.get(t, page+"/handover")
	for _, want := range []string{"Now with Engineering support", "Wants: Turn on HTTPS", "Turn on click tracking (seen)", "Open: Switch the account", "acc-1001 pro", "Tell the customer", "checked"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if a := s.ask(t, page+"/handover", url.Values{"tier": {"billing"}, "why": {"other"}, "text": {"Ask for <Ann>"}, "tell": {"1"}}); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	_, body = s.get(t, page)
	for _, want := range []string{"from Engineering support to Billing", "“Ask for &lt;Ann&gt;”", "Nobody there has said yet", "about to be told", "by Billing", "A colleague gave it to Billing"} {
		if !strings.Contains(body, want) {
			t.Errorf("after the hand-over the page lacks %q", want)
		}
	}
	h := cut(t, body, `action="`+page+`/handovers/`, `"`)
	leo := s.user(t, leoLead)
	if err := s.store.TakeOver(t.Context(), id, h, leo.ID); err != nil {
		t.Fatal(err)
	}
	if _, body = s.get(t, page); !strings.Contains(body, "Leo has it.") {
		t.Error("who has it is not told")
	}
	if a := s.ask(t, page+"/handovers/"+h, url.Values{"do": {"undo"}}); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	if _, body = s.get(t, page); !strings.Contains(body, "by Engineering support") || strings.Contains(body, "about to be told") {
		t.Error("undoing it left something")
	}
	for _, form := range []url.Values{{"tier": {"l9"}, "why": {"other"}}, {"tier": {"l2"}, "why": {"other"}}, {"tier": {"l1"}, "why": {"fun"}}} {
		if a := s.ask(t, page+"/handover", form); a.status != 400 {
			t.Errorf("%v: %d", form, a.status)
		}
	}
}

// Once every step is seen to be done one button asks the customer; reasons end a ticket by name.
func TestConfirmAndResolve(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	page := "/tickets/" + id
	if _, body := s.get(t, page); strings.Contains(body, "seen to be done.") {
		t.Error("asks though a step is open")
	}
	s.save(t, id, allSeen)
	if _, body := s.get(t, page); !strings.Contains(body, "Every step is seen to be done.") {
		t.Error("does not offer to ask")
	}
	if a := s.ask(t, page+"/confirm", url.Values{}); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	if _, body := s.get(t, page); !strings.Contains(body, "about to be asked") || strings.Contains(body, "Every step is seen to be done.") {
		t.Error("the question is not on its way")
	}
	if a := s.ask(t, page+"/resolve", url.Values{"why": {"duplicate"}}); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	if _, body := s.get(t, page); !strings.Contains(body, "Duplicate") {
		t.Error("the reason is not told")
	}
}

// allSeen is case zero once the switch was seen to be on.
func allSeen(t *triage.Ticket) triage.Result {
	r := caseZeroResult(t)
	for i := range r.Matters[0].Positions {
		p := &r.Matters[0].Positions[i]
		p.Next, p.Steps[3].State, p.Steps[3].Check = nil, triage.StepVerified, triage.Pass
	}
	r.Position.Position = r.Matters[0].Positions[0]
	return r
}

// Notes stay with the desk: on the page, in no message.
func TestNotes(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	page := "/tickets/" + id
	if a := s.ask(t, page+"/notes", url.Values{"text": {"They were **promised** a call <script>x</script>"}}); a.status != 303 {
		t.Fatal(a.status, a.body)
	}
	_, body := s.get(t, page)
	if !strings.Contains(body, "<strong>promised</strong>") || strings.Contains(body, "<script>x") {
		t.Error("the note is not shown as it should be")
	}
	if _, got := s.call(t, "GET", "/api/v1/tickets/"+id, ""); strings.Contains(got, "promised") {
		t.Error("the note is in the result")
	}
	drop := cut(t, body, `action="`+page+`/notes/`, `"`)
	if a := s.ask(t, page+"/notes/"+drop, url.Values{}); a.status != 303 {
		t.Fatal(a.status)
	}
	if d, err := s.store.Desk(t.Context(), id, ""); err != nil || len(d.Notes) != 0 {
		t.Errorf("%+v %v", d.Notes, err)
	}
}
