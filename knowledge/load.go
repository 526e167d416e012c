package knowledge

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// maxFile bounds one workspace file, in bytes: far above any real procedure,
// far below what would stall a parser.
const maxFile = 1 << 20

// Load reads a workspace folder: workspace.yaml, procedures/*.md with their
// translations ID.LANG.md, and changes/*.md. The error names file, line and
// column of the first fault.
func Load(dir fs.FS) (*Workspace, error) {
	w := &Workspace{}
	all := sha256.New()
	head, err := readFile(dir, "workspace.yaml")
	if err != nil {
		return nil, err
	}
	all.Write(head)
	var top struct {
		Name     string   `yaml:"name"`
		Platform Platform `yaml:"platform"`
		Tiers    []Tier   `yaml:"tiers"`
		Policy   Policy   `yaml:"policy"`
		Accounts any      `yaml:"accounts"` // read by who looks accounts up: docs/accounts.md
	}
	if err := decode("workspace.yaml", head, 0, &top); err != nil {
		return nil, err
	}
	w.Name, w.Platform, w.Tiers, w.Policy = top.Name, top.Platform, top.Tiers, top.Policy
	if err := w.defaults(); err != nil {
		return nil, err
	}
	names, err := fs.Glob(dir, "procedures/*.md")
	if err != nil {
		return nil, err
	}
	translations, fronts := map[string]map[string]Translation{}, map[string][]byte{}
	for _, name := range names {
		data, err := readFile(dir, name)
		if err != nil {
			return nil, err
		}
		all.Write(data)
		if err := w.addProcedure(name, data, translations, fronts); err != nil {
			return nil, err
		}
	}
	if err := w.attach(translations); err != nil {
		return nil, err
	}
	if err := w.prepend(fronts); err != nil {
		return nil, err
	}
	if err := w.checkTopics(); err != nil {
		return nil, err
	}
	if err := w.loadChanges(dir, all.Write); err != nil {
		return nil, err
	}
	w.Hash = hex.EncodeToString(all.Sum(nil))[:12]
	sum := sha256.Sum256(head)
	w.PolicyHash = hex.EncodeToString(sum[:])[:12]
	return w, nil
}

func readFile(dir fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: not found; a workspace has workspace.yaml and a folder procedures", name)
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d bytes is over the limit of %d", name, info.Size(), maxFile)
	}
	return fs.ReadFile(dir, name)
}

func (w *Workspace) defaults() error {
	if len(w.Tiers) == 0 {
		return errors.New("workspace.yaml: no tiers; name at least one")
	}
	p := &w.Policy
	if p.DefaultTier == "" {
		p.DefaultTier = w.Tiers[0].ID
	}
	if p.Floor == 0 {
		p.Floor = 0.35
	}
	if p.SelfService == "" {
		p.SelfService = SelfServiceTold
	}
	if p.Debug == "" {
		p.Debug = "platform.debug"
	}
	if len(p.Precedence) == 0 {
		for i := len(w.Tiers) - 1; i >= 0; i-- {
			p.Precedence = append(p.Precedence, w.Tiers[i].ID)
		}
	}
	if w.Tier(p.DefaultTier) == nil {
		return fmt.Errorf("workspace.yaml: policy.default_tier %q is not a tier", p.DefaultTier)
	}
	for kind, tier := range p.KindTiers {
		if w.Tier(tier) == nil {
			return fmt.Errorf("workspace.yaml: policy.kinds.%s: %q is not a tier", kind, tier)
		}
	}
	return w.incidentDefaults()
}

func (w *Workspace) incidentDefaults() error {
	p := &w.Policy.Incidents
	if p.Owner == "" {
		p.Owner, _ = w.Holder(w.Policy.Debug)
	}
	p.Tickets, p.Within = cmp.Or(p.Tickets, 5), cmp.Or(p.Within, 30*time.Minute)
	switch {
	case w.Tier(p.Owner) == nil:
		return fmt.Errorf("workspace.yaml: policy.incidents.owner %q is not a tier", p.Owner)
	case p.Tickets < 2:
		return fmt.Errorf("workspace.yaml: policy.incidents.tickets is %d; a burst has at least 2", p.Tickets)
	case p.Within < time.Minute:
		return fmt.Errorf("workspace.yaml: policy.incidents.within is %s; use a minute or more", p.Within)
	}
	return nil
}

// checkTopics needs the procedures: an area is what one of them names.
func (w *Workspace) checkTopics() error {
	for area, tier := range w.Policy.Topics {
		switch {
		case !slices.Contains(w.Areas(), area):
			return fmt.Errorf("workspace.yaml: policy.topics.%s: no procedure has that area", area)
		case w.Tier(tier) == nil:
			return fmt.Errorf("workspace.yaml: policy.topics.%s: %q is not a tier", area, tier)
		}
	}
	return nil
}

// addProcedure reads one file: ID.md a procedure, ID.LANG.md a translation.
func (w *Workspace) addProcedure(name string, data []byte, translations map[string]map[string]Translation, fronts map[string][]byte) error {
	front, body, line, err := frontMatter(name, data)
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(path.Base(name), ".md")
	if id, lang, ok := strings.Cut(base, "."); ok {
		var tr Translation
		if err := decode(name, front, line, &tr); err != nil {
			return err
		}
		tr.Body = body
		if translations[id] == nil {
			translations[id] = map[string]Translation{}
		}
		translations[id][lang] = tr
		return nil
	}
	p := Procedure{Status: Live, Kind: "setup", File: name, Body: body}
	if err := decode(name, front, line, &p); err != nil {
		return err
	}
	if p.ID != base {
		return fmt.Errorf("%s: id %q must equal the file's name", name, p.ID)
	}
	if err := p.validate(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.Procedures = append(w.Procedures, p)
	fronts[name] = front
	return nil
}

func (w *Workspace) attach(translations map[string]map[string]Translation) error {
	sort.Slice(w.Procedures, func(i, j int) bool { return w.Procedures[i].ID < w.Procedures[j].ID })
	for id, trs := range translations {
		p := w.Procedure(id)
		if p == nil {
			return fmt.Errorf("procedures/%s.*.md: a translation of %q, which does not exist", id, id)
		}
		p.Translations = trs
	}
	for i := range w.Procedures {
		p := &w.Procedures[i]
		for _, s := range p.Steps {
			if _, held := w.Holder(s.Capability); s.Capability != "" && !held {
				return fmt.Errorf("%s: step %s: no tier has the capability %q", p.File, s.ID, s.Capability)
			}
		}
	}
	return nil
}

func (w *Workspace) loadChanges(dir fs.FS, sum func([]byte) (int, error)) error {
	names, err := fs.Glob(dir, "changes/*.md")
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := readFile(dir, name)
		if err != nil {
			return err
		}
		_, _ = sum(data)
		front, body, line, err := frontMatter(name, data)
		if err != nil {
			return err
		}
		c := Change{ID: strings.TrimSuffix(path.Base(name), ".md"), Body: body}
		if err := decode(name, front, line, &c); err != nil {
			return err
		}
		w.Changes = append(w.Changes, c)
	}
	sort.Slice(w.Changes, func(i, j int) bool { return w.Changes[i].Date.After(w.Changes[j].Date.Time) })
	return nil
}

func (p *Procedure) validate() error {
	if p.Title == "" {
		return errors.New("no title")
	}
	if !slices.Contains(kinds, p.Kind) {
		return fmt.Errorf("unknown kind %q; use one of %s", p.Kind, strings.Join(kinds, ", "))
	}
	for name, in := range p.Inputs {
		if !slices.Contains(inputKinds, in.Kind) {
			return fmt.Errorf("input %s: unknown kind %q; use one of %s", name, in.Kind, strings.Join(inputKinds, ", "))
		}
	}
	seen := map[string]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		switch {
		case s.ID == "":
			return fmt.Errorf("step %d has no id", i+1)
		case strings.Contains(s.ID, "/"):
			return fmt.Errorf("step %s: an id has no slash; that names a step of a prerequisite", s.ID)
		case seen[s.ID]:
			return fmt.Errorf("two steps have the id %q", s.ID)
		case s.By != Customer && s.By != Staff:
			return fmt.Errorf("step %s: by is %q; use customer or staff", s.ID, s.By)
		case s.By == Customer && s.Capability != "":
			return fmt.Errorf("step %s: a customer's step takes no capability", s.ID)
		case s.Scope != ScopeBinding && s.Scope != ScopeAccount:
			return fmt.Errorf("step %s: unknown scope %q; the only one is account", s.ID, s.Scope)
		}
		for _, other := range append(append([]string{}, s.Replaces...), s.After...) {
			if !seen[other] {
				return fmt.Errorf("step %s: %q is not an earlier step", s.ID, other)
			}
		}
		for _, leaf := range s.Check.Leaves() {
			if _, missing := leaf.Bind(p.anyInputs()); missing != "" {
				return fmt.Errorf("step %s: check %s names {%s}, which is no input of the procedure", s.ID, leaf.Name, missing)
			}
		}
		seen[s.ID] = true
	}
	return nil
}

// kinds are those of matters (triage.Kinds, which this package cannot import).
var kinds = []string{"setup", "broken", "incident", "billing", "access", "security", "abuse", "privacy", "cancel", "feedback", "spam", "other"}

var inputKinds = []string{"domain", "email", "url", "text"}

// anyInputs gives every input some value.
func (p *Procedure) anyInputs() map[string]string {
	values := map[string]string{}
	for name := range p.Inputs {
		values[name] = "x"
	}
	return values
}

// frontMatter splits a Markdown file at its leading "---" lines. line is the
// number of lines before the YAML.
func frontMatter(name string, data []byte) (front []byte, body string, line int, err error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(data, []byte("---\n"))
	if !ok {
		return nil, "", 0, fmt.Errorf("%s:1:1: no front matter; the file begins with a line ---", name)
	}
	front, after, ok := bytes.Cut(rest, []byte("\n---\n"))
	if !ok {
		return nil, "", 0, fmt.Errorf("%s:1:1: the front matter has no closing line ---", name)
	}
	return front, string(after), frontLine, nil
}

// frontLine is the number of lines before the YAML of a file's front matter.
const frontLine = 1

// decode reads strict YAML; its error begins with file:line:column.
func decode(name string, data []byte, line int, into any) error {
	err := yaml.UnmarshalWithOptions(data, into, yaml.Strict())
	if err == nil {
		return nil
	}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		pos := ye.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, pos.Line+line, pos.Column, ye.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// pageKey is what two addresses of the same page have in common.
func pageKey(url string) string {
	u := strings.ToLower(strings.TrimSpace(url))
	if _, rest, ok := strings.Cut(u, "://"); ok {
		u = rest
	}
	u = strings.TrimPrefix(u, "www.")
	if i := strings.IndexAny(u, "?#"); i >= 0 {
		u = u[:i]
	}
	return strings.TrimRight(u, "/.,;:!)")
}
