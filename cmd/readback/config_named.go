package main

import (
	"slices"
	"strings"
)

// named are the sections of config below which any name may stand, with the
// settings of each: webhooks.crm.url is READBACK_WEBHOOKS_CRM_URL.
var named = map[string][]string{
	"mail":     mailSettings,
	"desks":    deskSettings,
	"webhooks": webhookSettings,
	"widget":   {"origins", "secret", "mode"},
}

// namedKey is the key of a setting from the environment, lower case and without
// the prefix: SECTION_NAME_SETTING, where name and setting may have underscores.
// ok is false when it is of no such section.
func namedKey(key string) (name string, ok bool) {
	for section, settings := range named {
		rest, in := strings.CutPrefix(key, section+"_")
		if !in {
			continue
		}
		for _, s := range settings {
			if name, ok := strings.CutSuffix(rest, "_"+s); ok && name != "" {
				return section + "." + name + "." + s, true
			}
		}
		return section + "." + rest, true
	}
	return "", false
}

// knownNamed reports whether a key is a setting of a named section.
func knownNamed(key string) bool {
	section, rest, _ := strings.Cut(key, ".")
	i := strings.LastIndexByte(rest, '.')
	return i > 0 && slices.Contains(named[section], rest[i+1:])
}
