package lab

import (
	"testing"
	"time"
)

// A stale record counts down and starts again: it is never gone.
func TestStaleCountsDownAndStartsAgain(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r := &recursor{lab: &Lab{now: func() time.Time { return at }}, since: at}
	for _, tc := range []struct {
		after time.Duration
		ttl   uint32
		want  uint32
	}{
		{0, 1800, 1800}, {999 * time.Millisecond, 1800, 1800}, {time.Second, 1800, 1799}, {1799 * time.Second, 1800, 1},
		{1800 * time.Second, 1800, 1800}, {72 * time.Hour, 1800, 1800}, {72*time.Hour + 10*time.Second, 1800, 1790}, {time.Hour, 0, 0},
	} {
		at = r.since.Add(tc.after)
		if got := r.left(tc.ttl); got != tc.want {
			t.Errorf("%d s after %s: %d left, want %d", tc.ttl, tc.after, got, tc.want)
		}
	}
}
