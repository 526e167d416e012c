package guard

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
	"readback/triage/ground"
)

// trackingParams are query parameters that say how somebody came to a page, or
// in which language they read it, not which page it is.
var trackingParams = words("fbclid gclid dclid msclkid mc_cid mc_eid igshid ref ref_src source src campaign _ga _gl hsctatracking s_kwcid yclid mkt_tok spm si trk cmpid lang language locale hl lc via from medium ticket ticket_id app mobile mobile_site amp theme embed share cid campaign_id session sessionid sid")

var (
	// languages are codes that name the language of a page as a part of its
	// path. Those that help pages use for other things (hr, id, no) are left out.
	languages = words("ar bg cs da de el en es et fi fr he hi hu it ja ko lt lv nb nl pl pt ro ru sk sl sv th tr uk vi zh")
	// numbered is a part of a path that begins with an article's number, as
	// help desks write it: 4410-How-to.
	numbered = regexp.MustCompile(`^(\d{3,})-[^/]*$`)
)

// pageKey is what addresses of one page share, and the place in the page.
// Scheme, "www.", "m.", case of the host, tracking parameters, index pages,
// ".html", a trailing slash, a language in the path and the words behind an
// article's number do not matter.
func pageKey(address string) (key, fragment string) {
	address = strings.TrimRight(strings.TrimSpace(address), ".,;:!?)]}*_>")
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
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
	var kept []string
	for name, values := range u.Query() {
		if low := strings.ToLower(name); trackingParams[low] || strings.HasPrefix(low, "utm_") || strings.HasPrefix(low, "pk_") || strings.HasPrefix(low, "mtm_") || strings.HasPrefix(low, "hsa_") {
			continue
		}
		for _, v := range values {
			kept = append(kept, name+"="+v)
		}
	}
	slices.Sort(kept)
	key = host + pathKey(u.EscapedPath())
	if len(kept) > 0 {
		key += "?" + strings.Join(kept, "&")
	}
	return key, u.Fragment
}

// pathKey is the path of an address without what does not tell which page it
// is.
func pathKey(path string) string {
	path = strings.TrimSuffix(path, "/")
	for _, index := range []string{"/index.html", "/index.htm", "/index.php"} {
		path = strings.TrimSuffix(path, index)
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, ".html"), ".htm")
	var out strings.Builder
	spoken := false
	for i, part := range strings.Split(path, "/") {
		if part == "" {
			continue
		}
		language, region, _ := strings.Cut(strings.ReplaceAll(part, "_", "-"), "-")
		if !spoken && i <= 3 && len(language) == 2 && len(region) <= 4 && languages[strings.ToLower(language)] {
			spoken = true
			continue
		}
		if m := numbered.FindStringSubmatch(part); m != nil {
			part = m[1]
		}
		out.WriteByte('/')
		out.WriteString(part)
	}
	return out.String()
}

// page is what addresses of the same content share: with a workspace, those
// that a procedure replaces.
func (g *Guard) page(key string) string {
	if id, ok := g.pages[key]; ok {
		return id
	}
	return key
}

func (g *Guard) preparePages() {
	g.pages = map[string]string{}
	if g.w == nil {
		return
	}
	for i := range g.w.Procedures {
		p := &g.w.Procedures[i]
		for _, u := range append([]string{p.URL}, p.ReplacesURLs...) {
			if key, _ := pageKey(u); u != "" && g.pages[key] == "" {
				g.pages[key] = "procedure:" + p.ID
			}
		}
	}
}

// home reports whether a key has no path: the front page of a site, as in
// signatures.
func home(key string) bool {
	return !strings.Contains(key, "/") && !strings.Contains(key, "?") || strings.HasSuffix(key, "/")
}

// sentAddresses finds the links that an agent sends: outside history and
// signature.
func sentAddresses(text string) (out [][2]int) {
	regions := ground.Quoted(text)
	for _, a := range addressesIn(text) {
		if !slices.ContainsFunc(regions, func(r ground.Region) bool { return r.Start <= a[0] && a[0] < r.End }) {
			out = append(out, a)
		}
	}
	return out
}

// addressesIn finds the addresses of a text, in order, also those without a
// scheme: docs.a.example/page.
func addressesIn(text string) [][2]int {
	out := offline.Addresses(text)
	with := len(out)
	for i := 1; i+1 < len(text); i++ {
		if text[i] != '/' || !plainByte(text[i-1]) || !plainByte(text[i+1]) {
			continue
		}
		start := i
		for start > 0 && (plainByte(text[start-1]) || text[start-1] == '.' || text[start-1] == '-') {
			start--
		}
		end := i + len(text[i:])
		if n := strings.IndexAny(text[i:], " \t\r\n<>\"'“”„`"); n >= 0 {
			end = i + n
		}
		at := [2]int{start, i + len(strings.TrimRight(text[i:end], ".,;:!?)]}*_"))}
		name := strings.ToLower(text[start:i])
		if strings.Contains(name, ".") && (start == 0 || !strings.ContainsRune("@/_~", rune(text[start-1]))) && host(name) &&
			!slices.ContainsFunc(out[:with], func(a [2]int) bool { return a[0] < end && start < a[1] }) {
			out = append(out, at)
		}
		i = end - 1
	}
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}

// plainByte reports whether a byte is a letter or digit of ASCII.
func plainByte(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z' }

// links finds pages that were sent or read before.
func (k *check) links() {
	for _, a := range k.w.addresses {
		address := k.w.text[a[0]:a[1]]
		key, fragment := pageKey(address)
		if home(key) || k.asked(k.before-1) || k.excusedAt(a[0]) {
			continue
		}
		page := k.g.page(key)
		var best *linked
		for i := range k.h.links {
			l := &k.h.links[i]
			if l.ev.Message >= k.before || k.g.page(l.key) != page {
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
	return t != nil && has(normal(m.Text), t.send)
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

// normal is a text as words between spaces, without accents.
func normal(text string) string { return normalWords(offline.Words(text, "en")) }

// normalWords is normal of words.
func normalWords(ws []offline.Word) string {
	var b strings.Builder
	b.WriteByte(' ')
	for i := range ws {
		if !ws[i].Punct {
			b.WriteString(fold(ws[i].Low))
			b.WriteByte(' ')
		}
	}
	return b.String()
}
