// Package fake is a server on loopback that speaks the chat completions API
// and misbehaves as told, for tests of everything that talks to a model.
package fake

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// silent logs nothing: failed handshakes are wanted.
var silent = log.New(io.Discard, "", 0)

// Server answers chat completions by a script.
type Server struct {
	URL string // the base URL for a client, such as http://127.0.0.1:40000/v1

	mu       sync.Mutex
	script   []Behaviour
	requests []Request
	closing  chan struct{} // closed at the end of the test, frees those that hang
	http     *httptest.Server
}

// Request is one call as the server got it.
type Request struct {
	URL    *url.URL // path and query
	Header http.Header
	Body   []byte
	// The parts that behaviours look at.
	Model    string
	Format   string // json_schema | json_object | "" for plain text
	Messages []struct{ Role, Content string }

	http    *http.Request
	closing <-chan struct{}
}

// Last is the text of the last message, the conversation to read.
func (r *Request) Last() string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[len(r.Messages)-1].Content
}

// decode reads from the body what behaviours look at.
func (r *Request) decode() error {
	var in struct {
		Model          string
		ResponseFormat struct{ Type string } `json:"response_format"`
		Messages       []struct{ Role, Content string }
	}
	err := json.Unmarshal(r.Body, &in)
	r.Model, r.Format, r.Messages = in.Model, in.ResponseFormat.Type, in.Messages
	return err
}

// Behaviour answers one call.
type Behaviour func(w http.ResponseWriter, r *Request)

// New starts a server that uses one behaviour of the script for each call and
// the last one for all further calls. The end of the test stops it.
func New(t testing.TB, script ...Behaviour) *Server {
	s := newServer(script)
	s.http.Start()
	return s.started(t)
}

// NewTLS is New over HTTPS with a certificate that nobody trusts; Client
// returns one that does.
func NewTLS(t testing.TB, script ...Behaviour) *Server {
	s := newServer(script)
	s.http.StartTLS()
	return s.started(t)
}

func newServer(script []Behaviour) *Server {
	if len(script) == 0 {
		script = []Behaviour{Reader()}
	}
	s := &Server{script: script, closing: make(chan struct{})}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.http.Config.ErrorLog = silent
	return s
}

func (s *Server) started(t testing.TB) *Server {
	s.URL = s.http.URL + "/v1"
	t.Cleanup(func() {
		close(s.closing)
		s.http.Close()
	})
	return s
}

// Client returns a client that trusts the server's certificate.
func (s *Server) Client() *http.Client { return s.http.Client() }

// Requests returns the calls so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Script replaces the script from the next call on.
func (s *Server) Script(script ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

func (s *Server) serve(w http.ResponseWriter, hr *http.Request) {
	if !strings.HasSuffix(hr.URL.Path, "/chat/completions") {
		http.NotFound(w, hr)
		return
	}
	body, err := io.ReadAll(hr.Body)
	if err != nil {
		return // the client went away
	}
	r := Request{URL: hr.URL, Header: hr.Header, Body: body, http: hr, closing: s.closing}
	if err := r.decode(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, r)
	behave := s.script[0]
	if len(s.script) > 1 {
		s.script = s.script[1:]
	}
	s.mu.Unlock()
	behave(w, &r)
}
