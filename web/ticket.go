package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// ticketPage is one ticket: the thread and what we understood of it.
type ticketPage struct {
	ID, Title string
	TitleRefs string // ids of the evidence when the title is the request
	Customer  triage.Customer
	Who       string
	Identity  triage.Identity
	Channel   triage.Channel
	State     string
	Acts      stateForm
	Undo      *stateForm // after a change of state
	Messages  int
	Thread    []entry
	All       bool
	Updated   *stamp
	Waiting   bool   // newer messages than the last triage
	Brief     *brief // nil before the first triage
}

// brief is the right column.
type brief struct {
	Request, Summary string // Request is "" when it is the title
	RequestRefs      string
	Chips            []pick
	Next             next
	Grid             *grid
	Reasons          []string
	Seen             []string // what our checks saw at the step that decided
	Questions        []string
	Others           []other
	Claims           []claimView
	Documents        []item
	Facts            []item // environment, device
	Symptoms         []item
	Account          []field
	AccountNote      string
	Files            []triage.AttachmentNote
	Reader           string // who read it
	Lab, NeedsReview bool
	At               *stamp
	UserAgent        string
}

type other struct {
	Kind, Title, Action, Tier string
	Reasons                   []string
	Grid                      *grid
}

type claimView struct {
	What, Binding, Says string
	Verdict             pick
	Quotes              []quote
}

// item is a kind and value with where it comes from.
type item struct {
	Kind, Value, Note string
	URL               string // only for pages of the platform itself
	Quotes            []quote
}

type field struct{ Name, Value string }

func (s *Server) ticket(c echo.Context) error {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	if t.ID != c.Param("id") {
		return c.Redirect(http.StatusSeeOther, ticketURL(t.ID))
	}
	p := ticketPage{ID: t.ID, Title: title(&t, r), Customer: t.Customer, Who: who(t.Customer), Identity: t.Identity,
		Channel: t.Channel, State: stateNames[t.State],
		Acts: stateForm{URL: ticketURL(t.ID) + "/state?was=" + string(t.State), Acts: actsIn(t.State)}, Undo: undoForm(&t, c.QueryParam("was")), Messages: len(t.Messages), All: c.QueryParam("all") == "1", Updated: stampOf(t.UpdatedAt, s.Clock()), Waiting: t.Triaged < t.LastSeq}
	m := &marks{}
	if r != nil {
		m = collectMarks(&t, &r.Brief)
		b := &briefing{s: s, t: &t, r: r, marks: m, now: s.Clock()}
		p.Brief = b.brief()
		if p.Title == oneLine(p.Brief.Request, 200) {
			p.TitleRefs, p.Brief.Request = p.Brief.RequestRefs, "" // once is enough
		}
	}
	p.Thread = s.thread(&t, m, p.All)
	out := s.page(p.Title, "ticket", p)
	if r != nil && r.Extractor.Degraded {
		out.Banner.degrade("This ticket was read")
	}
	return s.render(c, http.StatusOK, "ticket.html", out)
}

// title is the subject, else the request, else whom it is with.
func title(t *triage.Ticket, r *triage.Result) string {
	request := ""
	if r != nil {
		request = r.Brief.Request.Text
	}
	with := map[triage.Channel]string{triage.ChannelChat: "Chat with ", triage.ChannelEmail: "Email from "}[t.Channel]
	return oneLine(cmp.Or(t.Subject, request, cmp.Or(with, "Message from ")+who(t.Customer)), 200)
}

// raw sends the original of a message as a file, never to be interpreted.
func (s *Server) raw(c echo.Context) error {
	raw, _, err := s.Store.Raw(ctxOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, c.Param("id"))
	c.Response().Header().Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.txt"`, name))
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", raw)
}

func (b *briefing) brief() *brief {
	r := b.r
	v := &brief{Request: cmp.Or(r.Brief.Request.Text, b.t.Subject, "The request is not clear yet"), Summary: r.Brief.Summary,
		RequestRefs: b.refs(r.Brief.Request.Evidence), Chips: b.chips(), Next: b.next(), Reasons: reasonTexts(r.Route.Reasons),
		Questions: r.Brief.Questions, Files: r.Brief.Attachments, Reader: readerName(r.Extractor), NeedsReview: r.Route.NeedsReview,
		Lab: r.Lab, At: stampOf(r.At, b.now), UserAgent: oneLine(lastUserAgent(b.t), 300)}
	lead := b.lead()
	v.Grid, v.Seen = b.grid(lead, "d"), b.seen(lead, r.Route.Reasons)
	for i := range r.Matters {
		if m := &r.Matters[i]; m != lead {
			v.Others = append(v.Others, b.other(m, fmt.Sprintf("o%d", i+1)))
		}
	}
	for i := range r.Brief.Claims {
		v.Claims = append(v.Claims, b.claim(&r.Brief.Claims[i]))
	}
	for _, d := range r.Brief.Documents {
		v.Documents = append(v.Documents, b.document(d))
	}
	for _, e := range r.Brief.Environment {
		v.Facts = append(v.Facts, item{Kind: kindName(string(e.Kind)), Value: e.Value, Note: "they say", Quotes: b.quotes(e.Evidence)})
	}
	for _, d := range r.Facts.Device {
		v.Facts = append(v.Facts, item{Kind: kindName(string(d.Kind)), Value: d.Value, Note: "from " + plain(d.Source)})
	}
	for _, x := range r.Brief.Symptoms {
		v.Symptoms = append(v.Symptoms, item{Value: x.Text, Quotes: b.quotes(x.Evidence)})
	}
	v.Account, v.AccountNote = b.account()
	return v
}

// lead is the matter that the ticket routes by.
func (b *briefing) lead() *triage.Matter {
	if b.r.Position != nil {
		if m := b.r.Matter(b.r.Position.Matter); m != nil {
			return m
		}
	}
	if len(b.r.Matters) > 0 {
		return &b.r.Matters[0]
	}
	return nil
}

func (b *briefing) chips() []pick {
	r := b.r
	var out []pick
	if r.Brief.Language != "" {
		out = append(out, pick{Text: languageName(r.Brief.Language), Icon: "globe"})
	}
	if r.Facts.Account != nil && r.Facts.Account.Plan != "" {
		out = append(out, pick{Text: "Plan " + r.Facts.Account.Plan, Icon: "card"})
	}
	if r.Brief.Kind != "" {
		out = append(out, pick{Text: kindName(string(r.Brief.Kind)), Icon: "tag"})
	}
	switch r.Brief.Urgency {
	case triage.UrgencyHigh:
		out = append(out, pick{"Urgent", "warn", "flame"})
	case triage.UrgencyCritical:
		out = append(out, pick{"Critical", "bad", "flame"})
	}
	if w := effortWords[r.Effort]; w.Text != "" {
		out = append(out, w)
	}
	for _, f := range r.Brief.Flags {
		if text := flagWords[f]; text != "" && f != triage.FlagUnread {
			out = append(out, pick{text, "warn", "flag"})
		}
	}
	unread := 0
	for _, a := range r.Brief.Attachments {
		if !a.Read {
			unread++
		}
	}
	switch {
	case unread == 1:
		out = append(out, pick{"Unread attachment", "warn", "clip"})
	case unread > 1:
		out = append(out, pick{fmt.Sprintf("%d unread attachments", unread), "warn", "clip"})
	}
	return out
}

func reasonTexts(list []triage.Reason) []string {
	var out []string
	for _, r := range list {
		out = append(out, cmp.Or(r.Text, triage.Sentence("en", r.Code, r.Params)))
	}
	return out
}

func (b *briefing) other(m *triage.Matter, prefix string) other {
	o := other{Kind: kindName(string(m.Kind)), Title: "No procedure fits", Action: actionWords[m.Route.Action].Text,
		Tier: b.s.tierName(m.Route.Tier), Reasons: reasonTexts(m.Route.Reasons), Grid: b.grid(m, prefix)}
	if p := b.s.Workspace.Procedure(m.Procedure); p != nil {
		o.Title = p.TitleIn("en")
	}
	return o
}

func (b *briefing) claim(c *triage.Claim) claimView {
	return claimView{What: c.What, Binding: bindingName(c.Inputs), Says: claimWords[c.State],
		Verdict: verdictWords[c.Verdict], Quotes: b.quotes(c.Evidence)}
}

// document links a page only when it is the platform's own: an agent should
// not open whatever a stranger wrote.
func (b *briefing) document(d triage.Document) item {
	it := item{Value: cmp.Or(d.Title, d.URL, "a document"), Quotes: b.quotes(d.Evidence)}
	if d.Title != "" && d.URL != "" {
		it.Note = d.URL
	}
	if p := b.s.Workspace.Procedure(d.Topic); p != nil {
		it.Kind = p.TitleIn("en")
	}
	if p := b.s.Workspace.ByURL(d.URL); d.URL != "" && p != nil {
		it.URL = p.URL
	}
	return it
}

func (b *briefing) refs(list []triage.Evidence) string {
	var ids []string
	for _, e := range list {
		if id := b.marks.id(e); id != "" {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, " ")
}

func (b *briefing) account() ([]field, string) {
	a := b.r.Facts.Account
	if a == nil {
		return nil, ""
	}
	out := []field{{"Account", a.ID}, {"Owner", a.Owner}, {"Plan", a.Plan}}
	out = append(out, flatten("", a.Fields)...)
	note := "Found by " + plain(a.MatchedBy) + "."
	if b.t.Identity != triage.IdentityVerified {
		note += " The sender is not verified: use these facts, do not tell them."
	}
	return slices.DeleteFunc(out, func(f field) bool { return f.Value == "" }), note
}

// flatten lists nested fields by their dotted paths.
func flatten(prefix string, m map[string]any) []field {
	var out []field
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch v := m[k].(type) {
		case map[string]any:
			out = append(out, flatten(prefix+k+".", v)...)
		case []any:
			var parts []string
			for _, x := range v {
				parts = append(parts, fmt.Sprint(x))
			}
			out = append(out, field{prefix + k, strings.Join(parts, ", ")})
		case bool:
			out = append(out, field{prefix + k, map[bool]string{true: "on", false: "off"}[v]})
		default:
			out = append(out, field{prefix + k, fmt.Sprint(v)})
		}
	}
	return out
}

// kindName makes a code readable: "dns_provider" is "DNS provider".
func kindName(code string) string {
	switch code {
	case "os", "cdn":
		return strings.ToUpper(code)
	case "dns_provider":
		return "DNS provider"
	case "":
		return ""
	}
	words := plain(code)
	return strings.ToUpper(words[:1]) + words[1:]
}

// plain is a code in words, inside a sentence.
func plain(code string) string { return strings.ReplaceAll(code, "_", " ") }

// readerName says who read the ticket.
func readerName(x triage.ExtractorInfo) string {
	if x.Model != "" {
		return x.Name + " " + x.Model
	}
	return x.Name
}
