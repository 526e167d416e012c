package examples_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"readback/examples"
	"readback/knowledge"
)

type item struct {
	Status  string `json:"status"`
	Quote   string `json:"quote"`
	Message int    `json:"message"`
}

type thread struct {
	ID       string
	Messages []struct {
		N          int
		Role, Text string
	}
	Done        []item
	NotDone     []item `json:"not_done_or_planned"`
	Docs        []item `json:"docs_consulted"`
	Environment []item
	Errors      []item
	Diligence   string
	Input       json.RawMessage
	Expect      *struct {
		Procedure, PositionNext *string
		Action, Tier            string
	}
}

// TestThreads keeps the labels true: quotes stand in the messages that they
// name, and routes name procedures and tiers of the workspace.
func TestThreads(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for name, lines := range map[string]int{"shaping": 37, "held-out": 23, "sendline-shaping": 78, "sendline-held-out": 27, "sendline-unseen": 40} {
		f, err := os.Open("threads/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		n := 0
		for in := bufio.NewScanner(f); in.Scan(); n++ {
			var th thread
			if err := json.Unmarshal(in.Bytes(), &th); err != nil || th.ID == "" || ids[th.ID] {
				t.Fatalf("%s line %d: %q twice, or %v", name, n+1, th.ID, err)
			}
			ids[th.ID] = true
			checkLabels(t, &th)
			if (th.Expect == nil) != (th.Input == nil) || (th.Expect == nil) == (th.Messages == nil) {
				t.Errorf("%s: wants messages with labels, or input with expect", th.ID)
			}
			if e := th.Expect; e != nil && (e.Tier != "" && w.Tier(e.Tier) == nil || e.Procedure != nil && w.Procedure(*e.Procedure) == nil) {
				t.Errorf("%s: expects %+v", th.ID, e)
			}
		}
		if n != lines {
			t.Errorf("%s has %d lines, want %d", name, n, lines)
		}
	}
}

func checkLabels(t *testing.T, th *thread) {
	t.Helper()
	for i, m := range th.Messages {
		if m.N != i+1 || m.Role != "customer" && m.Role != "agent" {
			t.Errorf("%s: message %d is %d, %s", th.ID, i+1, m.N, m.Role)
		}
	}
	for _, list := range [][]item{th.Done, th.NotDone, th.Docs, th.Environment, th.Errors} {
		for _, it := range list {
			if it.Message < 1 || it.Message > len(th.Messages) || it.Quote == "" || !strings.Contains(th.Messages[it.Message-1].Text, it.Quote) {
				t.Errorf("%s: %q is not in message %d", th.ID, it.Quote, it.Message)
			}
		}
	}
	for _, d := range th.Done {
		if !strings.Contains(" done tried_failed claimed_working ", " "+d.Status+" ") {
			t.Errorf("%s: status %q", th.ID, d.Status)
		}
	}
	if th.Messages != nil && !strings.Contains(" exhausted partial not_tried ", " "+th.Diligence+" ") {
		t.Errorf("%s: diligence %q", th.ID, th.Diligence)
	}
}
