package triage

import "time"

// Facts are what enrichment found, each with its source and time.
type Facts struct {
	Device  []DeviceFact  `json:"device"`
	Account *Account      `json:"account"` // nil when unknown
	Checks  []CheckResult `json:"checks"`
}

// DeviceFact is one thing known of the browser or machine.
type DeviceFact struct {
	Kind   EnvKind `json:"kind"`   // browser, os, device
	Value  string  `json:"value"`  // such as "Firefox 128"; "unknown" for frozen values
	Source string  `json:"source"` // user_agent | client_hints
}

// Account is the state of the customer's account at the vendor. It serves
// checks and routing for any sender and is told to verified senders only.
type Account struct {
	ID     string         `json:"id"`
	Owner  string         `json:"owner"` // email of the owner
	Plan   string         `json:"plan"`
	Fields map[string]any `json:"fields"` // everything else, nested; Field reads it by a dotted path
	// Disputed: the sender's address belongs to the owner of another account.
	Disputed bool `json:"disputed"`
	// MatchedBy says which look-up found it: account_id | email.
	MatchedBy  string    `json:"matched_by"`
	Source     string    `json:"source"`
	ObservedAt time.Time `json:"observed_at"`
}

// Field returns the value at a dotted path such as "features.https_links".
// id, owner and plan are paths too. ok is false when nothing is known of it.
func (a *Account) Field(path string) (value any, ok bool) {
	if a == nil {
		return nil, false
	}
	switch path {
	case "id":
		return a.ID, true
	case "owner":
		return a.Owner, a.Owner != ""
	case "plan":
		return a.Plan, a.Plan != ""
	}
	var at any = a.Fields
	for _, part := range splitPath(path) {
		m, isMap := at.(map[string]any)
		if !isMap {
			return nil, false
		}
		if at, ok = m[part]; !ok {
			return nil, false
		}
	}
	return at, at != nil
}

// Strings returns the list at a dotted path, nil when there is none.
func (a *Account) Strings(path string) []string {
	v, _ := a.Field(path)
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	case string:
		return []string{v}
	}
	return nil
}

func splitPath(path string) []string {
	var parts []string
	start := 0
	for i := 0; i <= len(path); i++ {
		if i == len(path) || path[i] == '.' {
			parts = append(parts, path[start:i])
			start = i + 1
		}
	}
	return parts
}

// CheckOutcome is three-valued: what could not be seen is unknown, never fail.
type CheckOutcome string

// The outcomes of a check.
const (
	Pass    CheckOutcome = "pass"
	Fail    CheckOutcome = "fail"
	Unknown CheckOutcome = "unknown"
)

// CheckResult is what one check saw for one step and one binding of inputs.
type CheckResult struct {
	Check     string            `json:"check"`     // account.field, dns.cname, tls.certificate, http.forwards
	Matter    string            `json:"matter"`    // id of the matter it was run for
	Procedure string            `json:"procedure"` // id
	Step      string            `json:"step"`      // id
	Inputs    map[string]string `json:"inputs"`    // the binding
	Params    map[string]string `json:"params"`    // the check's parameters after binding
	Outcome   CheckOutcome      `json:"outcome"`
	// State names what the target looks like: for names direct flattened
	// proxied wrong_target missing stale inconsistent could_not_check; for
	// certificates valid expired wrong_name self_signed untrusted none ...
	State      string            `json:"state"`
	Expected   string            `json:"expected"` // in plain words or values, never a secret
	Seen       string            `json:"seen"`     // the same, as observed
	Code       string            `json:"code"`     // the sentence's key in the catalogue, such as "check.dns.direct"
	CodeParams map[string]string `json:"code_params"`
	Evidence   []string          `json:"evidence"` // raw lines: records with TTL, chain, status line
	ObservedAt time.Time         `json:"observed_at"`
	ExpiresAt  time.Time         `json:"expires_at"`
	TookMS     int64             `json:"took_ms"`
}

// StepCheck is a step's whole check expression, composed from its results in
// three-valued logic.
type StepCheck struct {
	Step    string            `json:"step"`
	Inputs  map[string]string `json:"inputs"`
	Outcome CheckOutcome      `json:"outcome"`
	Results []CheckResult     `json:"results"`
}
