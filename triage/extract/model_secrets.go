package extract

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// vault replaces what must not leave the machine by placeholders, and puts it
// back into what comes back: secrets, numbers of cards and bank accounts,
// instructions to the software, and on demand personal data (see private).
type vault struct {
	nonce  string            // part of each placeholder, so that no text can name one
	own    *private          // personal data to hide too; nil = none
	byText map[string]string // secret -> placeholder
	back   *strings.Replacer // over the first known entries of byText
	known  int
}

func newVault(nonce string) *vault { return &vault{nonce: nonce, byText: map[string]string{}} }

// secretShape recognises secrets by themselves. The first group that took part
// is the secret; without groups the whole match is.
type secretShape struct {
	hints string // words, lower case; a text without any holds no such secret; "" = none without eight digits
	re    *regexp.Regexp
}

// Shapes that run over lines.
var longShapes = []secretShape{
	// PEM and PGP private key blocks, whole or cut off, also with \n written out.
	// It takes only what can belong to a key, so that one pass is enough.
	{"-----begin", regexp.MustCompile(`-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----` +
		`(?:(?:[\s>]|\\[nr])*(?:[A-Za-z0-9+/=]{16,}|(?:Proc-Type|DEK-Info|Version|Comment): [^\n]*))*` +
		`(?:(?:[\s>]|\\[nr])*[A-Za-z0-9+/=]{0,76}(?:[\s>]|\\[nr])*-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?`)},
	{"private-lines:", regexp.MustCompile(`(?m)^Private-Lines: [0-9]+\s+((?:[A-Za-z0-9+/=]{16,}\s*)+)`)},
}

// Shapes within a line, the most certain first.
var lineShapes = []secretShape{
	// Keys with a prefix that their makers chose so that they can be found.
	{"sk- sk_ rk_ sg. key- xkeysib ghp_ gho_ ghu_ ghs_ ghr_ github_pat glpat- xox akia asia aiza ya29. whsec_ hf_ npm_ pypi- shpat shpca shppa shpss dop_v1 eyj " +
		"xapp- age-secret md- lin_api atatt3 sq0 re_ mlsn. hvs. glsa_", regexp.MustCompile(`\b(?:sk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{20,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|key-[0-9a-f]{32}|xkeysib-[0-9a-f]{32,}[A-Za-z0-9-]*|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=]{16,}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dop_v1_[0-9a-f]{64}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*|` +
		`xapp-[A-Za-z0-9-]{20,}|AGE-SECRET-KEY-1[0-9A-Z]{40,}|md-[A-Za-z0-9_-]{20,}|lin_api_[A-Za-z0-9]{30,}|ATATT3[A-Za-z0-9_=-]{20,}|sq0[a-z]{3}-[A-Za-z0-9_-]{22,}|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}|mlsn\.[0-9a-f]{40,}|hvs\.[A-Za-z0-9_-]{20,}|glsa_[A-Za-z0-9]{30,}_[0-9a-f]{8})`)},
	// Those without: Mailchimp, Mailgun, Twilio, Telegram.
	{"", regexp.MustCompile(`\b(?:[0-9a-f]{32}-us[0-9]{1,2}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}|SK[0-9a-f]{32}|[0-9]{8,10}:[A-Za-z0-9_-]{35})\b`)},
	// Addresses of hooks that anybody may call who knows them.
	{"hooks.slack discord", regexp.MustCompile(`https://hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]{20,})|https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/([A-Za-z0-9/_-]{20,})`)},
	// user:password@host and token@host in an address.
	{"://", regexp.MustCompile(`[a-z][a-z0-9+.-]*://(?:[^\s/:@]*:([^\s/@]+)|([^\s/:@]{20,}))@`)},
	// What signs in by being part of an address: links to reset a password.
	{"? &", regexp.MustCompile(`(?i)[?&](?:key|sig|signature|auth|code|session|sid|jwt|sas)=([^\s&"'<>)\[\]]{8,})`)},
	// Authorization headers and cookies.
	{"bearer basic", regexp.MustCompile(`(?i)\b(?:bearer|basic)[ \t]+([A-Za-z0-9._~+/=-]{16,})`)},
	{"authorization", regexp.MustCompile(`(?i)\bauthorization["']?[ \t]{0,3}[:=][ \t]{0,3}["']?(?:[a-z]+[ \t]+)?([^\s"'\x60\[]{10,})`)},
	{"cookie", regexp.MustCompile(`(?i)\b(?:set-)?cookie:[ \t]{0,3}([^\s=;,'"]+=[^\r\n'"\x60]{4,})`)},
	// The arguments and notations of programs that carry a password.
	{"curl sshpass login", regexp.MustCompile(`(?i)(?:\bcurl\b[^\n]{0,200}?[ \t](?:-u|--user)[ =]?["']?[^\s:"']+:|\bsshpass[ \t]+-p[ \t]?["']?|\blogin[ \t]+\S+[ \t]+password[ \t]+["']?)([^\s"']{3,})`)},
	{"</", regexp.MustCompile(`(?i)<(?:\w+:)?(?:password|passwd|pwd|secret|token|api-?_?key)>([^<>\n]{3,200})</`)},
	{"password' password\" passwd' passwd\" secret' secret\" token' token\" key' key\"", regexp.MustCompile(`(?i)(?:password|passwd|secret|token|api_?key)["'][ \t]{0,3}(?:,|=>)[ \t]{0,3}["']([^"'\n]{3,200})["']`)},
	{"key=", regexp.MustCompile(`(?i)\b(?:account|sharedaccess)key=([A-Za-z0-9+/=]{20,})`)},
}

// named finds a value that a text calls a secret: name, sign, value. The
// value is judged by worthHiding.
var named = secretShape{"pass kennwort contrase hasło heslo senha wachtwoord lösenord пароль パスワード 暗証番号 密码 code kod otp pesel pwd secret token key pin cvv cvc", regexp.MustCompile(`(?i)(password|passwort|kennwort|passphrase|passwd|contraseña|mot de passe|hasło|heslo|senha|wachtwoord|lösenord|пароль|パスワード|暗証番号|密码|(?:verification|backup|recovery|one[- ]time|2fa|reset) codes?|kod(?:y)? (?:zapasow\w+|odzyskiwania|weryfikacyjn\w+)|\botp|\bpesel|\bpass|\bpwd|secret|token|api[ _-]?key|access[ _-]?key|private[ _-]?key|\bpin|\bcvv|\bcvc)["'*\x60]{0,3}[ \t]{0,3}(:?=|=>|[:：は]|\b(?:is|ist|es|est|to)\b)[ \t]{0,3}["'“„*\x60]{0,3}([^\s"'”“\x60<>,;]{3,200})`)}

var cardLike = regexp.MustCompile(`\b[2-6][0-9](?:[ .\x{a0}-]?[0-9]){11,17}\b`)

// hide returns text with placeholders for what must not leave the machine,
// and for every secret that any text named before.
func (v *vault) hide(text string) string { return v.again(v.learn(text)) }

// learn hides what the text itself shows to be a secret. Replacing starts with
// the most certain shapes; a placeholder never matches again.
func (v *vault) learn(text string) string {
	text = v.hideInstructions(text)
	low := strings.ToLower(text)
	for _, shape := range longShapes {
		text = v.hideShape(shape, text, low)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(v.learnLine(line))
	}
	return b.String()
}

func (v *vault) learnLine(line string) string {
	low := strings.ToLower(line)
	for _, shape := range lineShapes {
		line = v.hideShape(shape, line, low)
	}
	if named.may(low) {
		line = replaceGroup(named.re, line, func(m []int) (int, int, string) {
			sign, from := line[m[4]:m[5]], m[6]
			to := from + len(strings.TrimRight(line[from:m[7]], ".!?)*"))
			if !worthHiding(line[from:to], sign, line[m[7]:]) {
				return from, from, ""
			}
			return from, to, v.placeholder("secret", line[from:to])
		})
	}
	if manyDigits(line, 13) {
		line = v.hideIBANs(line)
		line = replaceGroup(cardLike, line, func(m []int) (int, int, string) {
			if !isCard(line[m[0]:m[1]]) {
				return m[0], m[0], ""
			}
			return m[0], m[1], v.placeholder("card", line[m[0]:m[1]])
		})
	}
	return v.hidePrivate(line)
}

// hideShape hides what has a shape; low is the text in lower case.
func (v *vault) hideShape(s secretShape, text, low string) string {
	if !s.may(low) {
		return text
	}
	return replaceGroup(s.re, text, func(m []int) (int, int, string) {
		from, to := group(m)
		return from, to, v.placeholder("secret", text[from:to])
	})
}

// may reports whether a text, in lower case, can hold the shape: most hold no
// hint, and the pattern is far slower than the look.
func (s secretShape) may(low string) bool {
	if s.hints == "" {
		return manyDigits(low, 8)
	}
	for hint := range strings.FieldsSeq(s.hints) {
		if strings.Contains(low, hint) {
			return true
		}
	}
	return false
}

// group is the range of the first group of a match that took part, else of it all.
func group(m []int) (from, to int) {
	for g := 2; g < len(m); g += 2 {
		if m[g] >= 0 {
			return m[g], m[g+1]
		}
	}
	return m[0], m[1]
}

// manyDigits reports whether a text holds that many digits.
func manyDigits(s string, least int) bool {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			if least--; least == 0 {
				return true
			}
		}
	}
	return false
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
		if kind == "secret" { // a line of a key by itself is a secret too
			for line := range strings.Lines(secret) {
				if line = strings.TrimSpace(line); len(line) >= 24 && len(line) < len(secret) && !strings.Contains(line, " ") {
					v.placeholder(kind, line)
				}
			}
		}
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

var placeholderShape = regexp.MustCompile(`\[(secret|card|account|instruction|name|email|phone|id|signature|host|ip|path)-[0-9]+-[0-9a-f]+\]`)

// mask makes placeholders fit for people: free text never shows a secret, but
// it may call the customer by name.
func (v *vault) mask(text string) string {
	if len(v.byText) == 0 {
		return text
	}
	return placeholderShape.ReplaceAllStringFunc(text, func(p string) string {
		kind := placeholderShape.FindStringSubmatch(p)[1]
		if isPrivate(kind) {
			return v.restore(p)
		}
		return "[" + kind + "]"
	})
}

// worthHiding tells a secret from an ordinary word: "password: hunter2" from
// "password: it does not work". rest is the text after the value.
func worthHiding(value, sign, rest string) bool {
	hasDigit := strings.ContainsFunc(value, unicode.IsDigit)
	hasOther := strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch {
	case strings.HasPrefix(value, "["): // a placeholder or "[redacted]"
		return false
	case strings.Contains(sign, "="):
		return true
	case hasDigit:
		return true
	case sign == ":" || sign == "：" || sign == "は":
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
	if separators(s) > 1 || !cardLength(digits) {
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

// separators counts the kinds of marks between the digits.
func separators(s string) (n int) {
	for _, sep := range []string{" ", "-", ".", "\u00a0"} {
		if strings.Contains(s, sep) {
			n++
		}
	}
	return n
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
