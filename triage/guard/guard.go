// Package guard reads an agent's answer before it is sent, and finds what in
// it the customer has already heard, done or said: "what does this reply
// repeat?" has its one home here, for a draft and for past threads (Past).
//
//	guard.go      what goes in and what comes out
//	draft.go      an agent's text into clauses; moods.go the words that tell what each does; phrases.go how they are looked up
//	acts.go       an instruction or a deed as concepts; concepts.go their words, across languages
//	remedies.go   acts that support tells so often that they have a name
//	history.go    what was said, done, linked and asked before; reported.go deeds by the form of a sentence; values.go what was given in passing
//	repeats.go    instructions told again; steps.go those that are steps of a procedure
//	links.go      pages sent again; known.go and facts.go what is asked again
//	product.go    removed labels; looks.go checks that say otherwise
//	promises.go   what the tier cannot do, and ends that nobody confirmed
//	added.go      what a model proposes beside all that, as hints
//
// It is a function of what it is given: no clock, no network, no model. Who
// asks a model (author.Repeats) hands its proposals to Add.
package guard

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/extract/offline"
)

// Kind is what is wrong with a piece of a draft.
type Kind string

// The kinds of findings.
const (
	RepeatsStep       Kind = "repeats_step"       // tells to do, or asks about, what the customer has done
	ResendsDocument   Kind = "resends_document"   // a page that was sent or read before
	AsksKnown         Kind = "asks_known"         // a question whose answer is there
	Retired           Kind = "retired"            // a label or page that the product no longer has
	ContradictsCheck  Kind = "contradicts_check"  // says otherwise than a check saw
	Overpromises      Kind = "overpromises"       // promises what the agent's tier cannot do
	ClosesUnconfirmed Kind = "closes_unconfirmed" // ends the ticket before the customer says that it works
)

// Kinds lists every kind, in the order of the constants.
var Kinds = []Kind{RepeatsStep, ResendsDocument, AsksKnown, Retired, ContradictsCheck, Overpromises, ClosesUnconfirmed}

// Level says how loud a finding is.
type Level string

// The levels. A stop is an instruction to do a step that was seen to be done
// on the same input, or a link that was sent or read; all else is a hint.
const (
	Stop Level = "stop"
	Hint Level = "hint"
)

// Span is a half-open range of bytes.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Finding is one thing to mend in a draft.
type Finding struct {
	Kind  Kind  `json:"kind"`
	Level Level `json:"level"`
	Draft Span  `json:"draft"` // bytes of the draft
	// Evidence are words of the ticket, verbatim: the customer's, or with By
	// "agent" those of an earlier answer. Nil when it rests on a check, a
	// change or the workspace alone.
	Evidence *triage.Evidence `json:"evidence"`
	Check    *Look            `json:"check"` // what a check saw, nil for none
	Steps    []string         `json:"steps"` // ids of the steps that it is about
	Topic    string           `json:"topic"` // of asks_known: browser, os, domain ...; else ""
	// Code and Params make Text and Fix (triage/catalogue/*/guard.json) in any language.
	Code   string            `json:"code"`
	Params map[string]string `json:"params"`
	Text   string            `json:"text"` // what is wrong, a sentence
	Fix    string            `json:"fix"`  // what to write instead, a sentence
	// Inferred says that a model added it (Add): always a hint.
	Inferred bool `json:"inferred"`
}

// Key names the finding within its ticket by ids and codes: a draft that is
// read again as it grows finds the same.
func (f *Finding) Key() string {
	key := string(f.Kind) + ":" + f.Code + ":" + strings.Join(f.Steps, ",") + ":" + f.Topic
	if f.Evidence != nil && f.Evidence.Message > 0 {
		return fmt.Sprintf("%s:%d-%d", key, f.Evidence.Message, f.Evidence.Start)
	}
	h := fnv.New32a()
	h.Write([]byte(f.Params["label"] + "\x00" + f.Params["url"]))
	return fmt.Sprintf("%s:%08x", key, h.Sum32())
}

// Look is the check result that a finding rests on.
type Look struct {
	Step       string              `json:"step"`
	Inputs     map[string]string   `json:"inputs"`
	Outcome    triage.CheckOutcome `json:"outcome"`
	Seen       string              `json:"seen"`
	ObservedAt time.Time           `json:"observed_at"`
}

// Report is what the guard has to say of a draft.
type Report struct {
	Findings []Finding `json:"findings"` // by place in the draft
	Stops    int       `json:"stops"`
	Hints    int       `json:"hints"`
	Language string    `json:"language"` // of the draft, ISO 639-1
	// Matching says how far the draft's text was compared: "full", "basic" (fewer
	// words of the language are known) or "off" (links, hosts and labels only).
	Matching string `json:"matching"`
	Note     string `json:"note"` // a sentence when it is not full, else ""
	// Model tells how a model that was asked to add did; nil when none was asked.
	Model *Reading `json:"model"`
}

// The levels of Matching.
const (
	MatchFull  = "full"
	MatchBasic = "basic"
	MatchOff   = "off"
)

// Case is a draft with all that it is read against.
type Case struct {
	Ticket *triage.Ticket
	Result *triage.Result // the ticket's newest; nil: its own words are read, without procedures and checks
	Draft  string         // at most MaxDraft bytes are read
	Tier   string         // of the agent who writes; "" = where the ticket is
	Lang   string         // of Text and Fix, ISO 639-1; "" = English
	// Quiet are the kinds whose hints are left out (store.QuietKinds), those of a
	// model under QuietInferred. Stops stay.
	Quiet []string
}

// MaxDraft is how much of a draft is read, in bytes.
const MaxDraft = 64 << 10

// Guard reads drafts for one workspace. It is safe for concurrent use.
type Guard struct {
	w      *knowledge.Workspace
	reader *offline.Extractor
	staff  []staffStep
	gone   []goneLabel
	pages  map[string]string // procedures by the keys of their pages
}

// New prepares the words of a workspace; nil has no procedures.
func New(w *knowledge.Workspace) *Guard {
	g := &Guard{w: w, reader: offline.New(w)}
	g.prepareStaff()
	g.prepareGone()
	g.preparePages()
	return g
}

// Check reads the draft. It never fails: what it cannot compare, Note says.
func (g *Guard) Check(c Case) Report {
	draft := c.Draft
	if len(draft) > MaxDraft {
		draft = cutRune(draft, MaxDraft)
	}
	h := g.history(c.Ticket, c.Result)
	w := read(draft, h.lang)
	k := &check{g: g, c: c, h: h, w: w, before: len(c.Ticket.Messages) + 1}
	k.run()
	r := Report{Findings: k.told(), Language: w.lang, Matching: MatchFull}
	switch {
	case w.tongue == nil || h.lang != "" && tongues[h.lang] == nil:
		r.Matching = MatchOff
		lang := w.lang
		if w.tongue != nil {
			lang = h.lang
		}
		r.Note = triage.Sentence(k.lang(), "guard.matching_off", map[string]string{"language": lang})
	case !w.tongue.full:
		r.Matching = MatchBasic
		r.Note = triage.Sentence(k.lang(), "guard.matching_basic", map[string]string{"language": w.lang})
	}
	for i := range r.Findings {
		if r.Findings[i].Level == Stop {
			r.Stops++
		} else {
			r.Hints++
		}
	}
	return r
}

// A check is one draft on its way to findings.
type check struct {
	g        *Guard
	c        Case
	h        *history
	w        *written
	before   int // what is known is of messages before this one
	findings []Finding
	last     *clause // the newest that byDeed made a finding of
}

func (k *check) run() {
	k.links()
	k.repeats()
	k.known()
	if k.g.w != nil {
		k.retired()
	}
	if k.c.Result != nil && k.g.w != nil {
		k.contradicts()
		k.promises()
	}
	k.closes()
}

func (k *check) lang() string { return cmp.Or(k.c.Lang, "en") }

// add notes a finding; of several of one kind about one place the loudest stays.
func (k *check) add(f Finding) {
	if f.Level == Hint && slices.Contains(k.c.Quiet, string(f.Kind)) {
		return
	}
	for i := range k.findings {
		o := &k.findings[i]
		if o.Kind == f.Kind && o.Topic == f.Topic && o.Draft.Start < f.Draft.End && f.Draft.Start < o.Draft.End {
			if f.Level == Stop && o.Level == Hint {
				*o = f
			}
			return
		}
	}
	k.findings = append(k.findings, f)
}

// told orders the findings and puts them into words.
func (k *check) told() []Finding {
	slices.SortStableFunc(k.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Draft.Start, b.Draft.Start), cmp.Compare(a.Draft.End, b.Draft.End))
	})
	for i := range k.findings {
		f := &k.findings[i]
		if f.Params == nil {
			f.Params = map[string]string{}
		}
		f.Text = triage.Sentence(k.lang(), f.Code, f.Params)
		f.Fix = triage.Sentence(k.lang(), f.Code+".fix", f.Params)
	}
	return k.findings
}
