package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"readback/triage"
)

// The tests of the gate run on synctest's clock, which moves when everybody waits.

func far() time.Time { return time.Now().Add(time.Hour) }

func TestGateOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Limits{Calls: 1}, time.Now, wait)
		if _, err := g.enter(t.Context(), email, far()); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []string
		for i, c := range []class{backfill, email, chat, email, backfill, chat} {
			go func() {
				reserved, err := g.enter(t.Context(), c, far())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, fmt.Sprint(c, i))
				mu.Unlock()
				g.leave(reserved, 0)
			}()
			synctest.Wait() // it stands in the queue
		}
		g.leave(0, 0)
		synctest.Wait()
		if want := "0 2,0 5,1 1,1 3,2 0,2 4"; strings.Join(order, ",") != want {
			t.Errorf("order %v, want %s", order, want)
		}
	})
}

func TestGateCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Limits{Calls: 3}, time.Now, wait)
		began, out, most := time.Now(), 0, 0
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				reserved, err := g.enter(t.Context(), email, far())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				out++
				most = max(most, out)
				mu.Unlock()
				time.Sleep(time.Second) // a reading
				mu.Lock()
				out--
				mu.Unlock()
				g.leave(reserved, 100)
			})
		}
		all.Wait()
		if took := time.Since(began); most != 3 || took != 4*time.Second {
			t.Errorf("at most %d at once, %v for ten", most, took)
		}
	})
}

func TestGateTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Limits{Calls: 100, Tokens: 60_000}, time.Now, wait) // 1,000 a second
		began := time.Now()
		var used []time.Duration
		for range 40 {
			reserved, err := g.enter(t.Context(), email, far())
			if err != nil {
				t.Fatal(err)
			}
			g.leave(reserved, 3000)
			used = append(used, time.Since(began).Round(time.Second))
		}
		// A minute's tokens are there at first, then one reading comes in three seconds.
		if used[17] != 0 || used[39] < 55*time.Second || used[39] > 65*time.Second {
			t.Errorf("readings came at %v", used)
		}
		// More than thought is a debt; less is given back.
		reserved, _ := g.enter(t.Context(), email, far())
		g.leave(reserved, 33_000)
		before := time.Now()
		if _, err := g.enter(t.Context(), email, far()); err != nil || time.Since(before) < 30*time.Second {
			t.Errorf("a debt of 30,000 tokens took %v, %v", time.Since(before), err)
		}
		// A limit below one reading is no deadlock.
		g = newGate(Limits{Tokens: 10}, time.Now, wait)
		before = time.Now()
		for range 2 {
			if _, err := g.enter(t.Context(), email, far()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(before).Round(time.Second); took != time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// What is more urgent goes first, even when the head waits for its tokens
// already; what is not does not overtake it.
func TestGateUrgentWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Limits{Calls: 1, Tokens: 6000}, time.Now, wait)
		reserved, _ := g.enter(t.Context(), email, far())
		g.leave(reserved, 6000)
		var order []string
		var all sync.WaitGroup
		for i, c := range []class{email, email, chat} {
			name := fmt.Sprint(c, i)
			all.Go(func() {
				reserved, err := g.enter(t.Context(), c, far())
				if err != nil {
					t.Error(err)
				}
				order = append(order, name) // one at a time is inside
				g.leave(reserved, 1000)
			})
			synctest.Wait()
		}
		all.Wait()
		if want := "0 2,1 0,1 1"; strings.Join(order, ",") != want {
			t.Errorf("order %v, want %s", order, want)
		}
	})
}

func TestGateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Limits{Calls: 1, Tokens: 6000}, time.Now, wait)
		g.shutFor(10 * time.Second)
		before := time.Now()
		if _, err := g.enter(t.Context(), chat, time.Now().Add(5*time.Second)); !errors.Is(err, errBusy) || time.Since(before) != 0 {
			t.Errorf("shut for longer than there is time: %v after %v", err, time.Since(before))
		}
		g.shutFor(time.Second) // shortens nothing
		if _, err := g.enter(t.Context(), chat, far()); err != nil || time.Since(before) != 10*time.Second {
			t.Errorf("opened after %v, %v", time.Since(before), err)
		}
		// The head gives up while another waits behind it, and one in the middle.
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error, 3)
		enter := func(ctx context.Context) {
			go func() { _, err := g.enter(ctx, email, far()); results <- err }()
			synctest.Wait()
		}
		enter(ctx)
		enter(ctx)
		enter(t.Context())
		cancel()
		if a, b := <-results, <-results; !errors.Is(a, context.Canceled) || !errors.Is(b, context.Canceled) {
			t.Errorf("gave up with %v, %v", a, b)
		}
		g.leave(6000, 0)
		if err := <-results; err != nil {
			t.Error(err)
		}
		if len(g.queue) != 0 || g.out != 1 {
			t.Errorf("left behind: %d in the queue, %d under way", len(g.queue), g.out)
		}
	})
}

func TestClassOf(t *testing.T) {
	reading := func(channels ...triage.Channel) triage.Reading {
		in := triage.Reading{Ticket: &triage.Ticket{Channel: triage.ChannelChat}}
		for _, c := range channels {
			in.Ticket.Messages = append(in.Ticket.Messages, triage.Message{Channel: c})
		}
		return in
	}
	ctx := context.Background()
	got := []class{classOf(ctx, reading(triage.ChannelEmail, triage.ChannelChat)), classOf(ctx, reading(triage.ChannelChat, triage.ChannelEmail)),
		classOf(ctx, reading(triage.ChannelAPI)), classOf(ctx, reading()), classOf(triage.Backfill(ctx), reading(triage.ChannelChat))}
	if want := []class{chat, email, email, email, backfill}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
