package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// designPage shows the parts that every page is made of, as they are: what
// stands here is what app.css has.
type designPage struct {
	Colours []colourRow
	Sizes   []string
	Spaces  []string
	States  []pick
	Actions []pick
	Efforts []pick
	Icons   []string
}

// colourRow is a colour of text on its ground.
type colourRow struct{ Name, Class, Use string }

func (s *Server) design(c echo.Context) error {
	l := langOf(c.Request())
	p := designPage{Sizes: []string{"t0", "t1", "t2", "t3", "t4", "t5"}, Spaces: []string{"s1", "s2", "s3", "s4", "s5", "s6"},
		Icons: []string{"check", "differs", "said", "replaced", "eye", "eye-off", "dash", "ring", "person", "team", "question", "send", "flame", "flag", "clock", "seek", "read", "flask"}}
	for _, name := range []string{"ink", "ink2", "ink3", "accent", "ok", "bad", "warn", "said", "past"} {
		p.Colours = append(p.Colours, colourRow{"--" + name, "c-" + name, l.t("web.design.colour." + name)})
	}
	for _, v := range []triage.Verdict{triage.VerdictVerified, triage.VerdictContradicted, triage.VerdictSuperseded, triage.VerdictUnverifiable, triage.VerdictPending} {
		p.States = append(p.States, l.say(verdictWords[v]))
	}
	for _, a := range []triage.Action{triage.Assign, triage.Ask, triage.SelfService, triage.None} {
		p.Actions = append(p.Actions, l.say(actionWords[a]))
	}
	for _, e := range []triage.Effort{triage.EffortNone, triage.EffortPartial, triage.EffortExhausted} {
		p.Efforts = append(p.Efforts, l.say(effortWords[e]))
	}
	return s.render(c, http.StatusOK, "design.html", s.page(c, l.t("web.design"), "design", p))
}
