package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
	"github.com/weppos/publicsuffix-go/publicsuffix"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/route"
)

// checkForm asks for what the checks of a procedure need.
type checkForm struct {
	Fields  []checkField
	Problem string // why nothing was looked at; "" when all is well
	Account bool   // some steps can be seen only in the account
	Lab     bool   // the lab network is looked at
}

type checkField struct {
	Name, Kind, Label string
	Lang              string // of the label
	Value, Problem    string
}

// checkSeen sums a check up.
type checkSeen struct {
	Summary   string
	Class     string // ok, differs or unsure
	Icon      string
	At        *stamp
	Steps     []helpStep // that were looked at
	Token     string     // carries the result to the ticket
	Reference string     // the same for people
}

// stepSeen is what we saw of one step.
type stepSeen struct {
	Pick      pick
	Class     string // of the pick
	Sentences []string
	Mend      bool // the text of the step tells how to mend it
}

// helpRates keeps strangers from looking too often: what we look at belongs to others.
type helpRates struct {
	address, domain, ask *buckets
	all, asks            *bucket
}

// prepareHelp makes what help pages need.
func (s *Server) prepareHelp() error {
	now := s.Clock()
	s.helpRates = helpRates{address: newBuckets(1./15, 8), domain: newBuckets(1./10, 6), ask: newBuckets(1./60, 5),
		all: newBucket(checkRate, checkBurst, now), asks: newBucket(1, 30, now)}
	s.helpKey = make([]byte, 32)
	_, _ = rand.Read(s.helpKey) // it never fails
	var err error
	if s.helpPages, err = lru.New[string, helpCache](maxHelpPages); err != nil || s.Find != nil {
		return err
	}
	index, err := knowledge.NewIndex(s.Workspace)
	if err != nil {
		return err
	}
	s.Find = index.Find
	return nil
}

// outside reports whether a check looks at anything beside the account, and
// inAccount whether it looks there.
func outside(c *knowledge.Check) (outside, inAccount bool) {
	for _, leaf := range c.Leaves() {
		if leaf.Name == accountCheck {
			inAccount = true
		} else {
			outside = true
		}
	}
	return outside, inAccount
}

const accountCheck = "account.field"

// checkForm is nil for a procedure of which nothing can be seen from outside.
func (s *Server) checkForm(p *knowledge.Procedure, in string) *checkForm {
	f, any := &checkForm{Lab: s.Lab}, false
	used := map[string]bool{}
	for i := range p.Steps {
		out, account := outside(p.Steps[i].Check)
		any, f.Account = any || out, f.Account || account
		for _, leaf := range p.Steps[i].Check.Leaves() {
			for name := range p.Inputs {
				if _, missing := leaf.Bind(allBut(p, name)); missing == name {
					used[name] = true
				}
			}
		}
	}
	if !any || s.Checker == nil {
		return nil
	}
	for name, input := range p.Inputs {
		if !used[name] {
			continue
		}
		field := checkField{Name: name, Kind: input.Kind, Label: p.Question(name, in), Lang: in}
		if p.Translations[in].Input[name] == "" {
			field.Lang = originalLang
		}
		f.Fields = append(f.Fields, field)
	}
	slices.SortFunc(f.Fields, func(a, b checkField) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// allBut gives every input of a procedure but one some value.
func allBut(p *knowledge.Procedure, name string) map[string]string {
	values := map[string]string{}
	for other := range p.Inputs {
		if other != name {
			values[other] = "x"
		}
	}
	return values
}

// read takes the inputs from a form; ok is false when one cannot be used, and
// the field says why.
func (f *checkForm) read(l lang, values url.Values) (inputs map[string]string, ok bool) {
	inputs, ok = map[string]string{}, true
	for i := range f.Fields {
		field := &f.Fields[i]
		field.Value = oneLine(values.Get("in_"+field.Name), 300)
		value, good := inputOf(field.Kind, field.Value)
		if !good {
			field.Problem, ok = l.t("web.help.check.bad."+field.Kind), false
			continue
		}
		inputs[field.Name] = value
	}
	return inputs, ok
}

// inputOf reads a value of a kind of knowledge.Input. A pasted address stands
// for its domain.
func inputOf(kind, value string) (string, bool) {
	switch kind {
	case "domain":
		if u, err := url.Parse(value); err == nil && u.Host != "" {
			value = u.Hostname()
		}
		return check.DomainName(strings.TrimSuffix(value, "/"))
	case "email":
		a, err := mail.ParseAddress(value)
		if err != nil {
			return "", false
		}
		return a.Address, true
	case "url":
		u, err := url.Parse(value)
		return value, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	}
	return value, value != ""
}

// allowed takes a token for a look: of the visitor's address, of each domain
// that would be looked at, and of all visitors together.
func (s *Server) allowed(c echo.Context, inputs map[string]string) error {
	now := s.Clock()
	wait, ok := s.helpRates.address.take(visitor(c), now)
	for _, value := range inputs {
		if ok {
			wait, ok = s.helpRates.domain.take(targetOf(value), now)
		}
	}
	if ok {
		wait, ok = s.helpRates.all.take(now)
	}
	if ok {
		return nil
	}
	return tooMany(wait)
}

func tooMany(wait time.Duration) *problem {
	return &problem{status: http.StatusTooManyRequests, code: "rate_limited", message: "Too many checks at once. Wait a moment and ask again.", retryAfter: waitSeconds(wait)}
}

// targetOf is whom a look at a value falls upon: the registered domain.
func targetOf(value string) string {
	if at := strings.LastIndexByte(value, '@'); at >= 0 {
		value = value[at+1:]
	}
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		value = u.Hostname()
	}
	if site, err := publicsuffix.Domain(strings.ToLower(value)); err == nil {
		return site
	}
	return strings.ToLower(value)
}

// visitor is the address that a request came from, of IPv6 the /64. Only the
// proxies that the operator names say whom they stand for.
func visitor(c echo.Context) string {
	ip := c.RealIP()
	if addr, err := netip.ParseAddr(ip); err == nil && addr.Is6() && !addr.Is4In6() {
		prefix, _ := addr.Prefix(64)
		return prefix.String()
	}
	return ip
}

// helpCheck looks at a visitor's setup and shows the page with what it saw at
// each step.
func (s *Server) helpCheck(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	p := s.Workspace.Procedure(c.Param("id"))
	if !public(p) {
		return echo.ErrNotFound
	}
	v := s.helpView(c.Request(), p)
	if v.Check == nil {
		return echo.ErrNotFound
	}
	form, err := c.FormParams()
	if err != nil {
		return triage.Errorf(triage.Invalid, "The form cannot be read: %v", err)
	}
	l := langOf(c.Request())
	inputs, ok := v.Check.read(l, form)
	if !ok {
		v.Check.Problem = l.t("web.help.check.bad")
		return s.renderHelp(c, http.StatusUnprocessableEntity, p, v)
	}
	if err := s.allowed(c, inputs); err != nil {
		var refused *problem
		errors.As(err, &refused)
		v.Check.Problem = l.t("web.help.check.wait", "count", refused.retryAfter)
		c.Response().Header().Set("Retry-After", fmt.Sprint(refused.retryAfter))
		return s.renderHelp(c, refused.status, p, v)
	}
	s.didRead(c, s.showSeen(l, v, p, inputs, s.lookAll(ctxOf(c), p, inputs)))
	if err := s.Store.Helped(ctxOf(c), p.ID, v.Seen.Class == "ok"); err != nil { // the page is of use all the same
		s.log(c).Warn("a check on a help page was not counted", "error", err)
	}
	return s.renderHelp(c, http.StatusOK, p, v)
}

// lookAll runs the checks of every step that can be seen from outside, at the
// same time. A stranger's account is not looked at.
func (s *Server) lookAll(ctx context.Context, p *knowledge.Procedure, inputs map[string]string) []triage.StepCheck {
	var steps []knowledge.Step
	for i := range p.Steps {
		if out, _ := outside(p.Steps[i].Check); out {
			steps = append(steps, p.Steps[i])
		}
	}
	found := make([]triage.StepCheck, len(steps))
	var wg sync.WaitGroup
	for i := range steps {
		wg.Go(func() {
			found[i] = s.Checker.Check(ctx, triage.CheckRun{Procedure: p.ID, Step: steps[i], Inputs: inputs})
		})
	}
	wg.Wait()
	return found
}

// showSeen puts what the checks saw to the steps of a page, and returns it as
// something that was done there.
func (s *Server) showSeen(l lang, v *helpView, p *knowledge.Procedure, inputs map[string]string, found []triage.StepCheck) triage.Event {
	pos := route.Position(route.Known{Procedure: p, Inputs: inputs, Checks: found})
	ran := ranCheck{Procedure: p.ID, Inputs: inputs, Outcomes: map[string]triage.CheckOutcome{}, At: s.Clock().UTC().Truncate(time.Second)}
	count := map[triage.CheckOutcome]int{}
	v.Seen = &checkSeen{}
	oldest := ran.At // what was seen a moment ago is not looked at again
	for i := range v.Steps {
		step := &v.Steps[i]
		at, c := pos.Step(step.ID), route.Check(found, step.ID, inputs)
		if at == nil || c == nil {
			continue
		}
		outcome := c.Outcome
		for _, r := range c.Results {
			if r.ObservedAt.Before(oldest) {
				oldest = r.ObservedAt
			}
		}
		seen := &stepSeen{Pick: l.say(outcomeWords[outcome])}
		if at.State == triage.StepSuperseded {
			outcome, seen.Pick = triage.Pass, pick{l.t("web.help.seen.replaced"), "past", "replaced"}
		} else {
			seen.Sentences = l.sentences(c.Results)
		}
		seen.Class = seen.Pick.Class
		seen.Mend = outcome == triage.Fail && !step.Ours && step.Text != ""
		step.Seen, ran.Outcomes[step.ID] = seen, outcome
		if !step.Ours {
			count[outcome]++
		}
		v.Seen.Steps = append(v.Seen.Steps, *step)
	}
	switch {
	case count[triage.Fail] > 0:
		v.Seen.Class, v.Seen.Icon, v.Seen.Summary = "differs", "differs", l.t("web.help.seen.fail", "count", count[triage.Fail])
	case count[triage.Unknown] > 0 || count[triage.Pass] == 0:
		v.Seen.Class, v.Seen.Icon, v.Seen.Summary = "unsure", "eye-off", l.t("web.help.seen.unknown")
	default:
		v.Seen.Class, v.Seen.Icon, v.Seen.Summary = "ok", "check", l.t("web.help.seen.pass")
	}
	v.Seen.At = l.stamp(oldest, ran.At)
	v.Seen.Token, v.Seen.Reference = s.sign(ran)
	v.Ask.Token = v.Seen.Token
	return triage.Event{Kind: triage.EventChecked, URL: helpURL(p.ID), Procedure: p.ID, Inputs: inputs, Outcomes: ran.Outcomes}
}

// sentences tell what checks saw, but for what only the account's owner may hear.
func (l lang) sentences(results []triage.CheckResult) []string {
	var out []string
	for _, r := range results {
		if r.Check == accountCheck {
			continue
		}
		params := map[string]string{}
		for k, v := range r.CodeParams {
			params[k] = v
		}
		params["time"] = r.ObservedAt.UTC().Format("15:04") + " UTC"
		if text := triage.Sentence(string(l), r.Code, params); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// renderHelp shows a page that is for this visitor alone.
func (s *Server) renderHelp(c echo.Context, status int, p *knowledge.Procedure, v *helpView) error {
	out := s.page(c, v.Title, "help", v)
	out.Langs = helpLangs(p, v.Lang)
	return s.render(c, status, "help_page.html", out)
}
