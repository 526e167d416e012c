package check

import (
	"net/url"
	"strings"
)

// maxURL bounds a web address, in bytes.
const maxURL = 2048

// canonicalURL returns a web address in the one form that is compared and
// fetched, "" for what checks do not fetch: other schemes and ports, hosts that
// are no public domain names. A user and password are dropped: they are neither
// stored nor sent.
func canonicalURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || len(s) > maxURL || u.Opaque != "" {
		return ""
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	host, err := canonical(u.Hostname())
	if err != nil || port == "" || u.Port() != "" && u.Port() != port {
		return ""
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + strings.ReplaceAll(u.RawQuery, " ", "%20")
	}
	return u.Scheme + "://" + host + path
}

// shownURL is a web address without what may be secret in it: user, password
// and query.
func shownURL(s string) string {
	s, _, _ = strings.Cut(s, "?")
	s, _, _ = strings.Cut(s, "#")
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		host, path, slash := strings.Cut(rest, "/")
		host = host[strings.LastIndexByte(host, '@')+1:]
		if slash {
			host += "/"
		}
		return shorten(scheme + "://" + host + path)
	}
	return shorten(s[strings.LastIndexByte(s, '@')+1:])
}
