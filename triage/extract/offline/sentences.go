package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"readback/triage/ground"
)

// A sentence is one sentence, list item, heading or pasted line of a message.
type sentence struct {
	message    int
	start, end int // bytes of the message's text
	text       string
	words      []word
	paragraph  int    // counts blank lines in the message; a fault told later in a paragraph speaks of all of it
	item       bool   // a list item
	goesOn     bool   // a list item's second sentence or later
	heading    bool   // ends in a colon, or is a heading by its mark-up
	under      string // lower-case text of the heading this list item stands under
	pasted     bool   // log, code, setting or machine text: never the customer's own statement
	question   bool
	ticked     bool   // a list item marked as done
	crossed    bool   // a list item marked as not done
	looked     looked // where shapes may begin in it
	read       bool   // a clause of it said something to the rules
	found      []term // its terms, once found
	plea       int    // how clearly it asks, plus one; 0 = not looked at
	fault      int    // whether it tells of a fault: 0 = not looked at, 1 = no, 2 = yes
	title      bool   // the first line of the ticket, without a full stop
}

// A word is one token. Contractions make two words of one byte range.
type word struct {
	start, end int    // bytes of the message's text
	low        string // lower case, straight apostrophe
	quoted     bool   // stands inside quotation marks or code: named, not said
	punct      bool
}

// sentences splits a message without the regions that are left out of it: its
// history and signature. Cost is linear in the text.
func sentences(message int, text string, lang string, without []ground.Region) []sentence {
	sp := splitter{message: message, text: text, lang: lang}
	at := 0
	for _, r := range without {
		sp.part(at, r.Start)
		at = r.End
	}
	sp.part(at, len(text))
	return sp.out
}

type splitter struct {
	message   int
	text      string
	lang      string
	out       []sentence
	paragraph int
	fenced    bool   // between ``` lines
	bounced   bool   // a pasted delivery report began
	under     string // heading over the current list
}

// part splits text[from:to], a run of the customer's own lines.
func (sp *splitter) part(from, to int) {
	var open, openEnd = -1, -1 // the prose lines being joined
	flush := func() {
		if open >= 0 {
			sp.prose(open, openEnd, false)
			open = -1
		}
	}
	for at := from; at < to; {
		end := to
		if i := strings.IndexByte(sp.text[at:to], '\n'); i >= 0 {
			end = at + i
		}
		line := sp.text[at:end]
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || isRuler(trimmed):
			flush()
			sp.paragraph++
		case strings.HasPrefix(trimmed, "```"):
			flush()
			if strings.Count(trimmed, "```") == 1 {
				sp.fenced = !sp.fenced
			}
			sp.paste(at, end)
		case sp.fenced || sp.bounced || isPasted(line):
			flush()
			sp.bounced = sp.bounced || isBounce(trimmed)
			sp.paste(at, end)
		case itemMark(trimmed) > 0:
			flush()
			lead := at + strings.Index(line, trimmed) + itemMark(trimmed)
			sp.items(lead, end)
		case open >= 0 && continues(sp.text[open:openEnd], trimmed):
			openEnd = end
		default:
			flush()
			open, openEnd = at, end
			if isBounce(trimmed) {
				sp.bounced = true
				sp.paste(at, end)
				open = -1
			}
		}
		at = end + 1
	}
	flush()
}

// items adds a list item and the further items that lost their line breaks:
// "first.  * second.  * third".
func (sp *splitter) items(from, to int) {
	for {
		i := strings.Index(sp.text[from:to], "  * ")
		if i < 0 {
			break
		}
		sp.prose(from, from+i, true)
		from += i + len("  * ")
	}
	sp.prose(from, to, true)
}

// continues reports whether a line goes on with the sentence of the one above.
func continues(above, line string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(above, " \t\r"))
	if strings.ContainsRune(".!?:;…。！？", last) {
		return false
	}
	if i := strings.LastIndexByte(above, '\n'); i >= 0 {
		above = above[i+1:]
	}
	first, _ := utf8.DecodeRuneInString(line)
	return unicode.IsLower(first) || len(above) >= 60
}

func isRuler(s string) bool { return strings.Trim(s, "-=_*~ ") == "" }

// itemMark is the length of a list mark with its space, 0 when there is none.
func itemMark(s string) int {
	for _, mark := range []string{"- ", "* ", "• ", "– ", "+ ", "-\t", "· ", "✓ ", "✔ ", "✔️ ", "☑ ", "✅ ", "[x] ", "❌ ", "✗ ", "✘ ", "☐ ", "[ ] "} {
		if strings.HasPrefix(s, mark) {
			return len(mark) + len(s[len(mark):]) - len(strings.TrimLeft(s[len(mark):], " \t-*"))
		}
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits <= 2 && len(s) > digits+1 && (s[digits] == '.' || s[digits] == ')') && s[digits+1] == ' ' {
		return digits + 2
	}
	return 0
}

// isPasted reports whether a line is of a machine: settings, code, logs.
func isPasted(line string) bool {
	s := strings.TrimSpace(line)
	if strings.HasPrefix(s, "$ ") || strings.HasPrefix(s, "# ") && strings.ContainsAny(s, "=({") {
		return true
	}
	if k, _, ok := strings.Cut(s, "="); ok && len(k) > 2 && strings.ToUpper(k) == k && !strings.Contains(k, " ") {
		return true // SETTING=value
	}
	symbols, letters := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case strings.ContainsRune("{}[]<>=;$\\|/_()#", r):
			symbols++
		}
	}
	if strings.ContainsAny(s[:1], "\"{}") && strings.Contains(s, "\":") || strings.HasPrefix(s, "“") && strings.Contains(s, "”:") {
		return true // JSON
	}
	indented := strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
	last := s[len(s)-1]
	if indented && (symbols > 0 || last == ':' || strings.Contains(s, ": ")) || last == '{' || last == '}' || last == ';' {
		return !strings.ContainsAny(s[:1], "-*•") || last == '{' || last == ';'
	}
	return symbols*5 > letters && !strings.Contains(s, "://") || hasLogTime(s)
}

// hasLogTime reports whether a line begins like a log: 2026-11-22 10:02 or [10:02:03].
func hasLogTime(s string) bool {
	s = strings.TrimLeft(s, "[")
	return len(s) > 10 && s[4] == '-' && s[7] == '-' && digit(s[0]) && digit(s[9]) ||
		len(s) > 8 && s[2] == ':' && s[5] == ':' && digit(s[0]) && digit(s[6])
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// isBounce reports whether a line begins a delivery report: all below it is
// the mail system's.
func isBounce(s string) bool {
	low := strings.ToLower(s)
	for _, mark := range []string{"mail delivery failed", "mail delivery system", "mailer-daemon", "delivery status notification",
		"undelivered mail returned", "reporting-mta:"} {
		if strings.Contains(low, mark) {
			return true
		}
	}
	return false
}

func (sp *splitter) paste(from, to int) {
	s := strings.TrimSpace(sp.text[from:to])
	if s == "" {
		return
	}
	from += strings.Index(sp.text[from:to], s)
	sp.out = append(sp.out, sentence{message: sp.message, start: from, end: from + len(s), text: s,
		paragraph: sp.paragraph, pasted: true})
}

// prose cuts text[from:to] at sentence ends, but not inside quotation marks.
func (sp *splitter) prose(from, to int, item bool) {
	quoted := quotedRanges(sp.text, from, to)
	start, before := from, len(sp.out)
	defer func() {
		for i := before + 1; i < len(sp.out); i++ {
			sp.out[i].goesOn = item
		}
	}()
	for at := from; at < to; {
		r, n := utf8.DecodeRuneInString(sp.text[at:to])
		at += n
		if !endsSentence(r) || inside(quoted, at-n) || !endsWide(r) && !sp.boundary(start, at, to) {
			continue
		}
		for at < to && strings.ContainsRune(".!?…)\"”*", rune(sp.text[at])) {
			at++
		}
		sp.add(start, at, item, quoted)
		start = at
	}
	sp.add(start, to, item, quoted)
}

func endsSentence(r rune) bool { return r == '.' || r == '!' || r == '?' || r == '…' || endsWide(r) }

// endsWide tells the marks that need no space after them.
func endsWide(r rune) bool { return r == '。' || r == '！' || r == '？' }

// boundary reports whether the mark that ends at byte at ends a sentence.
func (sp *splitter) boundary(start, at, to int) bool {
	rest := sp.text[at:to]
	if trimmed := strings.TrimLeft(rest, ".!?…)\"”*"); trimmed != "" {
		if r, _ := utf8.DecodeRuneInString(trimmed); !unicode.IsSpace(r) {
			return false // inside a name such as nginx.conf
		}
	}
	before := sp.text[start : at-1]
	if i := strings.LastIndexAny(before, " \n\t("); i >= 0 {
		before = before[i+1:]
	}
	before = strings.ToLower(before)
	return sp.text[at-1] != '.' || len(before) > 0 && !abbreviations[before] && !(len(before) == 1 && before[0] >= 'a')
}

var abbreviations = wordSet("e.g i.e eg ie etc vs approx no mr mrs dr inc ltd np tzn tj m.in ok nr ul godz pt z.b bzw d.h ca usw evtl p.ej sr sra ex c.à.d es sig ecc")

// add appends one sentence without its outer white space and mark-up.
func (sp *splitter) add(from, to int, item bool, quoted [][2]int) {
	s := strings.TrimSpace(sp.text[from:to])
	unled := strings.TrimLeft(s, ".,;:) ")
	lead := len(unled) - len(strings.TrimLeft(unled, "*#_ "))
	if s = unled[lead:]; strings.Trim(s, ".!?:*-_ ") == "" {
		return
	}
	from += strings.Index(sp.text[from:to], s)
	se := sentence{message: sp.message, start: from, end: from + len(s), text: s, paragraph: sp.paragraph, item: item}
	bare := strings.TrimRight(s, "*_ ")
	se.heading = strings.HasSuffix(bare, ":") || lead > 0 && len(bare) < 60
	se.question = strings.HasSuffix(strings.TrimRight(bare, ")\"”"), "?")
	last, _ := utf8.DecodeLastRuneInString(bare)
	se.question = se.question || last == '？' || strings.HasSuffix(strings.TrimRight(bare, "。"), "か")
	se.title = len(sp.out) == 0 && !endsWide(last) && !item && !strings.ContainsAny(bare[len(bare)-1:], ".!?,:") && !strings.Contains(s, ", ")
	if item {
		mark := sp.text[max(0, from-8):from]
		mark = mark[strings.LastIndexByte(mark, '\n')+1:]
		se.ticked = strings.ContainsAny(mark, "✓✔☑✅") || strings.Contains(mark, "[x]")
		se.crossed = strings.ContainsAny(mark, "❌✗✘☐") || strings.Contains(mark, "[ ]")
	}
	se.words = splitWords(sp.text, from, from+len(s), quoted, sp.lang)
	switch {
	case se.heading || !item && len(bare) < 40 && !strings.ContainsAny(bare[len(bare)-1:], ".!?"):
		sp.under = strings.ToLower(bare)
	case item:
		se.under = sp.under
	default:
		sp.under = ""
	}
	sp.out = append(sp.out, se)
}
