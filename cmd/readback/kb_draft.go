package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/knowledge/importer"
	"readback/triage"
)

func (p *program) kbDraftCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "draft ARTICLE...",
		Short: "The outline of a procedure from articles, for a person to finish",
		Long: `The outline of a procedure from one or more articles (files, or any Markdown or
HTML page), on standard output: steps from ordered lists or headings, who does
them and which check may fit guessed from the words. No model is asked. It is a draft:
it decides nothing until a person sets its status to live.`,
		Example: `  readback kb draft desk/articles/ssl-for-links.md > desk/procedures/https-links.md`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return p.draft(args) },
	}
}

func (p *program) draft(names []string) error {
	var articles []knowledge.Article
	for _, name := range names {
		dir, base := filepath.Split(filepath.Clean(name))
		if dir == "" {
			dir = "."
		}
		r, err := importer.Read(os.DirFS(dir), base)
		if err != nil {
			return triage.Errorf(triage.Invalid, "%s cannot be read: %v", name, err)
		}
		for _, s := range r.Skipped {
			return triage.Errorf(triage.Invalid, "%s: %s", s.What, s.Why)
		}
		articles = slices.Concat(articles, r.Articles)
	}
	if _, err := fmt.Fprint(p.stdout, importer.Outline(articles)); err != nil {
		return triage.Errorf(triage.Internal, "the outline cannot be written: %w", err)
	}
	return nil
}
