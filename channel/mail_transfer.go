package channel

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045, 6). It never
// fails: what is broken is read as far as it goes.
func decodeTransfer(b []byte, encoding string, isText bool) []byte {
	encoding, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(encoding)), ";")
	switch strings.Trim(encoding, " \t\"'") {
	case "quoted-printable", "quoted_printable", "quotedprintable":
		return looseQuoted(b)
	case "base64", "base-64", "b64":
		if isText {
			return base64Text(b)
		}
		return looseBase64(b)
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return looseUU(b)
	}
	return b
}

// looseQuoted decodes quoted-printable. A sign that is no escape stays as it
// is; white space before a line break goes (RFC 2045, 6.7).
func looseQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for line := range bytes.Lines(b) {
		text := bytes.TrimRight(line, " \t\r\n")
		soft := len(text) > 0 && text[len(text)-1] == '='
		end := line[len(bytes.TrimRight(line, "\r\n")):]
		if soft {
			text, end = text[:len(text)-1], nil
		}
		for i := 0; i < len(text); i++ {
			if text[i] == '=' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
				out = append(out, unhex(text[i+1])<<4|unhex(text[i+2]))
				i += 2
				continue
			}
			out = append(out, text[i])
		}
		out = append(out, end...)
	}
	return out
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// looseBase64 decodes base64 and passes over what does not belong there;
// padding in the middle ends a block and begins another.
func looseBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4+3)
	block := make([]byte, 0, min(len(b), 4096))
	flush := func() {
		dst := make([]byte, base64.RawStdEncoding.DecodedLen(len(block)))
		if len(block)%4 == 1 {
			block = block[:len(block)-1] // six bits make no byte
		}
		n, _ := base64.RawStdEncoding.Decode(dst, block) //nolint:errcheck // only letters of the alphabet are left
		out = append(out, dst[:n]...)
		block = block[:0]
	}
	for _, c := range b {
		switch {
		case c == '=':
			flush()
		case inAlphabet(c):
			block = append(block, c)
			if len(block) == 4096 {
				flush()
			}
		}
	}
	flush()
	return out
}

func inAlphabet(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// base64Text decodes a text. Mailing lists put their plain footer under it:
// from the first line with words in it all is taken as it stands. So is a text
// that is no base64 at all.
func base64Text(b []byte) []byte {
	at := 0
	for line := range bytes.Lines(b) {
		if plainLine(line) {
			return append(looseBase64(b[:at]), b[at:]...)
		}
		at += len(line)
	}
	return looseBase64(b)
}

// plainLine reports whether a line holds words and no base64.
func plainLine(line []byte) bool {
	line = bytes.TrimSpace(line)
	odd := 0
	for _, c := range line {
		if !inAlphabet(c) && c != '=' {
			odd++
		}
	}
	return odd > 0 && (len(bytes.Fields(line)) > 2 || odd*3 > len(line))
}

// looseUU decodes uuencoded data, between its begin and end lines.
func looseUU(b []byte) []byte {
	var out []byte
	begun := false
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case !begun:
			begun = bytes.HasPrefix(line, []byte("begin "))
		case len(line) == 0 || bytes.Equal(line, []byte("end")):
			return out
		default:
			out = append(out, uuLine(line)...)
		}
	}
	if !begun {
		return b
	}
	return out
}

func uuLine(line []byte) []byte {
	n := int(line[0]-' ') & 63
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	var out []byte
	for i := 1; len(out) < n && i < len(line); i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return out[:min(n, len(out))]
}
