package guard

import "strings"

// Phrases are words between spaces, in lower case and without accents, that
// are looked for together. One that begins with ^ stands at the head of what is
// read; those of scripts without spaces are found anywhere.
type phrases struct {
	by    map[string][]string // by the first word
	may   [4]uint64           // which first words there are, a bit for the hash of each
	heads []string            // without ^
	wide  []string
}

// list reads phrases with commas between them.
func list(all string) phrases {
	p := phrases{by: map[string][]string{}}
	for one := range strings.SplitSeq(all, ",") {
		one = strings.TrimSpace(one)
		first, _, _ := strings.Cut(one, " ")
		switch {
		case one == "":
		case one[0] == '^':
			p.heads = append(p.heads, one[1:])
		case one[0] >= 0x80:
			p.wide = append(p.wide, one)
		default:
			p.by[first] = append(p.by[first], one)
			bit := bitOf(first)
			p.may[bit>>6] |= 1 << (bit & 63)
		}
	}
	return p
}

// has reports whether one of the phrases stands in norm, words between
// spaces.
func has(norm string, p phrases) bool {
	_, ok := which(norm, p)
	return ok
}

// which returns the byte behind the first phrase found.
func which(norm string, p phrases) (end int, ok bool) {
	for _, head := range p.heads {
		if len(norm) > len(head)+1 && norm[1:1+len(head)] == head && norm[1+len(head)] == ' ' {
			return len(head) + 1, true
		}
	}
	for _, w := range p.wide {
		if i := strings.Index(norm, w); i >= 0 {
			return i + len(w), true
		}
	}
	if len(p.by) == 0 {
		return 0, false
	}
	for at := 1; at < len(norm); {
		n := strings.IndexByte(norm[at:], ' ')
		if n < 0 {
			n = len(norm) - at
		}
		if bit := bitOf(norm[at : at+n]); p.may[bit>>6]>>(bit&63)&1 != 0 { // most words begin no phrase: looking them all up is half the cost of reading
			for _, one := range p.by[norm[at:at+n]] {
				if rest := norm[at:]; strings.HasPrefix(rest, one) && (len(rest) == len(one) || rest[len(one)] == ' ') {
					return at + len(one), true
				}
			}
		}
		at += n + 1
	}
	return 0, false
}

// bitOf is a small hash of a word: by its length, its ends and its middle.
func bitOf(word string) uint8 {
	n := len(word)
	if n == 0 {
		return 0
	}
	return uint8(n)*37 + word[0]*11 + word[n-1]*23 + word[n/2]*3
}
