package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// ReplyAddresses are addresses of the desk's mailbox that say, signed, what an
// answer to them belongs to: support+t.ID.SIGNATURE@shop.example. Whoever
// writes to one has had mail of ours, or was given it. The mailbox has to take
// mail to sub-addresses (RFC 5233).
type ReplyAddresses struct {
	Local, Domain string // of the mailbox
	Key           []byte // signs; 16 bytes or more
}

// What a reply address stands for.
const (
	replyTicket = "t" // answers to a ticket
	replyBounce = "b" // the return path of one message
)

// addressID spells the 20 characters of our ids and the signature: what letters
// become on their way, upper or lower case, does not matter.
var addressCode = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Ticket is the address for answers to a ticket.
func (r *ReplyAddresses) Ticket(ticketID string) string {
	return r.address(replyTicket, strings.TrimPrefix(ticketID, "tkt_"))
}

// Return is the return path of a message: notices that it did not arrive come
// there.
func (r *ReplyAddresses) Return(messageID string) string {
	return r.address(replyBounce, strings.TrimPrefix(messageID, "msg_"))
}

func (r *ReplyAddresses) address(kind, id string) string {
	return r.Local + "+" + kind + "." + id + "." + r.sign(kind, id) + "@" + r.Domain
}

// sign has 80 bits: an address is guessed by mail only.
func (r *ReplyAddresses) sign(kind, id string) string {
	mac := hmac.New(sha256.New, r.Key)
	mac.Write([]byte("readback reply " + kind + "." + id))
	return addressCode.EncodeToString(mac.Sum(nil)[:10])
}

// Read returns the ticket or the message that an address of ours stands for;
// both are "" for every other address.
func (r *ReplyAddresses) Read(address string) (ticketID, messageID string) {
	local, domain, _ := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	tag, ok := strings.CutPrefix(local, strings.ToLower(r.Local)+"+")
	if !ok || !strings.EqualFold(domain, r.Domain) || len(r.Key) == 0 {
		return "", ""
	}
	parts := strings.Split(tag, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(r.sign(parts[0], parts[1]))) {
		return "", ""
	}
	switch parts[0] {
	case replyTicket:
		return "tkt_" + parts[1], ""
	case replyBounce:
		return "", "msg_" + parts[1]
	}
	return "", ""
}
