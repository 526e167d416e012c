package fake

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// Dims is the length of the vectors of Embeddings.
const Dims = 256

// EmbeddingServer speaks the embeddings API.
type EmbeddingServer struct {
	URL string // the base URL for a client

	mu     sync.Mutex
	script []EmbeddingBehaviour
	inputs [][]string
	http   *httptest.Server
	done   chan struct{}
}

// EmbeddingBehaviour answers one call for the vectors of these texts.
type EmbeddingBehaviour func(w http.ResponseWriter, r *http.Request, inputs []string, closing <-chan struct{})

// NewEmbeddings starts a server that uses one behaviour of the script for each
// call and the last one for all further calls; without a script it answers with
// Embedding. The end of the test stops it.
func NewEmbeddings(t testing.TB, script ...EmbeddingBehaviour) *EmbeddingServer {
	s := newEmbeddings(script)
	s.http.Start()
	return s.started(t)
}

// NewEmbeddingsTLS is NewEmbeddings over HTTPS with a certificate that nobody trusts.
func NewEmbeddingsTLS(t testing.TB) *EmbeddingServer {
	s := newEmbeddings(nil)
	s.http.StartTLS()
	return s.started(t)
}

func newEmbeddings(script []EmbeddingBehaviour) *EmbeddingServer {
	if len(script) == 0 {
		script = []EmbeddingBehaviour{Embeddings}
	}
	s := &EmbeddingServer{script: script, done: make(chan struct{})}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.http.Config.ErrorLog = silent
	return s
}

func (s *EmbeddingServer) started(t testing.TB) *EmbeddingServer {
	s.URL = s.http.URL + "/v1"
	t.Cleanup(func() {
		close(s.done)
		s.http.Close()
	})
	return s
}

// Inputs are the texts of the calls so far.
func (s *EmbeddingServer) Inputs() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]string(nil), s.inputs...)
}

// Script replaces the script from the next call on.
func (s *EmbeddingServer) Script(script ...EmbeddingBehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

func (s *EmbeddingServer) serve(w http.ResponseWriter, r *http.Request) {
	var in struct{ Input []string }
	if !strings.HasSuffix(r.URL.Path, "/embeddings") || json.NewDecoder(r.Body).Decode(&in) != nil {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.inputs = append(s.inputs, in.Input)
	behave := s.script[0]
	if len(s.script) > 1 {
		s.script = s.script[1:]
	}
	s.mu.Unlock()
	behave(w, r, in.Input, s.done)
}

// Embeddings answers with Embedding of each text.
func Embeddings(w http.ResponseWriter, _ *http.Request, inputs []string, _ <-chan struct{}) {
	vectors := make([][]float64, len(inputs))
	for i, text := range inputs {
		vectors[i] = Embedding(text)
	}
	send(w, "application/json", EmbeddingList(vectors))
}

// EmbeddingList is a response with these vectors, last first: their order is
// that of their index, not of the list.
func EmbeddingList(vectors [][]float64) []byte {
	data := []any{}
	for i := len(vectors) - 1; i >= 0; i-- {
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": vectors[i]})
	}
	return []byte(encode(map[string]any{"object": "list", "data": data, "model": "fake", "usage": map[string]any{"prompt_tokens": 7 * len(vectors), "total_tokens": 7 * len(vectors)}}))
}

// Embedding hashes the runs of three to five letters of each word into a
// vector. It knows nothing of meaning: texts are near each other when they share
// parts of words, which finds inflected forms and slips and no synonyms.
func Embedding(text string) []float64 {
	v := make([]float64, Dims)
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune("^" + word + "$")
		for n := 3; n <= 5; n++ {
			for i := 0; i+n <= len(runes); i++ {
				h := fnv.New32a()
				h.Write([]byte(string(runes[i : i+n]))) //nolint:errcheck // never fails
				sign := 1.0
				if h.Sum32()&(1<<31) != 0 {
					sign = -1
				}
				v[h.Sum32()%Dims] += sign
			}
		}
	}
	for i := range v { // repetition tells less and less
		v[i] = math.Copysign(math.Sqrt(math.Abs(v[i])), v[i])
	}
	if len(v) > 0 && strings.TrimSpace(text) == "" {
		v[0] = 1
	}
	return v
}
