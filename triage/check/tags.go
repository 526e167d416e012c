package check

import "strings"

// tags reads a list of name=value tags (RFC 6376, 3.2), which DKIM keys and
// DMARC records are. first is the name of the first one; bad is what is no tag
// or comes twice, "" when all is well.
func tags(record string) (values map[string]string, first, bad string) {
	values = map[string]string{}
	for part := range strings.SplitSeq(record, ";") {
		part = strings.Trim(part, " \t\r\n")
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimRight(name, " \t\r\n")
		_, twice := values[name]
		if !ok || twice || !tagName(name) {
			if bad == "" {
				bad = part
			}
			continue
		}
		if len(values) == 0 && bad == "" {
			first = name
		}
		values[name] = strings.TrimLeft(value, " \t\r\n")
	}
	return values, first, bad
}

// tagName reports whether s is ALPHA *(ALPHA / DIGIT / "_").
func tagName(s string) bool {
	return s != "" && letter(s[0]) && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
