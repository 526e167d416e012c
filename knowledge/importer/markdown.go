package importer

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"readback/knowledge"
)

// markdown reads one page of a folder. Front matter of the usual site
// generators gives title, address, date and language; without a title there
// the first heading is it.
func (r *Result) markdown(_ fs.FS, name string, data []byte) error {
	if len(data) > maxBody {
		return fmt.Errorf("%d KiB are over the limit of %d", len(data)>>10, maxBody>>10)
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), "\ufffd")
	a := knowledge.Article{Source: "markdown:" + name}
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		if front, body, ok := strings.Cut(rest, "\n---\n"); ok {
			text = body
			meta := frontMatter(front)
			a.Title, a.URL = first(meta, "title"), webAddress(first(meta, "url", "permalink", "canonical"))
			a.Updated, a.Language = dayOf(first(meta, "updated", "lastmod", "last_modified_at", "date")), first(meta, "language", "lang", "locale")
			if first(meta, "draft") == "true" {
				r.skip(name, "a draft")
				return nil
			}
		}
	}
	text = strings.TrimSpace(text)
	if heading, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(heading, "# ") {
		text = rest
		if a.Title == "" {
			a.Title = strings.TrimSpace(strings.TrimPrefix(heading, "# "))
		}
	}
	if a.Title == "" {
		a.Title = strings.ReplaceAll(strings.TrimSuffix(path.Base(name), path.Ext(name)), "-", " ")
	}
	a.Body = plainMarkdown(text)
	r.add(a)
	return nil
}

// maxFront bounds YAML that somebody else wrote, in bytes; its lines are read
// one by one, so that neither nesting nor aliases cost anything.
const maxFront = 32 << 10

// frontMatter reads the plain "key: value" lines of foreign front matter.
func frontMatter(front string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(front[:min(len(front), maxFront)]) {
		key, value, ok := strings.Cut(line, ":")
		if !ok || key != strings.TrimSpace(key) {
			continue
		}
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'") {
			var s string
			if yaml.Unmarshal([]byte(value), &s) == nil {
				value = s
			}
		}
		out[strings.ToLower(key)] = value
	}
	return out
}

func first(meta map[string]string, keys ...string) string {
	for _, k := range keys {
		if meta[k] != "" {
			return meta[k]
		}
	}
	return ""
}

var (
	fence      = regexp.MustCompile("^ {0,3}(```+|~~~+)")
	running    = regexp.MustCompile(`(?is)<(script|style|iframe|object|embed|template|svg|noscript|form)\b.*?(?:</(?:script|style|iframe|object|embed|template|svg|noscript|form)\s*>|$)`)
	comment    = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
	autolink   = regexp.MustCompile(`<((?:https?://|mailto:)[^\s<>]+)>`)
	tag        = regexp.MustCompile(`</?[A-Za-z!?][^<>]*>`)
	openTag    = regexp.MustCompile(`<([A-Za-z/!?])`)
	inlineLink = regexp.MustCompile(`(!?)\[([^\[\]]*)\]\(\s*<?([^()\s<>]*(?:\([^()]*\)[^()\s<>]*)*)>?([^()]*)\)`)
	linkTarget = regexp.MustCompile(`(?m)^ {0,3}\[([^\]]+)\]:\s*(\S+).*$`)
)

// plainMarkdown is Markdown without HTML and with links to the web, to mail
// and within the site only. Code stays as it is.
func plainMarkdown(text string) string {
	var out, prose strings.Builder
	flush := func() {
		out.WriteString(plainProse(prose.String()))
		prose.Reset()
	}
	fenced := ""
	for line := range strings.Lines(text) {
		m := fence.FindStringSubmatch(line)
		switch {
		case fenced == "" && m != nil:
			flush()
			fenced = m[1]
			out.WriteString(line)
		case fenced != "":
			out.WriteString(line)
			if m != nil && strings.HasPrefix(m[1], fenced) {
				fenced = ""
			}
		default:
			prose.WriteString(line)
		}
	}
	flush()
	return out.String()
}

func plainProse(s string) string {
	s = comment.ReplaceAllString(running.ReplaceAllString(s, ""), "")
	s = autolink.ReplaceAllString(s, "$1")
	s = tag.ReplaceAllString(s, "")
	s = openTag.ReplaceAllString(s, "&lt;$1")
	s = linkTarget.ReplaceAllStringFunc(s, func(line string) string {
		if m := linkTarget.FindStringSubmatch(line); !safeTarget(m[2]) {
			return ""
		}
		return line
	})
	return inlineLink.ReplaceAllStringFunc(s, func(l string) string {
		if m := inlineLink.FindStringSubmatch(l); !safeTarget(m[3]) {
			return m[2]
		}
		return l
	})
}
