package extract

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"readback/triage"
	"readback/triage/ground"
)

// private hides personal data: names of the customer's record, e-mail
// addresses but for their domains, telephone and identity numbers. What is
// left of an address, and the domains of a ticket, are what it is about.
type private struct {
	names *regexp.Regexp // nil when the record names nobody
}

// newPrivate prepares the names that the customer's record tells.
func newPrivate(c triage.Customer) *private {
	var words []string
	local, _, _ := strings.Cut(c.Email, "@")
	for _, w := range strings.FieldsFunc(c.Name+" "+local, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '-' }) {
		if utf8.RuneCountInString(w) >= 3 && !everydayNames[strings.ToLower(w)] {
			words = append(words, regexp.QuoteMeta(w))
		}
	}
	if len(words) == 0 {
		return &private{}
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return &private{names: regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{M}@.\[-])(` + strings.Join(words, "|") + `)(?:$|[^\p{L}\p{M}])`)}
}

// everydayNames are left parts of addresses that name no person.
var everydayNames = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("info support admin office sales help contact mail email team dev ops hello billing marketing news newsletter account accounts the and inc ltd gmbh postmaster webmaster abuse noreply no-reply it hr") {
		m[w] = true
	}
	return m
}()

func isPrivate(kind string) bool {
	return slices.Contains([]string{"name", "email", "phone", "id"}, kind)
}

var (
	emailLocal = regexp.MustCompile(`([\p{L}\p{M}\d._%+'-]+)@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+`)
	// With a country's prefix, in the American notation, or behind a word for it.
	phoneShape = regexp.MustCompile(`((?:\+|\b00)[1-9](?:[ \x{a0}./()-]{0,2}[0-9]){6,13})\b|(\([0-9]{3}\)[ -]?[0-9]{3}[ .-][0-9]{4})\b|\b([2-9][0-9]{2}[.-][0-9]{3}[.-][0-9]{4})\b|` +
		`(?i:\b(?:phone|tel|telephone|mobile|cell|call me (?:on|at)|telefonu?|numer|kom|handy|mobil|móvil|teléfono|téléphone|telefono|cellulare|電話)\b[^\d\n+\[]{0,20})([0-9][0-9 ./()-]{5,18}[0-9])\b`)
	peselLike = regexp.MustCompile(`\b[0-9]{11}\b`)
	ssnLike   = regexp.MustCompile(`\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b`)
)

// hidePrivate hides personal data if that is asked for.
func (v *vault) hidePrivate(text string) string {
	if v.own == nil {
		return text
	}
	hide := func(re *regexp.Regexp, kind string, fits func(string) bool) {
		if re == nil {
			return
		}
		text = replaceGroup(re, text, func(m []int) (int, int, string) {
			from, to := group(m)
			if fits != nil && !fits(text[from:to]) {
				return from, from, ""
			}
			return from, to, v.placeholder(kind, text[from:to])
		})
	}
	if strings.Contains(text, "@") {
		hide(emailLocal, "email", nil)
	}
	if manyDigits(text, 7) {
		hide(phoneShape, "phone", nil)
		hide(peselLike, "id", isPESEL)
		hide(ssnLike, "id", nil)
	}
	// Twice: two names that share the space between them match one at a time.
	hide(v.own.names, "name", nil)
	hide(v.own.names, "name", nil)
	return text
}

// isPESEL reports whether eleven digits can be a Polish identity number: a
// date of birth and a check digit.
func isPESEL(s string) bool {
	sum := 0
	for i := range 10 {
		sum += int(s[i]-'0') * []int{1, 3, 7, 9}[i%4]
	}
	month, day := int(s[2]-'0')*10+int(s[3]-'0'), int(s[4]-'0')*10+int(s[5]-'0')
	return (10-sum%10)%10 == int(s[10]-'0') && month%20 >= 1 && month%20 <= 12 && day >= 1 && day <= 31
}

var ibanLike = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?:[ \x{a0}]?[A-Z0-9]{4}){2,7}(?:[ \x{a0}]?[A-Z0-9]{1,3})?\b`)

// hideIBANs hides numbers of bank accounts (ISO 13616).
func (v *vault) hideIBANs(text string) string {
	return replaceGroup(ibanLike, text, func(m []int) (int, int, string) {
		if !isIBAN(text[m[0]:m[1]]) {
			return m[0], m[0], ""
		}
		return m[0], m[1], v.placeholder("account", text[m[0]:m[1]])
	})
}

// isIBAN checks length and check digits (ISO 7064, mod 97-10).
func isIBAN(s string) bool {
	s = strings.NewReplacer(" ", "", "\u00a0", "").Replace(s)
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	var digits strings.Builder
	for _, r := range s[4:] + s[:4] {
		if r >= 'A' {
			fmt.Fprint(&digits, int(r-'A')+10)
		} else {
			digits.WriteRune(r)
		}
	}
	n, ok := new(big.Int).SetString(digits.String(), 10)
	return ok && n.Mod(n, big.NewInt(97)).Int64() == 1
}

// hideInstructions hides what tries to instruct the model: what it does not
// read it cannot follow. Grounding finds the same and takes none of it as
// evidence.
func (v *vault) hideInstructions(text string) string {
	found := ground.Instructions(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, s := range found {
		b.WriteString(text[last:s.Start])
		b.WriteString(v.placeholder("instruction", text[s.Start:s.End]))
		last = s.End
	}
	return b.String() + text[last:]
}

// maxLearn bounds how much of a ticket is read for secrets before it is
// rendered, in bytes, the newest messages first.
const maxLearn = 512 << 10

// learnAll reads a ticket for secrets, so that one which is named in the last
// message is hidden in the first.
func (v *vault) learnAll(t *triage.Ticket) {
	v.learn(oneLine(t.Subject))
	from, left := len(t.Messages), maxLearn
	for from > 0 && left > 0 {
		from--
		left -= len(t.Messages[from].Text)
	}
	for i := from; i < len(t.Messages); i++ {
		text, _ := cutMiddle(t.Messages[i].Text, maxLearn)
		v.learn(text)
	}
}

// minAgain is how long a secret is at least that is looked for where no word
// says it is one, in bytes: shorter ones are words of every text.
const minAgain = 6

// again hides known secrets wherever else they stand by themselves, the
// longest first.
func (v *vault) again(text string) string {
	var secrets []string
	for secret, p := range v.byText {
		if len(secret) >= minAgain && !strings.HasPrefix(p, "[instruction-") && strings.Contains(text, secret) {
			secrets = append(secrets, secret)
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, secret := range secrets {
		var b strings.Builder
		last := 0
		for _, m := range placeholderShape.FindAllStringIndex(text, -1) {
			b.WriteString(replaceAlone(text[last:m[0]], secret, v.byText[secret]))
			b.WriteString(text[m[0]:m[1]])
			last = m[1]
		}
		text = b.String() + replaceAlone(text[last:], secret, v.byText[secret])
	}
	return text
}

// replaceAlone replaces old where no letter or digit goes on.
func replaceAlone(text, old, with string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, old)
		if i < 0 {
			return b.String() + text
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(old):])
		first, _ := utf8.DecodeRuneInString(old)
		end, _ := utf8.DecodeLastRuneInString(old)
		b.WriteString(text[:i])
		if inWord(before) && inWord(first) || inWord(end) && inWord(after) {
			b.WriteString(old)
		} else {
			b.WriteString(with)
		}
		text = text[i+len(old):]
	}
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
