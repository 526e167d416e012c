package web

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"path"
	"slices"
	"strings"

	"readback/triage"
)

// What a form of a replay may bring.
const (
	maxReplayForm    = 8 << 20
	maxReplayFiles   = 200      // one by one
	maxReplayFolder  = 5000     // of a folder or an archive, those that are passed over too
	maxReplayArchive = 64 << 20 // bytes of an archive's files, unpacked
)

// parts of a workspace that a candidate may have in place of the desk's.
var workspaceParts = []string{"procedures/*.md", "changes/*.md", "articles/*.md"}

// candidateFiles are the files of a form that are tried in place of the desk's:
// single ones (a workspace.yaml, procedures) take the place of those of the same
// name; a whole workspace, as a folder or a zip archive, that of all of them,
// only without a workspace.yaml of its own it has the desk's. A nil file is one
// that the candidate does not have. Errors: Invalid.
func candidateFiles(desk fs.FS, form *multipart.Form) (map[string][]byte, error) {
	out := map[string][]byte{}
	if form == nil {
		return out, nil
	}
	if len(form.File["files"]) > maxReplayFiles {
		return nil, triage.Errorf(triage.Invalid, "More than %d files cannot be tried at once; try a folder or a zip archive.", maxReplayFiles)
	}
	var whole []folderFile
	for _, h := range form.File["folder"] {
		// The name with its folders; Filename has none.
		_, params, _ := mime.ParseMediaType(h.Header.Get("Content-Disposition"))
		if h.Filename != "" {
			whole = append(whole, folderFile{strings.ReplaceAll(params["filename"], `\`, "/"), func() ([]byte, error) { return readFormFile(h) }})
		}
	}
	var single []*multipart.FileHeader
	for _, h := range form.File["files"] {
		switch {
		case h.Size == 0 && h.Filename == "":
		case strings.EqualFold(path.Ext(h.Filename), ".zip"):
			files, err := archiveFiles(h)
			if err != nil {
				return nil, err
			}
			whole = append(whole, files...)
		default:
			single = append(single, h)
		}
	}
	if len(whole) > 0 {
		if err := takeWhole(out, desk, whole); err != nil {
			return nil, err
		}
	}
	for _, h := range single {
		name, err := replayedName(h.Filename)
		if err != nil {
			return nil, err
		}
		if out[name], err = readFormFile(h); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// replayedName is what a single file takes the place of.
func replayedName(filename string) (string, error) {
	name := path.Base(strings.ReplaceAll(filename, `\`, "/"))
	switch {
	case path.Ext(name) == ".yaml" || path.Ext(name) == ".yml":
		return "workspace.yaml", nil
	case path.Ext(name) == ".md" && fs.ValidPath(name):
		return "procedures/" + name, nil
	}
	return "", triage.Errorf(triage.Invalid, "%s is neither a workspace.yaml, a procedure (.md) nor a zip archive.", oneLine(name, 80))
}

func readFormFile(h *multipart.FileHeader) ([]byte, error) {
	file, err := h.Open()
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s cannot be read.", oneLine(h.Filename, 80))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxReplayForm))
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s cannot be read.", oneLine(h.Filename, 80))
	}
	return data, nil
}

// A folderFile is a file of a folder or an archive, with its path there.
type folderFile struct {
	name string
	read func() ([]byte, error)
}

// archiveFiles lists a zip archive. Nothing of it is written anywhere; what it
// unpacks to is bounded, whatever its entries say of themselves.
func archiveFiles(h *multipart.FileHeader) ([]folderFile, error) {
	data, err := readFormFile(h)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, triage.Errorf(triage.Invalid, "%s is no zip archive that can be read.", oneLine(h.Filename, 80))
	}
	left := int64(maxReplayArchive)
	var out []folderFile
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		out = append(out, folderFile{strings.ReplaceAll(f.Name, `\`, "/"), func() ([]byte, error) {
			in, err := f.Open()
			if err != nil {
				return nil, triage.Errorf(triage.Invalid, "%s in %s cannot be read.", oneLine(f.Name, 80), oneLine(h.Filename, 80))
			}
			defer in.Close()
			data, err := io.ReadAll(io.LimitReader(in, left+1))
			if left -= int64(len(data)); left < 0 {
				return nil, triage.Errorf(triage.Invalid, "%s unpacks to more than %d MB.", oneLine(h.Filename, 80), maxReplayArchive>>20)
			}
			if err != nil {
				return nil, triage.Errorf(triage.Invalid, "%s in %s cannot be read.", oneLine(f.Name, 80), oneLine(h.Filename, 80))
			}
			return data, nil
		}})
	}
	return out, nil
}

// takeWhole takes the workspace of a folder: the highest one in it that has
// procedures. What belongs to no workspace is passed over.
func takeWhole(out map[string][]byte, desk fs.FS, files []folderFile) error {
	if len(files) > maxReplayFolder {
		return triage.Errorf(triage.Invalid, "The folder has more than %d files.", maxReplayFolder)
	}
	root, found := "", false
	for _, f := range files {
		if dir, ok := rootOf(f.name, "procedures/*.md"); ok && (!found || len(dir) < len(root)) {
			root, found = dir, true
		}
	}
	if !found {
		return triage.Errorf(triage.Invalid, "The folder has no procedures/*.md.")
	}
	for _, pattern := range workspaceParts {
		names, err := fs.Glob(desk, pattern)
		if err != nil {
			return triage.Errorf(triage.Internal, "The workspace cannot be read: %w", err)
		}
		for _, name := range names {
			out[name] = nil
		}
	}
	for _, f := range files {
		for _, pattern := range append(slices.Clone(workspaceParts), "workspace.yaml") {
			if dir, ok := rootOf(f.name, pattern); !ok || dir != root {
				continue
			}
			data, err := f.read()
			if err != nil {
				return err
			}
			if data == nil {
				data = []byte{}
			}
			out[strings.TrimPrefix(f.name, root)] = data
		}
	}
	return nil
}

// rootOf is the folder, with its slash, under which a path fits a pattern.
func rootOf(name, pattern string) (dir string, ok bool) {
	if !fs.ValidPath(name) {
		return "", false
	}
	parts := strings.Split(name, "/")
	n := strings.Count(pattern, "/") + 1
	if len(parts) < n {
		return "", false
	}
	tail := strings.Join(parts[len(parts)-n:], "/")
	if ok, _ := path.Match(pattern, tail); !ok { // the pattern is right
		return "", false
	}
	return strings.TrimSuffix(name, tail), true
}
