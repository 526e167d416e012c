package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a file may hold: far above any real one, far below what would stall a
// parser whose time grows with the square of the nesting.
const (
	maxFile  = 1 << 20   // bytes of one file
	maxFront = 128 << 10 // bytes of YAML
	maxDepth = 40        // lists and maps inside each other
)

// place is a position in a file: line and column from 1.
type place struct{ line, column int }

// source is a file of the workspace, split and parsed.
type source struct {
	file   string
	text   string // as read, with \n line ends
	body   string // the tail of text below the front matter
	root   ast.Node
	places map[string]place // by path, such as steps[2].check
	faults Faults
}

// open splits a file at its "---" lines and parses the YAML; a .yaml file is
// YAML as a whole. What is wrong is in faults; root is nil when nothing can be read.
func open(file string, data []byte) *source {
	d := &source{file: file}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.Contains(data, []byte("\r\n")) {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	if at := badText(data); at >= 0 {
		d.fault(RuleFormat, placeOf(string(data[:at])), "this is not UTF-8 text; save the file as UTF-8")
		return d
	}
	d.text = string(data)
	front := d.text
	if strings.HasSuffix(file, ".md") {
		rest, ok := strings.CutPrefix(d.text, "---\n")
		if !ok {
			d.fault(RuleFormat, place{1, 1}, "no front matter; the file begins with a line ---")
			return d
		}
		// The YAML keeps a line in place of the first ---, so that its places are the file's.
		if front, d.body, ok = strings.Cut("\n"+rest, "\n---\n"); !ok {
			if front, ok = strings.CutSuffix("\n"+rest, "\n---"); !ok {
				d.fault(RuleFormat, place{1, 1}, "the front matter has no closing line ---")
				return d
			}
		}
	}
	if len(front) > maxFront {
		d.fault(RuleFormat, place{1, 1}, "%d bytes of YAML are over the limit of %d", len(front), maxFront)
		return d
	}
	if at := tooDeep(front); at >= 0 {
		p := placeOf(front[:at])
		d.fault(RuleFormat, p, "lists and maps are nested deeper than %d", maxDepth)
		return d
	}
	d.parse(front)
	return d
}

// parse builds the tree and the places. Anchors are refused: an alias of an
// alias makes a small file large.
func (d *source) parse(front string) {
	defer func() {
		if p := recover(); p != nil { // a parser that stumbles over one file must not end the service
			d.root = nil
			d.fault(RuleFormat, place{1, 1}, "this YAML cannot be read: %v", p)
		}
	}()
	parsed, err := parser.ParseBytes([]byte(front), 0)
	if err != nil {
		d.yamlFault(err)
		return
	}
	if len(parsed.Docs) > 1 {
		d.fault(RuleFormat, place{parsed.Docs[1].GetToken().Position.Line, 1}, "a second YAML document; a file holds one")
		return
	}
	d.places = map[string]place{}
	if len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil {
		return
	}
	d.root = parsed.Docs[0].Body
	if t := anchorIn(d.root); t != nil {
		d.fault(RuleFormat, place{t.Position.Line, t.Position.Column}, "anchors and aliases (& and *) are not read here; write the value out, or put it in quotes")
		d.root = nil
		return
	}
	d.locate(d.root, "")
}

// decode reads the YAML into a value; unknown keys are faults.
func (d *source) decode(into any) (ok bool) {
	if len(d.faults) > 0 {
		return false
	}
	if d.root == nil {
		return true // nothing but comments
	}
	defer func() {
		if p := recover(); p != nil {
			d.fault(RuleFormat, place{1, 1}, "this YAML cannot be read: %v", p)
			ok = false
		}
	}()
	if err := yaml.NodeToValue(d.root, into, yaml.Strict()); err != nil {
		d.yamlFault(err)
		return false
	}
	return true
}

func (d *source) fault(rule string, at place, format string, args ...any) {
	d.faults = append(d.faults, Fault{Rule: rule, File: d.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

// at records a fault at a path, or at the nearest one above it that is there.
func (d *source) at(rule, path, format string, args ...any) {
	d.fault(rule, d.place(path), format, args...)
}

func (d *source) place(path string) place {
	for path != "" {
		if p, ok := d.places[path]; ok {
			return p
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	if p, ok := d.places[""]; ok {
		return p
	}
	return place{1, 1}
}

// nodeError is a fault of a value that reads itself from its node.
type nodeError struct {
	at  *token.Token
	msg string
}

func (e *nodeError) Error() string { return e.msg }

func nodeErrorf(n ast.Node, format string, args ...any) error {
	return &nodeError{start(n), fmt.Sprintf(format, args...)}
}

func (d *source) yamlFault(err error) {
	var own *nodeError
	var ye yaml.Error
	switch {
	case errors.As(err, &own) && own.at != nil:
		d.fault(RuleFormat, place{own.at.Position.Line, own.at.Position.Column}, "%s", own.msg)
	case errors.As(err, &ye) && ye.GetToken() != nil:
		pos := ye.GetToken().Position
		d.fault(RuleFormat, place{pos.Line, pos.Column}, "%s", ye.GetMessage())
	default: // of a type that tells no place: it quotes the value
		at := place{1, 1}
		if m := quotedValue.FindStringSubmatch(err.Error()); m != nil && d.root != nil {
			for _, n := range ast.Filter(ast.StringType, d.root) {
				if t := n.GetToken(); t.Value == m[1] {
					at = place{t.Position.Line, t.Position.Column}
				}
			}
		}
		d.fault(RuleFormat, at, "%v", err)
	}
}

var quotedValue = regexp.MustCompile(`"([^"]+)"`)

// locate notes where each key's value begins.
func (d *source) locate(n ast.Node, path string) {
	t := start(n)
	if t == nil {
		return
	}
	d.places[path] = place{t.Position.Line, t.Position.Column}
	switch n := n.(type) {
	case *ast.SequenceNode:
		for i, v := range n.Values {
			d.locate(v, path+"["+strconv.Itoa(i)+"]")
		}
	default:
		for _, e := range entries(n) {
			d.locate(e.Value, strings.TrimPrefix(path+"."+e.Key.GetToken().Value, "."))
		}
	}
}

// start is the first token of a node: of a block map its first key.
func start(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

// entries are the keys of a map with their values, nil for anything else.
func entries(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// anchorIn returns the token of the first anchor or alias.
func anchorIn(n ast.Node) *token.Token {
	found := anchorFinder{}
	ast.Walk(&found, n)
	return found.at
}

type anchorFinder struct{ at *token.Token }

// Visit implements ast.Visitor.
func (f *anchorFinder) Visit(n ast.Node) ast.Visitor {
	switch n.Type() {
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType:
		if f.at == nil {
			f.at = n.GetToken()
		}
	}
	return f
}

// badText returns the offset of the first byte that is no text, -1 without one.
func badText(data []byte) int {
	for i := 0; i < len(data); {
		if data[i] == 0 {
			return i
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// tooDeep returns the offset at which YAML nests beyond maxDepth, -1 when it
// does not: by brackets, by indentation, or by "- - -". It reads no quotes, so
// it may count a bracket in a text; no text has that many left open.
func tooDeep(yaml string) int {
	depth, dashes, indent := 0, 0, 0
	lineStart := true
	for i := range len(yaml) {
		switch c := yaml[i]; {
		case c == '\n':
			lineStart, dashes, indent = true, 0, 0
		case lineStart && c == ' ':
			indent++
		case lineStart && (c == '-' || c == '?'):
			dashes++
		default:
			lineStart = false
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
		if depth > maxDepth || dashes > maxDepth || indent > 4*maxDepth {
			return i
		}
	}
	return -1
}

// placeOf is the position at the end of a text.
func placeOf(before string) place {
	line := strings.Count(before, "\n")
	return place{line + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1}
}

// Locate returns the line and column, from 1, of a path such as
// "steps[2].check" in the front matter of a file's text, or of the nearest
// path above it that is there.
func Locate(text, path string) (line, column int) {
	p := open("x.md", []byte(text)).place(path)
	return p.line, p.column
}

// PathAt is the other way round: the path of what stands at a line and column
// of a file's front matter, the deepest when several begin there; "" when
// nothing does.
func PathAt(text string, line, column int) string {
	found := ""
	for path, at := range open("x.md", []byte(text)).places {
		if at == (place{line, column}) && (len(path) > len(found) || len(path) == len(found) && path < found) {
			found = path
		}
	}
	return found
}

// LocateBody returns the line and column, from 1, of a byte offset in the body
// that ends a file's text.
func LocateBody(text, body string, offset int) (line, column int) {
	p := placeOf(text[:len(text)-len(body)+offset])
	return p.line, p.column
}
