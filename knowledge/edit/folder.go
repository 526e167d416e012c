package edit

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Folder is a workspace on disk whose procedures can be changed. It is safe
// for concurrent use within one process.
type Folder struct {
	dir, versions string
	now           func() time.Time
	mu            sync.Mutex
}

// Open returns the workspace in dir; what is replaced is kept in the folder
// versions, which is made when it is needed and must not lie in dir.
func Open(dir, versions string, now func() time.Time) *Folder {
	return &Folder{dir: dir, versions: versions, now: now}
}

// Write is one file to be written.
type Write struct {
	Name string // inside the workspace, such as procedures/x.md
	Data []byte // nil: the file goes
	Was  string // Hash of what it must still be; "" = it must not be there
}

// Version is what one save replaced.
type Version struct {
	ID        string        `json:"id"`
	Procedure string        `json:"procedure"`
	Who       string        `json:"who"` // the name they signed in with
	At        time.Time     `json:"at"`
	Files     []VersionFile `json:"files"`
}

// VersionFile is one file of it, by hashes; "" = it was not there.
type VersionFile struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// ErrConflict says that a file is not what it was when the form was opened.
var ErrConflict = errors.New("the file has changed on disk meanwhile")

// keepVersions is how many of one procedure are kept.
const keepVersions = 100

// names are the only files that are written.
var names = regexp.MustCompile(`^procedures/[a-z0-9][a-z0-9-]*(?:\.[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)?\.md$`)

// Hash names a file's content; "" for nil.
func Hash(data []byte) string {
	if data == nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// Writable tries whether files can be made there, and returns why not.
func (f *Folder) Writable() error {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll("procedures", 0o755); err != nil {
		return err
	}
	name := "procedures/" + temporary()
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), root.Remove(name))
}

// temporary is a name that no pattern of the workspace takes for a file of its own.
func temporary() string { return ".readback-" + rand.Text() + ".tmp" }

// Save writes files together and keeps what they replace. All are written or
// none: the first that fails takes the others back. The error wraps ErrConflict
// when one of them is not what it must be.
func (f *Folder) Save(procedure, who string, writes []Write) (Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return Version{}, err
	}
	defer root.Close()
	v := Version{Procedure: procedure, Who: who, At: f.now().UTC()}
	before := make([][]byte, len(writes))
	for i, w := range writes {
		if !names.MatchString(w.Name) {
			return v, fmt.Errorf("%s is no file of a procedure", w.Name)
		}
		if before[i], err = current(root, w.Name); err != nil {
			return v, err
		}
		if Hash(before[i]) != w.Was {
			return v, fmt.Errorf("%s: %w", w.Name, ErrConflict)
		}
		v.Files = append(v.Files, VersionFile{w.Name, w.Was, Hash(w.Data)})
	}
	if err := f.keep(&v, before); err != nil {
		return v, fmt.Errorf("the earlier version cannot be kept, so nothing was written: %w", err)
	}
	for i, w := range writes {
		if err := put(root, w.Name, w.Data); err != nil {
			for j := range i {
				err = errors.Join(err, put(root, writes[j].Name, before[j]))
			}
			return v, errors.Join(err, os.RemoveAll(filepath.Join(f.versions, v.ID)))
		}
	}
	f.prune(procedure)
	return v, nil
}

// current is a file's content, nil when there is none.
func current(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is a link or no file; change what it leads to", name)
	}
	return root.ReadFile(name)
}

// put replaces a file as a whole: who reads it sees the old or the new one.
func put(root *os.Root, name string, data []byte) error {
	if data == nil {
		if err := root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	mode := fs.FileMode(0o644)
	if info, err := root.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	new := path.Dir(name) + "/" + temporary()
	file, err := root.OpenFile(new, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = root.Rename(new, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(new))
	}
	if dir, err := root.Open(path.Dir(name)); err == nil {
		_ = dir.Sync() // not every system can
		_ = dir.Close()
	}
	return nil
}

// keep gives a version its id and writes what it replaces.
func (f *Folder) keep(v *Version, before [][]byte) error {
	if err := os.MkdirAll(f.versions, 0o700); err != nil {
		return err
	}
	var dir string
	for at := v.At; ; at = at.Add(time.Microsecond) { // two at one moment keep their order
		v.ID = at.Format("20060102T150405.000000") + "-" + v.Procedure
		dir = filepath.Join(f.versions, v.ID)
		if err := os.Mkdir(dir, 0o700); err == nil {
			break
		} else if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for i, file := range v.Files {
		if before[i] != nil {
			if err := os.WriteFile(filepath.Join(dir, path.Base(file.Name)), before[i], 0o600); err != nil {
				return err
			}
		}
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifest), data, 0o600)
}

// manifest is the file that tells what a version is.
const manifest = "version.json"

// Versions lists what was replaced of a procedure, newest first.
func (f *Folder) Versions(procedure string) ([]Version, error) {
	dirs, err := os.ReadDir(f.versions)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Version
	for _, d := range dirs {
		if _, id, _ := strings.Cut(d.Name(), "-"); id != procedure {
			continue
		}
		if v, err := f.version(d.Name()); err == nil { // one that was not finished is none
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b Version) int { return cmp.Compare(b.ID, a.ID) })
	return out, nil
}

func (f *Folder) version(id string) (v Version, err error) {
	if filepath.Base(id) != id || strings.HasPrefix(id, ".") || strings.Contains(id, "\x00") {
		return v, fs.ErrNotExist
	}
	data, err := os.ReadFile(filepath.Join(f.versions, id, manifest))
	if err != nil {
		return v, err
	}
	err = json.Unmarshal(data, &v)
	return v, err
}

// Restore returns what to write so that the files are as they were before a
// version replaced them, whatever was saved since.
func (f *Folder) Restore(procedure, id string) ([]Write, error) {
	v, err := f.version(id)
	if err != nil {
		return nil, err
	}
	if v.Procedure != procedure {
		return nil, fs.ErrNotExist
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []Write
	for _, file := range v.Files {
		w := Write{Name: file.Name}
		if file.Before != "" {
			if w.Data, err = os.ReadFile(filepath.Join(f.versions, id, path.Base(file.Name))); err != nil {
				return nil, err
			}
		}
		now, err := current(root, file.Name)
		if err != nil {
			return nil, err
		}
		if w.Was = Hash(now); w.Was != file.Before {
			out = append(out, w)
		}
	}
	return out, nil
}

// prune forgets the oldest versions of a procedure.
func (f *Folder) prune(procedure string) {
	list, err := f.Versions(procedure)
	if err != nil {
		return
	}
	for _, v := range list[min(len(list), keepVersions):] {
		_ = os.RemoveAll(filepath.Join(f.versions, v.ID)) // the next save tries again
	}
}
