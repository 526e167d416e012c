package web

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"readback/store"
	"readback/triage"
	"readback/triage/guard"
)

// The limits of an answer.
const (
	maxReply = 24 << 20 // bytes of a form
	maxFile  = 10 << 20 // bytes of a file
	maxFiles = 10
)

// holdTime is how long an answer can be taken back.
const holdTime = 10 * time.Second

// sendActs are the ways to send an answer: the state of the ticket after it.
var sendActs = map[string]triage.State{"send_open": triage.StateOpen, "send_waiting": triage.StateWaiting, "send_resolved": triage.StateResolved}

// replyForm takes what is written in the composer: it keeps the draft and then
// does what the button says. A script gets the composer alone, a browser the page.
func (s *Server) replyForm(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxReply)
	id := c.Param("id")
	if err := c.Request().ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return triage.Errorf(triage.TooLarge, "The answer with its files is larger than %s.", size(maxReply))
		}
		return triage.Errorf(triage.Invalid, "The form could not be read: %w", err)
	}
	do, arg, _ := strings.Cut(c.Request().PostFormValue("do"), ":")
	text, script := strings.ReplaceAll(c.Request().PostFormValue("text"), "\r\n", "\n"), c.Request().Header.Get("X-Part") == "composer"
	var fault string
	var err error
	if do == "look" {
		err = s.lookForm(c, id, text, script)
	} else {
		fault, err = s.reply(c, id, do, arg, text)
	}
	if err != nil {
		return err
	}
	if script {
		return s.composerPart(c, fault)
	}
	to := ticketURL(id)
	if fault != "" {
		to += "?" + fault
	}
	return c.Redirect(http.StatusSeeOther, to+"#reply")
}

// reply does one thing with a draft and returns what the page must say of it.
func (s *Server) reply(c echo.Context, id, do, arg, text string) (fault string, err error) {
	ctx, me := ctxOf(c), s.person(c)
	if do == "drop" {
		if err := s.Store.DropDraft(ctx, id, me.ID); triage.CodeOf(err) != triage.NotFound {
			return "", err
		}
		return "", nil
	}
	t, r, err := s.load(c, id)
	if err != nil {
		return "", err
	}
	switch do {
	case "draft":
		b := &briefing{s: s, l: langOf(c.Request()), t: &t, r: r, now: s.Clock()}
		if d := b.drafted(); d != nil {
			text = below(text, d.Text)
		}
	case "model":
		more, why := s.draftByModel(c, &t, r)
		if why != "" {
			fault = "fault=" + why
		}
		text = below(text, more)
	case "step":
		text = below(text, s.stepInsert(r, firstOf(arg, c.Request().PostFormValue("step"))))
	case "mend":
		text = s.mend(c, &t, r, text, arg)
	}
	if _, err := s.Store.SaveDraft(ctx, t.ID, me.ID, text); err != nil {
		return "", err
	}
	if do == "detach" {
		if err := s.Store.Detach(ctx, t.ID, me.ID, arg); err != nil {
			return "", err
		}
	}
	if not, err := s.attach(c, t.ID, me.ID); err != nil || not != "" {
		return not, err
	}
	var dismiss []string
	if do == "dismiss" {
		dismiss = []string{arg}
	}
	stops, err := s.note(c, &t, r, text, dismiss)
	if err != nil {
		return "", err
	}
	if key, reason, ok := strings.Cut(arg, ":"); do == "why" && ok {
		if err := s.Store.GiveReason(ctx, t.ID, me.ID, key, reason); err != nil && triage.CodeOf(err) == triage.Invalid {
			return "", err
		}
	}
	after, send := sendActs[do]
	if !send {
		return fault, nil
	}
	if stops > 0 {
		return "tried=1", nil
	}
	if _, err := s.Store.Send(ctx, t.ID, me.ID, after, holdTime); triage.CodeOf(err) == triage.Invalid {
		return "fault=empty", nil
	} else if err != nil {
		return "", err
	}
	return "", nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// note has the guard read a draft, keeps what it found with it, and returns how
// many stops stand.
func (s *Server) note(c echo.Context, t *triage.Ticket, r *triage.Result, text string, dismiss []string) (stops int, err error) {
	me := s.person(c)
	quiet, err := s.Store.QuietKinds(ctxOf(c))
	if err != nil {
		return 0, err
	}
	report := s.readDraft(langOf(c.Request()), t, r, me, text, quiet)
	own, err := s.Store.NoteFindings(ctxOf(c), t.ID, me.ID, noted(&report, text), dismiss...)
	if err != nil {
		return 0, err
	}
	for i := range report.Findings {
		f := &report.Findings[i]
		if f.Level == guard.Stop && own.Findings[findingKey(f, text)].Outcome != store.OutcomeDismissed {
			stops++
		}
	}
	return stops, nil
}

// mend takes what a finding is about out of a draft.
func (s *Server) mend(c echo.Context, t *triage.Ticket, r *triage.Result, text, key string) string {
	report := s.readDraft(langOf(c.Request()), t, r, s.person(c), text, nil)
	for i := range report.Findings {
		if f := &report.Findings[i]; findingKey(f, text) == key {
			return without(text, f.Draft.Start, f.Draft.End)
		}
	}
	return text
}

// without takes the sentence out that has text[start:end] in it, and the empty
// lines that it leaves.
func without(text string, start, end int) string {
	if start < 0 || end > len(text) || start >= end {
		return text
	}
	ends := func(i int) bool { // a sentence ends before i
		if i == 0 || text[i-1] == '\n' {
			return true
		}
		before, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text[:i], " "))
		return text[i-1] == ' ' && strings.ContainsRune(".!?:", before) || strings.ContainsRune("。！？", before)
	}
	for start > 0 && !ends(start) {
		start--
	}
	for end < len(text) && text[end] != '\n' && !ends(end) {
		end++
	}
	line := strings.LastIndexByte(text[:start], '\n') + 1
	if strings.TrimFunc(text[line:start], func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsDigit(r) || strings.ContainsRune("-*+.)>", r)
	}) == "" && (end == len(text) || text[end] == '\n') {
		start = line // the item of a list goes with its mark
		if end < len(text) {
			end++
		}
	}
	out := text[:start] + text[end:]
	for strings.Contains(out, "\n\n\n") {
		out = strings.ReplaceAll(out, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(out)
}

// below puts a piece below a text.
func below(text, more string) string {
	text, more = strings.TrimRight(text, " \n"), strings.TrimSpace(more)
	if text == "" || more == "" {
		return text + more
	}
	return text + "\n\n" + more
}

// attach adds the files of a form to the draft; fault says why one was not taken.
func (s *Server) attach(c echo.Context, id, person string) (fault string, err error) {
	form := c.Request().MultipartForm
	if form == nil {
		return "", nil
	}
	d, err := s.Store.Unsent(ctxOf(c), id, person)
	if err != nil {
		return "", err
	}
	have := len(d.Files)
	for _, h := range form.File["file"] {
		switch {
		case h.Filename == "" && h.Size == 0:
			continue
		case h.Size > maxFile:
			return "fault=large", nil
		case have >= maxFiles:
			return "fault=many", nil
		}
		body, err := readFile(h)
		if err != nil {
			return "", err
		}
		a := triage.Attachment{Name: h.Filename, Type: h.Header.Get("Content-Type"), Size: h.Size, Body: body}
		if _, err := s.Store.Attach(ctxOf(c), id, person, a); err != nil {
			return "", err
		}
		have++
	}
	return "", nil
}

func readFile(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "The file could not be read: %w", err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "The file could not be read: %w", err)
	}
	return body, nil
}

// composerPart is the composer alone, for the script of the page.
func (s *Server) composerPart(c echo.Context, fault string) error {
	t, r, err := s.load(c, c.Param("id"))
	if err != nil {
		return err
	}
	v, _, err := s.composing(c, &t, r)
	if err != nil {
		return err
	}
	if code, ok := strings.CutPrefix(fault, "fault="); ok {
		v.Fault = v.fault(langOf(c.Request()), code)
	}
	var out bytes.Buffer
	if err := s.views.pages[langOf(c.Request())]["ticket.html"].ExecuteTemplate(&out, "composer", v); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, out.Bytes())
}

// undoReply takes an answer back that is held.
func (s *Server) undoReply(c echo.Context) error {
	person := s.person(c).ID
	_, err := s.Store.TakeBack(ctxOf(c), c.Param("reply"), person)
	if triage.CodeOf(err) == triage.NotFound { // what the desk sends by itself is everybody's
		_, err = s.Store.TakeBack(ctxOf(c), c.Param("reply"), "")
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id"))+"#reply")
}

// noteForm keeps a note for the desk's own people.
func (s *Server) noteForm(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	if _, err := s.Store.AddNote(ctxOf(c), c.Param("id"), s.person(c).ID, form.Get("text")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id"))+"#notes")
}

// dropNote takes a note of one's own back.
func (s *Server) dropNote(c echo.Context) error {
	if err := s.Store.DropNote(ctxOf(c), c.Param("id"), c.Param("note"), s.person(c).ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ticketURL(c.Param("id"))+"#notes")
}
