package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// actionsOf lists what of a page does something: buttons that send a form,
// what opens one, and fields that stand alone.
func actionsOf(t *testing.T, page string) (out []*html.Node) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "button" || n.Data == "summary" || attr(n, "data-key") != "") && inside(n, "main", "") {
			out = append(out, n)
		}
	}
	return out
}

// inside reports whether a node lies in an element of that name, or with that class.
func inside(n *html.Node, name, class string) bool {
	for p := n; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && (name == "" || p.Data == name) && (class == "" || slices.Contains(strings.Fields(attr(p, "class")), class)) {
			return true
		}
	}
	return false
}

// repeated are the parts of a page whose actions stand beside each of several
// things: one reaches them by Tab, and no single key could tell which is meant.
var repeated = []string{"finding", "aside", "said-by", "detail", "items", "more", "join", "more-joins", "out", "rows", "files", "own-note", "drop", "msg", "events", "incidents"}

// Every action of a page of the desk has a key, which the sheet and the palette
// show, and no key has two; what stands beside each of several things is
// reached by Tab.
func TestEveryActionHasAKey(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	at := "/tickets/" + id
	_, incident := s.suffering(t)
	check := func(path string, want ...string) {
		t.Helper()
		_, body := s.get(t, path)
		keys := map[string]string{}
		for _, n := range actionsOf(t, body) {
			key, what := attr(n, "data-key"), strings.Join(strings.Fields(textOf(n)), " ")
			if key != "" {
				if was, ok := keys[key]; ok {
					t.Errorf("%s: %s is the key of %q and of %q", path, key, was, what)
				}
				keys[key] = what
				if !slices.Contains([]string{"button", "summary", "a", "input", "textarea", "select"}, n.Data) {
					t.Errorf("%s: %s is the key of a %s", path, key, n.Data)
				}
				continue
			}
			if attr(n, "aria-keyshortcuts") != "" || slices.ContainsFunc(repeated, func(class string) bool { return inside(n, "", class) }) {
				continue
			}
			if form := attr(n, "form") + attr(n, "name") + "=" + attr(n, "value"); !slices.Contains(byTab, form) && !slices.ContainsFunc(byTabIn, func(class string) bool { return inside(n, "", class) }) {
				t.Errorf("%s: no key for %s %q (%s)", path, n.Data, what, form)
			}
		}
		for _, k := range want {
			if keys[k] == "" && !strings.Contains(body, `data-key="`+k+`"`) {
				t.Errorf("%s: no action has the key %s", path, k)
			}
		}
	}
	check(at, "r", "e", "w", "E", "t", "a", "s", "m", "x", "n", "c", "f", "p", "D")
	s.ask(t, at+"/reply", url.Values{"text": {badAnswers[0].text}, "do": {"save"}})
	check(at, "v")
	s.ask(t, at+"/reply", url.Values{"text": {goodAnswer}, "do": {"send_waiting"}})
	check(at, "u")
	s.ask(t, at+"/handover", url.Values{"tier": {"l1"}, "why": {"other"}})
	check(at, "h")
	s.ask(t, at+"/state", url.Values{"do": {"resolve"}})
	check(at+"?was=open", "z", "o")
	check("/incidents/"+incident, "c", "d", "r")
	check(at + "/handover")
	check("/inbox")
	check("/review")
	places := map[string]string{}
	_, body := s.get(t, "/inbox")
	doc, _ := html.Parse(strings.NewReader(body))
	for n := range doc.Descendants() {
		if key := attr(n, "data-go"); n.Type == html.ElementNode && key != "" {
			if places[key] != "" {
				t.Errorf("g %s leads to %s and to %s", key, places[key], attr(n, "href"))
			}
			places[key] = attr(n, "href")
		}
	}
	if len(places) < 20 {
		t.Errorf("only %d places", len(places))
	}
}

// What is part of writing in a form that has a key, by name and value, or stands
// in a form of its own page: it follows by Tab.
var (
	byTab   = []string{"do=send_resolved", "do=send_open", "do=save", "do=drop", "do=step", "do=draft", "do=look"}
	byTabIn = []string{"resolve-as", "which", "handing", "fix", "notes", "start", "sr"} // sr: what Enter in the search does
)

// On its own page a ticket is taken, given, snoozed and woken as in the list,
// with the same undo, and says who has it.
func TestDeskBar(t *testing.T) {
	s := newSite(t, nil)
	at := "/tickets/" + s.triaged(t, caseZero(), caseZeroResult)
	act := func(do string) (body, token string) {
		t.Helper()
		a := s.ask(t, "/inbox/act", url.Values{"do": {do}, "ticket": {strings.TrimPrefix(at, "/tickets/")}, "to": {at}})
		if a.status != 303 || !strings.HasPrefix(a.to, at+"?done=") {
			t.Fatal(a.status, a.to)
		}
		_, body = s.get(t, a.to)
		return body, strings.TrimPrefix(a.to, at+"?done=")
	}
	says := func(body string, want ...string) {
		t.Helper()
		bar := cut(t, body, `class="has-it"`, "Merge or split") + cut(t, body, `class="deskbar"`, "</form>")
		for _, w := range want {
			if !strings.Contains(bar, w) {
				t.Errorf("the bar lacks %q: %s", w, bar)
			}
		}
	}
	_, body := s.get(t, at)
	says(body, "Nobody has it", "Take it", "Snooze", "Hand over", "May")
	body, token := act("assign:me")
	says(body, "Ann has it")
	if strings.Contains(body, "Take it") || !strings.Contains(body, `name="token" value="`+token+`"`) {
		t.Error("it can be taken twice, or the act cannot be undone")
	}
	if a := s.ask(t, "/inbox/undo", url.Values{"token": {token}, "to": {at}}); a.status != 303 || !strings.HasPrefix(a.to, at) {
		t.Fatal(a.status, a.to)
	}
	_, body = s.get(t, at)
	says(body, "Nobody has it")
	body, _ = act("snooze:tomorrow")
	says(body, "comes back", "Wake")
	body, _ = act("wake")
	says(body, "Snooze")
	s.ask(t, at+"/state", url.Values{"do": {"resolve"}})
	_, body = s.get(t, at)
	if bar := cut(t, body, `class="deskbar"`, "</form>"); strings.Contains(bar, "snooze:") {
		t.Error("a resolved ticket can be snoozed")
	}
}
