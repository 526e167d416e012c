package edit_test

import (
	"bytes"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/knowledge/edit"
)

// procedures are the files of procedures of a workspace, without translations.
func procedures(t testing.TB, dir fs.FS) map[string][]byte {
	t.Helper()
	names, err := fs.Glob(dir, "procedures/*.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if strings.Count(name, ".") == 1 {
			if out[name], err = fs.ReadFile(dir, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func read(t testing.TB, name string, data []byte) edit.Form {
	t.Helper()
	f, err := edit.Read(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func apply(t testing.TB, name string, data []byte, f edit.Form) []byte {
	t.Helper()
	out, err := edit.Apply(name, data, f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What is not touched is not changed, and a change there and back is none.
func TestNothingIsLost(t *testing.T) {
	n := 0
	for name, data := range procedures(t, examples.Sendline()) {
		n++
		f := read(t, name, data)
		if out := apply(t, name, data, f); !bytes.Equal(out, data) {
			t.Errorf("%s: saved untouched, it is another file", name)
		}
		other := read(t, name, data)
		other.Title += " (edited)"
		for i := range other.Steps {
			other.Steps[i].Text += "\n\nOne more paragraph."
		}
		slices.Reverse(other.Steps)
		changed := apply(t, name, data, other)
		if bytes.Equal(changed, data) {
			t.Errorf("%s: a change was not written", name)
		}
		if back := apply(t, name, changed, f); !bytes.Equal(back, data) {
			t.Errorf("%s: a change taken back leaves another file:\n%s", name, diff(data, back))
		}
	}
	if n < 12 {
		t.Fatalf("only %d procedures were looked at", n)
	}
}

// diff is the first lines that differ.
func diff(a, b []byte) string {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return "was: " + as[i] + "\nnow: " + bs[i]
		}
	}
	return "one is longer"
}

const commented = `---
# who wrote this
title: Old title # the marketing name
area: mail

# reviewed by hand
owner: team-a
inputs:
  # the zone
  domain: {kind: domain, ask: "Which?"} # as sent
  box:
    kind: email
    ask: Which mailbox?
asks:
  - how to
  - why
steps:
  # first things
  - id: one # stays
    title: "One: the first"
    by: customer
    # check: {dns.mx: {}} may fit
    # a remark
    when: {account.plan: {in: [free, starter], exists: true}}
  - {id: two, title: Two, by: customer, check: {all: [{dns.mx: {name: "{domain}"}}, {not: {dns.resolves: {name: "{domain}"}}}]}}
  - title: Three
    id: three
    by: staff
    capability: x.y
# the end
---
Intro.

## One: the first {#one}
Do one.

### Details
Still one.

## Three {#three}
Do three.

## See also
Nothing.
`

// Edits touch what they name and keep comments, order and quotes around it.
func TestApply(t *testing.T) {
	const file = "procedures/x.md"
	for name, tc := range map[string]struct {
		change  func(f *edit.Form)
		replace []string // old, new ...
	}{
		"title": {func(f *edit.Form) { f.Title = "New: title" }, []string{"title: Old title #", `title: "New: title" #`}},
		"a key that was not there": {func(f *edit.Form) { f.Reviewed, f.Kind = "2026-11-27", "billing" },
			[]string{"area: mail\n", "area: mail\nkind: billing\n", "owner: team-a\n", "owner: team-a\nreviewed: 2026-11-27\n"}},
		"a key taken out": {func(f *edit.Form) { f.Owner = "" }, []string{"owner: team-a\n", ""}},
		"a list":          {func(f *edit.Form) { f.Asks = []string{"how, and why"} }, []string{"asks:\n  - how to\n  - why\n", "asks: [\"how, and why\"]\n"}},
		"an input":        {func(f *edit.Form) { f.Inputs[1].Many = true }, []string{`{kind: domain, ask: "Which?"} #`, `{kind: domain, many: true, ask: Which?} #`}},
		"an input renamed and more": {func(f *edit.Form) {
			f.Inputs[0].Name = "mailbox"
			f.Inputs = append(f.Inputs, edit.Input{Name: "z", Kind: "text"})
		}, []string{"  box:\n    kind: email\n    ask: Which mailbox?\n", "  mailbox: {kind: email, ask: Which mailbox?}\n  z: {kind: text}\n"}},
		"an input taken out": {func(f *edit.Form) { f.Inputs = f.Inputs[1:] }, []string{"  box:\n    kind: email\n    ask: Which mailbox?\n", ""}},
		"a check where a comment proposed one": {func(f *edit.Form) {
			f.Steps[0].Check = edit.Check{Parts: []edit.Call{{Name: "dns.mx", Params: []edit.Param{{Name: "name", Value: "{domain}"}}}}}
		}, []string{"    # check: {dns.mx: {}} may fit\n", "", "exists: true}}\n", "exists: true}}\n    check: {dns.mx: {name: \"{domain}\"}}\n"}},
		"a flow step changes in block style, its check kept": {func(f *edit.Form) { f.Steps[1].Title = "Zwei" },
			[]string{"  - {id: two, title: Two, by: customer, check: {all: [{dns.mx: {name: \"{domain}\"}}, {not: {dns.resolves: {name: \"{domain}\"}}}]}}\n",
				"  - id: two\n    title: Zwei\n    by: customer\n    check: {all: [{dns.mx: {name: \"{domain}\"}}, {not: {dns.resolves: {name: \"{domain}\"}}}]}\n"}},
		"the first key of a step": {func(f *edit.Form) { f.Steps[2].Title = "Drei" },
			[]string{"  - title: Three\n", "  - title: Drei\n", "## Three {", "## Drei {"}},
		"a step taken out": {func(f *edit.Form) { f.Steps = f.Steps[:2] },
			[]string{"  - title: Three\n    id: three\n    by: staff\n    capability: x.y\n", "", "## Three {#three}\nDo three.\n\n", ""}},
		"a new step with a text": {func(f *edit.Form) {
			f.Steps = append(f.Steps, edit.Step{ID: "four", Title: "Four", By: knowledge.Customer, Optional: true, Text: "Do four.\r\n"})
		}, []string{"    capability: x.y\n", "    capability: x.y\n  - id: four\n    title: Four\n    by: customer\n    optional: true\n", "Do three.\n\n", "Do three.\n\n## Four {#four}\nDo four.\n\n"}},
		"steps in another order, their texts with them": {func(f *edit.Form) { f.Steps[0], f.Steps[2] = f.Steps[2], f.Steps[0] }, nil},
		"texts": {func(f *edit.Form) { f.Intro, f.Steps[0].Text, f.Sections[0] = "Hello.", "Just one.", "## Else\nMore." },
			[]string{"Intro.\n", "Hello.\n", "Do one.\n\n### Details\nStill one.\n", "Just one.\n", "## See also\nNothing.\n", "## Else\nMore.\n"}},
		"a text taken out, another section added": {func(f *edit.Form) { f.Steps[2].Text = ""; f.Sections = append(f.Sections, "## New\nText") },
			[]string{"## Three {#three}\nDo three.\n\n", "", "Nothing.\n", "Nothing.\n\n## New\nText\n"}},
		"a condition": {func(f *edit.Form) { f.Steps[0].When.Terms[1].Value = "free , pro" },
			[]string{"when: {account.plan: {in: [free, starter], exists: true}}", "when: {account.plan: {exists: true, in: [free, pro]}}"}},
		"publish": {func(f *edit.Form) { f.Status, f.SelfService = knowledge.Draft, knowledge.SelfServiceNever },
			[]string{"area: mail\n", "area: mail\nstatus: draft\nself_service: never\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, file, []byte(commented))
			tc.change(&f)
			out := apply(t, file, []byte(commented), f)
			if tc.replace != nil {
				if want := strings.NewReplacer(tc.replace...).Replace(commented); string(out) != want {
					t.Errorf("got\n%s\nwant\n%s", out, want)
				}
			}
			same(t, f, read(t, file, out))
			windows := bytes.ReplaceAll([]byte("\ufeff"+commented), []byte("\n"), []byte("\r\n"))
			if got := apply(t, file, windows, f); !bytes.Equal(got, bytes.ReplaceAll([]byte("\ufeff"+string(out)), []byte("\n"), []byte("\r\n"))) {
				t.Errorf("line ends or byte order mark are not kept:\n%q", got)
			}
		})
	}
}

// same compares what two forms say.
func same(t testing.TB, want, got edit.Form) {
	t.Helper()
	plain := func(f edit.Form) edit.Form {
		f.Steps, f.Inputs = slices.Clone(f.Steps), slices.Clone(f.Inputs)
		for i := range f.Steps {
			f.Steps[i].Was, f.Steps[i].Text = "", strings.TrimSpace(f.Steps[i].Text)
			for j := range f.Steps[i].When.Terms {
				f.Steps[i].When.Terms[j].Value = strings.ReplaceAll(f.Steps[i].When.Terms[j].Value, " ,", ",")
			}
		}
		for i := range f.Inputs {
			f.Inputs[i].Was = ""
		}
		slices.SortFunc(f.Inputs, func(a, b edit.Input) int { return strings.Compare(a.Name, b.Name) })
		return f
	}
	if a, b := plain(want), plain(got); !reflect.DeepEqual(a, b) {
		t.Errorf("read again it says otherwise:\nwant %+v\ngot  %+v", a, b)
	}
}

// Front matter that cannot be patched is written anew.
func TestApplyAnew(t *testing.T) {
	const file, data = "procedures/x.md", "---\n{id: x, title: A, steps: [{id: a, title: A, by: staff}]}\n---\nText\n"
	f := read(t, file, []byte(data))
	f.Steps[0].Title = "B"
	want := "---\nid: x\ntitle: A\nstatus: live\nkind: setup\nsteps:\n  - id: a\n    title: B\n    by: staff\n---\nText\n"
	if out := apply(t, file, []byte(data), f); string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// FuzzApply: whatever a form says, the file says it afterwards.
func FuzzApply(f *testing.F) {
	for _, data := range procedures(f, examples.Sendline()) {
		f.Add(string(data), "title", "a, b", "text", uint8(1))
	}
	f.Add(commented, "x: y #", "- [", "## h\n```\n", uint8(7))
	f.Add("---\ntitle: &a x\n---\n", "", "", "", uint8(0))
	f.Add("---\nsteps:\n- id: a\n  title: t\n-\n  id: b\n---\n", "null", "1e3", "", uint8(3))
	f.Fuzz(func(t *testing.T, data, title, word, text string, which uint8) {
		const file = "procedures/x.md"
		form, err := edit.Read(file, []byte(data))
		if err != nil {
			return
		}
		if out, err := edit.Apply(file, []byte(data), form); err != nil || string(out) != data {
			t.Fatalf("untouched: %v\n%q\n%q", err, data, out)
		}
		form.Title, form.Asks = title, append(form.Asks, word)
		if n := len(form.Steps); n > 0 {
			s := &form.Steps[int(which)%n]
			s.Title, s.Phrases, s.Text, s.Sets = word, []string{title, word}, text, title
			if which&1 == 1 {
				form.Steps = slices.Delete(form.Steps, 0, 1)
			}
		}
		out, err := edit.Apply(file, []byte(data), form)
		if err != nil {
			if strings.ContainsAny(title+word, "\u0085\u2028\u2029\ufeff") || !validText(title+word+text) {
				return // no YAML of one line holds these
			}
			t.Fatalf("%v\nfile %q\ntitle %q word %q", err, data, title, word)
		}
		if _, err := edit.Read(file, out); err != nil {
			t.Fatalf("%v\n%q", err, out)
		}
	})
}

func validText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r == 0xfffd || r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 }) < 0
}
