package web_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"readback/examples"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
)

// doubtful is a result with a check that somebody may doubt.
func doubtful(t *triage.Ticket) triage.Result {
	r := caseZeroResult(t)
	for i := range r.Facts.Checks {
		if k := &r.Facts.Checks[i]; k.Check == "dns.cname" {
			k.Params = map[string]string{"name": k.Inputs["link_domain"], "target": "links.sendline.example"}
			k.Code, k.CodeParams = "check.dns.proxied", map[string]string{"name": k.Inputs["link_domain"], "proxy": "Cloudflare", "seen": "104.16.0.10", "expected": "links.sendline.example"}
		}
	}
	return r
}

// A check that somebody says is wrong is paused everywhere, shown to whoever
// looks, and runs again once somebody said what they found.
func TestPauses(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), doubtful)
	_, page := s.get(t, "/tickets/"+id)
	for _, want := range []string{`action="/tickets/` + id + `/checks/wrong"`, `name="target" value="link.foxglove.example"`, "This check is wrong"} {
		if !strings.Contains(page, want) {
			t.Fatalf("the ticket's page has no %q", want)
		}
	}
	if _, inbox := s.get(t, "/inbox"); strings.Contains(inbox, "Paused checks wait") {
		t.Error("the inbox tells of pauses that there are not")
	}
	form := url.Values{"check": {"dns.cname"}, "target": {"link.foxglove.example"}}
	if status, _ := s.submit(t, "/tickets/"+id+"/checks/wrong", form, map[string]string{"Origin": s.URL}); status != 303 {
		t.Fatal(status)
	}
	if _, inbox := s.get(t, "/inbox"); !strings.Contains(inbox, `href="/checks"`) {
		t.Error("the inbox does not tell that somebody has to look")
	}
	_, list := s.get(t, "/checks")
	for _, want := range []string{"link.foxglove.example", "dns.cname", "led to Cloudflare", "104.16.0.10", "/tickets/" + id} {
		if !strings.Contains(list, want) {
			t.Errorf("the list has no %q\n%s", want, list)
		}
	}

	// An engine that asks the store leaves the target alone, and only that one.
	network, err := lab.Start(context.Background(), examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	e := check.New(network.Network(), check.Options{Paused: s.store.CheckPaused})
	look := func(name string) triage.CheckResult {
		return e.Run(context.Background(), "dns.cname", map[string]string{"name": name, "target": "links.sendline.example"}, nil)
	}
	if r := look("Link.Foxglove.example."); r.Code != "check.paused" || r.Outcome != triage.Unknown || len(r.Evidence) != 0 {
		t.Errorf("%+v", r)
	}
	if r := look("link.cardamom.example"); r.Outcome != triage.Pass {
		t.Errorf("%+v", r)
	}

	var pauses struct {
		Pauses []struct {
			ID       string
			Times    int
			Evidence []string
			Verdict  *string
		}
	}
	status, body := s.call(t, "POST", "/api/v1/tickets/"+id+"/wrong-check", `{"check":"dns.cname","params":{"name":"link.foxglove.example","target":"links.sendline.example"},"role":"customer"}`)
	if status != 201 {
		t.Fatal(status, body)
	}
	_, body = s.call(t, "GET", "/api/v1/pauses", "")
	if err := json.Unmarshal([]byte(body), &pauses); err != nil || len(pauses.Pauses) != 1 || pauses.Pauses[0].Times != 2 || len(pauses.Pauses[0].Evidence) == 0 {
		t.Fatal(err, body)
	}
	pause := pauses.Pauses[0].ID
	if status, body := s.call(t, "POST", "/api/v1/pauses/"+pause+"/resume", `{"verdict":"fine"}`); status != 400 {
		t.Error(status, body)
	}
	if status, body := s.call(t, "POST", "/api/v1/pauses/"+pause+"/resume", `{"verdict":"right"}`); status != 200 || !strings.Contains(body, `"verdict":"right"`) {
		t.Error(status, body)
	}
	if status, _ := s.submit(t, "/checks/"+pause+"/resume", url.Values{"do": {"right"}}, map[string]string{"Origin": s.URL}); status != 409 {
		t.Error(status)
	}
	if r := look("link.foxglove.example"); r.Code != "check.dns.proxied" {
		t.Errorf("%+v", r)
	}
	if status, body = s.call(t, "GET", "/api/v1/pauses?all=1", ""); status != 200 || !strings.Contains(body, pause) {
		t.Error(status, body)
	}
}

func TestPausesRefused(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), doubtful)
	for body, want := range map[string]int{
		`{"check":"dns.cname","params":{"name":"link.other.example","target":"x.example"}}`: 404,
		`{"check":"tls.certificate","params":{"host":"link.foxglove.example"}}`:             404,
		`{"check":"account.field","params":{"name":"plan","equals":"pro"}}`:                 404,
		`{}`: 404, `[]`: 400, `{"check":"dns.cname","params":{"name":"link.foxglove.example","target":"x.example"},"role":"boss"}`: 400,
	} {
		if status, got := s.call(t, "POST", "/api/v1/tickets/"+id+"/wrong-check", body); status != want {
			t.Errorf("%s: %d, want %d: %s", body, status, want, got)
		}
	}
	if status, _ := s.call(t, "POST", "/api/v1/tickets/tkt_none/wrong-check", `{}`); status != 404 {
		t.Error(status)
	}
}

// What a suggestion rests on is looked at again before it is sent, once its
// life is over.
func TestSuggestionAges(t *testing.T) {
	for name, tc := range map[string]struct {
		life time.Duration
		aged bool
	}{"fresh": {time.Minute, false}, "aged": {-time.Minute, true}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			id := s.triaged(t, caseZero(), func(tk *triage.Ticket) triage.Result {
				r := doubtful(tk)
				r.Route = triage.Route{Action: triage.Ask, Tier: "l1", Reasons: []triage.Reason{{Code: "route.contradicted",
					Params: map[string]string{"procedure": "https-click-tracking", "step": "brand-link"}}}}
				r.Matters[0].Route = r.Route
				for i := range r.Facts.Checks {
					r.Facts.Checks[i].ExpiresAt = now.Add(tc.life)
				}
				return r
			})
			_, page := s.get(t, "/tickets/"+id)
			if strings.Contains(page, "/tickets/"+id+"/look") != tc.aged || strings.Contains(page, `data-copy="suggested"`) == tc.aged {
				t.Errorf("aged %v:\n%s", tc.aged, page[strings.Index(page, `class="suggest"`):][:600])
			}
			if status, _ := s.submit(t, "/tickets/"+id+"/look", nil, map[string]string{"Origin": s.URL}); status != 303 {
				t.Error(status)
			}
			tk, err := s.store.Ticket(t.Context(), id)
			if err != nil || tk.Triaged >= tk.LastSeq {
				t.Errorf("nothing is to be triaged: %d of %d, %v", tk.Triaged, tk.LastSeq, err)
			}
		})
	}
}
