package eval

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// WriteTable writes reports side by side for a person at a terminal.
func WriteTable(w io.Writer, reports []Report) {
	if len(reports) == 0 {
		return
	}
	first := &reports[0]
	fmt.Fprintf(w, "%d tickets. In brackets: 95%% of %d bootstrap draws over the tickets. Majority: always the most frequent label.\n\n", first.N, resamples)
	tw := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	row := func(name string, majority *float64, cell func(r *Report) string) {
		fmt.Fprint(tw, name)
		for i := range reports {
			fmt.Fprintf(tw, "\t%s", cell(&reports[i]))
		}
		fmt.Fprintf(tw, "\t%s\n", figure(majority))
	}
	fmt.Fprint(tw, " ")
	for i := range reports {
		fmt.Fprintf(tw, "\t%s", reports[i].Extractor)
	}
	fmt.Fprint(tw, "\tmajority\n")
	ranged := func(name, measure string, majority *float64, value func(r *Report) *float64) {
		row(name, majority, func(r *Report) string { return withInterval(value(r), r, measure) })
	}
	row("claims: precision", nil, func(r *Report) string {
		return figure(r.Claims.Precision) + of(r.Claims.Matched, r.Claims.Predicted, r.Claims.Precision)
	})
	row("claims: recall", nil, func(r *Report) string {
		return figure(r.Claims.Recall) + of(r.Claims.Matched, r.Claims.Gold, r.Claims.Recall)
	})
	ranged("claims: F1", "claims", nil, func(r *Report) *float64 { return r.Claims.F1 })
	ranged("claims: state right", "state_accuracy", nil, func(r *Report) *float64 { return r.StateAccuracy })
	row("false done, customer's words", nil, func(r *Report) string { return r.FalseDone.Customer.String() })
	row("false done, agent's words", nil, func(r *Report) string { return r.FalseDone.Agent.String() })
	ranged("documents: F1", "documents", nil, func(r *Report) *float64 { return r.Documents.F1 })
	ranged("environment: F1", "environment", nil, func(r *Report) *float64 { return r.Environment.F1 })
	ranged("language", "language", first.Majority.Language, func(r *Report) *float64 { return r.Language })
	ranged("needs staff", "needs_staff", first.Majority.NeedsStaff, func(r *Report) *float64 { return r.NeedsStaff })
	ranged("effort", "effort", first.Majority.Effort, func(r *Report) *float64 { return r.Effort })
	ranged("route (action and tier)", "route", nil, func(r *Report) *float64 { return r.Route })
	ranged("procedure found first", "procedure", nil, func(r *Report) *float64 { return r.Procedure })
	ranged("next step", "next_step", nil, func(r *Report) *float64 { return r.NextStep })
	row("stored without evidence", nil, func(r *Report) string { return strconv.Itoa(r.Ungrounded) })
	row("dropped for want of it", nil, func(r *Report) string { return strconv.Itoa(r.Dropped) })
	row("degraded tickets", nil, func(r *Report) string { return strconv.Itoa(r.Degraded) })
	row("ms a ticket, p50 / p95", nil, func(r *Report) string { return ms(r.MSPerTicket.P50) + " / " + ms(r.MSPerTicket.P95) })
	row("tokens, prompt / completion", nil, func(r *Report) string { return fmt.Sprintf("%d / %d", r.Tokens.Prompt, r.Tokens.Completion) })
	row("cost, USD", nil, func(r *Report) string { return fmt.Sprintf("%.4f", r.CostUSD) })
	tw.Flush()
}

// figure is a rate to two places, "-" without gold.
func figure(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *x)
}

func withInterval(x *float64, r *Report, measure string) string {
	i, ok := r.Intervals[measure]
	if x == nil || !ok {
		return figure(x)
	}
	return fmt.Sprintf("%.2f [%.2f, %.2f]", *x, i.Low, i.High)
}

func of(a, b int, x *float64) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf(" (%d of %d)", a, b)
}

func (c CountReport) String() string {
	if c.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", c.Count, c.Of)
}

func ms(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", *x)
}
