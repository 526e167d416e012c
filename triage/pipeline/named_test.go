package pipeline

import (
	"slices"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
)

func TestHoldsName(t *testing.T) {
	for text, want := range map[string]bool{
		"need https on link.kale.example, please": true,
		"link.kale.example.":                      true,
		"(link.kale.example)":                     true,
		"https://link.kale.example/offer":         true,
		"on link.kale.example。":                   true,
		"my.link.kale.example":                    false,
		"link.kale.example.com":                   false,
		"write to a@link.kale.example":            false,
		"hardlink.kale.example and so on":         false,
		"xlink.kale.example, link.kale.example":   true,
		"":                                        false,
	} {
		if got := holdsName(text, "link.kale.example"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A procedure of whose input the ticket holds the account's value becomes a
// candidate; what the account has and nobody wrote stays out.
func TestNamed(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	p := &Pipeline{Workspace: w}
	account := &triage.Account{Fields: map[string]any{"link_domains": []any{"link.kale.example"}, "domains": []any{"kale.example"}}}
	full := w.Procedures[:candidates]
	for _, tc := range []struct {
		text    string
		account *triage.Account
		want    []string
	}{
		{"Link.Kale.Example needs TLS", account, []string{"https-click-tracking"}},
		{"mail of kale.example", account, []string{"dmarc-alignment", "domain-authentication", "inbound-parse"}},
		{"hello", account, nil},
		{"link.kale.example", nil, nil},
	} {
		in := triage.Reading{Candidates: slices.Clone(full)}
		p.named(&in, tc.text, tc.account)
		slices.Sort(in.Named)
		if !slices.Equal(in.Named, tc.want) {
			t.Errorf("%q: %v, want %v", tc.text, in.Named, tc.want)
		}
		for _, id := range tc.want {
			if !slices.ContainsFunc(in.Candidates, func(c knowledge.Procedure) bool { return c.ID == id }) {
				t.Errorf("%q: %s is no candidate", tc.text, id)
			}
		}
		if len(in.Candidates) > candidates {
			t.Errorf("%q: %d candidates", tc.text, len(in.Candidates))
		}
	}
}
