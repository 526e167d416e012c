// Package enrich finds facts about who writes: the device from what the
// browser says of itself, the account from the vendor's records.
package enrich

import (
	"regexp"
	"strings"

	"github.com/mssola/useragent"

	"readback/triage"
)

// maxUserAgent bounds what is parsed, in bytes; real headers stay far below.
const maxUserAgent = 1024

// Where a device fact comes from.
const (
	fromUserAgent = "user_agent"
	fromHints     = "client_hints"
)

// Device reads a browser's User-Agent (RFC 9110, 10.1.5) and its User-Agent
// Client Hints. Facts come as browser, os, device, in that order; what cannot
// be told is left out, and what a browser froze is unknown, unless the hints
// tell it: they win over the User-Agent.
func Device(d triage.Device) []triage.DeviceFact {
	var facts []triage.DeviceFact
	add := func(kind triage.EnvKind, fromHint, fromUA string) {
		switch {
		case fromHint != "":
			facts = append(facts, triage.DeviceFact{Kind: kind, Value: fromHint, Source: fromHints})
		case fromUA != "":
			facts = append(facts, triage.DeviceFact{Kind: kind, Value: fromUA, Source: fromUserAgent})
		}
	}
	h := hints(d.Hints)
	ua := readUserAgent(d.UserAgent)
	add(triage.EnvBrowser, h.browser, ua.browser)
	add(triage.EnvOS, h.os, ua.os)
	add(triage.EnvDevice, h.device, ua.device)
	return facts
}

type device struct{ browser, os, device string }

// What Chrome's reduced User-Agent says of every Android: version 10, model K.
const (
	frozenModel = "K"
	unknown     = "unknown" // where a browser says the same for all
)

// brand patterns that mssola/useragent reports as Chrome, Safari or Android's
// browser; the first match wins.
var brands = []struct {
	token *regexp.Regexp
	name  string
}{
	{regexp.MustCompile(`\bEdg(?:e|A|iOS)?/([\d.]+)`), "Edge"},
	{regexp.MustCompile(`\bSamsungBrowser/([\d.]+)`), "Samsung Internet"},
	{regexp.MustCompile(`\b(?:OPR|OPiOS|OPT)/([\d.]+)`), "Opera"},
	{regexp.MustCompile(`\bVivaldi/([\d.]+)`), "Vivaldi"},
	{regexp.MustCompile(`\bYaBrowser/([\d.]+)`), "Yandex"},
	{regexp.MustCompile(`\b(?:Firefox|FxiOS)/([\d.]+)`), "Firefox"},
	{regexp.MustCompile(`\bCriOS/([\d.]+)`), "Chrome"},
	{regexp.MustCompile(`\bAndroid\b.*\bwv\b.*\bChrome/([\d.]+)`), "Android WebView"},
	{regexp.MustCompile(`\bAndroid\b.*\bChrome/([\d.]+)`), "Chrome"},
	{regexp.MustCompile(`\bThunderbird/([\d.]+)`), "Thunderbird"},
}

var (
	androidOS = regexp.MustCompile(`\bAndroid(?: ([\d.]+))?(?:; ([^;)]+?))?(?: Build/[^;)]*)?(?:; wv)?\)`)
	appleOS   = regexp.MustCompile(`\((iPhone|iPad|iPod)[^)]*? OS (\d+(?:_\d+)*)`)
)

func readUserAgent(s string) device {
	if s == "" {
		return device{}
	}
	if len(s) > maxUserAgent {
		s = s[:maxUserAgent]
	}
	s = strings.ToValidUTF8(s, "")
	ua := useragent.New(s)
	name, version := ua.Browser()
	for _, b := range brands {
		if m := b.token.FindStringSubmatch(s); m != nil {
			name, version = b.name, m[1]
			break
		}
	}
	var d device
	if ua.Bot() {
		d.device = "bot"
	}
	// A bare product token such as "curl/8.1" has no platform.
	d.browser = strings.TrimSpace(name + " " + major(version))
	d.os = osName(ua)
	if m := androidOS.FindStringSubmatch(s); m != nil {
		d.os = strings.TrimSpace("Android " + m[1])
		if m[1] == "10" && m[2] == frozenModel {
			d.os, d.device = "Android, version "+unknown, unknown
		} else if m[2] != "" && m[2] != frozenModel && m[2] != "Mobile" && m[2] != "Tablet" && !strings.HasPrefix(m[2], "rv:") {
			d.device = m[2]
		}
	}
	if m := appleOS.FindStringSubmatch(s); m != nil {
		d.device = m[1]
		d.os = map[bool]string{true: "iPadOS ", false: "iOS "}[m[1] == "iPad"] + strings.ReplaceAll(m[2], "_", ".")
	}
	return d
}

// osName drops versions that browsers froze: Windows 10 stands for 11 too,
// and macOS has said 10.15.7 since 2020.
func osName(ua *useragent.UserAgent) string {
	info := ua.OSInfo()
	switch {
	case strings.HasPrefix(info.FullName, "Windows"):
		if info.Version == "10" {
			return "Windows 10 or later"
		}
		return strings.TrimSpace("Windows " + info.Version)
	case info.Name == "Mac OS X" || info.Name == "Mac OS" || strings.Contains(info.FullName, "Mac OS X"):
		if strings.HasPrefix(info.Version, "10.15") || info.Version == "" {
			return "macOS 10.15 or later"
		}
		return "macOS " + info.Version
	}
	return strings.TrimSpace(info.FullName)
}

func major(version string) string {
	v, _, _ := strings.Cut(version, ".")
	return v
}

var brandEntry = regexp.MustCompile(`"([^"]*)";\s*v="([^"]*)"`)

// hints reads the low- and high-entropy hints that matter. Header names are
// compared without case; values are structured fields (RFC 9651).
func hints(raw map[string]string) device {
	get := func(name string) string {
		for k, v := range raw {
			if strings.EqualFold(k, name) {
				return strings.Trim(strings.TrimSpace(v), `"`)
			}
		}
		return ""
	}
	var d device
	list := get("Sec-CH-UA-Full-Version-List")
	if list == "" {
		list = get("Sec-CH-UA")
	}
	if len(list) <= maxUserAgent {
		for _, m := range brandEntry.FindAllStringSubmatch(`"`+strings.Trim(list, `"`)+`"`, -1) {
			name := m[1]
			// Placeholder brands keep servers from relying on the list's order.
			if strings.Contains(name, "Not") && strings.Contains(name, "Brand") {
				continue
			}
			if name == "Chromium" && d.browser != "" {
				continue
			}
			d.browser = shortBrand(name) + " " + major(m[2])
			if name != "Chromium" {
				break
			}
		}
	}
	platform, version := get("Sec-CH-UA-Platform"), get("Sec-CH-UA-Platform-Version")
	switch {
	case platform == "Windows" && version != "":
		// The vendor's table: 13 and above is Windows 11, 1 to 10 is Windows 10.
		d.os = "Windows 10"
		if n := major(version); len(n) == 2 && n >= "13" {
			d.os = "Windows 11"
		}
	case platform != "" && platform != "Linux" && version == "": // not asked for; Linux never tells one
		d.os = platform + ", version " + unknown
	case platform != "":
		d.os = strings.TrimSpace(platform + " " + strings.TrimSuffix(strings.TrimSuffix(version, ".0"), ".0"))
	}
	d.device = get("Sec-CH-UA-Model")
	return d
}

func shortBrand(name string) string {
	switch name {
	case "Google Chrome":
		return "Chrome"
	case "Microsoft Edge":
		return "Edge"
	}
	return name
}
