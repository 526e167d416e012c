package web

import (
	"sync/atomic"

	"readback/knowledge"
)

// reload is what the servers of one address share when the workspace changes
// under them.
type reload struct {
	current atomic.Pointer[Server]
	fault   atomic.Pointer[string] // why the newest files are not in use; nil when they are
}

// Reload serves a newer workspace, and the index over it, from the next request on. Live streams end:
// their pages connect again and read what is new. Limits go on counting.
func (s *Server) Reload(w *knowledge.Workspace, index *knowledge.Index) {
	old := s.reload.current.Load()
	next := &Server{Options: old.Options, views: old.views, sources: old.sources, mails: old.mails, widgets: old.widgets, checks: old.checks, helpPages: old.helpPages, helpRates: old.helpRates, helpKey: old.helpKey,
		tokenHash: old.tokenHash, addr: old.addr, setupToken: old.setupToken, settled: old.settled,
		drafters: old.drafters, drafts: old.drafts, lookers: old.lookers, looks: old.looks, sightings: old.sightings, presence: old.presence,
		closing: make(chan struct{}), reload: s.reload, lints: old.lints, replays: old.replays, suggests: old.suggests, circles: old.circles, imports: old.imports}
	next.Workspace, next.Find = w, index.Find
	next.open()
	s.reload.fault.Store(nil)
	s.reload.current.Store(next)
	old.endStreams()
}

// Stale tells on every page and at /healthz that the workspace's files have a
// fault and the last good version is served. Reload takes it back; an empty text too.
func (s *Server) Stale(fault string) {
	if fault == "" {
		s.reload.fault.Store(nil)
		return
	}
	s.reload.fault.Store(&fault)
}

// fault is why the newest files are not in use, "" when they are.
func (s *Server) fault() string {
	if f := s.reload.fault.Load(); f != nil {
		return *f
	}
	return ""
}
