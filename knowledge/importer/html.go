package importer

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"readback/knowledge"
)

// html reads one saved page.
func (r *Result) html(_ fs.FS, name string, data []byte) error {
	a, err := pageOf(data)
	if err != nil {
		return err
	}
	a.Source = "html:" + name
	r.add(a)
	return nil
}

// pageOf reads a page: its title, address, date and language from where pages
// tell them, and the text of its main part.
func pageOf(data []byte) (knowledge.Article, error) {
	var a knowledge.Article
	reader, err := charset.NewReader(bytes.NewReader(data), "")
	if err != nil {
		return a, errors.New("its character set is not known")
	}
	doc, err := html.Parse(reader)
	if err != nil {
		return a, err
	}
	var heading string
	for n := range doc.Descendants() {
		switch n.DataAtom {
		case atom.Html:
			a.Language = attr(n, "lang")
		case atom.Title:
			if a.Title == "" {
				a.Title = textOf(n)
			}
		case atom.H1:
			if heading == "" {
				heading = textOf(n)
			}
		case atom.Link:
			if strings.EqualFold(attr(n, "rel"), "canonical") {
				a.URL = webAddress(attr(n, "href"))
			}
		case atom.Meta:
			switch strings.ToLower(attr(n, "property") + attr(n, "name")) {
			case "og:url":
				if a.URL == "" {
					a.URL = webAddress(attr(n, "content"))
				}
			case "article:modified_time", "last-modified", "dateModified":
				a.Updated = dayOf(attr(n, "content"))
			}
		case atom.Time:
			if a.Updated.IsZero() {
				a.Updated = dayOf(attr(n, "datetime"))
			}
		}
	}
	if heading != "" {
		a.Title = heading // the <title> often adds the site's name
	}
	a.Body, err = markdownOf(mainPart(doc))
	return a, err
}

// fragment is an article's HTML, as exports have it, in Markdown.
func fragment(body string) (string, error) {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return "", err
	}
	return markdownOf(doc)
}

// mainPart is the page without what stands on every page.
func mainPart(doc *html.Node) *html.Node {
	for _, want := range []atom.Atom{atom.Article, atom.Main, atom.Body} {
		for n := range doc.Descendants() {
			if n.DataAtom == want {
				return n
			}
		}
	}
	return doc
}

// dropped elements say nothing to a reader, or run.
var dropped = []atom.Atom{atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Embed, atom.Applet, atom.Form, atom.Nav, atom.Footer,
	atom.Aside, atom.Template, atom.Noscript, atom.Svg, atom.Math, atom.Button, atom.Input, atom.Select, atom.Textarea, atom.Link, atom.Meta, atom.Base, atom.Head}

var anchorID = regexp.MustCompile(`^[\w-]+$`)

// clean drops elements that are not text, targets that are not on the web, and
// the page's main heading, which is its title; headings keep their anchors.
func clean(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.CommentNode || c.Type == html.ElementNode && (slices.Contains(dropped, c.DataAtom) || c.DataAtom == atom.H1 || c.Namespace != ""):
			n.RemoveChild(c)
		default:
			if c.Type == html.ElementNode {
				tame(c)
			}
			clean(c)
		}
		c = next
	}
}

func tame(n *html.Node) {
	switch n.DataAtom {
	case atom.A, atom.Img:
		key := map[atom.Atom]string{atom.A: "href", atom.Img: "src"}[n.DataAtom]
		if target := attr(n, key); target == "" || !safeTarget(target) {
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
			if n.DataAtom == atom.A {
				n.DataAtom, n.Data = atom.Span, "span" // its words stay
			}
		}
	case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		if id := attr(n, "id"); anchorID.MatchString(id) {
			n.AppendChild(&html.Node{Type: html.TextNode, Data: " {#" + id + "}"})
		}
	}
}

// safeTarget: the web, mail, or a place on the same site.
func safeTarget(target string) bool {
	u, err := url.Parse(strings.TrimSpace(target))
	if err != nil || strings.ContainsAny(target, "\x00\t\n\r") {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "", "http", "https", "mailto":
		return true
	}
	return false
}

var toMarkdown = converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), table.NewTablePlugin()))

// escapedID is an anchor in which the converter has escaped underscores.
var escapedID = regexp.MustCompile(`(?m)\{#[\w\\-]+\}$`)

func markdownOf(n *html.Node) (string, error) {
	clean(n)
	out, err := toMarkdown.ConvertNode(n)
	if err != nil {
		return "", err
	}
	text := escapedID.ReplaceAllStringFunc(string(out), func(id string) string { return strings.ReplaceAll(id, `\`, "") })
	return plainMarkdown(text), nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// webAddress is an http or https address, "" for anything else.
func webAddress(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	u.User = nil
	return u.String()
}
