package circles

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"readback/triage"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Headline is a count with its words.
type Headline struct {
	N     int
	Text  string // with the count
	Label string // without it
}

// Headlines are the counts of a report, in words of a language.
func (r *Report) Headlines(lang string) (out []Headline) {
	for _, c := range []struct {
		code string
		n    int
	}{{"steps", r.With.Steps}, {"links", r.With.Links}, {"reasked", r.With.Reasked}, {"restart", r.With.Restart}, {"handover", r.With.Handover}, {"reopened", r.With.Reopened}} {
		out = append(out, Headline{c.n, triage.Sentence(lang, "circles."+c.code, map[string]string{"count": strconv.Itoa(c.n)}), triage.Sentence(lang, "circles.label."+c.code, nil)})
	}
	return out
}

// readBy is the code of the sentence that says how the tickets were read.
func (r *Report) readBy() string {
	if r.Model != nil {
		return "read_model"
	}
	return "read"
}

// Notes say what the counts cannot tell.
func (r *Report) Notes(lang string) (out []string) {
	say := func(code, name string, n int) {
		out = append(out, triage.Sentence(lang, "circles."+code, map[string]string{name: strconv.Itoa(n)}))
	}
	if r.LinksOnly > 0 {
		say("links_only", "count", r.LinksOnly)
	}
	if r.SetAside > 0 {
		say("set_aside", "count", r.SetAside)
	}
	if m := r.Model; m != nil {
		out = append(out, triage.Sentence(lang, "circles.model", map[string]string{"answers": strconv.Itoa(m.Answers), "added": strconv.Itoa(m.Added), "failed": strconv.Itoa(m.Failed)}))
	}
	if r.Dated < r.Tickets {
		say("dated", "dated", r.Dated)
	}
	if r.Tiered < r.Tickets {
		say("tiered", "tiered", r.Tiered)
	}
	return out
}

// Row is an item for people.
type Row struct {
	Kind, EarlierHead, Earlier, ReplyHead, Reply string
	Mine                                         bool // the earlier words are an answer's
}

// longest is how much of a quotation the page shows, in runes.
const longest = 400

// Row puts an item into words of a language.
func (it *Item) Row(lang string) Row {
	kind, head := it.Kind(), "circles."+it.By
	if it.Reason == reopened {
		head = "circles.back"
	}
	number := func(n int) map[string]string { return map[string]string{"message": strconv.Itoa(n)} }
	name := triage.Sentence(lang, "circles.kind."+kind, nil)
	if strings.HasPrefix(it.Reason, "guard.inferred") {
		name += " " + triage.Sentence(lang, "circles.inferred", nil)
	}
	return Row{Kind: name, EarlierHead: triage.Sentence(lang, head, number(it.Earlier.Message)), Earlier: short(it.Earlier.Quote),
		ReplyHead: triage.Sentence(lang, "circles.reply", number(it.Reply.Message)), Reply: short(it.Reply.Quote), Mine: it.By == string(triage.RoleAgent)}
}

func short(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// WritePage writes the report as one HTML page that needs nothing else and
// prints well.
func WritePage(w io.Writer, r *Report, lang string) error {
	t := func(code string, params map[string]string) string {
		return triage.Sentence(lang, "circles."+code, params)
	}
	type ticket struct {
		ID   string
		Rows []Row
	}
	numbers := map[string]string{"tickets": strconv.Itoa(r.Tickets), "replies": strconv.Itoa(r.Replies), "count": strconv.Itoa(r.With.Any)}
	data := struct {
		Lang, Title, Any, Of, Read, Caveat, WorstTitle, PagesTitle, ActsTitle, NoPages, NoActs, None, SkippedTitle, More string
		Report                                                                                                           *Report
		Headlines                                                                                                        []Headline
		Notes                                                                                                            []string
		Worst                                                                                                            []ticket
	}{Lang: lang, Title: t("title", nil), Any: t("any", numbers), Of: t("of", numbers), Read: t(r.readBy(), numbers), Caveat: t("caveat", nil), WorstTitle: t("worst", nil),
		PagesTitle: t("pages", nil), ActsTitle: t("acts", nil), NoPages: t("no_pages", nil), NoActs: t("no_acts", nil), None: t("none", nil),
		SkippedTitle: t("skipped", map[string]string{"count": strconv.Itoa(r.SkippedCount)}), Report: r, Headlines: r.Headlines(lang), Notes: r.Notes(lang)}
	if more := r.SkippedCount - len(r.Skipped); more > 0 {
		data.More = t("more", map[string]string{"count": strconv.Itoa(more)})
	}
	for i := range r.Worst {
		tk := ticket{ID: r.Worst[i].Title()}
		for j := range r.Worst[i].Items {
			if j == MostRows {
				break
			}
			tk.Rows = append(tk.Rows, r.Worst[i].Items[j].Row(lang))
		}
		data.Worst = append(data.Worst, tk)
	}
	return page.Execute(w, data)
}

// MostRows is how many circles of one ticket a page shows.
const MostRows = 12

// WriteText writes the report for a terminal.
func WriteText(w io.Writer, r *Report, lang string) error {
	var b strings.Builder
	numbers := map[string]string{"tickets": strconv.Itoa(r.Tickets), "replies": strconv.Itoa(r.Replies), "count": strconv.Itoa(r.With.Any)}
	fmt.Fprintln(&b, triage.Sentence(lang, "circles."+r.readBy(), numbers))
	if r.With.Any == 0 {
		fmt.Fprintln(&b, triage.Sentence(lang, "circles.none", nil))
	} else {
		fmt.Fprintf(&b, "%s:\n", triage.Sentence(lang, "circles.any", numbers))
		for _, h := range r.Headlines(lang) {
			if h.N > 0 {
				fmt.Fprintf(&b, "  %s\n", h.Text)
			}
		}
	}
	for i := range r.Worst {
		if i == 3 {
			break
		}
		fmt.Fprintf(&b, "\n%s\n", visible(r.Worst[i].Title()))
		for j := range r.Worst[i].Items {
			if j == 4 {
				break
			}
			x := r.Worst[i].Items[j].Row(lang)
			fmt.Fprintf(&b, "  %-12s %s: “%s”\n  %-12s %s: “%s”\n", x.Kind, x.EarlierHead, visible(x.Earlier), "", x.ReplyHead, visible(x.Reply))
		}
	}
	if len(r.Pages) > 0 {
		fmt.Fprintf(&b, "\n%s\n", triage.Sentence(lang, "circles.pages", nil))
		for _, c := range r.Pages[:min(len(r.Pages), 5)] {
			fmt.Fprintf(&b, "  %4d  %s\n", c.Tickets, visible(c.What))
		}
	}
	for _, note := range r.Notes(lang) {
		fmt.Fprintln(&b, note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// visible is a text on one line, without what could move a cursor.
func visible(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}
