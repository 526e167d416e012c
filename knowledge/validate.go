package knowledge

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// kinds are those of matters (triage.Kinds, which this package cannot import).
var kinds = []string{"setup", "broken", "incident", "billing", "access", "security", "abuse", "privacy", "cancel", "feedback", "spam", "other"}

var (
	inputKinds   = []string{"domain", "email", "url", "text"}
	statuses     = []Status{Stub, Draft, Live}
	selfServices = []SelfService{SelfServiceNever, SelfServiceTold, SelfServiceSeen}
	name         = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)             // of a procedure or a step: both are part of addresses
	inputName    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)                // of an input: it stands in {braces}
	language     = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$`) // an ISO 639 code, or one with a region
)

// validate records everything that is wrong with a procedure by itself.
func (p *Procedure) validate(d *source, w *Workspace) {
	if !name.MatchString(p.ID) {
		d.at(RuleFormat, "id", "id %q: use small letters, digits and hyphens", p.ID)
	}
	if strings.TrimSpace(p.Title) == "" {
		d.at(RuleFormat, "title", "no title")
	}
	if !slices.Contains(statuses, p.Status) {
		d.at(RuleFormat, "status", "unknown status %q; use stub, draft or live", p.Status)
	}
	if (p.Status == Draft || p.Status == Live) && len(p.Steps) == 0 {
		d.at(RuleFormat, "steps", "a %s procedure has at least one step; without any it is a stub (status: stub)", p.Status)
	}
	if p.Status == Stub && len(p.Steps) > 0 {
		d.at(RuleFormat, "status", "a stub has no steps; with steps it is a draft (status: draft)")
	}
	if p.SelfService != "" && !slices.Contains(selfServices, p.SelfService) {
		d.at(RuleFormat, "self_service", "unknown self_service %q; use never, told or seen", p.SelfService)
	}
	if !slices.Contains(kinds, p.Kind) {
		d.at(RuleFormat, "kind", "unknown kind %q; use one of %s", p.Kind, strings.Join(kinds, ", "))
	}
	p.addresses(d)
	p.inputs(d)
	seen := map[string]bool{}
	for i := range p.Steps {
		p.step(d, w, i, seen)
		seen[p.Steps[i].ID] = true
	}
}

func (p *Procedure) addresses(d *source) {
	check := func(at, address string) {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			d.at(RuleFormat, at, "%q is no web address; write it with https://", address)
		}
	}
	if p.URL != "" {
		check("url", p.URL)
	}
	for i, u := range p.ReplacesURLs {
		check(fmt.Sprintf("replaces_urls[%d]", i), u)
	}
}

func (p *Procedure) inputs(d *source) {
	var names []string
	for n := range p.Inputs {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		in := p.Inputs[n]
		if !inputName.MatchString(n) {
			d.at(RuleFormat, "inputs."+n, "input %s: use small letters, digits and underscores", n)
		}
		if !slices.Contains(inputKinds, in.Kind) {
			d.at(RuleFormat, "inputs."+n+".kind", "input %s: unknown kind %q; use one of %s", n, in.Kind, strings.Join(inputKinds, ", "))
		}
		if in.From != "" && !strings.HasPrefix(in.From, "account.") {
			d.at(RuleFormat, "inputs."+n+".from", "input %s: from is %q; an input comes from account.FIELD", n, in.From)
		}
	}
}

func (p *Procedure) step(d *source, w *Workspace, i int, seen map[string]bool) {
	s, at := &p.Steps[i], fmt.Sprintf("steps[%d]", i)
	switch {
	case s.ID == "":
		d.at(RuleFormat, at, "step %d has no id", i+1)
		return
	case !name.MatchString(s.ID):
		d.at(RuleFormat, at+".id", "step id %q: use small letters, digits and hyphens", s.ID)
	case seen[s.ID]:
		d.at(RuleFormat, at+".id", "two steps have the id %q", s.ID)
	}
	if strings.TrimSpace(s.Title) == "" {
		d.at(RuleFormat, at+".title", "step %s: no title", s.ID)
	}
	if s.By != Customer && s.By != Staff {
		d.at(RuleFormat, at+".by", "step %s: by is %q; use customer or staff", s.ID, s.By)
	}
	if s.By == Customer && s.Capability != "" {
		d.at(RuleFormat, at+".capability", "step %s: a customer's step takes no capability", s.ID)
	}
	if _, held := w.Holder(s.Capability); s.Capability != "" && !held {
		d.at(RuleCapability, at+".capability", "step %s: no tier has the capability %q", s.ID, s.Capability)
	}
	if s.Scope != ScopeBinding && s.Scope != ScopeAccount {
		d.at(RuleFormat, at+".scope", "step %s: unknown scope %q; the only one is account", s.ID, s.Scope)
	}
	p.references(d, i, seen)
	p.placeholders(d, i)
}

// references checks the steps that a step names.
func (p *Procedure) references(d *source, i int, seen map[string]bool) {
	s := &p.Steps[i]
	for key, list := range map[string][]string{"replaces": s.Replaces, "after": s.After} {
		for j, other := range list {
			if !seen[other] {
				d.at(RuleReference, fmt.Sprintf("steps[%d].%s[%d]", i, key, j), "step %s: %q is not an earlier step", s.ID, other)
			}
		}
	}
}

// placeholders checks the inputs that a step names in braces.
func (p *Procedure) placeholders(d *source, i int) {
	s, values := &p.Steps[i], p.anyInputs()
	for _, leaf := range s.Check.Leaves() {
		if _, missing := leaf.Bind(values); missing != "" {
			d.at(RuleInput, fmt.Sprintf("steps[%d].check", i), "step %s: check %s names {%s}, which is no input of the procedure", s.ID, leaf.Name, missing)
		}
	}
	for _, m := range placeholder.FindAllString(s.Sets, -1) {
		if values[m[1:len(m)-1]] == "" {
			d.at(RuleInput, fmt.Sprintf("steps[%d].sets", i), "step %s: sets names %s, which is no input of the procedure", s.ID, m)
		}
	}
}

// anyInputs gives every input some value.
func (p *Procedure) anyInputs() map[string]string {
	values := map[string]string{}
	for name := range p.Inputs {
		values[name] = "x"
	}
	return values
}

// InputKinds lists the kinds of an input.
func InputKinds() []string { return slices.Clone(inputKinds) }
