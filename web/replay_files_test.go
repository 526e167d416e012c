package web_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"readback/examples"
)

// archive makes a zip of the example's workspace under a folder, with files of
// its own; an empty text leaves one out.
func archive(t *testing.T, under string, own map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name, text string) {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, pattern := range []string{"procedures/*.md", "changes/*.md", "articles/*.md"} {
		names, err := fs.Glob(examples.Sendline(), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if _, otherwise := own[name]; otherwise || under == "" {
				continue
			}
			data, err := fs.ReadFile(examples.Sendline(), name)
			if err != nil {
				t.Fatal(err)
			}
			put(under+name, string(data))
		}
	}
	for name, text := range own {
		if text != "" {
			put(name, text)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A whole workspace is tried as an archive or a folder: what it lacks is not
// there, and what is no part of it is passed over.
func TestReplayWholeWorkspace(t *testing.T) {
	s := replaying(t, false)
	exampleDesk(t, s, "case-zero.json", "gentian-cancel.json")
	for name, tc := range map[string]struct {
		part part
		want string // of the page of the run, or of the form with a fault
	}{
		"all of it":      {part{"files", "desk.zip", archive(t, "desk-next/", map[string]string{"desk-next/tickets/x.json": "{}", "../../procedures/evil.md": "no", "__MACOSX/desk-next/procedures/._a.md": "no"})}, "Places 1 of the 2 tickets"},
		"one less":       {part{"files", "desk.zip", archive(t, "a/b/", map[string]string{"procedures/https-click-tracking.md": ""})}, "a translation of &#34;https-click-tracking&#34;, which does not exist"},
		"a folder":       {part{"folder", "desk/procedures/only.md", "---\nid: only\ntitle: Only\narea: billing\nreviewed: 2026-11-02\nsteps:\n  - {id: a, title: Write to us, by: staff, capability: billing.refund}\n---\n## Write to us {#a}\nDo.\n"}, "policy.topics.link-branding: no procedure has that area"},
		"no procedures":  {part{"files", "desk.zip", archive(t, "", map[string]string{"readme.md": "hello"})}, "The folder has no procedures/*.md."},
		"outside alone":  {part{"files", "desk.zip", archive(t, "", map[string]string{"../procedures/a.md": "no", "/procedures/b.md": "no"})}, "The folder has no procedures/*.md."},
		"no archive":     {part{"files", "desk.zip", "PK\x03\x04 and no more"}, "desk.zip is no zip archive that can be read."},
		"too much":       {part{"files", "desk.zip", archive(t, "", map[string]string{"procedures/a.md": strings.Repeat("0", 65<<20)})}, "desk.zip unpacks to more than 64 MB."},
		"something else": {part{"files", "desk.exe", "x"}, "desk.exe is neither a workspace.yaml, a procedure (.md) nor a zip archive."},
	} {
		t.Run(name, func(t *testing.T) {
			status, to, body := s.sendParts(t, leoLead, "/replay", part{name: "name", text: name}, tc.part)
			if status == 303 {
				body = s.ended(t, to)
			}
			if !strings.Contains(body, tc.want) {
				_, told, _ := strings.Cut(body, `role="alert"`)
				t.Errorf("%d, no %q in %.900s", status, tc.want, told)
			}
		})
	}
}
