package web

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// typingFor is how long one counts as typing after a key.
const typingFor = 6 * time.Second

// presence knows who has which ticket open and who types in it: in memory, of
// this process, and only as long as their page is open. It is never stored.
type presence struct {
	mu       sync.Mutex
	readers  map[string][]*reader // by ticket; one for each open page
	watchers map[chan string]bool // are told of tickets whose readers changed
}

type reader struct {
	id, name string
	typing   time.Time // until then
}

// here is a person who has a ticket open, as pages and events tell it.
type here struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Short  string `json:"short"` // two letters
	Typing bool   `json:"typing"`
}

func newPresence() *presence {
	return &presence{readers: map[string][]*reader{}, watchers: map[chan string]bool{}}
}

// join says that a person has a ticket open, until leave is called.
func (p *presence) join(ticket, id, name string) (leave func()) {
	r := &reader{id: id, name: name}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers[ticket] = append(p.readers[ticket], r)
	p.tell(ticket)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.readers[ticket] = slices.DeleteFunc(p.readers[ticket], func(x *reader) bool { return x == r }); len(p.readers[ticket]) == 0 {
			delete(p.readers, ticket)
		}
		p.tell(ticket)
	}
}

// typed says that a person who has the ticket open types.
func (p *presence) typed(ticket, id string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.readers[ticket] {
		if r.id == id {
			r.typing = now.Add(typingFor)
		}
	}
	p.tell(ticket)
}

// of lists who has a ticket open, besides one person, by name.
func (p *presence) of(ticket, but string, now time.Time) []here {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []here{}
	for _, r := range p.readers[ticket] {
		if r.id == but {
			continue
		}
		typing := r.typing.After(now)
		if i := slices.IndexFunc(out, func(h here) bool { return h.ID == r.id }); i >= 0 {
			out[i].Typing = out[i].Typing || typing
			continue
		}
		out = append(out, here{ID: r.id, Name: r.name, Short: initials(r.name), Typing: typing})
	}
	slices.SortFunc(out, func(a, b here) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out
}

// watch returns a channel of tickets whose readers changed. One who lags loses some.
func (p *presence) watch() (changes <-chan string, stop func()) {
	ch := make(chan string, 16)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers[ch] = true
	return ch, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.watchers, ch)
	}
}

func (p *presence) tell(ticket string) {
	for ch := range p.watchers {
		select {
		case ch <- ticket:
		default:
		}
	}
}

// initials are the first letters of the first and last word of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}

// typing is sent by a page while its reader types.
func (s *Server) typing(c echo.Context) error {
	s.presence.typed(c.Param("id"), s.person(c).ID, s.Clock())
	return c.NoContent(204)
}
