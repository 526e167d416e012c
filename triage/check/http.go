package check

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"readback/triage"
)

// httpForwards checks that a proxy forwards to the platform: {host, to}. It
// asks for a path that cannot exist, once by the name and once straight at the
// platform with the same Host, and compares the answers.
func (e *Engine) httpForwards(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	host, to := p["host"], p["to"]
	var platform trace
	var wg sync.WaitGroup
	wg.Go(func() { platform = e.look.trace(ctx, to) })
	t, f, ok := e.reach(ctx, host)
	wg.Wait()
	if !ok {
		f.expected = cmp.Or(f.expected, to)
		return f
	}
	f = finding{expected: to, seen: t.seen(), ttl: t.ttl(), evidence: t.lines(), params: lagParams(t.first(), e.proxies, nil)}
	set := func(o triage.CheckOutcome, state, code string) finding {
		f.outcome, f.state, f.code = o, state, code
		return f
	}
	at := platform.addrs()
	switch {
	case t.through(to) || subset(t.addrs(), at):
		return set(triage.Pass, direct, "check.http.direct")
	case len(at) == 0:
		f.params["reason"] = "its addresses could not be found"
		return set(triage.Unknown, couldNotCheck, "check.http.platform_unreachable")
	}
	return e.probe(ctx, f, host, t.addrs(), to, at)
}

// probe compares what comes by the name with what the platform itself says.
// The platform is asked on 443 and on 80, because a proxy may forward to
// either; its certificate is its own, so nothing is verified here.
func (e *Engine) probe(ctx context.Context, f finding, host string, addrs []netip.Addr, to string, platform []netip.Addr) finding {
	path := "/readback-probe-" + strings.ToLower(rand.Text())
	var by, onTLS, onPlain page
	var byErr, tlsErr, plainErr error
	var wg sync.WaitGroup
	wg.Go(func() {
		onTLS, tlsErr = e.get(ctx, fetch{scheme: "https", host: host, path: path, sni: to, addrs: platform})
	})
	wg.Go(func() {
		onPlain, plainErr = e.get(ctx, fetch{scheme: "http", host: host, path: path, sni: to, addrs: platform})
	})
	by, byErr = e.get(ctx, fetch{scheme: "https", host: host, path: path, sni: host, addrs: addrs})
	wg.Wait()

	for _, line := range []struct {
		who string
		p   page
		err error
	}{{"https by the name", by, byErr}, {"https at " + to, onTLS, tlsErr}, {"http at " + to, onPlain, plainErr}} {
		f.evidence = append(f.evidence, line.who+": "+line.p.describe(line.err))
	}
	set := func(o triage.CheckOutcome, state, code string) finding {
		f.outcome, f.state, f.code = o, state, code
		return f
	}
	if byErr != nil {
		u := unreachable("check.http.unreachable", byErr)
		f.params["reason"] = u.params["reason"]
		return set(u.outcome, u.state, u.code)
	}
	if tlsErr != nil && plainErr != nil {
		f.params["reason"] = why(tlsErr)
		return set(triage.Unknown, couldNotCheck, "check.http.platform_unreachable")
	}
	f.params["status"] = fmt.Sprint(by.status)
	match := different
	if tlsErr == nil {
		match = max(match, compare(by, onTLS))
	}
	if plainErr == nil {
		match = max(match, compare(by, onPlain))
	}
	f.seen = by.describe(nil)
	switch {
	case match == same:
		return set(triage.Pass, "proxied_forwarding", "check.http.forwarding")
	case match == indistinct:
		return set(triage.Unknown, couldNotCheck, "check.http.indistinct")
	case originErrors[by.status]:
		return set(triage.Fail, "proxied_not_forwarding", "check.http.origin_error")
	case gatekeepers[by.status]:
		return set(triage.Unknown, couldNotCheck, "check.http.blocked")
	}
	return set(triage.Fail, "proxied_not_forwarding", "check.http.not_forwarding")
}

// originErrors are statuses by which a proxy says that it could not reach what
// it forwards to: RFC 9110 and Cloudflare's own 520 to 526 and 530.
var originErrors = map[int]bool{502: true, 504: true, 520: true, 521: true, 522: true, 523: true, 524: true, 525: true, 526: true, 530: true}

// gatekeepers are statuses of firewalls, challenges and limits, which say
// nothing of what lies behind.
var gatekeepers = map[int]bool{401: true, 403: true, 407: true, 429: true, 503: true}

// fetch is one request: to addrs, with host as Host and sni as the TLS name.
type fetch struct {
	scheme, host, path, sni string
	addrs                   []netip.Addr
	verify                  func(tls.ConnectionState) error // of the handshake, before anything is sent; may be nil
	statusOnly              bool                            // the body is not read
}

// page is the part of an answer that is compared. Its body is never shown.
type page struct {
	status int
	header http.Header
	body   string
}

// Limits on what a hostile server can make us read, in bytes.
const (
	maxBody    = 64 << 10
	maxHeaders = 32 << 10
)

// get fetches without following redirects. Each request has a transport of its
// own: no proxy from the environment, no kept connection.
func (e *Engine) get(ctx context.Context, r fetch) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*e.opt.DialTimeout)
	defer cancel()
	port := uint16(443)
	if r.scheme == "http" {
		port = 80
	}
	tr := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, _, err := connect(ctx, e.net, r.addrs, port, e.opt.DialTimeout)
			return conn, err
		},
		TLSClientConfig:        anyTLS(r.sni),
		TLSHandshakeTimeout:    e.opt.DialTimeout,
		ResponseHeaderTimeout:  e.opt.DialTimeout,
		MaxResponseHeaderBytes: maxHeaders,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	}
	tr.TLSClientConfig.VerifyConnection = r.verify
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.scheme+"://"+r.host+r.path, nil)
	if err != nil {
		return page{}, err
	}
	req.Header.Set("User-Agent", "Readback-Check/1")
	req.Header.Set("Accept", "*/*")
	resp, err := tr.RoundTrip(req) // not a Client: redirects, cookies and credentials play no part
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	if r.statusOnly {
		return page{status: resp.StatusCode, header: resp.Header}, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return page{}, err
	}
	return page{resp.StatusCode, resp.Header, string(body)}, nil
}

func (p page) describe(err error) string {
	if err != nil {
		return why(err)
	}
	kind, _, _ := strings.Cut(p.header.Get("Content-Type"), ";")
	return strings.TrimSpace(fmt.Sprintf("%d %s", p.status, shorten(kind)))
}

// likeness of two answers.
type likeness int

const (
	different likeness = iota
	indistinct
	same
)

// compare judges whether a came from where b came from. Equal status is
// needed; then an equal body that is not empty, or a header of the platform's
// own that came through. Equal and empty tells nothing.
func compare(a, b page) likeness {
	if a.status != b.status {
		return different
	}
	if own := ownHeaders(b.header); len(own) > 0 {
		for _, k := range own {
			if slices.Equal(a.header[k], b.header[k]) {
				return same
			}
		}
	}
	bodyA, bodyB := steady(a.body), steady(b.body)
	switch {
	case bodyA != bodyB:
		return different
	case bodyA == "":
		return indistinct
	}
	return same
}

// ownHeaders are the headers of an answer that name its service: extension
// headers with a fixed value, which proxies pass on and do not invent.
func ownHeaders(h http.Header) []string {
	var out []string
	for k, v := range h {
		if strings.HasPrefix(k, "X-") && !commonHeaders[k] && len(v) == 1 && len(v[0]) > 2 && !varying.MatchString(v[0]) {
			out = append(out, k)
		}
	}
	return out
}

// commonHeaders are sent by many services with the same value.
var commonHeaders = map[string]bool{"X-Content-Type-Options": true, "X-Frame-Options": true, "X-Xss-Protection": true,
	"X-Robots-Tag": true, "X-Powered-By": true, "X-Cache": true, "X-Ua-Compatible": true, "X-Dns-Prefetch-Control": true,
	"X-Download-Options": true, "X-Permitted-Cross-Domain-Policies": true}

// varying matches what differs between two answers to the same request:
// request ids, times, counters.
var varying = regexp.MustCompile(`[0-9a-fA-F]{8}[0-9a-fA-F-]*|[0-9]+`)

func steady(body string) string {
	return strings.TrimSpace(varying.ReplaceAllString(body, "#"))
}
