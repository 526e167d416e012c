package check

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
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

// ReadRanges reads a published list of address ranges: lines of text, or the
// JSON of Cloudflare, of Fastly, or of Amazon (the parts that are CloudFront's).
// The error names the first range that is none.
func ReadRanges(data []byte) ([]netip.Prefix, error) {
	texts := strings.Fields(string(data))
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		var list rangeList
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, err
		}
		texts = list.texts()
	}
	var out []netip.Prefix
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Masked())
	}
	if len(out) == 0 {
		return nil, errors.New("no address ranges in it")
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int { return cmp.Or(a.Addr().Compare(b.Addr()), a.Bits()-b.Bits()) })
	return slices.Compact(out), nil
}

// rangeList is what the published lists look like, all in one.
type rangeList struct {
	Result struct { // Cloudflare
		V4 []string `json:"ipv4_cidrs"`
		V6 []string `json:"ipv6_cidrs"`
	} `json:"result"`
	Addresses  []string `json:"addresses"` // Fastly
	Addresses6 []string `json:"ipv6_addresses"`
	// CloudFront, those that visitors reach; the regional ones fetch.
	Global   []string      `json:"CLOUDFRONT_GLOBAL_IP_LIST"`
	Prefixes []amazonRange `json:"prefixes"` // all of Amazon
	V6       []amazonRange `json:"ipv6_prefixes"`
}

type amazonRange struct {
	Service string `json:"service"`
	V4      string `json:"ip_prefix"`
	V6      string `json:"ipv6_prefix"`
}

func (l rangeList) texts() []string {
	out := slices.Concat(l.Result.V4, l.Result.V6, l.Addresses, l.Addresses6, l.Global)
	for _, r := range slices.Concat(l.Prefixes, l.V6) {
		if r.Service == "CLOUDFRONT" {
			out = append(out, cmp.Or(r.V4, r.V6))
		}
	}
	return out
}

// RefreshProxies returns proxies.txt with the ranges of some proxies replaced,
// by name, and the day on which that was done. What is not given stays, with
// its own day.
func RefreshProxies(day string, lists map[string][]netip.Prefix) string {
	var out strings.Builder
	for line := range strings.Lines(proxiesText) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "# "), " ")
		if _, replaced := lists[name]; !replaced {
			out.WriteString(line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		fmt.Fprintf(&out, "# %s %s\n", name, day)
		for _, p := range lists[name] {
			fmt.Fprintf(&out, "%s %s\n", name, p)
		}
	}
	return out.String()
}
