// Package apps makes the packages with which Readback's panel is put into other
// desks: Zendesk's as an archive to upload, Chatwoot's as an address.
package apps

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/url"
	"regexp"
	"strings"

	"readback/triage"
)

//go:embed zendesk
var zendesk embed.FS

// What stands in an address as it is.
var (
	deskName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	hostName = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]+$`)
)

// at checks where a desk named in the settings is reached and returns it
// without a slash at the end. Errors: Invalid.
func at(desk, base string) (string, error) {
	u, err := url.Parse(base)
	switch {
	case !deskName.MatchString(desk):
		return "", triage.Errorf(triage.Invalid, "%q is no name of a desk, as below desks in readback.yaml.", desk)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || !hostName.MatchString(u.Host) || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return "", triage.Errorf(triage.Invalid, "%q is not where Readback is reached, such as https://readback.shop.example.", base)
	}
	return u.Scheme + "://" + u.Host, nil
}

// Zendesk writes the archive of the sidebar app for a desk of the settings:
// base is where Readback is reached from there, which must be https. It holds no
// secret. Errors: Invalid.
func Zendesk(w io.Writer, desk, base string) error {
	base, err := at(desk, base)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(base, "https://") {
		return triage.Errorf(triage.Invalid, "Zendesk shows apps by https only, not %s.", base)
	}
	files, err := fs.Sub(zendesk, "zendesk")
	if err != nil {
		return err
	}
	fill := strings.NewReplacer("READBACK_URL", base, "READBACK_DESK", desk, "READBACK_EMAIL", "readback@"+strings.Split(strings.TrimPrefix(base, "https://"), ":")[0])
	archive := zip.NewWriter(w)
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if name == "manifest.json" {
			data = []byte(fill.Replace(string(data)))
			if !json.Valid(bytes.TrimSpace(data)) {
				return triage.Errorf(triage.Internal, "The manifest is no JSON.")
			}
		}
		f, err := archive.Create(name) // without a time: the same input makes the same archive
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

// Chatwoot is the address of the dashboard app for a desk of the settings. The
// secret is in its fragment: no server and no log sees it. Errors: Invalid.
func Chatwoot(desk, base, secret string) (string, error) {
	base, err := at(desk, base)
	if err != nil {
		return "", err
	}
	if len(secret) < 24 {
		return "", triage.Errorf(triage.Invalid, "The secret of an app has 24 characters or more; openssl rand -hex 24 makes one.")
	}
	return base + "/panel/desk/" + desk + "#key=" + url.QueryEscape(secret), nil
}
