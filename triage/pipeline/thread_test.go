package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/extract"
	"readback/triage/extract/fake"
)

// thread is a long and ordinary one: every odd message is the customer's, who
// announces a thing, and does it four messages of theirs later.
func thread(messages int) *triage.Ticket {
	things := []string{"renew the certificate of link.foxglove.example", "lower the TTL of the zone", "purge the proxy", "move the redirects",
		"rotate the API key", "repeat the test from our office", "update the edge worker"}
	var texts []string
	for i := range messages / 2 {
		n := i / 8
		what := things[i%len(things)]
		say := fmt.Sprintf("Our plan for round %d is to %s as soon as the people of the other shift are back at their desks.", n, what)
		if i%8 >= 4 {
			say = fmt.Sprintf("It took a while, but for round %d we did %s and looked at it again after lunch.", n, things[(i-4)%len(things)])
		}
		texts = append(texts, say+" Our colleagues keep asking when the click-tracking links will be on HTTPS, because the newsletter goes to a few "+
			"thousand readers every week and their mail programs complain. Please tell us what is left on your side, thank you very much.",
			"agent: Thank you for writing back. I have had a look at your account and at what you wrote before. Could you please check once more that the "+
				"CNAME record is in place, that the certificate is valid for the name, and then clear the cache of your browser? Kind regards, the support team.")
	}
	return ticket(texts...)
}

var (
	message    = regexp.MustCompile(`(?s)Message (\d+), written by the customer:\n<<<(\w+)\n(.*?)\n\w+>>>`)
	noted      = regexp.MustCompile(`(?m)^(C\d+) M1 planned.* message \d+ "(.*?)":`)
	announced  = regexp.MustCompile(`Our plan for (round \d+) is to (.*?) as soon as`)
	carriedOut = regexp.MustCompile(`It took a while, but for (round \d+) we did (.*?) and looked`)
)

// diligent is a model that does what a later request asks of it.
func diligent(w http.ResponseWriter, r *fake.Request) {
	type quote struct {
		Message json.Number `json:"message"`
		Text    string      `json:"text"`
	}
	claims := []any{}
	for _, m := range message.FindAllStringSubmatch(r.Last(), -1) {
		claim := map[string]any{"id": "", "what": "did a thing", "state": "planned", "matter": 1, "steps": []any{}, "inputs": []any{}}
		for _, at := range announced.FindAllStringSubmatch(m[3], -1) {
			if claim["quotes"] != nil {
				further := maps.Clone(claim)
				claims = append(claims, further)
			}
			claim["quotes"] = []quote{{json.Number(m[1]), at[0]}}
		}
		if at := carriedOut.FindStringSubmatch(m[3]); at != nil {
			claim["quotes"], claim["state"] = []quote{{json.Number(m[1]), at[0]}}, "done"
			for _, known := range noted.FindAllStringSubmatch(r.Last(), -1) {
				if strings.Contains(known[2], at[1]+" is") || strings.Contains(known[2], at[1]+" to "+at[2][:10]) {
					claim["id"] = known[1]
				}
			}
		}
		claims = append(claims, claim)
	}
	answer, _ := json.Marshal(map[string]any{"language": "en", "summary": "They work on it.", "needs_staff": true, "effort": "partial", "urgency": "normal",
		"tone": "calm", "confidence": 0.9, "request": map[string]any{"text": "HTTPS for their links.", "quotes": []any{}},
		"matters": []any{map[string]any{"id": "M1", "kind": "setup", "procedure": "P1", "inputs": []any{}, "asks": []any{}, "confidence": 0.9}},
		"claims":  claims, "documents": []any{}, "environment": []any{}, "symptoms": []any{}, "entities": []any{}, "questions": []any{}, "flags": []any{}})
	fake.Answer(string(answer))(w, r)
}

// TestDenseThread: even where every message brings two new claims, the notes
// keep the last prompt bounded.
func TestDenseThread(t *testing.T) {
	var texts []string
	for i := range 60 {
		texts = append(texts, fmt.Sprintf("Our plan for round %d is to lower the TTL of zone number %d as soon as we can. And our colleagues ask for HTTPS links, again. "+
			"Our plan for round %d is to purge proxy number %d as soon as it is night, when few people read their mail.", i, i, i+100, i))
	}
	message := 0
	follow(t, ticket(texts...), func(_ *triage.Ticket, _, r *triage.Result) {
		if message++; len(r.Brief.Claims) != 2*message {
			t.Fatalf("triage %d: %d claims", message, len(r.Brief.Claims))
		}
	})
}

// TestLongThread: claims keep their ids and evidence; what was planned becomes
// done when the customer says so; an old message is not sent again.
func TestLongThread(t *testing.T) {
	var last *triage.Result
	changed := 0
	requests := follow(t, thread(60), func(tk *triage.Ticket, prev, r *triage.Result) {
		for _, c := range r.Brief.Claims {
			trueEvidence(t, tk, c.Evidence)
		}
		if prev != nil {
			changed += kept(t, int(tk.LastSeq), prev, r)
		}
		last = r
	})
	done := slices.DeleteFunc(slices.Clone(last.Brief.Claims), func(c triage.Claim) bool { return c.State != triage.ClaimDone })
	if len(last.Brief.Claims) != 16 || len(done) != 14 || changed != 14 {
		t.Errorf("%d claims, %d done, %d changed", len(last.Brief.Claims), len(done), changed)
	}
	if strings.Contains(string(requests[59].Body), "round 0 we did purge the proxy and looked at it") {
		t.Error("an old message is sent again")
	}
}

// follow triages a ticket of 60 messages after each of them, by a diligent
// model, and demands that the prompt of the 60th triage is under 1.5 times that
// of the 10th.
func follow(t *testing.T, all *triage.Ticket, each func(tk *triage.Ticket, prev, r *triage.Result)) []fake.Request {
	t.Helper()
	server := fake.New(t, diligent)
	p := newPipeline(t, extract.NewModel(extract.ModelOptions{BaseURL: server.URL, Model: "m", Timeout: time.Minute}), seeing{})
	var prev *triage.Result
	for n := 1; n <= len(all.Messages); n++ {
		tk := *all
		tk.Messages, tk.LastSeq = all.Messages[:n], int64(n)
		if prev != nil {
			tk.Triaged = prev.CoveredSeq
		}
		r, err := p.Triage(context.Background(), &tk, prev)
		if err != nil || r.Extractor.Name != "llm" || r.Extractor.Dropped > 0 {
			t.Fatalf("triage %d: %v, %+v", n, err, r.Extractor)
		}
		each(&tk, prev, &r)
		prev = &r
	}
	requests := server.Requests()
	tenth, last := len(requests[9].Body), len(requests[59].Body)
	t.Logf("bytes of the request: 10th %d, 60th %d: %.2f times as many", tenth, last, float64(last)/float64(tenth))
	if len(requests) != 60 || float64(last) >= 1.5*float64(tenth) {
		t.Errorf("%d requests, the 60th of %d bytes, the 10th of %d", len(requests), last, tenth)
	}
	return requests
}

// kept demands the claims of an earlier result in a later one, with their
// evidence first and in order. It returns how many have another state.
func kept(t *testing.T, n int, before, after *triage.Result) (changed int) {
	t.Helper()
	for _, old := range before.Brief.Claims {
		i := slices.IndexFunc(after.Brief.Claims, func(c triage.Claim) bool { return c.ID == old.ID })
		if i < 0 {
			t.Fatalf("triage %d lost claim %s", n, old.ID)
		}
		now := after.Brief.Claims[i]
		for j, e := range old.Evidence {
			if f := now.Evidence[j]; f.MessageID != e.MessageID || f.Start != e.Start || f.End != e.End {
				t.Fatalf("triage %d: evidence of %s was %+v, is %+v", n, old.ID, e, f)
			}
		}
		if now.State != old.State {
			changed++
			if len(now.Evidence) != len(old.Evidence)+1 || now.Evidence[0].Said != old.State || now.Evidence[len(old.Evidence)].Said != "" {
				t.Errorf("triage %d: %s is %s now with %+v", n, old.ID, now.State, now.Evidence)
			}
		}
	}
	return changed
}
