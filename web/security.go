package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
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
		h.Set("Referrer-Policy", "no-referrer")
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
