package ground

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// heads are the first letters, two at most and in lower case, of what an
// expression at the head of a line may find: looking there first spares most
// lines the expression.
type heads map[[2]rune]bool

// headsOf takes the heads of alternatives, separated by "|".
func headsOf(alternatives string) heads {
	h := heads{}
	for one := range strings.SplitSeq(alternatives, "|") {
		h[headOf(one)] = true
	}
	return h
}

// begin reports whether a line may begin so.
func (h heads) begin(line string) bool { return h[headOf(line)] }

func headOf(line string) (head [2]rune) {
	n := 0
	for _, r := range strings.TrimLeft(line, " \t\f\r\n") {
		if n == len(head) || !unicode.IsLetter(r) {
			break
		}
		// The least of the letters that are one without case: K, k and the Kelvin sign.
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		head[n] = least
		n++
	}
	return head
}

var (
	attributionHeads = headsOf(`on|am|le|el|il|w|dnia|op|em|den|dne|în|vào|στις|в|у|pon|wt|śr|czw|pt|sob|niedz|mon|tue|wed|thu|fri|sat|sun|lun|mar|mié|jue|vie|sáb|dom|пн|вт|ср|чт|пт|сб|вс`)
	originalHeads    = headsOf(originalWords)
	phoneHeads       = headsOf(`sent|get|gesendet|von|diese|envoyé|télécharger|enviado|obtener|obter|inviato|scarica|wysłan|pobierz|verstuurd|verzonden|outlook|skickat|hämta|sendt|hent|lähetetty|odesl|získejte|elküldve|trimis|отправлено|надіслано|στάλθηκε|נשלח|مرسل`)
)

// How mail programs mark what is not new, in the languages they speak. Words
// of one language are apart from those of another only where two need each
// other; a line is short, so one expression looks for all.
var (
	// "On 3 May 2026 at 10:02, Ada wrote:" begins with one of these when it runs over several lines.
	attributionHead = regexp.MustCompile(`(?i)^\s*((on|am|le|el|il|il giorno|w dniu|dnia|op|em|den|dne|den|în|vào|στις|в|у)\s|(pon|wt|śr|czw|pt|sob|niedz|mon|tue|wed|thu|fri|sat|sun|lun|mar|mié|jue|vie|sáb|dom|пн|вт|ср|чт|пт|сб|вс)\.?,)`)
	// The verb, where the writer's name stands before it and where it stands behind.
	wroteLast  = regexp.MustCompile(`(?i)(wrote|schrieb|escribió|schreef|escreveu|a écrit|ha scritto|scrive|napisał|napisała|napisał\(a\)|pisze|geschreven|skrev|napsal|napsala|napísal\(a\)|napísal|kirjoitti|a scris|写道|寫道|のメール|님이 작성|написал|написала|написал\(а\)|пишет|пише|написав|написав\(ла\)|yazdı|έγραψε|كتب|đã viết)\s*(\([^()]*\))?,?\s*[:：]$`)
	wroteFirst = regexp.MustCompile(`(?i)\b(schrieb|escribió|schreef|escreveu|skrev|écrivit|napisał|napisała|napsal)\b[^:]{1,120}:$`)
	// A person with an address, as programs write it.
	person = regexp.MustCompile(`[<(][^\s<>()@]{1,80}@[^\s<>()@]{1,120}[>)]`)
	// A moment: a time of day or a year.
	moment = regexp.MustCompile(`\b\d{1,2}[:.]\d{2}\b|\b(19|20)\d\d\b|\d年`)

	forwardWords  = `forwarded message|forwarded by|weitergeleitete nachricht|message transféré|message réexpédié|mensaje reenviado|messaggio inoltrato|wiadomość przekazana|przekazana wiadomość|doorgestuurd bericht|mensagem encaminhada|mensagem reencaminhada|vidarebefordrat meddelande|videresendt meddelelse|videresendt melding|välitetty viesti|přeposlaná zpráva|preposlaná správa|továbbított üzenet|mesaj redirecționat|転送メッセージ|転送されたメッセージ|转发的邮件|轉寄的郵件|전달된 메시지|пересылаемое сообщение|пересланное сообщение|переслане повідомлення|[iİ]letilen mesaj|προωθημένο μήνυμα|הודעה שהועברה|رسالة مُعاد توجيهها`
	originalWords = `original message|reply message|wiadomość oryginalna|oryginalna wiadomość|ursprüngliche nachricht|originalnachricht|message d'origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|původní zpráva|pôvodná správa|eredeti üzenet|mesaj original|元のメッセージ|原始邮件|原始郵件|邮件原件|원본 메시지|исходное сообщение|оригінальне повідомлення|orijinal mesaj|özgün ileti`
	forwardRule   = regexp.MustCompile(`(?i)^\s*\**[-_=]{2,}\s*(` + forwardWords + `)[^-]{0,40}[-_=]*\s*\**$`)
	originalRule  = regexp.MustCompile(`(?i)^\s*\**[-_=]{2,}\s*(` + originalWords + `)\s*:?\s*[-_=]*\s*\**$`)
	forwardLine   = regexp.MustCompile(`(?i)^\s*(begin forwarded message|anfang der weitergeleiteten nachricht|début du message (réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|początek przekazywanej wiadomości|begin doorgestuurd bericht|início da mensagem (re)?encaminhada|vidarebefordrat brev|start på videresendt besked|videresendt melding|začátek přeposlané zprávy|转发的邮件|開始轉寄郵件|начало переадресованного сообщения|початок листа, що пересилається|iletilen ileti başlangıcı|` + forwardWords + `)\s*[:：]\s*$`)
	originalLine  = regexp.MustCompile(`(?i)^\s*(` + originalWords + `)\s*[:：]?\s*$`)

	phone = regexp.MustCompile(`(?i)^\s*(sent (from|via|with) (my|mail|yahoo|outlook|proton|gmail|samsung|galaxy|android|iphone|ipad|the|a)\b|get outlook for|gesendet (von|mit|über)|von meinem|diese nachricht wurde von meinem|envoyé (de|depuis|à partir)|télécharger outlook|enviado (desde|do|da|a partir)|obtener outlook|obter o outlook|inviato da|scarica outlook|wysłane z|wysłano z|pobierz outlook|verstuurd (vanaf|via|met)|verzonden (vanaf|met)|outlook voor|skickat från|hämta outlook|sendt fra|hent outlook|lähetetty|odesláno z|odoslané z|získejte outlook|elküldve|trimis de pe|отправлено (с|из)|надіслано з|στάλθηκε από|נשלח מה|مرسل من)`)
	// In some languages the device stands first.
	phoneLast = regexp.MustCompile(`(?i)^\s*.{0,30}(iphone|ipad|android|outlook|galaxy)\S{0,12}\s?\S{0,12}(から送信|を入手|gesendet|gönderildi|에서 보냄|傳送)\s*$|^\s*(发自|發自|從我的|从我的).{1,30}$`)

	closing = regexp.MustCompile(`(?i)^\s*((with )?(best|kind|kindest|warm|warmest|many thanks and|thanks and)?\s?(regards|wishes)|best|cheers|sincerely|yours sincerely|yours truly|thanks|thank you|many thanks|thanks in advance|(mit )?(freundlichen|besten|vielen|herzlichen|liebe|viele|beste|schöne|freundliche) grüßen?( aus \S+)?|mfg|vg|lg|gruß|grüße|danke|vielen dank|cordialement|bien cordialement|bien à vous|cdlt|merci|merci d'avance|salutations|saludos|un saludo|saludos cordiales|atentamente|gracias|cordiali saluti|distinti saluti|un saluto|saluti|grazie|pozdrawiam|z poważaniem|pozdrowienia|serdecznie pozdrawiam|z góry dziękuję|dziękuję|met vriendelijke groet(en)?|groeten|groetjes|bedankt|mvg|atenciosamente|cumprimentos|com os melhores cumprimentos|obrigado|obrigada|abraços|(med )?(vänliga?|vänlig) hälsning(ar)?|mvh|hälsningar|tack|(med )?(venlig|vennlig) hilsen|hilsen|tak|takk|ystävällisin terveisin|terveisin|s pozdravem|děkuji|s úctou|s pozdravom|ďakujem|üdvözlettel|köszönöm|cu stimă|mulțumesc|よろしくお願い(いた)?します。?|以上、?よろしくお願いいたします。?|此致|敬礼|谢谢|謝謝|감사합니다|с уважением|спасибо|заранее спасибо|з повагою|дякую|saygılarımla|iyi çalışmalar|teşekkürler|με εκτίμηση|ευχαριστώ|בברכה|תודה|مع التحية|شكرا)[\s,.!;:，。！]*$`)
)

// Labels of the header that Outlook and others write above an earlier mail:
// who wrote it, and the others of which at least two must stand near.
var (
	headerFrom  = labels("from|von|de|da|od|van|från|fra|lähettäjä|feladó|de la|от|від|от кого|kimden|από|差出人|发件人|發件人|寄件者|보낸 사람|מאת|من")
	headerOther = labels("sent|date|to|subject|cc|importance|gesendet|datum|an|betreff|kopie|envoyé|à|objet|date d'envoi|enviado|enviado el|enviada em|data|fecha|para|asunto|assunto|inviato|a|oggetto|wysłano|wysłane|do|dw|temat|data wysłania|verzonden|aan|onderwerp|skickat|skickades|till|ämne|sendt|dato|til|emne|lähetetty|vastaanottaja|aihe|päivämäärä|odesláno|komu|předmět|odoslané|dátum|predmet|elküldve|címzett|tárgy|trimis|către|subiect|отправлено|дата|кому|тема|копия|надіслано|копія|gönderme tarihi|gönderildi|kime|konu|tarih|στάλθηκε|προς|θέμα|ημερομηνία|送信日時|宛先|件名|日時|发送时间|收件人|主题|日期|时间|寄件日期|收件者|主旨|傳送日期|보낸 날짜|받는 사람|제목|날짜|נשלח|אל|נושא|תאריך|تاريخ الإرسال|إلى|الموضوع|التاريخ")
)

func labels(list string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*\**(` + list + `)[\s\x{a0}]?\**[:：]\**\s*\S`)
}

// maxLines bounds the lines that are compared with the words of mail programs:
// nobody writes more, and below them marked lines are quoted still.
const maxLines = 5_000

// maxAttribution bounds the line above a quotation, in bytes.
const maxAttribution = 300

// attributed returns how many lines from i on are a line above a quotation,
// "On ... wrote:", which programs break into up to three; 0 for none.
func attributed(lines []line, i int) int {
	joined := ""
	for n := 1; n <= 3 && i+n <= len(lines); n++ {
		s := strings.TrimFunc(lines[i+n-1].text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
		if s == "" || quotes(s) {
			return 0
		}
		if joined += " " + s; len(joined) > maxAttribution {
			return 0
		}
		if n == 1 && !endsColon(s) && !(attributionHeads.begin(s) && attributionHead.MatchString(s+" ")) {
			return 0
		}
		if endsColon(s) {
			if !isAttribution(strings.TrimSpace(joined)) || n > 1 && isAttribution(s) && attributionHead.MatchString(s) {
				return 0 // or it begins further down
			}
			return n
		}
	}
	return 0
}

func endsColon(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == ':' || r == '：'
}

// isAttribution reports whether a line names who wrote what is below it, and
// when. Who stands there with an address in brackets needs no verb.
func isAttribution(s string) bool {
	if !moment.MatchString(s) {
		return false
	}
	return person.MatchString(strings.Map(noMarks, s)) || wroteLast.MatchString(s) || wroteFirst.MatchString(s)
}

// noMarks drops the marks of direction that stand around addresses.
func noMarks(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// passedOn reports whether a line is the ruler above a forwarded or an
// original message, "" when it is not.
func passedOn(s string) RegionKind {
	if len(s) > 120 || len(s) < 4 || blank(s) {
		return ""
	}
	ruled := strings.IndexByte("-_=*", strings.TrimSpace(s)[0]) >= 0
	switch {
	case ruled && forwardRule.MatchString(s) || endsColon(strings.TrimRight(s, " \t\f\r\n")) && forwardLine.MatchString(s):
		return Forward
	case ruled && originalRule.MatchString(s) || originalHeads.begin(s) && originalLine.MatchString(s):
		return History
	}
	return ""
}

// isHeaderBlock reports whether the lines from i look like the header that
// Outlook puts above a quoted message: From and at least two more. A ruler
// above them belongs to them.
func isHeaderBlock(lines []line, i int) bool {
	if isRuler(lines[i].text) && i+1 < len(lines) {
		i = nextFull(lines, i+1)
	}
	if i >= len(lines) || !strings.ContainsAny(lines[i].text, ":：") || !headerFrom.MatchString(lines[i].text) {
		return false
	}
	more := 0
	for _, l := range lines[i+1 : min(i+6, len(lines))] {
		if headerOther.MatchString(l.text) {
			more++
		}
	}
	return more >= 2
}

func isRuler(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 10 && strings.Trim(s, "_-=*") == ""
}

func isPhone(s string) bool {
	return len(s) < 120 && (phoneHeads.begin(s) && phone.MatchString(s) || namesPhone(s) && phoneLast.MatchString(s))
}

// namesPhone reports whether a line holds a word that phoneLast needs.
func namesPhone(s string) bool {
	low := strings.ToLower(s)
	for _, word := range []string{"iphone", "ipad", "android", "outlook", "galaxy", "发自", "發自", "從我的", "从我的"} {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}

// signsOff reports whether line i greets at the end: below it stand only short
// lines, as of a name, a company and an address, until the end or an earlier
// message.
func signsOff(lines []line, i int) bool {
	if s := lines[i].text; len(s) > 60 || !closing.MatchString(s) {
		return false
	}
	below := 0
	for j := i + 1; j < len(lines) && !startsHistory(lines, j); j++ {
		s := strings.TrimSpace(lines[j].text)
		if s == "" {
			continue
		}
		if below++; below > maxSignature || len(s) > 100 || strings.HasSuffix(s, "?") || afterthought.MatchString(s) || sentence(s) {
			return false
		}
	}
	return below > 0
}

var afterthought = regexp.MustCompile(`(?i)^(p\.?\s?s\.?|n\.?b\.?|edit|update|one more thing)\b`)

// sentence reports whether a line says something: six words and more with a
// full stop.
func sentence(s string) bool {
	return len(strings.Fields(s)) >= 6 && strings.HasSuffix(s, ".")
}
