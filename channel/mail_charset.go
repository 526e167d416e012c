package channel

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/cention-sany/utf7"
	"github.com/gogs/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decodeCharset turns bytes into UTF-8 by the name of their character set.
// Where the name is none, or plainly wrong, the bytes themselves tell.
func decodeCharset(b []byte, label string) string {
	label = charsetLabel(label)
	if anyByte(label) && utf8.Valid(b) && !bytes.ContainsRune(b, 0x1b) {
		return string(b)
	}
	switch label {
	case "utf-8", "utf8", "unicode-1-1-utf-8", "utf8mb4", "utf-8n":
		return mixedUTF8(b)
	case "utf-7", "utf7", "unicode-1-1-utf-7", "csunicode11utf7":
		if out, err := utf7.UTF7.NewDecoder().Bytes(b); err == nil {
			return string(out)
		}
		return mixedUTF8(b)
	case "iso-2022-kr", "csiso2022kr":
		return decodeWith(korean.EUCKR, shiftedKR(b))
	}
	enc := encodingOf(label)
	if enc == nil {
		enc = guess(b)
	}
	if enc == nil {
		return mixedUTF8(b)
	}
	return decodeWith(enc, b)
}

func decodeWith(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return mixedUTF8(b)
	}
	return string(out)
}

// charsetLabel cleans the name of a character set of what programs put around it.
func charsetLabel(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\"'"))
	label = strings.TrimPrefix(label, "charset=")
	label, _, _ = strings.Cut(label, ";")
	return strings.Trim(label, " \t\"'")
}

// anyByte reports whether a name says nothing, or so often something wrong
// that bytes which are UTF-8 are taken for that.
func anyByte(label string) bool {
	switch label {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252",
		"unknown", "unknown-8bit", "x-unknown", "8bit", "binary", "default", "default_charset", "none", "utf-8", "utf8":
		return true
	}
	return encodingOf(label) == nil && label != "utf-7" && label != "utf7"
}

func encodingOf(label string) encoding.Encoding {
	switch label {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "utf-7", "utf7":
		return nil
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312 // the Web's table has only a refusal for it
	case "utf-16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-32", "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "cp-850", "ibm850":
		return charmap.CodePage850
	case "ansi", "cp-1252", "iso-8859-1-windows-3.1-latin-1":
		return charmap.Windows1252
	case "cp-1250":
		return charmap.Windows1250
	case "cp-1251":
		return charmap.Windows1251
	case "cp932", "ms932", "windows-932", "cp-932":
		label = "windows-31j"
	case "cp936", "ms936", "gb2312-80", "gb_2312-80":
		label = "gbk"
	case "cp949", "ks_c_5601", "ks_c_5601-1989":
		label = "euc-kr"
	case "cp950":
		label = "big5"
	}
	if enc, name := charset.Lookup(label); enc != nil && name != "replacement" {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil {
		return enc
	}
	if enc, err := ianaindex.IANA.Encoding(label); err == nil && enc != nil {
		return enc
	}
	return nil
}

// sureEnough is the confidence from which a guessed set is taken, in percent.
const sureEnough = 20

// guess tells the set of bytes that are no UTF-8 by what they are; nil when
// they are plain ASCII or too few to tell.
func guess(b []byte) encoding.Encoding {
	if utf8.Valid(b) && !bytes.ContainsRune(b, 0x1b) {
		return nil
	}
	sample := b[:min(len(b), 64<<10)]
	if best, err := chardet.NewTextDetector().DetectBest(sample); err == nil && best.Confidence >= sureEnough {
		if enc := encodingOf(strings.ToLower(best.Charset)); enc != nil && !strings.HasPrefix(best.Charset, "UTF-") {
			return enc
		}
	}
	return nil
}

// mixedUTF8 reads UTF-8 and takes each byte that is none for Windows-1252, so
// that no letter is lost.
func mixedUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}

// shiftedKR makes EUC-KR of ISO-2022-KR (RFC 1557): between SO and SI the high
// bit is meant.
func shiftedKR(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\x1b$)C"), nil)
	out := make([]byte, 0, len(b))
	shifted := false
	for _, c := range b {
		switch {
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case shifted && c > 0x20 && c < 0x7f:
			out = append(out, c|0x80)
		default:
			if c == '\n' {
				shifted = false
			}
			out = append(out, c)
		}
	}
	return out
}
