package channel

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlText returns the words of an HTML mail as plain text, in one linear
// pass: blocks on lines of their own, list items after "- ", link targets in
// brackets when the text does not show them already.
func htmlText(source string) string {
	var w textWriter
	z := html.NewTokenizer(strings.NewReader(source))
	hidden, href := 0, ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(w.String())
		case html.TextToken:
			if hidden == 0 {
				w.words(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Script, atom.Style, atom.Title, atom.Noscript, atom.Template:
				if t.Type == html.StartTagToken {
					hidden++
				}
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
			switch t.DataAtom {
			case atom.Script, atom.Style, atom.Title, atom.Noscript, atom.Template:
				hidden = max(0, hidden-1)
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
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true,
	atom.Pre: true, atom.Hr: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Body: true}

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
	marked int
}

func (w *textWriter) words(s string) {
	for i, word := range strings.Fields(s) {
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
