package channel

import (
	"bytes"
	"strings"

	"readback/triage"
)

// Limits of one mail. enmime reads every byte once for each level of multipart
// nesting, and past some 13 levels that no delimiter ends its time doubles
// with each (measured on v2.3.0: 50 KB at depth 24 take 22 s). Ordinary mail
// has two or three levels. What a part decodes to is never more than four
// times its bytes, so MaxMail bounds that too.
const (
	MaxMail      = 48 << 20  // bytes: 30 MB of attachments (what the providers take) in base64
	maxMailWork  = 256 << 20 // bytes times declared boundaries
	maxBoundary  = 200       // bytes; RFC 2046 allows 70
	maxDeclared  = 12        // boundary parameters
	maxPartLines = 2000      // lines that begin with --
	maxHeader    = 1 << 20   // bytes of the first header block
)

// asLines makes of a mail as it arrived one that a parser can read: without
// the line of an mbox file, a byte order mark or empty lines before the
// header, and with line breaks where a program wrote only CR.
func asLines(raw []byte) []byte {
	raw = bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), "\r\n")
	head := raw[:min(len(raw), maxHeader)]
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	for _, mark := range []string{"From ", ">From "} {
		if rest, ok := bytes.CutPrefix(raw, []byte(mark)); ok && !bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(":")) {
			if i := bytes.IndexByte(raw, '\n'); i >= 0 {
				raw = raw[i+1:]
			}
		}
	}
	return raw
}

// scanMail refuses, in one linear pass, what would make the parser slow.
func scanMail(raw []byte, multipart bool) error {
	if headerEnd(raw) > maxHeader {
		return triage.Errorf(triage.Invalid, "the header of the message is over %d bytes", maxHeader)
	}
	if !multipart {
		return nil // nothing in the body is taken for a delimiter
	}
	declared, parts, at := 0, 0, 0 // at: offset of the line
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(line, []byte("--")) {
			parts++
			at += len(line)
			continue
		}
		for rest := line; ; {
			i := indexFold(rest, "boundary")
			if i < 0 {
				break
			}
			rest = rest[i+len("boundary"):]
			// White space may stand before the sign, a line break included, and
			// RFC 2231 marks after the name: boundary*0*=.
			value := bytes.TrimLeft(raw[at+len(line)-len(rest):], "*0123456789 \t\r\n")
			if len(value) == 0 || value[0] != '=' {
				continue
			}
			declared++
			value = bytes.TrimLeft(value[1:], " \t\r\n")
			if len(value) > maxBoundary && !bytes.ContainsAny(value[:maxBoundary], "; \t\r\n\"") {
				return triage.Errorf(triage.Invalid, "the message has a MIME boundary over %d bytes", maxBoundary)
			}
		}
		at += len(line)
	}
	if declared > maxDeclared || parts > maxPartLines || len(raw)*(declared+1) > maxMailWork {
		return triage.Errorf(triage.Invalid, "the message nests too many MIME parts (%d boundaries, %d delimiters)", declared, parts)
	}
	return nil
}

// headerEnd returns the offset of the empty line after the header block, or
// the length when there is none.
func headerEnd(raw []byte) int {
	end := len(raw)
	for _, sep := range []string{"\n\n", "\n\r\n"} {
		if i := bytes.Index(raw[:end], []byte(sep)); i >= 0 {
			end = i
		}
	}
	return end
}

// indexFold finds the lower-case ASCII word in s whatever the case of s.
func indexFold(s []byte, word string) int {
	for from := 0; ; {
		i := bytes.IndexAny(s[from:], "bB")
		if i < 0 {
			return -1
		}
		if from += i; len(s)-from >= len(word) && strings.EqualFold(string(s[from:from+len(word)]), word) {
			return from
		}
		from++
	}
}
