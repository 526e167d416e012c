package knowledge_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"readback/knowledge"
)

const top = "name: X\ntiers: [{id: l1, capabilities: [a.b]}]\n"

// workspaceOf is a workspace with one procedure, a.md, and further files by name.
func workspaceOf(procedure string, more ...string) fstest.MapFS {
	files := fstest.MapFS{"workspace.yaml": {Data: []byte(top)}}
	if procedure != "" {
		files["procedures/a.md"] = &fstest.MapFile{Data: []byte(procedure)}
	}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
	}
	return files
}

// step is a procedure whose only step has these keys.
func step(keys string) string {
	return "---\ntitle: A\nsteps:\n  - {id: s, title: S, by: customer, " + keys + "}\n---\n"
}

// A fault names its file, line and column, so that a writer can go there.
func TestFaults(t *testing.T) {
	const kinds = "setup, broken, incident, billing, access, security, abuse, privacy, cancel, feedback, spam, other"
	for name, tc := range map[string]struct{ file, want string }{
		"no front matter":      {"hello\n", `1:1: no front matter; the file begins with a line ---`},
		"no closing line":      {"---\ntitle: A\n", `1:1: the front matter has no closing line ---`},
		"not UTF-8":            {"---\ntitle: A\nowner: \xff\n---\n", `3:8: this is not UTF-8 text; save the file as UTF-8`},
		"UTF-16":               {"-\x00-\x00-\x00\n\x00", `1:2: this is not UTF-8 text; save the file as UTF-8`},
		"bad YAML":             {"---\ntitle: [A\n---\n", `2:8: sequence end token ']' not found`},
		"two documents":        {"---\ntitle: A\n--- \ntitle: B\n---\n", `4:1: a second YAML document; a file holds one`},
		"alias":                {"---\ntitle: &t A\nowner: *t\n---\n", `2:8: anchors and aliases (& and *) are not read here; write the value out, or put it in quotes`},
		"unknown key":          {"---\ntitle: A\ntilte: B\n---\n", `3:1: unknown field "tilte"`},
		"unknown key of steps": {step("tilte: x"), `4:37: unknown field "tilte"`},
		"double key":           {"---\ntitle: A\ntitle: B\n---\n", `3:1: mapping key "title" already defined at [2:1]`},
		"list for a text":      {"---\ntitle: [A]\n---\n", `2:8: cannot unmarshal []interface {} into Go struct field Procedure.Title of type string`},
		"text for a list":      {"---\ntitle: A\nsteps: one\n---\n", `3:8: string was used where sequence is expected`},
		"bad day":              {"---\ntitle: A\nreviewed: 2026-13-01\n---\n", `3:11: "2026-13-01" is no day; write it as 2006-01-02`},
		"no title":             {"---\nowner: x\n---\n", `2:1: no title`},
		"id differs":           {"---\ntitle: A\nid: b\n---\n", `3:5: id "b" must equal the file's name`},
		"unknown status":       {"---\ntitle: A\nstatus: lvie\n---\n", `3:9: unknown status "lvie"; use stub, draft or live`},
		"live without steps":   {"---\ntitle: A\nstatus: live\n---\n", `2:1: a live procedure has at least one step; without any it is a stub (status: stub)`},
		"stub with steps":      {"---\ntitle: A\nstatus: stub\nsteps: [{id: s, title: S, by: staff}]\n---\n", `3:9: a stub has no steps; with steps it is a draft (status: draft)`},
		"unknown kind":         {"---\ntitle: A\nkind: setpu\n---\n", `3:7: unknown kind "setpu"; use one of ` + kinds},
		"no address":           {"---\ntitle: A\nurl: docs/a\n---\n", `3:6: "docs/a" is no web address; write it with https://`},
		"script address":       {"---\ntitle: A\nreplaces_urls: [\"javascript:alert(1)\"]\n---\n", `3:17: "javascript:alert(1)" is no web address; write it with https://`},
		"input's kind":         {"---\ntitle: A\ninputs: {d: {kind: domian}}\n---\n", `3:20: input d: unknown kind "domian"; use one of domain, email, url, text`},
		"input's name":         {"---\ntitle: A\ninputs: {D-x: {kind: text}}\n---\n", `3:15: input D-x: use small letters, digits and underscores`},
		"input's source":       {"---\ntitle: A\ninputs: {d: {kind: text, from: plan}}\n---\n", `3:32: input d: from is "plan"; an input comes from account.FIELD`},
		"step without id":      {"---\ntitle: A\nsteps:\n  - title: S\n    by: staff\n---\n", `4:5: step 1 has no id`},
		"step's id":            {"---\ntitle: A\nsteps:\n  - id: Set up\n    title: S\n    by: staff\n---\n", `4:9: step id "Set up": use small letters, digits and hyphens`},
		"step twice":           {"---\ntitle: A\nsteps:\n  - {id: s, title: S, by: staff}\n  - {id: s, title: T, by: staff}\n---\n", `5:10: two steps have the id "s"`},
		"step without title":   {"---\ntitle: A\nsteps:\n  - {id: s, by: staff}\n---\n", `4:5: step s: no title`},
		"wrong actor":          {"---\ntitle: A\nsteps:\n  - {id: s, title: S, by: robot}\n---\n", `4:27: step s: by is "robot"; use customer or staff`},
		"customer's power":     {step("capability: a.b"), `4:49: step s: a customer's step takes no capability`},
		"no such capability":   {"---\ntitle: A\nsteps:\n  - {id: s, title: S, by: staff, capability: fly}\n---\n", `4:46: step s: no tier has the capability "fly"`},
		"scope":                {step("scope: world"), `4:44: step s: unknown scope "world"; the only one is account`},
		"later replaced":       {step("replaces: [t]"), `4:48: step s: "t" is not an earlier step`},
		"later awaited":        {step("after: [s]"), `4:45: step s: "s" is not an earlier step`},
		"two checks":           {step("check: {a: {}, b: {}}"), `4:44: a check has one name, or one of all, any, not; this has 2 keys`},
		"empty all":            {step("check: {all: []}"), `4:50: all takes a list of checks`},
		"nested check":         {step("check: {not: {all: [{a: 1}]}}"), `4:61: check a takes parameters by name`},
		"list parameter":       {step("check: {dns.mx: {name: [x]}}"), `4:60: check dns.mx: name takes one value`},
		"unknown input":        {step(`check: {dns.mx: {name: "{d}"}}`), `4:44: step s: check dns.mx names {d}, which is no input of the procedure`},
		"unknown input set":    {step(`sets: "dns.mx {d}"`), `4:43: step s: sets names {d}, which is no input of the procedure`},
		"empty condition":      {step("when: {}"), `4:43: a condition is {account.FIELD: {OPERATOR: VALUE}}`},
		"condition's path":     {step("when: {plan: {in: [x]}}"), `4:44: nothing is known of "plan"; use account.FIELD or matter.asks`},
		"no operator":          {step("when: {account.plan: pro}"), `4:58: account.plan takes an operator: equals, in, exists or gte`},
		"unknown operator":     {step("when: {account.plan: {is: pro}}"), `4:59: unknown operator "is" for account.plan: use equals, in, exists or gte`},
		"operator's form":      {step("when: {account.plan: {in: pro}}"), `4:63: in takes a list`},
		"no prerequisite":      {"---\ntitle: A\nprerequisites: [b]\n---\n", `3:17: prerequisite "b" does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := knowledge.Load(workspaceOf(tc.file))
			if want := "procedures/a.md:" + tc.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// Files besides the procedure are as strict.
func TestFaultsOfOtherFiles(t *testing.T) {
	const stub = "---\ntitle: A\n---\n"
	for name, tc := range map[string]struct{ file, text, want string }{
		"translation's key":   {"procedures/a.de.md", "---\ntitel: A\n---\n", `procedures/a.de.md:2:1: unknown field "titel"`},
		"translation's step":  {"procedures/a.de.md", "---\ntitle: A\nsteps:\n  s: {title: S}\n---\n", `procedures/a.de.md:4:6: the procedure has no step "s"`},
		"translation's input": {"procedures/a.de.md", "---\ninputs: {d: Was?}\n---\n", `procedures/a.de.md:2:13: the procedure has no input "d"`},
		"no language":         {"procedures/a.old.bak.md", "---\ntitle: A\n---\n", `procedures/a.old.bak.md: "old.bak" is no language; the file is called a.LANG.md with a code such as de`},
		"translates nothing":  {"procedures/b.de.md", "---\ntitle: A\n---\n", `procedures/b.de.md:1:1: a translation of "b", which does not exist`},
		"change's key":        {"changes/x.md", "---\ndate: 2026-01-02\nlabel: [x]\n---\n", `changes/x.md:3:1: unknown field "label"`},
		"change's day":        {"changes/x.md", "---\ntitle: x\n---\n", `changes/x.md:2:1: no date; a change says when it happened, such as date: 2026-11-02`},
		"article's title":     {"articles/x.md", "---\nurl: https://a.example/x\n---\n", `articles/x.md:2:1: no title`},
		"article's language":  {"articles/x.md", "---\ntitle: x\nlanguage: English\n---\n", `articles/x.md:3:11: "English" is no language; use a code such as de`},
		"tier":                {"workspace.yaml", "tiers: [{id: l1}]\npolicy:\n  default_tier: l9\n", `workspace.yaml:3:17: policy.default_tier "l9" is not a tier`},
		"kind's tier":         {"workspace.yaml", "tiers: [{id: l1}]\npolicy: {kinds: {spam: l9}}\n", `workspace.yaml:2:24: policy.kinds.spam: "l9" is not a tier`},
		"no tiers":            {"workspace.yaml", "name: X\n", `workspace.yaml:1:1: no tiers; name at least one`},
		"huge":                {"procedures/b.md", strings.Repeat("x", 50<<20), `procedures/b.md: 52428800 bytes are over the limit of 1048576`},
		"much YAML":           {"procedures/b.md", "---\n" + strings.Repeat("# x\n", 40_000) + "\n---\n", `procedures/b.md:1:1: 160001 bytes of YAML are over the limit of 131072`},
		"deep YAML":           {"procedures/b.md", "---\ntitle: " + strings.Repeat("[", 60_000) + "\n---\n", `procedures/b.md:2:48: lists and maps are nested deeper than 40`},
		"deep list":           {"procedures/b.md", "---\n" + strings.Repeat("- ", 30_000) + "\n---\n", `procedures/b.md:2:81: lists and maps are nested deeper than 40`},
		"bomb": {"procedures/b.md", "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n---\n",
			`procedures/b.md:2:4: anchors and aliases (& and *) are not read here; write the value out, or put it in quotes`},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := knowledge.Load(workspaceOf(stub, tc.file, tc.text))
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	if _, err := knowledge.Load(fstest.MapFS{}); err == nil || err.Error() != "workspace.yaml: not found; a workspace has workspace.yaml and a folder procedures" {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestPrerequisitesInACircle(t *testing.T) {
	_, err := knowledge.Load(workspaceOf("---\ntitle: A\nprerequisites: [b]\n---\n", "procedures/b.md", "---\ntitle: B\nprerequisites: [c]\n---\n",
		"procedures/c.md", "---\ntitle: C\nprerequisites: [b]\n---\n"))
	want := "procedures/b.md:3:17: prerequisites go in a circle: b needs c needs b\nprocedures/c.md:3:17: prerequisites go in a circle: c needs b needs c"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// All faults of all files come at once, and what is sound can still be read.
func TestReadDespiteFaults(t *testing.T) {
	w, err := knowledge.Read(workspaceOf("---\ntitle: A\n---\n", "procedures/b.md", "nothing", "articles/c.md", "---\nx: 1\n---\n"))
	var faults knowledge.Faults
	if !errors.As(err, &faults) || len(faults) != 2 || faults[0].File != "articles/c.md" || faults[1].File != "procedures/b.md" {
		t.Errorf("faults: %v", err)
	}
	if w == nil || w.Procedure("a") == nil || w.Procedure("a").Status != knowledge.Stub {
		t.Errorf("the stub was not read: %+v", w)
	}
}

// FuzzLoad: whatever a file holds, it is read or refused with a place in it.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"---\ntitle: A\n---\n", step(`check: {all: [{a.b: {c: "{d}"}}]}`), step("when: {account.plan: {in: [x]}}"),
		"---\ninputs: {d: {kind: text}}\nreplaces_urls: ['x']\n---\n# T {#s}\n", "---\n? [a]\n: - b\n---\n", "---\n<<: {a: 1}\n---\n", "---\n!!binary x: |2\n y\n---\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if len(file) > 4<<10 {
			return
		}
		_, err := knowledge.Load(workspaceOf(file))
		var faults knowledge.Faults
		if err != nil && !errors.As(err, &faults) {
			t.Fatalf("not faults: %v", err)
		}
		lines := strings.Count(strings.ReplaceAll(file, "\r\n", "\n"), "\n") + 1
		for _, x := range faults {
			if x.Line < 1 || x.Line > lines+1 || x.Column < 1 || x.Message == "" {
				t.Errorf("%q: a fault in no place: %+v", file, x)
			}
		}
	})
}
