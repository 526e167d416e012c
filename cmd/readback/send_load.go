package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"readback/triage"
)

// maxLoad bounds a load: messages a second, and how long.
const (
	maxLoadRate = 5000
	maxLoadTime = 10 * time.Minute
)

// loadReport is what a load came to.
type loadReport struct {
	Sent      int            `json:"sent"`
	Stored    int            `json:"stored"`
	Answers   map[string]int `json:"answers"`    // by status; "none" when nothing came back
	Rate      float64        `json:"rate"`       // messages a second that were due and sent
	Seconds   float64        `json:"seconds"`    // until the last answer
	LatencyMS latency        `json:"latency_ms"` // of those stored, from when each was due
}

type latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// load sends at a fixed rate, as customers do who do not know of each other: a
// late answer makes no later message wait, and counts from when its message
// was due.
func (p *program) load(ctx context.Context, s *sender, r sendRequest) error {
	if r.rate < 0 || r.rate > maxLoadRate || r.lasts <= 0 || r.lasts > maxLoadTime {
		return triage.Errorf(triage.Invalid, "--rate takes up to %d messages a second, --for up to %s", maxLoadRate, maxLoadTime)
	}
	if r.file != "" {
		return triage.Errorf(triage.Invalid, "--rate sends its own messages; give --text instead of a file")
	}
	count := max(1, int(r.rate*r.lasts.Seconds()))
	var mu sync.Mutex
	var wg sync.WaitGroup
	took := make([]float64, 0, count)
	report := loadReport{Answers: map[string]int{}}
	slots := make(chan struct{}, maxInFlight)
	began := time.Now()
	for i := range count {
		due := began.Add(time.Duration(float64(i) / r.rate * float64(time.Second)))
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(due)):
		}
		if ctx.Err() != nil {
			break
		}
		report.Sent++
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			id := newSampleID()
			out, _, err := s.post(ctx, id, sampleBody(id, r.text))
			ms := float64(time.Since(due).Microseconds()) / 1000
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				report.Answers["none"]++
			default:
				report.Answers[strconv.Itoa(out.Status)]++
				if out.Status < 300 {
					took = append(took, ms)
				}
			}
		})
	}
	sending := time.Since(began).Seconds()
	wg.Wait()
	report.Stored, report.Seconds = len(took), time.Since(began).Seconds()
	report.Rate = float64(report.Sent) / max(sending, float64(report.Sent)/r.rate)
	report.LatencyMS = latencyOf(took)
	if report.Stored < report.Sent {
		p.exit = exitFailed
	}
	if p.asJSON {
		return p.printJSON(&report)
	}
	fmt.Fprintf(p.stdout, "%d of %d stored, %.0f a second; answers after p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, at most %.1f ms\n", report.Stored, report.Sent,
		report.Rate, report.LatencyMS.P50, report.LatencyMS.P95, report.LatencyMS.P99, report.LatencyMS.Max)
	if report.Stored < report.Sent {
		fmt.Fprintf(p.stdout, "answers by status: %v\n", report.Answers)
	}
	return nil
}

// latencyOf are the quantiles of times, by nearest rank; all 0 without any.
func latencyOf(ms []float64) latency {
	if len(ms) == 0 {
		return latency{}
	}
	slices.Sort(ms)
	at := func(q float64) float64 { return ms[min(len(ms)-1, int(q*float64(len(ms))))] }
	return latency{P50: at(.50), P95: at(.95), P99: at(.99), Max: ms[len(ms)-1]}
}
