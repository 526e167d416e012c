package web

import (
	"context"
	"strconv"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// importReading is how far the reading of an import is, and what can be done
// about it.
type importReading struct {
	Text    string // how many are left
	Running bool
	Percent int
	Note    string
	Rules   string   // the button that reads by rules; "" while it runs
	Model   string   // address that shows what a model would get; "" without one
	Costs   []string // that, once it was asked for
	Send    string   // the button that agrees to it
	Stop    bool
}

// readings are by whom past tickets can be read here.
func (s *Server) readings(l lang) []choice {
	out := []choice{{Value: string(store.ReadOffline), Name: l.t("import.then.offline")}, {Value: string(store.ReadNot), Name: l.t("import.then.not")}}
	if s.Costs != nil && len(s.Costs(channel.ExportSizes{})) > 0 {
		out = append(out, choice{Value: string(store.ReadModel), Name: l.t("import.then.model")})
	}
	return out
}

// readingOf tells of one import; nil when it has no tickets to read. asked is
// the import whose costs somebody wants to know.
func (s *Server) readingOf(ctx context.Context, l lang, im *store.Import, asked string) (*importReading, error) {
	if im.Counts.Tickets == 0 || im.State == store.ImportUndone {
		return nil, nil //nolint:nilnil // there is nothing to tell
	}
	left, err := s.Store.ReadingLeft(ctx, im.ID)
	if err != nil {
		return nil, err
	}
	done := max(0, im.Counts.Tickets-left.Left)
	v := &importReading{Running: im.Reading != store.ReadNot && left.Left > 0, Text: l.t("import.reading.left", "count", left.Left)}
	switch {
	case left.Left == 0:
		v.Text = l.t("import.reading.all")
		return v, nil
	case v.Running:
		v.Text, v.Percent, v.Stop = l.t("import.reading.now."+string(im.Reading), "done", done, "of", im.Counts.Tickets), done*100/im.Counts.Tickets, true
	default:
		v.Note, v.Rules = l.t("import.reading.why"), l.t("import.reading.offline")
		if len(s.readings(l)) > 2 {
			v.Model = "/import?read=" + im.ID + "#" + im.ID
		}
	}
	if left.Failed > 0 {
		v.Note = l.t("import.reading.failed", "count", left.Failed)
	}
	if !v.Running && asked == im.ID && v.Model != "" {
		size, err := s.Store.ReadingSize(ctx, im.ID)
		if err != nil {
			return nil, err
		}
		z := channel.SizeOf(size)
		v.Costs = append([]string{l.t("import.reading.leaves", "count", size.Messages, "size", strconv.FormatFloat(float64(size.Bytes)/1e6, 'f', 1, 64))}, s.costWords(l, &z)...)
		v.Send = l.t("import.reading.send")
	}
	return v, nil
}

// setReading has an import read, or stops that.
func (s *Server) setReading(c echo.Context) error {
	by := store.Reading(c.FormValue("by"))
	if err := s.mayRead(by); err != nil {
		return err
	}
	return s.Store.SetReading(ctxOf(c), c.FormValue("id"), by, s.person(c).ID)
}

// mayRead refuses a reading that this desk does not have. Errors: Invalid.
func (s *Server) mayRead(by store.Reading) error {
	for _, r := range s.readings("en") {
		if r.Value == string(by) {
			return nil
		}
	}
	return triage.Errorf(triage.Invalid, "Past tickets can be read by rules, or by a model that is configured.")
}
