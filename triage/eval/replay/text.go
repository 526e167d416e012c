package replay

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// WriteText writes a sheet for a terminal.
func (s *Sheet) WriteText(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", s.Headline, s.Under)
	s.writeFigures(&b)
	for _, section := range s.Sections {
		section.write(&b)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (s *Sheet) writeFigures(b *strings.Builder) {
	for _, f := range s.Figures {
		fmt.Fprintf(b, "  %12s  %s", f.Value, f.Label)
		if f.Note != "" {
			fmt.Fprintf(b, " (%s)", f.Note)
		}
		b.WriteByte('\n')
	}
	for _, note := range s.Notes {
		fmt.Fprintf(b, "  %s\n", note)
	}
}

func (s *Section) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s: %d\n", s.Title, s.Count)
	if s.Count == 0 {
		fmt.Fprintf(b, "  %s\n", s.Empty)
	}
	for i := range s.Rows {
		r := &s.Rows[i]
		fmt.Fprintf(b, "  %s %s\n", r.Ticket, visible(r.Title))
		if r.Was != "" {
			fmt.Fprintf(b, "    - %s\n", visible(r.Was))
		}
		fmt.Fprintf(b, "    + %s\n", visible(r.Now))
		for _, more := range []string{r.Said, r.Way} {
			if more != "" {
				fmt.Fprintf(b, "      %s\n", visible(more))
			}
		}
	}
	if s.More > 0 {
		fmt.Fprintf(b, "  + %d\n", s.More)
	}
}

// WriteText writes a comparison for a terminal.
func (s *Sides) WriteText(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.Headline)
	for i, f := range s.B.Figures {
		fmt.Fprintf(&b, "  %12s  %12s  %s\n", s.A.Figures[i].Value, f.Value, f.Label)
	}
	fmt.Fprintf(&b, "  A  %s\n  B  %s\n", s.A.Under, s.B.Under)
	for _, note := range s.Notes {
		fmt.Fprintf(&b, "  %s\n", note)
	}
	s.Section.write(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// visible leaves out what could move a terminal's cursor.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}
