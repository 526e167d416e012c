package eval

import (
	"cmp"
	"slices"
)

func (s Span) length() int { return max(0, s.End-s.Start) }

// shared is how many bytes two spans have in common.
func (s Span) shared(t Span) int {
	if s.Message != t.Message {
		return 0
	}
	return max(0, min(s.End, t.End)-max(s.Start, t.Start))
}

// shortest returns the indices, ascending, of the spans that count: of those
// that overlap by more than half of the shorter, only the shortest; of equals
// the first in the text, then in the list.
func shortest(spans []Span) []int {
	order := make([]int, len(spans))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := spans[i], spans[j]
		return cmp.Or(cmp.Compare(a.length(), b.length()), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Start, b.Start))
	})
	var kept []int
	for _, i := range order {
		if !slices.ContainsFunc(kept, func(k int) bool { return 2*spans[i].shared(spans[k]) > spans[k].length() }) {
			kept = append(kept, i)
		}
	}
	slices.Sort(kept)
	return kept
}

// mayMatch is the pair rule: the same message, at least half of the gold
// quote, and a prediction of at most three times the gold and 60 bytes.
func mayMatch(predicted, gold Span) bool {
	shared := predicted.shared(gold)
	return shared > 0 && 2*shared >= gold.length() && predicted.length() <= 3*gold.length()+60
}

// pair is a match of predicted[P] with gold[G].
type pair struct{ P, G int }

// match takes pairs greedily by overlap/union, one to one; of equals the
// first prediction, then the first gold quote.
func match(predicted, gold []Span) []pair {
	type candidate struct {
		pair
		shared, union int
	}
	var all []candidate
	for p, a := range predicted {
		for g, b := range gold {
			if mayMatch(a, b) {
				shared := a.shared(b)
				all = append(all, candidate{pair{p, g}, shared, a.length() + b.length() - shared})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { // larger overlap/union first, exactly
		return cmp.Compare(b.shared*a.union, a.shared*b.union)
	})
	var out []pair
	usedP, usedG := map[int]bool{}, map[int]bool{}
	for _, c := range all {
		if !usedP[c.P] && !usedG[c.G] {
			usedP[c.P], usedG[c.G] = true, true
			out = append(out, c.pair)
		}
	}
	return out
}
