package web_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"readback/triage"
)

// getIn reads a page as somebody with that Accept-Language and cookie.
func (s *site) getIn(t testing.TB, path, accept, cookie string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", accept)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "lang", Value: cookie})
	}
	return send(t, r)
}

func TestLanguageOfAPage(t *testing.T) {
	s := newSite(t, nil)
	for _, tc := range []struct{ accept, cookie, want string }{
		{"", "", "en"}, {"pl", "", "pl"}, {"pl-PL,pl;q=0.9,en;q=0.5", "", "pl"}, {"en-GB,pl;q=0.5", "", "en"}, {"de,pl;q=0.5", "", "pl"},
		{"de", "", "en"}, {"*", "", "en"}, {"pl;q=0", "", "en"}, {";;,", "", "en"}, {strings.Repeat("x-", 4000), "", "en"},
		{"pl", "en", "en"}, {"en", "pl", "pl"}, {"pl", "xx", "pl"}, {"", "../pl", "en"},
	} {
		for _, path := range []string{"/inbox", "/tickets/none", "/nothing"} {
			_, h, body := s.getIn(t, path, tc.accept, tc.cookie)
			if !strings.Contains(body, `<html lang="`+tc.want+`">`) {
				t.Errorf("%s in %.20q, chosen %q: not in %s", path, tc.accept, tc.cookie, tc.want)
			}
			if h.Get("Vary") != "Accept-Language, Cookie" {
				t.Errorf("%s: Vary %q", path, h.Get("Vary"))
			}
		}
	}
}

// A choice is kept, and leads back to the page that it was made on: never elsewhere.
func TestChooseLanguage(t *testing.T) {
	s := newSite(t, nil)
	for path, want := range map[string]string{
		"/inbox?lang=pl&tier=l2&state=waiting": "/inbox?state=waiting&tier=l2",
		"/tickets/none?lang=pl":                "/tickets/none",
		"//evil.example/x?lang=pl":             "/evil.example/x",
		"/%5Cevil.example?lang=pl":             "/%5Cevil.example",
		"/inbox?lang=xx":                       "",
		"/inbox?lang=":                         "",
		"/api/v1/tickets?lang=pl":              "",
	} {
		r, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		cookie := res.Header.Get("Set-Cookie")
		if res.Header.Get("Location") != want || (want != "") != (cookie == "lang=pl; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax") {
			t.Errorf("%s: %d to %q, cookie %q", path, res.StatusCode, res.Header.Get("Location"), cookie)
		}
	}
}

// The choice works in a browser that runs no script.
func TestChooseLanguageWithoutScript(t *testing.T) {
	s := newSite(t, nil)
	ctx := chromium(t)
	do(t, ctx, withoutScript(), chromedp.Navigate(s.URL+"/inbox?state=waiting"), chromedp.WaitReady(chromedp.CSS("#main")),
		chromedp.Click(chromedp.CSS(`.langs a[lang="pl"]`)), chromedp.WaitReady(chromedp.CSS(`html[lang="pl"]`)))
	if got := eval[string](t, ctx, `location.pathname + location.search + " " + document.querySelector(".tabs [aria-current]").textContent`); got != "/inbox?state=waiting Czeka na klienta" {
		t.Errorf("it leads to %s", got)
	}
	do(t, ctx, chromedp.Navigate(s.URL+"/inbox"), chromedp.WaitReady(chromedp.CSS(`html[lang="pl"]`)))
}

func TestPolishPages(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), caseZeroResult)
	for path, want := range map[string][]string{
		"/tickets/" + id: {"Dalej: Przełącz konto na linki HTTPS", "kto: Engineering support", "Klient wykonał wszystkie kroki", "Nieodczytany załącznik",
			"potwierdzone", "zastąpiony", "Zrobiono, co można", "Zgłoszenia czyta ekstraktor offline: stałe reguły", "sieci ćwiczebnej", "21 lis, 12:05", "wykonuje klient", "czas UTC"},
		"/inbox":               {"Wszystkie zgłoszenia", "3 wiadomości", "Dalej: Przełącz konto na linki HTTPS", "Do weryfikacji", "Weź następne"},
		"/inbox?tier=security": {"Nic tu nie czeka. Nowe zgłoszenie pojawi się samo."},
		"/tickets/none":        {"Pod tym adresem nic nie ma."},
		"/inbox?state=odd":     {"Nie da się odczytać tego adresu lub formularza."},
	} {
		_, _, body := s.getIn(t, path, "pl", "")
		page := text(t, body)
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
	}
	_, _, body := s.getIn(t, "/tickets/"+id, "pl", "")
	for _, w := range []string{`title="22 lis 2026, 14:02:00 UTC"`, `data-next="dalej"`, `aria-label="Rozmowa, 3 wiadomości"`} {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %s", w)
		}
	}
	_, _, body = s.getIn(t, "/inbox", "pl", "")
	if !strings.Contains(body, `data-words="Nowe: %. Pokaż"`) {
		t.Error("the script has no words")
	}
}

// text is what a reader reads of a page, in one line, but for the words that
// are meant for a customer.
func text(t *testing.T, body string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id == "suggested" || id == "drafted" { // words for the customer
			n.FirstChild.Data = ""
		}
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "body" {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return ""
}

// sentences are the texts of one language by code.
func sentences(t *testing.T, lang string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for code := range codes(t) {
		out[code] = triage.Sentence(lang, code, nil)
	}
	return out
}

// codes are all codes of the catalogue that pages use.
func codes(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, _ := filepath.Glob("../triage/catalogue/en/*.json")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^  "(web\.[A-Za-z0-9_.-]+)":`).FindAllSubmatch(data, -1) {
			out[string(m[1])] = true
		}
	}
	if len(out) < 150 {
		t.Fatalf("%d codes", len(out))
	}
	return out
}

// No page of the example desk shows a code, and none in Polish a sentence of
// English: but for what people, checks and a workspace wrote.
func TestPagesSpeakTheirLanguage(t *testing.T) {
	s := newSite(t, nil)
	paths := []string{"/inbox?limit=200", "/inbox?state=resolved", "/nothing"}
	for _, id := range exampleDesk(t, s) {
		paths = append(paths, "/tickets/"+id)
	}
	english, polish := sentences(t, "en"), sentences(t, "pl")
	code := regexp.MustCompile(`\b(web|route|check|customer|kind)\.[a-z]+[._][a-z_]+`)
	suggested := map[string]int{}
	for _, lang := range triage.Languages() {
		for _, path := range paths {
			_, _, body := s.getIn(t, path, lang, "")
			page := text(t, body)
			if found := code.FindString(page); found != "" {
				t.Errorf("%s in %s shows the code %s", path, lang, found)
			}
			if strings.Contains(body, `id="suggested" lang="`) {
				suggested[body[strings.Index(body, `id="suggested" lang="`)+21:][:2]]++
			}
			if lang == "en" {
				continue
			}
			for c, sentence := range english {
				if strings.Count(sentence, " ") >= 2 && !strings.Contains(sentence, "{") && sentence != polish[c] && strings.Contains(page, sentence) {
					t.Errorf("%s says in English: %s", path, sentence)
				}
			}
		}
	}
	if suggested["en"] == 0 || suggested["pl"] == 0 {
		t.Errorf("words for customers: %v", suggested)
	}
}

// Templates and the style sheet hold no word: text and attributes that are
// read out come from the catalogue.
func TestTemplatesHoldNoWords(t *testing.T) {
	letters := regexp.MustCompile(`\pL{2,}`)
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	files, err := filepath.Glob("templates/*.html")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(action.ReplaceAllString(string(data), "")))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if file == "templates/design.html" || n.Type == html.TextNode && n.Parent.Data == "kbd" {
				continue // samples of data; names of keys
			}
			if n.Type == html.TextNode && letters.MatchString(strings.ReplaceAll(n.Data, "Readback", "")) {
				t.Errorf("%s: the text %q", file, n.Data)
			}
			for _, name := range []string{"title", "aria-label", "alt", "placeholder", "value", "data-words", "data-next", "data-done"} {
				if name == "value" && n.Data == "button" {
					continue // sent, and never shown
				}
				if letters.MatchString(attr(n, name)) {
					t.Errorf("%s: %s=%q", file, name, attr(n, name))
				}
			}
		}
	}
	for _, file := range []string{"static/app.css", "static/app.js", "static/knowledge.css", "static/knowledge.js"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := regexp.MustCompile("content: *\"[^\"]*\\pL|(textContent|innerText|innerHTML|ariaLabel|title) *= *[\"'`]")
		if found := words.Find(data); found != nil {
			t.Errorf("%s: %s", file, found)
		}
	}
}

// The Go files that make pages hold no sentence, and name codes that exist;
// every code of the catalogue is named somewhere.
func TestCodesAreUsed(t *testing.T) {
	known, used := codes(t), map[string]bool{}
	name := func(where, literal string) {
		if !strings.HasPrefix(literal, "web.") {
			return
		}
		found := false
		for code := range known {
			// A literal that ends in a dot is completed by a value.
			if code == literal || strings.HasSuffix(literal, ".") && strings.HasPrefix(code, literal) {
				used[code], found = true, true
			}
		}
		if !found && literal != "web.month.%d" {
			t.Errorf("%s: no sentence for %s", where, literal)
		}
	}
	templates, _ := filepath.Glob("templates/*.html")
	for _, file := range templates {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(web\.[a-z_.]+)"`).FindAllSubmatch(data, -1) {
			name(file, string(m[1]))
		}
	}
	sentence := regexp.MustCompile(`\pL{2,} \pL{2,}`)
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		speaks := slices.Contains([]string{"words.go", "language.go", "inbox.go", "next.go", "ticket.go", "grid.go", "thread.go", "marks.go", "views.go", "state.go"}, file)
		ast.Inspect(tree, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Errorf" {
					return false
				}
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == gotoken.STRING {
				value, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				name(file, value)
				if speaks && sentence.MatchString(value) {
					t.Errorf("%s holds the words %q", file, value)
				}
			}
			return true
		})
	}
	for code := range known {
		if !used[code] && !strings.HasPrefix(code, "web.month.") {
			t.Errorf("nothing uses %s", code)
		}
	}
}

// A customer who is asked gets words in the language they write, whatever the
// language of the page.
func TestSuggestedWords(t *testing.T) {
	s := newSite(t, nil)
	for customer, want := range map[string][]string{
		"en": {`lang="en"`, "“Turn on click tracking”", "in the customer&#39;s language: English", "w języku klienta: angielski"},
		"pl": {`lang="pl"`, "„Włącz śledzenie kliknięć”", "in the customer&#39;s language: Polish", "w języku klienta: polski"},
		"de": {`lang="en"`, "“Turn on click tracking”", "in English: there are no words yet in German", "po angielsku: nie ma jeszcze tekstów w języku: niemiecki"},
	} {
		in := caseZero()
		in.TicketKey = customer
		id := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
			r := caseZeroResult(tk)
			r.Brief.Language = customer
			r.Route = triage.Route{Action: triage.SelfService, Tier: "l1", Reasons: []triage.Reason{{Code: "route.next_told", Params: map[string]string{"procedure": "https-click-tracking", "step": "tracking-on"}}}}
			return r
		})
		for i, lang := range triage.Languages() {
			_, _, body := s.getIn(t, "/tickets/"+id, lang, "")
			for _, w := range []string{`id="suggested" ` + want[0], want[1], want[2+i]} {
				if !strings.Contains(body, w) {
					t.Errorf("a customer in %s, a page in %s: no %s", customer, lang, w)
				}
			}
		}
	}
	if _, body := s.get(t, "/tickets/"+s.triaged(t, caseZero(), caseZeroResult)); strings.Contains(body, `id="suggested"`) {
		t.Error("a ticket for staff has words for the customer")
	}
}

// Neither language is too wide for a narrow screen.
func TestNarrowInEveryLanguage(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult(tk)
		r.Route = triage.Route{Action: triage.Ask, Tier: "l1", NeedsReview: true, Reasons: []triage.Reason{{Code: "route.contradicted", Params: map[string]string{"procedure": "https-click-tracking", "step": "certificate"}}}}
		return r
	})
	ctx := chromium(t)
	for _, lang := range triage.Languages() {
		for _, path := range []string{"/inbox", "/tickets/" + id, "/tickets/none"} {
			for _, width := range []int64{320, 375, 1024, 1280} {
				do(t, ctx, screen(width, 740, "light"), chromedp.Navigate(s.URL+path+"?lang="+lang), chromedp.WaitReady(chromedp.CSS(`html[lang="`+lang+`"] #main`)))
				if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
					t.Errorf("%s in %s is %d wide on a screen of %d", path, lang, got, width)
				}
			}
		}
	}
}

// The words for the customer are copied at a click, and stay so for the next one.
func TestCopySuggestedWords(t *testing.T) {
	s := newSite(t, nil)
	id := s.triaged(t, caseZero(), func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult(tk)
		r.Route = triage.Route{Action: triage.Ask, Tier: "l1", Reasons: []triage.Reason{{Code: "route.no_procedure_vague"}}}
		return r
	})
	ctx := chromium(t)
	do(t, ctx, chromedp.Navigate(s.URL+"/tickets/"+id), chromedp.WaitReady(chromedp.CSS("#main")))
	eval[bool](t, ctx, `Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } }) && true`)
	do(t, ctx, chromedp.Click(chromedp.CSS(`[data-copy]`)))
	eventually(t, ctx, `document.querySelector("[data-copy]").textContent === "Copied" && window.copied === document.querySelector("#suggested").textContent && window.copied.includes("what exactly does not work")`)
}
