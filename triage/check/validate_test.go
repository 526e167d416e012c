package check

import (
	"strings"
	"testing"

	"readback/examples"
	"readback/knowledge"
)

func TestPrepare(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	if err := Prepare(w); err != nil {
		t.Errorf("the example: %v", err)
	}
	w.Procedures = append(w.Procedures, knowledge.Procedure{File: "procedures/z.md", Steps: []knowledge.Step{{ID: "s",
		Check: &knowledge.Check{All: []knowledge.Check{{Name: "dns.cnam"}}}}}})
	if err := Prepare(w); err == nil || !strings.Contains(err.Error(), `procedures/z.md: step s: there is no check "dns.cnam"`) {
		t.Errorf("a misspelt check: %v", err)
	}
}
