package ground

import (
	"slices"
	"strings"
)

// RegionKind says why a part of a message is not the customer's own word.
type RegionKind string

// The kinds of region.
const (
	History   RegionKind = "history"   // an earlier message, quoted
	Forward   RegionKind = "forward"   // a message of others that the writer passes on
	Signature RegionKind = "signature" // below a signature line or a greeting at the end
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

type line struct {
	start, end int // without the line break
	text       string
}

// Regions returns the quoted history, the signatures and the instructions to
// software of a message, in order and not overlapping.
func Regions(text string) []Region { return slices.Clone(recentRegions.Get(text, findRegions)) }

var recentRegions Recent[[]Region]

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

// Own is what the writer of a message says: its text without these regions.
func Own(text string, regions []Region) string {
	var b strings.Builder
	at := 0
	for _, r := range regions {
		b.WriteString(text[at:r.Start])
		at = r.End
	}
	b.WriteString(text[at:])
	return b.String()
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

// Quoted returns the quoted history, the forwarded mails and the signatures alone, which is far
// less work: for texts that nobody takes orders from, such as an agent's.
func Quoted(text string) []Region { return slices.Clone(recentQuoted.Get(text, findQuoted)) }

var recentQuoted Recent[[]Region]

func findQuoted(text string) []Region {
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
		s := lines[i].text
		if quotes(s) {
			add(i, i+1, History)
			continue
		}
		if i >= maxLines {
			continue
		}
		if kind, head := opensHistory(lines, i); kind != "" {
			// Under a line that only names who wrote, marked lines are the whole of
			// the quotation; whatever else opens one goes on to the end.
			if next := nextFull(lines, i+head); head > 0 && next < len(lines) && quotes(lines[next].text) {
				add(i, i+head, kind)
				i += head - 1
				continue
			}
			add(i, len(lines), kind)
			return out
		}
		switch {
		case s == "-- " || strings.TrimRight(s, " ") == "--" && len(lines)-i <= maxSignature+1, signsOff(lines, i):
			j := i + 1
			for j < len(lines) && !startsHistory(lines, j) {
				j++
			}
			add(i, j, Signature)
			i = j - 1
		case isPhone(s):
			add(i, i+1, Signature)
		}
	}
	return out
}

// opensHistory reports whether line i begins an earlier or forwarded message,
// "" when it does not. head is the number of lines that only name who wrote.
func opensHistory(lines []line, i int) (kind RegionKind, head int) {
	if n := attributed(lines, i); n > 0 {
		return History, n
	}
	if kind := passedOn(lines[i].text); kind != "" {
		return kind, 0
	}
	if isHeaderBlock(lines, i) {
		return History, 0
	}
	return "", 0
}

// quotes reports whether a line is marked as quoted: by ">", or by "|" unless
// it is a row of a table.
func quotes(s string) bool {
	s = strings.Trim(s, " \t")
	return strings.HasPrefix(s, ">") || strings.HasPrefix(s, "| ") && !strings.HasSuffix(s, "|")
}

func startsHistory(lines []line, i int) bool {
	kind, _ := opensHistory(lines, i)
	return kind != "" || quotes(lines[i].text)
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
