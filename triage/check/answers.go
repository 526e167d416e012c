package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"readback/triage"
)

// answerLife is how long an answer holds at most, in seconds: an application
// changes faster than DNS.
const answerLife = 60

// maxRedirects are followed from a web address.
const maxRedirects = 3

// httpAnswers checks that a web address answers: {url, status}. status is the
// one to see; without it any 2xx will do. It asks with GET, which changes
// nothing; many servers answer HEAD wrongly.
func (e *Engine) httpAnswers(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	want, err := strconv.Atoi(p["status"])
	if p["status"] != "" && (err != nil || want < 200 || want > 599) {
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.bad_status", params: map[string]string{"what": shorten(p["status"])}}
	}
	w := &webWalk{e: e, ctx: ctx, want: want, expected: "2xx", ttl: answerLife, params: map[string]string{}}
	if want != 0 {
		w.expected = p["status"]
	}
	return w.run(p["url"])
}

// webWalk follows a web address over its redirects.
type webWalk struct {
	e        *Engine
	ctx      context.Context
	want     int    // 0 = any 2xx
	goal     string // where it should lead, in place of a status; "" = nowhere
	expected string

	evidence []string
	ttl      uint32
	params   map[string]string
	other    *otherFamily // that the last host does not serve as this one; nil = none
}

// otherFamily is what one address family of a host does that the other does not.
type otherFamily struct{ good, bad, reason string }

func (w *webWalk) run(at string) finding {
	for n := 0; ; n++ {
		p, f, ok := w.get(at)
		if !ok {
			return w.finish(f, n, at)
		}
		next := ""
		if w.goal != "" && arrived(at, w.goal) {
			return w.finish(finding{outcome: triage.Pass, state: "leads", code: "check.leads.right", seen: shownURL(at)}, n, at)
		}
		if location := p.header.Get("Location"); location != "" && redirects[p.status] && p.status != w.want {
			if next = resolve(at, location); next == "" {
				return w.finish(finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.answers.bad_redirect"}, n, shownURL(location))
			}
		}
		if next == "" || n == maxRedirects {
			return w.finish(w.judge(p, n, next), n, at)
		}
		if at = next; w.goal != "" && arrived(at, w.goal) { // the page there is not ours to fetch
			return w.finish(finding{outcome: triage.Pass, state: "leads", code: "check.leads.right", seen: shownURL(at)}, n+1, at)
		}
	}
}

// finish adds what was seen on the way. n redirects led to at.
func (w *webWalk) finish(f finding, n int, at string) finding {
	if f.expected == "" {
		f.expected = w.expected
	}
	if w.other != nil && f.outcome == triage.Pass {
		f = oneFamily(f, "check.answers.one_family", w.other.good, w.other.bad, w.other.reason)
	}
	f.evidence, f.ttl = w.evidence, w.ttl
	for k, v := range f.params {
		w.params[k] = v
	}
	f.params = w.params
	f.params["redirects"], f.params["end"] = strconv.Itoa(n), shownURL(at)
	return f
}

// redirects are the statuses whose Location is followed (RFC 9110, 15.4).
var redirects = map[int]bool{301: true, 302: true, 303: true, 307: true, 308: true}

// resolve returns where a redirect leads, "" when checks do not go there.
func resolve(from, location string) string {
	base, err := url.Parse(from)
	if err != nil {
		return ""
	}
	to, err := base.Parse(location)
	if err != nil {
		return ""
	}
	return canonicalURL(to.String())
}

// get fetches one address. When nothing came, ok is false and the finding
// says why.
func (w *webWalk) get(at string) (p page, f finding, ok bool) {
	u, err := url.Parse(at)
	if err != nil {
		return p, finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.bad_url", params: map[string]string{"what": shownURL(at)}}, false
	}
	t, f, ok := w.e.reach(w.ctx, u.Host)
	w.evidence = append(w.evidence, t.lines()...)
	w.ttl = min(w.ttl, t.ttl())
	w.params = lagParams(t.first(), w.e.proxies, w.params)
	if !ok {
		if f.params == nil {
			f.params = map[string]string{}
		}
		f.params["name"] = u.Host
		return p, f, false
	}
	p, err = w.fetch(u, t.addrs())
	w.evidence = append(w.evidence, "GET "+shownURL(at)+": "+p.describe(err))
	if err != nil {
		return p, w.fault(err, u), false
	}
	return p, finding{}, true
}

// fetch asks over each of the host's address families, once where it goes on
// to a goal: that may count something. The answer is that of the first family
// that gives one; what the other does otherwise is kept in w.other.
func (w *webWalk) fetch(u *url.URL, addrs []netip.Addr) (page, error) {
	r := fetch{scheme: u.Scheme, host: u.Host, path: u.RequestURI(), sni: u.Host, addrs: addrs,
		statusOnly: true, verify: func(c tls.ConnectionState) error {
			if f := certificateFinding(c.PeerCertificates, u.Host, w.e.net.Roots, w.e.opt.Now()); f.outcome != triage.Pass {
				return certificateFault{f}
			}
			return nil
		}}
	by := families(addrs)
	w.other = nil
	if len(by) < 2 || w.goal != "" {
		return w.e.get(w.ctx, r)
	}
	var pages [2]page
	var errs [2]error
	each(2, func(i int) {
		r := r
		r.addrs = by[i]
		pages[i], errs[i] = w.e.get(w.ctx, r)
	})
	good, bad := 0, 1
	if errs[0] != nil && errs[1] == nil {
		good, bad = 1, 0
	}
	reason := otherFault(errs[bad])
	if errs[0] == nil && errs[1] == nil && pages[0].status != pages[1].status {
		reason = "status " + strconv.Itoa(pages[1].status)
	}
	w.evidence = append(w.evidence, "over "+family(by[bad])+": "+pages[bad].describe(errs[bad]))
	if reason != "" && errs[good] == nil {
		w.other = &otherFamily{family(by[good]), family(by[bad]), reason}
	}
	return pages[good], errs[good]
}

// certificateFault ends a handshake before anything is sent.
type certificateFault struct{ finding }

func (f certificateFault) Error() string { return "certificate: " + f.state }

func (w *webWalk) fault(err error, u *url.URL) finding {
	var bad certificateFault
	f := unreachable("check.answers.unreachable", err)
	if errors.As(err, &bad) {
		f = bad.finding
		f.expected = u.Host
		w.evidence = append(w.evidence, f.evidence...)
	} else if u.Scheme == "https" {
		if tf := handshakeFault(err); tf.outcome == triage.Fail {
			f, f.expected = tf, u.Host
			w.evidence = append(w.evidence, tf.evidence...)
		}
	}
	if f.params == nil {
		f.params = map[string]string{}
	}
	f.params["name"] = u.Host
	return f
}

// judge says what an answer is worth. next is where it redirects to beyond
// what is followed, else "".
func (w *webWalk) judge(p page, n int, next string) finding {
	if w.goal != "" {
		return w.judgeLead(p, next)
	}
	f := finding{outcome: triage.Unknown, state: couldNotCheck, seen: p.describe(nil), params: map[string]string{"status": fmt.Sprint(p.status)}}
	set := func(o triage.CheckOutcome, state, code string) finding {
		f.outcome, f.state, f.code = o, state, code
		return f
	}
	switch {
	case p.status == w.want || w.want == 0 && p.status/100 == 2:
		if n > 0 {
			return set(triage.Pass, "answers", "check.answers.redirected")
		}
		return set(triage.Pass, "answers", "check.answers.right")
	case next != "":
		return set(triage.Fail, "wrong_status", "check.answers.too_many_redirects")
	case p.status == http.StatusMethodNotAllowed && w.want == 0:
		if takesPost(p.header) {
			return set(triage.Pass, "answers", "check.answers.takes_post")
		}
		return set(triage.Unknown, couldNotCheck, "check.answers.other_method")
	case gatekeepers[p.status]:
		return set(triage.Unknown, couldNotCheck, "check.answers.blocked")
	}
	return set(triage.Fail, "wrong_status", "check.answers.wrong_status")
}

// takesPost reports whether a 405 answer names POST among the methods that it
// allows (RFC 9110, 15.5.6): what platforms post to often takes nothing else.
func takesPost(h http.Header) bool {
	methods := strings.Split(strings.Join(h.Values("Allow"), ","), ",")
	return slices.ContainsFunc(methods, func(m string) bool { return strings.TrimSpace(m) == http.MethodPost })
}
