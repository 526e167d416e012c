package pipeline_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"readback/knowledge"
	"readback/triage"
)

const (
	oldPage = "https://docs.sendline.example/ssl-for-links"
	newPage = "https://help.sendline.example/https-click-tracking"
)

// Pages that somebody opened count as documents consulted, once each, when it
// is said who they are; pages that are no help pages do not.
func TestOpenedPagesAreDocuments(t *testing.T) {
	opened := func(urls ...string) (out []triage.Event) {
		for _, u := range urls {
			out = append(out, triage.Event{Kind: triage.EventOpened, URL: u})
		}
		return out
	}
	for name, tc := range map[string]struct {
		message triage.Message
		quoted  bool // the customer also names the page
		want    []string
	}{
		"written from the page": {triage.Message{Identity: triage.IdentityClaimed, PageURL: newPage + "?from=menu#certificate"}, false, []string{newPage}},
		"an older address":      {triage.Message{Identity: triage.IdentityVerified, PageURL: oldPage}, false, []string{newPage}},
		"a page of this desk":   {triage.Message{Identity: triage.IdentityClaimed, PageURL: "https://desk.example/help/dedicated-ip/"}, false, []string{"https://help.sendline.example/dedicated-ip"}},
		"several, one of them twice": {triage.Message{Identity: triage.IdentityClaimed, PageURL: newPage, Events: opened(oldPage, "/help/dedicated-ip", newPage)}, false,
			[]string{newPage, "https://help.sendline.example/dedicated-ip"}},
		"named in words too":    {triage.Message{Identity: triage.IdentityClaimed, PageURL: newPage}, true, []string{oldPage}},
		"nobody knows who":      {triage.Message{Identity: triage.IdentityNone, PageURL: newPage, Events: opened(oldPage)}, false, nil},
		"no help page":          {triage.Message{Identity: triage.IdentityClaimed, PageURL: "https://app.sendline.example/settings", Events: opened("", "javascript:x", "/help/none", "/help/")}, false, nil},
		"an agent's own screen": {triage.Message{Role: triage.RoleAgent, Identity: triage.IdentityClaimed, PageURL: newPage}, false, nil},
	} {
		in := proposal()
		tk := ticket("We followed " + oldPage)
		if tc.quoted {
			in.Documents = []triage.ProposedDocument{{URL: oldPage, Topic: https, Quotes: quote(1, oldPage)}}
		}
		m := &tk.Messages[0]
		m.Identity, m.PageURL, m.Events = tc.message.Identity, tc.message.PageURL, tc.message.Events
		if tc.message.Role != "" {
			m.Role = tc.message.Role
		}
		r, err := newPipeline(t, saying{proposal: in}, caseZeroSeen).Triage(context.Background(), tk, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range r.Brief.Documents {
			got = append(got, d.URL)
			event := triage.Evidence{Kind: triage.EvidenceEvent, Message: 1, MessageID: "msg1"}
			if !slices.Contains(d.Evidence, event) || len(d.Evidence) > 2 || tc.quoted != (len(d.Evidence) == 2) {
				t.Errorf("%s: evidence %+v", name, d.Evidence)
			}
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// Who had their setup checked need not say again what it is about: the ticket
// starts at that procedure and those inputs, and is looked at. Words win.
func TestCheckedSetupBinds(t *testing.T) {
	const domain = "link.elsewhere.example"
	checked := triage.Event{Kind: triage.EventChecked, Procedure: https, Inputs: map[string]string{"link_domain": domain, "made_up": "x"}}
	for name, tc := range map[string]struct {
		matter    triage.ProposedMatter
		procedure string
		inputs    []string
	}{
		"a few words":         {triage.ProposedMatter{Kind: triage.KindOther}, https, []string{domain}},
		"a fault":             {triage.ProposedMatter{Kind: triage.KindBroken}, https, []string{domain}},
		"money is money":      {triage.ProposedMatter{Kind: triage.KindBilling}, "", nil},
		"another procedure":   {triage.ProposedMatter{Kind: triage.KindSetup, Procedure: "dedicated-ip"}, "dedicated-ip", nil},
		"another domain said": {triage.ProposedMatter{Kind: triage.KindSetup, Procedure: https, Inputs: map[string][]string{"link_domain": {"link.said.example"}}}, https, []string{"link.said.example"}},
	} {
		in := triage.Proposal{Language: "en", Confidence: 0.9, Matters: []triage.ProposedMatter{tc.matter}, Info: triage.ExtractorInfo{Name: "llm"}}
		tk := ticket("It still does not work")
		tk.Customer = triage.Customer{Email: "new@elsewhere.example"}
		tk.Messages[0].Identity, tk.Messages[0].Events = triage.IdentityClaimed, []triage.Event{checked}
		r, err := newPipeline(t, saying{proposal: in}, caseZeroSeen).Triage(context.Background(), tk, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := r.Matters[0]
		if m.Procedure != tc.procedure || !reflect.DeepEqual(m.Inputs["link_domain"], tc.inputs) || m.Inputs["made_up"] != nil {
			t.Errorf("%s: %s with %v", name, m.Procedure, m.Inputs)
		}
		if tc.procedure == https && (len(m.Positions) != 1 || m.Positions[0].Step("certificate").State != triage.StepVerified) {
			t.Errorf("%s: not looked at: %+v", name, m.Positions)
		}
	}
}

// A page that was opened brings its procedure before the extractor.
func TestOpenedPageIsACandidate(t *testing.T) {
	var got []knowledge.Procedure
	reads := extracting(func(in triage.Reading) { got = in.Candidates })
	tk := ticket("Nothing works")
	tk.Messages[0].Identity, tk.Messages[0].PageURL = triage.IdentityClaimed, "https://desk.example/help/"+https
	if _, err := newPipeline(t, reads, caseZeroSeen).Triage(context.Background(), tk, nil); err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 || got[0].ID != https {
		t.Errorf("candidates %d", len(got))
	}
}

// extracting is an extractor that shows what it was given and says nothing.
type extracting func(triage.Reading)

func (x extracting) Extract(_ context.Context, in triage.Reading) (triage.Proposal, error) {
	x(in)
	return triage.Proposal{}, nil
}
