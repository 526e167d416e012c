package edit

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"time"
)

// Overlay is a folder as it would be with some files otherwise; nil content is
// a file that is not there.
func Overlay(base fs.FS, files map[string][]byte) fs.FS { return overlay{base, files} }

type overlay struct {
	base  fs.FS
	files map[string][]byte
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	data, here := o.files[name]
	switch {
	case !here:
		return o.base.Open(name)
	case data == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{Reader: bytes.NewReader(data), name: path.Base(name)}, nil
}

// Glob implements fs.GlobFS.
func (o overlay) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(o.base, pattern)
	if err != nil {
		return nil, err
	}
	for name, data := range o.files {
		at := slices.Index(names, name)
		matches, err := path.Match(pattern, name)
		switch {
		case err != nil:
			return nil, err
		case data == nil && at >= 0:
			names = slices.Delete(names, at, at+1)
		case data != nil && at < 0 && matches:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// memFile is a file that is not written.
type memFile struct {
	*bytes.Reader
	name string
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memFile) Close() error               { return nil }
func (f *memFile) Name() string               { return f.name }
func (f *memFile) Mode() fs.FileMode          { return 0o444 }
func (f *memFile) ModTime() time.Time         { return time.Time{} }
func (f *memFile) IsDir() bool                { return false }
func (f *memFile) Sys() any                   { return nil }
