package channel

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlText returns the words of an HTML mail as plain text, in one linear
// pass: blocks on lines of their own, list items after "- ", quotations after
// "> ", link targets in brackets when the text does not show them already.
// What a reader does not see, or sees struck out, is left out.
func htmlText(source string) string {
	var w textWriter
	z := html.NewTokenizer(strings.NewReader(source))
	var veil veil
	href := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(w.String())
		case html.TextToken:
			if !veil.drawn() {
				w.words(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if veil.start(t) {
				continue
			}
			switch t.DataAtom {
			case atom.Blockquote:
				w.line()
				w.quoted++
			case atom.Br:
				w.line()
			case atom.Li:
				w.line()
				w.words("- ")
			case atom.A:
				href = attribute(t, "href")
				w.mark()
			default:
				if block[t.DataAtom] {
					w.line()
				}
			}
		case html.EndTagToken:
			t := z.Token()
			if veil.end(t) {
				continue
			}
			switch t.DataAtom {
			case atom.Blockquote:
				w.line()
				w.quoted = max(0, w.quoted-1)
			case atom.A:
				if strings.HasPrefix(href, "http") && !strings.Contains(w.sinceMark(), href) {
					w.words(" [" + href + "]")
				}
				href = ""
			default:
				if block[t.DataAtom] {
					w.line()
				}
			}
		}
	}
}

var block = map[atom.Atom]bool{atom.P: true, atom.Div: true, atom.Tr: true, atom.Table: true, atom.Ul: true, atom.Ol: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
	atom.Pre: true, atom.Hr: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Body: true}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// A veil hides an element and all inside it.
type veil struct {
	tag   string // of the hidden element
	depth int    // elements of that name that are open inside, itself included
}

func (v *veil) drawn() bool { return v.depth > 0 }

// start draws the veil over an element that is not to be read; it reports
// whether the tag is hidden.
func (v *veil) start(t html.Token) bool {
	opens := t.Type == html.StartTagToken
	switch {
	case v.drawn():
		if opens && t.Data == v.tag {
			v.depth++
		}
		return true
	case opens && (unread[t.DataAtom] || strings.Contains(strings.ReplaceAll(strings.ToLower(attribute(t, "style")), " ", ""), "display:none")) && !void[t.DataAtom]:
		v.tag, v.depth = t.Data, 1
		return true
	}
	return false
}

func (v *veil) end(t html.Token) bool {
	if !v.drawn() {
		return false
	}
	if t.Data == v.tag {
		v.depth--
	}
	return true
}

var (
	unread = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Title: true, atom.Noscript: true,
		atom.Template: true, atom.S: true, atom.Del: true, atom.Strike: true}
	void = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Hr: true, atom.Input: true, atom.Meta: true, atom.Link: true}
)

// textWriter writes words with single spaces between them.
type textWriter struct {
	strings.Builder
	fresh  bool // at the beginning of a line
	space  bool // a space is due before the next word
	marked int
	quoted int // depth of quotations: each line begins with "> "
}

func (w *textWriter) words(s string) {
	for i, word := range strings.Fields(s) {
		if w.quoted > 0 && (w.fresh || w.Len() == 0) {
			w.WriteString("> ")
			w.fresh, w.space = true, false
		}
		if (i > 0 || w.space || startsWithSpace(s)) && !w.fresh && w.Len() > 0 {
			w.WriteByte(' ')
		}
		w.WriteString(word)
		w.fresh, w.space = false, false
	}
	if s != "" && strings.TrimRight(s, " \t\r\n\u00a0") != s {
		w.space = true
	}
}

func (w *textWriter) line() {
	if !w.fresh && w.Len() > 0 {
		w.WriteByte('\n')
	}
	w.fresh, w.space = true, false
}

func (w *textWriter) mark()             { w.marked = w.Len() }
func (w *textWriter) sinceMark() string { return w.String()[w.marked:] }

func startsWithSpace(s string) bool {
	return strings.TrimLeft(s, " \t\r\n\u00a0") != s
}
