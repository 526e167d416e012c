package suggest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"readback/knowledge"
)

// clusters puts tickets of a kind and language together that are like one of
// them: each, oldest first, goes to the first of those before it that it is most
// like, or begins a cluster of its own.
func (c *Collector) clusters() []Cluster {
	all := slices.Clone(c.loose)
	slices.SortFunc(all, func(a, b loose) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	weight := weigh(all)
	size := make([]float64, len(all)) // of each ticket, as a vector
	for i := range all {
		for _, w := range all[i].words {
			size[i] += weight[w] * weight[w]
		}
	}
	var groups [][]int            // by their places in all; the first one leads
	leading := map[string][]int{} // groups whose leader has a word
	for i := range all {
		shared := map[int]float64{}
		for _, w := range all[i].words {
			for _, g := range leading[w] {
				shared[g] += weight[w] * weight[w]
			}
		}
		best, most := -1, likeness
		for _, g := range sortedKeys(shared) {
			lead := groups[g][0]
			if all[lead].kind != all[i].kind || all[lead].lang != all[i].lang {
				continue
			}
			if like := shared[g] / math.Sqrt(size[lead]*size[i]); like > most {
				best, most = g, like
			}
		}
		if best >= 0 {
			groups[best] = append(groups[best], i)
			continue
		}
		for _, w := range all[i].words {
			leading[w] = append(leading[w], len(groups))
		}
		groups = append(groups, []int{i})
	}
	var out []Cluster
	for _, g := range groups {
		if len(g) >= leastCluster {
			out = append(out, clusterOf(all, g, weight))
		}
	}
	slices.SortStableFunc(out, func(a, b Cluster) int { return cmp.Compare(len(b.Tickets), len(a.Tickets)) })
	return out
}

// weigh gives each word its rarity; one that every second ticket has, none.
func weigh(all []loose) map[string]float64 {
	n := map[string]int{}
	for i := range all {
		for _, w := range all[i].words {
			n[w]++
		}
	}
	out := make(map[string]float64, len(n))
	for w, count := range n {
		if len(all) < 8 || count*2 <= len(all) {
			out[w] = math.Log(1 + float64(len(all))/float64(count))
		}
	}
	return out
}

func sortedKeys(m map[int]float64) []int {
	out := make([]int, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// clusterOf names a group by the rare words that at least half of it has.
func clusterOf(all []loose, group []int, weight map[string]float64) Cluster {
	out := Cluster{Key: all[group[0]].id, Kind: all[group[0]].kind}
	n := map[string]int{}
	for _, i := range group {
		out.Tickets = append(out.Tickets, all[i].id)
		title := all[i].title
		if len(out.Quotes) < mostQuotes && title != "" && !slices.ContainsFunc(out.Quotes, func(q Quote) bool { return q.Text == title }) {
			out.Quotes = append(out.Quotes, Quote{all[i].id, title})
		}
		for _, w := range all[i].words {
			n[w]++
		}
	}
	var words []string
	for w, count := range n {
		if 2*count >= len(group) {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(float64(n[b])*weight[b], float64(n[a])*weight[a]), cmp.Compare(a, b))
	})
	words = words[:min(len(words), nameWords)]
	for i, w := range words {
		words[i] = asWritten(all[group[0]].text, all[group[0]].lang, w)
	}
	out.Name = strings.Join(words, " ")
	return out
}

// asWritten is the first word of a text that has a stem.
func asWritten(text, lang, stem string) string {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }) {
		if slices.Contains(knowledge.Terms(word, lang), stem) {
			return strings.ToLower(word)
		}
	}
	return stem
}
