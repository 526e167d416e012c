package extract

import (
	"context"
	"sync"
	"time"

	"readback/triage"
)

// Ledger keeps what models have charged, day by day in UTC.
type Ledger interface {
	// Spent is what was charged on the day of at, in USD.
	Spent(ctx context.Context, at time.Time) (float64, error)
	// Charge adds what a model charged on the day of at.
	Charge(ctx context.Context, at time.Time, model string, u triage.Usage) error
}

// memory is the Ledger of a program that keeps nothing.
type memory struct {
	mu  sync.Mutex
	day string
	usd float64
}

func (m *memory) turn(at time.Time) {
	if day := at.UTC().Format(time.DateOnly); day != m.day {
		m.day, m.usd = day, 0
	}
}

func (m *memory) Spent(_ context.Context, at time.Time) (float64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(at)
	return m.usd, nil
}

func (m *memory) Charge(_ context.Context, at time.Time, _ string, u triage.Usage) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(at)
	m.usd += u.CostUSD
	return nil
}

// affordable reports whether the budget allows a call to the provider. What
// cannot be counted is not spent.
func (l *Ladder) affordable(ctx context.Context, r *rung) bool {
	if l.opt.DailyUSD <= 0 || r.model.opt.Price.free() {
		return true
	}
	spent, err := l.opt.Ledger.Spent(ctx, l.opt.Now())
	if err != nil {
		l.opt.Logger.WarnContext(ctx, "the spending of the day cannot be read", "error", err)
		return false
	}
	return spent < l.opt.DailyUSD
}

// charge keeps what a reading cost, also when its caller gave up.
func (l *Ladder) charge(ctx context.Context, r *rung, u triage.Usage) {
	if u == (triage.Usage{}) {
		return
	}
	if err := l.opt.Ledger.Charge(context.WithoutCancel(ctx), l.opt.Now(), r.model.Name(), u); err != nil {
		l.opt.Logger.ErrorContext(ctx, "what a model charged cannot be kept", "model", r.model.Name(), "cost_usd", u.CostUSD, "error", err)
	}
}
