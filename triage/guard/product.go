package guard

import (
	"regexp"
	"strings"
	"unicode"

	"readback/knowledge"
)

// A goneLabel is a screen label that a change took away.
type goneLabel struct {
	change *knowledge.Change
	label  string
	find   *regexp.Regexp
}

// prepareGone makes a pattern of each removed label: its words in order,
// whatever arrows or marks stand between them.
func (g *Guard) prepareGone() {
	if g.w == nil {
		return
	}
	for i := range g.w.Changes {
		c := &g.w.Changes[i]
		for _, label := range c.Labels {
			ws := strings.FieldsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if len(ws) == 0 {
				continue
			}
			for j := range ws {
				ws[j] = regexp.QuoteMeta(ws[j])
			}
			g.gone = append(g.gone, goneLabel{c, label, regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])(` + strings.Join(ws, `[\s>›»→/|*_"“”'\x60-]+`) + `)($|[^\p{L}\p{N}])`)})
		}
	}
}

// past is how a text tells that a label is no more: before it or behind it.
var (
	pastBefore = regexp.MustCompile(`(?i)(?:formerly|previously|used to be|was called|once called|once named|old name|renamed|no longer|früher|ehemals|nicht mehr|dawniej|wcześniej|już nie ma|antes|anteriormente|ya no|以前|旧)[^.!?]{0,60}$`)
	pastBehind = regexp.MustCompile(`(?i)^[^.!?]{0,50}(?:no longer|is gone|was removed|has been removed|is now called|was renamed|has been renamed|does not exist|gibt es nicht mehr|entfernt|heißt jetzt|już nie istnieje|usunięt|zniknął|teraz nazywa|nazywa się teraz|ya no existe|se llama ahora|eliminad|廃止|なくなり|削除され)`)
)

// retired finds labels that the product no longer has, and links to pages that
// still name them.
func (k *check) retired() {
	for i := range k.g.gone {
		l := &k.g.gone[i]
		for _, m := range l.find.FindAllStringSubmatchIndex(k.w.text, -1) {
			start, end := m[4], m[5]
			if pastBefore.MatchString(k.w.text[max(0, start-90):start]) || pastBehind.MatchString(k.w.text[end:min(len(k.w.text), end+120)]) {
				continue
			}
			k.add(Finding{Kind: Retired, Level: Hint, Draft: Span{start, end}, Code: "guard.label_gone",
				Params: map[string]string{"label": l.label, "change": l.change.Title, "date": l.change.Date.Format("2006-01-02")}})
		}
	}
	for _, a := range k.w.addresses {
		key, _ := pageKey(k.w.text[a[0]:a[1]])
		for i := range k.g.w.Articles {
			art := &k.g.w.Articles[i]
			if own, _ := pageKey(art.URL); art.URL == "" || own != key {
				continue
			}
			for j := range k.g.gone {
				if l := &k.g.gone[j]; l.find.MatchString(art.Body) {
					k.add(Finding{Kind: Retired, Level: Hint, Draft: Span{a[0], a[1]}, Code: "guard.page_gone",
						Params: map[string]string{"label": l.label, "title": art.Title, "change": l.change.Title, "date": l.change.Date.Format("2006-01-02")}})
					break
				}
			}
		}
	}
}
