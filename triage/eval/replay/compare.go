package replay

import (
	"encoding/json"
	"io"

	"readback/triage"
)

// Comparison is two replays of the same tickets side by side.
type Comparison struct {
	A     *Report        `json:"a"`
	B     *Report        `json:"b"`
	Both  int            `json:"both"`   // tickets that were read in both
	OnlyA int            `json:"only_a"` // and in one of them alone
	OnlyB int            `json:"only_b"`
	By    map[string]int `json:"differ_by"` // of the differences, in what
	Rows  []Difference   `json:"rows"`      // whose outcomes differ, in the order of B
	// Better and worse by what people said: right in B and wrong in A, and the reverse.
	Mended int `json:"mended"`
	Broken int `json:"broken"`
}

// Difference is a ticket that ends otherwise in the two.
type Difference struct {
	A       *Row     `json:"a"`
	B       *Row     `json:"b"`
	Changed []string `json:"changed"`
}

// Compare lays two reports side by side, by ticket.
func Compare(a, b *Report) *Comparison {
	c := &Comparison{A: a, B: b, By: map[string]int{ChangedAction: 0, ChangedTier: 0, ChangedProcedure: 0, ChangedStep: 0}}
	was := map[string]*Row{}
	for i := range a.Rows {
		if row := &a.Rows[i]; row.Unread == "" {
			was[row.Ticket] = row
		}
	}
	for i := range b.Rows {
		is := &b.Rows[i]
		before := was[is.Ticket]
		switch {
		case is.Unread != "":
			continue
		case before == nil:
			c.OnlyB++
			continue
		}
		c.Both++
		if before.Verdict == Wrong && is.Verdict == Right {
			c.Mended++
		}
		if before.Verdict == Right && is.Verdict == Wrong {
			c.Broken++
		}
		if changed := Changes(before.Now, is.Now); len(changed) > 0 {
			c.Rows = append(c.Rows, Difference{before, is, changed})
			for _, what := range changed {
				c.By[what]++
			}
		}
	}
	c.OnlyA = len(was) - c.Both
	return c
}

// maxReport bounds a saved report, in bytes.
const maxReport = 256 << 20

// Read reads a report, or the newer one of a comparison, that was saved as JSON. Errors: Invalid for anything else.
func Read(r io.Reader) (*Report, error) {
	var out struct {
		Report
		B *Report `json:"b"` // of a comparison: the newer of its two
	}
	data, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	switch {
	case err != nil:
		return nil, triage.Errorf(triage.Invalid, "it cannot be read: %v", err)
	case len(data) > maxReport:
		return nil, triage.Errorf(triage.TooLarge, "it is larger than %d MB", maxReport>>20)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, triage.Errorf(triage.Invalid, "it is no replay that was saved with --json: %v", err)
	}
	if out.B != nil {
		out.Report = *out.B
	}
	if out.Rows == nil || out.Subject.Reader == "" {
		return nil, triage.Errorf(triage.Invalid, "it is no replay that was saved with --json: it has no rows, or does not say who read them")
	}
	for i := range out.Rows {
		if row := &out.Rows[i]; row.Ticket == "" || row.Unread == "" && len(row.Points) == 0 {
			return nil, triage.Errorf(triage.Invalid, "it is no replay that was saved with --json: row %d has no ticket or no points", i+1)
		}
	}
	return &out.Report, nil
}
