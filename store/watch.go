package store

import "sync"

// The kinds of events that Watch tells and the events table keeps.
const (
	EventReceived  = "received"  // messages were stored
	EventTriaged   = "triaged"   // a new result was stored
	EventState     = "state"     // SetState was called
	EventCorrected = "corrected" // a correction was added
	EventMerged    = "merged"    // messages moved into another ticket; told of both
	EventUnmerged  = "unmerged"  // and back
	EventSplit     = "split"     // messages moved into a new ticket; told of both
	EventErased    = "erased"    // text of the ticket was erased
	EventPaused    = "paused"    // somebody said in it that a check is wrong
	EventResumed   = "resumed"   // and somebody looked
	EventLinked    = "linked"    // the ticket became part of an incident
	EventUnlinked  = "unlinked"  // a person said that it is not

	EventIncident = "incident_" // before the state that an incident has come into; of no one ticket
)

// Event tells that a ticket changed; read it again for what it is now.
type Event struct {
	Kind     string
	TicketID string
	Tier     string // of the newest result, "" before the first
}

// watchBuffer is how many events a watcher may lag behind before it loses some.
const watchBuffer = 64

type watchers struct {
	mu  sync.Mutex
	all map[chan Event]struct{}
}

// Watch returns a channel of the events of this process, each sent after its
// commit. A reader that lags loses events, so it must read the store again
// rather than count on each one. stop ends it and closes the channel; it may
// be called more than once.
func (s *Store) Watch() (events <-chan Event, stop func()) {
	w := &s.watch
	ch := make(chan Event, watchBuffer)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = make(map[chan Event]struct{})
	}
	w.all[ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, ok := w.all[ch]; ok {
			delete(w.all, ch)
			close(ch)
		}
	}
}

// tell passes an event to every watcher that has room for it.
func (w *watchers) tell(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.all {
		select {
		case ch <- e:
		default:
		}
	}
}
