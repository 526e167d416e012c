package offline

import (
	"slices"
	"strings"
)

// voice is what a clause says of an act.
type voice int

const (
	silent  voice = iota // no verb of its own: part of its neighbour
	other                // a verb, but no statement about an act of the writer
	act                  // the writer did it
	holds                // a thing is in place
	works                // a test passed
	planned              // will be done
	undone               // denied: not done, not in place
)

// A clause is a piece of a sentence with at most one statement.
type clause struct {
	se       *sentence
	words    []word
	norm     string // lower-case words between single spaces, what is quoted left out
	voice    voice
	verb     string // the word that decided, lower case
	joined   bool   // shares the subject of the clause before
	hyp      bool   // if, whether
	when     bool   // when I ..., after ...ing: belongs to a main clause
	onset    bool   // since I ...: when the fault began, no remedy
	relative bool
	hedged   bool // apparently, maybe
	listed   bool // stands under a heading such as "what we tried"
	wish     bool // should, want, please
	asks     bool // part of a question
	it       bool // its subject is a pronoun for a thing
	outcome  bool // a lone word that tells how all before it came out
	about    subject
	plain    bool // nothing in it speaks against a statement of the writer's
	not      bool
	failed   bool // says that something did not help or work
	refused  bool // says that a step would not go
}

func (c *clause) start() int { return c.words[0].start }
func (c *clause) end() int   { return c.words[len(c.words)-1].end }
func (c *clause) said() bool { return c.voice == act || c.voice == holds || c.voice == works }

type subject int

const (
	nobody subject = iota
	writer
	thing
	somebody // anybody else
)

// clauses cuts a sentence where a new statement begins and reads each piece.
func (g *grammar) clauses(se *sentence) []clause {
	if g.lang == "ja" {
		return japaneseClauses(se)
	}
	var out []clause
	carried := clause{}
	asked := g.asks(se)
	for _, words := range g.pieces(se.words) {
		c := g.read(se, words, carried)
		if asked && len(out) > 0 && g.opensQuestion(se, words) {
			c.voice = other // "..., how do I do that?" stands for itself
		}
		if c.voice == silent && len(out) > 0 && !c.hyp {
			last := &out[len(out)-1]
			last.words = se.words[indexOf(se.words, last.words[0]):indexAfter(se.words, words)]
			last.norm += c.norm[1:]
			last.failed = last.failed || c.failed
			last.outcome = last.outcome || c.outcome
			carried.hedged = carried.hedged || c.hedged
			continue
		}
		if n := len(out); n > 0 && out[n-1].voice == silent && !out[n-1].hyp && !c.hyp && !c.when && !greets(out[n-1]) && !(asked && g.opensQuestion(se, words)) {
			c.norm = out[n-1].norm + c.norm[1:]
			c.words = se.words[indexOf(se.words, out[n-1].words[0]):indexAfter(se.words, words)]
			out = out[:n-1]
		}
		carried = c
		out = append(out, c)
	}
	if asked {
		g.questions(out)
	}
	return out
}

// opensQuestion reports whether a piece begins like a question.
func (g *grammar) opensQuestion(se *sentence, piece []word) bool {
	if i := indexOf(se.words, piece[0]); i > 0 && se.words[i-1].low == "¿" {
		return true
	}
	i := slices.IndexFunc(piece, func(w word) bool { return !w.punct })
	return i >= 0 && g.ask[piece[i].low]
}

// shortEnd reports whether few words are left before a comma.
func shortEnd(words []word) bool {
	i := slices.IndexFunc(words, func(w word) bool { return w.punct && (w.low == "," || w.low == ";") })
	return i >= 0 && i <= 8
}

// greets reports whether a piece only greets or thanks.
func greets(c clause) bool {
	first, _, _ := strings.Cut(c.norm[1:], " ")
	return greetings[first] || hasPrefix(first, thankWords)
}

var greetings = wordSet("hi hello hey dear ok okay great witam cześć hallo hola bonjour salut ciao buongiorno")

// indexOf and indexAfter find a piece's place in its sentence by bytes.
func indexOf(words []word, w word) int {
	for i := range words {
		if words[i].start >= w.start {
			return i
		}
	}
	return 0
}

func indexAfter(words []word, piece []word) int {
	end := piece[len(piece)-1].end
	i := indexOf(words, piece[0])
	for i < len(words) && words[i].end <= end {
		i++
	}
	return i
}

// denies reports whether words hold a denial, so that "yet" ends them.
func (g *grammar) denies(words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool { return g.not[w.low] })
}

// pieces cuts before conjunctions and after clause punctuation.
func (g *grammar) pieces(words []word) [][]word {
	var out [][]word
	start := 0
	content := false // the piece has a word that is no punctuation or conjunction
	for i, w := range words {
		isCut := !w.quoted && !w.punct && g.cut[w.low] && !(i > 0 && (w.low == "yet" && g.denies(words[start:i]) || w.low == "so" && next(words, i) == "far" || g.onset[words[i-1].low]))
		afterPunct := i > 0 && words[i-1].punct && strings.Contains(",;:()—–-…¿", words[i-1].low) && !w.punct &&
			!(words[i-1].low == ":" && i <= 6 && (len(words)-i <= 8 || i <= 3 && shortEnd(words[i:]))) // "CNAME: added"
		if content && (isCut || afterPunct) {
			out = append(out, words[start:i])
			start, content = i, false
		}
		if !w.punct && !isCut {
			content = true
		}
	}
	if start < len(words) {
		if !content && len(out) > 0 {
			out[len(out)-1] = words[start-len(out[len(out)-1]):]
		} else {
			out = append(out, words[start:])
		}
	}
	return out
}
