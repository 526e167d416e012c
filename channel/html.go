package channel

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"readback/triage/ground"
)

// decodeHTML turns the bytes of a page into UTF-8: by the set that the mail
// names, else by the one in the page.
func decodeHTML(content []byte, label string) string {
	if charsetLabel(label) == "" {
		if _, name, sure := charset.DetermineEncoding(content[:min(len(content), 1024)], "text/html"); sure || bytes.Contains(content[:min(len(content), 1024)], []byte("charset")) {
			label = name
		}
	}
	return clean(decodeCharset(content, label))
}

// htmlText returns the words of an HTML mail as plain text, in one linear
// pass: blocks on lines of their own, list items after "- ", the cells of a
// row between bars, quotations after "> ", link targets in brackets when the
// text does not show them already. What a reader does not see, or sees struck
// out, is left out.
func htmlText(source string) string {
	w := htmlWriter{hidden: hiddenRules(source), named: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return w.end()
		case html.TextToken:
			if w.veiled == 0 {
				w.say(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z.Token())
		case html.EndTagToken:
			w.close(z.Token())
		}
	}
}

// maxOpen bounds the elements that are open at once; those beyond have no
// effect on what is inside.
const maxOpen = 512

// element is an open element and what it does to the words in it.
type element struct {
	tag       atom.Atom
	name      string
	veils     bool // nothing in it is read
	quotes    bool // its words are somebody else's
	dark      bool // it has a background that light words can be read on
	pre       bool
	signature bool
	href      string
	item      int // of a numbered list: the number of the next item; 0 = no list
}

type htmlWriter struct {
	textWriter
	hidden map[string]bool // classes ".a" and ids "#b" that the page's style hides
	open   []element
	named  map[string]int // open elements by name
	veiled int            // open elements that veil
	dark   int
	pre    int
	cells  int // of the row so far
	// marks are where signatures begin and end in the text.
	marks []mark
}

type mark struct{ from, to int }

func (w *htmlWriter) say(text string) {
	if w.pre > 0 {
		w.lines(text)
		return
	}
	w.words(text)
}

var void = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Hr: true, atom.Input: true, atom.Meta: true, atom.Link: true,
	atom.Area: true, atom.Base: true, atom.Col: true, atom.Embed: true, atom.Source: true, atom.Track: true, atom.Wbr: true}

func (w *htmlWriter) start(t html.Token) {
	if void[t.DataAtom] {
		w.single(t)
		return
	}
	if t.Type == html.SelfClosingTagToken && t.DataAtom == 0 || len(w.open) >= maxOpen {
		return
	}
	// A paragraph or item ends where the next begins, closed or not.
	if t.DataAtom == atom.P || t.DataAtom == atom.Li {
		if n := len(w.open); n > 0 && w.open[n-1].tag == t.DataAtom {
			w.pop(n - 1)
		}
	}
	look := lookOf(t)
	e := element{tag: t.DataAtom, name: t.Data, dark: look.dark, pre: t.DataAtom == atom.Pre,
		veils:  unread[t.DataAtom] || look.hidden || w.hiddenByRule(t) || look.light && w.dark == 0 && !look.dark,
		quotes: t.DataAtom == atom.Blockquote || quoted(t), signature: signed(t)}
	w.open = append(w.open, e)
	w.named[e.name]++
	n := len(w.open) - 1
	if e.veils {
		w.veiled++
	}
	if w.veiled > 0 {
		return
	}
	if e.dark {
		w.dark++
	}
	switch t.DataAtom {
	case atom.Li:
		w.line()
		w.item()
	case atom.Ol:
		w.open[n].item = 1
		w.line()
	case atom.A:
		w.open[n].href = attribute(t, "href")
		w.mark()
	case atom.Tr:
		w.line()
		w.cells = 0
	case atom.Td, atom.Th:
		if w.cells++; w.cells > 1 {
			w.cell()
		}
	default:
		if block[t.DataAtom] || e.quotes {
			w.line()
		}
	}
	if e.pre {
		w.pre++
	}
	if e.signature {
		w.line()
		w.marks = append(w.marks, mark{w.Len(), -1})
	}
	if e.quotes {
		w.quoted++
	}
}

// single is an element that holds nothing.
func (w *htmlWriter) single(t html.Token) {
	if w.veiled > 0 {
		return
	}
	switch t.DataAtom {
	case atom.Br:
		w.line()
	case atom.Hr:
		w.line()
	case atom.Img:
		// A face is drawn as a picture by some programs.
		if alt := attribute(t, "alt"); alt != "" && utf8.RuneCountInString(alt) <= 4 && alt[0] >= utf8.RuneSelf {
			w.words(alt)
		}
	}
}

// item begins an item of the list it is in.
func (w *htmlWriter) item() {
	for i := len(w.open) - 1; i >= 0; i-- {
		switch e := &w.open[i]; e.tag {
		case atom.Ul:
			w.words("- ")
			return
		case atom.Ol:
			w.words(strconv.Itoa(e.item) + ". ")
			e.item++
			return
		}
	}
	w.words("- ")
}

// close ends the newest element of that name and those in it. An end without
// a beginning ends nothing.
func (w *htmlWriter) close(t html.Token) {
	if t.DataAtom == atom.Br {
		w.single(t)
		return
	}
	for i := len(w.open) - 1; i >= 0 && w.named[t.Data] > 0; i-- {
		if w.open[i].name == t.Data {
			w.pop(i)
			return
		}
		if w.open[i].tag == atom.Table && t.DataAtom != atom.Table && !block[t.DataAtom] {
			return // what stands in a cell does not end what is around the table
		}
	}
	if w.veiled == 0 && block[t.DataAtom] {
		w.line()
	}
}

// pop ends the open elements from i on.
func (w *htmlWriter) pop(i int) {
	for n := len(w.open) - 1; n >= i; n-- {
		e := w.open[n]
		w.open = w.open[:n]
		w.named[e.name]--
		if w.veiled > 0 {
			if e.veils {
				w.veiled--
			}
			continue
		}
		if e.dark {
			w.dark--
		}
		if e.pre {
			w.pre--
		}
		if e.tag == atom.A && strings.HasPrefix(e.href, "http") && !strings.Contains(w.sinceMark(), e.href) && w.sinceMark() != "" {
			w.words(" [" + e.href + "]")
		}
		if block[e.tag] || e.quotes || e.signature {
			w.line()
		}
		if e.quotes {
			w.quoted = max(0, w.quoted-1)
		}
		if e.signature {
			for m := range slices.Backward(w.marks) {
				if w.marks[m].to < 0 {
					w.marks[m].to = w.Len()
					break
				}
			}
		}
	}
}

// end returns the text, with a signature line where the mail program marked a
// signature, unless more was written below it.
func (w *htmlWriter) end() string {
	text := w.String()
	for _, m := range slices.Backward(w.marks) {
		to := m.to
		if to < 0 {
			to = len(text)
		}
		if m.from >= to || strings.TrimSpace(text[m.from:to]) == "" || strings.HasPrefix(text[m.from:], "--") || strings.HasPrefix(text[m.from:], ">") {
			continue
		}
		if strings.TrimSpace(own(text[to:])) == "" {
			text = text[:m.from] + "-- \n" + text[m.from:]
		}
	}
	return strings.TrimSpace(text)
}

var block = map[atom.Atom]bool{atom.P: true, atom.Div: true, atom.Tr: true, atom.Table: true, atom.Ul: true, atom.Ol: true, atom.Li: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true,
	atom.Pre: true, atom.Hr: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Body: true,
	atom.Address: true, atom.Caption: true, atom.Center: true, atom.Dd: true, atom.Dl: true, atom.Dt: true, atom.Fieldset: true,
	atom.Figcaption: true, atom.Figure: true, atom.Form: true, atom.Main: true, atom.Nav: true, atom.Option: true}

var unread = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Title: true, atom.Noscript: true,
	atom.Template: true, atom.S: true, atom.Del: true, atom.Strike: true, atom.Head: false, atom.Object: true, atom.Svg: true, atom.Datalist: true}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textWriter writes words with single spaces between them.
type textWriter struct {
	strings.Builder
	fresh  bool // at the beginning of a line
	space  bool // a space is due before the next word
	bar    bool // a bar is due before the next word
	marked int
	quoted int // depth of quotations: each line begins with "> "
}

func (w *textWriter) words(s string) {
	for i, word := range strings.Fields(s) {
		w.quote()
		switch {
		case w.bar && !w.fresh && w.Len() > 0:
			w.WriteString(" | ")
		case (i > 0 || w.space || startsWithSpace(s)) && !w.fresh && w.Len() > 0:
			w.WriteByte(' ')
		}
		w.WriteString(word)
		w.fresh, w.space, w.bar = false, false, false
	}
	if s != "" && strings.TrimRight(s, " \t\r\n\u00a0") != s {
		w.space = true
	}
}

// quote begins a quoted line.
func (w *textWriter) quote() {
	if w.quoted > 0 && (w.fresh || w.Len() == 0) {
		w.WriteString("> ")
		w.fresh, w.space = true, false
	}
}

// lines writes text as it stands.
func (w *textWriter) lines(s string) {
	for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			w.WriteByte('\n')
			w.fresh = true
		}
		if line != "" {
			w.quote()
			w.WriteString(line)
			w.fresh, w.space, w.bar = false, false, false
		}
	}
}

func (w *textWriter) line() {
	if !w.fresh && w.Len() > 0 {
		w.WriteByte('\n')
	}
	w.fresh, w.space, w.bar = true, false, false
}

// cell begins another cell of a row.
func (w *textWriter) cell() { w.bar = !w.fresh }

func (w *textWriter) mark()             { w.marked = w.Len() }
func (w *textWriter) sinceMark() string { return w.String()[w.marked:] }

func startsWithSpace(s string) bool {
	return strings.TrimLeft(s, " \t\r\n\u00a0") != s
}

// own is what of a text is no quotation and no signature.
func own(text string) string { return ground.Own(text, ground.Quoted(text)) }
