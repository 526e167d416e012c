package triage

import "encoding/json"

// The public JSON writes null for what is not known, where Go has "".

func null[S ~string](s S) *S {
	if s == "" {
		return nil
	}
	return &s
}

// MarshalJSON writes null for a matter without a procedure.
func (m Matter) MarshalJSON() ([]byte, error) {
	type plain Matter
	return json.Marshal(struct {
		plain
		Procedure *string `json:"procedure"`
	}{plain(m), null(m.Procedure)})
}

// MarshalJSON writes null where no procedure was read.
func (m MatterRead) MarshalJSON() ([]byte, error) {
	type plain MatterRead
	return json.Marshal(struct {
		plain
		Procedure *string `json:"procedure"`
	}{plain(m), null(m.Procedure)})
}

// MarshalJSON writes null for a claim that matches no step, has no verdict or
// disputes nothing.
func (c Claim) MarshalJSON() ([]byte, error) {
	type plain Claim
	return json.Marshal(struct {
		plain
		Step     *string  `json:"step"`
		Verdict  *Verdict `json:"verdict"`
		Disputes *string  `json:"disputes"`
	}{plain(c), null(c.Step), null(c.Verdict), null(c.Disputes)})
}

// MarshalJSON writes null for what a correction does not speak of.
func (c Correction) MarshalJSON() ([]byte, error) {
	type plain Correction
	var anchor *Anchor
	if c.Anchor != (Anchor{}) {
		anchor = &c.Anchor
	}
	return json.Marshal(struct {
		plain
		Matter    *string `json:"matter"`
		Step      *string `json:"step"`
		Anchor    *Anchor `json:"anchor"`
		Procedure *string `json:"procedure"`
	}{plain(c), null(c.Matter), null(c.Step), anchor, null(c.Procedure)})
}

// MarshalJSON writes null for what is not known of a document.
func (d Document) MarshalJSON() ([]byte, error) {
	type plain Document
	return json.Marshal(struct {
		plain
		URL   *string `json:"url"`
		Title *string `json:"title"`
		Topic *string `json:"topic"`
	}{plain(d), null(d.URL), null(d.Title), null(d.Topic)})
}

// MarshalJSON writes null for the capability of a customer's step.
func (n Next) MarshalJSON() ([]byte, error) {
	type plain Next
	return json.Marshal(struct {
		plain
		Capability *string `json:"capability"`
	}{plain(n), null(n.Capability)})
}

// MarshalJSON writes null where nobody claimed and no check ran.
func (s StepPosition) MarshalJSON() ([]byte, error) {
	type plain StepPosition
	return json.Marshal(struct {
		plain
		Claimed *ClaimState   `json:"claimed"`
		SaidBy  *Role         `json:"said_by"`
		Check   *CheckOutcome `json:"check"`
	}{plain(s), null(s.Claimed), null(s.SaidBy), null(s.Check)})
}

// MarshalJSON writes null for the model and prompt of an extractor without one.
func (e ExtractorInfo) MarshalJSON() ([]byte, error) {
	type plain ExtractorInfo
	return json.Marshal(struct {
		plain
		Model  *string `json:"model"`
		Prompt *string `json:"prompt"`
	}{plain(e), null(e.Model), null(e.Prompt)})
}

// MarshalJSON writes null for a cost that is not wholly known.
func (u Usage) MarshalJSON() ([]byte, error) {
	type plain Usage
	cost := &u.CostUSD
	if u.Unpriced {
		cost = nil
	}
	return json.Marshal(struct {
		plain
		CostUSD *float64 `json:"cost_usd"`
	}{plain(u), cost})
}

// MarshalJSON writes null for a language that cannot be told.
func (b Brief) MarshalJSON() ([]byte, error) {
	type plain Brief
	return json.Marshal(struct {
		plain
		Language *string `json:"language"`
	}{plain(b), null(b.Language)})
}

// MarshalJSON writes null for a language that cannot be told.
func (t TicketHead) MarshalJSON() ([]byte, error) {
	type plain TicketHead
	return json.Marshal(struct {
		plain
		Language *string `json:"language"`
	}{plain(t), null(t.Language)})
}

// MarshalJSON writes null for what a check did not look for or could not see.
func (c CheckResult) MarshalJSON() ([]byte, error) {
	type plain CheckResult
	return json.Marshal(struct {
		plain
		Expected *string `json:"expected"`
		Seen     *string `json:"seen"`
	}{plain(c), null(c.Expected), null(c.Seen)})
}
