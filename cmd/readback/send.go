package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/channel"
	"readback/triage"
)

// sampleText is what send says when nobody gives it words: enough for a route.
const sampleText = "Please switch on HTTPS for link.foxglove.example. Click tracking is on, the CNAME is set and our CDN serves the certificate."

// sendRequest is what the flags of send say.
type sendRequest struct {
	url, source, secret string
	text, file          string
	rate                float64       // messages a second; 0 = one message
	lasts               time.Duration // of a load
}

func (p *program) sendCommand() *cobra.Command {
	var r sendRequest
	c := &cobra.Command{
		Use:   "send [FILE|-]",
		Short: "Post a signed sample to the chat hook of a running desk",
		Long: `Post a signed sample to the chat hook of a running desk.

FILE is a body of the chat hook as JSON (docs/api.md); - reads standard input. Without one a
sample is sent, or the words of --text, as a new conversation. With --rate a new
conversation is sent each time, whether the desk keeps up or not, and the times of the
answers are told, each from the moment at which its message was due.

Exit status: 0 the desk has it, 2 unusable input or refused, 1 the desk did not answer, or
some messages of a load were not stored.`,
		Example: `  readback send --source demo --secret whsec_cmVhZGJhY2stZGVtby1zZWNyZXQtMDAx
  readback send --url http://127.0.0.1:9000 --source site --secret "$SECRET" --text "The API answers 503"
  readback send --source demo --secret "$SECRET" --json message.json
  readback send --source demo --secret "$SECRET" --rate 200 --for 60s`,
		Args: cobra.MaximumNArgs(1),
	}
	f := c.Flags()
	f.StringVar(&r.url, "url", "http://127.0.0.1:8080", "address of the desk")
	f.StringVar(&r.source, "source", "site", "name of the chat source (chat.NAME)")
	f.StringVar(&r.secret, "secret", "", "its secret, whsec_... (required)")
	f.StringVar(&r.text, "text", "", "words of the message")
	f.Float64Var(&r.rate, "rate", 0, "messages a second, for as long as --for says")
	f.DurationVar(&r.lasts, "for", 10*time.Second, "how long to send, with --rate")
	f.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 1 {
			r.file = args[0]
		}
		return p.send(c.Context(), r)
	}
	return c
}

// sent is the answer to one message.
type sent struct {
	Status    int     `json:"status"`
	Ticket    string  `json:"ticket"`
	Message   string  `json:"message"`
	Duplicate bool    `json:"duplicate"` // the desk had it already
	TookMS    float64 `json:"took_ms"`
}

func (p *program) send(ctx context.Context, r sendRequest) error {
	s, err := newSender(r)
	if err != nil {
		return err
	}
	if r.rate != 0 {
		return p.load(ctx, s, r)
	}
	body, id, err := p.sample(r)
	if err != nil {
		return err
	}
	out, answer, err := s.post(ctx, id, body)
	if err != nil {
		return triage.Errorf(triage.Unavailable, "%s does not answer; is the desk running there? %w", r.url, err)
	}
	if out.Status != http.StatusOK && out.Status != http.StatusAccepted {
		return triage.Errorf(triage.Invalid, "the desk refused it with status %d: %s", out.Status, answer)
	}
	if p.asJSON {
		return p.printJSON(out)
	}
	what := "stored"
	if out.Duplicate {
		what = "was stored before"
	}
	fmt.Fprintf(p.stdout, "%d %s in %.1f ms\n%s/tickets/%s\n", out.Status, what, out.TookMS, strings.TrimRight(r.url, "/"), out.Ticket)
	return nil
}

// sample is the body to send and its id.
func (p *program) sample(r sendRequest) (body []byte, id string, err error) {
	if r.file == "" {
		id = newSampleID()
		return sampleBody(id, r.text), id, nil
	}
	if r.text != "" {
		return nil, "", triage.Errorf(triage.Invalid, "give a file or --text, not both")
	}
	if body, err = p.read(r.file); err != nil {
		return nil, "", err
	}
	chat, err := channel.ParseChat(body)
	if err != nil {
		return nil, "", triage.Errorf(triage.Invalid, "%s is no message of the chat hook: %s", r.file, triage.MessageOf(err))
	}
	return body, chat.MessageID, nil
}

func newSampleID() string { return "send-" + rand.Text()[:12] }

// sampleBody is a message of the chat hook in a conversation of its own.
func sampleBody(id, text string) []byte {
	if text == "" {
		text = sampleText
	}
	body, _ := json.Marshal(map[string]any{"conversation_id": id, "message_id": id, "text": text, // strings and a time
		"sent_at": time.Now().UTC().Format(time.RFC3339), "customer": map[string]string{"name": "Sample"}})
	return body
}

func (p *program) printJSON(v any) error {
	data, err := triage.JSON(v)
	if err == nil {
		_, err = fmt.Fprintf(p.stdout, "%s\n", data)
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the result cannot be written: %w", err)
	}
	return nil
}

// sender posts signed bodies to one source of one desk.
type sender struct {
	client *http.Client
	hook   string
	key    channel.Key
}

// maxInFlight bounds the requests of a load that wait for their answer.
const maxInFlight = 512

func newSender(r sendRequest) (*sender, error) {
	base, err := url.Parse(r.url)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, triage.Errorf(triage.Invalid, "--url is %q; give the address of the desk, such as http://127.0.0.1:8080", r.url)
	}
	if r.secret == "" {
		return nil, triage.Errorf(triage.Invalid, "--secret is missing; give the secret of the chat source, whsec_...")
	}
	key, err := channel.ParseKey(r.secret)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: maxInFlight, MaxConnsPerHost: maxInFlight, IdleConnTimeout: time.Minute}
	return &sender{client: &http.Client{Transport: transport, Timeout: 30 * time.Second},
		hook: base.JoinPath("hooks", "chat", r.source).String(), key: key}, nil
}

// post sends one body. answer is what the desk said, in one line, when it is
// no receipt.
func (s *sender) post(ctx context.Context, id string, body []byte) (out *sent, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.hook, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	began := time.Now()
	s.key.Sign(req.Header, id, began, body)
	res, err := s.client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return nil, "", err
	}
	out = &sent{Status: res.StatusCode, Duplicate: res.StatusCode == http.StatusOK, TookMS: float64(time.Since(began).Microseconds()) / 1000}
	var said struct {
		Ticket, Message string
		Error           struct{ Message string }
	}
	if err := json.Unmarshal(data, &said); err != nil && out.Status < 300 {
		return nil, "", errors.New("the answer is no receipt of a desk")
	}
	out.Ticket, out.Message = said.Ticket, said.Message
	if answer = said.Error.Message; answer == "" {
		answer = printable(string(data[:min(len(data), 200)]))
	}
	if out.Status < 300 && out.Ticket == "" {
		return nil, "", errors.New("the answer is no receipt of a desk")
	}
	return out, answer, nil
}
