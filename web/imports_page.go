package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// importsView is the page of imports.
type importsView struct {
	Allowed bool   // uploads are taken
	Command string // for where they are not
	Formats []choice
	Sources []choice
	Accept  string // what the field of files offers
	Done    string // what a form has just done
	Now     *importNow
	Past    []importPast
}

// importNow is the import that there is.
type importNow struct {
	Phase    string
	Title    string
	Files    string
	Running  bool
	Percent  int64
	Progress string
	Problem  string
	Guessed  []string
	Guess    string // what was guessed
	Facts    []string
	Costs    []string
	Faults   []store.ImportFault
	More     string
	Then     []choice // by whom the tickets can be read then
	Acts     []importAct
}

type importAct struct {
	Do, Text string
	Main     bool
}

// importPast is an import of before.
type importPast struct {
	ID, Files, Source, By, State string
	At                           *stamp
	Facts                        []string
	Faults                       []store.ImportFault
	More, FaultsName             string
	Undo                         bool
	Reading                      *importReading // nil when there is nothing to read
}

// importsShown is how many imports of before the page lists.
const importsShown = 20

// importsPage is where past tickets come in.
func (s *Server) importsPage(c echo.Context) error {
	l, now := langOf(c.Request()), s.Clock()
	v := importsView{Allowed: s.Uploads != "", Command: "readback import zendesk tickets.json users.json"}
	for _, f := range channel.ExportFormats {
		v.Formats = append(v.Formats, choice{Value: f, Name: l.t("import.format." + f)})
	}
	v.Sources = []choice{{Value: "", Name: l.t("import.source.none")}}
	for _, d := range s.Desks.All() {
		v.Sources = append(v.Sources, choice{Value: d.Source(), Name: l.t("import.source.desk", "name", d.Name)})
	}
	if gone := c.QueryParam("gone"); gone != "" {
		n, _ := strconv.Atoi(gone)
		kept, _ := strconv.Atoi(c.QueryParam("kept"))
		v.Done = l.t("import.undone", "count", n, "kept", kept)
	}
	if j := s.importFound(); j != nil {
		if v.Now = s.importNow(l, j); v.Now.Running {
			c.Response().Header().Set("Refresh", "2")
		}
	}
	list, err := s.Store.Imports(ctxOf(c), importsShown)
	if err != nil {
		return err
	}
	names, err := s.names(c)
	if err != nil {
		return err
	}
	for i := range list {
		p := importPastOf(l, &list[i], names, now)
		if p.Reading, err = s.readingOf(ctxOf(c), l, &list[i], c.QueryParam("read")); err != nil {
			return err
		}
		if p.Reading != nil && p.Reading.Running {
			c.Response().Header().Set("Refresh", "5")
		}
		v.Past = append(v.Past, p)
	}
	return s.render(c, http.StatusOK, "import.html", s.page(c, l.t("import"), "import", v))
}

func importPastOf(l lang, im *store.Import, names names, now time.Time) importPast {
	p := importPast{ID: im.ID, Files: shortList(im.Files), Source: im.Source, State: l.t("import.state." + string(im.State)), At: l.stamp(im.StartedAt, now), Facts: l.importFacts(&im.Counts),
		Faults: im.Faults[:min(len(im.Faults), shownImportFaults)], Undo: im.State != store.ImportUndone && im.State != store.ImportRunning && im.Counts.Tickets > 0}
	if p.By = l.t("import.by.command"); im.Person != "" {
		p.By = names.of(l, im.Person)
	}
	if im.Counts.Faults > 0 {
		p.FaultsName = l.t("import.faults", "count", im.Counts.Faults)
	}
	if more := im.Counts.Faults - len(p.Faults); more > 0 {
		p.More = l.t("circles.more", "count", more)
	}
	return p
}

// shortList names the first files of many.
func shortList(files []string) string {
	out := ""
	for i, f := range files {
		if i == 5 {
			return out + ", …"
		}
		if i > 0 {
			out += ", "
		}
		out += f
	}
	return out
}

func (l lang) importFacts(c *store.ImportCounts) []string {
	out := []string{l.t("import.tickets", "count", c.Tickets), l.t("import.messages", "count", c.Messages)}
	for _, x := range []struct {
		code string
		n    int
	}{{"known", c.Known}, {"notes", c.Notes}, {"undated", c.Undated}, {"erased", c.Erased}} {
		if x.n > 0 {
			out = append(out, l.t("import."+x.code, "count", x.n))
		}
	}
	return out
}

func (s *Server) importNow(l lang, j *importJob) *importNow {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := &importNow{Phase: j.phase, Title: l.t("import.phase." + j.phase), Files: shortList(j.Files), Problem: j.problem, Guessed: j.guessed, Faults: j.faults}
	if len(j.guessed) > 0 {
		v.Guess = l.t("import.guess." + j.Format)
	}
	faults := j.counts.Faults
	done := importAct{"discard", l.t("import.do.done"), false} // what was uploaded has gone already
	switch act := func(do string, main bool) importAct { return importAct{do, l.t("import.do." + do), main} }; j.phase {
	case importMeasuring, importRunning:
		v.Running, v.Acts = true, []importAct{act("stop", false)}
		if j.of > 0 {
			v.Percent = min(99, j.done*100/j.of)
		}
		v.Progress = l.t("import.percent", "percent", int(v.Percent))
		if j.phase == importRunning {
			v.Facts = l.importFacts(&j.counts)
		}
	case importMeasured:
		faults = j.sizes.Faults
		v.Facts, v.Costs = l.sizeFacts(&j.sizes), append([]string{l.t("import.leaves")}, s.costWords(l, &j.sizes)...)
		v.Then = s.readings(l)
		v.Acts = []importAct{act("start", true), act("discard", false)}
	case importCut:
		v.Then = s.readings(l)
		v.Acts = []importAct{act("start", true), act("discard", false)}
	case importDone:
		v.Facts = l.importFacts(&j.counts)
		v.Acts = []importAct{done}
	case importFailed:
		v.Acts = []importAct{done}
	}
	if more := faults - len(v.Faults); more > 0 {
		v.More = l.t("circles.more", "count", more)
	}
	return v
}

func (l lang) sizeFacts(z *channel.ExportSizes) []string {
	out := []string{l.t("import.tickets", "count", z.Tickets), l.t("import.messages", "count", z.Messages), l.t("import.by_agents", "count", z.Agents), l.t("import.solved", "count", z.Solved)}
	if z.From != nil {
		out = append(out, l.t("import.dates", "from", z.From.Format(time.DateOnly), "until", z.Until.Format(time.DateOnly)))
	}
	if z.Notes > 0 {
		out = append(out, l.t("import.notes", "count", z.Notes))
	}
	return out
}

// costWords say where tickets would go to be read by a model, and what that would cost.
func (s *Server) costWords(l lang, z *channel.ExportSizes) (out []string) {
	var costs []ReadingCost
	if s.Costs != nil {
		costs = s.Costs(*z)
	}
	if len(costs) == 0 {
		return append(out, l.t("import.no_model"))
	}
	for _, c := range costs {
		tokens := fmt.Sprintf("%.1f", float64(z.PromptTokens+z.CompletionTokens)/1e6)
		if c.USD == nil {
			out = append(out, l.t("import.cost.unknown", "model", c.Model, "host", c.To, "millions", tokens))
			continue
		}
		out = append(out, l.t("import.cost", "model", c.Model, "host", c.To, "millions", tokens, "usd", fmt.Sprintf("%.2f", *c.USD)))
	}
	return out
}

// importedView is what a ticket was at the desk that it was imported from.
type importedView struct {
	State  string // in words; "" = not said
	About  []string
	Unread string // where it can be read for the first time; "" when it was
}

// imported tells of an imported ticket where it came from, and who wrote its messages there.
func (s *Server) imported(c echo.Context, l lang, t *triage.Ticket, p *ticketPage) (map[string]store.Writer, error) {
	im, err := s.Store.ImportedFrom(ctxOf(c), t.ID)
	if triage.CodeOf(err) == triage.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := &importedView{}
	if im.State != "" {
		v.State = l.t("import.label.state", "state", im.State)
	}
	for _, text := range append([]string{im.Team, im.Assignee}, im.Tags...) {
		if text != "" {
			v.About = append(v.About, text)
		}
	}
	if p.Brief == nil && !p.Waiting {
		v.Unread = ticketURL(t.ID) + "/look"
	}
	p.Imported = v
	return im.Writers, nil
}
