package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"readback/triage"
	"readback/triage/check"
)

func (p *program) checkRecipe(f *checkFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "recipe [ID NAME=VALUE...]",
		Short: "Whether a name is set up as one platform wants it; without an ID, which there are",
		Example: `  readback check recipe
  readback check recipe sendgrid-cdn name=link.example.com
  readback check recipe github-pages-subdomain name=www.example.com owner=octo --json`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				listRecipes(p.stdout)
				return nil
			}
			call := check.Call{Name: "recipe." + args[0]}
			if !check.Known(call.Name) {
				return triage.Errorf(triage.Invalid, "there is no recipe %q; readback check recipe lists them", args[0])
			}
			var err error
			if call.Params, err = pairs(args[1:]); err != nil {
				return err
			}
			return p.checkCalls(c.Context(), *f, call)
		},
	}
}

func listRecipes(w io.Writer) {
	for _, r := range check.Recipes() {
		fmt.Fprintf(w, "%s\n    %s\n", r.ID, r.Title)
		for _, name := range slices.Sorted(maps.Keys(r.Params)) {
			in := r.Params[name]
			fmt.Fprintf(w, "    %s: %s", name, in.About)
			if in.Default != "" {
				fmt.Fprintf(w, " (%s)", in.Default)
			}
			fmt.Fprintln(w)
		}
		if r.Notes != "" {
			fmt.Fprintf(w, "    %s\n", strings.TrimSpace(oneLine(r.Notes)))
		}
		for _, s := range r.Sources {
			fmt.Fprintf(w, "    %s, read %s\n", s.URL, s.Read)
		}
	}
}
