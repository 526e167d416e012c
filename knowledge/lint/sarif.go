package lint

import "path"

// SARIF 2.1.0 (OASIS), as far as code hosts and editors read it.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver struct {
			Name    string      `json:"name"`
			Version string      `json:"version"`
			Rules   []sarifRule `json:"rules"`
		} `json:"driver"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region struct {
				Line   int `json:"startLine"`
				Column int `json:"startColumn"`
			} `json:"region"`
		} `json:"physicalLocation"`
		Message *sarifText `json:"message,omitempty"`
	}
)

// SARIF is the findings as a SARIF 2.1.0 log, to be written as JSON. Paths are
// relative to the workspace.
func SARIF(found []Finding, version string) any {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver.Name, run.Tool.Driver.Version, run.Tool.Driver.Rules = "readback kb lint", version, []sarifRule{}
	index := map[string]int{}
	for _, f := range found {
		if _, ok := index[f.Rule]; !ok {
			index[f.Rule] = len(index)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{f.Rule})
		}
		r := sarifResult{RuleID: f.Rule, RuleIndex: index[f.Rule], Level: string(f.Severity), Message: sarifText{f.Message + ". " + f.Fix},
			Locations: []sarifLocation{sarifPlace(Place{File: f.File, Line: f.Line, Column: f.Column})}}
		for _, p := range f.Related {
			r.Related = append(r.Related, sarifPlace(p))
		}
		run.Results = append(run.Results, r)
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

func sarifPlace(p Place) sarifLocation {
	var l sarifLocation
	l.Physical.Artifact.URI = path.Clean(p.File)
	l.Physical.Region.Line, l.Physical.Region.Column = max(1, p.Line), max(1, p.Column)
	if p.Message != "" {
		l.Message = &sarifText{p.Message}
	}
	return l
}
