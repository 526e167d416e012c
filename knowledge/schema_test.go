package knowledge_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"readback/examples"
	"readback/knowledge"
)

// Schema, loader and manual know the same keys.
func TestSchemaLoaderAndManualAgree(t *testing.T) {
	var schema struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	data, err := os.ReadFile("../docs/procedure.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../docs/procedures.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		of     any
		schema map[string]any // nil: the manual only
	}{
		{knowledge.Procedure{}, schema.Properties},
		{knowledge.Step{}, schema.Defs["step"].Properties},
		{knowledge.Input{}, schema.Defs["input"].Properties},
		{knowledge.Translation{}, nil},
		{knowledge.StepTr{}, nil},
		{knowledge.Change{}, nil},
		{knowledge.Article{}, nil},
	} {
		var keys []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(tc.of)) {
			if key := f.Tag.Get("yaml"); key != "-" && key != "" {
				keys = append(keys, key)
				if !strings.Contains(string(manual), "`"+key+"`") {
					t.Errorf("docs/procedures.md does not tell of %T's %s", tc.of, key)
				}
			}
		}
		if tc.schema == nil {
			continue
		}
		var known []string
		for key := range tc.schema {
			known = append(known, key)
		}
		slices.Sort(keys)
		slices.Sort(known)
		if !slices.Equal(keys, known) {
			t.Errorf("%T: the loader knows %v, the schema %v", tc.of, keys, known)
		}
	}
}

func TestExamplesFitTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../docs/procedure.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	fits := func(text string) error {
		front, _, _ := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
		asJSON, err := yaml.YAMLToJSON([]byte(front))
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	names, err := fs.Glob(examples.Sendline(), "procedures/*.md")
	if err != nil || len(names) < 12 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if strings.Count(name, ".") > 1 {
			continue // a translation
		}
		text, err := fs.ReadFile(examples.Sendline(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]string{
		"unknown key": "---\ntitle: A\ntilte: B\n---\n", "actor": "---\ntitle: A\nsteps: [{id: s, title: S, by: robot}]\n---\n",
		"check": step("check: {a: {}, b: {}}"), "condition": step("when: {plan: {in: [x]}}"), "operator": step("when: {account.plan: {is: x}}"),
	} {
		if fits(bad) == nil {
			t.Errorf("%s: the schema takes what the loader refuses", name)
		}
	}
}

// The manual's own examples load.
func TestExamplesOfTheManualLoad(t *testing.T) {
	manual, err := os.ReadFile("../docs/procedures.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	var block strings.Builder
	for line := range strings.Lines(string(manual)) {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			block.WriteString(code)
			continue
		}
		if strings.HasPrefix(block.String(), "---\n") {
			blocks = append(blocks, block.String())
		}
		block.Reset()
	}
	if len(blocks) != 3 {
		t.Fatalf("%d examples", len(blocks))
	}
	files := workspaceOf("", "workspace.yaml", "tiers: [{id: l1, capabilities: [link-branding.https]}]\n",
		"procedures/stub.md", blocks[0], "procedures/https-click-tracking.md", strings.Replace(blocks[1], "---\n", "---\nid: https-click-tracking\n", 1),
		"procedures/https-click-tracking.pl.md", blocks[2])
	w, err := knowledge.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if w.Procedure("stub").Status != knowledge.Stub || w.Procedure("https-click-tracking").StepTitle("brand-link", "pl") != "Skieruj domenę linków na Sendline" {
		t.Errorf("%+v", w.Procedures)
	}
}
