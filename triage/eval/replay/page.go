package replay

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// WritePage writes a sheet, or the two of a comparison, as one HTML page that
// needs nothing else and prints well.
func (w *Words) WritePage(out io.Writer, r *Report, c *Comparison) error {
	data := struct {
		Lang, Title string
		Sheets      []Sheet
		Headline    string
		Notes       []string
		Sections    []Section
		Was, Now    string
	}{Lang: w.Lang, Title: w.say("title"), Was: w.say("then_label"), Now: w.say("now_label")}
	if c != nil {
		sides := w.Sides(c)
		data.Sheets, data.Headline, data.Notes, data.Sections = []Sheet{sides.A, sides.B}, sides.Headline, sides.Notes, []Section{sides.Section}
		data.Was, data.Now = "A", "B"
	} else {
		sheet := w.Sheet(r)
		data.Sheets, data.Headline, data.Notes, data.Sections = []Sheet{sheet}, sheet.Headline, sheet.Notes, sheet.Sections
	}
	return page.Execute(out, data)
}
