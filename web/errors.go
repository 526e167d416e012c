package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// statusOf maps the codes of the module to HTTP.
var statusOf = map[triage.Code]int{
	triage.Invalid:      http.StatusBadRequest,
	triage.NotFound:     http.StatusNotFound,
	triage.Conflict:     http.StatusConflict,
	triage.Unauthorized: http.StatusUnauthorized,
	triage.TooLarge:     http.StatusRequestEntityTooLarge,
	triage.Unavailable:  http.StatusServiceUnavailable,
	triage.Internal:     http.StatusInternalServerError,
}

// retryAfter is what a client is told to wait, in seconds, when we refuse for now.
const retryAfter = 5

// problem is an error with an HTTP status that no code of the module has.
type problem struct {
	status     int
	code       string
	message    string
	retryAfter int    // seconds; 0 = not said
	kept       string // id under which the body was kept all the same
}

func (p *problem) Error() string { return p.message }

type errorBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Kept string `json:"kept,omitempty"`
}

// problemOf finds the status and the sentence of any error.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound:
			return &problem{status: he.Code, code: string(triage.NotFound), message: "There is nothing at this address."}
		case http.StatusMethodNotAllowed:
			return &problem{status: he.Code, code: "method_not_allowed", message: "This address does not take that method."}
		}
		return &problem{status: he.Code, code: string(triage.Invalid), message: http.StatusText(he.Code) + "."}
	}
	code := triage.CodeOf(err)
	p = &problem{status: statusOf[code], code: string(code), message: triage.MessageOf(err)}
	switch {
	case p.status == 0:
		p.status = http.StatusInternalServerError
	case code == triage.Unavailable:
		p.retryAfter = retryAfter
	}
	return p
}

// fail answers every error: JSON to programs, a page to people. The log has
// the detail.
func (s *Server) fail(err error, c echo.Context) {
	p := problemOf(err)
	if ctxOf(c).Err() != nil {
		// The client is gone or half gone, or we are going. Whoever still
		// listens must not take silence, which net/http sends as 200, for "stored".
		p = &problem{status: http.StatusServiceUnavailable, code: string(triage.Unavailable),
			message: "The request was not carried out; send it again.", retryAfter: retryAfter}
	}
	switch {
	case p.status >= http.StatusInternalServerError:
		s.log(c).Error("request failed", "status", p.status, "error", err)
	default:
		s.log(c).Debug("request refused", "status", p.status, "error", err)
	}
	if c.Response().Committed {
		return
	}
	h := c.Response().Header()
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if forPrograms(c.Request()) {
		var body errorBody
		body.Error.Code, body.Error.Message, body.Kept = p.code, p.message, p.kept
		err = c.JSON(p.status, body)
	} else {
		l := langOf(c.Request())
		if err := s.identify(c); err != nil {
			s.log(c).Error("who reads an error page is not known", "error", err)
		}
		data := errorPage{Status: p.status, Message: l.named("web.error.", p.code, l.t("web.error.invalid"))}
		name := "error.html"
		if strings.HasPrefix(c.Request().URL.Path, "/panel/") {
			name = "panel_error.html"
			s.frameAll(c)
		}
		if isHelp(c.Request()) {
			name = "help_error.html" // whoever reads help has no inbox
		}
		err = s.render(c, p.status, name, s.page(c, l.t("web.error", "status", p.status), "error", data))
	}
	if err != nil {
		s.log(c).Error("answering an error", "error", err)
	}
}

type errorPage struct {
	Status  int
	Message string
}

func isHelp(r *http.Request) bool {
	return r.URL.Path == "/help" || strings.HasPrefix(r.URL.Path, "/help/")
}

func forPrograms(r *http.Request) bool {
	for _, prefix := range []string{"/api/", "/hooks/", "/widget/", "/healthz"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return true
		}
	}
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}
