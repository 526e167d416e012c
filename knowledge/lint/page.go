package lint

import (
	"regexp"
	"strings"
	"time"
	"unicode"

	"readback/knowledge"
)

// page is a text that people read: a procedure, a translation or an article.
type page struct {
	file, text, body string
	title, lang, url string
	proc             *knowledge.Procedure // of a procedure or its translation
	article          *knowledge.Article
	date             time.Time // last reviewed or updated; zero = unknown

	prose    string // the body with code and link targets blanked: the same length
	headings []heading
	links    []link
	labels   []label
}

type heading struct {
	text, id string // id is the anchor, given or made of the text
	given    bool
	at       int // offset in the body
}

type link struct {
	target string
	at     int
}

// label is a span in bold: words of a screen of the product.
type label struct {
	text string // white space folded
	at   int
}

func pagesOf(w *knowledge.Workspace) []*page {
	var out []*page
	for i := range w.Procedures {
		p := &w.Procedures[i]
		out = append(out, &page{file: p.File, text: p.Source, body: p.Body, title: p.Title, lang: "en", url: p.URL, proc: p, date: p.Reviewed.Time})
		for _, lang := range sortedKeys(p.Translations) {
			tr := p.Translations[lang]
			out = append(out, &page{file: tr.File, text: tr.Source, body: tr.Body, title: tr.Title, lang: lang, proc: p, date: p.Reviewed.Time})
		}
	}
	for i := range w.Articles {
		a := &w.Articles[i]
		out = append(out, &page{file: a.File, text: a.Text, body: a.Body, title: a.Title, lang: a.Language, url: a.URL, article: a, date: a.Updated.Time})
	}
	for _, p := range out {
		p.scan()
	}
	return out
}

var (
	fenceLine = regexp.MustCompile("^ {0,3}(```|~~~)")
	codeSpan  = regexp.MustCompile("`[^`\n]+`")
	headLine  = regexp.MustCompile(`(?m)^#{1,6}[ \t]+([^\n]*)$`)
	headID    = regexp.MustCompile(`\s*\{#([\w-]+)\}\s*$`)
	linkSpan  = regexp.MustCompile(`\[[^\]\n]*\]\(<?([^)\s>]+)>?[^)\n]*\)`)
	bareURL   = regexp.MustCompile(`https?://[^\s<>"'()\[\]` + "`" + `]+`)
	boldSpan  = regexp.MustCompile(`\*\*([^*]+?)\*\*`)
	listItem  = regexp.MustCompile(`^\s*([-*+]|\d+[.)])\s`)
)

// scan finds headings, links and labels.
func (p *page) scan() {
	p.prose = blankBlocks(p.body)
	p.prose = codeSpan.ReplaceAllStringFunc(p.prose, blank)
	for _, m := range headLine.FindAllStringSubmatchIndex(p.prose, -1) {
		text := p.body[m[2]:m[3]]
		h := heading{text: text, at: m[0]}
		if id := headID.FindStringSubmatch(text); id != nil {
			h.id, h.given, h.text = id[1], true, headID.ReplaceAllString(text, "")
		} else {
			h.id = slug(text)
		}
		p.headings = append(p.headings, h)
	}
	for _, m := range linkSpan.FindAllStringSubmatchIndex(p.prose, -1) {
		p.links = append(p.links, link{p.prose[m[2]:m[3]], m[0]})
		p.prose = p.prose[:m[2]] + blank(p.prose[m[2]:m[3]]) + p.prose[m[3]:]
	}
	for _, m := range bareURL.FindAllStringIndex(p.prose, -1) {
		p.links = append(p.links, link{strings.TrimRight(p.prose[m[0]:m[1]], ".,;:!*_"), m[0]})
	}
	p.prose = bareURL.ReplaceAllStringFunc(p.prose, blank)
	for _, m := range boldSpan.FindAllStringSubmatchIndex(p.prose, -1) {
		p.labels = append(p.labels, label{fold(p.prose[m[2]:m[3]]), m[2]})
	}
}

// blankBlocks blanks fenced and indented code.
func blankBlocks(body string) string {
	var out strings.Builder
	fenced, inList, after := "", false, true // after: the line before was blank
	for line := range strings.Lines(body) {
		bare := strings.TrimRight(line, "\n")
		fence := fenceLine.FindStringSubmatch(bare)
		switch {
		case fence != nil && fenced == "":
			fenced = fence[1]
			line = blank(line)
		case fenced != "":
			if fence != nil && fence[1] == fenced {
				fenced = ""
			}
			line = blank(line)
		case strings.HasPrefix(bare, "    ") && after && !inList:
			line = blank(line)
			out.WriteString(line)
			continue // the line after code is still after a blank one
		}
		if bare != "" && !strings.HasPrefix(bare, " ") {
			inList = listItem.MatchString(bare)
		}
		after = strings.TrimSpace(bare) == ""
		out.WriteString(line)
	}
	return out.String()
}

// blank replaces everything but line ends by spaces, byte for byte.
func blank(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// place is the position of an offset in the body.
func (p *page) place(at int) Place {
	line, column := knowledge.LocateBody(p.text, p.body, at)
	return Place{File: p.file, Line: line, Column: column}
}

// anchors are the ids that a link into the page may name.
func (p *page) anchors() map[string]bool {
	out := map[string]bool{"": true}
	for _, h := range p.headings {
		out[h.id] = true
		out[slug(h.text)] = true
	}
	return out
}

// name is how a finding calls the page.
func (p *page) name() string {
	if p.title != "" {
		return "\"" + p.title + "\""
	}
	return p.file
}

// slug is the anchor that help centres make of a heading.
func slug(heading string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
			out.WriteRune(r)
		case (r == ' ' || r == '-') && out.Len() > 0:
			out.WriteByte('-')
		}
	}
	return strings.TrimRight(out.String(), "-")
}

// fold makes one space of all white space.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// words are the lower-case words of a text; in scripts without spaces each
// character is one.
func words(s string) []string {
	var out []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	return out
}
