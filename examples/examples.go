// Package examples embeds the example workspaces, so that the binary can run
// its demo anywhere.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed sendline
var files embed.FS

// Sendline returns the workspace of a made-up email platform.
func Sendline() fs.FS {
	dir, err := fs.Sub(files, "sendline")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return dir
}
