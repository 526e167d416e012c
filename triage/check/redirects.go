package check

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"readback/triage"
)

// httpRedirects checks that a host sends browsers that come over HTTP on to
// HTTPS: {host}.
func (e *Engine) httpRedirects(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	host := p["host"]
	t, f, ok := e.reach(ctx, host)
	if !ok {
		return f
	}
	got, err := e.get(ctx, fetch{scheme: "http", host: host, path: "/", addrs: t.addrs(), statusOnly: true})
	if err != nil {
		f = unreachable("check.answers.unreachable", err)
	} else {
		f = judgeRedirect(got, host)
	}
	f.expected = "https://" + host + "/"
	f.evidence, f.ttl = append(t.lines(), "GET http://"+host+"/: "+got.describe(err)), min(t.ttl(), answerLife)
	for k, v := range lagParams(t.first(), e.proxies, nil) {
		f.params[k] = v
	}
	return f
}

func judgeRedirect(p page, host string) finding {
	f := finding{outcome: triage.Unknown, state: couldNotCheck, seen: p.describe(nil),
		params: map[string]string{"status": strconv.Itoa(p.status)}}
	to := ""
	if location := p.header.Get("Location"); redirects[p.status] && location != "" {
		to = resolve("http://"+host+"/", location)
		f.params["end"] = shownURL(to)
	}
	u, err := url.Parse(to)
	switch {
	case to != "" && err == nil && u.Scheme == "https":
		f.outcome, f.state, f.code, f.seen = triage.Pass, "redirects", "check.redirects.right", shownURL(to)
	case to != "":
		f.outcome, f.state, f.code, f.seen = triage.Fail, "not_redirected", "check.redirects.elsewhere", shownURL(to)
	case gatekeepers[p.status]:
		f.code = "check.answers.blocked"
	default:
		f.outcome, f.state, f.code = triage.Fail, "not_redirected", "check.redirects.none"
	}
	return f
}

// httpLeads checks that a web address leads over its redirects to another:
// {url, to}, such as a tracked link that a customer gave and its destination.
// The platform counts that as a click.
func (e *Engine) httpLeads(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	w := &webWalk{e: e, ctx: ctx, goal: p["to"], expected: shownURL(p["to"]), ttl: answerLife, params: map[string]string{}}
	return w.run(p["url"])
}

// arrived reports whether at is the goal: the same host and path, over HTTP or
// HTTPS, and the same query when the goal has one.
func arrived(at, goal string) bool {
	a, err := url.Parse(at)
	g, err2 := url.Parse(goal)
	return err == nil && err2 == nil && a.Host == g.Host && (g.RawQuery == "" || a.RawQuery == g.RawQuery) &&
		strings.TrimSuffix(a.EscapedPath(), "/") == strings.TrimSuffix(g.EscapedPath(), "/")
}

// judgeLead says where a link ended that did not arrive.
func (w *webWalk) judgeLead(p page, next string) finding {
	f := finding{outcome: triage.Fail, state: wrongTarget, code: "check.leads.elsewhere", seen: p.describe(nil),
		params: map[string]string{"status": strconv.Itoa(p.status)}}
	switch {
	case next != "":
		f.code = "check.answers.too_many_redirects"
	case p.status == http.StatusOK && strings.Contains(p.header.Get("Content-Type"), "html"):
		// A page may send the browser on by itself, which we do not run.
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.leads.page"
	case gatekeepers[p.status]:
		f.outcome, f.state, f.code = triage.Unknown, couldNotCheck, "check.answers.blocked"
	}
	return f
}
