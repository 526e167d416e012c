package knowledge_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"readback/knowledge"
)

func files(procedures map[string]string) fstest.MapFS {
	out := fstest.MapFS{"workspace.yaml": {Data: []byte("name: X\ntiers: [{id: l1, capabilities: [fly]}]\n")}}
	for name, front := range procedures {
		out["procedures/"+name+".md"] = &fstest.MapFile{Data: []byte("---\n" + front + "\n---\n")}
	}
	return out
}

// The steps of prerequisites come first, each once, whatever the order of the
// files, with all that they refer to.
func TestPrerequisitesComeFirst(t *testing.T) {
	w, err := knowledge.Load(files(map[string]string{
		"a": `id: a
title: A
prerequisites: [b, c]
inputs: {d: {kind: domain, ask: Which of a?}}
steps: [{id: x, title: X, by: customer}, {id: last, title: L, by: staff, capability: fly}]`,
		"b": `id: b
title: B
prerequisites: [c]
inputs: {d: {kind: domain, ask: Which of b?}, e: {kind: text}}
steps:
  - {id: x, title: X of b, by: customer, one_of: g, check: {dns.cname: {name: "{e}"}}}
  - {id: y, title: Y, by: customer, replaces: [x], after: [x], one_of: g, when: {matter.asks: {in: [y]}}}`,
		"b.pl":    "title: Be\nsteps: {x: {title: Iks}}\ninputs: {e: Jakie?}",
		"c":       "id: c\ntitle: C\nprerequisites: [draft]\nsteps: [{id: z, title: Z, by: staff, capability: fly}]",
		"draft":   "id: draft\ntitle: D\nstatus: draft\nsteps: [{id: never, title: N, by: customer}]",
		"nothing": "id: nothing\ntitle: N\nprerequisites: [c]",
	}))
	if err != nil {
		t.Fatal(err)
	}
	ids := func(id string) string {
		var out []string
		for _, s := range w.Procedure(id).Steps {
			out = append(out, s.ID+"<"+s.Prerequisite)
		}
		return strings.Join(out, " ")
	}
	for id, want := range map[string]string{"a": "c/z<c b/x<b b/y<b x< last<", "b": "c/z<c x< y<", "c": "z<", "nothing": "c/z<c"} {
		if got := ids(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	a := w.Procedure("a")
	y := a.Step("b/y")
	if got := fmt.Sprintf("%v %v %s %v", y.Replaces, y.After, y.OneOf, y.When.Terms[0].Arg); got != "[b/x] [b/x] b/g [b/y]" {
		t.Errorf("b/y refers to %s", got)
	}
	if got := fmt.Sprint(w.Procedure("b").Step("y").When.Terms[0].Arg); got != "[y]" {
		t.Errorf("in its own procedure it refers to %s", got)
	}
	if a.Question("d", "en") != "Which of a?" || a.Question("e", "pl") != "Jakie?" || a.StepTitle("b/x", "pl") != "Iks" || a.StepTitle("b/x", "en") != "X of b" || a.TitleIn("pl") != "A" {
		t.Errorf("inputs %+v, translations %+v", a.Inputs, a.Translations)
	}
	if len(w.Procedure("b").Inputs) != 2 || len(a.Own()) != 2 || w.Procedure("nothing").Own() != nil {
		t.Error("a prerequisite changed")
	}
	if p, step := w.Home("a", "b/y"); p != w.Procedure("b") || step != "y" {
		t.Errorf("b/y is at home in %v as %s", p, step)
	}
	if p, step := w.Home("a", "x"); p != a || step != "x" {
		t.Errorf("x is at home in %v as %s", p, step)
	}
	if a.Capability() != "fly" || w.Procedure("nothing").Capability() != "" {
		t.Error("a procedure has the capabilities of its own steps")
	}
}

func TestPrerequisiteFaults(t *testing.T) {
	b := "id: b\ntitle: B\nprerequisites:\n  - a\ninputs: {d: {kind: url}}"
	for name, tc := range map[string]struct{ a, want string }{
		"does not exist": {"id: a\ntitle: A\nprerequisites:\n  - zz", `procedures/a.md:5:5: prerequisite "zz" does not exist`},
		"itself":         {"id: a\ntitle: A\nprerequisites: [a]", `procedures/a.md:4:17: prerequisites go in a circle: a needs a`},
		"a circle":       {"id: a\ntitle: A\nprerequisites: [b]", "procedures/a.md:4:17: prerequisites go in a circle: a needs b needs a\nprocedures/b.md:5:5: prerequisites go in a circle: b needs a needs b"},
		"another kind":   {"id: a\ntitle: A\ninputs: {d: {kind: domain}}", `procedures/b.md:5:5: the input d is of kind url here and of kind domain in the prerequisite "a"; one name is one value`},
		"a slash":        {"id: a\ntitle: A\nsteps: [{id: b/c, title: C, by: customer}]", `procedures/a.md:4:14: step id "b/c": use small letters, digits and hyphens`},
	} {
		_, err := knowledge.Load(files(map[string]string{"a": tc.a, "b": b}))
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: got  %v\nwant %s", name, err, tc.want)
		}
	}
}
