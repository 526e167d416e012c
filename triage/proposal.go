package triage

import "readback/knowledge"

// Reading is what an extractor gets to read: the ticket and the few
// procedures that may fit it. It never holds facts that the sender must not
// be told.
type Reading struct {
	Ticket     *Ticket
	Candidates []knowledge.Procedure // best first; an extractor names them by id
	Knowledge  *knowledge.Workspace
	Known      []string // domains of the account, to tell the customer's own from others
	Named      []string // ids of the candidates that have an input of which the customer wrote a value of the account
	Settled    []string // ids of the candidates that a person named: what it is about
	Previous   *Result  // the last triage as it was read, nil for the first and when the whole ticket is to be read
}

// Proposal is what an extractor understood. Nothing of it is believed before
// its quotes are found in the customer's own words (triage/ground).
type Proposal struct {
	Language    string
	Summary     string
	Urgency     Urgency
	Tone        string
	Request     ProposedText
	NeedsStaff  bool
	Effort      Effort           // all that the customer put in, of any matter; "" when the extractor does not say
	Matters     []ProposedMatter // at least one unless the extractor found nothing
	Claims      []ProposedClaim
	Documents   []ProposedDocument
	Environment []ProposedValue // Kind is an EnvKind
	Symptoms    []ProposedText
	Entities    []ProposedValue // Kind as in Entity
	Questions   []string
	Flags       []Flag
	Confidence  float64 // 0..1 that procedure and claims are right
	Info        ExtractorInfo
}

// Quote is a quotation as an extractor gives it. Message and Start are hints:
// grounding searches for Text and prefers the occurrence nearest to them.
type Quote struct {
	Message int        // number of the message, 0 = not said
	Text    string     // verbatim, as far as the extractor can
	Start   int        // byte offset in the message, -1 = not known
	Said    ClaimState // as in Evidence
}

// ProposedMatter is one problem as an extractor sees it.
type ProposedMatter struct {
	ID         string // in the last result, when it carries on from there; "" for a new one
	Kind       Kind
	Procedure  string              // id of a candidate, "" for none
	Inputs     map[string][]string // values by input, verbatim from the text
	Asks       []string            // ids of the procedure's steps that the customer asks for: a refund, a change of plan
	Confidence float64
}

// ProposedClaim is a claim whose evidence is not yet found.
type ProposedClaim struct {
	ID     string   // as of ProposedMatter
	Matter int      // index into Proposal.Matters
	Steps  []string // ids; several when the same words claim them ("all three steps"), nil for none
	Inputs map[string][]string
	What   string
	State  ClaimState
	Quotes []Quote
}

// ProposedDocument is a document the customer speaks of.
type ProposedDocument struct {
	URL, Title, Topic string
	Quotes            []Quote
}

// ProposedValue is a kind and value that must occur inside its quote.
type ProposedValue struct {
	Kind, Value string
	Quotes      []Quote
}

// ProposedText is a free text with its quotes.
type ProposedText struct {
	Text   string
	Quotes []Quote
}
