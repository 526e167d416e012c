package check_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
)

// Each recipe with those who did it right and its typical faults.
func TestRecipes(t *testing.T) {
	e := start(t, os.DirFS("testdata/recipes"), quick)
	tls := func(state string) saw { return fail(state, "check.tls."+state) }
	seen := map[string]bool{}
	for _, tc := range []struct {
		recipe, name, more string // more parameters as k=v, blanks between
		saw                saw
	}{
		{"sendgrid-cname", "sg", "", sawDirect},
		{"sendgrid-cname", "sg-eu", "target=eu.sendgrid.net", sawDirect},
		{"sendgrid-cname", "sg-eu", "", sawWrong},
		{"sendgrid-cname", "sg-typo", "", sawDangling},
		{"sendgrid-cname", "sg-doubled", "", sawDoubled},
		{"sendgrid-cname", "sg-proxied", "", sawProxied},
		{"sendgrid-cname", "nothing", "", sawMissing},
		{"sendgrid-cdn", "sg-cdn", "", sawValid},
		{"sendgrid-cdn", "sg", "", sawNoCert},
		{"sendgrid-cdn", "sg-cdn-late", "", tls("expired")},
		{"sendgrid-cdn", "sg-cdn-own", "", sawOwnPage},
		{"sendgrid-cdn", "sg-cdn-down", "", fail("proxied_not_forwarding", "check.http.origin_error")},
		{"sendgrid-auto-tls", "sg-auto", "", sawDirect},
		{"sendgrid-auto-tls", "stale", "", saw{triage.Pass, "stale", "check.dns.stale"}},
		{"sendgrid-auto-tls", "sg-auto-wait", "", sawNoCert},
		{"sendgrid-auto-tls", "sg-auto-old", "", sawWrong},
		{"sendgrid-auto-tls", "sg-auto-prox", "", sawProxied},
		{"mailgun-cname", "mg", "", sawDirect},
		{"mailgun-cname", "mg-eu", "", sawWrong},
		{"mailgun-tls", "mg-tls", "", sawDirect},
		{"mailgun-tls", "mg-eu", "target=eu.mailgun.org", sawDirect},
		{"mailgun-tls", "mg-wait", "", sawNoCert},
		{"mailgun-tls", "mg-proxied", "", sawProxied}, // a valid certificate and forwarding do not help
		{"mailgun-cdn", "mg-proxied", "", sawValid},
		{"mailgun-cdn", "mg-cdn", "", sawValid},
		{"mailgun-cdn", "mg-cdn-own", "", sawOwnPage},
		{"mailgun-cdn", "mg-cdn-other", "", tls("wrong_name")},
		{"mailgun-cdn", "mg", "", sawNoCert},
		{"vercel-subdomain", "vc", "", sawDirect},
		{"vercel-subdomain", "vc-legacy", "", sawDirect}, // by the older name
		{"vercel-subdomain", "vc-proxied", "", sawProxied},
		{"vercel-subdomain", "vc-wait", "", sawNoCert},
		{"vercel-apex", "vc-apex", "addresses=198.51.100.30", saw{triage.Pass, "direct", "check.address.right"}},
		{"vercel-apex", "vc-apex-two", "addresses=198.51.100.30", fail("wrong_target", "check.address.others")},
		{"vercel-apex", "vc-apex-old", "", sawWrong},
		{"github-pages-subdomain", "gh", "owner=octo", sawDirect},
		{"github-pages-subdomain", "gh-other", "owner=octo", sawWrong},
		{"github-pages-subdomain", "gh-repo", "owner=octo", sawWrong}, // to the domain itself,
		{"github-pages-subdomain", "gh-proxied", "owner=octo", sawProxied},
		{"github-pages-apex", "gh-apex", "", saw{triage.Pass, "direct", "check.address.right"}},
		{"github-pages-apex", "gh-apex-one", "", saw{triage.Pass, "direct", "check.address.right"}},
		{"github-pages-apex", "gh-apex-old", "", sawWrong},
		{"github-pages-apex", "gh-apex-mixed", "", fail("wrong_target", "check.address.others")},
		{"github-pages-apex", "gh-apex-proxy", "", sawProxied},
		{"auth0-managed", "au", "target=tenant.edge.tenants.auth0.com", sawDirect},
		{"auth0-managed", "au-flat", "target=tenant.edge.tenants.auth0.com", fail("flattened", "check.dns.flattened_away")},
		{"auth0-managed", "au-proxied", "target=tenant.edge.tenants.auth0.com", sawProxied},
		{"auth0-managed", "au-wait", "target=tenant.edge.tenants.auth0.com", sawNoCert},
		{"auth0-self-managed", "au-own", "", sawValid},
		{"auth0-self-managed", "au-own-nokey", "", fail("wrong_status", "check.answers.wrong_status")},
		{"auth0-self-managed", "au-own-late", "", tls("expired")},
		{"cloudflare-saas", "cs", "target=customers.platform.example", sawDirect},
		{"cloudflare-saas", "cs-both", "target=customers.platform.example", sawForwards},
		{"cloudflare-saas", "cs-own", "target=customers.platform.example", sawProxied},
		{"cloudflare-saas", "cs-wait", "target=customers.platform.example", sawNoCert},
		{"cloudflare-saas-apex", "cs-apex", "addresses=203.0.113.208/28", saw{triage.Pass, "direct", "check.address.right"}},
		{"cloudflare-saas-apex", "cs-apex-old", "addresses=203.0.113.208/28", sawWrong},
		{"sendgrid-cname", "x.mute.example.", "", sawNothing},
		{"mailgun-cdn", "x.mute.example.", "", sawNothing},
		{"github-pages-subdomain", "gh", "", saw{triage.Unknown, "could_not_check", "check.recipe_unusable"}},
		{"github-pages-subdomain", "gh", "owner=octo repo=x", saw{triage.Unknown, "could_not_check", "check.recipe_unusable"}},
	} {
		seen[tc.recipe] = true
		t.Run(tc.recipe+"/"+tc.name+" "+tc.more, func(t *testing.T) {
			t.Parallel()
			params := map[string]string{"name": tc.name}
			if !strings.HasSuffix(tc.name, ".") {
				params["name"] += ".customer.example"
			}
			for pair := range strings.FieldsSeq(tc.more) {
				k, v, _ := strings.Cut(pair, "=")
				params[k] = v
			}
			r := e.Report(context.Background(), "", nil, "en", check.Call{Name: "recipe." + tc.recipe, Params: params})
			scenario(r.Check, r.Params, tc.saw)
			if got := (saw{r.Outcome, r.State, r.Code}); got != tc.saw {
				t.Errorf("got %v, want %v\n%+v", got, tc.saw, r)
			}
			if r.Check != "recipe."+tc.recipe || r.Text == r.Code || !r.Lab {
				t.Errorf("%+v", r)
			}
		})
	}
	for _, r := range check.Recipes() {
		if !seen[r.ID] {
			t.Errorf("recipe %s has no world", r.ID)
		}
	}
}

// Every recipe says where its facts are from, and takes what it uses.
func TestRecipesAreWhole(t *testing.T) {
	for _, r := range check.Recipes() {
		if r.Title == "" || len(r.Sources) == 0 || len(r.Check.Leaves()) == 0 {
			t.Errorf("%s: %+v", r.ID, r)
		}
		for _, s := range r.Sources {
			u, err := url.Parse(s.URL)
			if _, dated := time.Parse(time.DateOnly, s.Read); err != nil || u.Scheme != "https" || dated != nil {
				t.Errorf("%s: source %+v", r.ID, s)
			}
		}
		given, used := map[string]string{}, map[string]bool{}
		for name, p := range r.Params {
			given[name] = "x"
			if p.About == "" {
				t.Errorf("%s: %s says nothing of itself", r.ID, name)
			}
		}
		for _, leaf := range r.Check.Leaves() {
			if !check.Known(leaf.Name) {
				t.Errorf("%s: no check %s", r.ID, leaf.Name)
			}
			if _, missing := leaf.Bind(given); missing != "" {
				t.Errorf("%s: {%s} is no parameter", r.ID, missing)
			}
			for name := range given {
				without := map[string]string{}
				for k, v := range given {
					if k != name {
						without[k] = v
					}
				}
				if _, missing := leaf.Bind(without); missing == name {
					used[name] = true
				}
			}
		}
		if len(used) != len(given) {
			t.Errorf("%s: takes %v, uses %v", r.ID, given, used)
		}
	}
}

// A procedure uses a recipe like a check, with its own inputs.
func TestRecipeInProcedure(t *testing.T) {
	step := knowledge.Step{ID: "s", Check: &knowledge.Check{Any: []knowledge.Check{
		{Not: &knowledge.Check{Name: "recipe.sendgrid-cname", Params: map[string]any{"name": "{link_domain}"}}},
		{Name: "recipe.sendgrid-cdn", Params: map[string]any{"name": "{link_domain}", "target": "sendgrid.net"}},
	}}}
	w := &knowledge.Workspace{Procedures: []knowledge.Procedure{{ID: "p", Steps: []knowledge.Step{step}}}}
	if err := check.Prepare(w); err != nil {
		t.Fatal(err)
	}
	e := start(t, os.DirFS("testdata/recipes"), quick)
	got := e.Check(context.Background(), triage.CheckRun{Step: w.Procedures[0].Steps[0], Inputs: map[string]string{"link_domain": "sg-cdn.customer.example"}})
	if got.Outcome != triage.Pass || len(got.Results) != 3 || got.Results[0].Check != "dns.cname" || got.Results[0].Params["name"] != "sg-cdn.customer.example" {
		t.Errorf("%+v", got)
	}
	for _, bad := range []knowledge.Check{
		{Name: "recipe.sendgrid"},
		{Name: "recipe.sendgrid-cname"},
		{Name: "recipe.sendgrid-cname", Params: map[string]any{"name": "{x}", "proxied": true}},
	} {
		w := &knowledge.Workspace{Procedures: []knowledge.Procedure{{ID: "p", File: "p.md", Steps: []knowledge.Step{{ID: "s", Check: &bad}}}}}
		if err := check.Prepare(w); err == nil || !strings.HasPrefix(err.Error(), "p.md: step s: ") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
