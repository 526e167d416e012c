package offline

import "strings"

// asks reports whether a sentence is a question, by its mark or, when that was
// left out, by its first two words.
func (g *grammar) asks(se *sentence) bool {
	if se.question {
		return true
	}
	var first []string
	for _, w := range se.words {
		if !w.punct {
			if first = append(first, w.low); len(first) == 2 {
				break
			}
		}
	}
	return len(first) == 2 && g.ask[first[0]] && (g.be[first[0]] || g.first[first[1]] || g.third[first[1]] || g.pronoun[first[1]])
}

// questions turns what a sentence asks into no statement: all from the first
// clause that begins like a question, else its last clause.
func (g *grammar) questions(cs []clause) {
	if len(cs) == 0 {
		return
	}
	from := len(cs) - 1
	for i := range cs {
		if f := strings.Fields(cs[i].norm); len(f) > 0 && g.ask[f[0]] {
			from = i
			break
		}
	}
	for i := from; i < len(cs); i++ {
		cs[i].voice, cs[i].plain, cs[i].asks = other, false, true
	}
}
