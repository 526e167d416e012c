package triage

import (
	"testing"
	"testing/fstest"

	"readback/knowledge"
)

// A procedure may be of any kind of matter, and of no other.
func TestProcedureKinds(t *testing.T) {
	for _, kind := range append([]Kind{"sold"}, Kinds...) {
		_, err := knowledge.Load(fstest.MapFS{
			"workspace.yaml":  {Data: []byte("tiers: [{id: l1}]\n")},
			"procedures/a.md": {Data: []byte("---\nid: a\ntitle: A\nkind: " + string(kind) + "\n---\n")},
		})
		if (err == nil) != (kind != "sold") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
