package triage

import (
	"slices"
	"time"
)

// Role says who wrote a message.
type Role string

// The roles.
const (
	RoleCustomer Role = "customer"
	RoleAgent    Role = "agent"
	RoleSystem   Role = "system" // notices of a machine; never evidence of what a customer did
)

// Channel is the way a message came.
type Channel string

// The channels.
const (
	ChannelChat  Channel = "chat"
	ChannelEmail Channel = "email"
	ChannelAPI   Channel = "api"
)

// Identity says how sure we are of who writes.
type Identity string

// The levels of identity, lowest first.
const (
	IdentityNone     Identity = "none"     // nobody said
	IdentityClaimed  Identity = "claimed"  // a From header, a form field, an account number
	IdentityVerified Identity = "verified" // signed by the customer's platform, or mail that passed alignment
)

// Customer is the person who asks, as far as the channel told us.
type Customer struct {
	ID        string `json:"id,omitempty"`         // the source's own id
	Email     string `json:"email,omitempty"`      // as written, not normalised
	Name      string `json:"name,omitempty"`       // as written
	AccountID string `json:"account_id,omitempty"` // a look-up key, no proof of who writes
}

// Attachment is a file that came with a message; its content is not in the text.
type Attachment struct {
	ID   string `json:"id,omitempty"` // of the stored bytes; "" when only its name is known
	Name string `json:"name"`
	Type string `json:"type"` // media type, RFC 6838; "" when the channel gave none
	Size int64  `json:"size"` // bytes; 0 when unknown
	// Body are the bytes on the way to the store; nil when the channel has none, and in what the store gives back.
	Body []byte `json:"-"`
}

// Device is what the customer's browser said of itself.
type Device struct {
	UserAgent string            `json:"user_agent,omitempty"` // RFC 9110, 10.1.5
	Hints     map[string]string `json:"hints,omitempty"`      // User-Agent Client Hints by header name
}

// Message is one thing somebody said. Its Text never changes once stored:
// evidence points into it by byte offset.
type Message struct {
	ID          string       `json:"id"`
	Seq         int64        `json:"seq"` // order of arrival within the ticket, from 1, without gaps
	Role        Role         `json:"role"`
	Author      string       `json:"author,omitempty"` // id of the member of staff who wrote it here; "" for everyone else
	Channel     Channel      `json:"channel"`
	Identity    Identity     `json:"identity"`
	Text        string       `json:"text"` // valid UTF-8 without NUL
	Attachments []Attachment `json:"attachments"`
	Device      Device       `json:"device"`
	ExternalID  string       `json:"external_id,omitempty"` // the source's id of this message
	PageURL     string       `json:"page_url,omitempty"`    // where the visitor was
	Events      []Event      `json:"events,omitempty"`      // what they did before they wrote, as recorded
	Automatic   Automatic    `json:"automatic,omitempty"`   // what told that a machine wrote it; "" = a person did
	SentAt      time.Time    `json:"sent_at"`               // as the sender says; only shown
	ReceivedAt  time.Time    `json:"received_at"`           // our clock
}

// Automatic says by what a message was known for one that no person wrote. It
// is never answered and opens no ticket again.
type Automatic string

// The signs of automatic mail.
const (
	AutomaticReply  Automatic = "auto_reply" // an answer by a machine: out of office, "we have received your mail" (RFC 3834)
	AutomaticBounce Automatic = "bounce"     // a notice about the delivery of another mail (RFC 3464)
	AutomaticList   Automatic = "list"       // from a mailing list or to many at once (RFC 2919)
	AutomaticLoop   Automatic = "loop"       // our own mail that came back
	AutomaticFlood  Automatic = "flood"      // more than a person writes
	AutomaticOwn    Automatic = "own"        // what the desk told a customer by itself
)

// EventKind says what the writer of a message did before, or with it.
type EventKind string

// The kinds of events.
const (
	EventOpened  EventKind = "opened"  // opened a help page
	EventChecked EventKind = "checked" // had their setup checked there
	EventPerson  EventKind = "person"  // asked to talk to a person, in the chat
)

// Event is something that the writer of a message did and that was recorded,
// not said.
type Event struct {
	Kind      EventKind               `json:"kind"`
	URL       string                  `json:"url"`                 // of the page; "" when there is none
	Procedure string                  `json:"procedure,omitempty"` // id, of a page of ours
	Inputs    map[string]string       `json:"inputs,omitempty"`    // of a check
	Outcomes  map[string]CheckOutcome `json:"outcomes,omitempty"`  // of a check, by step; what the visitor was shown
	At        time.Time               `json:"at,omitzero"`         // zero when it was not said
}

// State is where a ticket is in its life.
type State string

// The states of a ticket.
const (
	StateOpen     State = "open"     // ours to act
	StateWaiting  State = "waiting"  // the customer's to answer
	StateResolved State = "resolved" // done, a word reopens it
)

// Ticket is one customer's conversation, across channels.
type Ticket struct {
	ID        string    `json:"id"`
	Source    string    `json:"source"`      // the hook or API it came by
	SourceKey string    `json:"-"`           // the source's conversation id
	Subject   string    `json:"subject"`     // "" for most chats
	Channel   Channel   `json:"channel"`     // where it began
	Customer  Customer  `json:"customer"`    //
	Identity  Identity  `json:"identity"`    // the highest level any customer message reached
	State     State     `json:"state"`       //
	Messages  []Message `json:"messages"`    // by Seq
	CreatedAt time.Time `json:"created_at"`  //
	UpdatedAt time.Time `json:"updated_at"`  // last message or triage
	Version   int64     `json:"-"`           // row version, guards writes
	LastSeq   int64     `json:"last_seq"`    // highest Seq of Messages
	Triaged   int64     `json:"triaged_seq"` // highest Seq that a stored brief covers; 0 = none
	// Corrections are those in force, oldest first.
	Corrections []Correction `json:"corrections"`
}

// N returns the message numbered n (its place in Messages, from 1), or nil.
func (t *Ticket) N(n int) *Message {
	if n < 1 || n > len(t.Messages) {
		return nil
	}
	return &t.Messages[n-1]
}

// WantsPerson reports whether the customer asked to talk to a person.
func (t *Ticket) WantsPerson() bool {
	return slices.ContainsFunc(t.Messages, func(m Message) bool {
		return slices.ContainsFunc(m.Events, func(e Event) bool { return e.Kind == EventPerson })
	})
}

// Hearer is how sure it is who is spoken to by an answer to the newest words of
// the customer's side: no surer than these are, when somebody else than a
// verified customer wrote them into the ticket.
func (t *Ticket) Hearer() Identity {
	for i := len(t.Messages) - 1; i >= 0; i-- {
		m := &t.Messages[i]
		if m.Role != RoleCustomer || m.Automatic != "" {
			continue
		}
		if m.Identity == IdentityNone || m.Identity == IdentityClaimed && t.Identity == IdentityVerified {
			return m.Identity
		}
		break
	}
	return t.Identity
}

// CustomerMessages returns the numbers of the messages the customer wrote.
// What machines sent on their side counts only where no person wrote any.
func (t *Ticket) CustomerMessages() []int {
	var people, machines []int
	for i := range t.Messages {
		switch m := &t.Messages[i]; {
		case m.Role != RoleCustomer:
		case m.Automatic != "":
			machines = append(machines, i+1)
		default:
			people = append(people, i+1)
		}
	}
	if people == nil {
		return machines
	}
	return people
}

// Automatic reports whether all that came from the customer's side was written
// by machines.
func (t *Ticket) Automatic() bool {
	ns := t.CustomerMessages()
	return len(ns) > 0 && t.N(ns[0]).Automatic != ""
}
