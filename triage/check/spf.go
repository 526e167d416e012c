package check

import (
	"context"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"readback/triage"
)

// maxSPFLookups is the number of terms with DNS look-ups that a record may
// need, with those of the records that it includes (RFC 7208, 4.6.4).
const maxSPFLookups = 10

var askSPF = question{qtype: dns.TypeTXT, about: "spf"}

// mailSPF checks that a domain lets a platform send for it: {domain, include}.
// Without include it is enough that its record is sound.
func (e *Engine) mailSPF(ctx context.Context, p map[string]string, _ *triage.Account) finding {
	t := e.look.follow(ctx, p["domain"], askSPF)
	f, unseen := t.unseen()
	if !unseen {
		f = e.judgeSPF(ctx, t.last().found.data, p["include"])
	}
	if p["include"] != "" {
		f.expected = "include:" + p["include"]
	} else if f.code == "check.spf.missing" {
		f.code = "check.spf.absent"
	}
	return e.conclude(f, t, "SPF")
}

// judgeSPF judges the TXT records of a domain that speak of SPF. The limit on
// look-ups is counted here, over the whole tree: an evaluation for one sender
// (RFC 7208, 4) stops at what matches and would miss what other mail meets.
func (e *Engine) judgeSPF(ctx context.Context, texts []string, include string) finding {
	record, n, near := oneSPF(texts)
	switch {
	case n == 0 && near != "":
		return finding{outcome: triage.Fail, state: malformed, code: "check.spf.malformed",
			seen: shorten(near), params: map[string]string{"term": shorten(near)}}
	case n == 0:
		return finding{outcome: triage.Fail, state: absent, code: "check.spf.missing"}
	case n > 1:
		return finding{outcome: triage.Fail, state: severalRecords, code: "check.spf.several_records"}
	}
	r, bad := parseSPF(record)
	if bad != "" {
		return finding{outcome: triage.Fail, state: malformed, code: "check.spf.malformed",
			seen: shorten(record), params: map[string]string{"term": shorten(bad)}}
	}
	w := &spfWalk{look: e.look, include: include, sure: true}
	w.prefetch(ctx, r)
	w.walk(ctx, r, true)
	f := w.finding(r)
	f.seen, f.evidence, f.ttl = shorten(record), w.lines, w.ttl
	return f
}

// oneSPF returns the SPF record among TXT records, how many there are, and one
// that was only meant to be one.
func oneSPF(texts []string) (record string, n int, near string) {
	for _, s := range texts {
		switch {
		case isSPF(s):
			record, n = s, n+1
		case meansSPF(s):
			near = s
		}
	}
	return record, n, near
}

// spfWalk goes through a record and all that it includes.
type spfWalk struct {
	look    *lookup
	include string // the name to find; "" = none

	lookups int
	leads   bool   // the name is included, and what it lets pass passes
	open    bool   // part of it depends on each message, by macros
	broken  string // an include that has no single valid record
	unseen  string // an include that could not be looked at
	over    bool   // too many look-ups
	sure    bool   // all of it comes from the zones' own servers
	ttl     uint32
	lines   []string
}

// walk returns false once there is nothing more to find out. passes says
// whether what the record lets pass also passes for the domain at the top.
func (w *spfWalk) walk(ctx context.Context, r spfRecord, passes bool) bool {
	for _, t := range r.terms {
		if !t.looksUp() {
			continue
		}
		if !w.count() {
			return false
		}
		if t.name == "include" && !w.into(ctx, t.domain, passes && t.qualifier == '+') {
			return false
		}
	}
	return r.redirect == "" || w.count() && w.into(ctx, r.redirect, passes)
}

func (w *spfWalk) count() bool {
	w.lookups++
	w.over = w.lookups > maxSPFLookups
	return !w.over
}

// prefetch asks for all the includes of the first record at the same time;
// what comes waits in the cache of nodes. Those further down are asked for in
// turn, so that a hostile record cannot make us ask without bound.
func (w *spfWalk) prefetch(ctx context.Context, r spfRecord) {
	var wg sync.WaitGroup
	defer wg.Wait()
	left := maxSPFLookups
	for _, t := range r.terms {
		if name, err := canonical(t.domain); t.name == "include" && err == nil && left > 0 {
			left--
			wg.Go(func() { w.look.follow(ctx, name, askSPF) })
		}
	}
}

// into walks the record of an included name.
func (w *spfWalk) into(ctx context.Context, domain string, passes bool) bool {
	if strings.Contains(domain, "%") {
		w.open = true
		return true
	}
	name, err := canonical(domain)
	if err != nil {
		w.broken = domain
		return false
	}
	w.leads = w.leads || passes && name == w.include
	t := w.look.follow(ctx, name, askSPF)
	w.lines = append(w.lines, t.lines()...)
	if w.ttl == 0 || t.ttl() < w.ttl {
		w.ttl = t.ttl()
	}
	w.sure = w.sure && t.official()
	if f, unseen := t.unseen(); unseen && f.outcome == triage.Unknown {
		w.unseen = name
		return true
	}
	record, n, _ := oneSPF(t.last().found.data)
	if n != 1 {
		w.broken = name
		return false
	}
	r, bad := parseSPF(record)
	if bad != "" {
		w.broken = name
		return false
	}
	return w.walk(ctx, r, passes)
}

// finding is what the walk over a record came to.
func (w *spfWalk) finding(r spfRecord) finding {
	fail := func(state, code, param, value string) finding {
		if !w.sure {
			return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.records.resolver_only"}
		}
		return finding{outcome: triage.Fail, state: state, code: code, params: map[string]string{param: shorten(value)}}
	}
	switch {
	case w.over:
		return fail("too_many_lookups", "check.spf.too_many_lookups", "most", "10")
	case w.broken != "":
		return fail("broken_include", "check.spf.broken_include", "end", w.broken)
	case w.unseen != "":
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.spf.include_unseen", params: map[string]string{"end": w.unseen}}
	case w.include == "":
		return finding{outcome: triage.Pass, state: right, code: "check.spf.sound"}
	case w.leads:
		return finding{outcome: triage.Pass, state: right, code: "check.spf.right"}
	case w.open:
		return finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.spf.macro"}
	}
	if t := find(r.after, w.include); t != "" {
		return fail("include_missing", "check.spf.after_all", "term", t)
	}
	if t := find(r.terms, w.include); t != "" {
		return fail("include_missing", "check.spf.not_passing", "term", t)
	}
	return fail("include_missing", "check.spf.include_missing", "term", "include:"+w.include)
}

// find returns the include of that name as it is written, "" without one.
func find(terms []spfTerm, include string) string {
	for _, t := range terms {
		if name, err := canonical(t.domain); t.name == "include" && err == nil && name == include {
			return t.text
		}
	}
	return ""
}
