package triage

// Brief is what extraction understood of a ticket. A stored brief never
// changes: each triage makes a new version (see Result).
type Brief struct {
	Language    string           `json:"language"` // ISO 639-1 of what the customer writes; "" when it cannot be told
	Summary     string           `json:"summary"`  // two sentences at most
	Urgency     Urgency          `json:"urgency"`
	Tone        string           `json:"tone"` // calm | frustrated | angry | unknown
	Kind        Kind             `json:"kind"` // of the leading matter
	Request     Request          `json:"request"`
	NeedsStaff  bool             `json:"needs_staff"` // the remaining step needs the vendor's staff or permission
	Claims      []Claim          `json:"claims"`
	Documents   []Document       `json:"documents"`   // help pages the customer says they consulted, or opened
	Environment []EnvItem        `json:"environment"` // what they say they run
	Symptoms    []Symptom        `json:"symptoms"`
	Entities    []Entity         `json:"entities"`
	Attachments []AttachmentNote `json:"attachments"` // what came and whether it was read
	Questions   []string         `json:"questions"`   // open questions a person should ask
	Flags       []Flag           `json:"flags"`
}

// Urgency is how long the matter can wait, by what the customer writes.
type Urgency string

// The urgencies, lowest first.
const (
	UrgencyLow      Urgency = "low"
	UrgencyNormal   Urgency = "normal"
	UrgencyHigh     Urgency = "high"
	UrgencyCritical Urgency = "critical"
)

// Rank orders urgencies, 0 = low; unknown values rank as normal.
func (u Urgency) Rank() int {
	switch u {
	case UrgencyLow:
		return 0
	case UrgencyHigh:
		return 2
	case UrgencyCritical:
		return 3
	}
	return 1
}

// Request is what the customer wants.
type Request struct {
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
}

// EvidenceKind says what an item rests on.
type EvidenceKind string

// The kinds of evidence.
const (
	EvidenceQuote      EvidenceKind = "quote"      // words the customer wrote, verbatim
	EvidenceEvent      EvidenceKind = "event"      // opened a help page, ran a check
	EvidenceCorrection EvidenceKind = "correction" // a person said so
	EvidenceAttachment EvidenceKind = "attachment"
)

// Evidence anchors an item. For a quote, Quote == text[Start:End] of the
// message, in bytes of UTF-8, half open.
type Evidence struct {
	Kind      EvidenceKind `json:"kind"`
	Message   int          `json:"message"`    // number in the ticket, from 1
	MessageID string       `json:"message_id"` // the same message by its lasting id
	Start     int          `json:"start"`
	End       int          `json:"end"`
	Quote     string       `json:"quote"`
	// Of a correction: its id and who made it, agent or customer.
	Correction string `json:"correction,omitempty"`
	By         Role   `json:"by,omitempty"`
	// Said is the state that these words told of a claim when its later words
	// tell another: "will do it" of what is done by now. Else "".
	Said ClaimState `json:"said,omitempty"`
}

// ClaimState is what the customer says of a step.
type ClaimState string

// The states of a claim.
const (
	ClaimDone    ClaimState = "done"
	ClaimFailed  ClaimState = "failed" // carried out, and it did not help or did not work
	ClaimPlanned ClaimState = "planned"
	ClaimNotDone ClaimState = "not_done"
)

// Verdict is what our checks say of a claim that something is done.
type Verdict string

// The verdicts. A claim that is planned or not done has none ("").
const (
	VerdictVerified     Verdict = "verified"
	VerdictContradicted Verdict = "contradicted"
	VerdictSuperseded   Verdict = "superseded"   // a later step replaced what it set
	VerdictUnverifiable Verdict = "unverifiable" // no check, or it could not look
	VerdictPending      Verdict = "pending"      // not looked at yet
)

// Claim is a step the customer says something about.
type Claim struct {
	ID      string            `json:"id"`     // c1, c2 ... stable over later triages of the ticket
	Matter  string            `json:"matter"` // id of its matter
	Step    string            `json:"step"`   // id of the matched step of the matter's procedure; "" when none
	Inputs  map[string]string `json:"inputs"` // the binding it is about; empty = every binding
	What    string            `json:"what"`   // short description
	State   ClaimState        `json:"state"`
	Verdict Verdict           `json:"verdict"`
	// Disputes is the id of a correction that these later words contradict, "" for none.
	Disputes string     `json:"disputes"`
	Evidence []Evidence `json:"evidence"`
}

// Said reports whether the step is said to have been carried out.
func (c *Claim) Said() bool { return c.State == ClaimDone || c.State == ClaimFailed }

// By returns whose word a claim is: the customer's, or an agent's who
// corrected it.
func (c *Claim) By() Role {
	if len(c.Evidence) > 0 && c.Evidence[0].Kind == EvidenceCorrection {
		return c.Evidence[0].By
	}
	return RoleCustomer
}

// Corrects reports whether a claim is a person's correction and no words of a message.
func (c *Claim) Corrects() bool {
	return len(c.Evidence) > 0 && c.Evidence[0].Kind == EvidenceCorrection
}

// Document is a help page or article.
type Document struct {
	URL      string     `json:"url"`   // "" when only named
	Title    string     `json:"title"` // "" when only linked
	Topic    string     `json:"topic"` // id of the procedure it belongs to; "" when unknown
	Evidence []Evidence `json:"evidence"`
}

// EnvKind names a part of the customer's environment.
type EnvKind string

// The kinds of environment items.
const (
	EnvBrowser      EnvKind = "browser"
	EnvOS           EnvKind = "os"
	EnvDevice       EnvKind = "device"
	EnvFramework    EnvKind = "framework"
	EnvVersion      EnvKind = "version"
	EnvPlan         EnvKind = "plan"
	EnvCDN          EnvKind = "cdn"
	EnvDNSProvider  EnvKind = "dns_provider"
	EnvMailProvider EnvKind = "mail_provider"
	EnvOther        EnvKind = "other"
)

// EnvItem is something the customer says they run.
type EnvItem struct {
	Kind     EnvKind    `json:"kind"`
	Value    string     `json:"value"`
	Evidence []Evidence `json:"evidence"`
}

// Symptom is a fault as the customer sees it: an error text, a behaviour.
type Symptom struct {
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
}

// Entity is a value that names something: a domain, address, account, order.
type Entity struct {
	Kind     string     `json:"kind"` // domain | email | url | account | order | amount | ip
	Value    string     `json:"value"`
	Evidence []Evidence `json:"evidence"`
}

// AttachmentNote says whether an attachment was read.
type AttachmentNote struct {
	Name string `json:"name"`
	Read bool   `json:"read"`
}

// Flag marks what a person should know before trusting the brief.
type Flag string

// The flags.
const (
	FlagInstructions Flag = "instructions_in_text" // the text tries to instruct the model or the router
	FlagUnread       Flag = "attachment_unread"
	FlagShortened    Flag = "shortened"           // the text was too long to read whole
	FlagThanksOnly   Flag = "thanks_only"         // thanks and nothing else
	FlagConfirms     Flag = "confirms_working"    // the newest message says that it works now, and nothing against it
	FlagAutomatic    Flag = "automatic"           // auto-reply, bounce, list mail
	FlagLegal        Flag = "legal_threat"        // mentions lawyers, courts, regulators
	FlagDisputed     Flag = "correction_disputed" // the customer's later words contradict a correction
)
