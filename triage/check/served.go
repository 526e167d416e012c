package check

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// servedBy returns the proxy or CDN that answers for a host, by the headers of
// its answers, "" when none shows. Some have addresses that they do not
// publish, such as those that a customer brings.
func (e *Engine) servedBy(ctx context.Context, host string, addrs []netip.Addr) string {
	ctx, cancel := context.WithTimeout(ctx, e.opt.QueryTimeout) // a hint is not worth more
	defer cancel()
	var names [2]string
	var wg sync.WaitGroup
	for i, scheme := range []string{"http", "https"} {
		wg.Go(func() {
			p, err := e.get(ctx, fetch{scheme: scheme, host: host, path: "/", sni: host, addrs: addrs, statusOnly: true})
			if err == nil {
				names[i] = proxyByHeader(p.header)
			}
		})
	}
	wg.Wait()
	if names[0] != "" {
		return names[0]
	}
	return names[1]
}

// proxyByHeader names the proxy or CDN that put headers into an answer.
func proxyByHeader(h http.Header) string {
	via := strings.ToLower(strings.Join(h.Values("Via"), ","))
	server := strings.ToLower(h.Get("Server"))
	switch {
	case h.Get("Cf-Ray") != "" || server == "cloudflare":
		return "Cloudflare"
	case h.Get("X-Amz-Cf-Id") != "" || strings.Contains(via, "cloudfront"):
		return "CloudFront"
	case strings.HasPrefix(h.Get("X-Served-By"), "cache-") || h.Get("X-Fastly-Request-Id") != "":
		return "Fastly"
	case server == "akamaighost" || h.Get("X-Akamai-Request-Id") != "":
		return "Akamai"
	case h.Get("X-Azure-Ref") != "":
		return "Azure Front Door"
	case strings.HasPrefix(server, "bunnycdn"):
		return "Bunny"
	case via != "": // RFC 9110, 7.6.3: protocol, then who received it
		if _, who, ok := strings.Cut(strings.TrimSpace(h.Get("Via")), " "); ok {
			who, _, _ = strings.Cut(who, ",")
			return shorten(who)
		}
	}
	return ""
}

// dnsHosts are services for DNS that can also proxy what they hold, by the
// domain of their servers.
var dnsHosts = map[string]string{"ns.cloudflare.com": "Cloudflare", "edgecastcdn.net": "Edgio", "akam.net": "Akamai", "fastly.net": "Fastly",
	"bunny.net": "Bunny"}

// proxyByServers returns the service that holds a name's zone when that can
// proxy, too. It does not say that it does.
func proxyByServers(servers []serverView) string {
	for _, v := range servers {
		for domain, name := range dnsHosts {
			if inZone(v.server.name, domain) {
				return name
			}
		}
	}
	return ""
}
