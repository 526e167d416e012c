package lint

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"readback/knowledge"
)

// links finds links into the knowledge that lead nowhere.
func (l *linter) links() {
	files, urls, hosts := map[string]*page{}, map[string]*page{}, map[string]bool{}
	retired := map[string]*knowledge.Procedure{}
	for _, p := range l.pages {
		files[p.file] = p
		if p.url != "" {
			urls[urlKey(p.url)] = p
			hosts[hostOf(p.url)] = true
		}
	}
	for i := range l.w.Procedures {
		for _, u := range l.w.Procedures[i].ReplacesURLs {
			retired[urlKey(u)] = &l.w.Procedures[i]
			hosts[hostOf(u)] = true
		}
	}
	for _, p := range l.pages {
		for _, k := range p.links {
			target, fragment, _ := strings.Cut(k.target, "#")
			var to *page
			switch {
			case target == "":
				to = p
			case strings.Contains(target, "://"):
				host := hostOf(target)
				if !hosts[host] || strings.Trim(urlKey(target), "/") == host {
					continue
				}
				if proc := retired[urlKey(target)]; proc != nil {
					l.retiredLink(p, k, proc)
					continue
				}
				to = urls[urlKey(target)]
			case strings.Contains(target, ":"):
				continue // mailto: and the like
			default:
				to = files[path.Join(path.Dir(p.file), target)]
			}
			switch {
			case to == nil:
				l.add("broken-link", Error, p.place(k.at), fmt.Sprintf("The link to %s leads to no page of this workspace: whoever follows it is lost", k.target),
					"Link to the page that has the content now, or drop the link.")
			case fragment != "" && !to.anchors()[fragment]:
				l.add("broken-anchor", Error, p.place(k.at), fmt.Sprintf("%s has no heading %q: the link lands at the top, far from what it promises", to.name(), "#"+fragment),
					"Name one of its headings, or give the heading that anchor: ## Title {#"+fragment+"}.")
			}
		}
	}
}

func (l *linter) retiredLink(p *page, k link, proc *knowledge.Procedure) {
	l.add("retired-link", Warning, p.place(k.at), fmt.Sprintf("The link leads to a page that %q has replaced", proc.Title),
		"Link to "+first(proc.URL, proc.File)+".", Place{File: proc.File, Line: 1, Column: 1, Message: "the page that holds now"})
}

// replacedTwice finds addresses that two procedures claim, and articles that
// one has replaced.
func (l *linter) replacedTwice() {
	owner := map[string]Place{}
	claim := func(p *knowledge.Procedure, address string, at Place) {
		k := urlKey(address)
		if old, taken := owner[k]; taken {
			l.add("replaces-overlap", Error, at, fmt.Sprintf("%s is claimed twice: which procedure a customer has read who links to it cannot be told", address),
				"Leave it with the procedure that has its content.", old)
			return
		}
		at.Message = "claimed first by " + p.ID
		owner[k] = at
	}
	for i := range l.w.Procedures {
		p := &l.w.Procedures[i]
		if p.URL != "" {
			claim(p, p.URL, key(p, "url"))
		}
		for j, u := range p.ReplacesURLs {
			claim(p, u, key(p, "replaces_urls[%d]", j))
		}
	}
	for _, p := range l.pages {
		if p.article == nil || p.url == "" {
			continue
		}
		if by, ok := owner[urlKey(p.url)]; ok {
			l.add("superseded-article", Note, p.place(0), fmt.Sprintf("A procedure has taken the place of %s, and the article is still found beside it", p.name()),
				"Redirect the page to the procedure and delete this file.", by)
		}
	}
}

// urlKey is what two addresses of one page have in common.
func urlKey(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimRight(strings.ToLower(u.Path), "/")
}

func sameURL(a, b string) bool { return urlKey(a) == urlKey(b) }

func hostOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
