package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	_ "embed"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// Widget is the chat widget of one host: the sites that may show it.
type Widget struct {
	Origins []string // scheme://host[:port] of each page that may show it, exactly
	Secret  string   // signs the tokens of visitors and verifies the host's of its users; at least 32 bytes
	Mode    string   // watch, note: no readback; assist (the default), act: with it
}

// The limits of one message of the widget.
const (
	maxWidgetFiles = 5
	maxWidgetFile  = 5 << 20  // bytes of one file
	maxWidgetBody  = 16 << 20 // bytes of a message with its files
	maxWidgetText  = 20_000   // runes
)

// widgets are what the widgets of a service share.
type widgets struct {
	all    map[string]*widget
	script asset
	hub    hub

	newcomers, addresses, visitors *buckets
	bodies                         *reserve // of messages that are being read
	streams                        streams
}

// widget is one of them, ready for use.
type widget struct {
	name    string
	origins []string
	secret  []byte
	reads   bool // gives the readback
}

// source is the namespace of its tickets in the store.
func (w *widget) source() string { return "widget/" + w.name }

var (
	widgetName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	//go:embed widget/widget.js
	widgetJS string
	//go:embed widget/widget.css
	widgetCSS string
)

// newWidgets checks the settings. Errors: Invalid, naming the widget.
func newWidgets(given map[string]Widget) (*widgets, error) {
	ws := &widgets{all: map[string]*widget{}, hub: hub{waiting: map[string]map[chan struct{}]bool{}}, streams: streams{count: map[string]int{}},
		newcomers: newBuckets(1./20, 20), addresses: newBuckets(3, 60), visitors: newBuckets(.5, 10), bodies: newReserve(2*maxWidgetBody, 8*maxWidgetBody)}
	for name, w := range given {
		fault := func(format string, args ...any) error {
			return triage.Errorf(triage.Invalid, "widget.%s cannot be used: %s.", name, fmt.Sprintf(format, args...))
		}
		switch {
		case !widgetName.MatchString(name):
			return nil, fault("its name takes small letters, digits, - and _")
		case len(w.Secret) < 32:
			return nil, fault("its secret has less than 32 characters; openssl rand -hex 32 makes one")
		case len(w.Origins) == 0:
			return nil, fault("it has no origins; list the sites that may show it, such as https://www.example.com")
		case !slices.Contains([]string{"", "watch", "note", "assist", "act"}, w.Mode):
			return nil, fault("its mode is %q; use watch, note, assist or act", w.Mode)
		}
		made := &widget{name: name, secret: []byte(w.Secret), reads: w.Mode != "watch" && w.Mode != "note"}
		for _, o := range w.Origins {
			o = strings.TrimSpace(o)
			if u, err := url.Parse(o); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != o {
				return nil, fault("%q is no origin; write scheme and host alone, such as https://www.example.com", o)
			}
			made.origins = append(made.origins, strings.ToLower(o))
		}
		ws.all[name] = made
	}
	var err error
	ws.script, err = widgetScript()
	return ws, err
}

// asset is a file to serve as it is and compressed.
type asset struct {
	plain, zipped []byte
	etag          string
}

// widgetScript is the script with its style sheet and its words in every
// language that customers are spoken to in, made once in a process.
var widgetScript = sync.OnceValues(func() (asset, error) {
	words := map[string]map[string]string{}
	for _, lang := range triage.CustomerLanguages() {
		words[lang] = triage.Sentences(lang, "widget.")
		maps.DeleteFunc(words[lang], func(code, _ string) bool { // told by the server
			return code == "holder" || code == "reading" || strings.HasPrefix(code, "next.")
		})
	}
	script := widgetJS
	for mark, value := range map[string]any{`"STYLE"`: squeeze(widgetCSS), `"WORDS"`: words} {
		text, err := json.Marshal(value)
		if err != nil || strings.Count(script, mark) != 1 {
			return asset{}, fmt.Errorf("widget.js has not one %s: %w", mark, err)
		}
		script = strings.Replace(script, mark, string(text), 1)
	}
	a := asset{plain: []byte(script)}
	sum := sha256.Sum256(a.plain)
	a.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(a.plain)
	}
	if err == nil {
		err = w.Close()
	}
	a.zipped = zipped.Bytes()
	return a, err
})

var runsOfSpace = regexp.MustCompile(`\s+`)

// squeeze takes the spaces out of a style sheet that hold no meaning.
func squeeze(css string) string { return strings.TrimSpace(runsOfSpace.ReplaceAllString(css, " ")) }

// widgetFile serves the script to any page: it does nothing but for those that
// its settings name.
func (s *Server) widgetFile(c echo.Context) error {
	a, h := &s.widgets.script, c.Response().Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*") // for integrity= and crossorigin
	h.Set("Cache-Control", "public, max-age=300, stale-while-revalidate=86400")
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if c.Request().Header.Get("If-None-Match") == a.etag {
		return c.NoContent(http.StatusNotModified)
	}
	body := a.plain
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.zipped
	}
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", body)
}

// The request headers of a widget, besides Authorization: the token of the
// browser, which it keeps. There are no cookies: the host is another site.
const headerUser = "Readback-User" // the host's token for the user who is signed in there

// crossOrigin lets in the pages of a widget's origins, and no other caller.
func (s *Server) crossOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		w, origin, h := s.widgets.all[c.Param("widget")], c.Request().Header.Get("Origin"), c.Response().Header()
		if w == nil {
			return echo.ErrNotFound
		}
		h.Set("Vary", "Origin")
		if !slices.Contains(w.origins, strings.ToLower(origin)) {
			return &problem{status: http.StatusForbidden, code: "forbidden_origin", message: "This widget may not be shown there; widget." + w.name + ".origins lists the sites."}
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Retry-After")
		if c.Request().Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID, "+headerUser)
			h.Set("Access-Control-Max-Age", "600")
			return c.NoContent(http.StatusNoContent)
		}
		c.Set("widget", w)
		return next(c)
	}
}

// noAnswer is what stands behind a preflight, which crossOrigin answers.
func noAnswer(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

func widgetOf(c echo.Context) *widget { return c.Get("widget").(*widget) }

// caller is who uses a widget: a browser, and the user in front of it when the
// host vouches for one.
type caller struct {
	browser store.Visitor
	user    *hostUser
}

// visitor is whose conversation it is.
func (p *caller) visitor() store.Visitor {
	if p.user != nil {
		return p.user.visitor(p.browser.Source)
	}
	return p.browser
}

// callerOf reads the two tokens of a request. Errors: 401 with the code
// visitor or user, for the token that is not good.
func (s *Server) callerOf(c echo.Context) (*caller, error) {
	w := widgetOf(c)
	id, ok := w.browserOf(c.Request())
	if !ok {
		return nil, &problem{status: http.StatusUnauthorized, code: "visitor", message: "Begin with a call of session: the token of this browser is not good."}
	}
	p := &caller{browser: w.browser(id)}
	var err error
	p.user, err = w.userOf(c.Request().Header.Get(headerUser), s.Clock())
	if err != nil {
		s.log(c).Warn("token of a user refused", "widget", w.name, "error", err)
		return nil, &problem{status: http.StatusUnauthorized, code: "user", message: "The token of the user is not good or has expired: " + err.Error() + "."}
	}
	if wait, ok := s.widgets.addresses.take(visitor(c), s.Clock()); !ok {
		return nil, tooFast(waitSeconds(wait))
	}
	return p, nil
}

func tooFast(seconds int) *problem {
	return &problem{status: http.StatusTooManyRequests, code: "too_many_requests", message: "Too much at once; try again later.", retryAfter: seconds}
}

// widgetSession gives a browser its token, and a user who signed in what they
// began in this browser before.
func (s *Server) widgetSession(c echo.Context) error {
	w, r := widgetOf(c), c.Request()
	id, known := w.browserOf(r)
	if !known {
		if wait, ok := s.widgets.newcomers.take(visitor(c), s.Clock()); !ok {
			return tooFast(waitSeconds(wait))
		}
		id = newBrowserID()
		r.Header.Set(echo.HeaderAuthorization, "Bearer "+w.token(id))
	}
	p, err := s.callerOf(c)
	if err != nil {
		return err
	}
	if p.user != nil && known {
		if err := s.Store.SignIn(ctxOf(c), p.browser, p.visitor()); err != nil {
			return err
		}
	}
	conv, err := s.Store.Conversation(ctxOf(c), p.visitor())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"visitor": w.token(id), "workspace": s.Workspace.Name, "conversation": len(conv.Messages) > 0,
		"help": w.readingToken(id), "files": maxWidgetFiles, "file_bytes": maxWidgetFile, "bytes": maxWidgetBody - 1<<20, "text": maxWidgetText})
}

// streams counts what is open at the same time, by whom.
type streams struct {
	sync.Mutex
	count map[string]int
}

// The most streams at once.
const (
	maxVisitorStreams = 12 // tabs
	maxAddressStreams = 200
)

// open counts a stream of a visitor; ok is false when they have too many.
func (s *streams) open(visitor, address string) (done func(), ok bool) {
	s.Lock()
	defer s.Unlock()
	visitor, address = "v"+visitor, "a"+address
	if s.count[visitor] >= maxVisitorStreams || s.count[address] >= maxAddressStreams {
		return nil, false
	}
	s.count[visitor]++
	s.count[address]++
	return func() {
		s.Lock()
		defer s.Unlock()
		for _, key := range []string{visitor, address} {
			if s.count[key]--; s.count[key] <= 0 {
				delete(s.count, key)
			}
		}
	}, true
}

// hub wakes the streams that a change concerns, by ticket or visitor.
type hub struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool // by id
}

// wake tells those that wait for an id.
func (h *hub) wake(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.waiting[id] {
		select {
		case ch <- struct{}{}:
		default: // it is told already
		}
	}
}

// wait makes ch wait for exactly these ids; none ends it.
func (h *hub) wait(ch chan struct{}, was, ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range was {
		if delete(h.waiting[id], ch); len(h.waiting[id]) == 0 {
			delete(h.waiting, id)
		}
	}
	for _, id := range ids {
		if h.waiting[id] == nil {
			h.waiting[id] = map[chan struct{}]bool{}
		}
		h.waiting[id][ch] = true
	}
}

// listen passes on what changes in the store until the service ends.
func (h *hub) listen(events <-chan store.Event) {
	for e := range events {
		h.wake(e.TicketID)
	}
}
