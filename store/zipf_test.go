package store

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// zipf makes text of 200,000 made-up words, the n-th of which comes 1/n as
// often as the first, which is what languages do.
type zipf struct {
	next  *rand.Zipf
	words []string
}

func newZipf(seed string) *zipf {
	h := fnv.New64a()
	h.Write([]byte(seed)) //nolint:errcheck // never fails
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	z := &zipf{next: rand.NewZipf(r, 1.07, 4, 199_999), words: make([]string, 200_000)}
	pick := func(of string) string {
		runes := []rune(of)
		return string(runes[r.IntN(len(runes))])
	}
	for i := range z.words {
		var w strings.Builder
		for range 1 + i%4 {
			w.WriteString(pick("bcdfghjklmnprstvwz") + pick("aeiouy"))
			if r.IntN(2) == 0 {
				w.WriteString(pick("lnrstm"))
			}
		}
		w.WriteString([]string{"", "s", "er", "ed", "ing", "ic"}[r.IntN(6)])
		z.words[i] = w.String()
	}
	return z
}

// text is n words.
func (z *zipf) text(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = z.words[z.next.Uint64()]
	}
	return strings.Join(out, " ")
}

// word is the n-th in the order of how frequent they are.
func (z *zipf) word(n int) string { return z.words[n] }
