package main

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/miekg/dns"

	"readback/examples"
	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/store"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
	"readback/triage/enrich"
	"readback/triage/enrich/vendorapi"
	"readback/triage/extract"
	"readback/triage/extract/author"
	"readback/triage/pipeline"
	"readback/triage/route"
)

// desk is a workspace with everything that triage needs, wired.
type desk struct {
	files     fs.FS
	folder    string // of the workspace on disk; "" = the built-in example
	workspace *knowledge.Workspace
	index     *knowledge.Index
	pipeline  *pipeline.Pipeline
	looksAt   check.Network // what the checks look through
	checker   *check.Engine
	ladder    *extract.Ladder   // who reads, the best first
	embedder  *extract.Embedder // searches by meaning beside the words; nil = none is configured
	lab       *lab.Lab          // nil without the lab network
	closers   []func() error    // what else ends with the desk, in order of opening
	reader    string            // who reads, for people: "offline" or the model's name
}

// openDesk loads a workspace ("" = the example) and wires the stages.
func (p *program) openDesk(ctx context.Context, c config, log *slog.Logger) (*desk, error) {
	files, err := p.workspaceFiles(c)
	if err != nil {
		return nil, err
	}
	d, err := p.openDeskOf(ctx, files, c, log)
	if err != nil {
		return nil, err
	}
	d.folder = cmp.Or(p.workspace, c.Desk)
	return d, nil
}

// workspaceFiles are those of the workspace that is named, else of the example.
func (p *program) workspaceFiles(c config) (fs.FS, error) {
	folder := cmp.Or(p.workspace, c.Desk)
	if folder == "" {
		return examples.Sendline(), nil
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, triage.Errorf(triage.Invalid, "the workspace %s is not a folder", folder)
	}
	return os.DirFS(folder), nil
}

// ownDesk opens the desk that the configuration tells, which it returns too.
func (p *program) ownDesk(ctx context.Context) (*desk, config, error) {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return nil, cfg, err
	}
	d, err := p.openDesk(ctx, cfg, p.logger(slog.LevelWarn))
	return d, cfg, err
}

// openDeskOf wires the stages around the workspace in files.
func (p *program) openDeskOf(ctx context.Context, files fs.FS, c config, log *slog.Logger) (*desk, error) {
	d := &desk{files: files}
	var err error
	if d.workspace, d.index, err = loadWorkspace(d.files); err != nil {
		return nil, err
	}
	accounts, err := d.accounts(ctx, p.lab, log)
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "the accounts cannot be loaded: %v", err)
	}
	if d.looksAt, err = d.network(ctx, p.lab, c.Resolver); err != nil {
		return nil, err
	}
	d.checker = check.New(d.looksAt, check.Options{})
	if d.ladder, err = p.ladder(c, d.workspace, nil, log); err != nil {
		return nil, err
	}
	d.reader = cmp.Or(d.ladder.Best(), "offline")
	d.pipeline = &pipeline.Pipeline{Workspace: d.workspace, Index: d.index, Accounts: accounts, Extractor: d.ladder,
		Checker: d.checker, Lab: p.lab, Logger: log}
	return d, p.useEmbedder(d, c, nil, log)
}

// useEmbedder gives a desk the configured embedding model. Its spending is kept
// in ledger; nil = in memory.
func (p *program) useEmbedder(d *desk, c config, ledger extract.Ledger, log *slog.Logger) (err error) {
	if d.embedder, err = p.embedder(c, ledger, log); d.embedder != nil {
		d.pipeline.Nearest = d.embedder.Nearest
	}
	return err
}

// editable is the workspace where pages can change it, nil for the built-in
// example. What they replace is kept in the data folder.
func (d *desk) editable(c config) *edit.Folder {
	if d.folder == "" {
		return nil
	}
	return edit.Open(d.folder, filepath.Join(c.Data, "versions"), time.Now)
}

// author is who drafts procedures, nil without a model.
func (d *desk) author() author.Model {
	if d.ladder.Best() == "" {
		return nil
	}
	return d.ladder
}

// loadWorkspace reads the files, with all that makes them fit for use.
func loadWorkspace(files fs.FS) (*knowledge.Workspace, *knowledge.Index, error) {
	w, err := knowledge.Load(files)
	if err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "the workspace cannot be loaded: %v", err)
	}
	return readyWorkspace(w)
}

// readyWorkspace makes a workspace that was loaded fit for use.
func readyWorkspace(w *knowledge.Workspace) (*knowledge.Workspace, *knowledge.Index, error) {
	if err := check.Prepare(w); err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "the workspace cannot be used: %v", err)
	}
	index, err := knowledge.NewIndex(w)
	if err != nil {
		return nil, nil, triage.Errorf(triage.Internal, "the search index cannot be built: %w", err)
	}
	return w, index, nil
}

// useStore gives a desk what only a store knows: the confirmed incidents, the
// paused checks, and what the models have cost.
func (p *program) useStore(d *desk, s *store.Store, c config, log *slog.Logger) (err error) {
	if d.ladder, err = p.ladder(c, d.workspace, s, log); err != nil {
		return err
	}
	if err := p.useEmbedder(d, c, s, log); err != nil {
		return err
	}
	if d.embedder != nil {
		d.embedder.Warm(d.workspace)
	}
	d.checker = check.New(d.looksAt, check.Options{Paused: s.CheckPaused})
	d.pipeline.Extractor, d.pipeline.Checker = d.ladder, d.checker
	d.pipeline.Similar, d.pipeline.Floor = s.Similar, s.ReviewFloor
	d.pipeline.Incidents = func(ctx context.Context, ticketID string) ([]route.Incident, error) {
		return s.ConfirmedIncidents(ctx, d.workspace, ticketID)
	}
	return nil
}

// accounts is where accounts are looked up: the API that workspace.yaml names,
// else the file accounts.yaml, which in the lab stands behind an API too.
func (d *desk) accounts(ctx context.Context, useLab bool, log *slog.Logger) (triage.Accounts, error) {
	var section struct {
		Accounts *enrich.HTTPSettings `yaml:"accounts"`
	}
	data, err := fs.ReadFile(d.files, "workspace.yaml")
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(data, &section); err != nil {
		return nil, err
	}
	options := enrich.HTTPOptions{Logger: log}
	if section.Accounts == nil {
		if _, err := fs.Stat(d.files, "accounts.yaml"); err != nil || !useLab {
			return enrich.OpenFile(d.files, time.Now)
		}
		vendor, err := vendorapi.Start(ctx, d.files)
		if err != nil {
			return nil, err
		}
		d.closers = append(d.closers, vendor.Close)
		settings := vendor.Settings()
		section.Accounts, options.Getenv = &settings, vendor.Getenv
	}
	api, err := enrich.NewHTTP(*section.Accounts, options)
	if err != nil {
		return nil, err
	}
	d.closers = append(d.closers, api.Close)
	return api, nil
}

// network is what the checks look through: the lab's, or the Internet by a
// recursive resolver (host:port, "" = the system's).
func (d *desk) network(ctx context.Context, useLab bool, resolver string) (check.Network, error) {
	if useLab {
		var err error
		if d.lab, err = lab.Start(ctx, d.files); err != nil {
			return check.Network{}, triage.Errorf(triage.Invalid, "the lab network cannot start: %w", err)
		}
		return d.lab.Network(), nil
	}
	if resolver == "" {
		resolver = systemResolver()
	}
	network, err := check.Internet(resolver)
	if err != nil {
		return network, triage.Errorf(triage.Invalid, "%v", err)
	}
	return network, nil
}

// systemResolver is the first name server of the system, else the loopback's.
func systemResolver() string {
	if conf, err := dns.ClientConfigFromFile("/etc/resolv.conf"); err == nil && len(conf.Servers) > 0 {
		return net.JoinHostPort(conf.Servers[0], conf.Port)
	}
	return "127.0.0.1:53"
}

// modelClient reaches the server that the operator named, which may be on a
// private address, and no proxy that the environment names.
func modelClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
}

func (d *desk) close() {
	if d.lab != nil {
		d.lab.Close()
	}
	for _, stop := range slices.Backward(d.closers) {
		_ = stop() // look-ups keep nothing
	}
}
