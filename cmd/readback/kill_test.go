package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// acked is what the hook acknowledged.
type acked struct {
	sync.Mutex
	messages map[string]string // stored message id -> ticket
}

// TestKill kills the program under load, 20 times at a random moment. What it
// acknowledged must be there afterwards, and triaged within a minute.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped by -short: 20 rounds of kill -9 take about half a minute")
	}
	data := t.TempDir()
	all := &acked{messages: map[string]string{}}
	for round := range 20 {
		c := start(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for sender := range 4 {
			wg.Go(func() { load(ctx, c, round, sender, all) })
		}
		time.Sleep(time.Duration(100+rand.IntN(500)) * time.Millisecond)
		c.kill()
		cancel()
		wg.Wait()
	}
	if len(all.messages) < 100 {
		t.Fatalf("only %d messages were acknowledged in 20 rounds", len(all.messages))
	}
	c := start(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data)
	began := time.Now()
	waiting := map[string]bool{}
	for _, ticket := range all.messages {
		waiting[ticket] = true
	}
	stored := map[string]bool{}
	for len(waiting) > 0 {
		for ticket := range waiting {
			var v struct {
				Ticket struct {
					LastSeq    int64 `json:"last_seq"`
					TriagedSeq int64 `json:"triaged_seq"`
				}
				Messages []struct{ ID string }
				Route    struct{ Tier string }
			}
			if status := c.api(t, "/api/v1/tickets/"+ticket, nil, &v); status != 200 {
				t.Fatalf("acknowledged ticket %s answers %d", ticket, status)
			}
			for _, m := range v.Messages {
				stored[m.ID] = true
			}
			if v.Ticket.TriagedSeq == v.Ticket.LastSeq && v.Route.Tier != "" {
				delete(waiting, ticket)
			}
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%d tickets are not triaged a minute after the restart\n%s", len(waiting), c.stderr)
		}
	}
	for id := range all.messages {
		if !stored[id] {
			t.Errorf("acknowledged message %s is lost", id)
		}
	}
	t.Logf("%d messages acknowledged over 20 kills, all there and triaged %s after the restart", len(all.messages), time.Since(began).Round(time.Millisecond))
}

// load posts messages, some of them twice, until ctx ends or the program is gone.
func load(ctx context.Context, c *child, round, sender int, all *acked) {
	for i := 0; ctx.Err() == nil; i++ {
		conversation := fmt.Sprintf("conv-%d", rand.IntN(40))
		message := fmt.Sprintf("m-%d-%d-%d", round, sender, i)
		for range 1 + rand.IntN(2) {
			status, ticket, id, err := c.chat(ctx, conversation, message, "How do we get HTTPS on our click-tracking links? "+message)
			if err != nil {
				return
			}
			if status == 200 || status == 202 {
				all.Lock()
				all.messages[id] = ticket
				all.Unlock()
			}
		}
	}
}
