package offline

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/weppos/publicsuffix-go/publicsuffix"

	"readback/triage"
)

var (
	urlShape   = regexp.MustCompile(`https?://[^\s<>"'“”„\x60]+`)
	emailShape = regexp.MustCompile(`[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+`)
	// Scripts without spaces are left out: a name ends where they begin.
	domainShape  = regexp.MustCompile(`(?i)(?:[\p{Latin}\p{Cyrillic}\p{Greek}\d](?:[\p{Latin}\p{Cyrillic}\p{Greek}\d-]{0,61}[\p{Latin}\p{Cyrillic}\p{Greek}\d])?\.)+[\p{Latin}\p{Cyrillic}\p{Greek}]{2,24}`)
	ipShape      = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)
	accountShape = names(`acc(?:ount)?[-_ ]?(?:id|no\.?|number|#)?[-_: #]*(\d{3,12})`)
	orderShape   = names(`(?:order|invoice|ticket|zamówieni\p{L}*|faktur\p{L}*|bestellung|rechnung|pedido|factura|commande|facture|ordine|fattura)\s*(?:no\.?|nr\.?|number|#)?\s*:?\s*#?([A-Z]{0,4}[-/]?\d[\d/-]*\d)`)
	amountShape  = regexp.MustCompile(`(?i)(?:[$€£]\s?\d[\d.,]*\d|[$€£]\s?\d|\b\d+(?:[.,]\d{2,3})*\s?(?:eur|usd|gbp|pln|zł|€|\$|£|dollars|euro))`)
)

// fileEndings are last labels that make a name a file, not a domain.
var fileEndings = wordSet("js ts py go rb php md txt log conf yml yaml json xml html htm css pem crt key csv pdf png jpg jpeg gif sh cfg ini env exe zip gz tar doc docx xls xlsx net-core")

// entities lists what the customer's words name, each once.
func (r *reading) entities() []triage.ProposedValue {
	var out []triage.ProposedValue
	seen := map[string]bool{}
	add := func(kind, value string, message, start int) {
		if key := kind + " " + strings.ToLower(value); value != "" && !seen[key] && len(out) < mostItems {
			seen[key] = true
			out = append(out, triage.ProposedValue{Kind: kind, Value: value,
				Quotes: []triage.Quote{{Message: message, Text: value, Start: start}}})
		}
	}
	for i := range r.sentences {
		se := &r.sentences[i]
		s := se.text
		for _, m := range find(urlShape, s, "://") {
			add("url", trimURL(s[m[0]:m[1]]), se.message, se.start+m[0])
		}
		for _, m := range find(emailShape, s, "@") {
			add("email", strings.TrimRight(s[m[0]:m[1]], "."), se.message, se.start+m[0])
		}
		for _, m := range find(ipShape, s, ".") {
			if _, err := netip.ParseAddr(s[m[0]:m[1]]); err == nil {
				add("ip", s[m[0]:m[1]], se.message, se.start+m[0])
			}
		}
		if se.pasted {
			continue
		}
		for _, m := range domainsIn(s) {
			add("domain", s[m[0]:m[1]], se.message, se.start+m[0])
		}
		for _, m := range se.find(accountShape) {
			add("account", s[m[0]:m[1]], se.message, se.start+m[0])
		}
		for _, m := range se.find(orderShape) {
			add("order", s[m[2]:m[3]], se.message, se.start+m[2])
		}
		if !strings.ContainsAny(s, "0123456789") {
			continue
		}
		for _, m := range amountShape.FindAllStringIndex(s, -1) {
			add("amount", s[m[0]:m[1]], se.message, se.start+m[0])
		}
	}
	return out
}

// find is FindAllStringIndex for texts that hold the mark without which the
// pattern cannot match.
func find(re *regexp.Regexp, s, mark string) [][]int {
	if !strings.Contains(s, mark) {
		return nil
	}
	return re.FindAllStringIndex(s, -1)
}

// dotted reports whether a point stands between a letter or digit and what
// next takes.
func dotted(s string, next func(byte) bool) bool {
	for i := 1; i+1 < len(s); i++ {
		if s[i] == '.' && s[i-1] != ' ' && s[i-1] != '.' && next(s[i+1]) {
			return true
		}
	}
	return false
}

func letter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80 }

// domainsIn finds names of hosts outside URLs and addresses.
func domainsIn(s string) [][]int {
	if !dotted(s, letter) {
		return nil
	}
	taken := append(find(urlShape, s, "://"), find(emailShape, s, "@")...)
	var out [][]int
	for _, m := range domainShape.FindAllStringIndex(s, -1) {
		if slices.ContainsFunc(taken, func(t []int) bool { return m[0] < t[1] && t[0] < m[1] }) || !isDomain(s[m[0]:m[1]]) {
			continue
		}
		if m[1] < len(s) && strings.ContainsRune("(_=/", rune(s[m[1]])) && !strings.HasPrefix(s[m[1]:], "/") {
			continue
		}
		out = append(out, m)
	}
	return out
}

// isDomain reports whether a dotted name ends in a known or reserved suffix.
func isDomain(name string) bool {
	i := strings.LastIndexByte(name, '.')
	last := strings.ToLower(name[i+1:])
	if fileEndings[last] {
		return false
	}
	if last == "example" || last == "test" || last == "local" || last == "internal" {
		return true
	}
	rule := publicsuffix.DefaultList.Find(strings.ToLower(name), &publicsuffix.FindOptions{IgnorePrivate: true})
	return rule != nil && name == strings.TrimSpace(name) && strings.ToUpper(name[i+1:i+2]) != name[i+1:i+2]
}

func trimURL(u string) string { return strings.TrimRight(u, ".,;:!?)]}*_") }

// ownDomains are the domains in a text that may be the customer's: not the
// platform's, not a vendor's. Addresses of pages count by their host only
// when the host is one of the account's.
func (r *reading) ownDomains(text string) []string {
	var out []string
	for _, m := range domainsIn(text) {
		if d := text[m[0]:m[1]]; !r.isPlatform(d) && !isVendor(d) {
			out = append(out, d)
		}
	}
	for _, m := range find(urlShape, text, "://") {
		host := hostOf(text[m[0]:m[1]])
		if slices.ContainsFunc(r.in.Known, func(k string) bool { return strings.EqualFold(k, host) }) {
			out = append(out, host)
		}
	}
	return out
}

func hostOf(u string) string {
	_, rest, _ := strings.Cut(u, "://")
	if i := strings.IndexAny(rest, "/?#:"); i >= 0 {
		rest = rest[:i]
	}
	return strings.TrimRight(rest, ".,;:!?)")
}

func (r *reading) isPlatform(host string) bool {
	for _, d := range r.platform() {
		if h := strings.ToLower(host); h == d || strings.HasSuffix(h, "."+d) {
			return true
		}
	}
	return false
}

// vendorNames are second-level names of services that customers mention and
// never own.
var vendorNames = wordSet("google gmail yahoo outlook hotmail microsoft office cloudflare amazonaws cloudfront fastly akamai godaddy namecheap letsencrypt apple icloud mozilla github gist facebook sendgrid mailgun mailchimp")

func isVendor(host string) bool {
	for _, label := range strings.Split(strings.ToLower(host), ".") {
		if vendorNames[label] {
			return true
		}
	}
	return false
}

// A known names a product by a pattern; the whole match is the value.
type known struct {
	kind  triage.EnvKind
	shape shape
}

const versionTail = `(?:\s+(?:version\s+)?v?\d+(?:\.\d+)*)?`

var environment = []known{
	{triage.EnvBrowser, names(`(?-i:Firefox|Google Chrome|Chrome|Chromium|Safari|Microsoft Edge|Edge|Opera|Brave|Vivaldi|Samsung Internet|Internet Explorer` + `)` + versionTail)},
	{triage.EnvOS, names(`windows\s+(?:xp|vista|server\s+\d+|\d+)|macos(?:\s+(?:big sur|monterey|ventura|sonoma|sequoia|tahoe|\d+(?:\.\d+)*))?(?:\s+\(apple silicon\))?|ios\s+\d+(?:\.\d+)*|ipados\s+\d+(?:\.\d+)*|android\s+\d+|ubuntu(?:\s+\d+(?:\.\d+)*)?|debian(?:\s+\d+)?|centos(?:\s+\d+)?|fedora(?:\s+\d+)?|big sur|chromeos`)},
	{triage.EnvDevice, names(`(?-i:iPhone(?:\s+\d+\w?(?:\s+(?:Pro|Max|Plus|mini))*)?|iPad(?:\s+(?:Pro|Air|mini))?|MacBook(?:\s+(?:Pro|Air))?|iMac|Galaxy\s+\w+|Pixel\s+\d+)`)},
	{triage.EnvCDN, names(`cloudflare|cloudfront|fastly|akamai|bunny(?:\s?cdn)?|keycdn|azure front door`)},
	{triage.EnvDNSProvider, names(`route\s?53|godaddy|namecheap|gandi|ovh|hetzner|ionos|home\.pl|dnsimple|squarespace`)},
	{triage.EnvMailProvider, names(`gmail|google workspace|microsoft 365|office 365|fastmail|proton ?mail|zoho(?: mail)?|yahoo mail|yandex 360`)},
	{triage.EnvFramework, names(`docker[- ]compose|docker|kubernetes|nginx|apache|caddy|traefik|wordpress|laravel|django|rails|node\.js|php\s+\d+(?:\.\d+)*|php|python\s+\d+(?:\.\d+)*|next\.js|spring boot|aws|azure|google cloud|compute engine|let['’]s encrypt|certbot`)},
}

// A version is a number of three parts, or of two behind a word that announces
// one or a product's name.
var versionShape = regexp.MustCompile(`(?:(?i:version|wersja|versión|versione|versão|client|firmware|release|build|runner|controller|app|(?:up|down)grad\w+ to|updat\w+ to|update|v\.?)\s?:?\s*|\b[A-Z][A-Za-z]{3,}(?:SQL|JS)?\s|^\W*|\b(?i:it['’]s)\s)v?(\d+\.\d+(?:\.\d+)?(?:[.-](?:b|rc|beta|alpha|p)?\d+)?)(?:[^\w%.€$:/-]|[.:,;)]?(?:\s|$))|(?:^|[\s("“v:])(\d+\.\d+\.\d+(?:[.-](?:b|rc|beta|alpha|p)\d+)?)(?:[\s,;:)"”]|\.?$|\.\s)`)

// measured are units that make a number of two parts an amount.
var measured = regexp.MustCompile(`^\s?(?i:[kmgt]i?b|ms|s|sec|seconds?|min|minutes?|hours?|days?|weeks?|percent|million|k|eur|usd|gbp|euro|dollars?|pln|zł|stars?|times|inch)\b`)

var planShape = regexp.MustCompile(`(?:\b(?:plan|tier|Tarif|subscription):? ["“]([^"”\n]{2,24})["”]|\b(?:on|have|using) (?:the|a|your|our) ["“]?([A-Z][\w-]*)["”]? (?:plan|tier|subscription)\b)`)

// used are the words before a name that make it something the customer runs.
var used = regexp.MustCompile(`(?i)(?:\b(?:us(?:e|ing|es)|on|via|through|host(?:ed|ing)? (?:by|at|with|on)|our|provider|running|have|über|bei|mit|przez|con|avec|with)\b|:)[^.!?@]{0,24}$`)

// environmentItems lists what the customer says they run: of each kind the
// first that is named, for a person has one at a time, and the others are
// those they compare it with.
func (r *reading) environmentItems() []triage.ProposedValue {
	var out []triage.ProposedValue
	seen := map[triage.EnvKind]bool{}
	add := func(kind triage.EnvKind, se *sentence, from, to int) {
		if !seen[kind] {
			seen[kind] = true
			out = append(out, triage.ProposedValue{Kind: string(kind), Value: se.text[from:to],
				Quotes: []triage.Quote{{Message: se.message, Text: se.text[from:to], Start: se.start + from}}})
		}
	}
	for i := range r.sentences {
		se := &r.sentences[i]
		if se.pasted && !strings.Contains(se.text, "ersion") {
			continue
		}
		var taken [][]int
		for _, k := range environment {
			for _, m := range se.find(k.shape) {
				taken = append(taken, m)
				if k.kind == triage.EnvMailProvider && !used.MatchString(se.text[:m[0]]) || m[0] > 0 && strings.ContainsRune("@./-", rune(se.text[m[0]-1])) {
					continue
				}
				add(k.kind, se, m[0], m[1])
			}
		}
		if strings.Contains(se.text, "plan") || strings.Contains(se.text, "tier") || strings.Contains(se.text, "subscription") {
			if from, to := group(planShape.FindStringSubmatchIndex(se.text)); to > 0 {
				add(triage.EnvPlan, se, from, to)
			}
		}
		if !seen[triage.EnvVersion] && dotted(se.text, digit) {
			for _, m := range versionShape.FindAllStringSubmatchIndex(se.text, -1) {
				from, to := group(m)
				if measured.MatchString(se.text[to:]) || slices.ContainsFunc(taken, func(t []int) bool { return from < t[1] && t[0] < to }) {
					continue
				}
				add(triage.EnvVersion, se, from, to)
			}
		}
	}
	return out
}

// group is the byte range of the first submatch that took part, 0, 0 for none.
func group(m []int) (from, to int) {
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] >= 0 {
			return m[i], m[i+1]
		}
	}
	return 0, 0
}

var (
	errorLine = regexp.MustCompile(`(?:\b\w*(?:Error|Exception)\b:?|\bHTTP/\d\S* [345]\d\d\b|\b[45]\d\d[ -]\d\.\d\.\d\b|\b(?:ERR|SSL|SEC)_[A-Z_]+\b|(?i:\bfailed\b.*\bcode\b))`)
	faultWord = says(`mismatch\p{L}*|(?:answer|return|respond|get|give|throw|antwort|zwrac|devuelv)\p{L}* (?:with |mit |kod )?(?:an? )?(?:http )?[45]\d\d|nie zgadza\p{L}*|nie pasuj\p{L}*|stimm\p{L}* (?:\p{L}+ ){0,3}(?:nicht|nie)|(?:no|nunca) coincid\p{L}*|still (?:\p{L}+ ){0,3}(?:shows?|says?|displays?|appears?|lands?|pending)|nadal (?:\p{L}+ ){0,2}(?:pokazuj|widać|widz|wyświetl|trafia)\p{L}*|(?:immer noch|weiterhin|noch immer) (?:\p{L}+ ){0,3}(?:als|im spam|an)|sigue[ns]? (?:\p{L}+ndo|sin)|not (?:working|secure|found|delivered|available|reachable)|does(?:n['’]t| not) work|can(?:['’]t|not) (?:connect|log|sign|reach|open|access|send)|unable to|broken|invalid|(?:are|keeps?|go|goes|went|gone) (?:missing|lost)|never (?:arrives?|match(?:es)?|equals?)|(?:do|does|did)(?:n['’]t| not) (?:match|equal)|don['’]t arrive|do not arrive|doesn['’]t arrive|does not arrive|not arriving|reject(?:s|ed)|error|redirect loop|refus(?:es|ed|ing)|denied|crash(?:es|ed|ing)|hangs?|freez(?:es|ing)|fail(?:s|ed|ing)|stopped|stuck|time[sd]? ?out|won['’]t|disconnects?|keeps? (?:\p{L}+ing)|nie (?:działa|da się|mog\p{L}+|możemy|\p{L}+uje)|nie dochodz\p{L}*|nieprawidłow\p{L}*|odrzuca\p{L}*|błąd\p{L}*|błęd\p{L}*|niezabezpieczon\p{L}*|nie udało|funktioniert nicht|fehler\p{L}*|bricht|stürzt|hängt|nicht mehr|offline|no (?:\p{L}+ ){0,2}(?:funciona\p{L}*|llega\p{L}*|recib\p{L}*|puedo|abre|carga)|ne \p{L}+ (?:pas|plus)|n['’]\p{L}+ (?:pas|plus)|hors ligne|non (?:funziona\p{L}*|riesc\p{L}*|arriva\p{L}*)|não (?:funciona|abre|consigo)|(?:werkt|gaat|kan) niet|niet meer|errore`)
)

// hasError reports whether a text holds what programs call an error.
func hasError(s string) bool {
	for _, mark := range []string{"Error", "Exception", "HTTP/", "ERR_", "SSL_", "SEC_", "ailed", "-5.", " 5.", "-4.", " 4."} {
		if strings.Contains(s, mark) {
			return errorLine.MatchString(s)
		}
	}
	return false
}

// shows introduces the text of a message on a screen.
var shows = says(`shows?|says?|messages?|displays?|get|got|pokazuje|wyświetla|komunikat|zeigt|meldung|muestra|mensaje|affiche|mostra|messaggio`)

// symptoms lists faults as the customer sees them: what a message on a screen
// says, and sentences that tell of a fault.
func (r *reading) symptoms() []triage.ProposedText {
	var out []triage.ProposedText
	seen := map[string]bool{}
	for i := range r.sentences {
		se := &r.sentences[i]
		text, start := "", se.start
		switch {
		case se.pasted && hasError(se.text):
			text = se.text
		case !se.pasted && !vagueFault(se) && (faulty(se) || strings.ContainsAny(se.text, "\"“„") && se.holds(shows)):
			text = se.text
			for _, q := range quotedRanges(r.text(se.message), se.start, se.end) {
				if q[1]-q[0] > 8 { // the message itself says more than the sentence about it
					text, start = r.text(se.message)[q[0]:q[1]], q[0]
					break
				}
			}
		}
		if text = cutText(strings.TrimSpace(text), 300); text == "" || seen[text] || len(out) >= mostItems {
			continue
		}
		seen[text] = true
		out = append(out, triage.ProposedText{Text: strings.Join(strings.Fields(text), " "),
			Quotes: []triage.Quote{{Message: se.message, Text: text, Start: start}}})
	}
	return out
}

// faulty reports whether a sentence tells of a fault, looked at once.
func faulty(se *sentence) bool {
	if se.fault == 0 {
		se.fault = 1
		if se.holds(faultWord) || hasError(se.text) || inJunk(se.text) {
			se.fault = 2
		}
	}
	return se.fault == 2
}

// inJunk reports whether a text tells of mail in a spam folder.
func inJunk(s string) bool {
	return (strings.Contains(s, "unk") || strings.Contains(s, "pam")) && junkFolder.MatchString(s)
}

var junkFolder = regexp.MustCompile(`(?i)\b(?:in|into|to|im|in den|w|do|en|a) (?:the |our |their |your )?(?:junk|spam(?:ie|u|ordner)?)\b`)

// cutText shortens a text to at most n bytes, at the end of a word.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = strings.ToValidUTF8(s[:n], "")
	if i := strings.LastIndexAny(s, " \n"); i > n/2 {
		s = s[:i]
	}
	return s
}

// vagueFault reports whether a sentence complains without saying of what:
// "it does not work, see screenshot".
func vagueFault(se *sentence) bool {
	text := se.text
	if len(text) > 200 || strings.ContainsAny(text, "\"“„0123456789") {
		return false
	}
	for _, t := range se.terms() {
		if !vagueStems[t.stem] {
			return false
		}
	}
	return true
}

var vagueStems = stemSet(`does did doesn't isn't didn't stuff hello? work works working worked problem problems issue issues error errors broken fails failed help please see screenshot screenshots picture image attached attachment hello hi hey look fix again still now since yesterday today suddenly anymore more everything nothing wrong something thing going guys team there here happens mail mails email emails e-mail e-mails weird odd off
	działa działają błąd pomoc pomocy proszę zrzut ekranu załączniku załączam nic problem cześć witam nadal dalej już coś zepsute zepsuło popsuło dzisiaj wczoraj poczta pocztą maile mailami
	funktioniert funktionieren geht fehler hilfe bitte siehe anhang bild bildschirmfoto hallo nichts mehr immer kaputt etwas irgendwas stimmt heute gestern seit
	funciona funcionan favor ayuda error problema captura adjunto hola nada sigue algo roto falla hoy ayer desde correo correos
	動きません 動かない 助けて 画像 添付 今日 昨日 何か 壊れ`)
