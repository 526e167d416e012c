package triage_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"readback/triage"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestViewGolden holds the public JSON of a ticket: a change of the core types
// shows here, and stored briefs need a migration in the same commit.
func TestViewGolden(t *testing.T) {
	at := time.Date(2026, 11, 20, 14, 2, 0, 0, time.UTC)
	domain := map[string]string{"link_domain": "link.foxglove.example"}
	ev := []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, MessageID: "msg_1", Start: 0, End: 21, Quote: "click tracking is on."}}
	position := triage.Position{Inputs: domain, Effort: triage.EffortExhausted,
		Steps: []triage.StepPosition{{ID: "tracking-on", By: "customer", State: triage.StepVerified, Basis: triage.Seen, Claimed: triage.ClaimDone, SaidBy: triage.RoleAgent, Disputed: true, Check: triage.Pass}},
		Next:  &triage.Next{Step: "switch-on", By: "staff", Capability: "link-branding.https"}}
	route := triage.Route{Action: triage.Assign, Tier: "l2", Confidence: 0.9,
		Reasons: []triage.Reason{{Code: "route.staff_next", Params: map[string]string{"step": "switch-on"}, Text: "..."}}}
	ticket := &triage.Ticket{ID: "tkt_1", Subject: "HTTPS", Channel: triage.ChannelChat, State: triage.StateOpen, LastSeq: 1, Triaged: 1,
		Messages: []triage.Message{{ID: "msg_1", Seq: 1, Role: triage.RoleCustomer, Channel: triage.ChannelChat, Text: "click tracking is on.",
			Events: []triage.Event{{Kind: triage.EventChecked, URL: "/help/https-click-tracking", Procedure: "https-click-tracking", Inputs: domain,
				Outcomes: map[string]triage.CheckOutcome{"tracking-on": triage.Pass}, At: at}}}}}
	result := &triage.Result{TicketID: "tkt_1", Version: 1, CoveredSeq: 1, At: at, Lab: true, Workspace: "w", Policy: "p",
		Facts: triage.Facts{Device: []triage.DeviceFact{{Kind: triage.EnvBrowser, Value: "Firefox 128", Source: "user_agent"}},
			Account: &triage.Account{ID: "acc-1001", Owner: "ops@foxglove.example", Plan: "pro", MatchedBy: "account_id", Source: "accounts.yaml", ObservedAt: at},
			Checks: []triage.CheckResult{{Check: "account.field", Matter: "m1", Procedure: "https-click-tracking", Step: "tracking-on", Inputs: domain,
				Outcome: triage.Pass, State: "equal", Expected: "true", Seen: "true", Code: "check.account.equal", ObservedAt: at, ExpiresAt: at, TookMS: 3}}},
		Brief: triage.Brief{Language: "en", Summary: "s", Urgency: triage.UrgencyNormal, Tone: "calm", Kind: triage.KindSetup,
			Request: triage.Request{Text: "HTTPS, please", Evidence: ev}, NeedsStaff: true,
			Claims: []triage.Claim{{ID: "c1", Matter: "m1", Step: "tracking-on", State: triage.ClaimDone, Verdict: triage.VerdictVerified, What: "w", Evidence: ev},
				{ID: "c2", Matter: "m1", State: triage.ClaimPlanned, Disputes: "cor_1", Evidence: ev},
				{ID: "c3", Matter: "m1", State: triage.ClaimDone, Verdict: triage.VerdictUnverifiable, Evidence: []triage.Evidence{
					{Kind: triage.EvidenceQuote, Message: 1, MessageID: "msg_1", End: 5, Quote: "click", Said: triage.ClaimPlanned}, ev[0]}},
				{ID: "cor_1", Matter: "m1", Step: "tracking-on", State: triage.ClaimDone, Verdict: triage.VerdictVerified,
					Evidence: []triage.Evidence{{Kind: triage.EvidenceCorrection, Correction: "cor_1", By: triage.RoleAgent}}}},
			Documents:   []triage.Document{{URL: "https://help.sendline.example/x", Title: "t", Topic: "https-click-tracking", Evidence: ev}},
			Environment: []triage.EnvItem{{Kind: triage.EnvCDN, Value: "Cloudflare", Evidence: ev}},
			Symptoms:    []triage.Symptom{{Text: "x", Evidence: ev}},
			Entities:    []triage.Entity{{Kind: "domain", Value: "link.foxglove.example", Evidence: ev}},
			Attachments: []triage.AttachmentNote{{Name: "a.png"}}, Questions: []string{"q"}, Flags: []triage.Flag{triage.FlagUnread}},
		Matters: []triage.Matter{{ID: "m1", Kind: triage.KindSetup, Procedure: "https-click-tracking",
			Read:   &triage.MatterRead{Kind: triage.KindOther},
			Inputs: map[string][]string{"link_domain": {"link.foxglove.example"}}, Asks: []string{"switch-on"}, Positions: []triage.Position{position}, Route: route}},
		Position: &triage.LeadingPosition{Matter: "m1", Procedure: "https-click-tracking", Position: position},
		Route:    route, Effort: triage.EffortExhausted,
		Extractor:   triage.ExtractorInfo{Name: "llm", Model: "m", Prompt: "v1 0123456789ab", Usage: triage.Usage{PromptTokens: 10, CompletionTokens: 2, CostUSD: 0.01}, LatencyMS: 5},
		Retrieval:   &triage.RetrievalInfo{Model: "e", Failure: "timeout", Usage: triage.Usage{PromptTokens: 7, Unpriced: true}, LatencyMS: 3},
		Similar:     []triage.Similar{{Ticket: "tkt_9", Score: 0.7}},
		Corrections: []string{"cor_1"}}
	ticket.Corrections = []triage.Correction{{ID: "cor_1", TicketID: "tkt_1", What: triage.WhatState, Matter: "m1", Step: "tracking-on", Inputs: domain,
		Value: "done", Procedure: "https-click-tracking", Who: "lee", Role: triage.RoleAgent, At: at},
		{ID: "cor_2", TicketID: "tkt_1", What: triage.WhatClaim, Anchor: triage.Anchor{MessageID: "msg_1", End: 5}, Item: "brand-link", Value: triage.NotSo, Who: "lee", Role: triage.RoleAgent, At: at}}
	view := triage.NewView(ticket, result)
	golden(t, "testdata/view.golden.json", &view)
	golden(t, "testdata/result.golden.json", result)

	// A ticket that waits for its first triage has no brief, and empty arrays, not null.
	waiting := triage.NewView(ticket, nil)
	data, err := triage.JSON(&waiting)
	if err != nil || bytes.Contains(data, []byte(`"matters":null`)) {
		t.Errorf("%v %s", err, data)
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	data, err := triage.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	if *update {
		if err := os.WriteFile(name, indented.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(indented.Bytes(), want) {
		t.Errorf("%s differs; when that is meant, run with -update and write a migration for stored briefs:\n%s", name, indented.Bytes())
	}
}
