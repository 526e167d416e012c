package extract

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/extract/fake"
)

// foot stands for the offline extractor.
type foot struct{ err error }

func (f foot) Extract(ctx context.Context, _ triage.Reading) (triage.Proposal, error) {
	if ctx.Err() != nil {
		return triage.Proposal{}, ctx.Err()
	}
	return triage.Proposal{Language: "en", Info: triage.ExtractorInfo{Name: "offline"}}, f.err
}

// clock is a clock that only waiting moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

func (c *clock) options() LadderOptions {
	return LadderOptions{Now: c.Now, Wait: c.Wait, Rand: func() float64 { return 0.5 }, Logger: slog.New(slog.DiscardHandler)}
}

func slow(o *ModelOptions) { o.Timeout = 10 * time.Second }

// TestLadderFalls checks each way a provider can fail: the ladder ends at its
// foot, in time, marked, with the codes.
func TestLadderFalls(t *testing.T) {
	cases := []struct {
		name  string
		does  fake.Behaviour
		codes string
	}{
		{"hang", fake.Hang(), "timeout"},
		{"drip", fake.Drip(), "timeout"},
		{"429 for ever", fake.RateLimited("1"), "rate_limited rate_limited rate_limited"},
		{"429 beyond the budget", fake.RateLimited("3000"), "rate_limited"},
		{"500", fake.Status(500, "", ""), "server_error server_error server_error"},
		{"reset", fake.Reset(), "connection connection connection"},
		{"truncated", fake.Answer(`{"claims": [`), "truncated"},
		{"wrong schema", fake.Answer(`{"a": 1}`), "wrong_schema wrong_schema wrong_schema wrong_schema"},
		{"HTML error page", fake.HTMLPage(503), "server_error server_error server_error"},
		{"HTML page", fake.HTMLPage(200), "wrong_content_type"},
		{"content type", fake.ContentType("text/event-stream"), "wrong_content_type"},
		{"empty choices", fake.EmptyChoices(), "empty empty empty"},
		{"refusal", fake.Refusal(), "refused"},
		{"length", fake.Finish("{", "length"), "truncated"},
		{"5 MB", fake.Huge(5 << 20), "too_large"},
		{"reset in the middle", fake.CutOff(), "truncated"},
		{"redirect", fake.Redirect("http://127.0.0.1:1/"), "no_model"},
		{"model not found", fake.Status(404, "no such model", ""), "no_model"},
		{"context", fake.Problem(400, map[string]any{"message": "too long", "code": "context_length_exceeded"}), "too_long too_long too_long too_long too_long"},
		{"quota", fake.Problem(429, map[string]any{"message": "no money", "code": "insufficient_quota"}), "quota"},
		{"401", fake.Status(401, "", ""), "unauthorized"},
		{"400", fake.Status(400, "", ""), "rejected rejected rejected"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			change := slow
			if c.codes == CodeTimeout {
				change = nil
			}
			l := NewLadder([]*Model{testModel(fake.New(t, c.does), change)}, foot{}, newClock().options())
			began := time.Now()
			p, err := l.Extract(context.Background(), modelReading())
			if err != nil {
				t.Fatal(err)
			}
			if i := p.Info; i.Name != "offline" || !i.Degraded || strings.Join(i.Failures, " ") != c.codes {
				t.Errorf("info %+v", i)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	t.Run("tls", func(t *testing.T) {
		l := NewLadder([]*Model{testModel(fake.NewTLS(t), slow)}, foot{}, newClock().options())
		if p, err := l.Extract(context.Background(), modelReading()); err != nil || !p.Info.Degraded || !slices.Equal(p.Info.Failures, []string{"tls"}) {
			t.Errorf("%+v, %v", p.Info, err)
		}
	})
}

func TestLadderReads(t *testing.T) {
	random := fake.Random(3)
	cases := []struct {
		name     string
		script   []fake.Behaviour
		failures string
		calls    int
	}{
		{"good", []fake.Behaviour{fake.Reader()}, "", 1},
		{"json_schema unsupported", []fake.Behaviour{fake.Only(fake.Reader(), "json_object", "")}, "rejected", 2},
		{"after a 500", []fake.Behaviour{fake.Status(500, "", ""), fake.Reader()}, "server_error", 2},
		{"after a 429", []fake.Behaviour{fake.RateLimited("9"), fake.Reader()}, "rate_limited", 2},
	}
	for _, c := range cases {
		c0 := newClock()
		s := fake.New(t, c.script...)
		p, err := NewLadder([]*Model{testModel(s, slow)}, foot{}, c0.options()).Extract(context.Background(), modelReading())
		if i := p.Info; err != nil || i.Name != "llm" || i.Degraded || strings.Join(i.Failures, " ") != c.failures || len(s.Requests()) != c.calls {
			t.Errorf("%s: %+v, %v, %d calls", c.name, i, err, len(s.Requests()))
		}
		if c.name == "after a 429" && (!slices.Equal(c0.waits, []time.Duration{9 * time.Second}) || p.Info.LatencyMS != 9000) {
			t.Errorf("waited %v, latency %d", c0.waits, p.Info.LatencyMS)
		}
	}
	// Quotes nobody wrote pass here and fall in grounding; handles fall here.
	p, err := NewLadder([]*Model{testModel(fake.New(t, fake.Liar()), slow)}, foot{}, newClock().options()).Extract(context.Background(), modelReading())
	if err != nil || p.Matters[0].Procedure != "" || len(p.Claims[0].Steps) != 0 || p.Info.Dropped != 2 {
		t.Errorf("liar: %+v, %v", p, err)
	}
	s := fake.New(t, random)
	l := NewLadder([]*Model{testModel(s, slow)}, foot{}, newClock().options())
	for range 50 {
		in := modelReading()
		p, err := l.Extract(context.Background(), in)
		if err != nil || p.Info.Name != "llm" && !p.Info.Degraded {
			t.Fatalf("random: %+v, %v", p.Info, err)
		}
		if p.Info.Name == "llm" {
			sane(t, in, p)
		}
	}
}

func TestLadderNextProvider(t *testing.T) {
	bad, good := fake.New(t, fake.RateLimited("10")), fake.New(t)
	c := newClock()
	l := NewLadder([]*Model{testModel(bad, slow), testModel(good, func(o *ModelOptions) { slow(o); o.Model = "second" })}, foot{}, c.options())
	p, err := l.Extract(context.Background(), modelReading())
	if err != nil || p.Info.Model != "second" || p.Info.Degraded || len(c.waits) != 0 || !slices.Equal(p.Info.Failures, []string{"rate_limited"}) {
		t.Errorf("%+v, %v, waited %v", p.Info, err, c.waits)
	}
}

func TestLadderWithoutModels(t *testing.T) {
	p, err := NewLadder(nil, foot{}, LadderOptions{Logger: slog.New(slog.DiscardHandler)}).Extract(context.Background(), modelReading())
	if err != nil || p.Info.Name != "offline" || p.Info.Degraded || p.Info.Failures != nil {
		t.Errorf("%+v, %v", p.Info, err)
	}
	if _, err := NewLadder(nil, foot{errors.New("broken")}, LadderOptions{}).Extract(context.Background(), modelReading()); err == nil {
		t.Error("the foot's error is lost")
	}
	l := NewLadder([]*Model{testModel(fake.New(t, fake.Refusal()), slow)}, nil, newClock().options())
	if _, err := l.Extract(context.Background(), modelReading()); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("no foot: %v", err)
	}
}

func TestLadderKeepsDeadline(t *testing.T) {
	l := NewLadder([]*Model{testModel(fake.New(t, fake.Hang()), slow), testModel(fake.New(t), slow)}, foot{}, LadderOptions{Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // a fifth of it is the foot's
	defer cancel()
	p, err := l.Extract(ctx, modelReading())
	if err != nil || !p.Info.Degraded || ctx.Err() != nil || !slices.Equal(p.Info.Failures, []string{"timeout", "timeout"}) {
		t.Errorf("%+v, %v, %v", p.Info, err, ctx.Err())
	}
	gone, giveUp := context.WithCancel(context.Background())
	giveUp()
	if _, err := l.Extract(gone, modelReading()); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("given up: %v", err)
	}
}

func TestLadderUsageOfFailures(t *testing.T) {
	s := fake.New(t, fake.Answer("prose"), fake.Reader())
	p, err := NewLadder([]*Model{testModel(s, slow)}, foot{}, newClock().options()).Extract(context.Background(), modelReading())
	if err != nil || p.Info.Usage.PromptTokens != 2000 || p.Info.Usage.CostUSD != 2*(0.002+0.001) {
		t.Errorf("%+v, %v", p.Info, err)
	}
	s = fake.New(t, fake.Answer(`{"claims": [`))
	p, err = NewLadder([]*Model{testModel(s, slow)}, foot{}, newClock().options()).Extract(context.Background(), modelReading())
	if err != nil || !p.Info.Degraded || p.Info.Usage.PromptTokens != 1000 {
		t.Errorf("%+v, %v", p.Info, err)
	}
}

func TestLadderBreaker(t *testing.T) {
	c := newClock()
	opt := c.options()
	opt.Retries = -1
	s := fake.New(t, fake.HTMLPage(200))
	l := NewLadder([]*Model{testModel(s, slow)}, foot{}, opt)
	read := func(want string, calls int) {
		t.Helper()
		p, err := l.Extract(context.Background(), modelReading())
		if err != nil || strings.Join(p.Info.Failures, " ") != want || len(s.Requests()) != calls {
			t.Errorf("%+v, %v, %d calls", p.Info, err, len(s.Requests()))
		}
	}
	for i := range 3 {
		read("wrong_content_type", i+1)
	}
	read("circuit_open", 3)
	c.now = c.now.Add(29 * time.Second)
	read("circuit_open", 3)
	c.now = c.now.Add(time.Second)
	read("wrong_content_type", 4) // half open: one try, and shut again
	read("circuit_open", 4)
	c.now = c.now.Add(30 * time.Second)
	s.Script(fake.Reader())
	read("", 5)
	read("", 6)
}

func TestBreakerLetsOneTry(t *testing.T) {
	var b breaker
	now := time.Unix(0, 0).UTC()
	f := &Failure{Codes: []string{CodeTimeout}}
	for range breakAfter {
		b.failed(f, nil, now)
	}
	now = now.Add(breakFor)
	if !b.allow(now) || b.allow(now) {
		t.Error("half open lets one call through, not two")
	}
	b.failed(&Failure{Codes: []string{CodeRefused}}, nil, now) // says nothing: the next may try
	if !b.allow(now) {
		t.Error("the trial was lost")
	}
	b.failed(f, context.Canceled, now)
	if !b.allow(now) {
		t.Error("a caller who gave up is held against the provider")
	}
	b.succeeded()
	for range 2 {
		if !b.allow(now) {
			t.Error("a success closes it for all")
		}
	}
}

// The provider sees no more calls at once than its limit allows.
func TestLadderCallsAtOnce(t *testing.T) {
	var out, most atomic.Int32
	entered, release := make(chan bool, 20), make(chan bool)
	s := fake.New(t, func(w http.ResponseWriter, r *fake.Request) {
		n := out.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		entered <- true
		<-release
		out.Add(-1)
		fake.Reader()(w, r)
	})
	l := NewLadder([]*Model{testModel(s, func(o *ModelOptions) { slow(o); o.Limits.Calls = 3 })}, foot{}, LadderOptions{Logger: slog.New(slog.DiscardHandler)})
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if p, err := l.Extract(context.Background(), modelReading()); err != nil || p.Info.Degraded {
				t.Errorf("%+v, %v", p.Info, err)
			}
		})
	}
	for range 3 {
		<-entered
	}
	close(release)
	all.Wait()
	if most.Load() != 3 {
		t.Errorf("%d calls at once", most.Load())
	}
}

// A ticket that has no time left says nothing against a provider.
func TestLadderHurried(t *testing.T) {
	s := fake.New(t, fake.Hang())
	l := NewLadder([]*Model{testModel(s, slow)}, foot{}, newClock().options())
	for range breakAfter {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if p, err := l.Extract(ctx, modelReading()); err != nil || strings.Join(p.Info.Failures, " ") != CodeTimeout {
			t.Errorf("%+v, %v", p.Info, err)
		}
		cancel()
	}
	s.Script(fake.Reader())
	if p, err := l.Extract(context.Background(), modelReading()); err != nil || p.Info.Degraded {
		t.Errorf("%+v, %v", p.Info, err)
	}
}

// The log tells why, without the key and without the ticket's words.
func TestLadderLogs(t *testing.T) {
	var log bytes.Buffer
	opt := newClock().options()
	opt.Logger = slog.New(slog.NewTextHandler(&log, nil))
	l := NewLadder([]*Model{testModel(fake.New(t, fake.Status(401, "Incorrect key key-of-the-test", "")), slow)}, foot{}, opt)
	if _, err := l.Extract(context.Background(), modelReading("My word is xylophone.")); err != nil {
		t.Fatal(err)
	}
	if s := log.String(); !strings.Contains(s, "unauthorized") || !strings.Contains(s, "Incorrect key [key]") || strings.Contains(s, "xylophone") {
		t.Errorf("logged %s", s)
	}
}

// A panic on the way costs neither the place of a reading nor the breaker's try.
func TestLadderAfterPanic(t *testing.T) {
	c := newClock()
	opt := c.options()
	opt.Retries = -1
	s := fake.New(t, fake.HTMLPage(200))
	panics := false
	l := NewLadder([]*Model{testModel(s, func(o *ModelOptions) {
		slow(o)
		o.Limits.Calls = 1
		o.Fence = func() string {
			if panics {
				panic("out of luck")
			}
			return testFence
		}
	})}, foot{}, opt)
	for range breakAfter {
		if _, err := l.Extract(context.Background(), modelReading()); err != nil {
			t.Fatal(err)
		}
	}
	c.now = c.now.Add(breakFor)
	panics = true
	func() {
		defer func() { _ = recover() }()
		_, err := l.Extract(context.Background(), modelReading())
		t.Errorf("no panic: %v", err)
	}()
	panics = false
	s.Script(fake.Reader())
	if p, err := l.Extract(context.Background(), modelReading()); err != nil || p.Info.Name != "llm" {
		t.Errorf("%+v, %v", p.Info, err)
	}
}

func TestLadderManyAtOnce(t *testing.T) {
	s := fake.New(t, fake.Status(500, "", ""), fake.Answer("x"), fake.Only(fake.Reader(), "json_object", ""))
	l := NewLadder([]*Model{testModel(s, slow)}, foot{}, newClock().options())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := l.Extract(context.Background(), modelReading()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
