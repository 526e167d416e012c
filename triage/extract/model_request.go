package extract

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"readback/knowledge"
	"readback/prompts"
	"readback/triage"
)

// format is how a provider is asked for JSON, most binding first.
type format int

const (
	jsonSchema format = iota
	jsonObject
	plain
)

// request is one rendered reading: what is sent in any format, and what is
// needed to understand the answer.
type request struct {
	conversation prompts.Conversation
	handles      handles
	vault        *vault
	shortened    bool
	room         int64 // bytes that the conversation may have
	covered      int   // how many messages the last reading covers, from which this one carries on; 0 = it reads all
}

func (m *Model) render(in triage.Reading) *request {
	r := &request{room: m.room.Load()}
	fence := m.fence(in.Ticket)
	r.vault = newVault(fence[:min(len(fence), 6)])
	if m.opt.RedactPersonal {
		r.vault.own = newPrivate(in.Ticket.Customer)
	}
	r.vault.learnAll(in.Ticket)
	c := prompts.Conversation{Fence: fence, Subject: clip(r.vault.hide(oneLine(in.Ticket.Subject)), 1000)}
	if in.Knowledge != nil {
		c.Platform, c.OwnNames = in.Knowledge.Platform.Name, in.Knowledge.Platform.Domains
	}
	r.handles, c.Procedures = offer(in.Candidates)
	for i := range c.Procedures {
		c.Procedures[i].Settled = slices.Contains(in.Settled, in.Candidates[i].ID)
	}
	c.Changes = lately(in, m.opt.Now())
	if r.covered = m.covered(in, r.handles); r.covered > 0 {
		if c.Known = r.know(in); c.Known == nil {
			r.covered = 0
		}
	}
	c.Messages, r.shortened = shortenThread(in.Ticket.Messages[r.covered:], int(r.room), r.vault.hide)
	for i := range c.Messages {
		c.Messages[i].N += r.covered
	}
	if r.covered > 0 {
		if before := r.context(in.Ticket.Messages); before != nil {
			c.Messages = append([]prompts.Message{*before}, c.Messages...)
		}
	}
	r.conversation = c
	return r
}

// Bounds of what is told of product changes.
const (
	maxChanges    = 4
	maxLabels     = 4
	maxChangeText = 200 // bytes, of the title and of the text each
)

// lately are the newest changes of the product in the areas of the candidates,
// those that people are shown beside the ticket.
func lately(in triage.Reading, now time.Time) (out []prompts.Change) {
	if in.Knowledge == nil {
		return nil
	}
	for i := range in.Knowledge.Changes { // newest first
		ch := &in.Knowledge.Changes[i]
		if len(out) == maxChanges || !ch.Fresh(now) || !slices.ContainsFunc(in.Candidates, func(p knowledge.Procedure) bool { return ch.Touches(p.Area, p.ID) }) {
			continue
		}
		out = append(out, prompts.Change{Date: ch.Date.Format(time.DateOnly), Title: clip(oneLine(ch.Title), maxChangeText),
			Text: clip(oneLine(ch.Body), maxChangeText), Labels: ch.Labels[:min(len(ch.Labels), maxLabels)]})
	}
	return out
}

// fence returns a delimiter that no text of the ticket contains.
func (m *Model) fence(t *triage.Ticket) string {
	for {
		fence := m.opt.Fence()
		used := strings.Contains(t.Subject, fence)
		for i := range t.Messages {
			used = used || strings.Contains(t.Messages[i].Text, fence)
		}
		if !used {
			return fence
		}
	}
}

func randomFence() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// completion builds the call. repair, if set, is the unusable answer and what
// is wrong with it.
func (m *Model) completion(r *request, f format, repair *repair) (openai.ChatCompletionRequest, error) {
	turns, err := m.prompt.Turns(r.conversation, f != jsonSchema)
	if err != nil {
		return openai.ChatCompletionRequest{}, err
	}
	if repair != nil {
		again, err := m.prompt.Repair(repair.problem)
		if err != nil {
			return openai.ChatCompletionRequest{}, err
		}
		turns = append(turns, prompts.Turn{Role: "assistant", Text: clip(repair.answer, 20_000)}, prompts.Turn{Role: "user", Text: again})
	}
	return m.chat(turns, f, "ticket", m.prompt.Schema), nil
}

// chat is a request of these turns in a format; name and schema are the answer's.
func (m *Model) chat(turns []prompts.Turn, f format, name string, schema json.RawMessage) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: m.opt.Model}
	for _, t := range turns {
		out.Messages = append(out.Messages, openai.ChatCompletionMessage{Role: t.Role, Content: t.Text})
	}
	switch f {
	case jsonSchema:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: name, Schema: schema, Strict: true}}
	case jsonObject:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	if m.reasoning.Load() {
		out.MaxCompletionTokens = m.opt.MaxTokens * 4 // thoughts count
	} else {
		//lint:ignore SA1019 many servers know only the older name
		out.MaxTokens = m.opt.MaxTokens
		// The client omits a zero, and providers then take 1. This is as good
		// as zero everywhere and divides no logits to infinity.
		out.Temperature = 1e-6
	}
	return out
}

type repair struct{ answer, problem string }

func handle(letter string, n int) string { return letter + strconv.Itoa(n) }
