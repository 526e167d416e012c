package extract

import (
	"cmp"
	"context"
	"crypto/sha256"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"readback/knowledge"
	"readback/triage"
)

// EmbedderOptions configure an Embedder.
type EmbedderOptions struct {
	BaseURL      string       // such as http://127.0.0.1:8081/v1; required
	Model        string       // the embedding model's name at the provider; required
	Key          string       // bearer token; "" = none
	AzureVersion string       // as in ModelOptions
	Client       *http.Client // default: a plain one
	// Timeout is what a ticket waits at most for its vector, and at first for
	// those of the procedures; default 2 s.
	Timeout        time.Duration
	RedactPersonal bool   // as in ModelOptions
	QueryPrefix    string // before the text of a ticket, for models that are trained so ("query: "); default ""
	PassagePrefix  string // before the text of a procedure ("passage: "); default ""
	Price          *Price // nil = not known
	DailyUSD       float64
	Ledger         Ledger       // where spending is kept, shared with the Ladder; default: in memory
	Logger         *slog.Logger // default slog.Default
	Now            func() time.Time
}

// Embedder ranks procedures by how near their meaning is to a ticket's, with an
// embedding model behind the embeddings API of OpenAI, which many servers
// speak. Vectors are kept in memory: those of procedures by their text, so that
// a changed workspace costs what changed, and those of the last tickets. It is
// safe for concurrent use.
type Embedder struct {
	opt     EmbedderOptions
	client  *openai.Client
	breaker breaker
	room    atomic.Int64 // bytes of one text that fit, as far as is known

	mu      sync.Mutex
	shut    time.Time // the provider asked to be left alone until then
	dims    int       // of every vector; 0 before the first
	known   map[textKey][]float32
	tickets []textKey // those of known that are of tickets, the oldest first
	asked   passages  // of the workspace that was asked for last
	filling chan struct{}
}

// passages are the texts of a workspace's procedures as they are sent.
type passages struct {
	of    *knowledge.Workspace
	room  int64
	texts [][]string // by procedure
	keys  [][]textKey
}

type textKey [sha256.Size]byte

// Bounds of what is sent, kept and taken.
const (
	maxEmbedded = 2000    // bytes of a text: models read 256 to 512 tokens, and a ticket says early what it wants
	leastRoomOf = 250     // bytes; a model that holds less is of no use
	embedBatch  = 32      // texts of one call
	maxVectors  = 8 << 20 // bytes of a response
	maxTickets  = 1000    // vectors of tickets that are kept, about 6 MB of 1,536 dimensions
	maxDims     = 1 << 14 // of a vector
	fillTimeout = time.Minute
)

// Codes besides those of a model's failures.
const (
	// CodeWarming says that the procedures have no vectors yet.
	CodeWarming = "warming"
	// CodeBadVector says that what came is no vector of this model: of other
	// dimensions, not finite, zero, or too few.
	CodeBadVector = "bad_vector"
)

// NewEmbedder returns an Embedder. It makes no call.
func NewEmbedder(opt EmbedderOptions) *Embedder {
	if opt.Client == nil {
		opt.Client = &http.Client{}
	}
	opt.Timeout = cmp.Or(opt.Timeout, 2*time.Second)
	if opt.Ledger == nil {
		opt.Ledger = &memory{}
	}
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	if opt.Now == nil {
		opt.Now = time.Now
	}
	e := &Embedder{opt: opt, client: newClient(opt.Client, opt.BaseURL, opt.Key, opt.AzureVersion, maxVectors), known: map[textKey][]float32{}}
	e.room.Store(maxEmbedded)
	return e
}

// Nearest ranks the procedures of a workspace by how near they are to a text of
// a ticket, which is what the search by words gets; at most n. Info says what
// it cost and, when there is no ranking, why: the ticket goes on without.
// What must not leave the machine is taken out of the text first.
func (e *Embedder) Nearest(ctx context.Context, w *knowledge.Workspace, t *triage.Ticket, text string, n int) ([]knowledge.Hit, triage.RetrievalInfo) {
	began := e.opt.Now()
	info := triage.RetrievalInfo{Model: e.opt.Model}
	ctx, cancel := context.WithTimeout(ctx, e.opt.Timeout)
	defer cancel()
	hits, failure := e.nearest(ctx, w, t, text, n, &info)
	if failure != nil {
		info.Failure = failure.code
		e.opt.Logger.WarnContext(ctx, "procedures are searched by words alone", "model", e.opt.Model, "ticket", t.ID, "code", failure.code, "error", failure)
	}
	info.LatencyMS = e.opt.Now().Sub(began).Milliseconds()
	return hits, info
}

func (e *Embedder) nearest(ctx context.Context, w *knowledge.Workspace, t *triage.Ticket, text string, n int, info *triage.RetrievalInfo) ([]knowledge.Hit, *callError) {
	text = e.sayable(t, text)
	if text == "" {
		return nil, nil // nothing to be near to
	}
	if failure := e.ready(ctx, w); failure != nil {
		return nil, failure
	}
	query, failure := e.query(ctx, text, info)
	if failure != nil {
		return nil, failure
	}
	return e.rank(w, query, n), nil
}

// sayable is a ticket's text as it may leave the machine. Nothing of it comes
// back, so placeholders have no numbers, and the same text gives the same vector.
func (e *Embedder) sayable(t *triage.Ticket, text string) string {
	v := newVault("0")
	if e.opt.RedactPersonal {
		v.own = newPrivate(t.Customer)
	}
	v.learnAll(t)
	text = placeholderShape.ReplaceAllString(v.hide(text), "[$1]")
	return strings.Join(strings.Fields(knowledge.WithoutNames(text)), " ")
}

// query is the vector of a ticket's text.
func (e *Embedder) query(ctx context.Context, text string, info *triage.RetrievalInfo) ([]float32, *callError) {
	text = e.opt.QueryPrefix + clip(text, int(e.room.Load()))
	key := textKey(sha256.Sum256([]byte(text)))
	e.mu.Lock()
	vector := e.known[key]
	e.mu.Unlock()
	if vector != nil {
		info.Cached = true
		return vector, nil
	}
	vectors, usage, failure := e.embed(ctx, []string{text})
	info.Usage = usage
	if failure != nil {
		return nil, failure
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, there := e.known[key]; !there {
		e.known[key] = vectors[0]
		if e.tickets = append(e.tickets, key); len(e.tickets) > maxTickets {
			delete(e.known, e.tickets[0])
			e.tickets = e.tickets[1:]
		}
	}
	return vectors[0], nil
}

// rank orders procedures by the cosine of their nearest passage.
func (e *Embedder) rank(w *knowledge.Workspace, query []float32, n int) []knowledge.Hit {
	e.mu.Lock()
	defer e.mu.Unlock()
	hits := make([]knowledge.Hit, 0, len(w.Procedures))
	for i, keys := range e.passages(w).keys {
		best := math.Inf(-1)
		for _, key := range keys {
			if v := e.known[key]; len(v) == len(query) {
				best = max(best, dot(v, query))
			}
		}
		if !math.IsInf(best, -1) {
			hits = append(hits, knowledge.Hit{Procedure: &w.Procedures[i], Score: best})
		}
	}
	slices.SortStableFunc(hits, func(a, b knowledge.Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits[:min(len(hits), n)]
}

// passages are those of a workspace. When it is another than before, the
// vectors that only the other needs are dropped. e.mu is held.
func (e *Embedder) passages(w *knowledge.Workspace) *passages {
	room := e.room.Load()
	if e.asked.of == w && e.asked.room == room {
		return &e.asked
	}
	next := passages{of: w, room: room}
	kept := make(map[textKey][]float32, len(e.known))
	keep := func(key textKey) {
		if v := e.known[key]; v != nil {
			kept[key] = v
		}
	}
	for i := range w.Procedures {
		var texts []string
		var keys []textKey
		for _, passage := range w.Procedures[i].Passages() {
			text := e.opt.PassagePrefix + clip(passage, int(room))
			texts, keys = append(texts, text), append(keys, sha256.Sum256([]byte(text)))
			keep(keys[len(keys)-1])
		}
		next.texts, next.keys = append(next.texts, texts), append(next.keys, keys)
	}
	for _, key := range e.tickets {
		keep(key)
	}
	e.known, e.asked = kept, next
	return &e.asked
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// Warm has the vectors of a workspace made, beside what goes on.
func (e *Embedder) Warm(w *knowledge.Workspace) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // it does not wait
	_ = e.ready(ctx, w)
}

// ready waits for the vectors of the procedures, as long as a ticket may wait.
// Whoever comes first has them made; that goes on when its ticket goes on.
func (e *Embedder) ready(ctx context.Context, w *knowledge.Workspace) *callError {
	missing := e.missing(w)
	if len(missing) == 0 {
		return nil
	}
	e.mu.Lock()
	filling := e.filling
	if filling == nil {
		if failure := e.closed(); failure != nil {
			e.mu.Unlock()
			return failure
		}
		filling = make(chan struct{})
		e.filling = filling
		go e.fill(context.WithoutCancel(ctx), missing, filling)
	}
	e.mu.Unlock()
	select {
	case <-filling:
		if len(e.missing(w)) > 0 {
			return failed(CodeWarming, "the procedures could not be embedded")
		}
		return nil
	case <-ctx.Done():
		return failed(CodeWarming, "the procedures are being embedded")
	}
}

// missing are the passages of a workspace that have no vector, as they are sent.
func (e *Embedder) missing(w *knowledge.Workspace) (out []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.passages(w)
	seen := map[textKey]bool{}
	for i, keys := range p.keys {
		for j, key := range keys {
			if e.known[key] == nil && !seen[key] {
				seen[key] = true
				out = append(out, p.texts[i][j])
			}
		}
	}
	return out
}

// fill embeds texts until a call fails.
func (e *Embedder) fill(ctx context.Context, texts []string, done chan<- struct{}) {
	defer func() {
		e.mu.Lock()
		e.filling = nil
		e.mu.Unlock()
		close(done)
	}()
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	for batch := range slices.Chunk(texts, embedBatch) {
		vectors, _, failure := e.embed(ctx, batch)
		if failure != nil {
			e.opt.Logger.WarnContext(ctx, "procedures cannot be embedded", "model", e.opt.Model, "code", failure.code, "error", failure)
			return
		}
		e.mu.Lock()
		for i := range vectors {
			e.known[sha256.Sum256([]byte(batch[i]))] = vectors[i]
		}
		e.mu.Unlock()
	}
}

// closed reports why no call may be made now, nil when one may. e.mu is held.
func (e *Embedder) closed() *callError {
	if now := e.opt.Now(); now.Before(e.shut) || e.breaker.open(now) {
		return failed(CodeCircuitOpen, "it failed just now")
	}
	return nil
}

// embed makes one call for the vectors of texts, of length 1 each.
func (e *Embedder) embed(ctx context.Context, texts []string) (vectors [][]float32, usage triage.Usage, failure *callError) {
	e.mu.Lock()
	failure = e.closed()
	e.mu.Unlock()
	if failure != nil {
		return nil, usage, failure
	}
	if !affordable(ctx, e.opt.Ledger, e.opt.DailyUSD, e.opt.Price, e.opt.Now(), e.opt.Logger) {
		return nil, usage, failed(CodeBudget, "the day's budget is spent")
	}
	if !e.breaker.allow(e.opt.Now()) {
		return nil, usage, failed(CodeCircuitOpen, "it failed just now")
	}
	resp, err := e.client.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: texts, Model: openai.EmbeddingModel(e.opt.Model),
		EncodingFormat: openai.EmbeddingEncodingFormatFloat})
	switch {
	case err != nil:
		failure = classify(ctx, err)
		failure.retryAfter = retryAfter(resp.Header(), e.opt.Now())
		failure.problem = withoutKey(failure.problem, e.opt.Key)
	default:
		usage = e.opt.Price.usage(resp.Usage)
		charge(ctx, e.opt.Ledger, e.opt.Now(), e.opt.Model, usage, e.opt.Logger)
		vectors, failure = e.vectorsOf(resp.Data, len(texts))
	}
	e.judge(ctx, failure)
	return vectors, usage, failure
}

// judge remembers what a call tells of its provider.
func (e *Embedder) judge(ctx context.Context, failure *callError) {
	if failure == nil {
		e.breaker.succeeded()
		return
	}
	now := e.opt.Now()
	if failure.code == CodeTooLong {
		if room := e.room.Load(); room/2 >= leastRoomOf {
			e.room.CompareAndSwap(room, room/2)
		}
	}
	e.mu.Lock()
	if until := now.Add(failure.retryAfter); until.After(e.shut) {
		e.shut = until
	}
	e.mu.Unlock()
	e.breaker.failed(&Failure{Codes: []string{failure.code}, RetryAfter: failure.retryAfter}, context.Cause(ctx), now)
}

// vectorsOf takes n vectors out of a response, by their index.
func (e *Embedder) vectorsOf(data []openai.Embedding, n int) ([][]float32, *callError) {
	if len(data) == 0 {
		return nil, failed(CodeEmpty, "the response has no vectors")
	}
	out := make([][]float32, n)
	for i := range data {
		at := data[i].Index
		if at < 0 || at >= n || out[at] != nil {
			return nil, failed(CodeBadVector, "index %d of %d texts", at, n)
		}
		if !normalize(data[i].Embedding) {
			return nil, failed(CodeBadVector, "a vector is zero or not finite")
		}
		out[at] = data[i].Embedding
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range out {
		dims := cmp.Or(e.dims, len(v))
		if len(v) == 0 || len(v) != dims || dims > maxDims {
			return nil, failed(CodeBadVector, "%d dimensions, not %d", len(v), dims)
		}
		e.dims = dims
	}
	return out, nil
}

// normalize gives a vector the length 1, and reports whether it has a direction.
func normalize(v []float32) bool {
	norm := math.Sqrt(dot(v, v))
	if norm == 0 || math.IsInf(norm, 0) || math.IsNaN(norm) {
		return false
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / norm)
	}
	return true
}
