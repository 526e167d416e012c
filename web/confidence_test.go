package web_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// outcomes stores n tickets whose routes turned out right or wrong, under two
// policies; three people by turns.
func (s *site) outcomes(t testing.TB, n int) {
	t.Helper()
	who := []string{s.user(t, annAdmin).ID, s.user(t, leoLead).ID, s.user(t, mayAgent).ID}
	for i := range n {
		id := s.triaged(t, store.Inbound{Source: "chat/site", TicketKey: fmt.Sprint("o", i), Raw: []byte("x"), RawType: "text/plain",
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelChat, Identity: triage.IdentityNone, Text: "Links do not open."}}},
			func(*triage.Ticket) triage.Result {
				return triage.Result{Workspace: "0a1b2c3d4e5f", Policy: map[bool]string{true: "1111aaaa2222", false: "3333bbbb4444"}[i < n/2],
					Route: triage.Route{Action: triage.Assign, Tier: "l1", Confidence: 0.36 + float64(i%60)/100, NeedsReview: i%4 == 0}, Extractor: triage.ExtractorInfo{Name: "offline"}}
			})
		s.passed.Add(1)
		var err error
		if i%60 < 20 && i%5 > 0 || i%7 == 0 {
			_, err = s.store.HandOver(context.Background(), store.Handover{TicketID: id, To: "l2", Why: "misrouted", Person: who[i%3]}, "", 0)
		}
		if err == nil {
			err = s.store.Resolve(context.Background(), id, store.ResolvedAnswered, who[i%3])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A lead sees what outcomes say, and sets the bounds of the floor.
func TestConfidence(t *testing.T) {
	s := newSite(t, nil)
	page := func(want ...string) {
		t.Helper()
		status, body := s.as(t, annAdmin, "GET", "/confidence")
		for _, w := range want {
			if status != 200 || !strings.Contains(body, w) {
				t.Errorf("%d, no %q", status, w)
			}
		}
	}
	page("No outcomes yet", "Review floor: 35%", "No review yet", "Nothing changed in the last 60 days", "It is the policy&#39;s: there are too few outcomes")
	n := 24
	if os.Getenv("READBACK_TEST_SHOTS") != "" {
		n = 600
	}
	s.outcomes(t, n)
	s.passed.Add(int64(2 * time.Hour / time.Minute))
	do := func(form string, status int, want ...string) {
		t.Helper()
		got, body := s.as(t, annAdmin, "POST", "/confidence?"+form)
		for _, w := range want {
			if got != status || !strings.Contains(body, w) {
				t.Errorf("%s: %d, no %q", form, got, w)
			}
		}
	}
	do("do=again", 200, "It is worked out anew", fmt.Sprintf("It rests on %d outcomes", n), "3 people", `class="chart"`, "points off in the mean", "Policy", "<code>1111aaaa2222</code>", fmt.Sprintf("Before (%d tickets)", n/2))
	do("do=bounds&low=45&high=50", 200, "The bounds are set", `name="low" type="number" min="5" max="95" step="1" value="45"`, "The bounds were set by Ann")
	if got := s.store.ReviewFloor(t.Context(), 0.35); got < 0.45 || got > 0.5 {
		t.Errorf("the floor is %v", got)
	}
	for _, wrong := range []string{"low=50&high=45", "low=0&high=50", "low=x&high=50", "low=10&high=101", "low=NaN&high=50"} {
		do("do=bounds&"+wrong, 422, "two numbers from 5 to 95")
	}
	do("do=policy", 200, "The policy&#39;s bounds hold again")
	if status, _ := s.as(t, annAdmin, "POST", "/confidence?do=else"); status != 422 && status != 400 {
		t.Errorf("something else: %d", status)
	}
	ctx := chromium(t)
	for _, width := range []int64{1440, 375} {
		for _, scheme := range []string{"light", "dark"} {
			do := fmt.Sprintf("confidence-%d-%s", width, scheme)
			screenTo(t, ctx, width, scheme, s.URL+"/confidence")
			if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%s: the page is %d wide", do, got)
			}
			if scheme == "light" || width == 1440 {
				axe(t, ctx, do)
			}
			shoot(t, ctx, do)
		}
	}
}

func screenTo(t *testing.T, ctx context.Context, width int64, scheme, url string) {
	t.Helper()
	height := int64(900)
	if os.Getenv("READBACK_TEST_SHOTS") != "" {
		height = 2600 // the whole page
	}
	do(t, ctx, screen(width, height, scheme))
	open(t, ctx, url)
}
