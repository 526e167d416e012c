package importer_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"readback/knowledge"
	"readback/knowledge/importer"
)

func folder(files ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

func read(t *testing.T, name string, files ...string) importer.Result {
	t.Helper()
	r, err := importer.Read(folder(files...), name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// short is an article in one line.
func short(a knowledge.Article) string {
	day := "-"
	if !a.Updated.IsZero() {
		day = a.Updated.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s|%s|%s|%s|%s|%s", a.Title, a.URL, day, a.Language, a.Source, strings.ReplaceAll(a.Body, "\n", "~"))
}

func TestRead(t *testing.T) {
	for name, tc := range map[string]struct {
		file, text string
		want       []string
	}{
		"zendesk": {"x.json", `{"count":3,"next_page":null,"articles":[
			{"id":28523513715859,"html_url":"https://help.a.example/hc/en-us/articles/28523513715859-Links","locale":"en-us","title":"Links","name":"Links","draft":false,
			 "updated_at":"2026-03-04T17:18:10Z","edited_at":"2026-02-01T10:00:00Z","body":"<h2 id=\"h_1\">First</h2><ol><li>Open <strong>Settings</strong></li><li><a href=\"/hc/x\">Next</a></li></ol>"},
			{"id":2,"title":"Draft","draft":true,"body":"<p>x</p>"},{"id":3,"title":"Empty","locale":"pl","body":null}]}`,
			[]string{"Links|https://help.a.example/hc/en-us/articles/28523513715859-Links|2026-02-01|en|zendesk:28523513715859:en-us|## First {#h_1}~~1. Open **Settings**~2. [Next](/hc/x)"}},
		"intercom": {"x.json", `{"type":"list","total_count":1,"data":[{"id":"6871119","type":"article","title":"Links","body":"<p>Hello</p>","state":"published","url":"https://help.a.example/en/articles/3-links",
			"updated_at":1672928610,"default_locale":"en","translated_content":{"type":"article_translated_content","fr":{"type":"article_content","title":"Liens","body":"<p>Salut</p>","state":"published","updated_at":1672928610},"de":null,
			"pl":{"type":"article_content","title":"Linki","body":"<p>x</p>","state":"draft"}}}]}`,
			[]string{"Links|https://help.a.example/en/articles/3-links|2023-01-05|en|intercom:6871119:en|Hello", "Liens||2023-01-05|fr|intercom:6871119:fr|Salut"}},
		"page": {"x.html", `<!doctype html><html lang="pl-PL"><head><title>Linki - Pomoc</title><link rel="canonical" href="https://help.a.example/linki"><meta property="article:modified_time" content="2026-05-06T07:08:09+02:00"></head>
			<body><nav>Menu</nav><main><h1>Linki</h1><p>Otwórz <b>Settings</b>.</p></main><footer>c</footer></body></html>`,
			[]string{"Linki|https://help.a.example/linki|2026-05-06|pl|html:x.html|Otwórz **Settings**."}},
		"latin-2 page": {"x.html", "<html><head><meta charset=\"iso-8859-2\"><title>\xb1\xea</title></head><body><p>za\xbf\xf3\xb3\xe6</p></body></html>", []string{"ąę||-|en|html:x.html|zażółć"}},
		"markdown":     {"x.md", "---\ntitle: \"A: b\"\nlastmod: 2026-01-02T00:00:00Z\nurl: https://a.example/x\nlang: de\n---\n# Ignored\n\nText.\n", []string{"A: b|https://a.example/x|2026-01-02|de|markdown:x.md|Text."}},
		"heading":      {"x.md", "# My title\n\nText.\n", []string{"My title||-|en|markdown:x.md|Text."}},
		"file's name":  {"how-to.md", "Text.\n", []string{"how to||-|en|markdown:how-to.md|Text."}},
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, tc.file, tc.file, tc.text)
			if len(r.Articles) != len(tc.want) {
				t.Fatalf("%d articles: %+v, skipped %+v", len(r.Articles), r.Articles, r.Skipped)
			}
			for i, a := range r.Articles {
				if got := short(a); got != tc.want[i] {
					t.Errorf("got  %s\nwant %s", got, tc.want[i])
				}
			}
		})
	}
}

func TestSitemap(t *testing.T) {
	const page = "<title>%s</title><p>Text.</p>"
	r := read(t, ".", "sitemap.xml", `<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://a.example/pages.xml</loc></sitemap><sitemap><loc>https://a.example/sitemap.xml</loc></sitemap></sitemapindex>`,
		"pages.xml", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.example/help/one</loc><lastmod>2026-07-08</lastmod></url>
			<url><loc>https://a.example/two.html</loc></url><url><loc>https://a.example/../../etc/passwd</loc></url><url><loc>file:///etc/passwd</loc></url><url><loc>https://a.example/gone</loc></url></urlset>`,
		"a.example/help/one/index.html", fmt.Sprintf(page, "One"), "two.html", fmt.Sprintf(page, "Two"))
	var got []string
	for _, a := range r.Articles {
		got = append(got, short(a))
	}
	want := "[One|https://a.example/help/one|2026-07-08|en|sitemap:https://a.example/help/one|Text. Two|https://a.example/two.html|-|en|sitemap:https://a.example/two.html|Text.]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if len(r.Skipped) != 3 {
		t.Errorf("skipped: %+v", r.Skipped)
	}
}

// Nothing of a hostile page can run, and its words are kept.
func TestHostile(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"script":            {"x.html|<p>a</p><script>alert(1)</script><p>b</p>", "a~~b"},
		"handler":           {"x.html|<p onclick=alert(1)>a <img src=x onerror=alert(1) alt=pic></p>", "a ![pic](x)"},
		"javascript":        {"x.html|<a href='JaVaScript:alert(1)'>go</a>", "go"},
		"javascript, tab":   {"x.html|<a href='java&#9;script:alert(1)'>go</a>", "go"},
		"data":              {"x.html|<a href='data:text/html,<script>alert(1)</script>'>go</a>", "go"},
		"data image":        {"x.html|<p>a<img src='data:image/svg+xml,x' alt=pic></p>", "a"},
		"iframe, form":      {"x.html|<p>a</p><iframe src=//b></iframe><form action=//b><input></form>", "a"},
		"escaped tags":      {"x.html|<p>a &lt;script&gt;alert(1)&lt;/script&gt;</p>", "a &lt;script&gt;alert(1)&lt;/script&gt;"},
		"svg":               {"x.html|<p>a</p><svg><a xlink:href='javascript:alert(1)'><text>b</text></a></svg>", "a"},
		"links are kept":    {"x.html|<a href='https://b.example/x?y=1#z'>go</a> <a href='mailto:a@b.example'>mail</a>", "[go](https://b.example/x?y=1#z) [mail](mailto:a@b.example)"},
		"markdown script":   {"x.md|a <script>alert(1)</script> b <b>c</b> <img src=x onerror=alert(1)> d", "a  b c  d"},
		"unclosed":          {"x.md|a <script>alert(1)", "a"},
		"markdown link":     {"x.md|[go](javascript:alert(1)) [on](https://b.example/x) [ref][r]~~[r]: javascript:alert(1)", "go [on](https://b.example/x) [ref][r]"},
		"code is kept":      {"x.md|```~<script>alert(1)</script>~```", "```~<script>alert(1)</script>~```"},
		"autolink":          {"x.md|<https://b.example/x> <javascript:alert(1)>", "https://b.example/x"},
		"half a tag":        {"x.md|a <scr<b>ipt>alert(1)</script>", "a &lt;script>alert(1)"},
		"less than is kept": {"x.md|1 < 2 and 3 > 2", "1 < 2 and 3 > 2"},
	} {
		t.Run(name, func(t *testing.T) {
			file, text, _ := strings.Cut(tc.file, "|")
			if file == "x.html" {
				text = "<title>T</title>" + text
			}
			r := read(t, file, file, strings.ReplaceAll(text, "~", "\n"))
			if len(r.Articles) != 1 {
				t.Fatalf("%+v", r)
			}
			if got := strings.ReplaceAll(r.Articles[0].Body, "\n", "~"); strings.TrimSpace(got) != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestSkipped(t *testing.T) {
	for file, text := range map[string]string{"a.pdf": "x", "a.json": "[1", "b.json": `{"x":1}`, "a.xml": "<rss/>", "b.xml": "<urlset", "deep.html": strings.Repeat("<div>", 100_000),
		"empty.html": "<title>x</title>", "big.md": strings.Repeat("x", 2<<20), "bomb.xml": `<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>`} {
		t.Run(file, func(t *testing.T) {
			if r := read(t, ".", "x/"+file, text); len(r.Articles) != 0 || len(r.Skipped) == 0 || r.Skipped[0].Why == "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// What is imported loads, under names that stay the same.
func TestEncodeAndNames(t *testing.T) {
	list := []knowledge.Article{
		{Title: `A "b": c # d`, URL: "https://a.example/x/My-Page.html", Language: "en", Source: "zendesk:2", Body: "Text.\n---\nMore."},
		{Title: "My page", Language: "en", Source: "zendesk:1", Body: "Text."},
		{Title: "日本語", Language: "ja", Source: "intercom:7:ja", Body: "文。"},
		{Title: "Own", URL: "https://a.example/taken", Language: "pl", Source: "zendesk:9", Body: "x"},
	}
	names := importer.Names(list, func(name string) string { return map[string]string{"taken-pl": "?"}[name] })
	if got := fmt.Sprint(names); got != "[intercom-7-ja my-page my-page-2 taken-pl-2]" {
		t.Errorf("names %s", got)
	}
	files := folder("workspace.yaml", "tiers: [{id: l1}]\n")
	for i := range list {
		files["articles/"+names[i]+".md"] = &fstest.MapFile{Data: importer.Encode(&list[i])}
	}
	w, err := knowledge.Load(files)
	if err != nil || len(w.Articles) != 4 {
		t.Fatal(err)
	}
	if a := w.Articles[1]; a.Title != `A "b": c # d` || a.Body != "Text.\n---\nMore.\n" || a.Source != "zendesk:2" {
		t.Errorf("%+v", a)
	}
}

// An outline is a draft that loads.
func TestOutline(t *testing.T) {
	for name, list := range map[string][]knowledge.Article{
		"ordered list": {{Title: "Links: on", URL: "https://a.example/x", Body: "Intro.\n\n1. Open **Settings > Links**.\n\n   More of it.\n2. Add the CNAME record: it is shown.\n3. Contact support.\n\nThe end."}},
		"headings":     {{Title: "Links", Body: "## First\nDo it.\n\n## Second {#two}\nDo that.\n\n## Third\nWrite to our team.\n"}},
		"two articles": {{Title: "Links", Body: "1. One\n2. One\n"}, {Title: "More", Body: "Write to us.\n"}},
		"no Latin":     {{Title: "リンク", Body: "1. 設定を開く\n2. {#x} # --- \n3. \"quote\"\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := importer.Outline(list)
			w, err := knowledge.Load(folder("workspace.yaml", "tiers: [{id: l1}]\n", "procedures/a.md", text))
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			p := w.Procedure("a")
			if len(p.Steps) != 3 || p.Status != knowledge.Draft || p.Title != list[0].Title {
				t.Errorf("%+v\n%s", p, text)
			}
			if name != "no Latin" && (p.Steps[2].By != knowledge.Staff || p.Steps[0].By != knowledge.Customer) {
				t.Errorf("actors\n%s", text)
			}
			for _, s := range p.Steps {
				if knowledge.Sections(p.Body)[s.ID] == "" {
					t.Errorf("no text for %s\n%s", s.ID, text)
				}
			}
		})
	}
}

var live = regexp.MustCompile(`(?i)<[a-z/!]|(?:^|[^\\])\[[^\]\\\n]*\]\(\s*<?\s*javascript:`)

// FuzzHTML: whatever a page holds, no tag and no script address is left
// outside of code.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"<p>a", "<a href=javascript:x>b", "&lt;script&gt;", "<pre>&lt;b&gt;</pre>", "<table><tr><td>&lt;i", "<a href='https://a/&#41;'>x](javascript:y)</a>", "<h2 id=x>&lt;a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		r, err := importer.Read(folder("x.html", "<title>T</title>"+page), "x.html")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range r.Articles {
			if strings.ContainsAny(a.Body, "`~") || strings.Contains(a.Body, "    ") {
				continue // code
			}
			if at := live.FindStringIndex(a.Body); at != nil {
				t.Errorf("%q\nbecame %q", page, a.Body)
			}
		}
	})
}
