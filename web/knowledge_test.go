package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"readback/examples"
	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/triage"
	"readback/triage/check"
	"readback/web"
)

// library is a site whose workspace lies on disk, with its folder.
func library(t testing.TB, change func(*web.Options)) (*site, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "workspace")
	if err := os.CopyFS(dir, examples.Sendline()); err != nil {
		t.Fatal(err)
	}
	var s *site
	load := func() (*knowledge.Workspace, *knowledge.Index) {
		w, err := knowledge.Load(os.DirFS(dir))
		if err == nil {
			err = check.Prepare(w)
		}
		if err != nil {
			s.web.Stale(err.Error())
			return nil, nil
		}
		index, err := knowledge.NewIndex(w)
		if err != nil {
			t.Error(err)
		}
		return w, index
	}
	s = newSite(t, func(o *web.Options) {
		o.Files, o.Folder = os.DirFS(dir), edit.Open(dir, filepath.Join(filepath.Dir(dir), "versions"), o.Clock)
		o.Workspace, _ = load()
		o.Refresh = func() {
			if w, index := load(); w != nil {
				s.web.Reload(w, index)
			}
		}
		if change != nil {
			change(o)
		}
	})
	return s, dir
}

// formOf reads the editor's form as a browser would send it.
func formOf(t testing.TB, body string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for form := range doc.Descendants() {
		if form.Data != "form" || attr(form, "id") != "kb-form" {
			continue
		}
		for n := range form.Descendants() {
			has := func(name string) bool {
				return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
			}
			switch name, kind := attr(n, "name"), attr(n, "type"); {
			case n.Data == "input" && ((kind != "checkbox" && kind != "radio") || has("checked")) && name != "":
				out.Add(name, attr(n, "value"))
			case n.Data == "textarea":
				text := ""
				if n.FirstChild != nil {
					text = n.FirstChild.Data
				}
				out.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
			case n.Data == "select":
				first, chosen, many := "", []string{}, has("multiple")
				seen := false
				for o := range n.Descendants() {
					if o.Data != "option" {
						continue
					}
					if !seen {
						first, seen = attr(o, "value"), true
					}
					if slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
						chosen = append(chosen, attr(o, "value"))
					}
				}
				if len(chosen) == 0 && !many {
					chosen = []string{first}
				}
				for _, c := range chosen {
					out.Add(name, c)
				}
			}
		}
	}
	if out.Get("hash") == "" {
		t.Fatalf("no form in %.2000s", body)
	}
	return out
}

const httpsEdit = "/knowledge/https-click-tracking/edit"

func editURL(id, do string) string { return "/knowledge/" + id + "/" + do }

func (s *site) form(t testing.TB, id string) url.Values {
	t.Helper()
	status, body := s.get(t, editURL(id, "edit"))
	if status != 200 {
		t.Fatal(id, status, body)
	}
	return formOf(t, body)
}

// saved sends the form to be saved and returns the answer, with the page that it leads to.
func (s *site) sent(t testing.TB, id string, form url.Values) answer {
	t.Helper()
	return s.ask(t, editURL(id, "save"), form)
}

func file(t testing.TB, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A form that nobody touched changes no file, of any procedure.
func TestEditorLosesNothing(t *testing.T) {
	s, dir := library(t, nil)
	ws, err := knowledge.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for i := range ws.Procedures {
		p := &ws.Procedures[i]
		got := s.sent(t, p.ID, s.form(t, p.ID))
		if got.status != http.StatusSeeOther || !strings.HasSuffix(got.to, "saved=same") {
			t.Errorf("%s: %d %s", p.ID, got.status, got.to)
		}
		if now := file(t, dir, p.File); now != p.Source {
			t.Errorf("%s has changed", p.File)
		}
		if i > 1 {
			continue // package edit tries this with each
		}
		// Typed there and back: the pieces are what they were.
		form := s.form(t, p.ID)
		title := form.Get("title")
		form.Set("title", title+"!")
		if got := s.sent(t, p.ID, form); got.status != http.StatusSeeOther || strings.HasSuffix(got.to, "saved=same") {
			t.Fatalf("%s: %d %s %s", p.ID, got.status, got.to, got.body)
		}
		form = s.form(t, p.ID)
		form.Set("title", title)
		s.sent(t, p.ID, form)
		if now := file(t, dir, p.File); now != p.Source {
			t.Errorf("%s has changed after its title was there and back", p.File)
		}
	}
}

// The life of a change: saved, in use, undone; a conflict loses nothing; what
// does not load is refused beside the field.
func TestEditorSaves(t *testing.T) {
	s, dir := library(t, nil)
	const id, name = "https-click-tracking", "procedures/https-click-tracking.md"
	before := file(t, dir, name)

	form := s.form(t, id)
	form.Set("s.0.title", "Switch click tracking on")
	form.Set("publish", "guard")
	got := s.sent(t, id, form)
	if got.status != http.StatusSeeOther {
		t.Fatal(got.status, got.body)
	}
	now := file(t, dir, name)
	if want := strings.NewReplacer("title: Turn on click tracking\n", "title: Switch click tracking on\n", "## Turn on click tracking {", "## Switch click tracking on {",
		"area: link-branding\n", "area: link-branding\nself_service: never\n").Replace(before); now != want {
		t.Errorf("saved\n%s", now)
	}
	if _, body := s.get(t, "/help/"+id); !strings.Contains(body, "Switch click tracking on") {
		t.Error("the help page does not show it yet")
	}
	_, page := s.get(t, got.to)
	for _, want := range []string{"Saved. The desk uses it", "Earlier versions (1)", "<bdi>Ann</bdi>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}

	stale := s.form(t, id)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(now, "owner: deliverability", "owner: dns-team", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	stale.Set("s.1.title", "Point it at us")
	if got := s.sent(t, id, stale); got.status != http.StatusConflict || !strings.Contains(got.body, "has changed on disk") || !strings.Contains(got.body, "Point it at us") {
		t.Errorf("a conflict: %d %.500s", got.status, got.body)
	}
	if strings.Contains(file(t, dir, name), "Point it at us") {
		t.Error("a conflict was written over")
	}
	stale.Set("do", "overwrite")
	if got := s.sent(t, id, stale); got.status != http.StatusSeeOther || !strings.Contains(file(t, dir, name), "Point it at us") {
		t.Errorf("written over: %d", got.status)
	}

	undo := s.ask(t, editURL(id, "restore"), url.Values{"version": {strings.TrimPrefix(got.to, editURL(id, "edit")+"?saved=")}})
	if undo.status != http.StatusSeeOther || file(t, dir, name) != before {
		t.Errorf("undone: %d\n%s", undo.status, file(t, dir, name))
	}
	if got := s.ask(t, editURL(id, "restore"), url.Values{"version": {"../../etc"}}); got.status != http.StatusNotFound {
		t.Errorf("a version that is none: %d", got.status)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "procedures", ".readback*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// What cannot be used is refused, and said beside the field; the desk stays up
// and the file as it was.
func TestEditorRefuses(t *testing.T) {
	s, dir := library(t, nil)
	const id, name = "https-click-tracking", "procedures/https-click-tracking.md"
	before := file(t, dir, name)
	for what, tc := range map[string]struct {
		set   map[string]string
		field string // data-err that has the text
		want  string
	}{
		"no title":            {map[string]string{"title": " "}, "title", "no title"},
		"a step without one":  {map[string]string{"s.1.title": ""}, "s.1.title", "no title"},
		"a capability":        {map[string]string{"s.3.capability": "nobody.can"}, "s.3.capability", "no tier has the capability"},
		"an input":            {map[string]string{"s.1.sets": "dns.cname {domain}"}, "", "no input of the procedure"},
		"a check's parameter": {map[string]string{"s.1.check.0.p.target": ""}, "s.1.check", "dns.cname needs target."},
		"a check":             {map[string]string{"s.1.check.0.name": "dns.magic"}, "s.1.check", "There is no check dns.magic."},
		"an address":          {map[string]string{"url": "javascript:alert(1)"}, "url", "is no web address"},
		"a prerequisite":      {map[string]string{"prerequisites": "nothing"}, "prerequisites", "does not exist"},
		"itself needed":       {map[string]string{"prerequisites": id}, "prerequisites", "go in a circle"},
		"an open code block":  {map[string]string{"s.0.text": "```\nx"}, "s.0.text", "would not stay whole"},
		"another's heading":   {map[string]string{"s.0.text": "x\n\n## Y {#certificate}\nz"}, "s.0.text", "would not stay whole"},
		"a high heading":      {map[string]string{"intro": "## Y\nz"}, "intro", "would not stay whole"},
		"a day":               {map[string]string{"reviewed": "tomorrow: &a [*a]"}, "", "YAML"},
		"a name of an input":  {map[string]string{"in.0.name": "Link Domain"}, "in.0.name", "small letters"},
		"a condition":         {map[string]string{"s.0.when.0.path": "weather", "s.0.when.0.op": "equals", "s.0.when.0.value": "fine"}, "", "YAML"},
	} {
		t.Run(what, func(t *testing.T) {
			form := s.form(t, id)
			for k, v := range tc.set {
				form.Set(k, v)
			}
			got := s.sent(t, id, form)
			if got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest {
				t.Fatalf("%d %.300s", got.status, got.body)
			}
			text := got.body
			if tc.field != "" {
				_, rest, _ := strings.Cut(got.body, `data-err="`+tc.field+`">`)
				text, _, _ = strings.Cut(rest, "</p>")
			}
			if tc.want != "YAML" && !strings.Contains(text, tc.want) {
				t.Errorf("beside %q stands %.300q", tc.field, text)
			}
			if file(t, dir, name) != before {
				t.Fatal("the file has changed")
			}
		})
	}
	if status, _ := s.get(t, "/healthz"); status != 200 {
		t.Error(status)
	}
}

// Hostile text in any field is text: in the file, on the pages, in the replay.
func TestEditorHostile(t *testing.T) {
	s, dir := library(t, nil)
	const id = "webhook-signatures"
	form := s.form(t, id)
	const script = `<script>window.hacked=1</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) {{.}} ` + "---\n---\n&a [*a, *a]\n"
	form.Set("intro", script)
	form.Set("s.0.text", script)
	form.Set("owner", `"]} # '`+"\x00\u2028")
	form.Set("asks", "a: b\n- [\n!!binary x\n%TAG\n'")
	if got := s.sent(t, id, form); got.status != http.StatusSeeOther {
		t.Fatal(got.status, got.body)
	}
	for _, path := range []string{editURL(id, "edit"), "/help/" + id, "/knowledge", "/knowledge/lint"} {
		status, body := s.get(t, path)
		if status != 200 || strings.Contains(body, "<script>window") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript`) {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	if p, err := knowledge.ReadProcedure("procedures/"+id+".md", []byte(file(t, dir, "procedures/"+id+".md"))); err != nil || len(p.Asks) != 5 {
		t.Errorf("%v %q", err, p.Asks)
	}
	big := s.form(t, id)
	big.Set("intro", strings.Repeat("x", 50<<20))
	if got := s.sent(t, id, big); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("50 MB: %d", got.status)
	}
	big.Set("intro", strings.Repeat("x", 2<<20))
	if got := s.sent(t, id, big); got.status != http.StatusBadRequest && got.status != http.StatusUnprocessableEntity {
		t.Errorf("2 MB: %d %.300s", got.status, got.body)
	}
	for _, path := range []string{"/knowledge/../workspace/edit", "/knowledge/..%2f..%2fworkspace/edit", "/knowledge/https-click-tracking.pl/edit", "/knowledge/none/edit", "/knowledge/articles/none"} {
		if status, _ := s.get(t, path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	// A file that was broken by hand is told of, and the page stays up.
	bomb := "---\ntitle: x\na: &a [x, x]\nb: [*a, *a]\n---\n"
	if err := os.WriteFile(filepath.Join(dir, "procedures", id+".md"), []byte(bomb), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, body := s.get(t, editURL(id, "edit")); status != 200 || !strings.Contains(body, "anchors and aliases") {
		t.Errorf("%d %.300s", status, body)
	}
}

// Buttons change the form and keep what is typed; a step that goes takes its
// translations along, and undo brings them back.
func TestEditorSteps(t *testing.T) {
	s, dir := library(t, nil)
	const id = "dedicated-ip"
	press := func(form url.Values, do string) url.Values {
		t.Helper()
		form.Set("do", do)
		got := s.ask(t, editURL(id, "edit"), form)
		if got.status != 200 {
			t.Fatal(do, got.status, got.body)
		}
		return formOf(t, got.body)
	}
	form := s.form(t, id)
	form.Set("s.1.text", "Typed, not saved.")
	form = press(form, "up.1")
	if form.Get("s.0.was") != "order-ip" || form.Get("s.0.text") != "Typed, not saved." {
		t.Fatalf("moved: %s %q", form.Get("s.0.was"), form.Get("s.0.text"))
	}
	form = press(form, "down.0")
	form = press(form, "remove.3") // warm-up
	form = press(form, "add")
	form.Set("s.3.title", "Tell us how it went")
	form.Set("s.3.by", "staff")
	form.Set("s.3.capability", "ip.assign")
	form.Set("s.3.check.0.name", "dns.mx")
	form.Add("s.3.after", "assign-ip")
	form = press(form, "refresh.s.3.check.0.name")
	if _, ok := form["s.3.check.0.p.name"]; !ok {
		t.Fatal("the check's fields are not shown")
	}
	form.Set("s.3.check.0.p.name", "mail.example")
	before := map[string]string{}
	names, _ := filepath.Glob(filepath.Join(dir, "procedures", id+"*.md"))
	for _, n := range names {
		before[filepath.Base(n)] = file(t, dir, "procedures/"+filepath.Base(n))
	}
	got := s.sent(t, id, form)
	if got.status != http.StatusSeeOther {
		t.Fatal(got.status, got.body)
	}
	now := file(t, dir, "procedures/"+id+".md")
	if want := "  - id: tell-us-how-it-went\n    title: Tell us how it went\n    by: staff\n    capability: ip.assign\n    after: [assign-ip]\n    check: {dns.mx: {name: mail.example}}\n"; !strings.Contains(now, want) {
		t.Errorf("the new step:\n%s", now)
	}
	if strings.Contains(now, "warm-up}") || strings.Contains(now, "id: warm-up") {
		t.Error("the old step is still there")
	}
	for _, lang := range []string{"pl", "de", "ja", "es"} {
		if text := file(t, dir, "procedures/"+id+"."+lang+".md"); strings.Contains(text, "warm-up") {
			t.Errorf("%s still has it:\n%s", lang, text)
		}
	}
	s.ask(t, editURL(id, "restore"), url.Values{"version": {strings.TrimPrefix(got.to, editURL(id, "edit")+"?saved=")}})
	for n, text := range before {
		if file(t, dir, "procedures/"+n) != text {
			t.Errorf("%s is not what it was", n)
		}
	}
}

// Who may not save is told why, keeps the form, and can take the file along.
func TestEditorReadOnly(t *testing.T) {
	example, _ := library(t, func(o *web.Options) { o.Folder = nil })
	_, body := example.get(t, httpsEdit)
	form := formOf(t, body)
	form.Set("title", "Mine")
	if !strings.Contains(body, "built-in example") || !strings.Contains(body, "Download the file") {
		t.Errorf("%.500s", body)
	}
	if got := example.sent(t, "https-click-tracking", form); got.status != http.StatusConflict || !strings.Contains(got.body, `value="Mine"`) {
		t.Errorf("%d", got.status)
	}
	form.Set("do", "download")
	if got := example.ask(t, httpsEdit, form); got.status != 200 || !strings.HasPrefix(got.body, "---\nid: https-click-tracking\ntitle: Mine\n") ||
		!strings.Contains(got.header.Get("Content-Disposition"), "https-click-tracking.md") {
		t.Errorf("%d %.200s", got.status, got.body)
	}
	s, dir := library(t, func(o *web.Options) { o.Demo = false })
	may := func(r *http.Request) { r.AddCookie(s.session(t, mayAgent)) }
	page := s.ask(t, httpsEdit, nil, may)
	if page.status != 200 || !strings.Contains(page.body, "Leads and admins save procedures") {
		t.Errorf("%d %.300s", page.status, page.body)
	}
	if got := s.ask(t, editURL("https-click-tracking", "save"), formOf(t, page.body), may); got.status != http.StatusForbidden {
		t.Errorf("an agent saves: %d", got.status)
	}
	if got := s.ask(t, "/knowledge/new", url.Values{"title": {"x"}}, may); got.status != http.StatusForbidden {
		t.Errorf("an agent makes one: %d", got.status)
	}
	if err := os.Chmod(filepath.Join(dir, "procedures"), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "procedures"), 0o700) })
	if os.Geteuid() != 0 { // root writes everywhere
		if got := s.ask(t, httpsEdit, nil, func(r *http.Request) { r.AddCookie(s.session(t, leoLead)) }); !strings.Contains(got.body, "cannot be written to") {
			t.Errorf("%.300s", got.body)
		}
	}
}

// A new procedure begins as a stub that the desk loads.
func TestNewProcedure(t *testing.T) {
	s, dir := library(t, nil)
	got := s.ask(t, "/knowledge/new", url.Values{"title": {"Move an account: region #2"}})
	if got.status != http.StatusSeeOther || got.to != "/knowledge/move-an-account-region-2/edit" {
		t.Fatal(got.status, got.to, got.body)
	}
	if text := file(t, dir, "procedures/move-an-account-region-2.md"); text != "---\ntitle: \"Move an account: region #2\"\nstatus: stub\n---\n" {
		t.Errorf("%q", text)
	}
	if again := s.ask(t, "/knowledge/new", url.Values{"title": {"Move an account: region #2"}}); again.to != "/knowledge/move-an-account-region-2-2/edit" {
		t.Error(again.to)
	}
	form := s.form(t, "move-an-account-region-2")
	form.Set("do", "add")
	form = formOf(t, s.ask(t, got.to, form).body)
	form.Set("s.0.title", "Tell us the region")
	if saved := s.sent(t, "move-an-account-region-2", form); saved.status != http.StatusSeeOther {
		t.Fatal(saved.status, saved.body)
	}
	if text := file(t, dir, "procedures/move-an-account-region-2.md"); !strings.Contains(text, "status: draft") || !strings.Contains(text, "- id: tell-us-the-region") {
		t.Errorf("%s", text)
	}
	if _, body := s.get(t, "/knowledge?status=draft"); !strings.Contains(body, "Move an account") || strings.Contains(body, "Serve click-tracking") {
		t.Errorf("%.300s", body)
	}
}

// replayed is the last line of a replay.
func (s *site) replayed(t *testing.T, id string, form url.Values) (html string, errors []map[string]string) {
	t.Helper()
	got := s.ask(t, editURL(id, "replay"), form)
	if got.status != 200 {
		t.Fatal(got.status, got.body)
	}
	all := strings.Split(strings.TrimSpace(got.body), "\n")
	var last struct {
		HTML   string              `json:"html"`
		Errors []map[string]string `json:"errors"`
	}
	if err := json.Unmarshal([]byte(all[len(all)-1]), &last); err != nil {
		t.Fatal(err, got.body)
	}
	return last.HTML, last.Errors
}

// A replay shows what the edited procedure makes of past tickets, and writes nothing.
func TestReplay(t *testing.T) {
	s, dir := library(t, nil)
	ids := exampleDesk(t, s)
	const id = "https-click-tracking"
	counts := func(html string) string {
		var out []string
		for _, kind := range []string{"placed", "missed", "wrong"} {
			_, rest, _ := strings.Cut(html, `<div class="`+kind+`">`)
			_, rest, _ = strings.Cut(rest, "<dd>")
			n, _, _ := strings.Cut(rest, "</dd>")
			out = append(out, kind+" "+n)
		}
		return strings.Join(out, ", ")
	}
	before := dump(t, s)
	same, _ := s.replayed(t, id, s.form(t, id))
	again, _ := s.replayed(t, id, s.form(t, id))
	if same != again {
		t.Error("two replays of one form differ")
	}
	if got := counts(same); !strings.HasPrefix(got, "placed 2") || !strings.HasSuffix(got, "missed 0, wrong 0") {
		t.Errorf("the procedure as it is: %s", got)
	}
	if !strings.Contains(same, `href="/tickets/`+ids["tickets/case-zero.json"]+`"`) || strings.Contains(same, "<s>") {
		t.Errorf("%s", same)
	}
	// Without the staff step case zero has nowhere to go: the next step is another.
	form := s.form(t, id)
	form.Set("do", "remove.3")
	short := formOf(t, s.ask(t, editURL(id, "edit"), form).body)
	if html, _ := s.replayed(t, id, short); !strings.Contains(html, "before: <s>Switch the account to HTTPS links · ") {
		t.Errorf("%s", html)
	}
	// With other words nobody finds it, in whatever language.
	for _, lang := range []string{"de", "es", "ja", "pl"} {
		if err := os.Remove(filepath.Join(dir, "procedures", id+"."+lang+".md")); err != nil {
			t.Fatal(err)
		}
	}
	lost := s.form(t, id)
	for key := range lost {
		if strings.HasSuffix(key, "title") || strings.HasSuffix(key, "phrases") || strings.HasSuffix(key, ".text") || key == "asks" || key == "intro" || key == "replaces_urls" || key == "url" || key == "area" || strings.HasSuffix(key, "errors") {
			lost.Set(key, "Zzyzx")
		}
	}
	lost.Set("replaces_urls", "")
	lost.Set("url", "")
	lost.Set("area", "link-branding")
	lost.Set("in.0.from", "")
	if html, errs := s.replayed(t, id, lost); counts(html) == counts(same) || strings.Contains(counts(html), "missed 0") {
		t.Errorf("%s %v", counts(html), errs)
	}
	// A person's word decides what is wrong.
	zero := ids["tickets/case-zero.json"]
	if _, err := s.store.AddCorrection(t.Context(), triage.Correction{TicketID: zero, What: triage.WhatProcedure, Matter: "m1", Procedure: id, Value: "domain-authentication", Who: "x", Role: triage.RoleAgent}); err != nil {
		t.Fatal(err)
	}
	if html, _ := s.replayed(t, id, s.form(t, id)); !strings.HasSuffix(counts(html), "wrong 1") || !strings.Contains(html, "a person said: Authenticate a sending domain") {
		t.Errorf("%s\n%s", counts(html), html)
	}
	if html, _ := s.replayed(t, "domain-authentication", s.form(t, "domain-authentication")); !strings.Contains(html, "a person said that it is this one") || strings.Contains(counts(html), "missed 0") {
		t.Errorf("%s\n%s", counts(html), html)
	}
	bad := s.form(t, id)
	bad.Set("title", "")
	if _, errs := s.replayed(t, id, bad); len(errs) != 1 || errs[0]["Field"] != "title" {
		t.Errorf("%v", errs)
	}
	if after := dump(t, s); after != before {
		t.Errorf("a replay has written:\n%s\n%s", before, after)
	}
	// Without a script the button does the same.
	form = s.form(t, id)
	form.Set("do", "replay")
	if got := s.ask(t, editURL(id, "edit"), form); !strings.Contains(got.body, `<dl class="counts">`) {
		t.Errorf("%.300s", got.body)
	}
}

// dump is what the tickets of a store are like.
func dump(t *testing.T, s *site) string {
	t.Helper()
	var out []string
	for _, tk := range s.tickets(t) {
		out = append(out, fmt.Sprint(tk.ID, tk.Version, tk.State, tk.LastSeq, tk.UpdatedAt.Unix()))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// The page of the linter shows what is wrong, filters it, leads to where it is
// mended, and ranks dead ends by the tickets they caused.
func TestLintPage(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, examples.Sendline()); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("articles/ssl.md", "---\ntitle: SSL for links\nurl: https://old.sendline.example/ssl\nupdated: 2026-11-20\n---\n1. Add the record.\n2. Contact support.\n")
	write("articles/quiet.md", "---\ntitle: Quiet page\nurl: https://old.sendline.example/quiet\nupdated: 2026-11-20\n---\nOpen the page.\n\nContact support.\n")
	write("procedures/loose.md", "---\ntitle: A loose end\nowner: x\nreviewed: 2026-11-20\nsteps:\n  - {id: one, title: Press it, by: customer}\n  - {id: two, title: Unlock it, by: staff}\n---\n## Press it {#one}\nPress.\n\n## Unlock it {#two}\nWe do.\n")
	s := newSite(t, func(o *web.Options) {
		o.Files = os.DirFS(dir)
		w, err := knowledge.Load(o.Files)
		if err != nil {
			t.Fatal(err)
		}
		o.Workspace = w
	})
	in := caseZero()
	in.Messages[0].Text = "I followed https://old.sendline.example/ssl to the end, and https://www.old.sendline.example/ssl/ again."
	s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult2(tk)
		return r
	})
	status, body := s.get(t, "/knowledge/lint")
	if status != 200 {
		t.Fatal(status, body)
	}
	for _, want := range []string{"Dead ends that cost the most tickets", `<b class="caused">1 ticket</b>`, `href="/knowledge/articles/ssl"`, `href="/knowledge/loose/edit#s.1.title"`,
		"articles/ssl.md:7:1"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	ends, _, _ := strings.Cut(body, `<ul class="findings">`)
	if strings.Contains(ends, "Quiet page") {
		t.Error("a dead end that cost nothing is ranked")
	}
	if _, body := s.get(t, "/knowledge/lint?rule=dead-end&q=quiet"); !strings.Contains(body, "Quiet page") || strings.Contains(body, "SSL for links") || strings.Contains(body, "Dead ends that cost") {
		t.Errorf("filtered: %.300s", body)
	}
	if _, body := s.get(t, "/knowledge/lint?severity=error"); strings.Contains(body, "Quiet page") {
		t.Errorf("errors only: %.300s", body)
	}
	if _, body := s.get(t, "/knowledge"); !strings.Contains(body, "things to mend") || !strings.Contains(body, `href="/knowledge/articles/quiet"`) {
		t.Errorf("the list: %.300s", body)
	}
	if status, body := s.get(t, "/knowledge/articles/quiet"); status != 200 || !strings.Contains(body, "built-in example") {
		t.Errorf("%d %.300s", status, body)
	}
}

// caseZeroResult2 is a result that quotes nothing of the thread.
func caseZeroResult2(tk *triage.Ticket) triage.Result {
	r := triage.Result{At: now.Add(-time.Minute)}
	r.Brief.Language = "en"
	r.Matters = []triage.Matter{{ID: "m1", Kind: triage.KindSetup, Route: triage.Route{Action: triage.Assign, Tier: "l1", Reasons: []triage.Reason{{Code: "route.no_procedure"}}}}}
	r.Route = r.Matters[0].Route
	return r
}

// Of an article a draft is made that opens in the editor.
func TestDraftFromArticle(t *testing.T) {
	s, dir := library(t, nil)
	if err := os.MkdirAll(filepath.Join(dir, "articles"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "---\ntitle: SSL for links\nurl: https://old.sendline.example/ssl\n---\n1. Point the CNAME record at us.\n2. Contact support.\n"
	if err := os.WriteFile(filepath.Join(dir, "articles", "ssl.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := knowledge.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	index, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	s.web.Reload(w, index)
	got := s.ask(t, "/knowledge/articles/ssl/draft", url.Values{"by": {"outline"}})
	if got.status != http.StatusSeeOther || got.to != "/knowledge/ssl-for-links/edit" {
		t.Fatal(got.status, got.to, got.body)
	}
	form := s.form(t, "ssl-for-links")
	if form.Get("publish") != "brief" || form.Get("s.0.title") != "Point the CNAME record at us" || form.Get("s.1.by") != "staff" {
		t.Errorf("%v", form)
	}
}
