package ground

import (
	"regexp"
	"slices"
	"strings"
)

// RegionKind says why a part of a message is not the customer's own word.
type RegionKind string

// The kinds of region.
const (
	History   RegionKind = "history"   // an earlier message, quoted or forwarded
	Signature RegionKind = "signature" // below a signature line
	// Instruction is addressed to the software that reads, see Instructions.
	Instruction RegionKind = "instruction"
)

// Region is a part of a message that is no evidence.
type Region struct {
	Span
	Kind RegionKind
}

// maxSignature bounds a signature whose separator lost its trailing space,
// in lines: below more than these it was a ruler.
const maxSignature = 10

var (
	// "On 3 May 2026 at 10:02, Ada wrote:" in the languages of common mail programs.
	attribution = regexp.MustCompile(`(?i)^\s*((on|am|le|el|il|w dniu|dnia|op|em|den|dne)\b|(pon|wt|śr|czw|pt|sob|niedz|mon|tue|wed|thu|fri|sat|sun|lun|mar|mié|jue|vie|sáb|dom)\.?,).*\d.*(wrote|schrieb|a écrit|escribió|ha scritto|napisał|napisała|napisał\(a\)|pisze|schreef|escreveu|skrev|napsal)[^:]*:\s*$`)
	forwarded   = regexp.MustCompile(`(?i)^\s*(-{3,}|_{3,})?\s*(original message|forwarded message|begin forwarded message|wiadomość oryginalna|wiadomość przekazana|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato)\s*:?\s*-*\s*$`)
	headerFrom  = regexp.MustCompile(`(?i)^\s*\**(from|von|de|da|od)\s?:\**\s*\S`)
	headerOther = regexp.MustCompile(`(?i)^\s*\**(sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha|para|asunto|inviato|data|a|oggetto|wysłano|do|temat)\s?:\**\s*\S`)
	sentFrom    = regexp.MustCompile(`(?i)^\s*(sent from my|sent from mail|get outlook for|wysłane z|wysłano z|gesendet von|von meinem|envoyé de mon|envoyé depuis|enviado desde|inviato da)\b.{0,60}$`)
)

type line struct {
	start, end int // without the line break
	text       string
}

// Regions returns the quoted history, the signatures and the instructions to
// software of a message, in order and not overlapping.
func Regions(text string) []Region { return recentRegions.get(text, findRegions) }

var recentRegions recent[Region]

func findRegions(text string) []Region {
	out := Quoted(text)
	for _, s := range Instructions(text) {
		for _, free := range outside(s, out) {
			out = append(out, Region{free, Instruction})
		}
	}
	slices.SortFunc(out, func(a, b Region) int { return a.Start - b.Start })
	return out
}

// outside is what of a span lies in no region; regions are in order.
func outside(s Span, regions []Region) (out []Span) {
	for _, r := range regions {
		if r.End <= s.Start || r.Start >= s.End {
			continue
		}
		if s.Start < r.Start {
			out = append(out, Span{s.Start, r.Start})
		}
		s.Start = r.End
	}
	if s.Start < s.End {
		out = append(out, s)
	}
	return out
}

// Quoted returns the quoted history and the signatures alone, which is far
// less work: for texts that nobody takes orders from, such as an agent's.
func Quoted(text string) []Region {
	lines := splitLines(text)
	var out []Region
	add := func(i, j int, kind RegionKind) { // lines i to j, half open
		if i >= j {
			return
		}
		r := Region{Span{lines[i].start, lines[j-1].end}, kind}
		if n := len(out); n > 0 && out[n-1].Kind == kind && blank(text[out[n-1].End:r.Start]) {
			out[n-1].End = r.End
			return
		}
		out = append(out, r)
	}
	for i := 0; i < len(lines); i++ {
		switch s := lines[i].text; {
		case quotes(s):
			add(i, i+1, History)
		case isAttribution(lines, i):
			last := i + 1
			if !attribution.MatchString(s) {
				last++ // it runs over two lines
			}
			if next := nextFull(lines, last); next < len(lines) && quotes(lines[next].text) {
				add(i, last, History)
				i = last - 1
				continue
			}
			add(i, len(lines), History)
			return out
		case forwarded.MatchString(s) || isHeaderBlock(lines, i):
			add(i, len(lines), History)
			return out
		case s == "-- " || strings.TrimRight(s, " ") == "--" && len(lines)-i <= maxSignature+1:
			j := i + 1
			for j < len(lines) && !startsHistory(lines, j) {
				j++
			}
			add(i, j, Signature)
			i = j - 1
		case sentFrom.MatchString(s):
			add(i, i+1, Signature)
		}
	}
	return out
}

// quotes reports whether a line is marked as quoted: by ">", or by "|" unless
// it is a row of a table.
func quotes(s string) bool {
	s = strings.Trim(s, " \t")
	return strings.HasPrefix(s, ">") || strings.HasPrefix(s, "| ") && !strings.HasSuffix(s, "|")
}

func startsHistory(lines []line, i int) bool {
	s := lines[i].text
	return quotes(s) || isAttribution(lines, i) ||
		forwarded.MatchString(s) || isHeaderBlock(lines, i)
}

// isAttribution reports whether line i begins an "On ... wrote:", which mail
// programs wrap over two lines.
func isAttribution(lines []line, i int) bool {
	s := lines[i].text
	if len(s) > 200 || len(s) < 6 {
		return false
	}
	if strings.HasSuffix(strings.TrimRight(s, " \t"), ":") {
		return attribution.MatchString(s)
	}
	return i+1 < len(lines) && len(lines[i+1].text) < 120 &&
		strings.HasSuffix(strings.TrimRight(lines[i+1].text, " \t"), ":") &&
		attribution.MatchString(s+" "+lines[i+1].text) && !attribution.MatchString(lines[i+1].text)
}

// isHeaderBlock reports whether the lines from i look like the header that
// Outlook puts above a quoted message: From and at least two more.
func isHeaderBlock(lines []line, i int) bool {
	if !headerFrom.MatchString(lines[i].text) {
		return false
	}
	more := 0
	for _, l := range lines[i+1 : min(i+6, len(lines))] {
		if headerOther.MatchString(l.text) {
			more++
		}
	}
	return more >= 2
}

func nextFull(lines []line, i int) int {
	for i < len(lines) && blank(lines[i].text) {
		i++
	}
	return i
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func splitLines(text string) []line {
	var lines []line
	for start := 0; start <= len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		lines = append(lines, line{start, end, strings.TrimSuffix(text[start:end], "\r")})
		start = end + 1
	}
	return lines
}
