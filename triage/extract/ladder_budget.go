package extract

import (
	"context"
	"log/slog"
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

// affordable reports whether a budget of a day allows a call. What cannot be
// counted is not spent.
func affordable(ctx context.Context, kept Ledger, dailyUSD float64, price *Price, now time.Time, log *slog.Logger) bool {
	if dailyUSD <= 0 || price.free() {
		return true
	}
	spent, err := kept.Spent(ctx, now)
	if err != nil {
		log.WarnContext(ctx, "the spending of the day cannot be read", "error", err)
		return false
	}
	return spent < dailyUSD
}

func (l *Ladder) affordable(ctx context.Context, r *rung) bool {
	return affordable(ctx, l.opt.Ledger, l.opt.DailyUSD, r.model.opt.Price, l.opt.Now(), l.opt.Logger)
}

// charge keeps what a call cost, also when its caller gave up.
func charge(ctx context.Context, kept Ledger, now time.Time, model string, u triage.Usage, log *slog.Logger) {
	if u == (triage.Usage{}) {
		return
	}
	if err := kept.Charge(context.WithoutCancel(ctx), now, model, u); err != nil {
		log.ErrorContext(ctx, "what a model charged cannot be kept", "model", model, "cost_usd", u.CostUSD, "error", err)
	}
}
