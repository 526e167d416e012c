package web

import (
	"bytes"
	"html/template"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// markdown reads the texts of procedures. HTML in them is left out, and what
// comes out is cleaned once more: nothing of a workspace runs in a browser.
var (
	markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithParserOptions(parser.WithAttribute()))
	cleaner  = bluemonday.UGCPolicy()
	noTags   = bluemonday.StrictPolicy()
)

// section is a part of a procedure's text.
type section struct {
	Step  string        // id of the step that it tells of; "" for none
	Title string        // its heading; "" for steps, which have titles, and for what comes before every heading
	Text  template.HTML // below the heading
}

// sections splits a procedure's Markdown at the headings that name a step and
// at those that stand as high; what comes before is the first section, which
// may be empty. link gives an address within it another form.
func sections(body string, isStep func(id string) bool, link func(string) string) []section {
	source := []byte(body)
	doc := markdown.Parser().Parse(text.NewReader(source))
	relink(doc, link)
	out, buf := []section{{}}, new(bytes.Buffer)
	end := func() {
		out[len(out)-1].Text = template.HTML(cleaner.SanitizeBytes(buf.Bytes()))
		buf.Reset()
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			id := ""
			if v, ok := h.AttributeString("id"); ok {
				b, _ := v.([]byte)
				id = string(b)
			}
			switch {
			case isStep(id):
				end()
				out = append(out, section{Step: id})
				continue
			case h.Level <= 2:
				end()
				out = append(out, section{Title: wordsOf(h, source)})
				continue
			}
		}
		_ = markdown.Renderer().Render(buf, source, n) // a buffer takes everything
	}
	end()
	return out
}

// relink passes every address of a link through link.
func relink(doc ast.Node, link func(string) string) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if a, ok := n.(*ast.Link); ok && entering {
			a.Destination = []byte(link(string(a.Destination)))
		}
		return ast.WalkContinue, nil
	})
}

// wordsOf is the text of a heading without its marks.
func wordsOf(n ast.Node, source []byte) string {
	var b bytes.Buffer
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(source))
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
