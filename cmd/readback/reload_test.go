package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"readback/knowledge"
	"readback/store"
	"readback/store/storetest"
	"readback/triage"
)

// shown records what pages are told.
type shown struct {
	workspaces []*knowledge.Workspace
	fault      string
}

func (s *shown) Reload(w *knowledge.Workspace, _ *knowledge.Index) {
	s.workspaces, s.fault = append(s.workspaces, w), ""
}
func (s *shown) Stale(fault string) { s.fault = fault }

// A changed folder is in use at the next look; a bad edit keeps the last good
// version and says where the fault is; triages under way keep theirs.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("workspace.yaml", "name: First\ntiers: [{id: l1}]\n")
	write("procedures/a.md", "---\ntitle: A\n---\nAsk.\n")
	log := slog.New(slog.DiscardHandler)
	p := &program{workspace: dir, offline: true}
	d, err := p.openDesk(context.Background(), config{}, log)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	s, err := store.Open(context.Background(), store.Options{Path: storetest.File(t), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := p.useStore(d, s, config{}, log); err != nil {
		t.Fatal(err)
	}
	r := p.newReloader(config{}, d, s, log)
	var show shown
	expect := func(what, name, fault string, reloads int) {
		t.Helper()
		r.look(&show)
		if got := r.workspace().Name; got != name || !strings.Contains(show.fault, fault) || (fault == "") != (show.fault == "") || len(show.workspaces) != reloads {
			t.Errorf("%s: in use is %q, fault %q, %d reloads; want %q, %q, %d", what, got, show.fault, len(show.workspaces), name, fault, reloads)
		}
	}
	expect("nothing changed", "First", "", 0)
	underWay := r.current.Load()
	write("workspace.yaml", "name: Second one\ntiers: [{id: l1}]\n")
	expect("a good edit", "Second one", "", 1)
	if underWay.pipeline.Workspace.Name != "First" || underWay.pipeline.Index == r.current.Load().pipeline.Index {
		t.Error("a triage under way got the new workspace")
	}
	write("procedures/a.md", "---\ntitle: A\nstatsu: draft\n---\nAsk.\n")
	expect("a bad edit", "Second one", "procedures/a.md:3:1: unknown field \"statsu\"", 1)
	expect("still bad", "Second one", "procedures/a.md:3:1", 1)
	write("procedures/b.md", "---\ntitle: B\nsteps: [{id: s, title: S, by: customer, check: {dns.none: {}}}]\n---\n")
	write("procedures/a.md", "---\ntitle: A better one\n---\nAsk.\n")
	expect("an unknown check", "Second one", "there is no check \"dns.none\"", 1)
	if err := os.Remove(filepath.Join(dir, "procedures/b.md")); err != nil {
		t.Fatal(err)
	}
	expect("mended", "Second one", "", 2)
	if got := r.workspace().Procedure("a").Title; got != "A better one" {
		t.Errorf("the title is %q", got)
	}
	write("procedures/a.md", "---\nno\n---\n")
	r.look(&show)
	write("procedures/a.md", "---\ntitle: A better one\n---\nAsk.\n")
	expect("put back as it was", "Second one", "", 2)
	result, err := r.triage(context.Background(), &triage.Ticket{ID: "t", LastSeq: 1, Messages: []triage.Message{{ID: "m", Seq: 1, Role: triage.RoleCustomer, Text: "Help"}}}, nil)
	if err != nil || result.Workspace != r.workspace().Hash {
		t.Errorf("a triage after it: %v, workspace %s", err, result.Workspace)
	}
}
