package lint_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"readback/examples"
	"readback/internal/spent"
	"readback/knowledge"
	"readback/knowledge/lint"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// checks are those of triage/check that the examples use, which this layer cannot import.
var checks = map[string][]string{"account.field": {"name", "equals"}, "dns.cname": {"name", "target"}, "dns.mx": {"name", "target"},
	"http.answers": {"url"}, "http.forwards": {"host", "to"}, "mail.dkim": {"domain", "target", "selector"}, "mail.dmarc": {"domain"},
	"mail.spf": {"domain", "include"}, "tls.certificate": {"host"}}

func run(t *testing.T, files fs.FS) []lint.Finding {
	t.Helper()
	w, err := knowledge.Read(files)
	var faults knowledge.Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatal(err)
	}
	return lint.Run(w, faults, lint.Options{Now: now, Checks: checks})
}

// Every fault planted in the messy base is found where it was planted. Both
// sides are ours, so this is a smoke figure and says nothing of recall on
// anybody else's pages.
func TestPlantedFaultsAreFound(t *testing.T) {
	var planted []struct{ Rule, File, At string }
	data, err := fs.ReadFile(examples.Messy(), "planted.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &planted); err != nil {
		t.Fatal(err)
	}
	found := run(t, examples.Messy())
	expected, rules, missed := map[int]bool{}, map[string]bool{}, 0
	for _, p := range planted {
		rules[p.Rule] = true
		hit := -1
		for i, f := range found {
			if !expected[i] && f.Rule == p.Rule && f.File == p.File && strings.Contains(line(t, f), p.At) {
				hit = i
			}
		}
		if hit < 0 {
			missed++
			t.Errorf("not found: %+v", p)
		}
		expected[hit] = true
	}
	extra := 0
	for i, f := range found {
		if !expected[i] {
			extra++
			t.Logf("not planted: %s:%d:%d %s: %s", f.File, f.Line, f.Column, f.Rule, f.Message)
		}
		if f.Message == "" || f.Fix == "" || f.Related == nil {
			t.Errorf("says not why or how to mend: %+v", f)
		}
	}
	t.Logf("%d planted faults over %d rules, %d missed, %d further findings", len(planted), len(rules), missed, extra)
	if len(planted) < 40 || len(rules) < 10 || extra*10 > len(found) {
		t.Errorf("%d planted over %d rules, %d of %d findings not planted", len(planted), len(rules), extra, len(found))
	}
}

func line(t *testing.T, f lint.Finding) string {
	data, err := fs.ReadFile(examples.Messy(), f.File)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	if f.Line < 1 || f.Line > len(lines) || f.Column < 1 || f.Column > len([]rune(lines[f.Line-1]))+1 {
		t.Fatalf("%s has no %d:%d", f.File, f.Line, f.Column)
	}
	return lines[f.Line-1]
}

// The tended workspace has nothing to mend; each finding in it would be false
// or should be mended there.
func TestSendlineIsClean(t *testing.T) {
	for _, f := range run(t, examples.Sendline()) {
		t.Errorf("%s:%d:%d: %s: %s", f.File, f.Line, f.Column, f.Rule, f.Message)
	}
}

// What looks like a fault and is none.
func TestNotAFault(t *testing.T) {
	const live = "---\ntitle: A\nowner: x\nreviewed: 2026-11-01\nsteps:\n"
	long := "Inbound parse takes mail for a domain of yours and posts every message to an address that you name, as soon as it has come in."
	for name, files := range map[string][]string{
		"a replaced step":              {"procedures/a.md", live + "  - {id: s, title: S, by: customer, sets: x}\n  - {id: t, title: T, by: customer, sets: x, replaces: [s]}\n---\n"},
		"replaced over a third":        {"procedures/a.md", live + "  - {id: s, title: S, by: customer, sets: x}\n  - {id: t, title: T, by: customer, sets: x, replaces: [s]}\n  - {id: u, title: U, by: customer, sets: x, replaces: [t]}\n---\n"},
		"one of two ways":              {"procedures/a.md", live + "  - {id: s, title: S, by: customer, sets: x, one_of: g}\n  - {id: t, title: T, by: customer, sets: x, one_of: g}\n---\n"},
		"steps of two plans":           {"procedures/a.md", live + "  - {id: s, title: S, by: customer, sets: x, when: {account.plan: {equals: a}}}\n  - {id: t, title: T, by: customer, sets: x, when: {account.plan: {equals: b}}}\n---\n"},
		"a label of the past":          {"changes/c.md", "---\ndate: 2026-10-01\ntitle: c\nlabels: [Old Screen]\n---\n", "articles/a.md", "---\ntitle: A\n---\nOpen **New screen** (formerly called Old Screen).\n"},
		"a label in code":              {"changes/c.md", "---\ndate: 2026-10-01\ntitle: c\nlabels: [Old Screen]\n---\n", "articles/a.md", "---\ntitle: A\n---\n    Old Screen\n\n`Old Screen`\n"},
		"a link elsewhere":             {"articles/a.md", "---\ntitle: A\nurl: https://docs.a.example/a\n---\nSee https://other.example/x and [home](https://docs.a.example/), [b](#b), <https://docs.a.example/a#b>.\n\n## B\n\nText.\n"},
		"a copy in another language":   {"articles/a.md", "---\ntitle: A\n---\n" + long + "\n", "articles/b.md", "---\ntitle: B\nlanguage: de\n---\n" + long + "\n"},
		"a copy that is replaced":      {"articles/a.md", "---\ntitle: A\nurl: https://docs.a.example/a\n---\n" + long + "\n", "articles/c.md", "---\ntitle: B\n---\nSomething else.\n"},
		"support in the middle":        {"articles/a.md", "---\ntitle: A\n---\nYou need not contact support.\n\nSwitch it on in the settings.\n"},
		"the same advice":              {"articles/a.md", "---\ntitle: A\n---\nIf the record is missing, create it again.\n", "articles/b.md", "---\ntitle: B\n---\nIf the record is missing, create it once again.\n"},
		"figures in different matters": {"articles/a.md", "---\ntitle: A\n---\nThe page shows 10 entries at once.\n", "articles/b.md", "---\ntitle: B\n---\nThe list keeps 30 entries for a week.\n"},
		"a draft without review":       {"procedures/a.md", "---\ntitle: A\nowner: x\nstatus: draft\nsteps: [{id: s, title: S, by: customer}]\n---\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := fstest.MapFS{"workspace.yaml": {Data: []byte("tiers: [{id: l1}]\n")}}
			for i := 0; i < len(files); i += 2 {
				w[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
			}
			for _, f := range run(t, w) {
				t.Errorf("%s:%d:%d %s: %s", f.File, f.Line, f.Column, f.Rule, f.Message)
			}
		})
	}
}

// A hostile page costs little and changes nothing.
func TestHostilePages(t *testing.T) {
	for name, body := range map[string]string{
		"brackets": strings.Repeat("[", 100_000), "stars": strings.Repeat("**", 100_000), "links": strings.Repeat("[a](", 50_000),
		"hashes": strings.Repeat("# a {#b}\n", 50_000), "one word": strings.Repeat("a", 500_000), "lists": strings.Repeat("- If a b c, do d e f.\n", 20_000),
		"urls": strings.Repeat("https://a.example/", 20_000), "fence": "```\n" + strings.Repeat("x\n", 100_000), "script": "<script>alert(1)</script>",
	} {
		t.Run(name, func(t *testing.T) {
			began := spent.Time()
			run(t, fstest.MapFS{"workspace.yaml": {Data: []byte("tiers: [{id: l1}]\n")},
				"changes/c.md":  {Data: []byte("---\ndate: 2026-10-01\ntitle: c\nlabels: [Old Screen]\n---\n")},
				"articles/a.md": {Data: []byte("---\ntitle: A\n---\n" + body)}})
			if took := spent.Time() - began; took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestSARIF(t *testing.T) {
	data, err := json.Marshal(lint.SARIF(run(t, examples.Messy()), "1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) < 40 {
		t.Fatalf("%.300s", data)
	}
	for _, r := range log.Runs[0].Results {
		at := r.Locations[0].PhysicalLocation
		if log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || at.ArtifactLocation.URI == "" || at.Region.StartLine < 1 || at.Region.StartColumn < 1 ||
			r.Level != "error" && r.Level != "warning" && r.Level != "note" {
			t.Errorf("%+v", r)
		}
	}
}

// docs/lint.md tells of every rule that the messy base breaks.
func TestEveryRuleIsDocumented(t *testing.T) {
	manual, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range run(t, examples.Messy()) {
		if !strings.Contains(string(manual), "| `"+f.Rule+"` | "+string(f.Severity)) && !strings.Contains(string(manual), "| `"+f.Rule+"` | warning, ") {
			t.Errorf("docs/lint.md has no %s of severity %s", f.Rule, f.Severity)
		}
	}
}
