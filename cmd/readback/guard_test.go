package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"readback/channel"
	"readback/triage/extract/fake"
	"readback/triage/guard"
	"readback/triage/guard/circles"
)

// The answers that support gave in case zero, each to the thread as it was
// then: all but the last are stopped, with the customer's own words.
func TestGuardCaseZero(t *testing.T) {
	raw, err := os.ReadFile("../../examples/sendline/tickets/case-zero-thread.json")
	if err != nil {
		t.Fatal(err)
	}
	var thread map[string]any
	if err := json.Unmarshal(raw, &thread); err != nil {
		t.Fatal(err)
	}
	messages := thread["messages"].([]any)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	answers := 0
	for i, m := range messages {
		text := m.(map[string]any)["text"].(string)
		if m.(map[string]any)["role"] != "agent" {
			continue
		}
		answers++
		thread["messages"] = messages[:i]
		before, err := json.Marshal(thread)
		if err != nil {
			t.Fatal(err)
		}
		code, out, stderr := runProgram(t, nil, "", "guard", "--json", "--lab", "--offline", "--ticket", write("t.json", before), "--draft", write("d.txt", []byte(text)))
		var report guard.Report
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatal(err, stderr)
		}
		if last := answers == 5; last != (report.Stops == 0) || last != (code == exitDone) {
			t.Errorf("answer %d: exit %d, %s", answers, code, out)
		}
		kinds := map[guard.Kind]bool{}
		for _, f := range report.Findings {
			kinds[f.Kind] = true
			if f.Text == "" || f.Fix == "" || f.Draft.Start >= f.Draft.End || f.Draft.End > len(text) {
				t.Errorf("answer %d: %+v", answers, f)
			}
			if ev := f.Evidence; ev != nil && ev.Message > 0 {
				if said := messages[ev.Message-1].(map[string]any)["text"].(string); said[ev.Start:ev.End] != ev.Quote {
					t.Errorf("answer %d: %q is not in message %d", answers, ev.Quote, ev.Message)
				}
			} else if f.Level == guard.Stop {
				t.Errorf("answer %d stops without the customer's words: %+v", answers, f)
			}
		}
		for kind, at := range map[guard.Kind]int{guard.AsksKnown: 2, guard.Retired: 3, guard.ContradictsCheck: 4} {
			if kinds[kind] != (at == answers) {
				t.Errorf("answer %d: %s is %v", answers, kind, kinds[kind])
			}
		}
	}
}

func TestGuardUsage(t *testing.T) {
	dir := t.TempDir()
	turkish := filepath.Join(dir, "tr.json")
	if err := os.WriteFile(turkish, []byte(`{"messages":[{"text":"Merhaba, bir sorunum var. Tarayıcının önbelleğini temizledim ama sorun devam ediyor, ne yapmalıyım?"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ticket := caseZeroFile
	for name, tc := range map[string]struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		"no draft":     {"", []string{"--ticket", ticket}, exitUnusable, "--draft"},
		"both stdin":   {"", []string{"--ticket", "-", "--draft", "-"}, exitUnusable, "only one"},
		"empty":        {" \n", []string{"--ticket", ticket, "--draft", "-"}, exitUnusable, "empty"},
		"not text":     {"a\xff", []string{"--ticket", ticket, "--draft", "-"}, exitUnusable, "UTF-8"},
		"too large":    {strings.Repeat("a", guard.MaxDraft+1), []string{"--ticket", ticket, "--draft", "-"}, exitUnusable, "at most"},
		"unknown tier": {"Hello", []string{"--ticket", ticket, "--draft", "-", "--tier", "l9"}, exitUnusable, "l9"},
		"clean":        {"Thank you, we are on it.", []string{"--ticket", ticket, "--draft", "-"}, exitDone, "Nothing of this"},
		"address":      {"Please see status.example/ssl-certificates for more.", []string{"--ticket", ticket, "--draft", "-"}, exitDone, "Nothing of this"},
		"other script": {"Будь ласка, увімкніть відстеження кліків.", []string{"--ticket", ticket, "--draft", "-"}, exitUnknown, ""},
		"not compared": {"Merhaba, lütfen önbelleği temizleyin ve sonra bir daha deneyin, çok teşekkürler.", []string{"--ticket", turkish, "--draft", "-"}, exitUnknown, "(tr)"},
		"in Polish":    {"Which browser do you use?", []string{"--ticket", ticket, "--draft", "-", "--lang", "pl"}, exitFindings, "przeglądarka"},
	} {
		code, out, stderr := runProgram(t, nil, tc.stdin, append([]string{"guard", "--offline"}, tc.args...)...)
		if code != tc.code || !strings.Contains(out+stderr, tc.says) {
			t.Errorf("%s: exit %d, %s%s", name, code, out, stderr)
		}
	}
}

// With --model the model is asked of so many answers, and what it adds is marked.
func TestCirclesModel(t *testing.T) {
	server := fake.New(t, fake.Answer(`{"repeats": [{"kind": "repeats_step", "draft": "put a fresh cartridge in", "page": 2, "earlier": "I swapped the fuse"}]}`))
	file := filepath.Join(t.TempDir(), "t.jsonl")
	line := `{"messages":[{"text":"The plate is cold. I swapped the fuse, no change."},{"role":"agent","text":"Could you put a fresh cartridge in?"}]}` + "\n"
	if err := os.WriteFile(file, []byte(line+line), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"READBACK_LLM_URL=" + server.URL, "READBACK_LLM_MODEL=m"}
	code, out, stderr := runProgram(t, env, "", "circles", "--json", "--model", "1", file)
	var r circles.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitFindings || len(r.RepeatedSteps) != 1 || r.RepeatedSteps[0].Reason != "guard.inferred_step" || *r.Model != (circles.Model{Answers: 1, Failed: 1, Added: 1}) {
		t.Errorf("%d %s%s", code, out, stderr)
	}
	if !strings.Contains(stderr, "up to 1 answers go to m") || len(server.Requests()) != 1 {
		t.Errorf("%s, %d requests", stderr, len(server.Requests()))
	}
	if _, out, _ := runProgram(t, env, "", "circles", "--model", "5", file); !strings.Contains(out, "told again (model)") || !strings.Contains(out, "by a model") {
		t.Error(out)
	}
	if code, out, stderr := runProgram(t, env, "", "circles", "--json", file); code != exitDone || !strings.Contains(out, `"model":null`) {
		t.Errorf("%d %s%s", code, out, stderr)
	}
	for _, args := range [][]string{{"--model", "-1"}, {"--model", "2", "--offline"}} {
		if code, _, stderr := runProgram(t, env, "", append([]string{"circles", file}, args...)...); code != exitUnusable {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
}

// A configured model may add to the report, and is not asked with a wait of none.
func TestGuardModel(t *testing.T) {
	server := fake.New(t, fake.Answer(`{"repeats": [{"kind": "repeats_step", "draft": "put a fresh cartridge in", "page": 2, "earlier": "I swapped the fuse"}, {"kind": "asks_known", "draft": "What is it", "page": 2, "earlier": "plate"}]}`))
	dir := t.TempDir()
	ticket, draft := filepath.Join(dir, "t.json"), filepath.Join(dir, "d.txt")
	if err := errors.Join(os.WriteFile(ticket, []byte(`{"messages":[{"text":"The plate is cold. I swapped the fuse, no change."}]}`), 0o600), os.WriteFile(draft, []byte("Could you put a fresh cartridge in?"), 0o600)); err != nil {
		t.Fatal(err)
	}
	env := []string{"READBACK_LLM_URL=" + server.URL, "READBACK_LLM_MODEL=m"}
	var r guard.Report
	code, out, stderr := runProgram(t, env, "", "guard", "--json", "--ticket", ticket, "--draft", draft)
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitFindings || len(r.Findings) != 1 || !r.Findings[0].Inferred || r.Model.Dropped != 1 {
		t.Errorf("%d %s%s", code, out, stderr)
	}
	for _, args := range [][]string{{"--model-wait", "0"}, {"--offline"}} {
		if code, out, stderr := runProgram(t, env, "", append([]string{"guard", "--json", "--ticket", ticket, "--draft", draft}, args...)...); code != exitDone || !strings.Contains(out, `"model":null`) {
			t.Errorf("%v: %d %s%s", args, code, out, stderr)
		}
	}
	if code, _, stderr := runProgram(t, env, "", "guard", "--ticket", ticket, "--draft", draft, "--model-wait", "-1s"); code != exitUnusable {
		t.Errorf("%d %s", code, stderr)
	}
}

// What passes and what does not on one ticket of the example desk, of which the
// checks saw two steps of three: click tracking and the name.
func TestGuardLooks(t *testing.T) {
	p := &program{stderr: io.Discard, lab: true, offline: true}
	d, err := p.openDesk(t.Context(), config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	in, err := channel.Parse([]byte(`{"channel":"email","customer":{"account_id":"acc-1002","email":"dev@cardamom.example"},"messages":[{"text":
		"Hello, HTTPS for tracking links on link.cardamom.example please. Click tracking is on, and the CNAME for link.cardamom.example is set."}]}`))
	if err != nil {
		t.Fatal(err)
	}
	ticket := ticketOf(in, d.pipeline.Now())
	r, err := d.pipeline.Triage(t.Context(), &ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := guard.New(d.workspace)
	for draft, want := range map[string]string{
		"Please turn click tracking on.":                                                          "stop repeats_step",
		"Proszę włączyć śledzenie kliknięć.":                                                      "stop repeats_step",
		"Have you turned on click tracking?":                                                      "hint repeats_step",
		"Please turn click tracking off and on again.":                                            "",
		"If you have not turned on click tracking yet, please do so.":                             "",
		"You have already turned on click tracking.":                                              "",
		"Please put link.cardamom.example behind a CDN that serves a valid certificate.":          "",
		"Please point link.cumin.example at Sendline as well.":                                    "",
		"Please point link.cardamom.example at links.sendline.example.":                           "stop repeats_step",
		"The CNAME of link.cardamom.example is missing.":                                          "hint contradicts_check",
		"Your certificate is valid.":                                                              "hint contradicts_check",
		"The CNAME is set correctly.":                                                             "",
		"I have switched HTTPS on for your account.":                                              "hint overpromises",
		"I will refund the double charge.":                                                        "hint overpromises",
		"I will pass this on to engineering support, who will switch the account to HTTPS links.": "",
		"Go to Link Whitelabel.":                                                                  "hint retired",
		"The screen once called Link Whitelabel is now Link branding.":                            "",
		"I am closing this ticket.":                                                               "hint closes_unconfirmed",
		"Once you confirm that it works, I will close this ticket.":                               "",
		"Which domain is it about?":                                                               "hint asks_known",
		"We have reset your tracking settings. Please turn click tracking on again.":              "",
	} {
		report := g.Check(guard.Case{Ticket: &ticket, Result: &r, Draft: draft, Tier: "l1"})
		var got []string
		for _, f := range report.Findings {
			got = append(got, string(f.Level)+" "+string(f.Kind))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %q", draft, got, want)
		}
	}
}
