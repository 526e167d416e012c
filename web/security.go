package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// policy lets a page load what this server sends and nothing else: no inline
// script or style, no frame around it, no form to elsewhere.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure sets the headers that every answer carries and turns a panic into an
// Internal error.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // with no-referrer a form of ours would say Origin: null
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		defer func() {
			if r := recover(); r != nil {
				if r == http.ErrAbortHandler {
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// ownHost refuses, in the demo, requests to a name that is not this machine's:
// the demo asks for no password, and a page elsewhere can point its own name
// at loopback (DNS rebinding). An address in numbers cannot be pointed
// elsewhere, so all are good when the demo listens on all.
func (s *Server) ownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host, own := hostOf(c.Request().Host), hostOf(s.addr)
		ip := net.ParseIP(host)
		everywhere := own == "" || net.ParseIP(own).IsUnspecified()
		switch {
		case !s.Demo, host == "localhost", ip.IsLoopback(), host != "" && host == own, ip != nil && s.addr != "" && everywhere:
			return next(c)
		}
		return &problem{status: http.StatusMisdirectedRequest, code: "misdirected", message: "The demo answers only at the address it was started with."}
	}
}

// hostOf returns the host of host[:port] in lower case, without brackets.
func hostOf(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// sameOrigin refuses a form that another site sent. A browser says where a
// form comes from by Sec-Fetch-Site or Origin; who says neither is refused.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	var protection http.CrossOriginProtection
	return func(c echo.Context) error {
		h := c.Request().Header
		unsaid := h.Get("Sec-Fetch-Site") == "" && h.Get("Origin") == ""
		if unsaid || protection.Check(c.Request()) != nil {
			return &problem{status: http.StatusForbidden, code: "forbidden", message: "This form was not sent from a page of Readback. Open the ticket and try again."}
		}
		return next(c)
	}
}

// signedIn lets people in: everyone in the demo, else whoever knows the token
// as the password of HTTP Basic authentication (RFC 7617), with any name.
func (s *Server) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Demo {
			return next(c)
		}
		if _, password, ok := c.Request().BasicAuth(); ok && s.isToken(password) {
			return next(c)
		}
		c.Response().Header().Set("WWW-Authenticate", `Basic realm="Readback", charset="UTF-8"`)
		return triage.Errorf(triage.Unauthorized, "Sign in with the access token as the password.")
	}
}

// bearer lets programs in by RFC 6750.
func (s *Server) bearer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		scheme, token, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
		if strings.EqualFold(scheme, "Bearer") && s.isToken(strings.TrimSpace(token)) {
			return next(c)
		}
		c.Response().Header().Set("WWW-Authenticate", `Bearer realm="Readback"`)
		return triage.Errorf(triage.Unauthorized, "Send the API token as Authorization: Bearer TOKEN.")
	}
}

func (s *Server) isToken(given string) bool {
	hash := sha256.Sum256([]byte(given))
	return s.Token != "" && subtle.ConstantTimeCompare(hash[:], s.tokenHash[:]) == 1
}
