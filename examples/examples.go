// Package examples embeds the example workspaces, so that the binary can run
// its demo anywhere.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed sendline bare messy
var files embed.FS

// Sendline returns the workspace of a made-up email platform.
func Sendline() fs.FS { return folder("sendline") }

// Bare returns a workspace without procedures, accounts or a platform.
func Bare() fs.FS { return folder("bare") }

// Messy returns a help centre before anybody tends it: what the linter is for.
// planted.json in it lists its faults; the desk refuses to load it.
func Messy() fs.FS { return folder("messy") }

func folder(name string) fs.FS {
	dir, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return dir
}
