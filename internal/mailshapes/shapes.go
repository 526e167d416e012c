// Package mailshapes holds mails with the troubles that real ones have, made
// by hand: encodings, broken structure, headers against the rules, quotations
// of many programs. Tests of every place that reads mail run them.
package mailshapes

import (
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"slices"
	"strings"
)

// Shape is a mail and what has to come out of it; empty fields are not looked at.
type Shape struct {
	Name      string
	Raw       string
	Has       []string // pieces of the text, in order
	Not       []string // what must not be in the text
	Subject   string
	From      string // address of the sender; "-" = none
	FromName  string
	Files     []string // names of the attachments, all of them; {"-"} = none
	Automatic string   // "-" = a person wrote it
	Own       []string // pieces of what the writer says, besides quotations and signature
	Quoted    []string // pieces that must not be in it
	Invalid   bool     // it is no mail
}

// All returns every shape. Names are unique.
func All() []Shape {
	return slices.Concat(charsets(), transfers(), structures(), headers(), pages(), quotations(), machines())
}

const base = "From: Ana <ana@shop.example>\r\nTo: help@sendline.example\r\nSubject: Test\r\n" +
	"Date: Fri, 20 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@shop.example>\r\nMIME-Version: 1.0\r\n"

// mail is a mail of one part with these header lines.
func mail(lines, body string) string { return base + lines + "\r\n\r\n" + body }

// text is a plain mail.
func text(body string) string {
	return mail("Content-Type: text/plain; charset=utf-8", strings.ReplaceAll(body, "\n", "\r\n"))
}

// page is a mail that is only HTML.
func page(body string) string {
	return mail("Content-Type: text/html; charset=utf-8", "<html><body>"+body+"</body></html>")
}

// multi is a multipart mail of these parts, each with its own header.
func multi(kind string, parts ...string) string {
	return mail("Content-Type: multipart/"+kind+"; boundary=\"b1\"", inside("b1", parts...))
}

func inside(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p)
	}
	return b.String() + "--" + boundary + "--\r\n"
}

// part is a part with a Content-Type and further header lines.
func part(kind, body string, lines ...string) string {
	return "Content-Type: " + kind + "\r\n" + strings.Join(append(lines, ""), "\r\n") + "\r\n" + body
}

func b64(s string) string {
	out := base64.StdEncoding.EncodeToString([]byte(s))
	var b strings.Builder
	for len(out) > 76 {
		b.WriteString(out[:76] + "\r\n")
		out = out[76:]
	}
	return b.String() + out + "\r\n"
}

func qp(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // a strings.Builder takes all
	_ = w.Close()
	return b.String()
}

const (
	asBase64 = "Content-Transfer-Encoding: base64"
	asQP     = "Content-Transfer-Encoding: quoted-printable"
	png      = "\x89PNG\r\n\x1a\n\x00\x00"
)
