package channel

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// look is what the style of an element does to its words.
type look struct {
	hidden bool // nobody sees them
	light  bool // they are white, or nearly
	dark   bool // the background is not white
}

// lookOf reads the attributes of an element. Mail programs know inline styles
// best, so tricks stand there.
func lookOf(t html.Token) look {
	var l look
	for _, a := range t.Attr {
		switch a.Key {
		case "hidden":
			l.hidden = true
		case "bgcolor":
			l.dark = l.dark || !isLight(a.Val)
		case "background":
			l.dark = true
		case "color":
			l.light = t.DataAtom == atom.Font && isLight(a.Val)
		case "style":
			s := styleOf(a.Val)
			l.hidden = l.hidden || s.hides()
			if c, ok := s["color"]; ok {
				l.light = isLight(c)
			}
			back, has := s["background-color"]
			if b, ok := s["background"]; ok && !has {
				back, has = b, true
			}
			l.dark = l.dark || has && !isLight(back)
			l.hidden = l.hidden || has && s["color"] != "" && colour(back) == colour(s["color"])
		}
	}
	return l
}

// style is the declarations of an element, by name, in lower case.
type style map[string]string

// maxStyle bounds a style attribute, in bytes.
const maxStyle = 4 << 10

func styleOf(text string) style {
	s := style{}
	for decl := range strings.SplitSeq(strings.ToLower(text[:min(len(text), maxStyle)]), ";") {
		name, value, ok := strings.Cut(decl, ":")
		if ok {
			s[strings.TrimSpace(name)] = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		}
	}
	return s
}

// hides reports whether nobody sees what has these declarations.
func (s style) hides() bool {
	zero := func(name string) bool {
		v, ok := s[name]
		n, isSize := size(v)
		return ok && isSize && n == 0
	}
	off := func(name string) bool { // far outside the page
		n, isSize := size(s[name])
		return isSize && n <= -900
	}
	switch {
	case s["display"] == "none", s["visibility"] == "hidden", s["visibility"] == "collapse", s["mso-hide"] == "all":
		return true
	case zero("font-size"), zero("opacity"), zero("max-height") && s["overflow"] != "visible", zero("max-width"):
		return true
	case (zero("height") || zero("width")) && s["overflow"] == "hidden":
		return true
	case off("text-indent"), off("left"), off("top"), off("margin-left"), off("margin-top"):
		return true
	case strings.HasPrefix(s["clip"], "rect(0"), s["color"] == "transparent", strings.HasPrefix(s["clip-path"], "inset(100%"), strings.HasPrefix(s["clip-path"], "inset(50%"):
		return true
	}
	if n, isSize := size(s["font-size"]); isSize && n > 0 && n <= 1 && !strings.HasSuffix(s["font-size"], "em") && !strings.HasSuffix(s["font-size"], "%") {
		return true // one pixel is no text
	}
	return false
}

// size is a length without its unit.
func size(v string) (float64, bool) {
	v = strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyz% ")
	n, err := strconv.ParseFloat(v, 64)
	return n, err == nil
}

// colour writes a colour as six hexadecimal digits, where it can.
func colour(v string) string {
	v = strings.ToLower(strings.TrimSpace(v))
	switch v {
	case "white":
		return "ffffff"
	case "black":
		return "000000"
	}
	if rest, ok := strings.CutPrefix(v, "#"); ok {
		if len(rest) == 3 {
			return string([]byte{rest[0], rest[0], rest[1], rest[1], rest[2], rest[2]})
		}
		return rest
	}
	if parts := rgb.FindStringSubmatch(v); parts != nil {
		out := ""
		for _, p := range parts[1:] {
			n, _ := strconv.Atoi(p) //nolint:errcheck // digits
			out += strconv.FormatInt(int64(256+min(n, 255)), 16)[1:]
		}
		return out
	}
	return v
}

var rgb = regexp.MustCompile(`^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})`)

// isLight reports whether a colour is white or nearly.
func isLight(v string) bool {
	c := colour(v)
	if c == "transparent" || c == "none" || c == "inherit" || c == "initial" || c == "" {
		return c == "transparent" || c == "none" || c == ""
	}
	if len(c) != 6 {
		return c == "snow" || c == "ivory"
	}
	for i := 0; i < 6; i += 2 {
		if n, err := strconv.ParseUint(c[i:i+2], 16, 8); err != nil || n < 0xf8 {
			return false
		}
	}
	return true
}

var (
	styleBlock = regexp.MustCompile(`(?is)<style[^>]*>(.*?)</style`)
	comment    = regexp.MustCompile(`(?s)/\*.*?\*/|<!--|-->`)
	simpleRule = regexp.MustCompile(`([^{}@;]+)\{([^{}]*)\}`)
	simpleName = regexp.MustCompile(`^[a-z0-9]*([.#][a-zA-Z0-9_-]+)$`)
)

// maxRules bounds the style that is read of a page, in bytes.
const maxRules = 64 << 10

// hiddenRules are the classes and ids that the page's own style hides on every
// screen: rules for some media are left aside.
func hiddenRules(source string) map[string]bool {
	out := map[string]bool{}
	for _, m := range styleBlock.FindAllStringSubmatch(source, 20) {
		css := withoutMedia(comment.ReplaceAllString(m[1][:min(len(m[1]), maxRules)], ""))
		for _, rule := range simpleRule.FindAllStringSubmatch(css, 2000) {
			if !styleOf(rule[2]).hides() {
				continue
			}
			for name := range strings.SplitSeq(rule[1], ",") {
				if found := simpleName.FindStringSubmatch(strings.TrimSpace(name)); found != nil {
					out[found[1]] = true
				}
			}
		}
	}
	return out
}

// withoutMedia leaves out the blocks of at-rules.
func withoutMedia(css string) string {
	var out strings.Builder
	depth, skip := 0, -1
	for i := 0; i < len(css); i++ {
		switch c := css[i]; {
		case c == '@' && skip < 0:
			skip = depth
			continue
		case c == '{':
			depth++
		case c == '}':
			depth = max(0, depth-1)
			if depth <= skip {
				skip = -1
				continue
			}
		case c == ';' && skip == depth:
			skip = -1
			continue
		}
		if skip < 0 {
			out.WriteByte(css[i])
		}
	}
	return out.String()
}

func (w *htmlWriter) hiddenByRule(t html.Token) bool {
	if len(w.hidden) == 0 {
		return false
	}
	if id := attribute(t, "id"); id != "" && w.hidden["#"+id] {
		return true
	}
	for class := range strings.FieldsSeq(attribute(t, "class")) {
		if w.hidden["."+class] {
			// A style of its own brings it back.
			s := styleOf(attribute(t, "style"))
			return s["display"] == "" || s["display"] == "none"
		}
	}
	return false
}

// quoted reports whether a mail program marked an element as an earlier
// message, or as the line above one. What Gmail puts around all of its history
// is none: answers stand in it between the quotations.
func quoted(t html.Token) bool {
	for class := range strings.FieldsSeq(attribute(t, "class")) {
		switch class {
		case "gmail_attr", "moz-cite-prefix", "moz-email-headers-table", "yahoo_quoted", "yahoo-quoted-begin", "zmail_extra", "zmail_extra_hr",
			"protonmail_quote", "tutanota_quote", "qt", "mcntmcntheaders", "WordSection1Quoted", "ymail_android_signature_quote":
			return true
		}
	}
	id := attribute(t, "id")
	return id == "divRplyFwdMsg" || id == "x_divRplyFwdMsg" || id == "OLK_SRC_BODY_SECTION" || id == "reply-intro" || strings.HasPrefix(id, "yahoo_quoted_")
}

// signed reports whether a mail program marked an element as the signature.
func signed(t html.Token) bool {
	if attribute(t, "data-smartmail") == "gmail_signature" {
		return true
	}
	for class := range strings.FieldsSeq(attribute(t, "class")) {
		switch class {
		case "gmail_signature", "moz-signature", "protonmail_signature_block", "zohomailsignature", "ymail_signature", "mail_android_signature", "elementToProof_signature":
			return true
		}
	}
	switch strings.TrimPrefix(attribute(t, "id"), "x_") {
	case "Signature", "signature", "ms-outlook-mobile-signature", "AppleMailSignature", "ymail_android_signature", "mail-app-signature", "bloop_sign":
		return true
	}
	return false
}
