package check_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
)

// watched is an engine whose outgoing connections are counted, with a clock
// to turn by hand.
type watched struct {
	*check.Engine
	dials atomic.Int64
	mu    sync.Mutex
	at    time.Time
}

func (w *watched) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *watched) turn(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func watch(t *testing.T) *watched {
	t.Helper()
	l, err := lab.Start(context.Background(), worlds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	w := &watched{at: time.Now()}
	n := l.Network()
	dial, resolver := n.Dial, n.Resolver
	n.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		w.dials.Add(1)
		return dial(ctx, network, addr)
	}
	n.Resolver = func(ctx context.Context, network string) (net.Conn, error) {
		w.dials.Add(1)
		return resolver(ctx, network)
	}
	opt := quick
	opt.Now = w.now
	w.Engine = check.New(n, opt)
	return w
}

func TestResultsAreSharedAndExpire(t *testing.T) {
	w := watch(t)
	ctx := context.Background()
	params := map[string]string{"name": "direct.worlds.example", "target": "target.example"}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { want(t, w.Run(ctx, "dns.cname", params, nil), sawDirect) })
	}
	wg.Wait()
	together := w.dials.Load()
	r := w.Run(ctx, "dns.cname", map[string]string{"name": "Direct.Worlds.Example.", "target": "TARGET.example"}, nil)
	if w.dials.Load() != together {
		t.Error("the same question in other letters was asked again")
	}
	if life := r.ExpiresAt.Sub(r.ObservedAt); life != 5*time.Minute {
		t.Errorf("holds for %s; the record's TTL is 300 s", life)
	}
	r.CodeParams["name"] = "spoilt"
	if r := w.Run(ctx, "dns.cname", params, nil); r.CodeParams["name"] == "spoilt" {
		t.Error("a caller can spoil the cached result")
	}
	w.turn(4*time.Minute + 59*time.Second)
	if w.Run(ctx, "dns.cname", params, nil); w.dials.Load() != together {
		t.Error("asked again before it expired")
	}
	w.turn(2 * time.Second)
	second := w.Run(ctx, "dns.cname", params, nil)
	if got := w.dials.Load() - together; got != together {
		t.Errorf("%d connections for the second look, %d for fifty first ones", got, together)
	}
	if !second.ObservedAt.After(r.ObservedAt) {
		t.Error("the second look has the first one's time")
	}
}

// What could not be seen is looked at again soon.
func TestUnknownIsNotKeptLong(t *testing.T) {
	w := watch(t)
	r := w.Run(context.Background(), "dns.cname", map[string]string{"name": "www.mute.example", "target": "target.example"}, nil)
	if life := r.ExpiresAt.Sub(r.ObservedAt); r.Outcome != triage.Unknown || life > 15*time.Second {
		t.Errorf("%s holds for %s", r.Outcome, life)
	}
}

// A caller who gives up gets unknown at once; those who wait get the result.
func TestImpatientCaller(t *testing.T) {
	w := watch(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	params := map[string]string{"host": "good.worlds.example"}
	want(t, w.Run(ctx, "tls.certificate", params, nil), saw{triage.Unknown, "could_not_check", "check.timeout"})
	want(t, w.Run(context.Background(), "tls.certificate", params, nil), sawValid)
}

func TestAccountField(t *testing.T) {
	w := watch(t)
	account := &triage.Account{ID: "acc-1", Plan: "pro", Fields: map[string]any{
		"features": map[string]any{"ct": true, "https": false}, "seats": uint64(5), "none": nil}}
	unknown := func(code string) saw { return saw{triage.Unknown, "unknown", code} }
	equal, different := saw{triage.Pass, "equal", "check.account.equal"}, saw{triage.Fail, "different", "check.account.different"}
	for _, tc := range []struct {
		name, equals string
		account      *triage.Account
		saw          saw
	}{
		{"features.ct", "true", account, equal},
		{"features.https", "true", account, different},
		{"plan", "pro", account, equal},
		{"seats", "5", account, equal},
		{"features.other", "true", account, unknown("check.account.no_field")},
		{"features.ct.deep", "true", account, unknown("check.account.no_field")},
		{"none", "x", account, unknown("check.account.no_field")},
		{"features.ct", "true", nil, unknown("check.account.no_account")},
		{"", "true", account, saw{triage.Unknown, "could_not_check", "check.param_missing"}},
	} {
		want(t, w.Run(context.Background(), "account.field", map[string]string{"name": tc.name, "equals": tc.equals}, tc.account), tc.saw)
	}
	account.Fields["features"].(map[string]any)["https"] = true
	want(t, w.Run(context.Background(), "account.field", map[string]string{"name": "features.https", "equals": "true"}, account), equal)
}

func TestUnusableChecks(t *testing.T) {
	w := watch(t)
	unusable := func(code string) saw { return saw{triage.Unknown, "could_not_check", code} }
	ctx := context.Background()
	want(t, w.Run(ctx, "dns.guess", nil, nil), unusable("check.not_known"))
	want(t, w.Run(ctx, "dns.cname", nil, nil), unusable("check.param_missing"))
	want(t, w.Run(ctx, "dns.cname", map[string]string{"name": "a.example"}, nil), unusable("check.param_missing"))
	want(t, w.Run(ctx, "tls.certificate", map[string]string{"host": "169.254.169.254"}, nil), unusable("check.bad_name"))
	got := w.Check(ctx, triage.CheckRun{Step: knowledge.Step{ID: "s", Check: &knowledge.Check{Name: "tls.certificate", Params: map[string]any{"host": "{domain}"}}}})
	want(t, got.Results[0], unusable("check.input_missing"))
	if got.Outcome != triage.Unknown {
		t.Error(got.Outcome)
	}
	got = w.Check(ctx, triage.CheckRun{Step: knowledge.Step{ID: "s"}})
	if got.Outcome != triage.Unknown || got.Results == nil || len(got.Results) != 0 {
		t.Errorf("a step without a check: %+v", got)
	}
	if w.dials.Load() != 0 {
		t.Error("something was dialled")
	}
}

// Three-valued logic, whole truth tables.
func TestComposition(t *testing.T) {
	const p, f, u = triage.Pass, triage.Fail, triage.Unknown
	values := []triage.CheckOutcome{p, f, u}
	all := map[[2]triage.CheckOutcome]triage.CheckOutcome{
		{p, p}: p, {p, f}: f, {p, u}: u, {f, p}: f, {f, f}: f, {f, u}: f, {u, p}: u, {u, f}: f, {u, u}: u}
	any := map[[2]triage.CheckOutcome]triage.CheckOutcome{
		{p, p}: p, {p, f}: p, {p, u}: p, {f, p}: p, {f, f}: f, {f, u}: u, {u, p}: p, {u, f}: u, {u, u}: u}
	not := map[triage.CheckOutcome]triage.CheckOutcome{p: f, f: p, u: u}
	two := []knowledge.Check{{Name: "a"}, {Name: "b"}}
	eval := func(c knowledge.Check, leaves ...triage.CheckOutcome) triage.CheckOutcome {
		got := check.Fold(&c, func() triage.CheckOutcome {
			first := leaves[0]
			leaves = leaves[1:]
			return first
		})
		if len(leaves) != 0 {
			t.Fatalf("%d leaves were not read", len(leaves))
		}
		return got
	}
	for _, a := range values {
		if got := eval(knowledge.Check{Not: &two[0]}, a); got != not[a] {
			t.Errorf("not %s = %s", a, got)
		}
		for _, b := range values {
			pair := [2]triage.CheckOutcome{a, b}
			if got := eval(knowledge.Check{All: two}, a, b); got != all[pair] {
				t.Errorf("all %s = %s, want %s", pair, got, all[pair])
			}
			if got := eval(knowledge.Check{Any: two}, a, b); got != any[pair] {
				t.Errorf("any %s = %s, want %s", pair, got, any[pair])
			}
			// De Morgan: not(all(a, b)) = any(not a, not b).
			left := eval(knowledge.Check{Not: &knowledge.Check{All: two}}, a, b)
			right := eval(knowledge.Check{Any: []knowledge.Check{{Not: &two[0]}, {Not: &two[1]}}}, a, b)
			if left != right {
				t.Errorf("De Morgan %s: %s and %s", pair, left, right)
			}
		}
	}
}

// A nested expression reads its leaves in the order of its results.
func TestNestedExpression(t *testing.T) {
	w := watch(t)
	field := func(name, equals string) knowledge.Check {
		return knowledge.Check{Name: "account.field", Params: map[string]any{"name": name, "equals": equals}}
	}
	no, unseen := field("plan", "free"), field("nothing", "x")
	step := knowledge.Step{ID: "s", Check: &knowledge.Check{All: []knowledge.Check{
		{Any: []knowledge.Check{no, {Not: &no}, unseen}},
		{Not: &knowledge.Check{All: []knowledge.Check{unseen, no}}},
		field("plan", "pro"),
	}}}
	got := w.Check(context.Background(), triage.CheckRun{Step: step, Account: &triage.Account{ID: "a", Plan: "pro"}})
	if got.Outcome != triage.Pass || len(got.Results) != 6 {
		t.Errorf("%s with %d results", got.Outcome, len(got.Results))
	}
}

// BenchmarkCertificateStep is the whole step, nothing cached, against servers
// that answer at once; BenchmarkCached is the same from the cache.
func BenchmarkCertificateStep(b *testing.B) {
	benchmark(b, func(n check.Network, _ *check.Engine) *check.Engine { return check.New(n, quick) })
}

func BenchmarkCached(b *testing.B) {
	benchmark(b, func(_ check.Network, e *check.Engine) *check.Engine { return e })
}

func benchmark(b *testing.B, engine func(check.Network, *check.Engine) *check.Engine) {
	l, err := lab.Start(context.Background(), worlds)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	kept := check.New(l.Network(), quick)
	step := knowledge.Step{Check: &knowledge.Check{All: []knowledge.Check{
		{Name: "tls.certificate", Params: map[string]any{"host": "good.worlds.example"}},
		{Name: "http.forwards", Params: map[string]any{"host": "good.worlds.example", "to": "target.example"}},
	}}}
	b.ReportAllocs()
	for b.Loop() {
		e := engine(l.Network(), kept)
		if got := e.Check(context.Background(), triage.CheckRun{Step: step}); got.Outcome != triage.Pass {
			b.Fatal(got)
		}
	}
}
