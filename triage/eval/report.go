package eval

import (
	"slices"

	"readback/triage"
)

// Report is the measure of one extractor on a dataset, in the shape of the
// public contract. Rates are 0..1, nil without gold.
type Report struct {
	Extractor     string              `json:"extractor"`
	N             int                 `json:"n"`
	Claims        ClaimsReport        `json:"claims"`
	StateAccuracy *float64            `json:"state_accuracy"`
	FalseDone     FalseDoneReport     `json:"false_done"`
	Documents     F1Report            `json:"documents"`
	Environment   F1Report            `json:"environment"`
	Language      *float64            `json:"language"`
	NeedsStaff    *float64            `json:"needs_staff"`
	Effort        *float64            `json:"effort"`
	Route         *float64            `json:"route"`     // action and tier both right
	Procedure     *float64            `json:"procedure"` // recall@1 over the tickets that have one
	NextStep      *float64            `json:"next_step"`
	Majority      MajorityReport      `json:"majority"`
	Intervals     map[string]Interval `json:"intervals"` // 95%, by bootstrap over the tickets
	Degraded      int                 `json:"degraded"`  // tickets read by a lesser extractor than the one named
	Ungrounded    int                 `json:"ungrounded"`
	Dropped       int                 `json:"dropped"`
	MSPerTicket   TimesReport         `json:"ms_per_ticket"`
	Tokens        Tokens              `json:"tokens"`
	CostUSD       *float64            `json:"cost_usd"` // null when a ticket's is not wholly known

	Verdicts []Verdict `json:"-"` // ticket by ticket
}

// ClaimsReport is how well claims were found; low and high bound F1.
type ClaimsReport struct {
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
	F1        *float64 `json:"f1"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	Matched   int      `json:"matched"`
	Predicted int      `json:"predicted"`
	Gold      int      `json:"gold"`
}

// F1Report is the same without an interval.
type F1Report struct {
	F1        *float64 `json:"f1"`
	Matched   int      `json:"matched"`
	Predicted int      `json:"predicted"`
	Gold      int      `json:"gold"`
}

// FalseDoneReport counts the traps that predictions fell into, by whose message they are in.
type FalseDoneReport struct {
	Customer CountReport `json:"customer"`
	Agent    CountReport `json:"agent"`
}

// CountReport is how many of how many.
type CountReport struct {
	Count int `json:"count"`
	Of    int `json:"of"`
}

// MajorityReport is how often the most frequent label is right.
type MajorityReport struct {
	Language   *float64 `json:"language"`
	NeedsStaff *float64 `json:"needs_staff"`
	Effort     *float64 `json:"effort"`
}

// TimesReport are milliseconds from ticket to route; nil without tickets.
type TimesReport struct {
	P50 *float64 `json:"p50"`
	P95 *float64 `json:"p95"`
}

// Score measures predictions, which are in the order of the tickets.
func Score(extractor string, tickets []Ticket, predictions []Prediction) Report {
	var all tally
	tallies := make([]tally, len(tickets))
	r := Report{Extractor: extractor, N: len(tickets)}
	var times []float64
	for i := range tickets {
		var v Verdict
		tallies[i], v = score(&tickets[i], &predictions[i])
		all.sum(&tallies[i])
		r.Verdicts = append(r.Verdicts, v)
		times = append(times, predictions[i].MS)
	}
	r.Intervals = bootstrap(tallies)
	r.Claims = ClaimsReport{Precision: all.Claims.precision(), Recall: all.Claims.recall(), F1: all.Claims.f1(),
		Matched: all.Claims.Matched, Predicted: all.Claims.Predicted, Gold: all.Claims.Gold}
	if i, ok := r.Intervals["claims"]; ok {
		r.Claims.Low, r.Claims.High = &i.Low, &i.High
	}
	r.StateAccuracy = all.State.value()
	r.FalseDone = FalseDoneReport{CountReport{all.FalseCustomer.Right, all.FalseCustomer.Of}, CountReport{all.FalseAgent.Right, all.FalseAgent.Of}}
	r.Documents, r.Environment = all.Documents.report(), all.Environment.report()
	r.Language, r.NeedsStaff, r.Effort = all.Language.value(), all.NeedsStaff.value(), all.Effort.value()
	r.Route, r.Procedure, r.NextStep = all.Route.value(), all.Procedure.value(), all.NextStep.value()
	r.Majority = MajorityReport{
		Language: majority(tickets, func(t *Ticket) *string { return t.Language }),
		NeedsStaff: majority(tickets, func(t *Ticket) *string {
			if t.NeedsStaff == nil {
				return nil
			}
			answer := map[bool]string{true: "yes", false: "no"}[*t.NeedsStaff]
			return &answer
		}),
		Effort: majority(tickets, func(t *Ticket) *triage.Effort { return t.Effort })}
	r.Degraded, r.Ungrounded, r.Dropped = all.Degraded, all.Ungrounded, all.Dropped
	r.MSPerTicket = TimesReport{percentile(times, 50), percentile(times, 95)}
	r.Tokens = Tokens{all.PromptTokens, all.CompletionTokens}
	if all.Unpriced == 0 {
		r.CostUSD = &all.CostUSD
	}
	return r
}

func (c counts) report() F1Report { return F1Report{c.f1(), c.Matched, c.Predicted, c.Gold} }

// percentile by nearest rank.
func percentile(values []float64, percent int) *float64 {
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	return &sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// ReportJSON is one report as its own object, several by extractor.
func ReportJSON(reports []Report) ([]byte, error) {
	if len(reports) == 1 {
		return triage.JSON(&reports[0])
	}
	several := struct {
		Extractors map[string]*Report `json:"extractors"`
	}{map[string]*Report{}}
	for i := range reports {
		several.Extractors[reports[i].Extractor] = &reports[i]
	}
	return triage.JSON(&several)
}
