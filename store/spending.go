package store

import (
	"context"
	"math"
	"time"

	"readback/triage"
)

// Spent returns what models charged on the UTC day of at, in USD, as far as
// their prices are known, candidates in shadow left out.
func (s *Store) Spent(ctx context.Context, at time.Time) (usd float64, err error) {
	return s.spent(ctx, at, false)
}

// Charge adds what one reading cost to the UTC day of at.
func (s *Store) Charge(ctx context.Context, at time.Time, model string, u triage.Usage) error {
	_, err := s.writer.ExecContext(ctx, `INSERT INTO spending (day, model, readings, prompt_tokens, completion_tokens, nano_usd, unpriced)
		VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6)
		ON CONFLICT (day, model) DO UPDATE SET readings = spending.readings + 1,
			prompt_tokens = spending.prompt_tokens + excluded.prompt_tokens,
			completion_tokens = spending.completion_tokens + excluded.completion_tokens,
			nano_usd = spending.nano_usd + excluded.nano_usd, unpriced = spending.unpriced + excluded.unpriced`,
		day(at), clean(model), u.PromptTokens, u.CompletionTokens, int64(math.Round(u.CostUSD*1e9)), number(u.Unpriced))
	return mapError(err)
}

func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }
