package extract

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	openai "github.com/sashabaranov/go-openai"

	"readback/triage"
)

// The OpenAI Batch format: a file of requests goes out, a file of answers
// comes back, a line each, joined by custom_id
// (platform.openai.com/docs/guides/batch). A request can be rendered again
// from the same ticket, workspace and prompt; so nothing has to be kept
// between the two files.

// CodeNoAnswer is the failure of a ticket that no line of a batch answers.
const CodeNoAnswer = "no_answer"

// maxBatchLine bounds one line of an answer file, in bytes.
const maxBatchLine = 32 << 20

// batched is a reading as it is asked for in a batch. The fence is drawn from
// a hash of all that is sent, so that it is another for each request, the
// same when rendered again, and nobody can write a text that holds it; what is
// hidden from the model is not in the hash either. id is the ticket's with a
// part of that hash: an answer to another text, prompt or workspace has
// another id.
func (m *Model) batched(in triage.Reading) (id string, r *request, err error) {
	draft := m.withFences(func(n int) string { return fmt.Sprintf("%016x", n) }).render(in)
	turns, err := m.prompt.Turns(draft.conversation, true)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.New()
	for _, t := range turns {
		fmt.Fprintf(sum, "%s %d\n%s", t.Role, len(t.Text), t.Text)
	}
	seed := hex.EncodeToString(sum.Sum(nil))
	r = m.withFences(func(n int) string {
		s := sha256.Sum256(fmt.Appendf(nil, "fence %d %s", n, seed))
		return hex.EncodeToString(s[:8])
	}).render(in)
	return clip(in.Ticket.ID, 40) + "-" + seed[:12], r, nil // custom_id has room for 64
}

// Prompt names the version and hash of the prompt that the model reads with.
func (m *Model) Prompt() string { return m.prompt.ID() }

// withFences returns a model that renders with these delimiters, in turn
// until a ticket holds none of them.
func (m *Model) withFences(nth func(n int) string) *Model {
	opt, n := m.opt, -1
	opt.Fence = func() string { n++; return nth(n) }
	return NewModel(opt)
}

// BatchRequest returns the request for a reading as a line of a batch file.
// It is whole: the schema stands in response_format and, for models
// elsewhere that know no such thing, in words too.
func (m *Model) BatchRequest(in triage.Reading) ([]byte, error) {
	id, r, err := m.batched(in)
	if err != nil {
		return nil, err
	}
	body, err := m.completion(r, jsonObject, nil) // with the schema in words
	if err != nil {
		return nil, err
	}
	strict, err := m.completion(r, jsonSchema, nil)
	if err != nil {
		return nil, err
	}
	body.ResponseFormat = strict.ResponseFormat
	line, err := json.Marshal(struct {
		CustomID string                       `json:"custom_id"`
		Method   string                       `json:"method"`
		URL      string                       `json:"url"`
		Body     openai.ChatCompletionRequest `json:"body"`
	}{id, http.MethodPost, "/v1/chat/completions", body})
	return append(line, '\n'), err
}

// BatchOut is an extractor that reads nothing: it writes the request for each
// reading. It is not safe for concurrent use.
type BatchOut struct {
	Model    *Model
	W        io.Writer
	Requests int
	Bytes    int
}

// Extract writes one request. Its proposal is empty.
func (b *BatchOut) Extract(_ context.Context, in triage.Reading) (triage.Proposal, error) {
	line, err := b.Model.BatchRequest(in)
	if err != nil {
		return triage.Proposal{}, triage.Errorf(triage.Internal, "the request cannot be rendered: %w", err)
	}
	if _, err := b.W.Write(line); err != nil {
		return triage.Proposal{}, triage.Errorf(triage.Internal, "the request cannot be written: %w", err)
	}
	b.Requests++
	b.Bytes += len(line)
	return triage.Proposal{}, nil
}

// BatchIn is an extractor that reads with the answers of a batch. A ticket
// without a usable one is read by the foot, as below a Ladder, and marked
// degraded. Add comes before Extract, which is safe for concurrent use.
type BatchIn struct {
	model   *Model
	foot    triage.Extractor
	answers map[string]batchAnswer

	mu   sync.Mutex
	used map[string]string // custom_id -> "" or the code of its failure

	Lines  int   // of all files
	Broken []int // numbers of the lines that are no answer, such as a last one cut off
}

// NewBatchIn returns a BatchIn over the prompt, limits and prices of m.
func NewBatchIn(m *Model, foot triage.Extractor) *BatchIn {
	return &BatchIn{model: m, foot: foot, answers: map[string]batchAnswer{}, used: map[string]string{}}
}

// batchAnswer is what a line says, or the code of what went wrong.
type batchAnswer struct {
	code  string
	reply openai.ChatCompletionResponse
}

// Add reads a file of answers, in any order. Of several lines for one request
// the first usable one counts. Lines that are no answer are noted in Broken.
func (b *BatchIn) Add(r io.Reader) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxBatchLine)
	for n := 1; sc.Scan(); n++ {
		raw := bytes.TrimSpace(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff")))
		if len(raw) == 0 {
			continue
		}
		b.Lines++
		id, a, ok := parseBatchLine(raw)
		if !ok {
			b.Broken = append(b.Broken, n)
			continue
		}
		if old, seen := b.answers[id]; !seen || old.code != "" {
			b.answers[id] = a
		}
	}
	if err := sc.Err(); err != nil {
		return triage.Errorf(triage.Invalid, "the answers cannot be read: %v", err)
	}
	return nil
}

// record passes an answer on as such a line.
func (m *Model) record(id, text string, usage triage.Usage) {
	reply := openai.ChatCompletionResponse{Model: m.opt.Model, Choices: []openai.ChatCompletionChoice{
		{Message: openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: text}, FinishReason: openai.FinishReasonStop}},
		Usage: openai.Usage{PromptTokens: usage.PromptTokens, CompletionTokens: usage.CompletionTokens, TotalTokens: usage.PromptTokens + usage.CompletionTokens,
			PromptTokensDetails: &openai.PromptTokensDetails{CachedTokens: usage.CachedTokens}}}
	line, err := json.Marshal(map[string]any{"custom_id": id, "response": map[string]any{"status_code": http.StatusOK, "body": reply}})
	if err != nil {
		return // texts and numbers always encode
	}
	m.recording.Lock()
	defer m.recording.Unlock()
	m.opt.Record(append(line, '\n'))
}

// parseBatchLine reads one line of a batch's output or error file.
func parseBatchLine(raw []byte) (id string, a batchAnswer, ok bool) {
	var l struct {
		CustomID string `json:"custom_id"`
		Response *struct {
			StatusCode int             `json:"status_code"`
			Body       json.RawMessage `json:"body"`
		} `json:"response"`
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(raw, &l) != nil || l.CustomID == "" {
		return "", a, false
	}
	switch {
	case len(l.Error) > 0 && string(l.Error) != "null", l.Response == nil:
		a.code = CodeServerError // expired, cancelled or failed over there
	case l.Response.StatusCode >= 300:
		a.code = statusCode(l.Response.StatusCode)
	case json.Unmarshal(l.Response.Body, &a.reply) != nil:
		a.code = CodeBadJSON
	}
	return l.CustomID, a, true
}

// Extract understands the answer to a reading.
func (b *BatchIn) Extract(ctx context.Context, in triage.Reading) (triage.Proposal, error) {
	id, r, err := b.model.batched(in)
	if err != nil {
		return triage.Proposal{}, triage.Errorf(triage.Internal, "the request cannot be rendered: %w", err)
	}
	a, ok := b.answers[id]
	if !ok {
		a.code = CodeNoAnswer
	}
	var p triage.Proposal
	if a.code == "" {
		var failure *callError
		if p, failure = b.model.read(in, r, &a.reply); failure != nil {
			a.code = failure.code
		}
	}
	var usage triage.Usage
	if ok {
		usage = b.model.opt.Price.usage(a.reply.Usage)
	}
	if a.code != "" {
		if p, err = b.foot.Extract(ctx, in); err != nil {
			return triage.Proposal{}, err
		}
		p.Info.Degraded, p.Info.Failures = true, []string{a.code}
	}
	p.Info.Usage = usage
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used[id] = a.code
	return p, nil
}

// read understands a response to a request, whoever brought it.
func (m *Model) read(in triage.Reading, r *request, reply *openai.ChatCompletionResponse) (triage.Proposal, *callError) {
	text, cutOff, err := textOf(reply)
	if err != nil {
		return triage.Proposal{}, err
	}
	a, err := decodeAnswer(text, cutOff)
	if err != nil {
		return triage.Proposal{}, err
	}
	p := m.understand(in, r, a)
	p.Info = triage.ExtractorInfo{Name: "llm", Model: clip(oneLine(reply.Model), 100), Prompt: m.prompt.ID(), Dropped: p.Info.Dropped}
	return p, nil
}

// Summary tells people what became of the answers.
func (b *BatchIn) Summary() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	failures := map[string]int{}
	strange := len(b.answers)
	for id, code := range b.used {
		if code != "" {
			failures[code]++
		}
		if _, ok := b.answers[id]; ok {
			strange--
		}
	}
	bad := 0
	for _, n := range failures {
		bad += n
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%d of %d tickets were read with an answer of the batch", len(b.used)-bad, len(b.used))
	for i, code := range slices.Sorted(maps.Keys(failures)) {
		fmt.Fprintf(&s, "%s %d %s", map[bool]string{true: "; read offline and marked degraded:", false: ","}[i == 0], failures[code], code)
	}
	if strange > 0 {
		fmt.Fprintf(&s, "; %d answers fit no ticket (another dataset, workspace or prompt?)", strange)
	}
	if len(b.Broken) > 0 {
		fmt.Fprintf(&s, "; %d of %d lines are no answer (first: line %d)", len(b.Broken), b.Lines, b.Broken[0])
	}
	return s.String()
}
