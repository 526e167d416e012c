package enrich_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readback/examples"
	"readback/triage"
	"readback/triage/enrich"
	"readback/triage/enrich/vendorapi"
)

// watch is a clock that stands until it is moved.
type watch struct{ nanos atomic.Int64 }

func newWatch() *watch {
	w := &watch{}
	w.nanos.Store(time.Date(2026, 11, 20, 13, 1, 0, 0, time.UTC).UnixNano())
	return w
}

func (w *watch) now() time.Time          { return time.Unix(0, w.nanos.Load()).UTC() }
func (w *watch) forward(d time.Duration) { w.nanos.Add(int64(d)) }

// rig is an adapter and the vendor that it asks.
type rig struct {
	vendor *vendorapi.Vendor
	http   *enrich.HTTP
	watch  *watch
	log    *bytes.Buffer
}

func newRig(t testing.TB, change func(*enrich.HTTPSettings)) *rig {
	t.Helper()
	v, err := vendorapi.Start(t.Context(), examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	r := &rig{vendor: v, watch: newWatch(), log: &bytes.Buffer{}}
	s := v.Settings()
	if change != nil {
		change(&s)
	}
	r.http, err = enrich.NewHTTP(s, enrich.HTTPOptions{Getenv: v.Getenv, Clock: r.watch.now, Logger: slog.New(slog.NewTextHandler(r.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.http.Close() })
	return r
}

func (r *rig) ask(t testing.TB, who triage.Customer) (*triage.Account, triage.Code) {
	t.Helper()
	a, err := r.http.Account(t.Context(), who)
	if (a == nil) == (err == nil) {
		t.Fatalf("account %v with error %v", a, err)
	}
	return a, triage.CodeOf(err)
}

var foxglove = triage.Customer{AccountID: "acc-1001", Email: "someone@foxglove.example"}

// TestHTTPLikeFile: a workspace behaves the same with its file as with an API
// that serves this file.
func TestHTTPLikeFile(t *testing.T) {
	r := newRig(t, nil)
	file, err := enrich.OpenFile(examples.Sendline(), r.watch.now)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for n := 1000; n < 1045; n++ {
		byID := triage.Customer{AccountID: fmt.Sprint("acc-", n)}
		want, err := file.Account(t.Context(), byID)
		got, code := r.ask(t, byID)
		if code != triage.CodeOf(err) {
			t.Errorf("%s: code %q, the file says %v", byID.AccountID, code, err)
		}
		if err != nil {
			continue
		}
		found++
		byEmail := triage.Customer{AccountID: "acc-none", Email: strings.ToUpper(want.Owner)}
		same, _ := r.ask(t, byEmail)
		if same == nil || same.ID != want.ID || same.MatchedBy != "email" {
			t.Errorf("%s by email: %+v", want.ID, same)
		}
		want.Source = "http"
		if g, w := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", *want); g != w {
			t.Errorf("\ngot  %s\nwant %s", g, w)
		}
	}
	if found < 20 {
		t.Errorf("only %d accounts compared", found)
	}
}

// TestHTTPFaults has every fault of the vendor, met with nothing held, and
// with an answer held that is over its TTL.
func TestHTTPFaults(t *testing.T) {
	for _, tc := range []struct {
		fault      vendorapi.Fault
		cold, held triage.Code // "" = an account
	}{
		{vendorapi.Healthy, "", ""},
		{vendorapi.Slow, triage.Unavailable, ""},
		{vendorapi.Failing, triage.Unavailable, ""},
		{vendorapi.Denied, triage.Unavailable, ""},
		{vendorapi.Busy, triage.Unavailable, ""},
		{vendorapi.Garbage, triage.Unavailable, ""},
		{vendorapi.Truncated, triage.Unavailable, ""},
		{vendorapi.WrongType, triage.Unavailable, ""},
		{vendorapi.Huge, triage.Unavailable, ""},
		{vendorapi.Redirect, triage.Unavailable, ""},
		{vendorapi.Gone, triage.NotFound, triage.NotFound},
		{vendorapi.Refusing, triage.NotFound, triage.NotFound},
		{vendorapi.Other, triage.NotFound, triage.NotFound},
	} {
		for _, who := range []triage.Customer{{AccountID: "acc-1001"}, {Email: "ops@foxglove.example"}} {
			t.Run(fmt.Sprintf("%s/%s%s", tc.fault, who.AccountID, who.Email), func(t *testing.T) {
				limit := func(s *enrich.HTTPSettings) {
					if tc.fault == vendorapi.Slow {
						s.Timeout = 300 * time.Millisecond
					}
				}
				cold := newRig(t, limit)
				cold.vendor.SetFault(tc.fault)
				if a, code := cold.ask(t, who); code != tc.cold {
					t.Errorf("nothing held: %q, %+v; want %q", code, a, tc.cold)
				}
				if n := cold.vendor.Requests(); n != 1 {
					t.Errorf("%d requests", n)
				}

				held := newRig(t, limit)
				first, _ := held.ask(t, who)
				held.watch.forward(61 * time.Second)
				held.vendor.SetFault(tc.fault)
				a, code := held.ask(t, who)
				if code != tc.held {
					t.Fatalf("held: %q, want %q", code, tc.held)
				}
				if tc.cold != triage.Unavailable {
					return
				}
				if a.Source != "http (stale since 13:02 UTC)" || !a.ObservedAt.Equal(first.ObservedAt) || a.Plan != "pro" {
					t.Errorf("stale: %+v", *a)
				}
				for _, secret := range []string{"foxglove", "acc-1001", held.vendor.Token} {
					if strings.Contains(held.log.String(), secret) {
						t.Errorf("the log holds %q:\n%s", secret, held.log)
					}
				}
				if !strings.Contains(held.log.String(), "account look-up failed") {
					t.Errorf("a stale answer leaves no trace in the log:\n%s", held.log)
				}
			})
		}
	}
}

func TestHTTPNoServer(t *testing.T) {
	r := newRig(t, nil)
	r.vendor.Close()
	_, err := r.http.Account(t.Context(), triage.Customer{Email: "ops@foxglove.example"})
	if triage.CodeOf(err) != triage.Unavailable || strings.Contains(err.Error(), "foxglove") {
		t.Errorf("%v", err)
	}
}

func TestHTTPWrongToken(t *testing.T) {
	r := newRig(t, func(s *enrich.HTTPSettings) { s.Headers = nil })
	if _, code := r.ask(t, foxglove); code != triage.Unavailable {
		t.Errorf("code %q", code)
	}
}

// TestHTTPAges follows one answer from fresh over stale to too old, and back.
func TestHTTPAges(t *testing.T) {
	r := newRig(t, nil)
	start := r.watch.now()
	for _, step := range []struct {
		after    time.Duration // since the start
		fault    vendorapi.Fault
		source   string // "" = unavailable
		requests int    // in all
	}{
		{0, vendorapi.Healthy, "http", 1},
		{59 * time.Second, vendorapi.Failing, "http", 1},
		{60 * time.Second, vendorapi.Failing, "http (stale since 13:02 UTC)", 2},
		{30 * time.Minute, vendorapi.Failing, "http (stale since 13:02 UTC)", 3},
		{59 * time.Minute, vendorapi.Failing, "http (stale since 13:02 UTC)", 4},
		{60 * time.Minute, vendorapi.Failing, "", 5},
		{61 * time.Minute, vendorapi.Healthy, "http", 6},
		{62 * time.Minute, vendorapi.Denied, "http (stale since 14:03 UTC)", 7},
		{63 * time.Minute, vendorapi.Healthy, "http", 8},
	} {
		r.watch.forward(start.Add(step.after).Sub(r.watch.now()))
		r.vendor.SetFault(step.fault)
		a, _ := r.ask(t, foxglove)
		source := ""
		if a != nil {
			source = a.Source
		}
		if source != step.source || r.vendor.Requests() != step.requests {
			t.Errorf("after %s: %q, %d requests; want %q, %d", step.after, source, r.vendor.Requests(), step.source, step.requests)
		}
	}
}

func TestHTTPStaleOff(t *testing.T) {
	r := newRig(t, func(s *enrich.HTTPSettings) { s.Stale = s.TTL + time.Second })
	r.ask(t, foxglove)
	r.watch.forward(time.Minute)
	r.vendor.SetFault(vendorapi.Failing)
	if a, code := r.ask(t, foxglove); code != triage.Unavailable {
		t.Errorf("%q %+v", code, a)
	}
}

// TestHTTPNoneHeld: "no such account" serves 15 s, and never as stale.
func TestHTTPNoneHeld(t *testing.T) {
	r := newRig(t, nil)
	nobody := triage.Customer{AccountID: "acc-none"}
	for _, step := range []struct {
		forward  time.Duration
		fault    vendorapi.Fault
		code     triage.Code
		requests int
	}{
		{0, vendorapi.Healthy, triage.NotFound, 1},
		{14 * time.Second, vendorapi.Failing, triage.NotFound, 1},
		{time.Second, vendorapi.Failing, triage.Unavailable, 2},
		{0, vendorapi.Healthy, triage.NotFound, 3},
	} {
		r.watch.forward(step.forward)
		r.vendor.SetFault(step.fault)
		if _, code := r.ask(t, nobody); code != step.code || r.vendor.Requests() != step.requests {
			t.Errorf("%q, %d requests; want %q, %d", code, r.vendor.Requests(), step.code, step.requests)
		}
	}
}

// TestHTTPBreaker: five failures in a row stop requests for 30 s; then one
// finds out. Values that the vendor refuses do not count: anyone can send them.
func TestHTTPBreaker(t *testing.T) {
	r := newRig(t, nil)
	n := 0
	ask := func(times int) (code triage.Code) {
		for range times {
			n++
			_, code = r.ask(t, triage.Customer{AccountID: fmt.Sprint("acc-", n)})
		}
		return code
	}
	for i, step := range []struct {
		forward  time.Duration
		fault    vendorapi.Fault
		times    int
		code     triage.Code // of the last
		requests int         // in all
	}{
		{0, vendorapi.Failing, 4, triage.Unavailable, 4},
		{0, vendorapi.Refusing, 1, triage.NotFound, 5}, // resets the row
		{0, vendorapi.Other, 9, triage.NotFound, 14},
		{0, vendorapi.Garbage, 9, triage.Unavailable, 19},
		{29 * time.Second, vendorapi.Healthy, 3, triage.Unavailable, 19},
		{time.Second, vendorapi.Failing, 3, triage.Unavailable, 20},
		{29 * time.Second, vendorapi.Healthy, 3, triage.Unavailable, 20},
		{time.Second, vendorapi.Healthy, 3, triage.NotFound, 23},
		{0, vendorapi.Failing, 4, triage.Unavailable, 27},
		{0, vendorapi.Healthy, 1, triage.NotFound, 28},
	} {
		r.watch.forward(step.forward)
		r.vendor.SetFault(step.fault)
		if code := ask(step.times); code != step.code || r.vendor.Requests() != step.requests {
			t.Errorf("step %d: %q, %d requests; want %q, %d", i, code, r.vendor.Requests(), step.code, step.requests)
		}
	}
	for _, want := range []string{"is failing", "is back"} {
		if strings.Count(r.log.String(), want) != 1 {
			t.Errorf("%q is not in the log once:\n%s", want, r.log)
		}
	}
}

// TestHTTPShared: many who ask for one account at once cause one request, and
// one who leaves takes nothing from the others.
func TestHTTPShared(t *testing.T) {
	r := newRig(t, func(s *enrich.HTTPSettings) { s.Timeout = 20 * time.Second })
	r.vendor.SetFault(vendorapi.Slow)
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := r.http.Account(leaving, foxglove)
		left <- err
	}()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			a, err := r.http.Account(t.Context(), foxglove)
			if err != nil {
				t.Error(err)
				return
			}
			a.Plan = "changed by its caller"
		})
	}
	leave()
	if err := <-left; triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("who left got %v", err)
	}
	r.vendor.SetFault(vendorapi.Healthy)
	wg.Wait()
	if n := r.vendor.Requests(); n != 1 {
		t.Errorf("%d requests", n)
	}
	if a, _ := r.ask(t, foxglove); a.Plan != "pro" {
		t.Errorf("a caller changed the held answer: %+v", a)
	}
}

// TestHTTPMany runs many customers at once, over faults, for the race detector.
func TestHTTPMany(t *testing.T) {
	r := newRig(t, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 40 {
				switch {
				case i == 0 && n%10 == 3:
					r.vendor.SetFault(vendorapi.Failing)
				case i == 0 && n%10 == 6:
					r.vendor.SetFault(vendorapi.Healthy)
				}
				r.watch.forward(time.Second)
				a, err := r.http.Account(t.Context(), triage.Customer{AccountID: fmt.Sprint("acc-", 1001+n%20)})
				if err != nil && triage.CodeOf(err) != triage.Unavailable {
					t.Errorf("%+v %v", a, err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkHTTPHeld(b *testing.B) {
	r := newRig(b, nil)
	r.ask(b, foxglove)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.http.Account(b.Context(), foxglove); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTTPAsked(b *testing.B) {
	r := newRig(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		r.watch.forward(time.Minute)
		if _, err := r.http.Account(b.Context(), foxglove); err != nil {
			b.Fatal(err)
		}
	}
}
