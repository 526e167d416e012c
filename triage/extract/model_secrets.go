package extract

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// vault replaces secrets and card numbers in texts that leave the machine by
// placeholders, and puts them back into what comes back.
type vault struct {
	nonce  string            // part of each placeholder, so that no text can name one
	byText map[string]string // secret -> placeholder
	back   *strings.Replacer // over the first known entries of byText
	known  int
}

func newVault(nonce string) *vault { return &vault{nonce: nonce, byText: map[string]string{}} }

// Shapes of secrets that are recognised by themselves. The first group, if
// any, is the secret; else the whole match is.
var secretShapes = []*regexp.Regexp{
	// PEM and PGP private key blocks, whole or cut off, also with \n written out.
	// It takes only what can belong to a key, so that one pass is enough.
	regexp.MustCompile(`-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----` +
		`(?:(?:[\s>]|\\[nr])*(?:[A-Za-z0-9+/=]{16,}|(?:Proc-Type|DEK-Info|Version|Comment): [^\n]*))*` +
		`(?:(?:[\s>]|\\[nr])*[A-Za-z0-9+/=]{0,76}(?:[\s>]|\\[nr])*-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?`),
	// Keys with a prefix that their makers chose so that they can be found.
	regexp.MustCompile(`\b(?:sk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{20,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|key-[0-9a-f]{32}|xkeysib-[0-9a-f]{32,}[A-Za-z0-9-]*|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=]{16,}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dop_v1_[0-9a-f]{64}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)`),
	// user:password@host in an address.
	regexp.MustCompile(`[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@`),
	// Authorization headers.
	regexp.MustCompile(`(?i)\b(?:bearer|basic)[ \t]+([A-Za-z0-9._~+/=-]{16,})`),
}

// named finds a value that a text calls a secret: name, sign, value. The
// value is judged by worthHiding.
var named = regexp.MustCompile(`(?i)(password|passwort|kennwort|passphrase|passwd|contraseña|mot de passe|hasło|\bpass|\bpwd|secret|token|api[ _-]?key|access[ _-]?key|private[ _-]?key|\bpin|\bcvv|\bcvc)["'*\x60]{0,3}[ \t]{0,3}(=|:|\b(?:is|ist|es|est|to)\b)[ \t]{0,3}["'“„*\x60]{0,3}([^\s"'”“\x60<>,;]{3,200})`)

var cardLike = regexp.MustCompile(`\b[2-6][0-9](?:[ -]?[0-9]){11,17}\b`)

// hide returns text with placeholders for what must not leave the machine.
// Replacing starts with the most certain shapes; a placeholder never matches again.
func (v *vault) hide(text string) string {
	for _, shape := range secretShapes {
		text = replaceGroup(shape, text, func(m []int) (int, int, string) {
			from, to := m[0], m[1]
			if len(m) > 2 {
				from, to = m[2], m[3]
			}
			return from, to, v.placeholder("secret", text[from:to])
		})
	}
	text = replaceGroup(named, text, func(m []int) (int, int, string) {
		sign, from := text[m[4]:m[5]], m[6]
		to := from + len(strings.TrimRight(text[from:m[7]], ".!?)*"))
		if !worthHiding(text[from:to], sign, text[m[7]:]) {
			return from, from, ""
		}
		return from, to, v.placeholder("secret", text[from:to])
	})
	return replaceGroup(cardLike, text, func(m []int) (int, int, string) {
		if !isCard(text[m[0]:m[1]]) {
			return m[0], m[0], ""
		}
		return m[0], m[1], v.placeholder("card", text[m[0]:m[1]])
	})
}

// replaceGroup replaces the range that pick returns for each match.
func replaceGroup(re *regexp.Regexp, text string, pick func(m []int) (from, to int, with string)) string {
	matches := re.FindAllStringSubmatchIndex(text, -1)
	if matches == nil {
		return text
	}
	var b strings.Builder
	last := 0
	for _, m := range matches {
		from, to, with := pick(m)
		b.WriteString(text[last:from])
		b.WriteString(with)
		last = to
	}
	b.WriteString(text[last:])
	return b.String()
}

func (v *vault) placeholder(kind, secret string) string {
	if strings.HasPrefix(secret, "[") && strings.HasSuffix(secret, v.nonce+"]") {
		return secret // hidden already by a more certain shape
	}
	secret = v.restore(secret) // a part of it may be hidden already
	p, ok := v.byText[secret]
	if !ok {
		p = fmt.Sprintf("[%s-%d-%s]", kind, len(v.byText)+1, v.nonce)
		v.byText[secret] = p
	}
	return p
}

// restore puts the secrets back, for quotes that are searched in the stored text.
func (v *vault) restore(text string) string {
	if len(v.byText) == 0 {
		return text
	}
	if v.known != len(v.byText) {
		var pairs []string
		for secret, p := range v.byText {
			pairs = append(pairs, p, secret)
		}
		v.back, v.known = strings.NewReplacer(pairs...), len(v.byText)
	}
	return v.back.Replace(text)
}

// cover hides like hide, and also what is known as a secret by now where no
// word around it says so.
func (v *vault) cover(text string) string {
	secrets := slices.SortedFunc(maps.Keys(v.byText), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, v.byText[secret])
	}
	return v.hide(strings.NewReplacer(pairs...).Replace(text))
}

var placeholderShape = regexp.MustCompile(`\[(secret|card)-[0-9]+-[0-9a-f]+\]`)

// mask shortens placeholders for people: free text never shows a secret.
func (v *vault) mask(text string) string {
	if len(v.byText) == 0 {
		return text
	}
	return placeholderShape.ReplaceAllString(text, "[$1]")
}

// worthHiding tells a secret from an ordinary word: "password: hunter2" from
// "password: it does not work". rest is the text after the value.
func worthHiding(value, sign, rest string) bool {
	hasDigit := strings.ContainsFunc(value, unicode.IsDigit)
	hasOther := strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch {
	case strings.HasPrefix(value, "["): // a placeholder or "[redacted]"
		return false
	case sign == "=":
		return true
	case hasDigit:
		return true
	case sign == ":":
		line, _, _ := strings.Cut(rest, "\n")
		alone := strings.Trim(line, " \t\r.,;\"'*)”`") == ""
		return len(value) >= 6 && (alone || hasOther)
	}
	return len(value) >= 6 && hasOther && !strings.ContainsAny(value, "-’'()/")
}

// isCard reports whether digits with spaces or dashes have the length and
// beginning of a payment card and a valid check digit (ISO/IEC 7812-1, Luhn).
func isCard(s string) bool {
	var digits []byte
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits = append(digits, s[i]-'0')
		}
	}
	if strings.Contains(s, " ") && strings.Contains(s, "-") || !cardLength(digits) {
		return false
	}
	sum := 0
	for i, d := range digits {
		n := int(d)
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

func cardLength(d []byte) bool {
	n := len(d)
	switch {
	case n < 13:
		return false
	case d[0] == 4:
		return n == 13 || n == 16 || n == 19
	case d[0] == 3 && (d[1] == 4 || d[1] == 7):
		return n == 15
	case d[0] == 3 && (d[1] == 0 || d[1] == 6 || d[1] == 8):
		return n == 14
	case d[0] == 2 && (d[1] < 2 || d[1] > 7):
		return false
	}
	return n >= 16 && n <= 19
}
