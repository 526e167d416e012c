package channel_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"readback/channel"
	"readback/triage"
)

func TestParseInput(t *testing.T) {
	in, err := channel.ParseInput([]byte(`{
		"channel": "chat", "subject": "HTTPS links", "unknown": [1, {"deep": null}],
		"customer": {"email": "ops@foxglove.example", "name": "Ada", "account_id": "acc-1001"},
		"device": {"user_agent": "UA/1", "hints": {"Sec-CH-UA-Platform": "\"Linux\""}},
		"messages": [
			{"text": "All three steps are done.", "sent_at": "2026-11-20T10:00:00+01:00", "external_id": "x1", "attachments": [{"name": "a.png", "type": "image/png", "size": 12}]},
			{"role": "agent", "text": "Which browser?"},
			{"text": "Firefox", "user_agent": "UA/2", "channel": "email"}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	first, second, third := in.Messages[0], in.Messages[1], in.Messages[2]
	if first.Role != triage.RoleCustomer || first.Channel != triage.ChannelChat || first.Identity != triage.IdentityClaimed {
		t.Errorf("first message: %+v", first)
	}
	if want := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC); !first.SentAt.Equal(want) {
		t.Errorf("sent at %v, want %v", first.SentAt, want)
	}
	if first.Device.UserAgent != "UA/1" || first.Device.Hints["Sec-CH-UA-Platform"] != `"Linux"` {
		t.Errorf("the document's device did not reach the first message: %+v", first.Device)
	}
	if second.Identity != triage.IdentityNone || second.Device.UserAgent != "" {
		t.Errorf("an agent has the customer's device: %+v", second)
	}
	if third.Device.UserAgent != "UA/2" || third.Channel != triage.ChannelEmail {
		t.Errorf("third message: %+v", third)
	}
}

// A refusal names the field and says what it takes.
func TestParseInputRefusals(t *testing.T) {
	for body, want := range map[string]string{
		``:                          "the body is empty; send one JSON object",
		`[]`:                        "the document is not a JSON object",
		`{"messages":[`:             "the document is not valid JSON: unexpected end of JSON input at byte 13",
		`{}`:                        "messages is empty; give at least one message with a text",
		`{"messages":{}}`:           "messages is a object; it takes a list",
		`{"messages":[{}]}`:         "messages[0].text is missing; give the text of the message",
		`{"messages":["x"]}`:        "messages[0] is not a JSON object",
		`{"messages":[{"text":1}]}`: "messages[0].text is a number; it takes a string",
		`{"messages":[{"text":"x","role":"bot"}]}`:                      `messages[0].role is "bot"; use customer, agent or system`,
		`{"messages":[{"text":"x","channel":"fax"}]}`:                   `messages[0].channel is "fax"; use chat, email or api`,
		`{"messages":[{"text":"x","sent_at":"noon"}]}`:                  "messages[0].sent_at is not a time; write it as 2026-11-22T14:02:00Z (RFC 3339)",
		`{"messages":[{"text":"x","attachments":[{"size":-1}]}]}`:       "messages[0].attachments[0].size is negative; give the size in bytes",
		`{"messages":[{"text":"x","attachments":[{"size":"1"}]}]}`:      "messages[0].attachments.size is a string; it takes a whole number",
		`{"identity":"sure","messages":[{"text":"x"}]}`:                 `identity is "sure"; use none, claimed or verified`,
		`{"channel":"fax","messages":[{"text":"x"}]}`:                   `channel is "fax"; use chat, email or api`,
		`{"customer":"ops@foxglove.example","messages":[{"text":"x"}]}`: "customer is a string; it takes an object",
	} {
		_, err := channel.ParseInput([]byte(body))
		if triage.CodeOf(err) != triage.Invalid || triage.MessageOf(err) != want {
			t.Errorf("%s\n got  %v\n want %s", body, err, want)
		}
	}
}

func TestParseKeepsOddText(t *testing.T) {
	raw := "\ufeff" + `{"subject":"a\u0000b","messages":[{"text":"lone \ud800 surrogate, NUL \u0000, ` + "\xff" + `, \u202eRTL"}]}`
	in, err := channel.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := in.Messages[0].Text, "lone \ufffd surrogate, NUL  , \ufffd, \u202eRTL"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if in.Subject != "a b" {
		t.Errorf("subject %q", in.Subject)
	}
}

func TestParseMessages(t *testing.T) {
	one, err := channel.ParseMessages([]byte(`{"text":"still broken","external_id":"e1"}`))
	if err != nil || len(one.Messages) != 1 || one.Messages[0].ExternalID != "e1" || one.Messages[0].Channel != triage.ChannelAPI {
		t.Errorf("%+v, %v", one, err)
	}
	two, err := channel.ParseMessages([]byte(`{"channel":"email","messages":[{"text":"a"},{"text":"b","role":"agent"}]}`))
	if err != nil || len(two.Messages) != 2 || two.Messages[1].Channel != triage.ChannelEmail {
		t.Errorf("%+v, %v", two, err)
	}
	if _, err := channel.ParseMessages([]byte(`{"role":"customer"}`)); triage.MessageOf(err) != "text is missing; give the text of the message" {
		t.Error(err)
	}
}

func TestParseChat(t *testing.T) {
	c, err := channel.ParseChat([]byte(`{"conversation_id":"c1","message_id":"m1","text":"hi","customer":{"id":"u1"},"page_url":"https://x.example/","later":true}`))
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Input.Messages[0]; c.ConversationID != "c1" || c.MessageID != "m1" || m.Identity != triage.IdentityClaimed || m.PageURL == "" {
		t.Errorf("%+v", c)
	}
	anonymous, err := channel.ParseChat([]byte(`{"conversation_id":"c1","message_id":"m1","text":""}`))
	if err != nil || anonymous.Input.Identity != triage.IdentityNone {
		t.Errorf("%+v, %v", anonymous, err)
	}
	for body, want := range map[string]string{
		`{"message_id":"m","text":"x"}`:                            "conversation_id is missing; it tells which ticket the message belongs to",
		`{"conversation_id":"c","text":"x"}`:                       "message_id is missing; it lets a message be sent again without harm",
		`{"conversation_id":"c","message_id":"m"}`:                 "text is missing; give the text of the message",
		`{"conversation_id":7,"message_id":"m","text":"x"}`:        "conversation_id is a number; it takes a string",
		`{"conversation_id":"c","message_id":"m","text":["x"]}`:    "text is a array; it takes a string",
		`{"conversation_id":"c","message_id":"m","device":"mine"}`: "device is a string; it takes an object",
	} {
		if _, err := channel.ParseChat([]byte(body)); triage.MessageOf(err) != want {
			t.Errorf("%s\n got  %v\n want %s", body, err, want)
		}
	}
}

func FuzzParseInput(f *testing.F) {
	f.Add([]byte(`{"subject":"s","messages":[{"text":"x","role":"agent","sent_at":"2026-11-22T14:02:00Z"}]}`))
	f.Add([]byte(`{"messages":[{"text":"\ud800\u0000"}],"device":{"hints":{"a":"b"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := channel.ParseInput(raw)
		if err != nil {
			if triage.CodeOf(err) != triage.Invalid {
				t.Fatalf("%v is not Invalid", err)
			}
			return
		}
		checkInput(t, in)
	})
}

// checkInput asserts what every parser promises of its texts.
func checkInput(t *testing.T, in channel.Input) {
	t.Helper()
	if len(in.Messages) == 0 {
		t.Fatal("no message and no error")
	}
	texts := []string{in.Subject, in.Customer.Email, in.Customer.Name}
	for _, m := range in.Messages {
		texts = append(texts, m.Text, m.ExternalID, m.Device.UserAgent, m.PageURL)
		for _, a := range m.Attachments {
			texts = append(texts, a.Name, a.Type)
		}
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			t.Fatalf("not storable: %q", s)
		}
	}
}

// The pages that a customer opened come with a message of theirs, from a chat
// platform as from the API; an agent's say nothing of the customer.
func TestOpenedPages(t *testing.T) {
	const pages = `"documents":[{"url":"https://docs.sendline.example/ssl-for-links","opened_at":"2026-11-22T14:02:00+01:00"},{"url":""},{"url":"/help/x"}]`
	want := []triage.Event{{Kind: triage.EventOpened, URL: "https://docs.sendline.example/ssl-for-links", At: time.Date(2026, 11, 22, 13, 2, 0, 0, time.UTC)},
		{Kind: triage.EventOpened, URL: "/help/x"}}
	chat, err := channel.ParseChat([]byte(`{"conversation_id":"c","message_id":"m","text":"Hi",` + pages + `}`))
	if err != nil || !reflect.DeepEqual(chat.Input.Messages[0].Events, want) {
		t.Errorf("chat: %v %+v", err, chat.Input.Messages)
	}
	in, err := channel.ParseInput([]byte(`{"messages":[{"text":"Hi",` + pages + `},{"role":"agent","text":"Hello",` + pages + `}]}`))
	if err != nil || !reflect.DeepEqual(in.Messages[0].Events, want) || in.Messages[1].Events != nil {
		t.Errorf("API: %v %+v", err, in.Messages)
	}
	many := `{"conversation_id":"c","message_id":"m","text":"Hi","documents":[` + strings.Repeat(`{"url":"/old"},`, 60) + `{"url":"/last"}]}`
	chat, err = channel.ParseChat([]byte(many))
	if events := chat.Input.Messages[0].Events; err != nil || len(events) != 50 || events[49].URL != "/last" {
		t.Errorf("many: %v, %d events", err, len(events))
	}
	if _, err := channel.ParseChat([]byte(`{"conversation_id":"c","message_id":"m","text":"Hi","documents":"x"}`)); triage.CodeOf(err) != triage.Invalid {
		t.Errorf("a string for a list: %v", err)
	}
}
