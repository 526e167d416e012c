package route

import (
	"testing"

	"readback/triage"
)

func TestSameMatter(t *testing.T) {
	https := func(domains ...string) triage.Result {
		return triage.Result{Matters: []triage.Matter{{Kind: triage.KindSetup, Procedure: "https-click-tracking", Inputs: map[string][]string{"link_domain": domains}}}}
	}
	free := func(kind triage.Kind, request string, entities ...triage.Entity) triage.Result {
		return triage.Result{Matters: []triage.Matter{{Kind: kind}}, Brief: triage.Brief{Language: "en", Request: triage.Request{Text: request}, Entities: entities}}
	}
	order := triage.Entity{Kind: "order", Value: "A-10423"}
	for _, c := range []struct {
		name string
		a, b triage.Result
		want bool
	}{
		{"one procedure, one domain", https("a.example", "b.example"), https("b.example"), true},
		{"one procedure, one has not said which domain", https("a.example"), https(), true},
		{"one procedure, other domains", https("a.example"), https("c.example"), false},
		{"a procedure and none", https("a.example"), free(triage.KindSetup, "Please switch on HTTPS links"), false},
		{"one order", free(triage.KindBilling, "Where is my order", order), free(triage.KindBilling, "Still waiting", order), true},
		{"another order", free(triage.KindBilling, "Where is my order", order), free(triage.KindBilling, "Still waiting", triage.Entity{Kind: "order", Value: "A-10422"}), false},
		{"one address is no matter", free(triage.KindOther, "Hello there", triage.Entity{Kind: "email", Value: "a@b.example"}), free(triage.KindOther, "Something else", triage.Entity{Kind: "email", Value: "a@b.example"}), false},
		{"the same words", free(triage.KindBroken, "The export of the monthly report stops at 40 percent"), free(triage.KindBroken, "export of our monthly report stops"), true},
		{"the same words of another kind", free(triage.KindBroken, "The export of the monthly report stops at 40 percent"), free(triage.KindFeedback, "export of our monthly report stops"), false},
		{"two short words", free(triage.KindBroken, "Report export"), free(triage.KindBroken, "Report export"), false},
		{"other words", free(triage.KindBroken, "The export of the monthly report stops"), free(triage.KindBroken, "Nobody can sign in since this morning"), false},
		{"spam", free(triage.KindSpam, "Buy cheap links here now", order), free(triage.KindSpam, "Buy cheap links here now", order), false},
		{"nothing read", triage.Result{}, triage.Result{}, false},
	} {
		if got := SameMatter(&c.a, &c.b); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
		if got := SameMatter(&c.b, &c.a); got != c.want {
			t.Errorf("%s, turned round: got %v", c.name, got)
		}
	}
}
