package check

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"readback/knowledge"
	"readback/triage"
)

// Recipe says, as data, how a name should look for one platform in one mode:
// whether a proxy is right depends on both. recipes/ID.yaml holds it.
type Recipe struct {
	ID      string                 `yaml:"-"` // the file's name
	Title   string                 `yaml:"title"`
	Sources []Source               `yaml:"sources"` // the platform's documentation
	Params  map[string]RecipeParam `yaml:"params"`
	Check   knowledge.Check        `yaml:"check"` // {param} stands for a parameter
	Notes   string                 `yaml:"notes"` // what the check cannot see, for an agent
}

// Source is a page that a recipe rests on.
type Source struct {
	URL  string `yaml:"url"`
	Read string `yaml:"read"` // the date on which it was read, 2026-11-22
}

// RecipeParam is a parameter of a recipe.
type RecipeParam struct {
	About   string `yaml:"about"`
	Default string `yaml:"default"` // "" = it has to be given
}

// recipePrefix begins the names by which recipes are used like checks.
const recipePrefix = "recipe."

//go:embed recipes/*.yaml
var recipeFiles embed.FS

// recipes are all there are, by id. A file that cannot be read is a mistake in
// the program; a test reads them all.
var recipes = sync.OnceValue(func() map[string]Recipe {
	files, err := recipeFiles.ReadDir("recipes")
	if err != nil {
		panic(err)
	}
	out := map[string]Recipe{}
	for _, f := range files {
		data, err := recipeFiles.ReadFile(path.Join("recipes", f.Name()))
		var r Recipe
		if err == nil {
			err = yaml.UnmarshalWithOptions(data, &r, yaml.Strict())
		}
		if err != nil {
			panic(fmt.Sprintf("recipes/%s: %v", f.Name(), err))
		}
		r.ID = strings.TrimSuffix(f.Name(), ".yaml")
		out[r.ID] = r
	}
	return out
})

// Recipes lists the recipes there are, by id.
func Recipes() []Recipe {
	all := recipes()
	var out []Recipe
	for _, id := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[id])
	}
	return out
}

// expand replaces every recipe.ID in the expression by the recipe's own
// expression with the parameters that it is used with. These may hold {input}
// placeholders of a procedure.
func expand(c *knowledge.Check) error {
	switch {
	case strings.HasPrefix(c.Name, recipePrefix):
		r, ok := recipes()[strings.TrimPrefix(c.Name, recipePrefix)]
		if !ok {
			return fmt.Errorf("there is no recipe %q", strings.TrimPrefix(c.Name, recipePrefix))
		}
		given := map[string]string{}
		for name, v := range c.Params {
			if _, takes := r.Params[name]; !takes {
				return fmt.Errorf("%s takes %s, not %q", c.Name, strings.Join(slices.Sorted(maps.Keys(r.Params)), ", "), name)
			}
			given[name] = fmt.Sprint(v)
		}
		for name, p := range r.Params {
			if given[name] == "" {
				given[name] = p.Default
			}
			if given[name] == "" {
				return fmt.Errorf("%s needs %s: %s", c.Name, name, p.About)
			}
		}
		*c = filled(r.Check, given)
		return nil
	case c.Not != nil:
		return expand(c.Not)
	}
	for _, parts := range [][]knowledge.Check{c.All, c.Any} {
		for i := range parts {
			if err := expand(&parts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// filled is a copy of the expression with the parameters in place.
func filled(c knowledge.Check, params map[string]string) knowledge.Check {
	out := knowledge.Check{Name: c.Name}
	if c.Name != "" {
		bound, _ := c.Bind(params)
		out.Params = make(map[string]any, len(bound))
		for k, v := range bound {
			out.Params[k] = v
		}
	}
	for _, part := range c.All {
		out.All = append(out.All, filled(part, params))
	}
	for _, part := range c.Any {
		out.Any = append(out.Any, filled(part, params))
	}
	if c.Not != nil {
		not := filled(*c.Not, params)
		out.Not = &not
	}
	return out
}

// reportRecipe runs a recipe as if it were a check. It is told by the
// check that decided, with all of them in Checks.
func (e *Engine) reportRecipe(ctx context.Context, call Call, account *triage.Account, lang string) Report {
	expr := knowledge.Check{Name: call.Name, Params: map[string]any{}}
	for k, v := range call.Params {
		expr.Params[k] = v
	}
	if err := expand(&expr); err != nil {
		r := e.unusable(call.Name, call.Params, "check.recipe_unusable", err.Error())
		return e.reports([]triage.CheckResult{r}, lang)[0]
	}
	step := e.Check(ctx, triage.CheckRun{Step: knowledge.Step{Check: &expr}, Account: account})
	out := together(call.Name, e.reports(step.Results, lang))
	out.Params, out.Outcome = call.Params, step.Outcome
	if len(out.Checks) > 0 {
		c := out.Checks[decider(&expr, step.Results)]
		out.State, out.Code, out.Text, out.Expected, out.Seen = c.State, c.Code, c.Text, c.Expected, c.Seen
	}
	return out
}
