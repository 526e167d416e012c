package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"readback/triage"
)

// lang is the language of one page (ISO 639-1), always one of triage.Languages.
type lang string

// t renders a code of the catalogue; kv are names and values of its parameters.
func (l lang) t(code string, kv ...any) string {
	params := make(map[string]string, len(kv)/2)
	for i := 1; i < len(kv); i += 2 {
		params[fmt.Sprint(kv[i-1])] = fmt.Sprint(kv[i])
	}
	return triage.Sentence(string(l), code, params)
}

// rich renders a code whose sentence holds <b>; its parameters are escaped.
func (l lang) rich(code string, kv ...any) template.HTML {
	for i := 1; i < len(kv); i += 2 {
		kv[i] = template.HTMLEscapeString(fmt.Sprint(kv[i]))
	}
	return template.HTML(l.t(code, kv...)) // the sentence is compiled in
}

// named renders a word for a value that came from outside; for one that the
// catalogue does not know it returns otherwise.
func (l lang) named(group, value, otherwise string) string {
	if text := l.t(group + value); text != group+value {
		return text
	}
	return otherwise
}

// say puts the word into a pick whose text is a code.
func (l lang) say(p pick) pick {
	p.Text = l.t(p.Text)
	return p
}

// langCookie keeps what a person chose for a year.
const langCookie = "lang"

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, l := range triage.Languages() {
		tags = append(tags, language.MustParse(l))
	}
	return language.NewMatcher(tags)
}()

// langOf is the language of a request: what the person chose, else what the
// browser asks for (RFC 9110, 12.5.4), else English.
func langOf(r *http.Request) lang {
	if c, err := r.Cookie(langCookie); err == nil && slices.Contains(triage.Languages(), c.Value) {
		return lang(c.Value)
	}
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return lang(triage.Languages()[i])
}

// chooseLang takes a choice of language off the address, keeps it as a cookie
// and goes on to the same page: a link that works without a script.
func (s *Server) chooseLang(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		query := r.URL.Query()
		chosen := query.Get(langCookie)
		if r.Method != http.MethodGet || forPrograms(r) || !slices.Contains(triage.Languages(), chosen) {
			return next(c)
		}
		c.SetCookie(langCookieOf(chosen))
		query.Del(langCookie)
		to := "/" + strings.TrimLeft(r.URL.EscapedPath(), `/\`) // never the name of another host
		if len(query) > 0 {
			to += "?" + query.Encode()
		}
		return c.Redirect(http.StatusSeeOther, to)
	}
}

func langCookieOf(code string) *http.Cookie {
	return &http.Cookie{Name: langCookie, Value: code, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// langChoice is one language in the header of a page.
type langChoice struct {
	Code, Name, URL string
	Current         bool
}

// langChoices lead back to the page of a request in each language.
func langChoices(r *http.Request) []langChoice {
	var out []langChoice
	for _, code := range triage.Languages() {
		query := r.URL.Query()
		query.Set(langCookie, code)
		out = append(out, langChoice{Code: code, Name: triage.Sentence(code, "web.language", nil), URL: "?" + query.Encode(), Current: lang(code) == langOf(r)})
	}
	return out
}
