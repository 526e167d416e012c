package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"readback/triage/extract"
	"readback/triage/extract/fake"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/eval"
	"readback/triage/extract/offline"
)

// expectation is a workspace ticket's NAME.expect.json.
type expectation struct {
	Procedure string                       `json:"procedure"`
	Action    triage.Action                `json:"action"`
	Tier      string                       `json:"tier"`
	NextStep  *string                      `json:"next_step"`
	Effort    triage.Effort                `json:"effort"`
	Language  string                       `json:"language"`
	Reason    string                       `json:"reason"`
	Steps     map[string]map[string]string `json:"steps"` // by domain, by step
}

// TestWorkspaceTickets runs every ticket of the example offline on the lab.
// Both sides are ours: the figure is a smoke test, not an accuracy.
func TestWorkspaceTickets(t *testing.T) {
	p := &program{lab: true, offline: true}
	d, err := p.openDesk(context.Background(), config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	names, err := fs.Glob(d.files, "tickets/*.expect.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no expectations: %v", err)
	}
	right := 0
	for _, name := range names {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "tickets/"), ".expect.json"), func(t *testing.T) {
			r := triageFile(t, d, strings.Replace(name, ".expect", "", 1))
			var want expectation
			readJSON(t, d.files, name, &want)
			for _, miss := range want.misses(&r) {
				t.Error(miss)
			}
			mustBeTrue(t, &r)
			if !t.Failed() {
				right++
			}
		})
	}
	t.Logf("smoke figure: %d of %d workspace tickets end as we expect (offline; both sides are ours)", right, len(names))
}

// TestDistractors adds 300 procedures about the platform's other things. They
// must not cost more than 5 points of the tickets' procedures found first.
func TestDistractors(t *testing.T) {
	p := &program{lab: true, offline: true}
	d, err := p.openDesk(context.Background(), config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	before := found(t, d)
	verbs := []string{"Change", "Export", "Test", "Schedule", "Archive", "Copy", "Rename", "Share", "Delay", "Limit"}
	things := []string{"template", "segment", "campaign", "report", "sending domain", "link", "webhook event", "subuser", "API log", "contact list",
		"unsubscribe page", "landing page", "sender identity", "IP pool", "invoice address", "event stream", "form", "A/B test", "time zone", "team role",
		"bounce rule", "category", "alert", "footer", "preview", "spam test", "tracking pixel", "login history", "data export", "design library"}
	for i, verb := range verbs {
		for j, thing := range things {
			d.workspace.Procedures = append(d.workspace.Procedures, knowledge.Procedure{ID: fmt.Sprintf("zz-%02d-%02d", i, j), Title: verb + " a " + thing,
				Status: knowledge.Live, Kind: "setup", Asks: []string{"how do I " + strings.ToLower(verb) + " the " + thing, "we want to " + strings.ToLower(verb) + " our " + thing + " in the account"},
				Steps: []knowledge.Step{{ID: "open", Title: "Open the " + thing, By: knowledge.Customer, Phrases: []string{"opened the " + thing}},
					{ID: "do", Title: verb + " it and save", By: knowledge.Customer, Phrases: []string{"saved the " + thing + " in the settings"}}},
				Body: "Open Settings, choose the " + thing + " of your domain or account and save. DNS, keys and certificates stay as they are."})
		}
	}
	index, err := knowledge.NewIndex(d.workspace)
	if err != nil {
		t.Fatal(err)
	}
	d.pipeline.Index, d.pipeline.Extractor = index, offline.New(d.workspace)
	after := found(t, d)
	mustRecall(t, d, "words")
	useEmbeddings(t, d, fake.NewEmbeddings(t).URL, "hashed letters, no model")
	mustRecall(t, d, "words and a fake embedding server (hashed runs of letters)")
	mustRecallAlone(t, d, "the fake embedding server")
	if url := os.Getenv("READBACK_TEST_EMBED_URL"); url != "" {
		model := cmp.Or(os.Getenv("READBACK_TEST_EMBED_MODEL"), "real")
		useEmbeddings(t, d, url, model)
		mustRecall(t, d, "words and "+model)
		mustRecallAlone(t, d, model)
	}
	d.pipeline.Nearest = nil
	paraphrases(t, d)
	t.Logf("smoke figure: procedure found first in %.2f of the tickets, with 300 distractors in %.2f (offline; both sides are ours)", before, after)
	if before-after > 0.05 {
		t.Errorf("300 distractors cost %.2f of the procedures", before-after)
	}
}

// found is the share of the tickets with a procedure whose procedure is found.
func found(t *testing.T, d *desk) float64 {
	t.Helper()
	dir, err := fs.Sub(d.files, "tickets")
	if err != nil {
		t.Fatal(err)
	}
	tickets, err := eval.ReadFolder(dir, parseTicket)
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := eval.Run(context.Background(), tickets, d.evalReader("offline"), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return *eval.Score("offline", tickets, predictions).Procedure
}

// useEmbeddings searches with an embedding server beside the words.
func useEmbeddings(t *testing.T, d *desk, url, model string) {
	t.Helper()
	e := extract.NewEmbedder(extract.EmbedderOptions{BaseURL: url, Model: model, Client: modelClient(), Timeout: 2 * time.Minute,
		QueryPrefix: os.Getenv("READBACK_TEST_EMBED_QUERY"), PassagePrefix: os.Getenv("READBACK_TEST_EMBED_PASSAGE")})
	d.pipeline.Nearest = e.Nearest
}

// mustRecall demands what issue 4 asks of the search among distractors.
func mustRecall(t *testing.T, d *desk, by string) {
	t.Helper()
	first, five, of := recall(t, d, d.search)
	t.Logf("smoke figure: the search by %s among 300 distractors has the right procedure first in %d, among five in %d of %d tickets", by, first, five, of)
	if float64(first) < 0.90*float64(of) || float64(five) < 0.98*float64(of) {
		t.Errorf("by %s: recall@1 %d, recall@5 %d of %d", by, first, five, of)
	}
}

// mustRecallAlone tells how far the vectors get without the words.
func mustRecallAlone(t *testing.T, d *desk, by string) {
	t.Helper()
	first, five, of := recall(t, d, func(ticket *triage.Ticket, text string) []knowledge.Hit {
		near, info := d.pipeline.Nearest(t.Context(), d.workspace, ticket, text, 5)
		if info.Failure != "" {
			t.Fatal(info.Failure)
		}
		return near
	})
	t.Logf("smoke figure: %s alone has the right procedure first in %d, among five in %d of %d tickets", by, first, five, of)
}

// paraphrases tells how many of the questions in testdata/paraphrases.tsv, which
// were written from the titles alone and in other words (a third in languages
// that the procedures do not have), find their procedure: by words, and with a
// real model where one is named. They are hard on purpose: nothing is demanded
// of them but that a model does no harm.
func paraphrases(t *testing.T, d *desk) {
	t.Helper()
	data, err := os.ReadFile("testdata/paraphrases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	count := func(by string) (five int) {
		first, of := 0, 0
		for line := range strings.Lines(string(data)) {
			id, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
			of++
			hits := d.search(&triage.Ticket{}, text)
			at := slices.IndexFunc(hits, func(h knowledge.Hit) bool { return h.Procedure.ID == id })
			if at == 0 {
				first++
			}
			if at >= 0 {
				five++
			}
		}
		t.Logf("paraphrases by %s among 300 distractors: first %d, among five %d of %d", by, first, five, of)
		return five
	}
	words := count("words")
	if url := os.Getenv("READBACK_TEST_EMBED_URL"); url != "" {
		useEmbeddings(t, d, url, cmp.Or(os.Getenv("READBACK_TEST_EMBED_MODEL"), "real"))
		if five := count("words and a real model"); five < words {
			t.Errorf("a real model costs %d procedures among five", words-five)
		}
		d.pipeline.Nearest = nil
	}
}

// search is what the pipeline does to find procedures.
func (d *desk) search(ticket *triage.Ticket, text string) []knowledge.Hit {
	hits := d.pipeline.Index.Search(text, 20)
	if d.pipeline.Nearest != nil {
		near, _ := d.pipeline.Nearest(context.Background(), d.workspace, ticket, text, 20)
		hits = knowledge.Fuse(hits, near, 5)
	}
	return hits[:min(5, len(hits))]
}

// recall counts the tickets whose procedure a search puts first, and among
// the first five.
func recall(t *testing.T, d *desk, search func(*triage.Ticket, string) []knowledge.Hit) (first, five, of int) {
	t.Helper()
	names, err := fs.Glob(d.files, "tickets/*.expect.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		var want expectation
		readJSON(t, d.files, name, &want)
		if want.Procedure == "" {
			continue
		}
		of++
		hits := search(customerText(t, d, strings.Replace(name, ".expect", "", 1)))
		at := slices.IndexFunc(hits, func(h knowledge.Hit) bool { return h.Procedure.ID == want.Procedure })
		if at == 0 {
			first++
		}
		if at >= 0 {
			five++
		} else {
			t.Logf("%s: %s is not among five", name, want.Procedure)
		}
	}
	return first, five, of
}

// customerText is what is searched for: the subject and the customer's words.
func customerText(t *testing.T, d *desk, name string) (*triage.Ticket, string) {
	t.Helper()
	raw, err := fs.ReadFile(d.files, name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := channel.Parse(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ticket := ticketOf(in, d.pipeline.Now())
	text := ticket.Subject
	for _, n := range ticket.CustomerMessages() {
		text += "\n" + ticket.N(n).Text
	}
	return &ticket, text
}

func triageFile(t *testing.T, d *desk, name string) triage.Result {
	t.Helper()
	raw, err := fs.ReadFile(d.files, name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := channel.Parse(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ticket := ticketOf(in, d.pipeline.Now())
	r, err := d.pipeline.Triage(context.Background(), &ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Brief.Claims {
		for _, e := range c.Evidence {
			if m := ticket.N(e.Message); m == nil || m.Role != triage.RoleCustomer || m.Text[e.Start:e.End] != e.Quote {
				t.Errorf("claim %s: the quote %q is not at %d:%d of message %d", c.ID, e.Quote, e.Start, e.End, e.Message)
			}
		}
	}
	return r
}

func (want *expectation) misses(r *triage.Result) (out []string) {
	miss := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			out = append(out, fmt.Sprintf("%s is %v, want %v", what, got, want))
		}
	}
	miss("action", r.Route.Action, want.Action)
	miss("tier", r.Route.Tier, want.Tier)
	if want.Language != "" {
		miss("language", r.Brief.Language, want.Language)
	}
	if want.Reason != "" {
		miss("reason", r.Route.Reasons[0].Code, want.Reason)
	}
	procedure, next := "", ""
	if r.Position != nil {
		procedure = r.Position.Procedure
		if r.Position.Next != nil {
			next = r.Position.Next.Step
		}
	}
	miss("procedure", procedure, want.Procedure)
	if want.NextStep != nil {
		miss("next step", next, *want.NextStep)
	}
	if want.Effort != "" {
		miss("effort", r.Effort, want.Effort)
	}
	for domain, steps := range want.Steps {
		for step, state := range steps {
			miss(domain+" "+step, stateOf(r, domain, step), state)
		}
	}
	return out
}

func stateOf(r *triage.Result, domain, step string) triage.StepState {
	for _, m := range r.Matters {
		for i := range m.Positions {
			for _, v := range m.Positions[i].Inputs {
				if sp := m.Positions[i].Step(step); v == domain && sp != nil {
					return sp.State
				}
			}
		}
	}
	return "(no such position)"
}

// mustBeTrue checks what holds for any ticket.
func mustBeTrue(t *testing.T, r *triage.Result) {
	t.Helper()
	if r.Route.Tier == "" || r.Route.Action == "" || len(r.Route.Reasons) == 0 {
		t.Errorf("no route: %+v", r.Route)
	}
	for _, reason := range r.Route.Reasons {
		if reason.Text == reason.Code || strings.ContainsAny(reason.Text, "{}") {
			t.Errorf("reason %s reads %q", reason.Code, reason.Text)
		}
	}
	for _, c := range r.Facts.Checks {
		if text := triage.Sentence("en", c.Code, c.CodeParams); text == c.Code {
			t.Errorf("check code %s has no sentence", c.Code)
		}
	}
}

func readJSON(t *testing.T, dir fs.FS, name string, into any) {
	t.Helper()
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
