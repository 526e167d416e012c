package channel

import (
	"bytes"
	"errors"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/text/encoding/charmap"
)

// header is the header block of a mail: the values of each field, in order,
// unfolded and not decoded. Keys are canonical (textproto).
type header map[string][]string

// readHeader reads the header block as it comes: lines that are no field are
// passed over, a line of the body never is one.
func readHeader(raw []byte) header {
	h := header{}
	field, value := "", []string(nil)
	end := func() {
		if field != "" {
			h[field] = append(h[field], strings.TrimSpace(strings.Join(value, " ")))
		}
	}
	for line := range bytes.Lines(raw[:headerEnd(raw)]) {
		text := strings.TrimRight(string(line), "\r\n")
		if text != "" && (text[0] == ' ' || text[0] == '\t') {
			value = append(value, strings.TrimSpace(text))
			continue
		}
		end()
		name, first, ok := strings.Cut(text, ":")
		name = strings.TrimSpace(name)
		if field = ""; !ok || name == "" || strings.ContainsAny(name, " \t<>@") {
			continue
		}
		field, value = textproto.CanonicalMIMEHeaderKey(name), []string{strings.TrimSpace(first)}
	}
	end()
	return h
}

func (h header) first(name string) string {
	for _, v := range h[textproto.CanonicalMIMEHeaderKey(name)] {
		if v != "" {
			return v
		}
	}
	return ""
}

// text is the first value of a field in plain words.
func (h header) text(name string) string { return plainHeader(h.first(name)) }

// plainHeader decodes encoded words (RFC 2047), also where they stand in
// quotes, are cut or touch each other, and bytes that are no UTF-8.
func plainHeader(s string) string {
	s = utf8Header(s)
	if strings.Contains(s, "=?") {
		s = decodeWords(s)
	}
	return strings.TrimSpace(clean(strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, s)))
}

// utf8Header reads a header that is written in bytes without saying in which
// set: most are UTF-8, the others Western European.
func utf8Header(s string) string {
	if strings.ToValidUTF8(s, "") == s {
		return s
	}
	if out, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
		return out
	}
	return s
}

var (
	encodedWord = regexp.MustCompile(`=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=`)
	betweenTwo  = regexp.MustCompile(`\?=\s+=\?`)
)

// decodeWords decodes each encoded word on its own, after those of one set and
// encoding that follow each other were put together: some programs cut a
// character in two.
func decodeWords(s string) string {
	s = betweenTwo.ReplaceAllString(s, "?==?")
	var out strings.Builder
	for s != "" {
		at := encodedWord.FindStringSubmatchIndex(s)
		if at == nil {
			break
		}
		out.WriteString(s[:at[0]])
		set, how := s[at[2]:at[3]], strings.ToLower(s[at[4]:at[5]])
		content := decodeWord(how, s[at[6]:at[7]])
		rest := s[at[1]:]
		for {
			next := encodedWord.FindStringSubmatchIndex(rest)
			if next == nil || next[0] != 0 || !strings.EqualFold(rest[next[2]:next[3]], set) {
				break
			}
			content = append(content, decodeWord(strings.ToLower(rest[next[4]:next[5]]), rest[next[6]:next[7]])...)
			rest = rest[next[1]:]
		}
		set, _, _ = strings.Cut(set, "*") // the language of RFC 2231
		out.WriteString(decodeCharset(content, set))
		s = rest
	}
	out.WriteString(s)
	return out.String()
}

func decodeWord(how, content string) []byte {
	if how == "b" {
		return looseBase64([]byte(content))
	}
	out := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		switch c := content[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(content) && isHex(content[i+1]) && isHex(content[i+2]):
			out = append(out, unhex(content[i+1])<<4|unhex(content[i+2]))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// addresses are the mailboxes of all fields of that name, in order; what is no
// address is left out.
func (h header) addresses(name string) []*mail.Address {
	var out []*mail.Address
	for _, v := range h[textproto.CanonicalMIMEHeaderKey(name)] {
		out = append(out, addressesIn(v)...)
	}
	return out
}

var errNoList = errors.New("no list of addresses")

// maxAddresses bounds those of one header field.
const maxAddresses = 1000

var bareAddress = regexp.MustCompile(`[^\s<>@,;:"()\[\]\\]+@[^\s<>@,;:"()\[\]\\]+`)

func addressesIn(value string) []*mail.Address {
	value = utf8Header(value)
	if strings.Count(value, "@") > maxAddresses {
		return nil
	}
	list, err := enmime.ParseAddressList(value)
	if strings.Count(value, "@") > 1 && strings.Count(value, "<") == 1 && !strings.Contains(value, ",") && !strings.Contains(value, ";") {
		list = list[:min(len(list), 1)]
		if len(list) == 1 && !strings.Contains(value, "<"+list[0].Address) {
			err, list = errNoList, nil // a name that looks like an address is no address
		}
	}
	var out []*mail.Address
	for _, a := range list {
		if a.Address != "" {
			out = append(out, &mail.Address{Name: plainHeader(a.Name), Address: clean(quotedLocal(a))})
		}
	}
	if err == nil && len(out) > 0 {
		return out
	}
	// What is no list by the book still shows who writes: the last address,
	// because a name may look like one.
	plain := plainHeader(value)
	found := bareAddress.FindAllStringIndex(plain, -1)
	if len(found) == 0 {
		return nil
	}
	last := found[len(found)-1]
	address := strings.Trim(plain[last[0]:last[1]], ".'")
	if !strings.Contains(address, "@") {
		return nil
	}
	name := strings.Trim(strings.TrimSpace(plain[:last[0]]), `<>"' `)
	return []*mail.Address{{Name: name, Address: address}}
}

// quotedLocal is an address with its local part in quotes where it needs them.
func quotedLocal(a *mail.Address) string {
	i := strings.LastIndexByte(a.Address, '@')
	if i < 0 || !strings.ContainsAny(a.Address[:i], " \t\"(),:;<>[]\\") {
		return a.Address
	}
	return strings.Trim((&mail.Address{Address: a.Address}).String(), "<>")
}

// recipients are the addresses that a mail was sent to.
func (h header) recipients() []string {
	var out []string
	for _, name := range []string{"To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Forwarded-To"} {
		for _, a := range h.addresses(name) {
			out = append(out, a.Address)
		}
	}
	return out[:min(len(out), maxAddresses)]
}

func (h header) date() time.Time {
	text := h.first("Date")
	if i := strings.IndexByte(text, '('); i > 0 {
		text = text[:i]
	}
	text = strings.Join(strings.Fields(text), " ")
	at, err := mail.ParseDate(text)
	for i := 0; err != nil && i < len(dateForms); i++ {
		at, err = time.Parse(dateForms[i], text)
	}
	if err != nil || at.Year() < 1970 || at.Year() > 9000 {
		return time.Time{}
	}
	return at.UTC()
}

var inBrackets = regexp.MustCompile(`<([^<>]{1,998})>`)

// bareID is a Message-ID without its brackets and white space.
func bareID(value string) string {
	if m := inBrackets.FindStringSubmatch(value); m != nil {
		value = m[1]
	}
	value = strings.Join(strings.Fields(utf8Header(value)), "")
	return clean(strings.Trim(value, "<>"))
}

// answers are the Message-IDs that a mail follows: References, the oldest
// first, and what it answers last.
func (h header) answers() []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range []string{"References", "In-Reply-To"} {
		for _, v := range h[name] {
			ids := inBrackets.FindAllString(v, -1)
			if ids == nil {
				ids = strings.Fields(v)
			}
			for _, id := range ids {
				if id = bareID(id); id != "" && strings.Contains(id, "@") && !seen[id] {
					seen[id] = true
					out = append(out, id)
				}
			}
		}
	}
	return out
}
