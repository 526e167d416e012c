package guard

import (
	"reflect"
	"testing"

	"readback/triage"
)

func TestSpare(t *testing.T) {
	tk := &triage.Ticket{LastSeq: 2, Customer: triage.Customer{Email: "ann@shop.example"}, Messages: []triage.Message{
		{ID: "a", Seq: 1, Role: triage.RoleCustomer, Text: "I have read https://docs.sendline.example/guide and use Firefox. The log is at https://shop.example/log.txt"},
		{ID: "b", Seq: 2, Role: triage.RoleAgent, Text: "Please see https://help.sendline.example/other"}}}
	r := &triage.Result{CoveredSeq: 2, Brief: triage.Brief{Language: "en",
		Environment: []triage.EnvItem{{Kind: triage.EnvBrowser, Value: "Firefox", Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, Start: 51, End: 58, Quote: "Firefox"}}}},
		Documents:   []triage.Document{{URL: "https://docs.sendline.example/guide", Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, Start: 12, End: 47, Quote: "https://docs.sendline.example/guide"}}}}},
		Facts: triage.Facts{Account: &triage.Account{ID: "acc-1", Plan: "pro"}}}
	got := New(nil).Spare(tk, r)
	want := Spared{Ask: []SparedFact{{"browser", []string{"Firefox"}}, {"plan", []string{"pro"}}, {"account", []string{"acc-1"}}},
		Send: []SparedPage{{"docs.sendline.example/guide", true}, {"help.sendline.example/other", false}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := New(nil).Spare(&triage.Ticket{}, nil); len(got.Ask)+len(got.Send) > 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
