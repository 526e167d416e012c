package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"readback/channel"
	"readback/store"
	"readback/triage"
)

// ReadingCost is what one reading of every ticket of an export by a model would take.
type ReadingCost struct {
	Model string   `json:"model"`
	To    string   `json:"to"`  // host that the tickets' text would go to
	USD   *float64 `json:"usd"` // nil: no price is configured
}

// imports are the imports by the page: one at a time. Files wait in a folder
// of their own until they are imported or discarded; what was cut off by the
// end of the process is found there again.
type imports struct {
	mu     sync.Mutex
	job    *importJob
	looked bool // for what an earlier process left
}

// The phases of an import.
const (
	importMeasuring = "measuring" // reads the files and stores nothing
	importMeasured  = "measured"  // waits for a person's word
	importRunning   = "running"
	importDone      = "done"
	importFailed    = "failed"
	importCut       = "cut" // an earlier process was at it
)

// importJob is an import by the page. Its file in the folder has what a later
// process needs.
type importJob struct {
	Format string   `json:"format"`
	Source string   `json:"source"`
	Agents []string `json:"agents"`
	Map    string   `json:"map"`
	Files  []string `json:"files"` // their names; on the disk they are numbers
	Person string   `json:"person"`
	// Read is by whom the tickets are read once they are in.
	Read store.Reading `json:"read"`

	folder   string
	mu       sync.Mutex
	phase    string
	done, of int64 // bytes
	counts   store.ImportCounts
	sizes    channel.ExportSizes
	faults   []store.ImportFault // the first shownImportFaults
	guessed  []string            // columns, or whose mail is the desk's
	problem  string
	stop     context.CancelFunc
}

// shownImportFaults is how many of the records that were not understood the page lists.
const shownImportFaults = 100

const importFile = "import.json"

// importFound returns the import that there is: of this process, or cut off.
func (s *Server) importFound() *importJob {
	m := s.imports
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.job != nil || m.looked || s.Uploads == "" {
		return m.job
	}
	m.looked = true
	entries, _ := os.ReadDir(s.Uploads) // a folder that is not there has nothing in it
	for _, e := range entries {
		folder := filepath.Join(s.Uploads, e.Name())
		var j importJob
		data, err := os.ReadFile(filepath.Join(folder, importFile))
		if err != nil || json.Unmarshal(data, &j) != nil { // an upload that did not end
			s.dropUpload(folder)
			continue
		}
		j.folder, j.phase = folder, importCut
		m.job = &j
	}
	return m.job
}

// ImportWaits reports whether there is an import that was not finished.
func (s *Server) ImportWaits() bool {
	j := s.importFound()
	return j != nil && j.busy()
}

func (s *Server) dropUpload(folder string) {
	if err := os.RemoveAll(folder); err != nil {
		s.Logger.Error("uploaded files stay in the data folder", "error", err)
	}
}

// upload takes the form: fields, and then the files, which may be large.
func (s *Server) upload(c echo.Context) error {
	if s.Uploads == "" {
		return triage.Errorf(triage.Unavailable, "This desk takes no uploads; use readback import on its machine.")
	}
	if j := s.importFound(); j != nil && j.busy() {
		return triage.Errorf(triage.Conflict, "Another import is under way; finish or discard it first.")
	}
	control := http.NewResponseController(c.Response())
	_ = control.SetReadDeadline(time.Time{}) // gigabytes take their time; a server without deadlines has none to lift
	_ = control.SetWriteDeadline(time.Time{})
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return triage.Errorf(triage.Invalid, "Choose the files of an export.")
	}
	j := &importJob{Person: s.person(c).ID, phase: importMeasuring, folder: filepath.Join(s.Uploads, rand.Text())}
	if err := os.MkdirAll(j.folder, 0o700); err != nil {
		return triage.Errorf(triage.Internal, "The folder for uploads cannot be made: %w", err)
	}
	if err := j.take(parts, s.Store.CheckSpace); err != nil {
		s.dropUpload(j.folder)
		return err
	}
	data, err := json.Marshal(j)
	if err == nil {
		err = os.WriteFile(filepath.Join(j.folder, importFile), data, 0o600)
	}
	if err != nil {
		s.dropUpload(j.folder)
		return triage.Errorf(triage.Internal, "The upload cannot be kept: %w", err)
	}
	s.imports.mu.Lock()
	if old := s.imports.job; old != nil && old.folder != "" {
		s.dropUpload(old.folder)
	}
	s.imports.job = j
	s.imports.mu.Unlock()
	s.run(j, importMeasuring)
	return c.Redirect(http.StatusSeeOther, "/import")
}

// take reads the parts of the form.
func (j *importJob) take(parts *multipart.Reader, space func() error) error {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return triage.Errorf(triage.Invalid, "The upload broke off.")
		}
		if part.FileName() != "" {
			if err := j.keep(part, space); err != nil {
				return err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, MaxForm))
		if err != nil {
			return triage.Errorf(triage.Invalid, "The upload broke off.")
		}
		text := strings.TrimSpace(string(value))
		switch part.FormName() {
		case "format":
			j.Format = text
		case "source":
			j.Source = text
		case "map":
			j.Map = text
		case "agents":
			j.Agents = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' })
		}
	}
	if !slices.Contains(channel.ExportFormats, j.Format) {
		return triage.Errorf(triage.Invalid, "Choose what the files are.")
	}
	if len(j.Files) == 0 {
		return triage.Errorf(triage.Invalid, "Choose the files of an export.")
	}
	_, err := channel.ParseColumns(j.Map)
	return err
}

// keep writes a file into the folder, while there is space.
func (j *importJob) keep(part *multipart.Part, space func() error) error {
	f, err := os.OpenFile(filepath.Join(j.folder, strconv.Itoa(len(j.Files))), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return triage.Errorf(triage.Internal, "The upload cannot be kept: %w", err)
	}
	defer f.Close()
	j.Files = append(j.Files, filepath.Base(filepath.ToSlash(part.FileName())))
	for in := bufio.NewReaderSize(part, 1<<20); ; {
		if err := space(); err != nil {
			return err
		}
		if _, err := io.CopyN(f, in, 64<<20); errors.Is(err, io.EOF) {
			return f.Close()
		} else if err != nil {
			return triage.Errorf(triage.Invalid, "The upload broke off.")
		}
	}
}

func (j *importJob) busy() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.phase != importDone && j.phase != importFailed
}

// run begins a phase in the background.
func (s *Server) run(j *importJob, phase string) {
	ctx, stop := context.WithCancel(context.Background())
	j.mu.Lock()
	j.phase, j.stop, j.done, j.of, j.problem, j.faults = phase, stop, 0, 0, "", nil
	j.mu.Unlock()
	go func() {
		defer stop()
		err := s.step(ctx, j, phase)
		j.mu.Lock()
		defer j.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			j.phase = importCut // the files are there
		case err != nil:
			j.phase, j.problem = importFailed, triage.MessageOf(err)
			s.Logger.Error("an import", "error", err)
			s.dropUpload(j.folder)
		case phase == importMeasuring:
			j.phase = importMeasured
		default:
			j.phase = importDone
			s.dropUpload(j.folder)
		}
	}()
}

// startImport imports, and keeps by whom the tickets are read then.
func (s *Server) startImport(j *importJob, read store.Reading) error {
	if err := s.mayRead(read); err != nil {
		return err
	}
	j.Read = read
	data, err := json.Marshal(j)
	if err == nil {
		err = os.WriteFile(filepath.Join(j.folder, importFile), data, 0o600)
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "The upload cannot be kept: %w", err)
	}
	s.run(j, importRunning)
	return nil
}

// step measures the files or imports them.
func (s *Server) step(ctx context.Context, j *importJob, phase string) error {
	e, err := j.export()
	if err != nil {
		return err
	}
	fault := func(f store.ImportFault) {
		j.mu.Lock()
		defer j.mu.Unlock()
		if f.Raw = nil; len(j.faults) < shownImportFaults {
			j.faults = append(j.faults, f)
		}
	}
	if phase == importMeasuring {
		sizes, err := channel.Measure(ctx, e, fault)
		j.mu.Lock()
		defer j.mu.Unlock()
		j.sizes = sizes
		return err
	}
	id, _, err := channel.Import(ctx, s.Store, e, channel.ImportOptions{Source: j.Source, Person: j.Person, Fault: fault, Counts: func(did store.ImportCounts) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.counts = did
	}})
	if err == nil && j.Read != store.ReadNot {
		err = s.Store.SetReading(ctx, id, j.Read, j.Person)
	}
	return err
}

// export opens the files, and keeps what is guessed of them for people to see.
func (j *importJob) export() (*channel.Export, error) {
	e := &channel.Export{Format: j.Format, Agents: j.Agents, Progress: func(done, of int64) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.done, j.of = done, of
	}}
	for i, name := range j.Files {
		path := filepath.Join(j.folder, strconv.Itoa(i))
		info, err := os.Stat(path)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "An uploaded file is gone; upload it again.")
		}
		e.Files = append(e.Files, channel.ExportFile{Name: name, Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	var guessed []string
	switch {
	case j.Format == "csv":
		said, err := channel.ParseColumns(j.Map)
		if err != nil {
			return nil, err
		}
		e.Map = said
		for i := range e.Files {
			m, err := channel.GuessColumns(&e.Files[i], said)
			if err != nil {
				return nil, err
			}
			guessed = append(guessed, e.Files[i].Name+": "+m.String())
		}
	case j.Format == "mbox" && len(j.Agents) == 0:
		agent, err := channel.GuessAgents(&e.Files[0])
		if err != nil {
			return nil, err
		}
		if agent == "" {
			return nil, triage.Errorf(triage.Invalid, "Nothing tells whose mail is the desk's: name its addresses or domains, and upload again.")
		}
		e.Agents, guessed = []string{agent}, []string{agent}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.guessed = guessed
	return e, nil
}

// setImport starts, stops or discards the import that waits, undoes an earlier
// one, or has one read.
func (s *Server) setImport(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, MaxForm)
	if c.Param("do") == "undo" {
		gone, kept, err := s.Store.UndoImport(ctxOf(c), c.FormValue("id"))
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, fmt.Sprintf("/import?gone=%d&kept=%d", gone, kept))
	}
	if c.Param("do") == "read" {
		if err := s.setReading(c); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/import#"+url.PathEscape(c.FormValue("id")))
	}
	j := s.importFound()
	if j == nil {
		return triage.Errorf(triage.NotFound, "There is no import under way.")
	}
	j.mu.Lock()
	phase, stop := j.phase, j.stop
	j.mu.Unlock()
	switch do := c.Param("do"); {
	case do == "start" && (phase == importMeasured || phase == importCut):
		if err := s.startImport(j, store.Reading(c.FormValue("read"))); err != nil {
			return err
		}
	case do == "stop" && (phase == importMeasuring || phase == importRunning):
		stop()
	case do == "discard" && phase != importMeasuring && phase != importRunning:
		s.imports.mu.Lock()
		s.imports.job = nil
		s.imports.mu.Unlock()
		s.dropUpload(j.folder)
	case do == "start" || do == "stop" || do == "discard":
		return triage.Errorf(triage.Conflict, "The import has come further meanwhile; look again.")
	default:
		return triage.Errorf(triage.NotFound, "There is no such act.")
	}
	return c.Redirect(http.StatusSeeOther, "/import")
}
