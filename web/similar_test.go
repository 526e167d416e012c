package web_test

import (
	"strings"
	"testing"

	"readback/triage"
)

// A ticket that no procedure fits shows the solved ones like it: on its page
// and in the API, with what solved them, as it is stored now.
func TestSimilarTickets(t *testing.T) {
	s := newSite(t, nil)
	old := caseZero()
	solved := s.triaged(t, old, caseZeroResult)
	reply := old
	reply.MessageKey, reply.Messages = "reply", []triage.Message{{Role: triage.RoleAgent, Channel: triage.ChannelChat, Text: "We have <b>switched</b> it on."}}
	s.triaged(t, reply, nil)
	s.save(t, solved, caseZeroResult)
	if err := s.store.SetState(t.Context(), solved, triage.StateResolved); err != nil {
		t.Fatal(err)
	}
	in := caseZero()
	in.TicketKey, in.MessageKey = "another", "another"
	id := s.triaged(t, in, func(tk *triage.Ticket) triage.Result {
		r := caseZeroResult(tk)
		r.Matters, r.Position = r.Matters[:0], nil
		r.Similar = []triage.Similar{{Ticket: solved, Score: 0.8}, {Ticket: "tkt_gone"}}
		return r
	})
	_, body := s.get(t, "/tickets/"+id)
	for _, want := range []string{"Solved tickets like this one", `href="/tickets/` + solved + `"`, "We have &lt;b&gt;switched&lt;/b&gt; it on.",
		"Solved by Engineering support", "What solved it was a step of ours: Switch the account to HTTPS links"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if status, body := s.call(t, "GET", "/api/v1/tickets/"+id, ""); status != 200 || !strings.Contains(body, `"answer":"We have`) && !strings.Contains(body, `"answer": "We have`) || strings.Contains(body, "tkt_gone") {
		t.Errorf("%d: the API tells %s", status, body[strings.Index(body, `"similar"`):])
	}
	if err := s.store.SetState(t.Context(), solved, triage.StateOpen); err != nil {
		t.Fatal(err)
	}
	if _, body := s.get(t, "/tickets/"+id); strings.Contains(body, "Solved tickets like this one") {
		t.Error("one that is open again is told as solved")
	}
}
