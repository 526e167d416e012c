package extract

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"readback/triage"
)

// Limits bound what one provider is asked to do.
type Limits struct {
	Calls  int // readings under way at once; default 4
	Tokens int // a minute, of prompts and answers together; 0 = no limit
}

// class is how long people can wait for a reading, the most urgent first.
type class int

const (
	chat class = iota
	email
	backfill
)

// classOf is that of a chat when the newest message came by chat: a ticket
// changes its channel when the customer does.
func classOf(ctx context.Context, in triage.Reading) class {
	messages := in.Ticket.Messages
	switch {
	case triage.IsBackfill(ctx):
		return backfill
	case len(messages) > 0 && messages[len(messages)-1].Channel == triage.ChannelChat:
		return chat
	}
	return email
}

// gate lets readings through to one provider: chat before email before
// backfill, within a class in the order of their coming, never more than the
// limits allow. The head of the queue is never overtaken by a smaller one, so
// each gets its turn.
type gate struct {
	limits Limits
	now    func() time.Time
	wait   func(ctx context.Context, d time.Duration) error // ends early with ctx

	mu      sync.Mutex
	out     int       // readings under way
	left    float64   // tokens that may be used now; below zero after more were used than thought
	at      time.Time // when left was so
	typical float64   // tokens of a reading, by those so far
	shut    time.Time // the provider asked to be left alone until then
	queue   []*waiter // in the order of their turns
}

type waiter struct {
	class class
	wake  context.CancelFunc
}

// errBusy says that it is not the reading's turn in the time it has.
var errBusy = errors.New("the limits leave no room in time")

const (
	defaultCalls = 4
	firstTypical = 6000 // tokens: the instructions and a ticket of a page
)

func newGate(l Limits, now func() time.Time, wait func(context.Context, time.Duration) error) *gate {
	l.Calls = cmp.Or(l.Calls, defaultCalls)
	return &gate{limits: l, now: now, wait: wait, left: float64(l.Tokens), at: now(), typical: firstTypical}
}

// enter waits for a turn. The caller then reads and calls leave with what
// enter returned. Errors: errBusy when the turn would come after until, else
// that of ctx.
func (g *gate) enter(ctx context.Context, c class, until time.Time) (reserved float64, err error) {
	w := &waiter{class: c}
	g.join(w)
	for {
		turn, stop := context.WithCancel(ctx)
		reserved, d := g.try(w, stop)
		switch {
		case d == 0:
			stop()
			return reserved, nil
		case d < 0: // another's turn, or all places are taken
			<-turn.Done()
		case g.now().Add(d).After(until):
			err = errBusy
		default:
			_ = g.wait(turn, d) // woken or not, it looks again
		}
		stop()
		if err = cmp.Or(err, ctx.Err()); err != nil {
			g.quit(w)
			return 0, err
		}
	}
}

// leave ends a reading for which tokens were reserved and which used some.
func (g *gate) leave(reserved float64, used int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out--
	g.left += reserved - float64(used)
	if used > 0 {
		g.typical += (float64(used) - g.typical) / 8
	}
	g.wakeHead()
}

// shutFor keeps everybody out for a while, as the provider asked.
func (g *gate) shutFor(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := g.now().Add(d); until.After(g.shut) {
		g.shut = until
	}
}

func (g *gate) join(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.queue, func(other *waiter) bool { return other.class > w.class })
	if i < 0 {
		i = len(g.queue)
	}
	g.queue = slices.Insert(g.queue, i, w)
}

func (g *gate) quit(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue, w); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
	g.wakeHead()
}

// try takes w's turn if it has come (d = 0). Else d is how long until it may
// have, or below zero when only another's step can bring it, who calls wake.
func (g *gate) try(w *waiter, wake context.CancelFunc) (reserved float64, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w.wake = wake
	if g.queue[0] != w || g.out >= g.limits.Calls {
		return 0, -1
	}
	now := g.now()
	d = max(0, g.shut.Sub(now))
	if g.limits.Tokens > 0 {
		limit := float64(g.limits.Tokens)
		g.left = min(limit, g.left+limit*now.Sub(g.at).Minutes())
		g.at = now
		reserved = min(g.typical, limit)
		if missing := reserved - g.left; missing > 0 {
			d = max(d, time.Duration(missing/limit*float64(time.Minute))+1)
		}
	}
	if d > 0 {
		return 0, d
	}
	g.queue = g.queue[1:]
	g.out++
	g.left -= reserved
	g.wakeHead() // there may be room for another
	return reserved, 0
}

func (g *gate) wakeHead() {
	if len(g.queue) > 0 && g.queue[0].wake != nil {
		g.queue[0].wake()
	}
}
