package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
)

// ranCheck is what a visitor's check saw, as a signed token carries it to the
// request for help.
type ranCheck struct {
	Procedure string                         `json:"p"`
	Inputs    map[string]string              `json:"i"`
	Outcomes  map[string]triage.CheckOutcome `json:"o"` // by step
	At        time.Time                      `json:"t"`
}

// checkLife is how long the result of a check travels with a request.
const checkLife = 24 * time.Hour

// sign returns the token of a check, PAYLOAD.MAC in base64url, and a short
// name for it that people can read out.
func (s *Server) sign(ran ranCheck) (token, reference string) {
	payload, _ := json.Marshal(ran) // strings and a time
	mac := s.macOf(payload)
	token = base64.RawURLEncoding.EncodeToString(payload) + "." + base64.RawURLEncoding.EncodeToString(mac)
	short := base32.StdEncoding.EncodeToString(mac[:5])
	return token, short[:4] + "-" + short[4:]
}

func (s *Server) macOf(payload []byte) []byte {
	h := hmac.New(sha256.New, s.helpKey)
	h.Write(payload)
	return h.Sum(nil)[:16]
}

// signed reads a token of this process; ok is false for any other, and for one
// whose time is over.
func (s *Server) signed(token string) (ran ranCheck, ok bool) {
	payload, mac, _ := strings.Cut(token, ".")
	p, err1 := base64.RawURLEncoding.DecodeString(payload)
	m, err2 := base64.RawURLEncoding.DecodeString(mac)
	if err1 != nil || err2 != nil || !hmac.Equal(m, s.macOf(p)) || json.Unmarshal(p, &ran) != nil {
		return ran, false
	}
	return ran, s.Clock().Sub(ran.At) < checkLife
}

// askForm is a visitor's request for help.
type askForm struct {
	Name, Email, Text, Token               string
	NameProblem, EmailProblem, TextProblem string
	Problem                                string // why it was not sent
}

// maxAsk is the longest message, in runes.
const maxAsk = 8000

func (f *askForm) read(c echo.Context) {
	f.Name = oneLine(c.FormValue("name"), 120)
	f.Email = strings.TrimSpace(c.FormValue("email"))
	f.Text = strings.TrimSpace(c.FormValue("text"))
	f.Token = c.FormValue("check")
}

// check says what is wrong with the form; ok when nothing is.
func (f *askForm) check(l lang) (ok bool) {
	if a, err := mail.ParseAddress(f.Email); err != nil || a.Address != f.Email || len(f.Email) > 254 {
		f.EmailProblem = l.t("web.help.ask.email.bad")
	}
	if n := utf8.RuneCountInString(f.Text); n == 0 || n > maxAsk {
		f.TextProblem = l.t("web.help.ask.text.bad", "count", maxAsk)
	}
	if f.EmailProblem+f.TextProblem != "" {
		f.Problem = l.t("web.help.ask.bad")
	}
	return f.Problem == ""
}

// helpAsk makes a ticket of a visitor's message, with the page they had open
// and what a check of theirs saw. Who writes is only claimed.
func (s *Server) helpAsk(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 4*MaxForm)
	p := s.Workspace.Procedure(c.Param("id"))
	if !public(p) {
		return echo.ErrNotFound
	}
	v, l := s.helpView(r, p), langOf(r)
	v.Ask.read(c)
	if !v.Ask.check(l) {
		return s.renderHelp(c, http.StatusUnprocessableEntity, p, v)
	}
	wait, ok := s.helpRates.ask.take(visitor(c), s.Clock())
	if ok {
		wait, ok = s.helpRates.asks.take(s.Clock())
	}
	if !ok {
		v.Ask.Problem = l.t("web.help.check.wait", "count", waitSeconds(wait))
		return s.renderHelp(c, http.StatusTooManyRequests, p, v)
	}
	m := triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelAPI, Identity: triage.IdentityClaimed, Text: v.Ask.Text,
		Device: triage.Device{UserAgent: r.UserAgent()}, PageURL: v.URL,
		Events: []triage.Event{{Kind: triage.EventOpened, URL: v.URL, Procedure: p.ID, At: s.Clock().UTC().Truncate(time.Second)}}}
	if ran, ok := s.signed(v.Ask.Token); ok {
		m.Events = append(m.Events, triage.Event{Kind: triage.EventChecked, URL: helpURL(ran.Procedure), Procedure: ran.Procedure,
			Inputs: ran.Inputs, Outcomes: ran.Outcomes, At: ran.At})
	}
	raw, err := json.Marshal(map[string]string{"procedure": p.ID, "name": v.Ask.Name, "email": v.Ask.Email, "text": v.Ask.Text, "check": v.Ask.Token})
	if err != nil {
		return err
	}
	same := sha256.Sum256(raw) // sent twice by a double click is one message
	_, err = s.Store.Receive(ctxOf(c), store.Inbound{Source: "help", MessageKey: hex.EncodeToString(same[:]), Subject: v.Title,
		Customer: triage.Customer{Name: v.Ask.Name, Email: v.Ask.Email}, Messages: []triage.Message{m}, Raw: raw, RawType: echo.MIMEApplicationJSON})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, v.URL+"?sent=1#sent")
}
