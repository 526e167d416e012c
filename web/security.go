package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
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
// Reading is free.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	var protection http.CrossOriginProtection
	return func(c echo.Context) error {
		if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
			return next(c)
		}
		h := c.Request().Header
		unsaid := h.Get("Sec-Fetch-Site") == "" && h.Get("Origin") == ""
		if unsaid || protection.Check(c.Request()) != nil {
			return &problem{status: http.StatusForbidden, code: "forbidden", message: "This form was not sent from a page of Readback. Open the ticket and try again."}
		}
		return next(c)
	}
}

// clientAddress tells where a request comes from: the other end of the
// connection, whatever a client says in a header. Only of a proxy that the
// operator trusts the header counts, read from its end, where the proxies write.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func (s *Server) isToken(given string) bool {
	hash := sha256.Sum256([]byte(given))
	return s.Token != "" && subtle.ConstantTimeCompare(hash[:], s.tokenHash[:]) == 1
}
