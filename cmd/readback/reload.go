package main

import (
	"context"
	"hash/maphash"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/triage/extract"
	"readback/triage/extract/offline"
	"readback/triage/pipeline"
	"readback/triage/route"
)

// edition is a workspace with all that is made of it. A triage begins and ends
// with one.
type edition struct {
	workspace *knowledge.Workspace
	pipeline  *pipeline.Pipeline
	ladder    *extract.Ladder
	rules     *offline.Extractor
}

func newEdition(w *knowledge.Workspace, p *pipeline.Pipeline, l *extract.Ladder) *edition {
	return &edition{w, p, l, offline.New(w)}
}

// past reads an imported ticket: as it is, by its own words, and without a look
// at accounts, checks or anything else of today.
func (e *edition) past(ctx context.Context, by store.Reading, t *triage.Ticket) (triage.Result, error) {
	var reader triage.Extractor = e.rules
	if by == store.ReadModel {
		reader = e.ladder
	}
	return pipeline.Replay(e.workspace, e.pipeline.Index, reader, &triage.Result{At: time.Now().UTC()}).Triage(ctx, t, nil)
}

// reloader keeps the edition in use and reads the files again when they change.
type reloader struct {
	desk    *desk
	store   *store.Store
	ladder  func(*knowledge.Workspace) (*extract.Ladder, error)
	log     *slog.Logger
	current atomic.Pointer[edition]
	mu      sync.Mutex // one looks at a time
	seen    uint64     // fingerprint of the files that were read last
}

// newReloader begins with the desk as it is, its store in use.
func (p *program) newReloader(cfg config, d *desk, s *store.Store, log *slog.Logger) *reloader {
	r := &reloader{desk: d, store: s, log: log, seen: fingerprint(d.files),
		ladder: func(w *knowledge.Workspace) (*extract.Ladder, error) { return p.ladder(cfg, w, s, log) }}
	r.current.Store(newEdition(d.workspace, d.pipeline, d.ladder))
	return r
}

// use makes a workspace the edition that the next triage begins with.
func (r *reloader) use(w *knowledge.Workspace, index *knowledge.Index) error {
	ladder, err := r.ladder(w)
	if err != nil {
		return err
	}
	next := *r.desk.pipeline
	next.Workspace, next.Index, next.Extractor = w, index, ladder
	next.Incidents = func(ctx context.Context, ticketID string) ([]route.Incident, error) {
		return r.store.ConfirmedIncidents(ctx, w, ticketID)
	}
	r.current.Store(newEdition(w, &next, ladder))
	if r.desk.embedder != nil {
		r.desk.embedder.Warm(w)
	}
	return nil
}

func (r *reloader) triage(ctx context.Context, t *triage.Ticket, prev *triage.Result) (triage.Result, error) {
	return r.current.Load().pipeline.Triage(ctx, t, prev)
}

func (r *reloader) past(ctx context.Context, by store.Reading, t *triage.Ticket) (triage.Result, error) {
	return r.current.Load().past(ctx, by, t)
}

func (r *reloader) workspace() *knowledge.Workspace { return r.current.Load().workspace }

func (r *reloader) modelReady(ctx context.Context) bool { return r.current.Load().ladder.Ready(ctx) }

// pages are what shows the workspace to people.
type pages interface {
	Reload(w *knowledge.Workspace, index *knowledge.Index)
	Stale(fault string)
}

// How often the files are looked at. Looking at many takes longer, and then is
// done less often: at most a fiftieth of the time. Looking works on every file
// system; being told of changes does not.
const (
	lookEvery = 2 * time.Second
	lookShare = 50
)

// watch looks at the files until ctx ends.
func (r *reloader) watch(ctx context.Context, show pages) {
	for {
		began := time.Now()
		r.look(show)
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(lookEvery, lookShare*time.Since(began))):
		}
	}
}

// look reads the files when they are not those of the last time. When they
// have a fault the last good version stays in use, and the fault is shown.
func (r *reloader) look(show pages) {
	r.mu.Lock()
	defer r.mu.Unlock()
	print := fingerprint(r.desk.files)
	if print == r.seen {
		return
	}
	r.seen = print
	w, index, err := loadWorkspace(r.desk.files)
	if err == nil && w.Hash == r.workspace().Hash {
		show.Stale("") // what was broken is as it was
		return
	}
	if err == nil {
		err = r.use(w, index)
	}
	if err != nil {
		r.log.Error("the workspace has changed and cannot be used; the last good version stays", "version", r.workspace().Hash, "fault", err)
		show.Stale(triage.MessageOf(err))
		return
	}
	show.Reload(w, index)
	r.log.Info("the workspace has changed and is in use", "version", w.Hash)
}

var printSeed = maphash.MakeSeed()

// fingerprint tells two states of the files apart by names, sizes and times.
func fingerprint(files fs.FS) uint64 {
	var h maphash.Hash
	h.SetSeed(printSeed)
	for _, pattern := range []string{"workspace.yaml", "procedures/*.md", "changes/*.md", "articles/*.md"} {
		names, _ := fs.Glob(files, pattern) // the pattern is right
		for _, name := range names {
			_, _ = h.WriteString(name) // never fails
			if info, err := fs.Stat(files, name); err == nil {
				maphash.WriteComparable(&h, info.Size())
				maphash.WriteComparable(&h, info.ModTime().UnixNano())
			}
		}
	}
	return h.Sum64()
}

// ask makes the words that ask a customer whether it works now, where the desk
// asks by itself.
func (l *reloader) ask(_ *triage.Ticket, _, r *triage.Result) string {
	w := l.workspace()
	if w.Policy.Confirm.Ask != knowledge.AskByDesk {
		return ""
	}
	return route.Marked(r.Brief.Language, route.ConfirmText(r, w))
}
