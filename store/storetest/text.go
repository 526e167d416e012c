package storetest

import (
	"fmt"
	"strings"
	"testing"

	"readback/triage"
)

// TextIsStorable: text that no engine can hold is made valid, the rest is kept
// byte by byte, in every field.
func TextIsStorable(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	for in, want := range map[string]string{
		"a\x00b":                                        "a b",
		"lone \xed\xa0\xbd surrogate":                   "lone \uFFFD surrogate",
		"bad \xff\xfe bytes":                            "bad \uFFFD bytes",
		"שלום \u202Eabc\u202C مرحبا":                    "שלום \u202Eabc\u202C مرحبا",
		"<script>alert('1')</script>?":                  "<script>alert('1')</script>?",
		"e\u0301 \U0001F469\u200D\U0001F680 \r\n\t end": "e\u0301 \U0001F469\u200D\U0001F680 \r\n\t end",
		"": "",
	} {
		msg := inbound("", "")
		msg.Subject, msg.Raw, msg.RawType = in, []byte(in), in
		msg.Customer = triage.Customer{ID: in, Email: in, Name: in, AccountID: in}
		m := &msg.Messages[0]
		m.Text, m.ExternalID, m.PageURL = in, in, in
		m.Device = triage.Device{UserAgent: in, Hints: map[string]string{in: in}}
		m.Attachments = []triage.Attachment{{Name: in, Type: in}}
		r := receive(t, s, msg)
		got := ticket(t, s, r.TicketID)
		equal(t, "text", got.Messages[0].Text, want)
		equal(t, "subject", got.Subject, want)
		equal(t, "customer", got.Customer, triage.Customer{ID: want, Email: want, Name: want, AccountID: want})
		equal(t, "user agent", got.Messages[0].Device, triage.Device{UserAgent: want, Hints: map[string]string{want: want}})
		equal(t, "attachments", got.Messages[0].Attachments, []triage.Attachment{{Name: want, Type: want}})
		raw, _, err := s.Raw(t.Context(), r.MessageIDs[0])
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "raw", string(raw), in)
	}
}

// LongMessage stores 1 MB of text and its raw bytes.
func LongMessage(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	in := inbound("conv", "m1")
	in.Messages[0].Text = strings.Repeat("0123456789abcdeé", 1<<16)
	in.Raw = []byte(in.Messages[0].Text)
	r := receive(t, s, in)
	if ticket(t, s, r.TicketID).Messages[0].Text != in.Messages[0].Text {
		t.Error("the text changed")
	}
}

// LongThread stores 2,000 messages in one ticket, half of them one by one.
func LongThread(t *testing.T, db Database) {
	const n = 1000
	s := open(t, db, newClock().options())
	in := inbound("conv", "all")
	for i := range n - 1 {
		in.Messages = append(in.Messages, message(fmt.Sprint("text ", i)))
	}
	id := receive(t, s, in).TicketID
	for i := range n {
		receive(t, s, inbound("conv", fmt.Sprint("m", i)))
	}
	got := ticket(t, s, id)
	equal(t, "messages", len(got.Messages), 2*n)
	equal(t, "last", got.Messages[2*n-1].Text, fmt.Sprint("text of m", n-1))
}
