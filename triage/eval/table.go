package eval

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// row is one figure of every report, beside the majority guess.
type row struct {
	Name     string
	Cells    []string // by report
	Majority string
}

// explanation is how the figures of a table are to be read.
func explanation(r *Report) string {
	return fmt.Sprintf("%d tickets. In brackets: the middle 95%% of %d bootstrap draws over the tickets. Majority: always the most frequent label. \"-\": nothing is labelled.",
		r.N, resamples)
}

// rows are the figures side by side. There is at least one report.
func rows(reports []Report) []row {
	var out []row
	add := func(name string, majority *float64, cell func(r *Report) string) {
		line := row{Name: name, Majority: figure(majority)}
		for i := range reports {
			line.Cells = append(line.Cells, cell(&reports[i]))
		}
		out = append(out, line)
	}
	ranged := func(name, measure string, majority *float64, value func(r *Report) *float64) {
		add(name, majority, func(r *Report) string { return withInterval(value(r), r, measure) })
	}
	m := reports[0].Majority
	add("claims: precision", nil, func(r *Report) string { return share(r.Claims.Precision, r.Claims.Matched, r.Claims.Predicted) })
	add("claims: recall", nil, func(r *Report) string { return share(r.Claims.Recall, r.Claims.Matched, r.Claims.Gold) })
	ranged("claims: F1", "claims", nil, func(r *Report) *float64 { return r.Claims.F1 })
	ranged("claims: state right", "state_accuracy", nil, func(r *Report) *float64 { return r.StateAccuracy })
	add("false done, customer's words", nil, func(r *Report) string { return r.FalseDone.Customer.String() })
	add("false done, agent's words", nil, func(r *Report) string { return r.FalseDone.Agent.String() })
	ranged("documents: F1", "documents", nil, func(r *Report) *float64 { return r.Documents.F1 })
	ranged("environment: F1", "environment", nil, func(r *Report) *float64 { return r.Environment.F1 })
	ranged("language", "language", m.Language, func(r *Report) *float64 { return r.Language })
	ranged("needs staff", "needs_staff", m.NeedsStaff, func(r *Report) *float64 { return r.NeedsStaff })
	ranged("effort", "effort", m.Effort, func(r *Report) *float64 { return r.Effort })
	ranged("route (action and tier)", "route", nil, func(r *Report) *float64 { return r.Route })
	ranged("procedure found first", "procedure", nil, func(r *Report) *float64 { return r.Procedure })
	ranged("next step", "next_step", nil, func(r *Report) *float64 { return r.NextStep })
	add("stored without evidence", nil, func(r *Report) string { return strconv.Itoa(r.Ungrounded) })
	add("dropped for want of it", nil, func(r *Report) string { return strconv.Itoa(r.Dropped) })
	add("degraded tickets", nil, func(r *Report) string { return strconv.Itoa(r.Degraded) })
	add("ms a ticket, p50 / p95", nil, func(r *Report) string { return ms(r.MSPerTicket.P50) + " / " + ms(r.MSPerTicket.P95) })
	add("tokens, prompt / completion", nil, func(r *Report) string { return fmt.Sprintf("%d / %d", r.Tokens.Prompt, r.Tokens.Completion) })
	add("cost, USD", nil, func(r *Report) string {
		if r.CostUSD == nil {
			return "not known"
		}
		return fmt.Sprintf("%.4f", *r.CostUSD)
	})
	return out
}

// WriteTable writes reports side by side for a person at a terminal.
func WriteTable(w io.Writer, reports []Report) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", explanation(&reports[0])); err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	fmt.Fprint(tw, " \t")
	for i := range reports {
		fmt.Fprintf(tw, "%s\t", reports[i].Extractor)
	}
	fmt.Fprint(tw, "majority\n")
	for _, r := range rows(reports) {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", r.Name, strings.Join(r.Cells, "\t"), r.Majority)
	}
	return tw.Flush()
}

// figure is a rate to two places, "-" without gold.
func figure(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *x)
}

func share(x *float64, a, b int) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f (%d of %d)", *x, a, b)
}

func withInterval(x *float64, r *Report, measure string) string {
	i, ok := r.Intervals[measure]
	if x == nil || !ok {
		return figure(x)
	}
	return fmt.Sprintf("%.2f [%.2f, %.2f]", *x, i.Low, i.High)
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
