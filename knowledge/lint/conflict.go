package lint

import (
	"fmt"
	"hash/maphash"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"readback/knowledge"
)

var braces = regexp.MustCompile(`\{[^{}]*\}`)

// conflictingSets finds steps that set one thing to different ends.
func (l *linter) conflictingSets() {
	type setter struct {
		p *knowledge.Procedure
		i int
	}
	byThing := map[string][]setter{}
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		for j := range p.Steps {
			if s := &p.Steps[j]; s.Sets != "" {
				thing := fold(braces.ReplaceAllString(strings.ToLower(s.Sets), "{}"))
				byThing[thing] = append(byThing[thing], setter{p, j})
				for k := range j {
					if first := &p.Steps[k]; fold(first.Sets) == fold(s.Sets) && first.Sets != "" && !overrides(p, j, k) && !exclusive(first, s) {
						at := key(p, "steps[%d].sets", k)
						at.Message = "set here first"
						l.add("conflicting-sets", Error, key(p, "steps[%d].sets", j),
							fmt.Sprintf("Steps %s and %s both set %q: whoever does the second undoes the first, and our check of the first then says they have not done it", first.ID, s.ID, s.Sets),
							fmt.Sprintf("If %s takes the place of %s, say replaces: [%s]; if only one is needed, put both into a one_of group.", s.ID, first.ID, first.ID), at)
					}
				}
			}
		}
	}
	for _, thing := range sortedKeys(byThing) {
		list := byThing[thing]
		for i, a := range list {
			for _, b := range list[:i] {
				x, y := &a.p.Steps[a.i], &b.p.Steps[b.i]
				if a.p == b.p || x.Sets == "" {
					continue
				}
				if which, one, other := disagree(x.Check, y.Check); which != "" {
					at := key(b.p, "steps[%d].check", b.i)
					at.Message = "checked for " + other
					l.add("conflicting-sets", Error, key(a.p, "steps[%d].check", a.i),
						fmt.Sprintf("Step %s of %q wants %s of %s to be %s, step %s of %q wants %s: nobody can do both", x.ID, a.p.Title, which, thing, one, y.ID, b.p.Title, other),
						"Decide which value is right and use it in both, or keep the step in one procedure and name that as a prerequisite of the other.", at)
				}
			}
		}
	}
}

// overrides reports whether step j replaces step k, at once or by steps between.
func overrides(p *knowledge.Procedure, j, k int) bool {
	for _, id := range p.Steps[j].Replaces {
		for i := range j {
			if p.Steps[i].ID == id && (i == k || overrides(p, i, k)) {
				return true
			}
		}
	}
	return false
}

// exclusive reports whether two steps never both apply.
func exclusive(a, b *knowledge.Step) bool {
	if a.OneOf != "" && a.OneOf == b.OneOf {
		return true
	}
	if a.When == nil || b.When == nil {
		return false
	}
	return impossible(append(slices.Clone(a.When.Terms), b.When.Terms...)) != ""
}

// disagree returns the parameter in which two steps' only checks of one name differ.
func disagree(a, b *knowledge.Check) (param, one, other string) {
	for _, x := range a.Leaves() {
		for _, y := range b.Leaves() {
			if x.Name != y.Name {
				continue
			}
			for _, name := range sortedKeys(x.Params) {
				v, w := braces.ReplaceAllString(fmt.Sprint(x.Params[name]), "{}"), braces.ReplaceAllString(fmt.Sprint(y.Params[name]), "{}")
				if name != "name" && name != "selector" && y.Params[name] != nil && v != w && !strings.Contains(v+w, "{}") {
					return name, v, w
				}
			}
		}
	}
	return "", "", ""
}

// sentence is one of a page, with what it says taken apart.
type sentence struct {
	page    *page
	at, end int // in the prose
	text    string
}

func sentencesOf(p *page) []sentence {
	var out []sentence
	from := 0
	add := func(to int) {
		raw := p.prose[from:to]
		text := strings.TrimLeft(raw, " \n#-*+0123456789.)|")
		if strings.TrimSpace(text) != "" {
			out = append(out, sentence{p, from + len(raw) - len(text), to, fold(text)})
		}
		from = to
	}
	for i := 0; i < len(p.prose); {
		n := sentenceEnd(p.prose[i:])
		i += max(n, 1)
		if n > 0 {
			add(i)
		}
	}
	add(len(p.prose))
	return out
}

// sentenceEnd returns the length of what ends a sentence at the beginning of s:
// a stop, or the end of a line before an empty one, a list's item or a heading;
// 0 for none.
func sentenceEnd(s string) int {
	switch s[0] {
	case '.', '!', '?':
		if len(s) == 1 || isSpace(s[1]) {
			return 1
		}
	case '\n':
		rest := strings.TrimLeft(s[1:], " \t\r\f")
		if strings.HasPrefix(rest, "\n") || strings.HasPrefix(s[1:], "#") || listItem.MatchString(rest[:min(len(rest), 8)]) {
			return 1
		}
	default:
		for _, stop := range []string{"。", "！", "？"} {
			if strings.HasPrefix(s, stop) {
				return len(stop)
			}
		}
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// condition splits "If X, do Y" of several languages into X and Y.
var condition = regexp.MustCompile(`(?i)^(?:if|when|whenever|in case|wenn|falls|sobald|jeśli|jeżeli|gdy|kiedy|si|cuando|quand|lorsque)\s+([^,]{8,120}),\s*(?:then\s+|dann\s+|to\s+|entonces\s+)?(.{8,})$`)

// conflictingAdvice finds two pages that give other advice for one condition.
func (l *linter) conflictingAdvice() {
	type advice struct {
		sentence
		then string
	}
	byCondition := map[string][]advice{}
	for _, p := range l.pages {
		told := map[string]bool{} // a page that says a thing a thousand times says it once
		for _, s := range sentencesOf(p) {
			m := condition.FindStringSubmatch(s.text)
			if m == nil {
				continue
			}
			content := contentWords(m[1])
			if len(content) < 2 {
				continue
			}
			k := p.lang + " " + strings.Join(content, " ")
			if told[k+"\x00"+m[2]] {
				continue
			}
			told[k+"\x00"+m[2]] = true
			byCondition[k] = append(byCondition[k], advice{s, m[2]})
		}
	}
	for _, k := range sortedKeys(byCondition) {
		list := byCondition[k]
		for i, a := range list {
			for _, b := range list[:i] {
				if a.page == b.page || a.page.proc != nil && a.page.proc == b.page.proc || sameAdvice(a.then, b.then) {
					continue
				}
				at := b.page.place(b.at)
				at.Message = "\"" + start(b.text) + "\""
				l.add("conflicting-advice", Warning, a.page.place(a.at),
					fmt.Sprintf("For the same condition this says \"%s\" and %s says \"%s\": whom a customer believes depends on which page they found", start(a.then), b.page.name(), start(b.then)),
					"Decide which advice holds and keep it in one place; link to it from the other.", at)
				break
			}
		}
	}
}

// sameAdvice: most content words in common, the same numbers, and both or
// neither negated.
func sameAdvice(a, b string) bool {
	x, y := contentWords(a), contentWords(b)
	common := 0
	for _, w := range x {
		if slices.Contains(y, w) {
			common++
		}
	}
	_, said := takeApart(a)
	_, other := takeApart(b)
	return 2*common >= min(len(x), len(y)) && said == other
}

// conflictingValues finds sentences that say the same with other figures or
// with the opposite sign, and records that name two values.
func (l *linter) conflictingValues() {
	type saying struct {
		page     *page
		at, end  int
		values   uint64
		inRecord bool
	}
	text := func(s saying) string {
		if s.inRecord {
			return fold(s.page.body[s.at:s.end])
		}
		return fold(s.page.prose[s.at:s.end])
	}
	// Hashes, for a large base has a million sentences.
	bySkeleton := map[uint64][]saying{}
	type said struct{ key, values uint64 }
	last := map[said]bool{} // of the page at hand: what it says twice it says once
	note := func(skeleton string, values string, s saying) {
		s.values = maphash.String(shingleSeed, values)
		k := maphash.String(shingleSeed, s.page.lang+" "+skeleton)
		if last[said{k, s.values}] {
			return
		}
		last[said{k, s.values}] = true
		bySkeleton[k] = append(bySkeleton[k], s)
	}
	for _, p := range l.pages {
		last = map[said]bool{}
		for _, s := range sentencesOf(p) {
			if skeleton, values := takeApart(s.text); len(skeleton) >= 5 {
				note(strings.Join(skeleton, " "), values, saying{page: p, at: s.at, end: s.end})
			}
		}
		for _, m := range record.FindAllStringSubmatchIndex(p.body, -1) {
			name, kind, value := p.body[m[2]:m[3]], p.body[m[4]:m[5]], p.body[m[6]:m[7]]
			note("record "+strings.ToLower(strings.TrimSuffix(name, "."))+" "+kind, strings.ToLower(strings.TrimSuffix(value, ".")), saying{page: p, at: m[2], end: m[1], inRecord: true})
		}
	}
	for _, list := range bySkeleton { // Run sorts what is found
		for i, a := range list {
			for _, b := range list[:i] {
				if a.values == b.values || a.page == b.page || a.page.proc != nil && a.page.proc == b.page.proc {
					continue
				}
				at := b.page.place(b.at)
				at.Message = "\"" + start(text(b)) + "\""
				l.add("conflicting-values", Error, a.page.place(a.at),
					fmt.Sprintf("This says \"%s\" and %s says \"%s\": one of them is wrong, and customers act on it", start(text(a)), b.page.name(), start(text(b))),
					"Find out which is right, correct the other, and keep it in one place.", at)
				break
			}
		}
	}
}

// takeApart splits a sentence into its words and what it says of them: its
// figures and whether it denies.
func takeApart(sentence string) (skeleton []string, values string) {
	var said strings.Builder
	denied := false
	for _, w := range words(sentence) {
		switch {
		case w[0] >= '0' && w[0] <= '9':
			said.WriteString(w + " ")
		case w == "cannot":
			skeleton, denied = append(skeleton, "can"), true
		case denials[w] || strings.HasPrefix(w, "kein"):
			denied = true
		default:
			skeleton = append(skeleton, w)
		}
	}
	return skeleton, said.String() + strconv.FormatBool(denied)
}

// denials are words that turn a sentence into its opposite; "t" is what is
// left of can't and don't.
var denials = map[string]bool{"not": true, "never": true, "no": true, "t": true, "nicht": true, "nie": true, "nunca": true, "pas": true, "jamais": true}

// record is a DNS record in a code block or a sentence.
var record = regexp.MustCompile(`(?m)^\s+([\w*.-]+\.[a-z]{2,}\.?)\s+(?:\d+\s+)?(?:IN\s+)?(CNAME|A|AAAA|MX)\s+(?:\d+\s+)?([\w.:-]+)\s*$`)

// stop are words that say nothing of a condition, in the languages that condition reads.
var stop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("a an the your you is are was be has have of in on to for at by it its this that and or with any still yet our we do does " +
		"der die das ein eine ist sind hat haben du sie ihr ihre im in auf zu für und oder noch el la los las un una es son ha su en de y o para con " +
		"jest są i w z na do twój twoja le les une est sont et dans pour votre") {
		m[w] = true
	}
	return m
}()

// contentWords are the words that matter, cut to six characters so that
// inflected forms meet, sorted.
func contentWords(s string) []string {
	var out []string
	for _, w := range words(s) {
		if stop[w] {
			continue
		}
		if r := []rune(w); len(r) > 6 {
			w = string(r[:6])
		}
		out = append(out, w)
	}
	sort.Strings(out)
	return slices.Compact(out)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
