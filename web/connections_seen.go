package web

import (
	"context"
	"strings"
	"sync"
	"time"
)

// sightings are the last arrivals and failures of the connections. They are kept
// in the store too, once a minute each at most: an arrival must not cost a
// second write.
type sightings struct {
	mu  sync.Mutex
	all map[string]*sighting
}

type sighting struct {
	arrived, failed         time.Time
	fault                   string
	keptArrived, keptFailed time.Time
}

const keepEvery = time.Minute

// saw notes that something came by a connection, fault "", or failed. Only
// connections that are configured are noted: a stranger's guesses are not.
func (s *Server) saw(id, fault string) {
	if !s.connected(id) {
		return
	}
	now := s.Clock()
	v := s.sightings
	v.mu.Lock()
	one := v.all[id]
	if one == nil {
		one = &sighting{}
		v.all[id] = one
	}
	kept := &one.keptArrived
	if fault == "" {
		one.arrived = now
	} else {
		one.failed, one.fault, kept = now, fault, &one.keptFailed
	}
	due := now.Sub(*kept) >= keepEvery
	if due {
		*kept = now
	}
	v.mu.Unlock()
	if !due {
		return
	}
	go func() {
		if err := s.Store.NoteConnection(context.Background(), id, now, fault); err != nil {
			s.Logger.Warn("a connection's state is not kept", "connection", id, "error", err)
		}
	}()
}

// connected reports whether a connection is configured.
func (s *Server) connected(id string) bool {
	kind, name, _ := strings.Cut(id, "/")
	switch kind {
	case "chat":
		return s.sources[name] != nil
	case "desk":
		for _, d := range s.Desks.All() {
			if d.Name == name {
				return true
			}
		}
	}
	return false
}

// of returns when something last came by a connection and when it failed, as
// far as this process has seen it.
func (v *sightings) of(id string) (arrived, failed time.Time, fault string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if one := v.all[id]; one != nil {
		return one.arrived, one.failed, one.fault
	}
	return
}
