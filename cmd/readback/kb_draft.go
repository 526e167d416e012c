package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/knowledge/importer"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/extract/author"
)

func (p *program) kbDraftCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "draft ARTICLE...",
		Short: "A procedure proposed from articles, for a person to finish",
		Long: `A procedure proposed from one or more articles (files, or any Markdown or
HTML page), on standard output. It is a draft: it decides nothing until a person sets its status to live.

With a model configured (docs/models.md) the model proposes title, steps, who does them, likely
checks, and where the sources disagree. The texts of the articles go to it, secrets left out. The
text of a step, and both sides of a disagreement, are passages that stand in the articles letter for
letter; what does not is dropped and counted.

With --offline or without a model it is a plain outline: steps from ordered lists or headings, who
does them and which check may fit guessed from the words.`,
		Example: `  readback kb draft desk/articles/ssl-for-links.md > desk/procedures/https-links.md
  readback kb draft --offline desk/articles/ssl-*.md`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.draft(c.Context(), args) },
	}
}

func (p *program) draft(ctx context.Context, names []string) error {
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
	text, err := p.drafted(ctx, articles)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(p.stdout, text); err != nil {
		return triage.Errorf(triage.Internal, "the outline cannot be written: %w", err)
	}
	return nil
}

// drafted is what the configured models propose, or without one the outline.
func (p *program) drafted(ctx context.Context, articles []knowledge.Article) (string, error) {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return "", err
	}
	w := &knowledge.Workspace{}
	if folder := cmp.Or(p.workspace, cfg.Desk); folder != "" {
		if w, err = knowledge.Read(os.DirFS(folder)); w == nil {
			return "", triage.Errorf(triage.Invalid, "the workspace %s cannot be read: %v", folder, err)
		}
	}
	ladder, err := p.ladder(cfg, w, nil, p.logger(slog.LevelError))
	if err != nil {
		return "", err
	}
	if ladder.Best() == "" {
		fmt.Fprintln(p.stderr, "no model is asked: this is a plain outline")
		return importer.Outline(articles), nil
	}
	size := 0
	for i := range articles {
		size += len(articles[i].Title) + len(articles[i].Body)
	}
	fmt.Fprintf(p.stderr, "the model %s gets %d articles, %d bytes of text, without secrets\n", ladder.Best(), len(articles), size)
	d, err := author.Propose(ctx, ladder, w, articles, check.Names())
	if err != nil {
		return "", err
	}
	fmt.Fprintf(p.stderr, "%d steps and %d disagreements, with passages of the articles; %d proposals rested on nothing and were dropped\n", d.Steps, len(d.Written), d.Info.Dropped)
	return d.Text, nil
}
