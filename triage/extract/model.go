// Package extract reads what a ticket says with a language model, on a ladder
// that steps down to a reader without one (extract/offline) so that a ticket
// is never left unread.
//
//	model                               one provider: a reading, in the best format that it takes
//	model_request, _shorten, _known     what it is sent; in later readings the last brief and the news
//	model_decode, _map, _merge          its answer into a proposal, laid over what was known
//	model_secrets, _private, _hygiene   what never leaves the machine, and what may not come back
//	model_errors, _price, _batch        codes of failures, cost, OpenAI Batch files
//	ladder                              providers in order, then the foot
//	ladder_gate, _breaker, _budget      whose turn it is, who is left alone, what a day may cost
//	keyword                             the baseline that evaluations compare with
package extract

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"readback/prompts"
	"readback/triage"
)

// ModelOptions configures one model at one provider.
type ModelOptions struct {
	BaseURL string // such as http://127.0.0.1:8081/v1; required
	Model   string // the model's name at the provider; required
	Key     string // bearer token; "" = none
	// AzureVersion is the api-version of Azure's dated API, in which Model is
	// the deployment and the key goes into a header of its own. "" = the
	// plain API, which Azure speaks too, under /openai/v1.
	AzureVersion string
	// Client makes the calls; default: a plain *http.Client. Its Timeout should be zero.
	Client *http.Client
	// Reasoning says that the model thinks before it answers: no temperature,
	// max_completion_tokens. Known by name for OpenAI's own; learned from a
	// provider that rejects the parameters.
	Reasoning   bool
	Timeout     time.Duration // for one call; default 20 s
	MaxResponse int64         // bytes of a response; default 2 MiB
	MaxTokens   int           // of an answer, thoughts not counted; default 4,096
	Budget      int           // bytes of conversation sent, less once one was too long; default 48,000, about 12,000 tokens of English
	Price       *Price        // nil = not known
	Limits      Limits        // what a Ladder asks of this provider at once
	// RedactPersonal hides personal data too, not only secrets: names of the
	// customer's record, addresses before their @, telephone and identity numbers.
	RedactPersonal bool
	Prompt         *prompts.Extract // the version to read with; nil = the newest
	Fence          func() string    // a new random delimiter, at least 6 hex digits; default from crypto/rand
	// Record gets each usable answer as a line of a batch's output file, by which
	// BatchIn reads the same tickets again, one call at a time; nil = nobody.
	Record func(line []byte)
	Now    func() time.Time
}

// Model reads tickets with one language model behind the chat completions API
// of OpenAI, which many servers speak. It is safe for concurrent use.
type Model struct {
	opt       ModelOptions
	client    *openai.Client
	prompt    *prompts.Extract
	recording sync.Mutex
	reasoning atomic.Bool
	room      atomic.Int64 // bytes of conversation that fit, as far as is known

	mu      sync.Mutex
	best    format // the most binding format that this provider takes
	strikes int    // readings in a row that best spoiled and a lower format saved
}

// maxStrikes is how often in a row a format may give unusable answers before
// it is no longer tried first.
const maxStrikes = 3

// NewModel returns a Model. It makes no call.
func NewModel(opt ModelOptions) *Model {
	if opt.Client == nil {
		opt.Client = &http.Client{}
	}
	if opt.Timeout == 0 {
		opt.Timeout = 20 * time.Second
	}
	if opt.MaxResponse == 0 {
		opt.MaxResponse = 2 << 20
	}
	if opt.MaxTokens == 0 {
		opt.MaxTokens = 4096
	}
	if opt.Budget == 0 {
		opt.Budget = 48_000
	}
	if opt.Prompt == nil {
		opt.Prompt, _ = prompts.Version("") // there is always one
	}
	if opt.Fence == nil {
		opt.Fence = randomFence
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	m := &Model{opt: opt, client: newClient(opt.Client, opt.BaseURL, opt.Key, opt.AzureVersion, opt.MaxResponse), prompt: opt.Prompt}
	m.reasoning.Store(opt.Reasoning || reasons(opt.Model))
	m.room.Store(int64(opt.Budget))
	return m
}

// newClient returns a client of the API at base, or of Azure's dated API, that
// takes only JSON of at most limit bytes.
func newClient(with *http.Client, base, key, azureVersion string, limit int64) *openai.Client {
	config := openai.DefaultConfig(key)
	if azureVersion != "" {
		config = openai.DefaultAzureConfig(key, base)
		config.APIVersion = azureVersion
		config.AzureModelMapperFunc = nil // the model is the deployment
	}
	config.BaseURL = base
	client := *with
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	config.HTTPClient = guarded{&client, limit}
	return openai.NewClientWithConfig(config)
}

// reasons knows OpenAI's reasoning models by name.
func reasons(model string) bool {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// Name is the model's name at its provider.
func (m *Model) Name() string { return m.opt.Model }

// Extract reads a ticket. It asks in the most binding format that the
// provider takes and steps down when that is refused or spoiled: json_schema,
// json_object, plain text with one repair. When the conversation is too long
// for the model it sends half of it, and no more than that from then on. The
// error is a *Failure.
func (m *Model) Extract(ctx context.Context, in triage.Reading) (triage.Proposal, error) {
	began := m.opt.Now()
	var id string // of an answer that is to be recorded
	r := m.render(in)
	if m.opt.Record != nil {
		if again, same, err := m.batched(in); err == nil {
			id, r = again, same
		}
	}
	var usage triage.Usage
	var codes []string
	var last *callError
	first := m.start()
	rejected := first // the format below those that the provider rejected
	for f := first; f <= plain; f++ {
		a, err := m.ask(ctx, r, f, &usage, &codes)
		if err == nil {
			m.learn(first, rejected, f)
			if id != "" {
				m.record(id, a.text, usage)
			}
			p := m.understand(in, r, a)
			p.Info = triage.ExtractorInfo{Name: "llm", Model: m.opt.Model, Prompt: m.prompt.ID(), Failures: codes,
				Dropped: p.Info.Dropped, Usage: usage, LatencyMS: m.opt.Now().Sub(began).Milliseconds()}
			return p, nil
		}
		last = err
		if err.code == CodeTooLong && m.halve(r.room) {
			r, id = m.render(in), "" // a batch would ask for all of it
			f--
			continue
		}
		if err.code == CodeRejected && rejected == f {
			rejected = f + 1
		}
		if !formatMatters(err.code) {
			break
		}
	}
	return triage.Proposal{}, &Failure{Codes: codes, RetryAfter: last.retryAfter, Usage: usage,
		Err: triage.Errorf(triage.Unavailable, "the model could not read the ticket: %w", last)}
}

// leastRoom is the least of a conversation that is worth sending, in bytes.
const leastRoom = 3000

// halve halves the room after a conversation did not fit into it, and reports
// whether there is less now.
func (m *Model) halve(room int64) bool {
	if room/2 >= leastRoom {
		m.room.CompareAndSwap(room, room/2) // else another reading has done it
	}
	return m.room.Load() < room
}

// understand turns an answer to a request into a proposal.
func (m *Model) understand(in triage.Reading, r *request, a *answer) triage.Proposal {
	p := newMapper(in, r).proposal(a)
	if r.shortened && !slices.Contains(p.Flags, triage.FlagShortened) {
		p.Flags = append(p.Flags, triage.FlagShortened)
	}
	return p
}

// formatMatters reports whether another format may help.
func formatMatters(code string) bool {
	switch code {
	case CodeRejected, CodeBadJSON, CodeWrongSchema, CodeEmpty:
		return true
	}
	return false
}

// ask makes one call in a format, and in the plain format a second one to
// have an unusable answer repaired.
func (m *Model) ask(ctx context.Context, r *request, f format, usage *triage.Usage, codes *[]string) (*answer, *callError) {
	var bad *repair
	for {
		knew := m.reasoning.Load()
		text, cutOff, err := m.call(ctx, r, f, bad, usage)
		var a *answer
		if err == nil {
			if a, err = decodeAnswer(text, cutOff); err == nil {
				a.text = text
				return a, nil
			}
		}
		*codes = append(*codes, err.code)
		switch {
		case err.code == CodeRejected && !knew && (err.param == "temperature" || err.param == "max_tokens"):
			m.reasoning.Store(true)
			continue // the same call without the parameter
		case f == plain && bad == nil && (err.code == CodeBadJSON || err.code == CodeWrongSchema):
			bad = &repair{answer: text, problem: err.problem}
			continue
		}
		return nil, err
	}
}

// call makes one call and returns the text of the answer.
func (m *Model) call(ctx context.Context, r *request, f format, bad *repair, usage *triage.Usage) (text string, cutOff bool, failure *callError) {
	req, err := m.completion(r, f, bad)
	if err != nil {
		return "", false, failed(CodeRejected, "%v", err)
	}
	return m.send(ctx, req, usage)
}

// send makes one call with a request and returns the text of the answer.
func (m *Model) send(ctx context.Context, req openai.ChatCompletionRequest, usage *triage.Usage) (text string, cutOff bool, failure *callError) {
	ctx, cancel := context.WithTimeout(ctx, m.opt.Timeout)
	defer cancel()
	resp, err := m.client.CreateChatCompletion(ctx, req)
	if err != nil {
		e := classify(ctx, err)
		e.retryAfter = retryAfter(resp.Header(), m.opt.Now())
		e.problem = withoutKey(e.problem, m.opt.Key)
		return "", false, e
	}
	usage.Add(m.opt.Price.usage(resp.Usage))
	return textOf(&resp)
}

// textOf returns the text of a response, and whether it was cut off for its length.
func textOf(resp *openai.ChatCompletionResponse) (text string, cutOff bool, failure *callError) {
	if len(resp.Choices) == 0 {
		return "", false, failed(CodeEmpty, "the response has no choices")
	}
	choice := resp.Choices[0]
	if choice.Message.Refusal != "" || choice.FinishReason == openai.FinishReasonContentFilter {
		return "", false, failed(CodeRefused, "the model declined")
	}
	text = choice.Message.Content
	for _, part := range choice.Message.MultiContent {
		text += part.Text
	}
	return text, choice.FinishReason == openai.FinishReasonLength, nil
}

func withoutKey(s, key string) string {
	if key == "" {
		return s
	}
	return strings.ReplaceAll(s, key, "[key]")
}

func (m *Model) start() format {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.best
}

// learn remembers which format works: those that the provider rejected are
// not tried again, one that was spoiled maxStrikes times in a row neither.
func (m *Model) learn(first, rejected, worked format) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case rejected > m.best && rejected <= worked:
		m.best, m.strikes = rejected, 0
	case worked == first:
		m.strikes = 0
	default:
		if m.strikes++; m.strikes >= maxStrikes {
			m.best, m.strikes = max(m.best, worked), 0
		}
	}
}

// guarded lets only JSON of a bounded size through, and follows no redirects:
// a ticket goes to the configured provider and nowhere else.
type guarded struct {
	client *http.Client
	limit  int64
}

func (g guarded) Do(req *http.Request) (*http.Response, error) {
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &limited{resp.Body, g.limit}
	switch {
	case resp.StatusCode < 300:
		media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
			_ = resp.Body.Close()
			return nil, fmt.Errorf("%w but %q", errContentType, clip(media, 60))
		}
	case resp.StatusCode < 400:
		_ = resp.Body.Close()
		return nil, &openai.RequestError{HTTPStatusCode: resp.StatusCode, HTTPStatus: resp.Status, Err: errRedirect}
	}
	return resp, nil
}

// limited fails, unlike io.LimitReader, when there is more than its limit.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
