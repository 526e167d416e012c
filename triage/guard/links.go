package guard

import (
	"net/url"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
	"readback/triage/ground"
)

// tracking are query parameters that say how somebody came to a page, not
// which page it is.
var trackingParams = words("fbclid gclid dclid msclkid mc_cid mc_eid igshid ref ref_src source src campaign _ga _gl hsctatracking s_kwcid yclid mkt_tok spm si trk cmpid lang locale hl")

// pageKey is what addresses of one page share, and the place in the page.
// Scheme, "www.", "m.", case of the host, tracking parameters, index pages, a
// trailing slash and a language in the path do not matter.
func pageKey(address string) (key, fragment string) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(address), ".,;:!?)]}*_"))
	if err != nil || u.Host == "" {
		return strings.ToLower(address), ""
	}
	host := strings.ToLower(u.Hostname())
	for _, prefix := range []string{"www.", "m."} {
		if rest, ok := strings.CutPrefix(host, prefix); ok && strings.Contains(rest, ".") {
			host = rest
		}
	}
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	for _, index := range []string{"/index.html", "/index.htm", "/index.php"} {
		path = strings.TrimSuffix(path, index)
	}
	var kept []string
	for name, values := range u.Query() {
		if low := strings.ToLower(name); trackingParams[low] || strings.HasPrefix(low, "utm_") || strings.HasPrefix(low, "pk_") {
			continue
		}
		for _, v := range values {
			kept = append(kept, name+"="+v)
		}
	}
	slices.Sort(kept)
	key = host + path
	if len(kept) > 0 {
		key += "?" + strings.Join(kept, "&")
	}
	return key, u.Fragment
}

// pages are the keys that address the same content: with a workspace, those
// that a procedure replaces.
func (g *Guard) pages(key string) string {
	if g.w != nil {
		if p := g.w.ByURL("https://" + key); p != nil {
			return "procedure:" + p.ID
		}
	}
	return key
}

// home reports whether a key has no path: the front page of a site, as in
// signatures.
func home(key string) bool {
	return !strings.Contains(key, "/") && !strings.Contains(key, "?") || strings.HasSuffix(key, "/")
}

// addresses finds the links that an agent sends: outside history and
// signature.
func (w *written) addresses() (out [][2]int) {
	regions := ground.Quoted(w.text)
	for _, a := range offline.Addresses(w.text) {
		if !slices.ContainsFunc(regions, func(r ground.Region) bool { return r.Start <= a[0] && a[0] < r.End }) {
			out = append(out, a)
		}
	}
	return out
}

// links finds pages that were sent or read before.
func (k *check) links() {
	for _, a := range k.w.addresses() {
		address := k.w.text[a[0]:a[1]]
		key, fragment := pageKey(address)
		if home(key) || k.asked(k.before-1) || k.excusedAt(a[0]) {
			continue
		}
		page := k.g.pages(key)
		var best *linked
		for i := range k.h.links {
			l := &k.h.links[i]
			if l.ev.Message >= k.before || k.g.pages(l.key) != page {
				continue
			}
			if best == nil || l.rank() > best.rank() {
				best = l
			}
		}
		if best == nil {
			continue
		}
		f := Finding{Kind: ResendsDocument, Level: Stop, Draft: Span{a[0], a[1]}, Evidence: clone(best.ev), Code: "guard.link_sent", Params: map[string]string{"url": key}}
		switch {
		case best.by == triage.RoleCustomer && best.read:
			f.Code = "guard.link_read"
		case best.by == triage.RoleCustomer && helpPage(address):
			f.Code, f.Level = "guard.link_theirs", Hint
		case best.by == triage.RoleCustomer:
			continue // an address of their own that the answer speaks of
		}
		if fragment != "" && fragment != best.fragment {
			f.Code, f.Level = "guard.link_place", Hint // another place of the page
		}
		k.add(f)
	}
	k.linkedByWords()
}

// helpPage reports whether an address looks like one of a help page, in the
// words of several languages.
func helpPage(address string) bool {
	return offline.HelpPage(address) || contains(strings.ToLower(address), []string{"://pomoc.", "/pomoc", "://hilfe.", "/hilfe", "://ayuda.", "/ayuda", "://aide.", "/aide/"})
}

// rank prefers what the customer says they read to what they were sent.
func (l *linked) rank() int {
	switch {
	case l.read:
		return 3
	case l.by != triage.RoleCustomer:
		return 2
	}
	return 1
}

// asked reports whether the customer's last message before asks for something
// to be sent again.
func (k *check) asked(last int) bool {
	m := k.h.t.N(last)
	if m == nil || m.Role != triage.RoleCustomer {
		return false
	}
	t := tongues[offline.Language(m.Text)]
	if t == nil {
		t = tongues[k.h.lang]
	}
	return t != nil && has(" "+normal(m.Text)+" ", t.send)
}

// excusedAt reports whether a byte of the draft lies in what holds only for
// those who have not done it.
func (k *check) excusedAt(at int) bool {
	for i := range k.w.clauses {
		if c := &k.w.clauses[i]; c.mood == excused && c.start <= at && at < c.end {
			return true
		}
	}
	return false
}

// linkedByWords finds "the link I sent", which sends somebody back to a page.
func (k *check) linkedByWords() {
	if k.w.tongue == nil {
		return
	}
	for i := range k.w.clauses {
		c := &k.w.clauses[i]
		if c.mood == recap || c.mood == excused || !has(c.norm, k.w.tongue.sent) || !has(c.norm, k.w.tongue.doc) {
			continue
		}
		for j := len(k.h.links) - 1; j >= 0; j-- {
			if l := &k.h.links[j]; l.by == triage.RoleAgent && l.ev.Message < k.before && !home(l.key) {
				k.add(Finding{Kind: ResendsDocument, Level: Hint, Draft: Span{c.start, c.end}, Evidence: clone(l.ev), Code: "guard.link_named", Params: map[string]string{"url": l.key}})
				break
			}
		}
	}
}

func clone(ev triage.Evidence) *triage.Evidence { return &ev }

// normal is a text as words between single spaces, without accents.
func normal(text string) string {
	var b strings.Builder
	for _, p := range offline.Parts(text, "en") {
		for _, w := range p.Words {
			if !w.Punct {
				b.WriteString(fold(w.Low))
				b.WriteByte(' ')
			}
		}
	}
	return strings.TrimSpace(b.String())
}
