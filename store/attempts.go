package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"readback/store/people"
)

// Attempt is one try to sign in, counted before it is known how it ends, so
// that many at once are as slow as one after the other.
type Attempt struct {
	Account string // address that was typed, in lower case
	Address string // where it comes from
}

// throttle is how tries of one key are slowed down: so many are free, then
// the wait doubles from a second to longest.
type throttle struct {
	free    int
	longest time.Duration
}

// An office shares one address, so more tries of it are free. A wait of an
// account is short, because a stranger could keep its owner out; a day of
// them is 1,440 tries.
var (
	accountThrottle = throttle{free: 5, longest: time.Minute}
	addressThrottle = throttle{free: 20, longest: 15 * time.Minute}
)

// forgetAttempts is how long failures count.
const forgetAttempts = 24 * time.Hour

func (t throttle) wait(failures int) time.Duration {
	if failures < t.free {
		return 0
	}
	return min(t.longest, time.Second<<min(failures-t.free, 20))
}

func (a Attempt) keys() []struct {
	key string
	throttle
} {
	type limit = struct {
		key string
		throttle
	}
	out := []limit{}
	if a.Account != "" {
		out = append(out, limit{people.TokenHash("account " + a.Account), accountThrottle})
	}
	if a.Address != "" {
		out = append(out, limit{people.TokenHash("address " + a.Address), addressThrottle})
	}
	return out
}

// Try counts an attempt as failed. With a wait above zero it must not be made:
// it was not counted, and nothing may be looked at.
func (s *Store) Try(ctx context.Context, a Attempt) (wait time.Duration, err error) {
	now := s.now()
	err = s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE at <= ?1`, micros(now.Add(-forgetAttempts))); err != nil {
			return err
		}
		failures := map[string]int{}
		for _, k := range a.keys() {
			var n int
			var until int64
			err := tx.QueryRowContext(ctx, `SELECT failures, until FROM attempts WHERE key = ?1`, k.key).Scan(&n, &until)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			failures[k.key] = n + 1
			wait = max(wait, time.Duration(until-micros(now))*time.Microsecond)
		}
		if wait > 0 {
			return nil
		}
		for _, k := range a.keys() {
			_, err := tx.ExecContext(ctx, `INSERT INTO attempts (key, failures, until, at) VALUES (?1, ?2, ?3, ?4)
				ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, until = excluded.until, at = excluded.at`,
				k.key, failures[k.key], micros(now.Add(k.wait(failures[k.key]))), micros(now))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return max(0, wait), err
}

// Succeeded says that an attempt did not fail: nothing is held against the
// account any more, and against the address this one is not. (All of it would
// let somebody with an account of their own guess at others for ever.)
func (s *Store) Succeeded(ctx context.Context, a Attempt) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if a.Account != "" {
			if _, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE key = ?1`, people.TokenHash("account "+a.Account)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE attempts SET failures = failures - 1, until = 0 WHERE key = ?1 AND failures > 0`,
			people.TokenHash("address "+a.Address))
		return err
	})
}
