package lint

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"readback/knowledge"
)

// stale finds procedures that nobody has read since a change of their area.
func (l *linter) stale() {
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		if p.Status != knowledge.Live || p.Reviewed.IsZero() {
			continue
		}
		for j := range l.w.Changes {
			c := &l.w.Changes[j]
			if !c.Touches(p.Area, p.ID) || !p.Reviewed.Before(c.Date.Time) {
				continue
			}
			l.add("stale", Warning, key(p, "reviewed"),
				fmt.Sprintf("Last reviewed on %s, before the change of %s: \"%s\". It may send people to what is no longer so", day(p.Reviewed.Time), day(c.Date.Time), c.Title),
				"Read it against the product as it is now, mend it, and set reviewed to today.", Place{File: c.File, Line: 1, Column: 1, Message: c.Title})
			break // the newest says enough
		}
	}
}

// reviewDue finds live pages that nobody has read for long, or that nobody owns.
func (l *linter) reviewDue() {
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		if p.Owner == "" {
			l.add("no-owner", Note, key(p, ""), fmt.Sprintf("Nobody owns %q, so nobody hears when it is wrong", p.Title), "Name the team that keeps it right (owner: ...).")
		}
		switch {
		case p.Status != knowledge.Live:
		case p.Reviewed.IsZero():
			l.add("review-due", Warning, key(p, ""), fmt.Sprintf("Nobody has ever reviewed %q, and it routes tickets", p.Title), "Read it against the product and set reviewed to today.")
		case l.o.Now.Sub(p.Reviewed.Time) > l.o.ReviewEvery:
			l.add("review-due", Warning, key(p, "reviewed"), fmt.Sprintf("Last reviewed on %s, more than %d days ago: products change faster", day(p.Reviewed.Time), int(l.o.ReviewEvery.Hours()/24)),
				"Read it against the product and set reviewed to today.")
		}
	}
	for _, p := range l.pages {
		if p.article != nil && !p.date.IsZero() && l.o.Now.Sub(p.date) > 2*l.o.ReviewEvery {
			l.add("review-due", Note, p.place(0), fmt.Sprintf("%s was last changed on %s, more than %d days ago, and is still found", p.name(), day(p.date), int(2*l.o.ReviewEvery.Hours()/24)),
				"Read it against the product, or withdraw it.")
		}
	}
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

// former is how a text tells that a label is of the past.
var former = regexp.MustCompile(`(?i)(?:formerly|previously|used to be|was called|were called|once called|renamed|no longer|früher|ehemals|dawniej|wcześniej|antes|anteriormente)[^.]{0,60}$`)

// removedLabels finds labels of screens that a change took away.
func (l *linter) removedLabels() {
	gone := newLabels()
	changes := map[string]*knowledge.Change{}
	for i := range l.w.Changes {
		for _, text := range l.w.Changes[i].Labels {
			gone.add(fold(text))
			changes[fold(text)] = &l.w.Changes[i]
		}
	}
	for _, p := range l.pages {
		for _, m := range gone.in(p.prose) {
			if former.MatchString(p.prose[max(0, m.at-90):m.at]) {
				continue
			}
			c, fix := changes[m.text], "Write where it is done now, or drop the sentence."
			for old, now := range c.Renamed {
				if fold(old) == m.text {
					fix = fmt.Sprintf("It is called %q now: write that.", now)
				}
			}
			l.add("removed-label", Error, p.place(m.at),
				fmt.Sprintf("%q is no longer in the product since %s (%s): whoever looks for it finds nothing and writes to support", m.text, day(c.Date.Time), c.Title),
				fix, Place{File: c.File, Line: 1, Column: 1, Message: c.Title})
		}
	}
}

// unmarkedLabels finds labels that are marked elsewhere and not here: a
// change of them would pass this text by.
func (l *linter) unmarkedLabels() {
	known, gone := newLabels(), map[string]bool{}
	for i := range l.w.Changes {
		for _, text := range l.w.Changes[i].Labels {
			gone[fold(text)] = true // told by removedLabels
		}
	}
	for _, p := range l.pages {
		for _, m := range p.labels {
			if gone[m.text] {
				continue
			}
			if strings.Contains(m.text, " > ") || strings.Contains(m.text, " ") && capital(m.text) && p.article == nil {
				known.add(m.text)
			}
		}
	}
	for _, p := range l.pages {
		plain := boldSpan.ReplaceAllStringFunc(p.prose, blank)
		plain = headLine.ReplaceAllStringFunc(plain, blank)
		for _, m := range known.in(plain) {
			l.add("unmarked-label", Note, p.place(m.at),
				fmt.Sprintf("%q is a label of the product and not marked as one here: when the product changes, nothing finds this text", m.text),
				"Write it in bold: **"+m.text+"**.")
		}
	}
}

// capital reports whether a label begins with a capital letter, as labels do.
func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// labels finds any of many labels in a text in one pass.
type labels struct {
	byFirst map[string][]string // by the first word
	known   map[string]bool
}

func newLabels() *labels { return &labels{map[string][]string{}, map[string]bool{}} }

func (ls *labels) add(text string) {
	first := text
	if i := strings.IndexAny(text, " .,;:!?()[]*\"'"); i >= 0 {
		first = text[:i]
	}
	if first != "" && !ls.known[text] {
		ls.known[text] = true
		ls.byFirst[first] = append(ls.byFirst[first], text)
	}
}

// in returns the longest labels at each place of a text, letter for letter,
// whatever the line breaks between their words.
func (ls *labels) in(text string) []label {
	var out []label
	if len(ls.byFirst) == 0 {
		return nil
	}
	end := 0
	for from := 0; from < len(text); {
		to := from
		for to < len(text) && !strings.ContainsRune(" \n.,;:!?()[]*\"'", rune(text[to])) {
			to++
		}
		best, upTo := "", 0
		if from >= end && to > from {
			for _, l := range ls.byFirst[text[from:to]] {
				if n := matches(text[from:], l); n > 0 && len(l) > len(best) {
					best, upTo = l, from+n
				}
			}
		}
		if best != "" {
			out, end = append(out, label{best, from}), upTo
		}
		from = to + 1
	}
	return out
}

// matches returns how many bytes of a text a label takes, 0 when it is not
// there. A space of the label is any white space of the text.
func matches(text, label string) int {
	at := 0
	for i := 0; i < len(label); i++ {
		if label[i] != ' ' {
			if at >= len(text) || text[at] != label[i] {
				return 0
			}
			at++
			continue
		}
		n := len(text[at:]) - len(strings.TrimLeft(text[at:], " \n"))
		if n == 0 {
			return 0
		}
		at += n
	}
	if r, _ := utf8.DecodeRuneInString(text[at:]); unicode.IsLetter(r) || unicode.IsDigit(r) {
		return 0
	}
	return at
}
