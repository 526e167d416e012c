package check_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
)

func TestAnswers(t *testing.T) {
	wrong := fail("wrong_status", "check.answers.wrong_status")
	redirected := saw{triage.Pass, "answers", "check.answers.redirected"}
	unknown := func(code string) saw { return saw{triage.Unknown, "could_not_check", code} }
	certificate := func(state string) saw { return fail(state, "check.tls."+state) }
	blocked, refused := unknown("check.answers.blocked"), unknown("check.answers.bad_redirect")
	e := start(t, os.DirFS("testdata/web"), quick)
	each(t, e, "http.answers", "url", nil, map[string]saw{
		"https://ok.web.example/in":                    sawAnswer,
		"http://ok.web.example":                        sawAnswer,
		" HTTPS://OK.Web.Example.:443/in?a=b c#part ":  sawAnswer,
		"https://bücher.web.example/":                  certificate("no_certificate"),
		"https://user:secret@ok.web.example/in?key=xy": sawAnswer,
		"https://created.web.example/in":               sawAnswer,
		"https://gone.web.example/in":                  wrong,
		"https://error.web.example/in":                 wrong,
		"https://teapot.web.example/in":                wrong,
		"https://nolocation.web.example/in":            wrong,
		"https://post.web.example/in":                  {triage.Pass, "answers", "check.answers.takes_post"},
		"https://method.web.example/in":                unknown("check.answers.other_method"),
		"https://login.web.example/in":                 blocked,
		"https://firewall.web.example/in":              blocked,
		"https://busy.web.example/in":                  blocked,
		"https://selfsigned.web.example/in":            certificate("self_signed"),
		"https://untrusted.web.example/in":             certificate("untrusted"),
		"https://early.web.example/in":                 certificate("not_yet_valid"),
		"https://late.web.example/in":                  certificate("expired"),
		"https://other.web.example/in":                 certificate("wrong_name"),
		"https://none.web.example/in":                  sawNoCert,
		"http://none.web.example/in":                   sawAnswer,
		"https://one.web.example/in":                   redirected,
		"https://two.web.example/in":                   redirected,
		"https://three.web.example/in":                 redirected,
		"https://four.web.example/in":                  fail("wrong_status", "check.answers.too_many_redirects"),
		"https://loop.web.example/in":                  fail("wrong_status", "check.answers.too_many_redirects"),
		"https://down.web.example/in":                  redirected,
		"https://togone.web.example/in":                wrong,
		"https://tobad.web.example/in":                 certificate("expired"),
		"https://toaddress.web.example/in":             refused,
		"https://toport.web.example/in":                refused,
		"https://toscheme.web.example/in":              refused,
		"https://tometa.web.example/in":                sawNotPublic,
		"https://tonowhere.web.example/in":             sawMissing,
		"https://refused.web.example/in":               unknown("check.answers.unreachable"),
		"https://private.web.example/in":               sawNotPublic,
		"http://meta.web.example/latest":               sawNotPublic,
		"https://nowhere.example/in":                   sawMissing,
		"https://dangling.web.example/in":              sawDangling,
		"https://www.mute.example/in":                  sawNothing,
		"ftp://ok.web.example/in":                      unknown("check.bad_url"),
		"https://ok.web.example:8443/in":               unknown("check.bad_url"),
		"http://ok.web.example:443/in":                 unknown("check.bad_url"),
		"http://127.0.0.1/in":                          unknown("check.bad_url"),
		"http://[::1]/in":                              unknown("check.bad_url"),
		"http://2130706433/in":                         unknown("check.bad_url"),
		"https:ok.web.example":                         unknown("check.bad_url"),
		"ok.web.example/in":                            unknown("check.bad_url"),
		"javascript:alert(1)":                          unknown("check.bad_url"),
		"https://ok.web.example/\r\nX: y":              unknown("check.bad_url"),
		"https://" + strings.Repeat("a", 3000):         unknown("check.bad_url"),
	})
	for status, w := range map[string]saw{"200": sawAnswer, "204": wrong, "2xx": unknown("check.bad_status"), "99": unknown("check.bad_status")} {
		t.Run("ok as "+status, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "http.answers", map[string]string{"url": "https://ok.web.example/", "status": status}, nil), w)
		})
	}
	for host, status := range map[string]string{"one": "301", "method": "405", "gone": "404", "login": "401"} {
		t.Run(host+" as "+status, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "http.answers", map[string]string{"url": "https://" + host + ".web.example/", "status": status}, nil), sawAnswer)
		})
	}
}

// Nothing of a web address that may be secret is stored beyond what the check
// needs, and nothing of a page.
func TestAnswersKeepSecrets(t *testing.T) {
	e := start(t, os.DirFS("testdata/web"), quick)
	for _, host := range []string{"ok", "gone", "one", "late", "refused"} {
		r := e.Run(context.Background(), "http.answers", map[string]string{"url": "https://user:secret@" + host + ".web.example/in?key=hidden"}, nil)
		said := strings.Join(r.Evidence, "\n") + r.Seen
		for _, v := range r.CodeParams {
			said += v
		}
		for _, secret := range []string{"secret", "hidden", "token"} {
			if strings.Contains(said, secret) {
				t.Errorf("%s: %q is told:\n%s %v", host, secret, said, r.CodeParams)
			}
		}
		if strings.Contains(r.Params["url"], "secret") {
			t.Errorf("the password is stored: %v", r.Params)
		}
	}
	r := e.Run(context.Background(), "http.answers", map[string]string{"url": "ftp://user:secret@ok.web.example/?key=hidden"}, nil)
	if strings.Contains(r.Params["url"]+r.CodeParams["what"]+r.CodeParams["name"], "secret") {
		t.Errorf("%v %v", r.Params, r.CodeParams)
	}
	three := e.Run(context.Background(), "http.answers", map[string]string{"url": "https://three.web.example/"}, nil).CodeParams
	if three["redirects"] != "3" || three["end"] != "https://ok.web.example/there" || three["status"] != "200" {
		t.Errorf("%v", three)
	}
}

// No redirect makes the check dial what it must not, and a certificate fault
// ends it before the request is sent.
func TestAnswersDialOnlyPublic(t *testing.T) {
	l, err := lab.Start(context.Background(), os.DirFS("testdata/web"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n := l.Network()
	dial := n.Dial
	var mu sync.Mutex
	var web []string
	n.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(addr, ":53") && !errors.Is(err, check.ErrNotPublic) {
			web = append(web, addr)
		}
		return conn, err
	}
	e := check.New(n, quick)
	for _, host := range []string{"toaddress", "toport", "toscheme", "tometa"} {
		web = nil
		e.Run(context.Background(), "http.answers", map[string]string{"url": "https://" + host + ".web.example/"}, nil)
		if len(web) != 1 || web[0] != "203.0.113.200:443" {
			t.Errorf("%s: dialled %q", host, web)
		}
	}
}
