package check_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
)

// quick makes silence cheap: the lab answers within a millisecond or never.
var quick = check.Options{StepTimeout: 3 * time.Second, QueryTimeout: 100 * time.Millisecond, DialTimeout: time.Second}

// worlds is a lab with one name for each state; see its lab.yaml.
var worlds = os.DirFS("testdata/worlds")

func start(t testing.TB, dir fs.FS, opt check.Options) *check.Engine {
	t.Helper()
	l, err := lab.Start(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return check.New(l.Network(), opt)
}

// saw is what a result must be: outcome, state and code.
type saw struct {
	outcome     triage.CheckOutcome
	state, code string
}

// scenarios are the worlds that were looked at with an outcome, state and code
// to be seen; the same twice counts once.
var scenarios sync.Map

func scenario(name string, params map[string]string, w saw) {
	scenarios.Store(fmt.Sprint(name, params, w), true)
}

func TestMain(m *testing.M) {
	code := m.Run()
	n, codes := 0, map[string]bool{}
	scenarios.Range(func(k, _ any) bool {
		n++
		codes[k.(string)[strings.LastIndexByte(k.(string), ' ')+1:]] = true
		return true
	})
	fmt.Printf("%d lab scenarios, %d codes\n", n, len(codes))
	os.Exit(code)
}

func want(t *testing.T, r triage.CheckResult, w saw) {
	t.Helper()
	scenario(r.Check, r.Params, w)
	if got := (saw{r.Outcome, r.State, r.Code}); got != w {
		t.Errorf("%s %v:\ngot  %v\nwant %v\nseen %q %v\n%q", r.Check, r.Params, got, w, r.Seen, r.CodeParams, r.Evidence)
	}
	if r.Outcome == triage.Fail && len(r.Evidence) == 0 {
		t.Errorf("%s %v fails without evidence", r.Check, r.Params)
	}
	speak(t, r)
}

// Codes that several tables use.
var (
	sawDirect    = saw{triage.Pass, "direct", "check.dns.direct"}
	sawProxied   = saw{triage.Fail, "proxied", "check.dns.proxied"}
	sawDoubled   = saw{triage.Fail, "wrong_target", "check.dns.doubled_zone"}
	sawMissing   = saw{triage.Fail, "missing", "check.dns.missing"}
	sawDangling  = saw{triage.Fail, "wrong_target", "check.dns.dangling"}
	sawWrong     = saw{triage.Fail, "wrong_target", "check.dns.wrong_target"}
	sawLoop      = saw{triage.Fail, "wrong_target", "check.dns.loop"}
	sawSeveral   = saw{triage.Fail, "several_records", "check.dns.several_cnames"}
	sawNothing   = saw{triage.Unknown, "could_not_check", "check.dns.could_not_check"}
	sawSplit     = saw{triage.Unknown, "inconsistent", "check.dns.inconsistent"}
	sawOnly      = saw{triage.Unknown, "could_not_check", "check.dns.resolver_only"}
	sawNotPublic = saw{triage.Unknown, "could_not_check", "check.not_public"}
	sawFlat      = saw{triage.Pass, "flattened", "check.dns.flattened"}
	sawValid     = saw{triage.Pass, "valid", "check.tls.valid"}
	sawNoCert    = saw{triage.Fail, "no_certificate", "check.tls.no_certificate"}
	sawForwards  = saw{triage.Pass, "proxied_forwarding", "check.http.forwarding"}
	sawHTTP      = saw{triage.Pass, "direct", "check.http.direct"}
	sawOwnPage   = saw{triage.Fail, "proxied_not_forwarding", "check.http.not_forwarding"}
)

// Every world of the example workspace, by the steps of its procedure.
func TestSendlineWorlds(t *testing.T) {
	e := start(t, examples.Sendline(), quick)
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	steps := w.Procedure("https-click-tracking")
	for name, tc := range map[string]struct {
		brand       saw // brand-link: dns.cname
		certificate triage.CheckOutcome
		tls, http   saw
	}{
		"foxglove":     {sawProxied, triage.Pass, sawValid, sawForwards},
		"bergamot":     {sawProxied, triage.Pass, sawValid, sawForwards},
		"foxglove-two": {sawProxied, triage.Pass, sawValid, sawForwards},
		"kale":         {sawProxied, triage.Pass, sawValid, sawForwards},
		"cardamom":     {sawDirect, triage.Fail, sawNoCert, sawHTTP},
		"damson":       {sawDoubled, triage.Fail, sawDoubled, sawDoubled},
		"elder":        {sawProxied, triage.Fail, sawValid, sawOwnPage},
		"fennel":       {sawProxied, triage.Fail, saw{triage.Fail, "expired", "check.tls.expired"}, sawForwards},
		"ginger":       {sawProxied, triage.Fail, saw{triage.Fail, "wrong_name", "check.tls.wrong_name"}, sawForwards},
		"hyssop":       {sawMissing, triage.Fail, sawMissing, sawMissing},
		"iris":         {sawFlat, triage.Fail, sawNoCert, sawHTTP},
		"juniper":      {sawNothing, triage.Unknown, sawNothing, sawNothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := triage.CheckRun{Matter: "m1", Procedure: steps.ID, Inputs: map[string]string{"link_domain": "link." + name + ".example"}}
			run.Step = *steps.Step("brand-link")
			brand := e.Check(context.Background(), run)
			want(t, brand.Results[0], tc.brand)
			run.Step = *steps.Step("certificate")
			cert := e.Check(context.Background(), run)
			if cert.Outcome != tc.certificate || brand.Outcome != tc.brand.outcome {
				t.Errorf("certificate step %s, brand-link step %s", cert.Outcome, brand.Outcome)
			}
			want(t, cert.Results[0], tc.tls)
			want(t, cert.Results[1], tc.http)
			r := cert.Results[0]
			if r.Matter != "m1" || r.Procedure != steps.ID || r.Step != "certificate" || r.Inputs["link_domain"] == "" {
				t.Errorf("not tied to its step: %+v", r)
			}
		})
	}
}

// kale: the zone's servers count, and the resolver's delay is told.
func TestStaleResolverIsTold(t *testing.T) {
	e := start(t, examples.Sendline(), quick)
	r := e.Run(context.Background(), "dns.cname", map[string]string{"name": "link.kale.example", "target": "links.sendline.example"}, nil)
	if s, _ := strconv.Atoi(r.CodeParams["stale_seconds"]); s < 1700 || s > 1800 {
		t.Errorf("stale for %q seconds, want just under 1800", r.CodeParams["stale_seconds"])
	}
	if r.CodeParams["stale_seen"] != "links.sendline.example" || r.CodeParams["proxy"] != "Hedgerow" {
		t.Errorf("parameters %v", r.CodeParams)
	}
}

// With the real time-outs, a step over silent servers ends within 5 s.
func TestSilentServersEndInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for real time-outs")
	}
	t.Parallel()
	e := start(t, examples.Sendline(), check.Options{})
	at := time.Now()
	step := knowledge.Step{Check: &knowledge.Check{All: []knowledge.Check{
		{Name: "tls.certificate", Params: map[string]any{"host": "link.juniper.example"}},
		{Name: "http.forwards", Params: map[string]any{"host": "link.juniper.example", "to": "links.sendline.example"}},
		{Name: "dns.cname", Params: map[string]any{"name": "link.juniper.example", "target": "links.sendline.example"}},
	}}}
	got := e.Check(context.Background(), triage.CheckRun{Step: step})
	if took := time.Since(at); took > 5*time.Second || got.Outcome != triage.Unknown {
		t.Errorf("%s after %s", got.Outcome, took)
	}
}

func TestNames(t *testing.T) {
	e := start(t, worlds, quick)
	stale := saw{triage.Pass, "stale", "check.dns.stale"}
	for name, w := range map[string]saw{
		"direct.worlds.example":      sawDirect,
		"shifted.worlds.example":     {triage.Fail, "missing", "check.dns.misplaced"},
		"cname.bogus.example":        {triage.Fail, "bogus", "check.dns.bogus"},
		"wrong.bogus.example":        sawDangling,
		"DIRECT.Worlds.Example.":     sawDirect,
		"upper.worlds.example":       sawDirect,
		"chain.worlds.example":       sawDirect,
		"a.b.wild.worlds.example":    sawDirect,
		"bücher.worlds.example":      sawDirect,
		"link.else.worlds.example":   {triage.Fail, "wrong_target", "check.dns.wildcard"},
		"link.gone.worlds.example":   {triage.Fail, "wrong_target", "check.dns.wildcard"},
		"own.else.worlds.example":    sawDangling,
		"long1.worlds.example":       sawDirect,
		"flat.worlds.example":        sawFlat,
		"flatpart.worlds.example":    sawFlat,
		"flatmore.worlds.example":    sawWrong,
		"proxied.worlds.example":     sawProxied,
		"many.worlds.example":        sawProxied, // over 1232 bytes: asked again over TCP
		"cdn.worlds.example":         sawProxied,
		"halfproxied.worlds.example": sawWrong,
		"wrong.worlds.example":       sawDangling, // elsewhere.example does not exist
		"wrongaddr.worlds.example":   sawWrong,
		"suffix.worlds.example":      sawWrong, // target.example.attacker.net, with the target's own address
		"doubled.worlds.example":     sawDoubled,
		"deep.sub.worlds.example":    sawDoubled,
		"dangling.worlds.example":    sawDangling,
		"loop.worlds.example":        sawLoop,
		"two.worlds.example":         sawSeveral,
		"overtwo.worlds.example":     sawSeveral,
		"self.worlds.example":        sawLoop,
		"long0.worlds.example":       sawLoop,
		"text.worlds.example":        sawMissing,
		"nowhere.worlds.example":     sawMissing,
		"sub.worlds.example":         sawMissing,
		"unregistered.example":       sawMissing,
		"old.worlds.example":         stale,
		"gone.worlds.example":        sawMissing,
		"private.worlds.example":     sawWrong,
		"cname.split.example":        sawSplit,
		"addr.split.example":         sawSplit,
		"some.split.example":         sawSplit,
		"ok.half.example":            sawDirect,
		"bad.half.example":           sawDangling,
		"ok.lame.example":            sawDirect,
		"bad.lame.example":           sawOnly,
		"only.lame.example":          sawOnly,
		"www.mute.example":           sawNothing,
		"via.mutetarget.example":     sawNothing,
		"www.outside.test":           sawNothing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "dns.cname", map[string]string{"name": name, "target": "target.example"}, nil), w)
		})
	}
	t.Run("target out of sight", func(t *testing.T) {
		t.Parallel()
		want(t, e.Run(context.Background(), "dns.cname", map[string]string{"name": "flat.mutetarget.example", "target": "www.mute.example"}, nil), sawNothing)
	})
}

func TestCAA(t *testing.T) {
	e := start(t, worlds, quick)
	allowed, forbidden := saw{triage.Pass, "allowed", "check.caa.allowed"}, saw{triage.Fail, "forbidden", "check.caa.forbidden"}
	for name, w := range map[string]saw{
		"caa.example":         allowed,
		"a.b.caa.example":     allowed, // of the zone's own, two levels up
		"nothing.caa.example": allowed,
		"also.caa.example":    allowed,
		"wild.caa.example":    allowed, // for wildcards only
		"nobody.caa.example":  forbidden,
		"strange.caa.example": forbidden,
		"moved.caa.example":   forbidden,
		"good.worlds.example": {triage.Pass, "allowed", "check.caa.none"},
		"x.mute.example":      {triage.Unknown, "could_not_check", "check.records.could_not_check"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "dns.caa", map[string]string{"name": name, "issuer": "letsencrypt.org"}, nil), w)
		})
	}
	want(t, e.Run(context.Background(), "dns.caa", map[string]string{"name": "caa.example", "issuer": "digicert.com"}, nil), forbidden)
}

func TestCertificates(t *testing.T) {
	e := start(t, worlds, quick)
	fault := func(state string) saw { return saw{triage.Fail, state, "check.tls." + state} }
	for name, w := range map[string]saw{
		"good.worlds.example":       sawValid,
		"star.sub.worlds.example":   sawValid,
		"selfsigned.worlds.example": fault("self_signed"),
		"untrusted.worlds.example":  fault("untrusted"),
		"early.worlds.example":      fault("not_yet_valid"),
		"late.worlds.example":       fault("expired"),
		"other.worlds.example":      fault("wrong_name"),
		"chained.worlds.example":    sawValid,
		"reversed.worlds.example":   sawValid,

		"incomplete-chain.worlds.example": fault("incomplete_chain"),
		"expired-issuer.worlds.example":   fault("expired_issuer"),
		"weak-key.worlds.example":         fault("weak_key"),
		"weak-signature.worlds.example":   fault("weak_signature"),
		"old-version.worlds.example":      fault("old_version"),
		"weak-cipher.worlds.example":      fault("weak_cipher"),

		"none.worlds.example":     sawNoCert,
		"direct.worlds.example":   sawNoCert,
		"doubled.worlds.example":  sawDoubled,
		"dangling.worlds.example": sawDangling,
		"nowhere.worlds.example":  sawMissing,
		"loop.worlds.example":     sawLoop,
		"cname.split.example":     sawSplit,
		"www.mute.example":        sawNothing,
		"refused.worlds.example":  {triage.Unknown, "could_not_check", "check.tls.unreachable"},
		"private.worlds.example":  sawNotPublic,
		"private6.worlds.example": sawNotPublic,
		"meta.worlds.example":     sawNotPublic,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "tls.certificate", map[string]string{"host": name}, nil), w)
		})
	}
}

func TestForwards(t *testing.T) {
	e := start(t, worlds, quick)
	unknown := func(code string) saw { return saw{triage.Unknown, "could_not_check", code} }
	for name, w := range map[string]saw{
		"good.worlds.example":       sawForwards,
		"selfsigned.worlds.example": sawForwards,
		"direct.worlds.example":     sawHTTP,
		"chain.worlds.example":      sawHTTP,
		"flat.worlds.example":       sawHTTP,
		"other.worlds.example":      sawOwnPage,
		"redirect.worlds.example":   sawOwnPage,
		"badgateway.worlds.example": {triage.Fail, "proxied_not_forwarding", "check.http.origin_error"},
		"firewall.worlds.example":   unknown("check.http.blocked"),
		"empty.worlds.example":      unknown("check.http.indistinct"),
		"none.worlds.example":       unknown("check.http.unreachable"),
		"refused.worlds.example":    unknown("check.http.unreachable"),
		"private.worlds.example":    sawNotPublic,
		"nowhere.worlds.example":    sawMissing,
		"cname.split.example":       sawSplit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "http.forwards", map[string]string{"host": name, "to": "target.example"}, nil), w)
		})
	}
	t.Run("platform out of sight", func(t *testing.T) {
		t.Parallel()
		want(t, e.Run(context.Background(), "http.forwards", map[string]string{"host": "good.worlds.example", "to": "www.mute.example"}, nil),
			unknown("check.http.platform_unreachable"))
	})
}
