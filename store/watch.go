package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"
	"time"
)

// The kinds of events that Watch tells and the events table keeps.
const (
	EventReceived     = "received"     // messages were stored
	EventTriaged      = "triaged"      // a new result was stored
	EventState        = "state"        // SetState was called
	EventCorrected    = "corrected"    // a correction was added
	EventMerged       = "merged"       // messages moved into another ticket; told of both
	EventUnmerged     = "unmerged"     // and back
	EventSplit        = "split"        // messages moved into a new ticket; told of both
	EventErased       = "erased"       // text of the ticket was erased
	EventPaused       = "paused"       // somebody said in it that a check is wrong
	EventResumed      = "resumed"      // and somebody looked
	EventLinked       = "linked"       // the ticket became part of an incident
	EventUnlinked     = "unlinked"     // a person said that it is not
	EventAssigned     = "assigned"     // somebody got the ticket, or nobody has it any more
	EventSnoozed      = "snoozed"      // it comes back later
	EventWoke         = "woke"         // and it is back
	EventTakenBack    = "taken_back"   // a person said that it needs an answer, though the route says none
	EventActed        = "acted"        // one of those, or a state, by Act: told to watchers only
	EventNoted        = "noted"        // staff wrote a note, or took one back
	EventAcknowledged = "acknowledged" // the tier has said that it has what was handed over
	EventApart        = "apart"        // a person said that another ticket is another matter
	EventHeld         = "held"         // an answer is about to be sent
	EventShadow       = "shadow"       // a candidate read it beside the desk; nothing of it changed
	EventRerouted     = "rerouted"     // a person gave it to another tier, or that ended
	EventReplied      = "replied"      // an answer was sent
	EventDelivery     = "delivery"     // something that goes out came to its end, or a person has to look
	EventImported     = "imported"     // an import ended, or was undone; of no ticket, and told to nobody

	EventCalibrated = "calibrated" // the review floor follows outcomes; of no one ticket

	EventHelped = "helped" // a visitor had their setup checked on a help page; of no ticket

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

// Happening is one row of the events table, as it is recorded.
type Happening struct {
	ID       string // of the row
	Kind     string
	TicketID string
	At       time.Time
	Data     map[string]any // codes, numbers and ids, never text
}

// record appends to the events table, and to the outbox what follows from it.
func (s *Store) record(ctx context.Context, tx *sql.Tx, kind, ticketID string, now time.Time, data map[string]any) error {
	if kind == EventRerouted { // a desk is told of it
		var source string
		if err := tx.QueryRowContext(ctx, `SELECT source FROM tickets WHERE id = ?1`, ticketID).Scan(&source); err != nil {
			return err
		}
		data["source"] = source
	}
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	id := s.newID("evt")
	_, err = tx.ExecContext(ctx, `INSERT INTO events (id, at, kind, ticket_id, data, n)
		VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(n), 0) + 1 FROM events))`,
		id, micros(now), kind, ticketID, string(b))
	if err != nil || s.outgoing == nil || ticketID == "" {
		return err
	}
	for _, d := range s.outgoing(Happening{ID: id, Kind: kind, TicketID: ticketID, At: now, Data: data}) {
		if err := s.enqueue(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}
