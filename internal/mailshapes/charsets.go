package mailshapes

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Sentences that a set has to carry.
const (
	western   = "Größe geändert, déjà installé, señal fría"
	central   = "Zażółć gęślą jaźń, příliš žluťoučký kůň"
	polish    = "Zażółć gęślą jaźń"
	cyrillic  = "Ссылки всё ещё открываются без шифрования"
	ukrainian = "Посилання все ще відкриваються, їхній ґанок"
	greek     = "Οι σύνδεσμοι ανοίγουν χωρίς κρυπτογράφηση"
	turkish   = "Bağlantılar hâlâ şifresiz açılıyor, İstanbul"
	hebrew    = "הקישורים עדיין נפתחים ללא הצפנה"
	arabic    = "الروابط لا تزال تفتح بدون تشفير"
	thai      = "ลิงก์ยังเปิดโดยไม่มีการเข้ารหัส"
	baltic    = "Nuorodos vis dar atidaromos be šifravimo, ąčęėįšųūž"
	viet      = "Liên kết vẫn mở không mã hóa"
	japan     = "リンクがまだ暗号化されていません。設定は済みです。"
	chinese   = "链接仍然没有加密，我们已经添加了记录。"
	taiwan    = "連結仍然沒有加密，我們已經新增了記錄。"
	korea     = "링크가 아직 암호화되지 않았습니다. 레코드를 추가했습니다."
)

func encoded(e encoding.Encoding, s string) string {
	out, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(s)
	if err != nil {
		panic(err)
	}
	return out
}

// in is a mail in a set, under a label.
func in(label, bytes string, lines ...string) string {
	ct := "Content-Type: text/plain"
	if label != "" {
		ct += "; charset=" + label
	}
	return mail(strings.Join(append([]string{ct, "Content-Transfer-Encoding: 8bit"}, lines...), "\r\n"), bytes)
}

func charsets() []Shape {
	var out []Shape
	for _, c := range []struct {
		label string
		enc   encoding.Encoding
		text  string
	}{
		{"iso-8859-1", charmap.ISO8859_1, western}, {"ISO-8859-2", charmap.ISO8859_2, central}, {"iso-8859-4", charmap.ISO8859_4, "ąšžė"},
		{"iso-8859-5", charmap.ISO8859_5, cyrillic}, {"iso-8859-7", charmap.ISO8859_7, greek}, {"iso-8859-8", charmap.ISO8859_8, hebrew},
		{"iso-8859-8-i", charmap.ISO8859_8, hebrew}, {"iso-8859-6", charmap.ISO8859_6, arabic}, {"iso-8859-9", charmap.ISO8859_9, turkish},
		{"iso-8859-13", charmap.ISO8859_13, baltic}, {"iso-8859-15", charmap.ISO8859_15, "Preis 20 €, " + western}, {"iso-8859-16", charmap.ISO8859_16, "țara și orașul"},
		{"windows-1250", charmap.Windows1250, central}, {"windows-1251", charmap.Windows1251, cyrillic}, {"windows-1252", charmap.Windows1252, "“" + western + "” – 20 €"},
		{"windows-1253", charmap.Windows1253, greek}, {"windows-1254", charmap.Windows1254, turkish}, {"windows-1255", charmap.Windows1255, hebrew},
		{"windows-1256", charmap.Windows1256, arabic}, {"windows-1257", charmap.Windows1257, baltic}, {"windows-874", charmap.Windows874, thai},
		{"tis-620", charmap.Windows874, thai}, {"koi8-r", charmap.KOI8R, cyrillic}, {"koi8-u", charmap.KOI8U, ukrainian}, {"ibm866", charmap.CodePage866, cyrillic},
		{"cp850", charmap.CodePage850, western}, {"macintosh", charmap.Macintosh, western}, {"x-mac-cyrillic", charmap.MacintoshCyrillic, cyrillic},
		{"gb2312", simplifiedchinese.GBK, chinese}, {"gbk", simplifiedchinese.GBK, chinese}, {"gb18030", simplifiedchinese.GB18030, chinese + "𠀀"},
		{"hz-gb-2312", simplifiedchinese.HZGB2312, chinese}, {"big5", traditionalchinese.Big5, taiwan}, {"big5-hkscs", traditionalchinese.Big5, taiwan},
		{"shift_jis", japanese.ShiftJIS, japan}, {"windows-31j", japanese.ShiftJIS, japan}, {"cp932", japanese.ShiftJIS, japan}, {"euc-jp", japanese.EUCJP, japan},
		{"iso-2022-jp", japanese.ISO2022JP, japan}, {"euc-kr", korean.EUCKR, korea}, {"ks_c_5601-1987", korean.EUCKR, korea}, {"cp949", korean.EUCKR, korea},
		{"utf-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), central + cyrillic}, {"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), japan},
		{"utf-32", utf32.UTF32(utf32.BigEndian, utf32.UseBOM), japan},
	} {
		body := encoded(c.enc, c.text)
		s := Shape{Name: "charset " + c.label, Has: []string{c.text}, Raw: in(c.label, body)}
		if strings.HasPrefix(c.label, "utf-16") || strings.HasPrefix(c.label, "utf-32") {
			s.Raw = mail("Content-Type: text/plain; charset="+c.label+"\r\n"+asBase64, b64(body))
		}
		out = append(out, s)
	}
	return append(out,
		Shape{Name: "utf-7", Raw: in("utf-7", "Gr+APYA3w-e ge+AOQ-ndert"), Has: []string{"Größe geändert"}},
		Shape{Name: "utf-8 with a mark", Raw: in("utf-8", "\xef\xbb\xbf"+polish), Has: []string{polish}, Not: []string{"\ufeff"}},
		Shape{Name: "utf8 without hyphen", Raw: in("utf8", polish), Has: []string{polish}},
		Shape{Name: "utf8mb4", Raw: in("utf8mb4", polish), Has: []string{polish}},
		Shape{Name: "label in quotes", Raw: in(`"UTF-8"`, polish), Has: []string{polish}},
		Shape{Name: "label in single quotes", Raw: in("'iso-8859-2'", encoded(charmap.ISO8859_2, polish)), Has: []string{polish}},
		Shape{Name: "label twice", Raw: in("charset=utf-8", polish), Has: []string{polish}},
		Shape{Name: "ascii label, utf-8 bytes", Raw: in("us-ascii", polish), Has: []string{polish}},
		Shape{Name: "latin label, utf-8 bytes", Raw: in("iso-8859-1", polish), Has: []string{polish}},
		Shape{Name: "utf-8 label, latin bytes", Raw: in("utf-8", encoded(charmap.Windows1252, western)), Has: []string{western}},
		Shape{Name: "utf-8 with one stray byte", Raw: in("utf-8", polish+" 20\x80"), Has: []string{polish + " 20€"}},
		Shape{Name: "no label, utf-8", Raw: in("", polish), Has: []string{polish}},
		Shape{Name: "no label, western", Raw: in("", encoded(charmap.Windows1252, strings.Repeat(western+". ", 5))), Has: []string{western}},
		Shape{Name: "no label, cyrillic", Raw: in("", encoded(charmap.Windows1251, strings.Repeat(cyrillic+". ", 5))), Has: []string{cyrillic}},
		Shape{Name: "no label, japanese escapes", Raw: in("", encoded(japanese.ISO2022JP, japan)), Has: []string{japan}},
		Shape{Name: "no Content-Type at all", Raw: base + "\r\n" + polish, Has: []string{polish}},
		Shape{Name: "made-up label", Raw: in("x-banana", polish), Has: []string{polish}},
		Shape{Name: "unknown-8bit", Raw: in("unknown-8bit", encoded(charmap.Windows1252, western)), Has: []string{western}},
		Shape{Name: "default", Raw: in("default", polish), Has: []string{polish}},
		Shape{Name: "ansi", Raw: in("ansi", encoded(charmap.Windows1252, western)), Has: []string{western}},
		Shape{Name: "iso-2022-kr", Raw: in("iso-2022-kr", "\x1b$)C"+kr2022(korea)), Has: []string{"링크가", "추가했습니다"}},
		Shape{Name: "smart quotes under latin1", Raw: in("iso-8859-1", "\x93quoted\x94 \x96 20 \x80"), Has: []string{"“quoted” – 20 €"}},
		Shape{Name: "NUL bytes", Raw: in("utf-8", "before\x00after"), Has: []string{"before", "after"}},
		Shape{Name: "emoji", Raw: in("utf-8", "works 🎉👩‍💻 now"), Has: []string{"works 🎉👩‍💻 now"}},
		Shape{Name: "lone surrogates in utf-8", Raw: in("utf-8", "a\xed\xa0\x80b "+polish), Has: []string{polish}},
		Shape{Name: "page names its set", Raw: mail("Content-Type: text/html", "<html><head><meta charset=\"windows-1250\"></head><body>"+encoded(charmap.Windows1250, polish)+"</body></html>"), Has: []string{polish}},
		Shape{Name: "page names another set", Raw: mail("Content-Type: text/html; charset=utf-8", "<html><head><meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-1\"></head><body>"+polish+"</body></html>"), Has: []string{polish}},
	)
}

// kr2022 shifts what is not ASCII.
func kr2022(s string) string {
	var b strings.Builder
	shifted := false
	for _, c := range []byte(encoded(korean.EUCKR, s)) {
		if high := c >= 0x80; high != shifted {
			shifted = high
			b.WriteByte(map[bool]byte{true: 0x0e, false: 0x0f}[high])
		}
		b.WriteByte(c & 0x7f)
	}
	return b.String()
}
