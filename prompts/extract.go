// Package prompts holds the prompt templates and the JSON Schema that models
// get, embedded and versioned. Every brief names the version and hash it was
// read with, and a brief read with another is read anew.
//
// A released version never changes; a test holds its hash. To change the
// prompt, copy its folder to the next number (extract/v2), change the copy, add
// its hash to the table in that test and make it the Newest. Old folders stay:
// their briefs can be explained, and old tickets read by them again.
package prompts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"text/template"
)

//go:embed extract
var files embed.FS

// MaxProcedures is how many procedures a conversation may offer: the schema
// names the handles P1 to P8, so that it is the same for every request.
const MaxProcedures = 8

// Extract is one version of the prompt that reads a ticket.
type Extract struct {
	Version string          // such as "v1"
	Hash    string          // SHA-256 over the version's files in order of name, first 12 hex digits
	Schema  json.RawMessage // of the answer; in the strict subset of the OpenAI API
	Samples []Sample        // worked examples; those with Known serve only later requests

	system, format string
	user, repair   *template.Template
}

// Sample is a worked example: a conversation and the right answer to it.
type Sample struct {
	Conversation Conversation    `json:"conversation"`
	Answer       json.RawMessage `json:"answer"`
}

// Conversation is what a model reads.
type Conversation struct {
	Platform   string      `json:"platform"`  // name of the vendor; "" when unknown
	OwnNames   []string    `json:"own_names"` // the vendor's own domains
	Procedures []Procedure `json:"procedures"`
	Changes    []Change    `json:"changes"` // of the product, newest first; from version 2 on
	Known      *Known      `json:"known"`   // of the messages before these; nil in a first request
	Subject    string      `json:"subject"`
	Messages   []Message   `json:"messages"`
	// Fence marks where the texts begin and end; none of them may contain it.
	Fence string `json:"-"`
}

// Procedure is one procedure on offer.
type Procedure struct {
	Handle string   `json:"handle"` // P1, P2 ... P8
	Title  string   `json:"title"`
	Asks   []string `json:"asks"` // how customers put it
	Inputs []Input  `json:"inputs"`
	Steps  []Step   `json:"steps"`
	// Settled: a person said that the ticket is about this one; from version 2 on.
	Settled bool `json:"settled"`
}

// Change is a recent change of the product in the area of a procedure on offer.
// Texts are one line each.
type Change struct {
	Date   string   `json:"date"` // 2006-01-02
	Title  string   `json:"title"`
	Text   string   `json:"text"`   // the beginning of what it says
	Labels []string `json:"labels"` // of the product's screens, that no longer exist
}

// Input is a value that a procedure needs.
type Input struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Many bool   `json:"many"`
}

// Step is one step of a procedure on offer.
type Step struct {
	Handle   string `json:"handle"` // S1, S2 ... numbered through all procedures
	By       string `json:"by"`     // customer | staff
	Title    string `json:"title"`
	Optional bool   `json:"optional"`
}

// Message is one message of a conversation.
type Message struct {
	N        int    `json:"n"` // number in the ticket, from 1
	Role     string `json:"role"`
	Text     string `json:"text"`
	Skipped  int    `json:"skipped"`  // messages left out just before this one
	Attached int    `json:"attached"` // files that came with it
}

// Known is what an earlier reading understood, in as few words as will do.
// Texts are one line each.
type Known struct {
	Covered     int           `json:"covered"` // number of the newest message it rests on
	Request     string        `json:"request"`
	Summary     string        `json:"summary"`
	Matters     []KnownMatter `json:"matters"`
	Claims      []KnownClaim  `json:"claims"`
	Documents   []string      `json:"documents"`
	Environment []string      `json:"environment"` // "kind: value"
	Symptoms    []string      `json:"symptoms"`
}

// KnownMatter is a matter that an answer may repeat by its id.
type KnownMatter struct {
	ID        string   `json:"id"` // M1, M2 ...
	Kind      string   `json:"kind"`
	Procedure string   `json:"procedure"` // handle, "" for none
	Inputs    []string `json:"inputs"`    // "name=value"
}

// KnownClaim is a claim that an answer may repeat by its id.
type KnownClaim struct {
	ID      string   `json:"id"`     // C1, C2 ...
	Matter  string   `json:"matter"` // M1 ...
	State   string   `json:"state"`
	Steps   []string `json:"steps"` // handles
	Message int      `json:"message"`
	Quote   string   `json:"quote"` // the beginning of it
	What    string   `json:"what"`
}

// Turn is one message of a chat with a model.
type Turn struct {
	Role string // system | user | assistant
	Text string
}

// Newest is the version that tickets are read with.
const Newest = "v2"

// Version returns a version of the extraction prompt, such as "v1"; "" is the
// newest. The error names those that there are.
func Version(name string) (*Extract, error) {
	if name == "" {
		name = Newest
	}
	all := versions()
	for _, e := range all {
		if e.Version == name {
			return e, nil
		}
	}
	return nil, fmt.Errorf("there is no prompt %q; there are %s", name, strings.Join(Names(), ", "))
}

// Names lists the versions of the extraction prompt, in order.
func Names() []string {
	var names []string
	for _, e := range versions() {
		names = append(names, e.Version)
	}
	return names
}

// versions are all of them, in order.
var versions = sync.OnceValue(func() []*Extract {
	dirs, err := files.ReadDir("extract")
	if err != nil {
		panic(err) // compiled in, and so are the files
	}
	var all []*Extract
	for _, dir := range dirs {
		e, err := load(dir.Name())
		if err != nil {
			panic(err)
		}
		all = append(all, e)
	}
	return all
})

// ID names version and hash, as briefs carry them: "v1 0f3c...".
func (e *Extract) ID() string { return e.Version + " " + e.Hash }

// Turns renders a request. What never changes comes first (providers cache
// prefixes): the rules, the schema if withSchema asks for it in words, the
// worked examples, last the one for later requests; the conversation is the
// last turn.
func (e *Extract) Turns(c Conversation, withSchema bool) ([]Turn, error) {
	system := e.system
	if withSchema {
		system += e.format + string(e.Schema)
	}
	turns := []Turn{{"system", system}}
	for i, s := range e.Samples {
		if s.Conversation.Known != nil && c.Known == nil {
			continue
		}
		s.Conversation.Fence = fmt.Sprintf("example%d", i+1)
		text, err := e.render(s.Conversation)
		if err != nil {
			return nil, err
		}
		turns = append(turns, Turn{"user", text}, Turn{"assistant", string(s.Answer)})
	}
	text, err := e.render(c)
	if err != nil {
		return nil, err
	}
	return append(turns, Turn{"user", text}), nil
}

// Repair renders the request to send an unusable answer again. problem is a
// clause such as "it is no JSON object".
func (e *Extract) Repair(problem string) (string, error) {
	var b strings.Builder
	err := e.repair.Execute(&b, problem)
	return b.String(), err
}

func (e *Extract) render(c Conversation) (string, error) {
	var b strings.Builder
	err := e.user.Execute(&b, c)
	return b.String(), err
}

func load(version string) (*Extract, error) {
	dir, err := fs.Sub(files, "extract/"+version)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(dir, "*")
	if err != nil {
		return nil, err
	}
	e := &Extract{Version: version}
	sum := sha256.New()
	for _, name := range names { // in order of name
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		if err := e.add(name, data); err != nil {
			return nil, fmt.Errorf("prompts/extract/%s/%s: %w", version, name, err)
		}
	}
	e.Hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return e, nil
}

func (e *Extract) add(name string, data []byte) (err error) {
	switch {
	case name == "system.md":
		e.system = string(data)
	case name == "format.md":
		e.format = string(data)
	case name == "user.md":
		e.user, err = template.New(name).Parse(string(data))
	case name == "repair.md":
		e.repair, err = template.New(name).Parse(string(data))
	case name == "schema.json":
		e.Schema, err = compact(data)
	case strings.HasPrefix(name, "example-"):
		var s Sample
		if err = json.Unmarshal(data, &s); err == nil {
			s.Answer, err = compact(s.Answer)
		}
		e.Samples = append(e.Samples, s)
	default:
		err = fmt.Errorf("unknown file")
	}
	return err
}

func compact(data []byte) (json.RawMessage, error) {
	var b bytes.Buffer
	err := json.Compact(&b, data)
	return b.Bytes(), err
}
