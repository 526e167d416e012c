package pipeline

import (
	"maps"
	"slices"
	"strings"

	"github.com/weppos/publicsuffix-go/publicsuffix"

	"readback/knowledge"
	"readback/triage"
)

// maxBindings bounds the positions of one matter: each is looked at. What is
// beyond is told, and keeps an account-wide step from counting as seen.
const maxBindings = 50

// bind gives each matter with a live procedure its inputs, one position for
// each binding, and returns the checks to run, by matter.
func (p *Pipeline) bind(r *triage.Result, t *triage.Ticket) [][]triage.CheckRun {
	runs := make([][]triage.CheckRun, len(r.Matters))
	for i := range r.Matters {
		m := &r.Matters[i]
		proc := p.Workspace.Procedure(m.Procedure)
		if proc == nil {
			m.Procedure, m.Inputs = "", nil
			bindClaims(r.Brief.Claims, &knowledge.Procedure{}, m)
			continue
		}
		m.Inputs = p.inputs(proc, m.Inputs, r.Facts.Account)
		correctInputs(r, t, m)
		bindClaims(r.Brief.Claims, proc, m)
		if len(proc.Steps) == 0 {
			continue // a stub says what to collect and leads nowhere
		}
		for _, b := range bindings(m.Inputs) {
			m.Positions = append(m.Positions, triage.Position{Inputs: b})
		}
		if proc.Status == knowledge.Live {
			runs[i] = checkRuns(proc, m, r.Facts.Account)
		}
	}
	return runs
}

// inputs binds each input of a procedure: what the customer names, matched
// with what the account has. A procedure with an account-wide step is about
// every value of the account.
func (p *Pipeline) inputs(proc *knowledge.Procedure, named map[string][]string, account *triage.Account) map[string][]string {
	bound := map[string][]string{}
	for name, input := range proc.Inputs {
		has := fromAccount(account, input)
		var values []string
		for _, v := range named[name] {
			if v = asName(v); v == "" || input.Kind == "domain" && p.platformName(v) {
				continue
			}
			values = append(values, matchAccount(v, has, input.Kind)...)
		}
		// With an account, a name that is not the account's is only taken when
		// nothing else was named: it may be the mistake itself.
		if own := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(has, v) }); len(own) > 0 {
			values = own
		}
		if len(values) == 0 || proc.AccountWide() {
			values = append(slices.Clone(has), values...) // the account's own are looked at first
		}
		if !input.Many && len(values) > 1 {
			values = values[:1]
		}
		bound[name] = unique(values)
	}
	return bound
}

// named notes the procedures that have an input of which a text holds a value
// of the account: a name that only one procedure is about tells more than most
// words. They become candidates in the place of the least likely ones, unless
// so many share the name that it tells nothing.
func (p *Pipeline) named(in *triage.Reading, text string, account *triage.Account) {
	if account == nil {
		return
	}
	text = strings.ToLower(text)
	var held []*knowledge.Procedure
	for i := range p.Workspace.Procedures {
		proc := &p.Workspace.Procedures[i]
		for _, input := range proc.Inputs {
			if slices.ContainsFunc(fromAccount(account, input), func(v string) bool { return holdsName(text, strings.ToLower(v)) }) {
				held = append(held, proc)
				break
			}
		}
	}
	if len(held) >= candidates {
		return
	}
	for _, proc := range held {
		in.Named = append(in.Named, proc.ID)
	}
	for _, proc := range held {
		if slices.ContainsFunc(in.Candidates, func(c knowledge.Procedure) bool { return c.ID == proc.ID }) {
			continue
		}
		for i := len(in.Candidates) - 1; i >= 0 && len(in.Candidates) >= candidates; i-- {
			if !slices.Contains(in.Named, in.Candidates[i].ID) {
				in.Candidates = slices.Delete(in.Candidates, i, i+1)
			}
		}
		in.Candidates = append(in.Candidates, *proc)
	}
}

// holdsName reports whether a text holds a name by itself, not as part of a
// longer name or of a mail address.
func holdsName(text, name string) bool {
	for from := 0; name != ""; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(name)
		before, after := text[:start], text[end:]
		if (before == "" || !partOfName(before[len(before)-1])) &&
			(after == "" || !partOfName(after[0]) || after[0] == '.' && (len(after) == 1 || !partOfName(after[1]))) {
			return true
		}
		from = end
	}
	return false
}

// partOfName reports whether a byte next to a name makes it a longer one.
func partOfName(b byte) bool {
	return b == '.' || b == '-' || b == '@' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z'
}

// bindClaims ties the claims of a matter to its procedure's steps and bound
// values. A step that the procedure does not have is no step. A value that is
// not bound makes the claim one about every binding when it is of the same
// site as one of them, and one about no step when it is of another: what was
// done elsewhere was not done here.
func bindClaims(claims []triage.Claim, proc *knowledge.Procedure, m *triage.Matter) {
	for i := range claims {
		c := &claims[i]
		if c.Matter != m.ID {
			continue
		}
		if proc.Step(c.Step) == nil {
			c.Step = ""
		}
		for name, v := range c.Inputs {
			values := matchAccount(v, m.Inputs[name], proc.Inputs[name].Kind)
			switch {
			case len(values) == 1 && slices.Contains(m.Inputs[name], values[0]):
				c.Inputs[name] = values[0]
			case proc.Inputs[name].Kind == "domain" && !slices.ContainsFunc(m.Inputs[name], func(bound string) bool { return site(bound) == site(v) }):
				c.Step = ""
			default:
				delete(c.Inputs, name)
			}
		}
	}
}

// site is a domain's registrable part, or the domain when it has none.
func site(domain string) string {
	if s, err := publicsuffix.Domain(strings.ToLower(domain)); err == nil {
		return s
	}
	return strings.ToLower(domain)
}

// matchAccount returns the account's values that a named value stands for: the
// same name, or for domains those at or below it. Without one it is the name itself.
func matchAccount(v string, has []string, kind string) []string {
	var out []string
	for _, h := range has {
		h = strings.ToLower(h)
		if h == v || kind == "domain" && strings.HasSuffix(h, "."+v) {
			out = append(out, h)
		}
	}
	if out == nil {
		out = []string{v}
	}
	return out
}

func (p *Pipeline) platformName(domain string) bool {
	return slices.ContainsFunc(p.Workspace.Platform.Domains, func(own string) bool {
		return domain == own || strings.HasSuffix(domain, "."+own)
	})
}

// fromAccount returns the account's values for an input, nil without any.
func fromAccount(account *triage.Account, input knowledge.Input) []string {
	path, ok := strings.CutPrefix(input.From, "account.")
	if !ok {
		return nil
	}
	return account.Strings(path)
}

// bindings is the product of the values of all inputs, maxBindings at most; an
// input without a value is left out, so that there is always at least one.
func bindings(values map[string][]string) []map[string]string {
	out := []map[string]string{{}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var next []map[string]string
		for _, b := range out {
			for _, v := range values[name] {
				if len(next) == maxBindings {
					break
				}
				c := maps.Clone(b)
				c[name] = v
				next = append(next, c)
			}
		}
		if len(next) > 0 {
			out = next
		}
	}
	return out
}

// asName is a value as it is bound and compared: domains end in a dot or not.
func asName(v string) string { return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(v), ".")) }

// unlooked counts the combinations of a matter's inputs that have no position.
func unlooked(m *triage.Matter) int {
	all := 1
	for _, values := range m.Inputs {
		all *= max(1, len(values))
	}
	return max(0, all-len(m.Positions))
}

func unique(list []string) []string {
	var out []string
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
