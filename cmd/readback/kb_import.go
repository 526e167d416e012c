package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"readback/knowledge/importer"
	"readback/triage"
)

func (p *program) kbImportCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "import DIR|FILE... --to DIR",
		Short: "Bring Markdown, saved pages or an export in as articles",
		Long: `Bring what a team already has in as articles of a workspace: a folder of Markdown
or saved HTML pages, a sitemap.xml with its pages saved beside it, an export of
Zendesk Guide (articles.json) or of Intercom. Nothing is fetched, scripts are
dropped. The same import again changes nothing. Exit status: 0 done, 1 some were
skipped (with reasons on standard error), 2 usage.`,
		Example: `  readback kb import zendesk-articles.json --to ./desk
  readback kb import ./saved-help-centre --to ./desk`,
		Args: cobra.MinimumNArgs(1),
	}
	c.Flags().StringVar(&to, "to", "", "folder of the workspace; its articles/ is made when it is missing")
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	_ = c.MarkFlagRequired("to")
	c.RunE = func(_ *cobra.Command, args []string) error { return p.importArticles(args, to) }
	return c
}

// imported is what an import did, with file names relative to the workspace.
type imported struct {
	Written   []string        `json:"written"`
	Unchanged int             `json:"unchanged"`
	Skipped   []importer.Skip `json:"skipped"`
}

func (p *program) importArticles(from []string, to string) error {
	var all importer.Result
	for _, name := range from {
		dir, base := filepath.Split(filepath.Clean(name))
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			dir, base = name, "."
		}
		if dir == "" {
			dir = "."
		}
		r, err := importer.Read(os.DirFS(dir), base)
		if err != nil {
			return triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, err)
		}
		all.Articles, all.Skipped = append(all.Articles, r.Articles...), append(all.Skipped, r.Skipped...)
	}
	folder := filepath.Join(to, "articles")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return triage.Errorf(triage.Invalid, "the folder %s cannot be made: %v", folder, err)
	}
	done := imported{Written: []string{}, Skipped: []importer.Skip{}}
	done.Skipped = append(done.Skipped, all.Skipped...)
	file := func(name string) string { return filepath.Join(folder, name+".md") }
	names := importer.Names(all.Articles, func(name string) string { return sourceOf(file(name)) })
	for i := range all.Articles {
		data := importer.Encode(&all.Articles[i])
		if old, err := os.ReadFile(file(names[i])); err == nil && bytes.Equal(old, data) {
			done.Unchanged++
			continue
		}
		if err := os.WriteFile(file(names[i]), data, 0o644); err != nil {
			return triage.Errorf(triage.Internal, "%s cannot be written: %w", file(names[i]), err)
		}
		done.Written = append(done.Written, "articles/"+names[i]+".md")
	}
	return p.reportImport(done)
}

// sourceOf reads where an article was imported from; "" when there is no such
// file, "?" when a person wrote it, which no import replaces.
func sourceOf(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var front struct {
		Source string `yaml:"source"`
	}
	if parts := bytes.SplitN(data, []byte("---\n"), 3); len(parts) == 3 && yaml.Unmarshal(parts[1], &front) == nil && front.Source != "" {
		return front.Source
	}
	return "?"
}

func (p *program) reportImport(done imported) error {
	if len(done.Skipped) > 0 {
		p.exit = exitDiffers
	}
	for _, s := range done.Skipped {
		fmt.Fprintf(p.stderr, "skipped %s: %s\n", printable(s.What), printable(s.Why))
	}
	var err error
	if p.asJSON {
		err = p.writeJSON(done)
	} else {
		for _, name := range done.Written {
			fmt.Fprintln(p.stdout, printable(name))
		}
		_, err = fmt.Fprintf(p.stdout, "%d written, %d unchanged, %d skipped\n", len(done.Written), done.Unchanged, len(done.Skipped))
	}
	if err != nil {
		return triage.Errorf(triage.Internal, "the result cannot be written: %w", err)
	}
	return nil
}
