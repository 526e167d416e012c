// Package channel turns foreign formats into messages: the triage input
// document, the chat hook's body, RFC 5322 mail and what other desks tell. It
// writes what goes out: mail, and webhooks signed by Standard Webhooks 1.0.0.
//
//	chat, input, signature, webhooks    the chat hook, the API's document, Standard Webhooks in and out
//	mail*                               one mail: its parts, its providers, whose word it is, machines
//	mailin, mailout*                    mail into the desk, and answers by SMTP
//	html*                               the words of a page
//	desk*                               other desks: Zendesk and Chatwoot
//	import, export*                     their past tickets, from files of any size
//
// Every parser returns texts that are valid UTF-8 without NUL, because
// evidence points into them by byte offset from then on.
package channel

import (
	"strings"

	"readback/triage"
)

// Input is what a channel delivered, before a store has given it ids.
type Input struct {
	Subject  string
	Channel  triage.Channel
	Customer triage.Customer
	Identity triage.Identity
	Messages []triage.Message // at least one; ID, Seq and ReceivedAt are not set
}

// Parse reads a triage input document when raw begins with "{" and an RFC 5322
// message otherwise. Errors as of ParseInput and ParseMail.
func Parse(raw []byte) (Input, error) {
	trimmed := strings.TrimLeft(string(raw[:min(len(raw), 512)]), "\ufeff \t\r\n")
	if strings.HasPrefix(trimmed, "{") {
		return ParseInput(raw)
	}
	return ParseMail(raw)
}

// clean makes text storable: what is not UTF-8 becomes U+FFFD, NUL a space.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", " ")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func cleanCustomer(c triage.Customer) triage.Customer {
	return triage.Customer{ID: clean(c.ID), Email: clean(c.Email), Name: clean(c.Name), AccountID: clean(c.AccountID)}
}
