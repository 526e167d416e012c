package enrich

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// template is an operator's URL with one place for a value.
type template struct {
	before, after string
	query         bool // the place is in the query, not in the path
}

// parseTemplate reads an absolute http(s) URL in which {name} stands exactly
// once, in the path or as a value in the query.
func parseTemplate(text, name string) (template, error) {
	place := "{" + name + "}"
	before, after, found := strings.Cut(text, place)
	if !found || strings.ContainsAny(before+after, "{}") {
		return template{}, fmt.Errorf("it needs %s once and no other placeholder", place)
	}
	u, err := url.Parse(before + "x" + after)
	switch {
	case err != nil:
		return template{}, errors.New("it is not a URL") // the cause repeats the URL, which may hold a password
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.Opaque != "":
		return template{}, errors.New("it must begin with https:// or http:// and a host")
	case u.User != nil:
		return template{}, errors.New("it must not hold a user or password; use headers")
	case strings.Contains(text, "#"):
		return template{}, errors.New("it must not have a fragment")
	}
	_, rest, _ := strings.Cut(before, "://")
	_, query, inQuery := strings.Cut(rest, "?")
	switch {
	case !inQuery && !strings.Contains(rest, "/"):
		return template{}, fmt.Errorf("%s must stand in the path or the query", place)
	case inQuery && !strings.Contains(query[strings.LastIndexByte(query, '&')+1:], "="):
		return template{}, fmt.Errorf("%s must be a value in the query, such as ?owner=%s", place, place)
	}
	return template{before, after, inQuery}, nil
}

// fill puts a value in its place: one path segment, or one value of the query.
func (t template) fill(value string) string {
	if t.query {
		return t.before + url.QueryEscape(value) + t.after
	}
	return t.before + url.PathEscape(value) + t.after
}

// maxValue bounds what is looked up, in bytes: an address has 254 at most (RFC 5321, 4.5.3.1.3).
const maxValue = 256

// usable reports whether a value can be looked up at all. Dot segments are
// refused because no escaping hides them from a server that resolves
// "%2E%2E" and "..%2F" (RFC 3986, 6.2.2.2); nobody's account is called that.
func usable(value string) bool {
	if value == "" || len(value) > maxValue || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return false
	}
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}
