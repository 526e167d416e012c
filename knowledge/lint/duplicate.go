package lint

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"readback/knowledge"
)

// Near-duplicates are found by MinHash over shingles of words (Broder 1997):
// two blocks that share most shingles share most of the least hashes, so only
// blocks that fall into one bucket are compared.
const (
	shingle   = 4   // words
	bands     = 16  // buckets a block falls into
	rows      = 3   // hashes that make one bucket
	minWords  = 18  // a shorter block says too little to be a copy
	alike     = 0.5 // share of common shingles (Jaccard) from which two blocks tell the same
	maxBucket = 20  // members of a bucket that are compared with each other; of more, neighbours only
)

// block is a paragraph or a list of a page.
type block struct {
	page *page
	at   int // offset in the body
	end  int
	sig  [bands * rows]uint32
}

var shingleSeed = maphash.MakeSeed()

// shingles are the hashes of all runs of words.
func shingles(text string) []uint64 {
	ws := words(text)
	if len(ws) < minWords {
		return nil
	}
	out := make([]uint64, 0, len(ws))
	for i := 0; i+shingle <= len(ws); i++ {
		out = append(out, maphash.String(shingleSeed, strings.Join(ws[i:i+shingle], " ")))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sign fills the signature of a block from its shingles.
func (b *block) sign(set []uint64) {
	for i := range b.sig {
		least := ^uint32(0)
		mul, add := uint64(2*i+1)*0x9e3779b97f4a7c15, uint64(i)*0xbf58476d1ce4e5b9
		for _, h := range set {
			x := (h ^ add) * mul
			least = min(least, uint32((x^x>>29)*0x94d049bb133111eb>>32))
		}
		b.sig[i] = least
	}
}

// jaccard is the share of common members of two sorted sets.
func jaccard(a, b []uint64) float64 {
	common, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			common, i, j = common+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	if all := len(a) + len(b) - common; all > 0 {
		return float64(common) / float64(all)
	}
	return 0
}

// twins are two pages with the blocks that they share.
type twins struct {
	a, b  *page
	parts [][2]*block
}

func (l *linter) duplicates() {
	var blocks []*block
	for _, p := range l.pages {
		blocks = append(blocks, blocksOf(p)...)
	}
	pairs := map[[2]*block]bool{}
	for band := range bands {
		buckets := map[[rows]uint32][]*block{}
		for _, b := range blocks {
			k := [rows]uint32(b.sig[band*rows:])
			buckets[k] = append(buckets[k], b)
		}
		for _, members := range buckets {
			for i, b := range members {
				reach := len(members)
				if reach > maxBucket {
					reach = min(i+2, reach)
				}
				for _, other := range members[i+1 : max(i+1, reach)] {
					if comparable(b.page, other.page) {
						pairs[[2]*block{b, other}] = true
					}
				}
			}
		}
	}
	l.tellTwins(blocks, pairs)
}

// tellTwins checks the candidates and reports those of two pages together.
func (l *linter) tellTwins(blocks []*block, pairs map[[2]*block]bool) {
	order := map[*block]int{}
	for i, b := range blocks {
		order[b] = i
	}
	sorted := make([][2]*block, 0, len(pairs))
	for pair := range pairs {
		sorted = append(sorted, pair)
	}
	slices.SortFunc(sorted, func(a, b [2]*block) int {
		if d := order[a[0]] - order[b[0]]; d != 0 {
			return d
		}
		return order[a[1]] - order[b[1]]
	})
	var found []*twins
	at := map[[2]*page]*twins{}
	for _, pair := range sorted {
		if jaccard(shingles(pair[0].text()), shingles(pair[1].text())) < alike {
			continue
		}
		pages := [2]*page{pair[0].page, pair[1].page}
		if at[pages] == nil {
			at[pages] = &twins{a: pages[0], b: pages[1]}
			found = append(found, at[pages])
		}
		at[pages].parts = append(at[pages].parts, pair)
	}
	for _, t := range found {
		l.tellTwin(t)
	}
}

func (l *linter) tellTwin(t *twins) {
	var related []Place
	var quotes []string
	for _, part := range t.parts {
		other := t.b.place(part[1].at)
		other.Message = fmt.Sprintf("tells the same as line %d of %s", t.a.place(part[0].at).Line, t.a.file)
		related = append(related, other)
		if len(quotes) < 3 {
			quotes = append(quotes, "\""+start(part[0].text())+"\"")
		}
	}
	l.add("near-duplicate", Warning, t.a.place(t.parts[0][0].at),
		fmt.Sprintf("%s and %s share %s: %s. Customers find either, and a correction of one leaves the other wrong", t.a.name(), t.b.name(),
			count(len(t.parts), "part"), strings.Join(quotes, ", ")),
		"Keep the text in one place: list the other page under replaces_urls and redirect it, or link to it.", related...)
}

// comparable reports whether a copy between two pages is worth a word: of one
// language, and neither takes the other's place already.
func comparable(a, b *page) bool {
	if a == b || a.lang != b.lang || a.proc != nil && a.proc == b.proc {
		return false
	}
	return !replaces(a.proc, b) && !replaces(b.proc, a)
}

func replaces(p *knowledge.Procedure, old *page) bool {
	return p != nil && old.article != nil && old.url != "" && slices.ContainsFunc(p.ReplacesURLs, func(u string) bool { return sameURL(u, old.url) })
}

// blocksOf splits a page at blank lines and headings.
func blocksOf(p *page) []*block {
	var out []*block
	from := 0
	flush := func(to int) {
		b := &block{page: p, at: from + len(p.prose[from:to]) - len(strings.TrimLeft(p.prose[from:to], " \n")), end: to}
		if b.at < to {
			if set := shingles(b.text()); set != nil {
				b.sign(set)
				out = append(out, b)
			}
		}
		from = to
	}
	at := 0
	for line := range strings.Lines(p.prose) {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			flush(at)
		}
		at += len(line)
		if strings.HasPrefix(line, "#") {
			from = at // a heading belongs to no block
		}
	}
	flush(at)
	return out
}

func (b *block) text() string { return b.page.prose[b.at:b.end] }

// start is the beginning of a text, for a message.
func start(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(fold(s), "**", ""))
	if r := []rune(s); len(r) > 60 {
		return strings.TrimSpace(string(r[:57])) + "..."
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
