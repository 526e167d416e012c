package web

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/knowledge"
	"readback/knowledge/edit"
	"readback/store/people"
	"readback/triage"
	"readback/triage/check"
)

// maxEditForm is the largest body of the editor's form, in bytes: a file, its
// names, and what the encoding adds.
const maxEditForm = 4 << 20

// editing is a procedure in the editor: the file as it is, and the form as
// somebody has it.
type editing struct {
	s        *Server
	id, file string
	data     []byte // on disk
	old, now edit.Form
	hash     string // of the file when the form was opened
	focus    string // id of the element to go on with
	told     string // what a button did
	problems []problemAt
}

// problemAt is something that keeps a form from being saved.
type problemAt struct {
	Field string // name of the field; "" = of none
	Text  string
}

// openEdit reads the procedure of an address.
func (s *Server) openEdit(id string) (*editing, error) {
	if s.Files == nil || !procedureID.MatchString(id) {
		return nil, triage.Errorf(triage.NotFound, "There is no procedure %q.", id)
	}
	e := &editing{s: s, id: id, file: "procedures/" + id + ".md"}
	var err error
	switch e.data, err = fs.ReadFile(s.Files, e.file); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, triage.Errorf(triage.NotFound, "There is no procedure %q.", id)
	case err != nil:
		return nil, triage.Errorf(triage.Internal, "The procedure cannot be read: %w", err)
	}
	e.hash = edit.Hash(e.data)
	var faults knowledge.Faults
	if e.old, err = edit.Read(e.file, e.data); errors.As(err, &faults) {
		for _, f := range faults {
			e.problems = append(e.problems, problemAt{Text: f.Error()})
		}
	} else if err != nil {
		return nil, err
	}
	e.now = e.old
	return e, nil
}

func (s *Server) editPage(c echo.Context) error {
	e, err := s.openEdit(c.Param("id"))
	if err != nil {
		return err
	}
	return s.renderEdit(c, http.StatusOK, e, nil)
}

// takeForm reads the posted form into an editing.
func (s *Server) takeForm(c echo.Context) (*editing, url.Values, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxEditForm)
	if err := c.Request().ParseForm(); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, nil, triage.Errorf(triage.TooLarge, "A procedure takes 1 MB at most.")
		}
		return nil, nil, triage.Errorf(triage.Invalid, "The form could not be read: %w", err)
	}
	v := c.Request().PostForm
	e, err := s.openEdit(c.Param("id"))
	if err != nil {
		return nil, nil, err
	}
	if len(e.problems) == 0 {
		e.hash, e.now = v.Get("hash"), parseEdit(v, e.old)
	}
	return e, v, nil
}

// editForm does what a button of the editor asks for, and gives the form back
// changed, or the file that it would be.
func (s *Server) editForm(c echo.Context) error {
	e, v, err := s.takeForm(c)
	if err != nil {
		return err
	}
	l, do := langOf(c.Request()), v.Get("do")
	switch {
	case len(e.problems) > 0:
		return s.renderEdit(c, http.StatusConflict, e, nil)
	case do == "download":
		text, err := edit.Apply(e.file, e.data, e.now)
		if err != nil {
			return triage.Errorf(triage.Invalid, "%v", err)
		}
		c.Response().Header().Set("Content-Disposition", `attachment; filename="`+e.id+`.md"`)
		return c.Blob(http.StatusOK, "text/markdown; charset=utf-8", text)
	case do == "replay":
		view, err := s.replayPast(c, e, func(int, int) {})
		if err != nil {
			return err
		}
		return s.renderEdit(c, http.StatusOK, e, view)
	}
	e.focus, e.told = act(&e.now, do, l)
	return s.renderEdit(c, http.StatusOK, e, nil)
}

// candidate is the workspace as it would be with the form saved, and the files
// that make it so. What keeps it from being used is in e.problems.
func (e *editing) candidate(l lang) (*knowledge.Workspace, []edit.Write, error) {
	text, err := edit.Apply(e.file, e.data, e.now)
	if err != nil {
		return nil, nil, triage.Errorf(triage.Invalid, "%v", err)
	}
	writes := []edit.Write{{Name: e.file, Data: text, Was: edit.Hash(e.data)}}
	more, err := e.translations()
	if err != nil {
		return nil, nil, err
	}
	writes = append(writes, more...)
	files := map[string][]byte{}
	for _, w := range writes {
		files[w.Name] = w.Data
	}
	w, err := knowledge.Load(edit.Overlay(e.s.Files, files))
	var faults knowledge.Faults
	if errors.As(err, &faults) {
		e.faults(faults, string(text), files)
	} else if err != nil {
		return nil, nil, err
	}
	e.checkProblems(l)
	e.textProblems(text, l)
	if w != nil && len(e.problems) == 0 {
		if err := check.Prepare(w); err != nil {
			e.problems = append(e.problems, problemAt{Text: err.Error()})
		}
	}
	return w, writes, nil
}

// translations are the procedure's other files without what it no longer has.
func (e *editing) translations() ([]edit.Write, error) {
	var steps, inputs []string
	for _, s := range e.old.Steps {
		if !slices.ContainsFunc(e.now.Steps, func(x edit.Step) bool { return x.Was == s.Was }) {
			steps = append(steps, s.ID)
		}
	}
	for _, in := range e.old.Inputs {
		if !slices.ContainsFunc(e.now.Inputs, func(x edit.Input) bool { return strings.TrimSpace(x.Name) == in.Name }) {
			inputs = append(inputs, in.Name)
		}
	}
	if steps == nil && inputs == nil {
		return nil, nil
	}
	names, err := fs.Glob(e.s.Files, "procedures/"+e.id+".*.md")
	if err != nil {
		return nil, err
	}
	var out []edit.Write
	for _, name := range names {
		data, err := fs.ReadFile(e.s.Files, name)
		if err != nil {
			return nil, triage.Errorf(triage.Internal, "%s cannot be read: %w", name, err)
		}
		short, err := edit.Without(data, steps, inputs)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s cannot be changed: %v", name, err)
		}
		if string(short) != string(data) {
			out = append(out, edit.Write{Name: name, Data: short, Was: edit.Hash(data)})
		}
	}
	return out, nil
}

// faults puts what keeps the workspace from loading beside the fields. What was
// wrong with other files before is not this form's.
func (e *editing) faults(faults knowledge.Faults, text string, files map[string][]byte) {
	var before knowledge.Faults
	for _, f := range faults {
		if _, ours := files[f.File]; !ours {
			_, err := knowledge.Read(e.s.Files)
			_ = errors.As(err, &before) // else there were none
			break
		}
	}
	for _, f := range faults {
		switch {
		case f.File == e.file:
			e.problems = append(e.problems, problemAt{e.field(knowledge.PathAt(text, f.Line, f.Column)), f.Message})
		case !slices.ContainsFunc(before, func(b knowledge.Fault) bool { return b.File == f.File && b.Message == f.Message }):
			e.problems = append(e.problems, problemAt{Text: f.Error()})
		}
	}
}

// field is the form's name for a path of the front matter, such as s.2.check.
func (e *editing) field(path string) string {
	if rest, ok := strings.CutPrefix(path, "inputs."); ok {
		name, key, _ := strings.Cut(rest, ".")
		if n := slices.IndexFunc(e.now.Inputs, func(in edit.Input) bool { return strings.TrimSpace(in.Name) == name }); n >= 0 {
			return fmt.Sprintf("in.%d.%s", n, cmp.Or(key, "name"))
		}
	}
	if rest, ok := strings.CutPrefix(path, "steps["); ok {
		n, key, _ := strings.Cut(rest, "].")
		key, _, _ = strings.Cut(key, "[")
		key, _, _ = strings.Cut(key, ".")
		return "s." + strings.TrimSuffix(n, "]") + "." + cmp.Or(key, "title")
	}
	path, _, _ = strings.Cut(path, "[")
	if path == "status" || path == "self_service" || path == "steps" {
		return "publish"
	}
	return path
}

// textProblems names the first text that would not be read back as it was
// written: a code block that nobody ends takes the headings of the steps after
// it for code, and a heading as high as a step's begins another section.
func (e *editing) textProblems(text []byte, l lang) {
	back, err := edit.Read(e.file, text)
	if err != nil {
		return // the workspace does not load, and says so
	}
	if !edit.SameText(back.Intro, e.now.Intro) {
		e.problems = append(e.problems, problemAt{"intro", l.t("web.kb.text.torn")})
		return
	}
	for i := range min(len(back.Steps), len(e.now.Steps)) {
		if !edit.SameText(back.Steps[i].Text, e.now.Steps[i].Text) {
			e.problems = append(e.problems, problemAt{fmt.Sprintf("s.%d.text", i), l.t("web.kb.text.torn")})
			return
		}
	}
}

// checkProblems are checks that could not run.
func (e *editing) checkProblems(l lang) {
	takes := check.Parameters()
	for i := range e.now.Steps {
		for _, part := range e.now.Steps[i].Check.Parts {
			at := fmt.Sprintf("s.%d.check", i)
			params, known := takes[part.Name]
			if !known {
				e.problems = append(e.problems, problemAt{at, l.t("web.kb.check.unknown", "check", part.Name)})
			}
			for _, p := range params {
				given := slices.ContainsFunc(part.Params, func(x edit.Param) bool { return x.Name == p.Name && strings.TrimSpace(x.Value) != "" })
				if p.Required && !given {
					e.problems = append(e.problems, problemAt{at, l.t("web.kb.check.needs", "check", part.Name, "parameter", p.Name)})
				}
			}
		}
	}
}

// saveForm writes the form, or gives it back with what is wrong. do=overwrite
// lays it over a file that has changed meanwhile.
func (s *Server) saveForm(c echo.Context) error {
	e, v, err := s.takeForm(c)
	if err != nil {
		return err
	}
	l, overwrite := langOf(c.Request()), v.Get("do") == "overwrite"
	if len(e.problems) > 0 {
		return s.renderEdit(c, http.StatusConflict, e, nil)
	}
	if why := s.readOnly(c); why != "" {
		e.problems = append(e.problems, problemAt{Text: why})
		return s.renderEdit(c, http.StatusConflict, e, nil)
	}
	if e.hash != edit.Hash(e.data) && !overwrite {
		return s.renderEdit(c, http.StatusConflict, e, nil) // the page says so by itself
	}
	_, writes, err := e.candidate(l)
	if err != nil {
		return err
	}
	if len(e.problems) > 0 {
		return s.renderEdit(c, http.StatusUnprocessableEntity, e, nil)
	}
	to := "/knowledge/" + e.id + "/edit?saved="
	if len(writes) == 1 && string(writes[0].Data) == string(e.data) {
		return c.Redirect(http.StatusSeeOther, to+"same")
	}
	saved, err := s.Folder.Save(e.id, s.person(c).Name, writes)
	switch {
	case errors.Is(err, edit.ErrConflict):
		return s.renderEdit(c, http.StatusConflict, e, nil)
	case err != nil:
		s.log(c).Error("a procedure cannot be saved", "procedure", e.id, "error", err)
		e.problems = append(e.problems, problemAt{Text: l.t("web.kb.save.failed", "why", err.Error())})
		return s.renderEdit(c, http.StatusInternalServerError, e, nil)
	}
	s.refresh()
	return c.Redirect(http.StatusSeeOther, to+url.QueryEscape(saved.ID))
}

// restore brings an earlier version back.
func (s *Server) restore(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if why := s.readOnly(c); why != "" || !procedureID.MatchString(id) {
		return triage.Errorf(triage.Conflict, "%s", cmp.Or(why, "There is no such procedure."))
	}
	writes, err := s.Folder.Restore(id, form.Get("version"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return triage.Errorf(triage.NotFound, "There is no earlier version %q.", form.Get("version"))
	case err != nil:
		return triage.Errorf(triage.Internal, "The earlier version cannot be read: %w", err)
	case len(writes) == 0:
		return c.Redirect(http.StatusSeeOther, "/knowledge/"+id+"/edit?saved=same")
	}
	v, err := s.Folder.Save(id, s.person(c).Name, writes)
	if err != nil {
		return triage.Errorf(triage.Conflict, "The earlier version cannot be put back: %w", err)
	}
	s.refresh()
	if gone := slices.ContainsFunc(writes, func(w edit.Write) bool { return w.Name == "procedures/"+id+".md" && w.Data == nil }); gone {
		return c.Redirect(http.StatusSeeOther, "/knowledge")
	}
	return c.Redirect(http.StatusSeeOther, "/knowledge/"+id+"/edit?saved="+url.QueryEscape(v.ID))
}

// readOnly says why whoever asks cannot save procedures here, "" when they can.
func (s *Server) readOnly(c echo.Context) string {
	l := langOf(c.Request())
	if !s.person(c).Role.May(people.Lead) {
		return l.t("web.kb.readonly.role")
	}
	if s.Folder == nil {
		return l.t("web.kb.readonly.example")
	}
	if err := s.Folder.Writable(); err != nil {
		return l.t("web.kb.readonly.folder", "why", err.Error())
	}
	return ""
}

func (s *Server) refresh() {
	if s.Refresh != nil {
		s.Refresh()
	}
}
