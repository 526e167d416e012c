package knowledge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"
	"time"
)

// Load reads a workspace folder: workspace.yaml, procedures/*.md with their
// translations ID.LANG.md, changes/*.md and articles/*.md; docs/procedures.md
// has the format. The error is Faults, each with file, line and column, when a
// file cannot be used.
func Load(dir fs.FS) (*Workspace, error) {
	w, err := Read(dir)
	if err != nil {
		return nil, err
	}
	w.prepend()
	return w, nil
}

// Read is Load that also returns what could be read when there are faults, for
// who looks for more of them, and leaves each procedure its own steps only. The
// workspace is nil only when there is no workspace.yaml.
func Read(dir fs.FS) (*Workspace, error) {
	l := &loader{dir: dir, w: &Workspace{}, all: sha256.New(), translations: map[string]map[string]Translation{}, changes: map[string]*source{}}
	if err := l.workspace(); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		files string
		read  func(*source)
	}{{"procedures/*.md", l.procedure}, {"changes/*.md", l.change}, {"articles/*.md", l.article}} {
		names, err := fs.Glob(dir, part.files)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if d := l.open(name); d != nil {
				part.read(d)
				l.faults = append(l.faults, d.faults...)
			}
		}
	}
	if len(l.faults) == 0 { // a procedure that cannot be read may have the area
		l.topics()
		l.touched()
	}
	l.attach()
	l.w.Hash = hex.EncodeToString(l.all.Sum(nil))[:12]
	if len(l.faults) > 0 {
		return l.w, l.faults
	}
	return l.w, nil
}

// loader is a workspace being read.
type loader struct {
	dir          fs.FS
	w            *Workspace
	all          hash.Hash // over every file
	translations map[string]map[string]Translation
	faults       Faults
	head         *source            // workspace.yaml
	changes      map[string]*source // by id
}

// open reads a file; nil when that fails, which is then a fault.
func (l *loader) open(name string) *source {
	info, err := fs.Stat(l.dir, name)
	switch {
	case err != nil:
		err = errors.New("it cannot be read")
	case info.IsDir():
		err = errors.New("this is a folder; a file belongs here")
	case info.Size() > maxFile:
		err = fmt.Errorf("%d bytes are over the limit of %d", info.Size(), maxFile)
	}
	var data []byte
	if err == nil {
		data, err = fs.ReadFile(l.dir, name)
	}
	if err != nil {
		l.faults = append(l.faults, Fault{Rule: RuleFormat, File: name, Message: err.Error()})
		return nil
	}
	l.all.Write([]byte(name + "\x00"))
	l.all.Write(data)
	return open(name, data)
}

func (l *loader) workspace() error {
	const name = "workspace.yaml"
	if _, err := fs.Stat(l.dir, name); err != nil {
		return Faults{{Rule: RuleFormat, File: name, Message: "not found; a workspace has workspace.yaml and a folder procedures"}}
	}
	d := l.open(name)
	if d == nil {
		return l.faults
	}
	l.head = d
	var top struct {
		Name     string   `yaml:"name"`
		Zone     string   `yaml:"time_zone"`
		Platform Platform `yaml:"platform"`
		Tiers    []Tier   `yaml:"tiers"`
		Policy   Policy   `yaml:"policy"`
		Accounts any      `yaml:"accounts"` // read by who looks accounts up: docs/accounts.md
	}
	if d.decode(&top) {
		l.w.Name, l.w.Platform, l.w.Tiers, l.w.Policy = top.Name, top.Platform, top.Tiers, top.Policy
		l.w.zone(d, top.Zone)
		l.w.defaults(d)
	}
	l.faults = append(l.faults, d.faults...)
	sum := sha256.Sum256([]byte(d.text))
	l.w.PolicyHash = hex.EncodeToString(sum[:])[:12]
	return nil
}

func (w *Workspace) zone(d *source, name string) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		d.at(RuleFormat, "time_zone", "%q is no time zone; use UTC or a name such as Europe/Warsaw", name)
		zone = time.UTC
	}
	w.Zone = zone
}

func (w *Workspace) defaults(d *source) {
	if len(w.Tiers) == 0 {
		d.at(RuleFormat, "tiers", "no tiers; name at least one")
		return
	}
	for i := range w.Tiers {
		t := &w.Tiers[i]
		if _, err := ParseHours(t.Hours); err != nil {
			d.at(RuleFormat, fmt.Sprintf("tiers[%d].hours", i), "the hours of the tier %q: %v", t.ID, err)
		}
		if t.Assign = cmp.Or(t.Assign, ByHand); t.Assign != ByHand && t.Assign != RoundRobin {
			d.at(RuleFormat, fmt.Sprintf("tiers[%d].assign", i), "the tier %q assigns %q; use by_hand or round_robin", t.ID, t.Assign)
		}
	}
	p := &w.Policy
	if p.DefaultTier == "" {
		p.DefaultTier = w.Tiers[0].ID
	}
	p.Floor = cmp.Or(p.Floor, 0.35)
	p.FloorLow, p.FloorHigh = cmp.Or(p.FloorLow, min(0.2, p.Floor)), cmp.Or(p.FloorHigh, max(0.6, p.Floor))
	if p.FloorLow < 0 || p.FloorLow > p.Floor || p.Floor > p.FloorHigh || p.FloorHigh > 1 {
		d.at(RuleFormat, "policy.floor", "policy.floor %v lies between floor_low %v and floor_high %v, all of them 0 to 1", p.Floor, p.FloorLow, p.FloorHigh)
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
		d.at(RuleReference, "policy.default_tier", "policy.default_tier %q is not a tier", p.DefaultTier)
		return // what follows from it would be wrong too
	}
	for kind, tier := range p.KindTiers {
		if w.Tier(tier) == nil {
			d.at(RuleReference, "policy.kinds."+kind, "policy.kinds.%s: %q is not a tier", kind, tier)
		}
	}
	w.incidentDefaults(d)
	c := &w.Policy.Confirm
	c.Ask, c.CloseAfterDays = cmp.Or(c.Ask, AskByPerson), cmp.Or(c.CloseAfterDays, 5)
	switch {
	case c.Ask != AskByPerson && c.Ask != AskByDesk:
		d.at(RuleFormat, "policy.confirm.ask", "policy.confirm.ask %q is none of person, auto", c.Ask)
	case c.CloseAfterDays < -1 || c.CloseAfterDays > 365:
		d.at(RuleFormat, "policy.confirm.close_after_days", "policy.confirm.close_after_days is %d; use 1 to 365, or -1 for never", c.CloseAfterDays)
	}
}

func (w *Workspace) incidentDefaults(d *source) {
	p := &w.Policy.Incidents
	if p.Owner == "" {
		p.Owner, _ = w.Holder(w.Policy.Debug)
	}
	p.Tickets, p.Within = cmp.Or(p.Tickets, 5), cmp.Or(p.Within, 30*time.Minute)
	switch {
	case w.Tier(p.Owner) == nil:
		d.at(RuleReference, "policy.incidents.owner", "policy.incidents.owner %q is not a tier", p.Owner)
	case p.Tickets < 2:
		d.at(RuleFormat, "policy.incidents.tickets", "policy.incidents.tickets is %d; a burst has at least 2", p.Tickets)
	case p.Within < time.Minute:
		d.at(RuleFormat, "policy.incidents.within", "policy.incidents.within is %s; use a minute or more", p.Within)
	}
}

// topics needs the procedures: an area is what one of them names.
func (l *loader) topics() {
	for area, tier := range l.w.Policy.Topics {
		fault := func(format string, args ...any) {
			at := l.head.place("policy.topics." + area)
			l.faults = append(l.faults, Fault{RuleReference, l.head.file, at.line, at.column, fmt.Sprintf(format, args...)})
		}
		switch {
		case !slices.Contains(l.w.Areas(), area):
			fault("policy.topics.%s: no procedure has that area", area)
		case l.w.Tier(tier) == nil:
			fault("policy.topics.%s: %q is not a tier", area, tier)
		}
	}
}

// touched needs the procedures too: what a change names must be there.
func (l *loader) touched() {
	areas := l.w.Areas()
	for i := range l.w.Changes {
		c := &l.w.Changes[i]
		for j, topic := range c.Topics {
			if !slices.Contains(areas, topic) && l.w.Procedure(topic) == nil {
				d := l.changes[c.ID]
				at := d.place(fmt.Sprintf("topics[%d]", j))
				l.faults = append(l.faults, Fault{RuleReference, d.file, at.line, at.column, fmt.Sprintf("%q is neither an area nor a procedure", topic)})
			}
		}
	}
}

// procedure reads one file: ID.md a procedure, ID.LANG.md a translation.
func (l *loader) procedure(d *source) {
	base := strings.TrimSuffix(path.Base(d.file), ".md")
	if id, lang, ok := strings.Cut(base, "."); ok {
		tr := Translation{Body: d.body, File: d.file, Source: d.text}
		if !d.decode(&tr) {
			return
		}
		if !language.MatchString(lang) {
			d.fault(RuleFormat, place{}, "%q is no language; the file is called %s.LANG.md with a code such as de", lang, id)
		}
		if l.translations[id] == nil {
			l.translations[id] = map[string]Translation{}
		}
		l.translations[id][lang] = tr
		return
	}
	p, ok := d.readProcedure(base)
	if !ok {
		return
	}
	if p.ID != base {
		d.at(RuleFormat, "id", "id %q must equal the file's name", p.ID)
		p.ID = base // what refers to it can still be read
	}
	p.validate(d, l.w)
	l.w.Procedures = append(l.w.Procedures, p)
}

// readProcedure reads a file as a procedure, with defaults.
func (d *source) readProcedure(id string) (Procedure, bool) {
	p := Procedure{ID: id, Kind: "setup", File: d.file, Body: d.body, Source: d.text}
	if !d.decode(&p) {
		return p, false
	}
	if p.Status == "" {
		p.Status = Live
		if len(p.Steps) == 0 {
			p.Status = Stub
		}
	}
	return p, true
}

// ReadProcedure reads the file of one procedure by itself: what it refers to
// is not looked for. The error is Faults when it cannot be read.
func ReadProcedure(file string, data []byte) (Procedure, error) {
	if len(data) > maxFile {
		return Procedure{}, Faults{{Rule: RuleFormat, File: file, Message: fmt.Sprintf("%d bytes are over the limit of %d", len(data), maxFile)}}
	}
	d := open(file, data)
	p, ok := d.readProcedure(strings.TrimSuffix(path.Base(file), ".md"))
	if !ok {
		return p, d.faults
	}
	return p, nil
}

func (l *loader) change(d *source) {
	c := Change{ID: strings.TrimSuffix(path.Base(d.file), ".md"), Body: d.body, File: d.file}
	if !d.decode(&c) {
		return
	}
	if c.Date.IsZero() {
		d.at(RuleFormat, "date", "no date; a change says when it happened, such as date: 2026-11-02")
	}
	for i, tier := range c.For {
		if l.w.Tier(tier) == nil {
			d.at(RuleReference, fmt.Sprintf("for[%d]", i), "%q is not a tier", tier)
		}
	}
	for _, old := range slices.Sorted(maps.Keys(c.Renamed)) {
		if !slices.Contains(c.Labels, old) {
			c.Labels = append(c.Labels, old)
		}
	}
	l.changes[c.ID] = d
	l.w.Changes = append(l.w.Changes, c)
}

// attach ties the files together, once all are read.
func (l *loader) attach() {
	w := l.w
	sort.Slice(w.Procedures, func(i, j int) bool { return w.Procedures[i].ID < w.Procedures[j].ID })
	sort.Slice(w.Changes, func(i, j int) bool {
		a, b := w.Changes[i], w.Changes[j]
		return a.Date.After(b.Date.Time) || a.Date.Equal(b.Date.Time) && a.ID < b.ID
	})
	for id, trs := range l.translations {
		if p := w.Procedure(id); p != nil {
			p.Translations = trs
			l.translated(p)
			continue
		}
		for _, tr := range trs {
			if !slices.ContainsFunc(l.faults, func(f Fault) bool { return f.File == "procedures/"+id+".md" }) {
				l.faults = append(l.faults, Fault{RuleReference, tr.File, 1, 1, fmt.Sprintf("a translation of %q, which does not exist", id)})
			}
		}
	}
	for i := range w.Procedures {
		p := &w.Procedures[i]
		for j, pre := range p.Prerequisites {
			at := fmt.Sprintf("prerequisites[%d]", j)
			if needed := w.Procedure(pre); needed == nil {
				l.late(RuleReference, p, at, "prerequisite %q does not exist", pre)
			} else if circle := w.circle(p.ID, pre, nil); circle != nil {
				l.late(RuleCycle, p, at, "prerequisites go in a circle: %s", strings.Join(circle, " needs "))
			} else if name, kind := w.otherKind(p, needed); name != "" {
				l.late(RuleReference, p, at, "the input %s is of kind %s here and of kind %s in the prerequisite %q; one name is one value", name, p.Inputs[name].Kind, kind, pre)
			}
		}
	}
	sort.SliceStable(l.faults, func(i, j int) bool { return l.faults[i].File < l.faults[j].File })
}

// late is a fault that shows only when all files are read.
func (l *loader) late(rule string, p *Procedure, at, format string, args ...any) {
	line, column := Locate(p.Source, at)
	l.faults = append(l.faults, Fault{rule, p.File, line, column, fmt.Sprintf(format, args...)})
}

// translated reports what a translation speaks of and the procedure does not have.
func (l *loader) translated(p *Procedure) {
	for _, tr := range p.Translations {
		fault := func(at, what, id string) {
			line, column := Locate(tr.Source, at)
			l.faults = append(l.faults, Fault{RuleReference, tr.File, line, column, fmt.Sprintf("the procedure has no %s %q", what, id)})
		}
		for id := range tr.Steps {
			if p.Step(id) == nil {
				fault("steps."+id, "step", id)
			}
		}
		for name := range tr.Input {
			if _, ok := p.Inputs[name]; !ok {
				fault("inputs."+name, "input", name)
			}
		}
	}
}

// otherKind returns an input that a prerequisite, or one of its own, has with
// another kind, "" without one.
func (w *Workspace) otherKind(p, pre *Procedure) (name, kind string) {
	for name, in := range pre.Inputs {
		if mine, ok := p.Inputs[name]; ok && mine.Kind != in.Kind {
			return name, in.Kind
		}
	}
	for _, id := range pre.Prerequisites {
		if next := w.Procedure(id); next != nil && w.circle(pre.ID, id, nil) == nil {
			if name, kind := w.otherKind(p, next); name != "" {
				return name, kind
			}
		}
	}
	return "", ""
}

// circle returns the way from a procedure's prerequisite back to it, nil when
// there is none.
func (w *Workspace) circle(id, from string, way []string) []string {
	switch {
	case from == id:
		return append([]string{id}, append(way, id)...)
	case slices.Contains(way, from):
		return nil
	}
	p := w.Procedure(from)
	if p == nil {
		return nil
	}
	way = append(slices.Clone(way), from)
	for _, pre := range p.Prerequisites {
		if c := w.circle(id, pre, way); c != nil {
			return c
		}
	}
	return nil
}

// PageKey is what two addresses of the same page have in common: scheme,
// "www.", query, fragment and a trailing slash do not matter.
func PageKey(url string) string {
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
