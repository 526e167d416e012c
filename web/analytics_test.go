package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"readback/store"
	"readback/triage"
	"readback/web"
)

// past is a made-up ticket that came some days ago, with what happened to it,
// an hour apart.
func past(ago int, channel triage.Channel, events ...store.Happening) store.Generated {
	at := now.AddDate(0, 0, -ago)
	all := append([]store.Happening{{Kind: store.EventReceived, Data: map[string]any{"channel": channel, "pages": []string{"https-click-tracking"}}}}, events...)
	for i := range all {
		all[i].At = at.Add(time.Duration(i) * time.Hour)
	}
	return store.Generated{Subject: "Links", State: triage.StateResolved, Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: channel, Text: "Please switch our links.", SentAt: at}},
		Result: triage.Result{At: at, Brief: triage.Brief{Kind: triage.KindSetup, Language: "en"}, Route: triage.Route{Tier: "l1"}}, Events: all}
}

func happen(kind string, data map[string]any) store.Happening {
	return store.Happening{Kind: kind, Data: data}
}

func readAs(was, tier, lang string, more ...any) store.Happening {
	d := map[string]any{"was_tier": was, "tier": tier, "kind": "setup", "topic": "https-click-tracking", "step": "switch-on", "next_by": "staff", "effort": "exhausted", "language": lang,
		"extractor": "llm", "latency_ms": 1100, "cost_usd": 0.01, "basis": map[string]int{"said": 1, "seen": 3}, "checks": map[string]string{"dns.cname": "pass"}, "browser": "Firefox"}
	for i := 0; i < len(more); i += 2 {
		d[more[i].(string)] = more[i+1]
	}
	return happen(store.EventTriaged, d)
}

func replied(state string, found map[string]any) store.Happening {
	return happen(store.EventReplied, map[string]any{"state": state, "guarded": true, "found": found})
}

// measured is a site whose past was counted.
func measured(t *testing.T, all ...store.Generated) *site {
	t.Helper()
	return newSite(t, func(o *web.Options) { o.Demo = false }).counted(t, all...)
}

func (s *site) counted(t *testing.T, all ...store.Generated) *site {
	t.Helper()
	if err := s.store.Plant(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Measure(context.Background(), store.CalendarOf(s.web.Workspace)); err != nil {
		t.Fatal(err)
	}
	return s
}

// export reads a table as its JSON file has it, a line for each row.
func (s *site) export(t *testing.T, table, query string) string {
	t.Helper()
	status, body := s.as(t, leoLead, "GET", "/analytics/export?format=json&table="+table+query)
	var file struct {
		Rows []map[string]any `json:"rows"`
	}
	if err := json.Unmarshal([]byte(body), &file); status != 200 || err != nil {
		t.Fatal(table, status, err, body)
	}
	var out []string
	for _, row := range file.Rows {
		line, _ := json.Marshal(row) // keys in order
		out = append(out, string(line))
	}
	return strings.Join(out, "\n")
}

// The figures of every table, of a history that is counted by hand.
func TestAnalytics(t *testing.T) {
	repeat := map[string]any{"shown": map[string]int{"repeats_step": 1}}
	mended := map[string]any{"mended": map[string]int{"asks_known": 1}}
	s := measured(t,
		// Right at first, and thanks.
		past(1, triage.ChannelEmail, readAs("", "l2", "en"), replied("resolved", nil)),
		// Round in circles: three touches, a repeat, handed over for one switch, back and forth, reopened.
		past(2, triage.ChannelChat, readAs("", "l1", "pl", "checks", map[string]string{"dns.cname": "fail"}), replied("waiting", repeat), happen(store.EventRerouted, map[string]any{"handover": "han_1", "from": "l1", "to": "l2", "why": "misrouted"}),
			happen(store.EventRerouted, map[string]any{"handover": "han_2", "from": "l2", "to": "l1", "why": "misrouted"}), happen(store.EventRerouted, map[string]any{"handover": "han_3", "from": "l1", "to": "l2", "why": "capability"}),
			replied("resolved", mended), happen(store.EventState, map[string]any{"state": "open", "was": "resolved", "customer": true}), readAs("l2", "l2", "pl"), replied("resolved", nil)),
		// Of a tier that is gone, without a model, before the guard.
		past(3, triage.ChannelEmail, readAs("", "old-tier", "en", "extractor", "offline", "degraded", true, "dropped", 2, "cost_usd", 0, "latency_ms", 20), happen(store.EventReplied, map[string]any{"state": "resolved"})),
		past(4, triage.ChannelEmail, readAs("", "l1", "en", "kind", "spam"), happen(store.EventState, map[string]any{"state": "resolved", "was": "open", "why": "spam"})),
		past(30, triage.ChannelEmail, readAs("", "l2", "en"), replied("resolved", nil)))
	for _, path := range []string{"/analytics", "/analytics/routing", "/analytics/tickets?measure=tickets", "/analytics/export?table=days&format=csv"} {
		if status, _ := s.as(t, mayAgent, "GET", path); status != 403 {
			t.Errorf("%s for an agent: %d", path, status)
		}
	}
	for table, want := range map[string]string{
		"moved": `{"before":0,"from_tier":"l1","moves":1,"tickets":1,"to_tier":"l2","why":"capability"}
{"before":0,"from_tier":"l1","moves":1,"tickets":1,"to_tier":"l2","why":"misrouted"}
{"before":0,"from_tier":"l2","moves":1,"tickets":1,"to_tier":"l1","why":"misrouted"}`,
		"first": `{"before":1,"first":"right","share":0.6666666666666666,"tickets":2}
{"before":0,"first":"misrouted","share":0.3333333333333333,"tickets":1}`,
		"effort":    `{"exhausted":3,"none":0,"partial":0,"share_exhausted":1,"tickets":3,"topic":"https-click-tracking","unknown":0}`,
		"stuck":     `{"before":1,"share":1,"step":"switch-on","tickets":3,"topic":"https-click-tracking"}`,
		"checks":    `{"check":"dns.cname","fail":0,"open":0,"pass":3,"right":0,"share_fail":0,"unknown_outcome":0,"wrong":0}`,
		"pages":     `{"before":1,"not_passed":0,"page":"https-click-tracking","passed":0,"tickets":3}`,
		"basis":     `{"basis":"seen","before":0.75,"share":0.75,"steps":9,"tickets":3}` + "\n" + `{"basis":"said","before":0.25,"share":0.25,"steps":3,"tickets":3}` + "\n" + `{"basis":"silent","before":0,"share":0,"steps":0,"tickets":0}`,
		"dead_ends": `{"before":1,"hours":0,"hours_each":0,"step":"switch-on","tickets":3,"topic":"https-click-tracking"}`,
		"reading": `{"before":1,"figure":"readings.llm","tickets":3,"value":4}
{"before":0,"figure":"readings.offline","tickets":1,"value":1}
{"before":0,"figure":"degraded_share","tickets":1,"value":0.2}
{"before":0,"figure":"dropped","tickets":1,"value":2}
{"before":0.01,"figure":"cost_usd","tickets":4,"value":0.04}
{"before":0,"figure":"unpriced","tickets":0,"value":0}
{"before":1200,"figure":"latency_ms_p50","tickets":3,"value":1200}
{"before":1200,"figure":"latency_ms_p95","tickets":3,"value":1200}`,
		"channel": `{"bounced":0,"channel":"email","reopened":0,"repeats":0,"right_at_first":1,"tickets":2,"touches":0}
{"bounced":100,"channel":"chat","reopened":100,"repeats":33.333333333333336,"right_at_first":0,"tickets":1,"touches":4}`,
		"browser": `{"before":1,"browser":"Firefox","share":1,"tickets":3}`,
	} {
		got := s.export(t, table, "")
		if table == "dead_ends" { // hours depend on the weekday of the fixtures: they have a test of their own
			got = regexp.MustCompile(`"(hours|hours_each)":[0-9.]+`).ReplaceAllString(got, `"$1":0`)
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", table, got, want)
		}
	}
	for days, bars := range map[int]int{7: 7, 90: 14, 365: 14} { // days, weeks from Monday to Sunday, four of them
		var rows struct {
			Rows []struct {
				From, To string
				Tickets  int
			}
		}
		_, body := s.as(t, leoLead, "GET", fmt.Sprintf("/analytics/export?format=json&table=days&days=%d", days))
		if err := json.Unmarshal([]byte(body), &rows); err != nil {
			t.Fatal(err)
		}
		n, after := 0, now.AddDate(0, 0, 1).Format(time.DateOnly)
		for _, row := range rows.Rows { // the newest first, without a gap
			to, err := time.Parse(time.DateOnly, row.To)
			if err != nil || to.AddDate(0, 0, 1).Format(time.DateOnly) != after || row.From > row.To {
				t.Errorf("%d days: from %s to %s before %s", days, row.From, row.To, after)
			}
			n, after = n+row.Tickets, row.From
		}
		if len(rows.Rows) < bars-1 || len(rows.Rows) > bars || n != map[int]int{7: 3, 90: 4, 365: 4}[days] || after != now.AddDate(0, 0, 1-days).Format(time.DateOnly) {
			t.Errorf("%d days: %d rows, %d tickets, from %s", days, len(rows.Rows), n, after)
		}
	}
	if got := s.export(t, "channel", "&language=pl&tier=l2"); !strings.HasPrefix(got, `{"bounced":100,"channel":"chat"`) || strings.Contains(got, "\n") {
		t.Errorf("two filters: %s", got)
	}
	status, body := s.as(t, leoLead, "GET", "/analytics")
	page := text(t, body)
	for _, want := range []string{"Touches until someone who can act has it 0 nine of ten: 4 or fewer", "Repeats per 100 answers 25 sent; 25 caught and mended", "Bounced twice or more 33.3\u00a0% 1 ticket",
		"Reopened within 7 days 33.3\u00a0% 1 ticket", "No review yet.", "1 ticket was spam and is left out.", "The desk's past is made up", "too few to compare", "1 answer that the guard did not read"} {
		if !strings.Contains(page, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the wall lacks %q", want)
		}
	}
	if status != 200 {
		t.Error(status)
	}
	s.followFigures(t, "/analytics", "/analytics/routing", "/analytics/stuck", "/analytics/help", "/analytics/reading", "/analytics/groups", "/analytics?days=90&language=pl", "/analytics/routing?tier=old-tier")
	if _, csv := s.as(t, leoLead, "GET", "/analytics/export?table=first&format=csv"); csv != "first,tickets,share,before\nright,2,0.6666666666666666,1\nmisrouted,1,0.3333333333333333,0\n" {
		t.Errorf("CSV: %q", csv)
	}
	for path, want := range map[string]int{"/analytics?days=0": 400, "/analytics?days=x": 400, "/analytics?from=2026-11-30&to=2026-11-01": 400, "/analytics?from=2026-02-30": 400, "/analytics/none": 404, "/analytics/wall": 404,
		"/analytics/export?table=none&format=csv": 404, "/analytics/export?table=days&format=xml": 400, "/analytics/tickets?measure=x": 400, "/analytics/tickets?measure=tickets&after=x": 400, "/analytics?from=2026-11-01&to=2026-11-10": 200} {
		if status, _ := s.as(t, leoLead, "GET", path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

// followFigures opens the list behind every figure of some pages: it has as
// many tickets as the figure says.
func (s *site) followFigures(t *testing.T, pages ...string) {
	t.Helper()
	rows := regexp.MustCompile(`<li><div><a href="/tickets/`)
	seen := map[string]bool{}
	for _, page := range pages {
		_, body := s.as(t, leoLead, "GET", page)
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			href := attr(n, "href")
			if n.Data != "a" || !strings.HasPrefix(href, "/analytics/tickets") || seen[href] {
				continue
			}
			seen[href] = true
			status, list := s.as(t, leoLead, "GET", href)
			if want := strings.TrimSpace(textOf(n)); status != 200 || n.Parent.Data == "td" && attr(n, "aria-label") == "" && fmt.Sprint(len(rows.FindAllString(list, -1))) != want {
				t.Errorf("%s, %s: %d, %d rows, the figure says %s", page, href, status, len(rows.FindAllString(list, -1)), want)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d figures lead to tickets", len(seen))
	}
}

// Pages stay readable without tickets, with one, with many, and before anything was counted.
func TestAnalyticsOfLittle(t *testing.T) {
	s := newSite(t, nil)
	if _, body := s.as(t, leoLead, "GET", "/analytics"); !strings.Contains(text(t, body), "All figures are being counted anew; 0 tickets so far") {
		t.Error("before the first count the page does not say so")
	}
	s = measured(t)
	for _, page := range []string{"/analytics", "/analytics/routing", "/analytics/reading?channel=chat&language=xx", "/analytics?days=365&tier=%22%3E%3Cb%3E"} {
		status, body := s.as(t, leoLead, "GET", page)
		if words := text(t, body); status != 200 || !strings.Contains(words, "No ticket came in these days that fits.") || strings.Contains(words, "made up") || strings.Contains(words, "NaN") || strings.Contains(body, "<b>\"") {
			t.Errorf("%s: %d %s", page, status, words)
		}
	}
	s = measured(t, past(1, triage.ChannelChat, readAs("", "l1", "en")))
	for _, page := range []string{"/analytics", "/analytics/routing", "/analytics/stuck", "/analytics/help", "/analytics/reading", "/analytics/groups?days=365", "/analytics/tickets?measure=tickets"} {
		status, body := s.as(t, leoLead, "GET", page)
		if words := text(t, body); status != 200 || strings.Contains(words, "NaN") || strings.Contains(words, "Inf") || strings.Contains(words, "No ticket came") {
			t.Errorf("one ticket, %s: %d %s", page, status, words)
		}
	}
	var many []store.Generated
	for i := range 120 {
		many = append(many, past(i%3+1, triage.ChannelChat, readAs("", "l1", "en", "degraded", true)))
	}
	s = measured(t, many...)
	found, next := map[string]bool{}, "/analytics/tickets?measure=degraded"
	for pages := 0; next != ""; pages++ {
		_, body := s.as(t, leoLead, "GET", next)
		for _, m := range regexp.MustCompile(`href="(/tickets/[^"]+)"`).FindAllStringSubmatch(body, -1) {
			found[m[1]] = true
		}
		next = ""
		if m := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(body); m != nil {
			next = html.UnescapeString(m[1])
			if u, err := url.Parse(next); err != nil || pages > 3 {
				t.Fatal(u, err)
			}
		}
	}
	if len(found) != 120 {
		t.Errorf("%d tickets in the list of 120", len(found))
	}
	if got := s.export(t, "reading", ""); !strings.Contains(got, `"figure":"degraded_share","tickets":120,"value":1}`) {
		t.Errorf("all degraded: %s", got)
	}
}

// In a real browser: nothing runs over the edge, and axe has nothing to say.
func TestAnalyticsIsAccessible(t *testing.T) {
	var many []store.Generated
	for i := range 60 {
		many = append(many, past(i%50+1, triage.ChannelChat, readAs("", "l1", "en"), replied("waiting", nil), happen(store.EventRerouted, map[string]any{"handover": fmt.Sprint(i), "from": "l1", "to": "l2", "why": "capability"}), replied("resolved", nil)))
	}
	s := newSite(t, nil).counted(t, many...)
	ctx := chromium(t)
	for _, where := range []struct {
		path   string
		width  int64
		scheme string
	}{{"/analytics", 1440, "light"}, {"/analytics/stuck?language=en", 375, "dark"}, {"/analytics/tickets?measure=switch", 375, "light"}} {
		do(t, ctx, screen(where.width, 900, where.scheme))
		open(t, ctx, s.URL+where.path)
		if over := eval[int](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
			t.Errorf("%s at %d: %d px run over", where.path, where.width, over)
		}
		axe(t, ctx, where.path)
	}
}
