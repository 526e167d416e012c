package check

import (
	_ "embed"
	"net/netip"
	"strings"
	"sync"
)

// Proxy is one address range of a proxy or CDN.
type Proxy struct {
	Name   string // as customers know it, such as "Cloudflare"
	Prefix netip.Prefix
}

//go:embed proxies.txt
var proxiesText string

// published is the built-in snapshot; proxies.txt has its date and sources.
var published = sync.OnceValue(func() []Proxy {
	var out []Proxy
	for line := range strings.Lines(proxiesText) {
		name, prefix, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		out = append(out, Proxy{name, netip.MustParsePrefix(prefix)})
	}
	return out
})

// proxyTable recognises proxies by address.
type proxyTable struct{ ranges []Proxy }

func newProxyTable(extra []Proxy) *proxyTable {
	return &proxyTable{append(append([]Proxy{}, extra...), published()...)}
}

// holder returns the proxy that all the addresses belong to, "" when they
// belong to none, to several, or when there are none.
func (t *proxyTable) holder(addrs []netip.Addr) string {
	name := ""
	for i, a := range addrs {
		of := t.of(a)
		if of == "" || i > 0 && of != name {
			return ""
		}
		name = of
	}
	return name
}

func (t *proxyTable) of(a netip.Addr) string {
	for _, p := range t.ranges {
		if p.Prefix.Contains(a) {
			return p.Name
		}
	}
	return ""
}
