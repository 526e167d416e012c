package route_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// example is the example workspace, loaded once: hundreds of reports are made of it.
var example = sync.OnceValues(func() (*knowledge.Workspace, error) { return knowledge.Load(examples.Sendline()) })

// report makes one of a kind, a procedure ("" = none), a language and words.
func report(t *testing.T, kind triage.Kind, procedure, lang, text string) route.Report {
	t.Helper()
	w, err := example()
	if err != nil {
		t.Fatal(err)
	}
	r := triage.Result{Brief: triage.Brief{Language: lang, Request: triage.Request{Text: text}}, Matters: []triage.Matter{{Kind: kind, Procedure: procedure}}}
	return route.NewReport(w, &r, &r.Matters[0], text)
}

func TestLike(t *testing.T) {
	const dkim, dmarc, https = "domain-authentication", "dmarc-alignment", "https-click-tracking"
	for _, tc := range []struct {
		name string
		a, b route.Report
		want bool
	}{
		{"one area, two procedures, two languages", report(t, triage.KindBroken, dkim, "en", "The domain is not verified any more"),
			report(t, triage.KindIncident, dmarc, "ja", "昨日からメールが拒否されています"), true},
		{"two areas, the same words", report(t, triage.KindBroken, dkim, "en", "It stopped this morning with error 500"),
			report(t, triage.KindBroken, https, "en", "It stopped this morning with error 500"), false},
		{"a question about the same area", report(t, triage.KindBroken, dkim, "en", "The domain is not verified any more"),
			report(t, triage.KindSetup, dkim, "en", "How do we verify a domain?"), false},
		{"both ask about an outage", report(t, triage.KindIncident, "", "en", "Is Sendline down?"),
			report(t, triage.KindIncident, "", "pl", "Czy jest jakaś awaria?"), true},
		{"both ask about an outage and name different codes", report(t, triage.KindIncident, "", "en", "Is the API down? 503"),
			report(t, triage.KindIncident, "", "en", "Is the editor down? Error E1234"), false},
		{"an outage, and a fault of which nothing is the same", report(t, triage.KindIncident, "", "en", "Is Sendline down?"),
			report(t, triage.KindBroken, "", "en", "The invoice does not load."), false},
		{"code and name in two languages", report(t, triage.KindBroken, "", "de", "Die API antwortet nur noch mit 503."),
			report(t, triage.KindBroken, "", "ja", "APIが503エラーを返しています"), true},
		{"only the code", report(t, triage.KindBroken, "", "en", "The list import stopped working this morning with error 500"),
			report(t, triage.KindBroken, "", "en", "The template editor stopped loading this morning, we see error 500"), false},
		{"only names", report(t, triage.KindBroken, "", "en", "HTTPS and DNS of our shop fail"),
			report(t, triage.KindBroken, "", "en", "Your DNS page about HTTPS is empty"), false},
		{"the same words, inflected", report(t, triage.KindBroken, "", "en", "Emails are stuck in processing for twenty minutes"),
			report(t, triage.KindBroken, "", "en", "Our email is stuck processing"), true},
		{"the same words without spaces", report(t, triage.KindBroken, "", "ja", "メールが送信中のまま届きません"),
			report(t, triage.KindBroken, "", "ja", "メールが送信中のままです"), true},
		{"other words without spaces", report(t, triage.KindBroken, "", "ja", "メールが送信中のまま届きません"),
			report(t, triage.KindBroken, "", "ja", "請求書の画面が開きません"), false},
		{"the words that every complaint has", report(t, triage.KindBroken, "", "en", "Webhooks have not been arriving since this morning"),
			report(t, triage.KindBroken, "", "en", "The invoices have not been loading since this morning"), false},
		{"nothing said", report(t, triage.KindBroken, "", "en", ""), report(t, triage.KindBroken, "", "en", ""), false},
	} {
		if got := route.Like(&tc.a, &tc.b, nil); got != tc.want {
			t.Errorf("%s: %v\n%+v\n%+v", tc.name, got, tc.a, tc.b)
		}
		if got := route.Like(&tc.b, &tc.a, nil); got != tc.want {
			t.Errorf("%s, turned round: %v", tc.name, got)
		}
	}
}

func TestMarks(t *testing.T) {
	for text, want := range map[string]string{
		"API: 503, twice 503.": "503 API", "SMTP 550 5.7.1 refused": "5.7.1 550 SMTP", "since 14:05 UTC": "UTC", "on 2026-11-20 we saw E1234": "E1234",
		"503エラー、APIです": "503 API", "error=ERR-77": "ERR-77", "503.5 or 1503 or 12:50:00": "", "I saw a 404 on https://x.example/500": "404", "": "",
	} {
		if got := strings.Join(report(t, triage.KindBroken, "", "en", text).Marks, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// five are reports of as many customers, a minute apart.
func five(t *testing.T, kind triage.Kind, procedure string, texts ...string) []route.Report {
	t.Helper()
	var out []route.Report
	for i, text := range texts {
		r := report(t, kind, procedure, "en", text)
		r.Ticket, r.Customer, r.At = fmt.Sprint("t", i), fmt.Sprint("c", i), noon.Add(time.Duration(i)*time.Minute)
		out = append(out, r)
	}
	return out
}

func TestBursts(t *testing.T) {
	policy := knowledge.IncidentPolicy{Tickets: 5, Within: 30 * time.Minute}
	same := []string{"DKIM fails", "not verified", "the check fails", "refused", "it fails"}
	change := func(reports []route.Report, do func(i int, r *route.Report)) []route.Report {
		for i := range reports {
			do(i, &reports[i])
		}
		return reports
	}
	alike := func() []route.Report { return five(t, triage.KindBroken, "domain-authentication", same...) }
	for _, tc := range []struct {
		name    string
		reports []route.Report
		want    string
	}{
		{"five of one area", alike(), "sending-domains [t0 t1 t2 t3 t4]"},
		{"the order they are given in does not matter", []route.Report{alike()[3], alike()[0], alike()[4], alike()[1], alike()[2]}, "sending-domains [t0 t1 t2 t3 t4]"},
		{"four", alike()[:4], ""},
		{"none", nil, ""},
		{"five of one customer", change(alike(), func(_ int, r *route.Report) { r.Customer = "one" }), ""},
		{"five of nobody", change(alike(), func(_ int, r *route.Report) { r.Customer = "" }), ""},
		{"over five hours", change(alike(), func(i int, r *route.Report) { r.At = noon.Add(time.Duration(i) * time.Hour) }), ""},
		{"the fifth a minute late", change(alike(), func(i int, r *route.Report) {
			if i == 4 {
				r.At = noon.Add(31 * time.Minute)
			}
		}), ""},
		{"one that our check explains", change(alike(), func(i int, r *route.Report) { r.Explained = i == 2 }), ""},
		{"questions", change(alike(), func(_ int, r *route.Report) { r.Kind = triage.KindSetup }), ""},
		{"five different things in half an hour", five(t, triage.KindBroken, "",
			"Webhooks stopped arriving this morning", "The invoice page does not load since this morning", "Our template editor keeps failing with error 500",
			"List import stopped working, error 500", "Statistics are gone since this morning"), ""},
		{"five areas, the same words", change(alike(), func(i int, r *route.Report) { r.Area = fmt.Sprint("area", i) }), ""},
		{"an outage that four languages tell of, one names the area", change(five(t, triage.KindIncident, "", "Is it down?", "Awaria?", "Ausfall?", "障害ですか", "503?"), func(i int, r *route.Report) {
			if i == 3 {
				r.Area = "api"
			}
		}), " [t0 t1 t2 t3 t4]"},
		{"like the first and not like each other", append(change(five(t, triage.KindIncident, "", "down?", "down?", "down?", "down?", "down?"), func(i int, r *route.Report) {
			if i == 3 || i == 4 {
				r.Area = "api"
			}
		}), change(five(t, triage.KindIncident, "", "x"), func(_ int, r *route.Report) { r.Ticket, r.Customer, r.Area = "t9", "c9", "inbound" })...), " [t0 t1 t2 t3 t4]"},
		{"two at once", append(alike(), change(five(t, triage.KindBroken, "webhook-signatures", same...), func(_ int, r *route.Report) { r.Ticket = "w" + r.Ticket })...),
			"sending-domains [t0 t1 t2 t3 t4] webhooks [wt0 wt1 wt2 wt3 wt4]"},
	} {
		var got []string
		for _, b := range route.Bursts(tc.reports, nil, policy) {
			got = append(got, fmt.Sprint(b.Area, " ", b.Tickets))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// What our check saw open at a customer's own step has its own cause; what is
// ours to do, or could not be looked at, has not.
func TestExplained(t *testing.T) {
	w := sendline(t)
	proc := w.Procedure("https-click-tracking")
	for text, want := range map[string]bool{
		"tracking-on:/pass brand-link:/pass certificate:done/fail": true,
		"tracking-on:/pass brand-link:/pass certificate:/fail":     true,
		"tracking-on:/pass brand-link:/unknown":                    false,
		"tracking-on:not_done":                                     false,
		allSaid:                                                    false,
	} {
		claims, checks := world(text)
		r := triage.Result{Matters: []triage.Matter{{Kind: triage.KindBroken, Procedure: proc.ID,
			Positions: []triage.Position{route.Position(route.Known{Procedure: proc, Claims: claims, Checks: checks})}}}}
		if got := route.NewReport(w, &r, &r.Matters[0], "").Explained; got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestArea(t *testing.T) {
	w := sendline(t)
	for _, tc := range []struct {
		name, procedure, topics, other, want string
	}{
		{"of its procedure", "dedicated-ip", "inbound-parse", "", "sending-ips"},
		{"of the page they read", "", "inbound-parse", "", "inbound"},
		{"of two pages of one area", "", "dmarc-alignment domain-authentication", "", "sending-domains"},
		{"of two pages of two", "", "inbound-parse dedicated-ip", "", ""},
		{"of a page that nobody knows", "", "no-such", "", ""},
		{"not of a page about another matter", "", "inbound-parse", "inbound-parse", ""},
		{"of nothing", "", "", "", ""},
	} {
		r := triage.Result{Matters: []triage.Matter{{Procedure: tc.procedure}, {Procedure: tc.other}}}
		for _, topic := range strings.Fields(tc.topics) {
			r.Brief.Documents = append(r.Brief.Documents, triage.Document{Topic: topic})
		}
		if got := route.Area(w, &r, &r.Matters[0]); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestIncidentMatters(t *testing.T) {
	w := sendline(t)
	down := report(t, triage.KindIncident, "", "en", "Is the API down? 503")
	down.Ticket = "other"
	m := func(kind triage.Kind, procedure string) triage.Matter {
		return triage.Matter{Kind: kind, Procedure: procedure}
	}
	brokenDKIM, outage, invoice := m(triage.KindBroken, "domain-authentication"), m(triage.KindIncident, ""), m(triage.KindBilling, "plan-and-invoice")
	for _, tc := range []struct {
		name    string
		inc     route.Incident
		matters []triage.Matter
		want    string
	}{
		{"of its area", route.Incident{Area: "sending-domains"}, []triage.Matter{invoice, brokenDKIM}, "[1]"},
		{"of another", route.Incident{Area: "webhooks", Reports: []route.Report{down}}, []triage.Matter{brokenDKIM}, "[]"},
		{"like its tickets", route.Incident{Reports: []route.Report{down, down}}, []triage.Matter{invoice, outage}, "[1]"},
		{"like one of two", route.Incident{Reports: []route.Report{down, report(t, triage.KindBroken, "inbound-parse", "en", "x")}}, []triage.Matter{outage}, "[]"},
		{"no ticket to be like", route.Incident{}, []triage.Matter{outage}, "[]"},
		{"two matters", route.Incident{Area: "sending-domains"}, []triage.Matter{brokenDKIM, m(triage.KindBroken, "dmarc-alignment")}, "[0 1]"},
		{"a person said no", route.Incident{Area: "sending-domains", Unlinked: true}, []triage.Matter{brokenDKIM}, "[]"},
		{"linked: what does not work", route.Incident{Linked: true}, []triage.Matter{invoice, brokenDKIM}, "[1]"},
		{"linked before, now about an invoice", route.Incident{Linked: true}, []triage.Matter{invoice}, "[]"},
		{"a person said yes", route.Incident{Linked: true, ByHand: true}, []triage.Matter{invoice}, "[0]"},
	} {
		r := triage.Result{TicketID: "t", Matters: tc.matters, Brief: triage.Brief{Language: "en", Request: triage.Request{Text: "503 from the API"}}}
		if got := fmt.Sprint(tc.inc.Matters(w, &r, r.Brief.Request.Text)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// What customers of late say far more often than they used to makes a burst;
// what every complaint says does not, and nor does what nobody can call unusual yet.
func TestSpikes(t *testing.T) {
	var before [][]string
	for i := range 100 {
		text := []string{"The list import is not working since this morning", "Webhooks have not been arriving since this morning",
			"The editor does not load, please help", "Invoices have not been loading since today"}[i%4]
		before = append(before, report(t, triage.KindBroken, "", "en", text).Terms)
	}
	policy := knowledge.IncidentPolicy{Tickets: 5, Within: 30 * time.Minute}
	dashboard := five(t, triage.KindBroken, "", "The dashboard does not load, just a white page.", "I can't open the dashboard", "Dashboard is broken??",
		"White page instead of our dashboard since this morning", "Statistics on the dashboard are gone")
	mixed := five(t, triage.KindBroken, "", "Webhooks have not been arriving since this morning", "The list import is broken since this morning",
		"Since this morning the editor does not load", "Invoices have not been loading since this morning", "Our templates are gone since this morning")
	vague := five(t, triage.KindOther, "", "dashboard", "the dashboard", "our dashboard", "my dashboard", "your dashboard")
	for _, tc := range []struct {
		name   string
		recent []route.Report
		before [][]string
		want   string
	}{
		{"a word that is new", dashboard, before, "[t0 t1 t2 t3 t4]"},
		{"with too few before to tell", dashboard, before[:20], ""},
		{"words that all complaints have", mixed, before, ""},
		{"nobody says that it does not work", vague, before, ""},
		{"two of them do", append(append([]route.Report{}, vague[:3]...), dashboard[3:]...), before, "[t0 t1 t2 t3 t4]"},
	} {
		got := ""
		for _, b := range route.Bursts(tc.recent, route.FindSpikes(tc.recent, tc.before, policy.Tickets), policy) {
			got += fmt.Sprint(b.Tickets)
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// A flood of reports of which nothing is alike costs little.
func BenchmarkBursts(b *testing.B) {
	policy := knowledge.IncidentPolicy{Tickets: 5, Within: 30 * time.Minute}
	var reports []route.Report
	for i := range 300 {
		r := route.Report{Ticket: fmt.Sprint("t", i), Customer: fmt.Sprint("c", i), At: noon.Add(time.Duration(i) * time.Second), Kind: triage.KindBroken, Marks: []string{"503", fmt.Sprint("N", i)}}
		for j := range 20 {
			r.Terms = append(r.Terms, fmt.Sprintf("term%02d-%d", j, i%7*j))
		}
		reports = append(reports, r)
	}
	for b.Loop() {
		route.Bursts(reports, nil, policy)
	}
}

// What most of a burst name alike is told; what one of them names is not.
func TestBurstMarks(t *testing.T) {
	reports := five(t, triage.KindIncident, "", "API 503", "Fehler 503 der API", "503, order AB1234", "down: API, 503", "is it down?")
	bursts := route.Bursts(reports, nil, knowledge.IncidentPolicy{Tickets: 5, Within: time.Hour})
	if len(bursts) != 1 || strings.Join(bursts[0].Marks, " ") != "API 503" {
		t.Errorf("%+v", bursts)
	}
	// One customer who writes again and again is no more than one.
	for i := range 7 {
		again := report(t, triage.KindIncident, "", "en", "API 503 at ACMECORP")
		again.Ticket, again.Customer, again.At = fmt.Sprint("again", i), "loud", reports[4].At
		reports = append(reports, again)
	}
	bursts = route.Bursts(reports, nil, knowledge.IncidentPolicy{Tickets: 5, Within: time.Hour})
	if len(bursts) != 1 || len(bursts[0].Tickets) != 12 || strings.Join(bursts[0].Marks, " ") != "API 503" {
		t.Errorf("%+v", bursts)
	}
}
