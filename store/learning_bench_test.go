package store

import (
	"context"
	"testing"
	"time"

	"readback/knowledge"
)

// BenchmarkLearning works out what a desk with 100,000 tickets of the last 90
// days learns from them: outcomes with their calibration, and versions.
func BenchmarkLearning(b *testing.B) {
	ctx := context.Background()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s := openTest(b, Options{Clock: func() time.Time { return now }})
	if _, err := s.writer.Exec(`WITH RECURSIVE t (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i < 99999),
			e (k, kind) AS (VALUES (0, 'received'), (1, 'triaged'), (2, 'rerouted'), (3, 'replied'), (4, 'state'))
		INSERT INTO events (id, at, kind, ticket_id, data, n) SELECT 'evt_' || i || '_' || k, ?1 - (100000 - i) * 77000000 + k * 60000000, kind, 'tkt_' || i || substr('abcdefghijklmnopqrstuvwxyz234567', 1 + i * 7 % 32, 1),
			CASE k WHEN 0 THEN '{"channel":"email","last_seq":1,"messages":1}'
				WHEN 1 THEN '{"action":"assign","confidence":' || (0.35 + (i % 60) / 100.0) || ',"cost_usd":0.001,"degraded":false,"dropped":0,"effort":"partial","extractor":"llm","kind":"setup","matter":"m1","model":"m","needs_review":false,"own_tier":"l1","policy":"p' || (i / 70000) || '","prompt":"v2","reasons":["route.staff_next"],"tier":"l1","version":1,"was_tier":"","workspace":"w' || (i / 40000) || '"}'
				WHEN 2 THEN '{"by":"usr_' || (i % 9) || '","from":"l1","handover":"h' || i || '","to":"l2","why":"' || CASE WHEN i % 4 = 0 THEN 'misrouted' ELSE 'workload' END || '"}'
				WHEN 3 THEN '{"by":"usr_' || (i % 9) || '","message":"m","state":"waiting","was":"open"}'
				ELSE '{"by":"usr_' || (i % 9) || '","state":"resolved","was":"waiting","why":"answered"}' END, i * 5 + k + 1
		FROM t CROSS JOIN e WHERE k <> 2 OR i % 4 = 0`, now.UnixMicro()); err != nil {
		b.Fatal(err)
	}
	b.Run("calibrate", func(b *testing.B) {
		for b.Loop() {
			c, err := s.Calibrate(ctx, Actor{}, &knowledge.Policy{Floor: 0.35, FloorLow: 0.2, FloorHigh: 0.6}, nil)
			if err != nil || c.Outcomes < 15000 {
				b.Fatal(c.Outcomes, err)
			}
		}
	})
	b.Run("versions", func(b *testing.B) {
		for b.Loop() {
			v, err := s.versions(ctx)
			if err != nil || len(v) == 0 {
				b.Fatal(len(v), err)
			}
		}
	})
}
