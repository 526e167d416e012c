package guard

import (
	"regexp"
	"slices"
	"strings"

	"readback/triage/extract/offline"
	"readback/triage/ground"
)

// What customers name in passing and no extractor tells: "PHP 8.2", "Kd.-Nr.
// 4471", "since Tuesday". Of a pattern with a group the group is the value.
type mention struct {
	topic topic
	find  *regexp.Regexp
	needs func(low string) bool // without it find matches nothing
	// With heads, which open whatever find matches, it is tried only where one
	// of them stands: at is then find for what begins there.
	heads []string
	at    *regexp.Regexp
}

// opened makes a mention that words of a list open.
func opened(heads string, m mention) mention {
	m.heads, m.at = strings.Split(heads, ","), regexp.MustCompile(`^(?:`+m.find.String()+`)`)
	return m
}

// all returns the byte ranges of the first matches and submatches.
func (m *mention) all(text, low string) (out [][]int) {
	if m.at == nil || len(low) != len(text) { // a place in low is none in text
		return m.find.FindAllStringSubmatchIndex(text, mostMentions)
	}
	var places []int
	for _, head := range m.heads {
		for at := 0; ; at++ {
			n := strings.Index(low[at:], head)
			if n < 0 {
				break
			}
			if at += n; at == 0 || wordByte(text[at-1]) != wordByte(text[at]) {
				places = append(places, at)
			}
		}
	}
	slices.Sort(places)
	end := 0
	for _, at := range places {
		if at < end || len(out) == mostMentions {
			continue
		}
		if found := m.at.FindStringSubmatchIndex(text[at:]); found != nil {
			for i := range found {
				if found[i] >= 0 {
					found[i] += at
				}
			}
			out, end = append(out, found), found[1]
		}
	}
	return out
}

// mostMentions is how much of one kind is taken from a message.
const mostMentions = 8

// wordByte reports whether a byte is of a word as patterns know them.
func wordByte(b byte) bool { return b == '_' || plainByte(b) }

func needsDigit(low string) bool { return strings.ContainsAny(low, "0123456789") }

// dotted reports whether a text holds a number with a dot, as versions are
// written.
func dotted(low string) bool {
	for i := 1; i+1 < len(low); i++ {
		if low[i] == '.' && digit(low[i-1]) && digit(low[i+1]) {
			return true
		}
	}
	return false
}

// designated reports whether a text holds what designation is made of: a
// capital before a digit, perhaps with a hyphen between, or behind one.
func designated(text string) bool {
	capital := func(b byte) bool { return 'A' <= b && b <= 'Z' }
	for i := 1; i < len(text); i++ {
		switch a, b := text[i-1], text[i]; {
		case capital(a) && digit(b), digit(a) && capital(b), b == '-' && capital(a) && i+1 < len(text) && (digit(text[i+1]) || capital(text[i+1])):
			return true
		}
	}
	return false
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

func needsBoth(a, b func(string) bool) func(string) bool {
	return func(low string) bool { return a(low) && b(low) }
}

// needsOne makes a test for texts that hold one of the words.
func needsOne(words string) func(string) bool {
	list := strings.Split(words, ",")
	return func(low string) bool { return contains(low, list) }
}

const weekdays = `monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun`
const months = `january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec`

var mentions = []mention{
	{topic: topicVersion, find: regexp.MustCompile(`(?i)\b(?:version|firmware|release|build|fw|wersj\p{L}*|versión|versione|versão|バージョン)(?: is| ist| to)?:? ?v?(\d+(?:\.\d+)+)\b`), needs: needsOne("version,firmware,release,build,fw,wersj,versi,versão,バージョン")},
	{topic: topicVersion, find: regexp.MustCompile(`\b([A-Z][\p{L}+#]{1,20}|iOS|macOS|nginx|node)(?: version| v\.?| v)? ?v?(\d+(?:\.\d+)+)\b`), needs: dotted},
	{topic: topicDevice, find: regexp.MustCompile(`(?i)\b(?:fire tv(?: stick)?|apple tv|chromecast|roku|xbox(?: one| series [sx])?|playstation ?\d?|ps[45]|nintendo switch|kindle|raspberry pi(?: \d)?|smart tv|chromebook|galaxy [sa]\d+|pixel \d+|iphone ?\d*\w*(?: pro(?: max)?)?|ipad(?: pro| air| mini)?|macbook(?: pro| air)?|surface(?: pro)?)\b`), needs: needsOne("fire tv,apple tv,chromecast,roku,xbox,playstation,ps4,ps5,nintendo,kindle,raspberry,smart tv,chromebook,galaxy,pixel,iphone,ipad,macbook,surface")},
	{topic: topicDevice, find: regexp.MustCompile(`(?i)\b(?:xiaomi|redmi|poco|huawei|honor|oneplus|oppo|realme|moto|motorola|nokia|xperia|samsung\p{L}{0,2}|thinkpad|ideapad|latitude|xps|inspiron|elitebook|probook|zenbook|laserjet|officejet|deskjet|pixma|ecotank|fritz!?box|archer|nighthawk)[ -](?:\p{L}+ )?\p{L}{0,3}\d[\w-]*`), needs: needsOne("xiaomi,redmi,poco,huawei,honor,oneplus,oppo,realme,moto,nokia,xperia,samsung,thinkpad,ideapad,latitude,xps,inspiron,elitebook,probook,zenbook,jet,pixma,ecotank,fritz,archer,nighthawk")},
	{topic: topicDevice, find: regexp.MustCompile(`\b(?:NVIDIA |GeForce |AMD |Radeon |Intel )*(?:GeForce|RTX|GTX|Radeon|Arc A)[ -]?(?:RTX|GTX|RX)? ?\d{3,4}(?: ?(?:Ti|XT|XTX|Super|SUPER))*\b`), needs: needsOne("geforce,rtx,gtx,radeon,arc a")},
	{topic: topicDevice, find: regexp.MustCompile(`(?i)\b(?:model|modell|modelo|typ|type)(?: is| ist| to| es| no\.?| nr\.?)?:? ([\p{L}]*[-\d][\p{L}\d-]*\d*[\p{L}\d-]*)`), needs: needsOne("model,modell,typ ,type ,typ:")},
	{topic: topicDevice, find: regexp.MustCompile(`\b(?:19|20)\d\d [A-Z][\p{L}\d-]{2,}`), needs: needsOne("19,20")},
	{topic: topicOS, find: regexp.MustCompile(`(?i)\b(?:mac ?os(?: x)?(?: \p{L}+)?(?: \d+(?:\.\d+)*)?|(?:big sur|monterey|ventura|sonoma|sequoia|tahoe|catalina)(?: \d+(?:\.\d+)*)?|win(?:dows)? ?(?:xp|vista|7|8(?:\.1)?|10|11)|i(?:pad)?os ?\d+(?:\.\d+)*|android ?\d+|(?:linux )?mint(?: \d+)?|ubuntu(?: \d+(?:\.\d+)*)?|debian(?: \d+)?|fedora(?: \d+)?|arch linux|manjaro|chrome ?os)\b`), needs: needsOne("mac,big sur,monterey,ventura,sonoma,sequoia,tahoe,catalina,win,ios,ipados,android,mint,ubuntu,debian,fedora,arch linux,manjaro,chromeos,chrome os")},
	{topic: topicBrowser, find: regexp.MustCompile(`(?i)\b(?:firefox|chrome|chromium|safari|opera|vivaldi|brave browser|ms edge|microsoft edge|edge browser|przegląda\p{L}+ edge)\b(?: \d+(?:\.\d+)*)?`), needs: needsOne("firefox,chrome,chromium,safari,opera,vivaldi,brave,edge")},
	{topic: topicOrder, find: regexp.MustCompile(`(?i)\b(?:inv|ord|po|re|rg|fv|fa|fs|ped|pz|bk|ref|txn?|so|rma)[-/#]\d[\da-z/-]{2,}`), needs: needsBoth(needsDigit, needsOne("inv,ord,po,re,rg,fv,fa,fs,ped,pz,bk,tx,so-,rma"))},
	opened("order,invoice,booking,reserv,ref,bill,transaction,best,auftr,rechnung,vorgang,buchung,zam,faktur,pedido,factura", mention{topic: topicOrder, find: regexp.MustCompile(`(?i)\b(?:order|invoice|booking|reservation|reference|ref|bill|transaction|best(?:ell\p{L}*)?|auftr\p{L}*|rechnung\p{L}*|vorgang\p{L}*|buchung\p{L}*|zam(?:ówieni\p{L}*)?|faktur\p{L}*|pedido|factura|reserva)\.?[- ]?(?:number|no\.?|nr\.?|nummer|numer\p{L}*|número|num\.?|id|n[º°]\.?)?(?: is| ist| to| es| lautet)?(?: el| la)?:? ?#?([a-z]{0,5}[-/]?\d[\da-z]*[\d/-][\da-z/-]*\d)`), needs: needsBoth(needsDigit, needsOne("order,invoice,booking,reserv,ref,bill,transaction,best,auftr,rechn,vorgang,buchung,zam,fakt,pedido,fact"))}),
	opened("kd,kunden,customer,client,account,member,contract,policy,acct,user,numer,nr,id,número,nº,n°,núm,kontonummer,vertragsnummer", mention{topic: topicAccount, find: regexp.MustCompile(`(?i)\b(?:kd\.?[- ]?nr\.?|kunden[- ]?(?:nummer|nr\.?)|(?:customer|client|account|member(?:ship)?|contract|policy)[- ]?(?:number|no\.?|id)?|acct\.?(?: no\.?)?|user ?id|(?:numer|nr|id) klienta|(?:número|nº|n°|núm\.) de cliente|cliente n[º°.]|kontonummer|vertragsnummer|numer umowy)(?: is| ist| to| es| lautet)?:? ?#?([a-z]{0,4}[-/ ]?\d[\da-z-]{2,})`), needs: needsBoth(needsDigit, needsOne("kd,kunden,customer,client,account,member,contract,policy,acct,user,klient,konto,vertrag,umow"))}),
	{topic: topicAccount, find: regexp.MustCompile(`(?i)\b(?:username|user name|login|tenant|workspace|benutzername|usuario|nazwa użytkownika)(?: name| id)?(?: is| ist| to| es|:) ?["“„]?([\p{L}\d][\p{L}\d_.@-]*[-_.\d@][\p{L}\d_.@-]+)`), needs: needsOne("user,login,tenant,workspace,benutzername,usuario,nazwa")},
	{topic: topicError, find: regexp.MustCompile(`\b[45]\d\d (?:[A-Z][a-z]+)(?: [A-Z][a-z]+)*`), needs: needsOne("bad request,unauthorized,unauthorised,forbidden,not found,timeout,time-out,too many requests,server error,bad gateway,unavailable,not allowed,conflict")},
	{topic: topicError, find: regexp.MustCompile(`\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b`), needs: needsDigit},
	// What somebody reads aloud: `it says "Relay denied"`.
	{topic: topicError, find: regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:says?|saying|said|shows?|showing|reads?|reading|displays?|reports?|throws?|throwing|gives?|get|gets|getting|got|sees?|seeing|receiv(?:e|es|ed|ing)|message|errors?|fails? with|meldet|meldung|fehler|fehlermeldung|zeigt|sagt|kommt|erscheint|bekommen?|lautet|komunikat\p{L}*|błęd\p{L}+|błąd|pisze|pokazuje|wyświetla\p{L}*|dostaj\p{L}+|pojawia się|muestra|dice|sale|aparece|mensaje|message d['’]erreur|affiche)[^\p{L}][^.!?\n"“„«\x60]{0,30}(["“„«\x60][^"”“»\x60\n]{4,160}["”“»\x60])`), needs: needsOne("\",“,„,«,`")},
	opened("error,fehler,błąd,błędu,kod", mention{topic: topicError, find: regexp.MustCompile(`(?i)\b(?:error|fehler|błąd|błędu|kod)(?: code| nr| no| kod)?\.?:? ?#?([a-z]{0,5}-?\d[\da-z-]+)`), needs: needsBoth(needsDigit, needsOne("error,fehler,błąd,błęd,kod"))}),
	{topic: topicStart, find: regexp.MustCompile(`(?i)\b(?:(?:since|starting|started|began|begun)(?: on| at| around| about| last| this| the| ca\.?)* (?:\d[\d:./-]*|` + weekdays + `|` + months + `|yesterday|today|morning|evening|night|week|weekend|month|update|upgrade|patch)\p{L}*|for (?:about |over |the (?:past|last) |almost )?(?:\d+|two|three|four|five|a few|several|couple of) (?:hours|days|weeks|months)(?: now)?)\b`), needs: needsOne("since,started,starting,began,begun,hours,days,weeks,months")},
	{topic: topicStart, find: regexp.MustCompile(`(?i)\b(?:(?:since|after|when) (?:i|we|the|our|my|your|it|they|you) (?:[\p{L}'’]+ ){1,6}?(?:on |at |in |last |this )*(?:` + weekdays + `|` + months + `|yesterday|today|morning|tonight|\d[\d:./-]*)|for (?:about |over |almost |more than |at least |the (?:past|last) )*(?:an?|one|some|six|seven|ten) (?:hour|day|week|month|year)s?|(?:an?|one|two|three|\d+|a few|several|some) (?:minute|hour|day|week|month|year)s? ago)\b`), needs: needsOne("since,after,when,for ,ago")},
	{topic: topicStart, find: regexp.MustCompile(`(?i)\b(?:seit|ab) (?:ca\.? |etwa |dem |der |letzte[rmn]? |heute |gestern )*(?:gestern|heute|vorgestern|\d[\d.:]*|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|früh|morgen|abend|woche|wochen|wochenende|monat|tagen|zwei|drei|einigen|mehreren|update)\b`), needs: needsOne("seit,ab ")},
	{topic: topicStart, find: regexp.MustCompile(`(?i)(?:^|[\s(])od (?:około |ostatni\p{L}* |zeszł\p{L}* )*(?:wczoraj|przedwczoraj|dzisiaj|dziś|rana|poniedziałku|wtorku|środy|czwartku|piątku|soboty|niedzieli|tygodnia|miesiąca|weekendu|aktualizacji|\d+|kilku|dwóch|trzech)`), needs: needsOne("od ")},
	{topic: topicStart, find: regexp.MustCompile(`(?i)\bdesde (?:ayer|hoy|anoche|anteayer|esta|hace|el|la|las|los) ?\p{L}*`), needs: needsOne("desde")},
}

// designation is the name that makers give a model: HX-60, 55Q7, L3250.
var designation = regexp.MustCompile(`\b(?:[A-Z]{1,5}-?\d{1,5}[A-Z]{1,3}\d{1,4}[A-Z]{0,2}|[A-Z]{1,5}-?\d{2,5}[A-Z]{0,3}|\d{2,3}[A-Z]{1,3}\d{1,4}[A-Z]?|[A-Z]-[A-Z]\d{2,3})\b`)

// noModel are what looks like a designation and names a standard or a case.
var noModel = regexp.MustCompile(`^(?:E|F|H|P|SHA|UTF|ISO|HTTP|TLS|SSL|RFC|INV|KB|REQ|ERR|PO|ORD|RMA|ID|MP|USB|HDMI|DDR|RTX|GTX|RX|UTC|GMT|CVE|SKR|Q|FY|B|A|T|X|LTE|AES|RSA|IP|PM|AM)-?\d+`)

// behindModel are words behind which a designation names something else.
var behindModel = words("error code fehler fehlercode kod blad status http invoice order ticket case ref reference patch build version nr no number nummer numer")

// inPassing notes what a customer names in passing.
func (h *history) inPassing(n int, text string, regions []ground.Region) {
	low := strings.ToLower(text)
	quoted := func(at int) bool {
		return slices.ContainsFunc(regions, func(r ground.Region) bool { return r.Start <= at && at < r.End })
	}
	for i := range mentions {
		m := &mentions[i]
		if m.needs != nil && !m.needs(low) {
			continue
		}
		for _, at := range m.all(text, low) {
			if len(at) == 4 {
				at = at[2:] // the value alone
			}
			if at[0] >= 0 && !quoted(at[0]) {
				h.values = append(h.values, value{m.topic, text[at[0]:at[1]], quoteOf(h.t, n, at[0], at[1])})
			}
		}
	}
	if !designated(text) {
		return
	}
	for _, at := range designation.FindAllStringIndex(text, 16) {
		name := text[at[0]:at[1]]
		before := strings.TrimRight(text[:at[0]], " :#")
		word := before[strings.LastIndexAny(before, " \n\t(")+1:]
		if quoted(at[0]) || noModel.MatchString(name) || behindModel[fold(strings.ToLower(word))] || at[0] > 0 && strings.ContainsRune("-/_.#@\"“„", rune(text[at[0]-1])) ||
			at[1] < len(text) && strings.ContainsRune("-/_@:=", rune(text[at[1]])) {
			continue
		}
		h.values = append(h.values, value{topicDevice, name, quoteOf(h.t, n, at[0], at[1])})
	}
}

// enclosed are words by which a sentence says that something comes with it.
var enclosed = list("attached,attaching,attach,enclosed,uploaded,here is,here are,see below,below is,sending you,anbei,angehangt,im anhang,beigefugt,anhang,hochgeladen,w zalaczniku,zalaczam,zalaczylem,zalaczylam,przesylam,dolaczam,adjunto,adjunta,adjuntado,envio")

// sends notes what a sentence says comes with the message.
func (h *history) sends(n int, p *offline.Part, norm string) {
	if p.Question || !has(norm, enclosed) || has(norm, notDone) {
		return
	}
	for _, w := range strings.Fields(norm) {
		c, as := topicNouns.find(w)
		if as == 0 || topic(c) != topicFile && topic(c) != topicScreenshot {
			continue
		}
		h.values = append(h.values, value{topic(c), "", quoteOf(h.t, n, p.Start, p.End)})
	}
}

// sameFile reports whether what was sent is what a sentence asks for: one word
// for it, or of what it is, in both.
func sameFile(v *value, low string) bool {
	asked := actOfText(low)
	sent := actOfText(strings.NewReplacer("-", " ", "_", " ", ".", " ").Replace(strings.ToLower(v.ev.Quote)))
	for o, w := range asked.objects {
		if _, ok := sent.objects[o]; ok && w >= ofStem {
			return true
		}
	}
	return false
}

// clock asks for an hour, not for a day.
var clock = regexp.MustCompile(`what time|exact time|uhrzeit|godzin|a qué hora|wie viel uhr`)

// classes are what devices are called in a question, and in what customers
// name.
var classes = []struct{ asked, named *regexp.Regexp }{
	{regexp.MustCompile(`graphics|gpu|video card|grafikkarte|graficzn|gráfica`), regexp.MustCompile(`(?i)geforce|rtx|gtx|radeon|nvidia|arc a`)},
	{regexp.MustCompile(`phone|handy|telefon|móvil|handset|tablet`), regexp.MustCompile(`(?i)iphone|ipad|galaxy|pixel|xiaomi|redmi|poco|huawei|honor|oneplus|oppo|realme|moto|nokia|xperia`)},
	{regexp.MustCompile(`laptop|computer|rechner|komputer|ordenador|notebook`), regexp.MustCompile(`(?i)macbook|imac|thinkpad|ideapad|latitude|xps|inspiron|elitebook|probook|zenbook|surface|chromebook`)},
	{regexp.MustCompile(`\btv\b|televis|fernseh|telewizor`), regexp.MustCompile(`(?i)tv|roku|chromecast`)},
	{regexp.MustCompile(`router|modem`), regexp.MustCompile(`(?i)fritz|archer|nighthawk`)},
	{regexp.MustCompile(`printer|drucker|drukark|impresora`), regexp.MustCompile(`(?i)laserjet|officejet|deskjet|pixma|ecotank`)},
	{regexp.MustCompile(`console|konsol`), regexp.MustCompile(`(?i)xbox|playstation|ps[45]|nintendo`)},
}

// sameClass reports whether a named device may be what a sentence asks for: by
// its name, else by the word before it ("the printer is an L3250").
func (h *history) sameClass(v *value, low string) bool {
	asked, named, word := -1, -1, -1
	before := ""
	if v.ev.Message > 0 && v.ev.Start > 0 {
		text := h.t.N(v.ev.Message).Text
		before = strings.ToLower(text[max(0, v.ev.Start-40):v.ev.Start])
	}
	for i := range classes {
		if asked < 0 && classes[i].asked.MatchString(low) {
			asked = i
		}
		if named < 0 && classes[i].named.MatchString(v.text) {
			named = i
		}
		if word < 0 && before != "" && classes[i].asked.MatchString(before) {
			word = i
		}
	}
	if named < 0 {
		named = word
	}
	if asked == 0 || named == 0 {
		return asked == named
	}
	return asked < 0 || named < 0 || asked == named
}
