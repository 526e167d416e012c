package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"readback/triage"
)

// What is the same matter or claim as in the last result keeps its id, so that
// corrections and links to it last. An id is never given to another.

// id gives an item the id it had in the last result, else the first number
// that no other has.
func (g *grounded) id(prefix, last string) string {
	for n := 1; last == "" || g.given[last]; n++ {
		if id := fmt.Sprintf("%s%d", prefix, n); !g.lasting[id] {
			last = id
		}
	}
	g.given[last] = true
	return last
}

// keepIDs gives matters and claims that the last result already had the ids
// they had there. said are the corrections in force. confidence follows the
// matters' new ids.
func (g *grounded) keepIDs(r *triage.Result, prev *triage.Result, said []triage.Correction) {
	if prev == nil {
		return
	}
	renamed, taken := g.pinned(len(r.Matters), func(i int) string { return r.Matters[i].ID })
	sameMatters(r.Matters, prev.Matters, said, renamed, taken)
	used := []string{}
	for i := range prev.Matters {
		used = append(used, prev.Matters[i].ID)
	}
	for i := range said {
		used = append(used, said[i].Matter) // never another's, even when it is gone for now
	}
	rename(len(r.Matters), lastNumber("m", used), "m", renamed, taken, func(i int) *string { return &r.Matters[i].ID })
	for i := range r.Brief.Claims {
		if id, ok := renamed[r.Brief.Claims[i].Matter]; ok {
			r.Brief.Claims[i].Matter = id
		}
	}
	confidence := map[string]float64{}
	for was, is := range renamed {
		confidence[is] = g.confidence[was]
	}
	g.confidence = confidence
	renamed, taken = g.pinned(len(r.Brief.Claims), func(i int) string { return r.Brief.Claims[i].ID })
	used = used[:0]
	for i := range prev.Brief.Claims {
		used = append(used, prev.Brief.Claims[i].ID)
	}
	for i := range r.Brief.Claims {
		c := &r.Brief.Claims[i]
		if renamed[c.ID] != "" {
			continue
		}
		for _, old := range prev.Brief.Claims {
			if old.Step == c.Step && sameAnchor(&old, c) && !taken[old.ID] {
				renamed[c.ID], taken[old.ID] = old.ID, true
				break
			}
		}
	}
	rename(len(r.Brief.Claims), lastNumber("c", used), "c", renamed, taken, func(i int) *string { return &r.Brief.Claims[i].ID })
}

// sameMatters finds the matters of the last result again: by what the
// extractor took them for then, by what people made of them, by what they make
// of them now; and one is the other when there is only one. It adds to what is
// known already.
func sameMatters(now, before []triage.Matter, said []triage.Correction, renamed map[string]string, taken map[string]bool) {
	for _, of := range []func(*triage.Matter) triage.MatterRead{
		(*triage.Matter).AsRead,
		func(m *triage.Matter) triage.MatterRead {
			return triage.MatterRead{Kind: m.Kind, Procedure: m.Procedure}
		},
		func(m *triage.Matter) triage.MatterRead { return madeOf(*m, said) },
	} {
		for i := range now {
			m := &now[i]
			for j := range before {
				was := of(&before[j])
				if renamed[m.ID] == "" && !taken[before[j].ID] && was.Procedure == m.Procedure && (m.Procedure != "" || was.Kind == m.Kind) {
					renamed[m.ID], taken[before[j].ID] = before[j].ID, true
				}
			}
		}
	}
	if len(now) == 1 && len(before) == 1 && len(renamed) == 0 {
		renamed[now[0].ID], taken[before[0].ID] = before[0].ID, true
	}
}

// madeOf is what people make of a matter of this ticket.
func madeOf(m triage.Matter, said []triage.Correction) triage.MatterRead {
	for i := range said {
		if c := &said[i]; c.Matter == m.ID {
			correctMatter(&m, c)
		}
	}
	return triage.MatterRead{Kind: m.Kind, Procedure: m.Procedure}
}

// pinned are the items whose ids the extractor brought from the last result.
func (g *grounded) pinned(n int, id func(int) string) (renamed map[string]string, taken map[string]bool) {
	renamed, taken = map[string]string{}, map[string]bool{}
	for i := range n {
		if last := id(i); g.lasting[last] {
			renamed[last], taken[last] = last, true
		}
	}
	return renamed, taken
}

// rename gives each item its old id, or a new one that was never used.
func rename(n, used int, prefix string, renamed map[string]string, taken map[string]bool, id func(int) *string) {
	next := used + 1
	for i := range n {
		at := id(i)
		if old, ok := renamed[*at]; ok {
			*at = old
			continue
		}
		for taken[fmt.Sprintf("%s%d", prefix, next)] {
			next++
		}
		renamed[*at] = fmt.Sprintf("%s%d", prefix, next)
		*at = renamed[*at]
		next++
	}
}

func sameAnchor(a, b *triage.Claim) bool {
	if len(a.Evidence) == 0 {
		return false // erased since
	}
	x, y := a.Evidence[0], b.Evidence[0]
	return x.MessageID == y.MessageID && x.Start < y.End && y.Start < x.End && fmt.Sprint(a.Inputs) == fmt.Sprint(b.Inputs)
}

// lastNumber is the highest number of ids such as "m3".
func lastNumber(prefix string, ids []string) int {
	last := 0
	for _, id := range ids {
		if rest, ok := strings.CutPrefix(id, prefix); ok {
			n, _ := strconv.Atoi(rest)
			last = max(last, n)
		}
	}
	return last
}
