package mailshapes

import (
	"strings"
)

func structures() []Shape {
	plain := part("text/plain; charset=utf-8", "the plain words, all of them in one line\r\n")
	rich := part("text/html; charset=utf-8", "<p>the <b>rich</b> words, all of them in one line</p>\r\n")
	shot := part("image/png; name=\"shot.png\"", b64(png), asBase64, "Content-Disposition: attachment; filename=\"shot.png\"")
	cid := part("image/png", b64(png), asBase64, "Content-ID: <logo@x>", "Content-Disposition: inline; filename=logo.png")
	inner := strings.ReplaceAll("From: bob@shop.example\nSubject: The inner one\nDate: Fri, 20 Nov 2026 09:00:00 +0100\n\nwords of the inner mail\n", "\n", "\r\n")
	nested := func(kind, boundary string, parts ...string) string {
		return part("multipart/"+kind+"; boundary=\""+boundary+"\"", inside(boundary, parts...))
	}
	plainWords, richWords := "the plain words, all of them", "the rich words, all of them"
	return []Shape{
		{Name: "alternative", Raw: multi("alternative", plain, rich), Has: []string{plainWords}, Files: []string{"-"}},
		{Name: "alternative, HTML first", Raw: multi("alternative", rich, plain), Has: []string{plainWords}},
		{Name: "alternative, empty plain", Raw: multi("alternative", part("text/plain", " \r\n"), rich), Has: []string{richWords}},
		{Name: "alternative, stub", Raw: multi("alternative", part("text/plain", "Your program shows no HTML.\r\n"), part("text/html", "<p>"+strings.Repeat("many words of the real mail ", 10)+"</p>")), Has: []string{"many words of the real mail"}},
		{Name: "alternative with related", Raw: multi("alternative", plain, nested("related", "b2", rich, cid)), Has: []string{plainWords}, Files: []string{"logo.png"}},
		{Name: "related with alternative", Raw: multi("related; type=\"multipart/alternative\"", nested("alternative", "b2", plain, rich), cid), Has: []string{plainWords}, Files: []string{"logo.png"}},
		{Name: "related without root", Raw: multi("related", cid, shot), Files: []string{"logo.png", "shot.png"}},
		{Name: "related, HTML with a picture", Raw: multi("related", rich, cid), Has: []string{richWords}, Files: []string{"logo.png"}},
		{Name: "mixed", Raw: multi("mixed", plain, shot), Has: []string{plainWords}, Files: []string{"shot.png"}},
		{Name: "mixed, alternative, related", Raw: multi("mixed", nested("related", "b2", nested("alternative", "b3", plain, rich), cid), shot), Has: []string{plainWords}, Files: []string{"logo.png", "shot.png"}},
		{Name: "text, picture, text", Raw: multi("mixed", part("text/plain", "before the picture"), cid, part("text/plain", "after the picture")), Has: []string{"before the picture", "after the picture"}, Files: []string{"logo.png"}},
		{Name: "HTML pieces around a file", Raw: multi("mixed", part("text/html", "<p>first piece</p>"), shot, part("text/html", "<p>second piece</p>")), Has: []string{"first piece", "second piece"}, Files: []string{"shot.png"}},
		{Name: "only an attachment", Raw: multi("mixed", shot), Files: []string{"shot.png"}},
		{Name: "the whole mail is a file", Raw: mail("Content-Type: application/pdf; name=bill.pdf\r\n"+asBase64, b64("%PDF-1.7")), Files: []string{"bill.pdf"}},
		{Name: "the whole mail is a picture", Raw: mail("Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n"+asBase64, b64(png)), Files: []string{"a.png"}},
		{Name: "text file", Raw: multi("mixed", plain, part("text/plain; name=log.txt", "a log", "Content-Disposition: attachment; filename=log.txt")), Has: []string{plainWords}, Not: []string{"a log"}, Files: []string{"log.txt"}},
		{Name: "text file without disposition", Raw: multi("mixed", plain, part("text/csv; name=\"a.csv\"", "a,b")), Has: []string{plainWords}, Files: []string{"a.csv"}},
		{Name: "no boundary given", Raw: mail("Content-Type: multipart/mixed", "just words without parts"), Has: []string{"just words without parts"}},
		{Name: "boundary never stands", Raw: mail("Content-Type: multipart/mixed; boundary=b1", "just words without parts"), Has: []string{"just words without parts"}},
		{Name: "boundary not closed", Raw: strings.TrimSuffix(multi("mixed", plain, shot), "--b1--\r\n"), Has: []string{plainWords}, Files: []string{"shot.png"}},
		{Name: "cut in the middle of a file", Raw: multi("mixed", plain, shot)[:len(multi("mixed", plain, shot))-18], Has: []string{plainWords}, Files: []string{"shot.png"}},
		{Name: "inner boundary not closed", Raw: multi("mixed", strings.TrimSuffix(nested("alternative", "b2", plain, rich), "--b2--\r\n"), shot), Has: []string{plainWords}, Files: []string{"shot.png"}},
		{Name: "boundary begins another", Raw: mail("Content-Type: multipart/mixed; boundary=b", inside("b", part("multipart/alternative; boundary=bb", inside("bb", plain, rich)), shot)), Has: []string{plainWords}, Files: []string{"shot.png"}},
		{Name: "boundary with signs", Raw: mail("Content-Type: multipart/mixed; boundary=\"=_?:(x)+,./'\"", inside("=_?:(x)+,./'", plain)), Has: []string{plainWords}},
		{Name: "boundary with spaces inside", Raw: mail("Content-Type: multipart/mixed; boundary=\"a b c\"", inside("a b c", plain)), Has: []string{plainWords}},
		{Name: "boundary not quoted, with signs", Raw: mail("Content-Type: multipart/mixed; boundary=----=_Part_1=2", inside("----=_Part_1=2", plain)), Has: []string{plainWords}},
		{Name: "boundary with white space behind", Raw: strings.Replace(multi("mixed", plain, shot), "--b1\r\n", "--b1  \t\r\n", 1), Has: []string{plainWords}, Files: []string{"shot.png"}},
		{Name: "boundary by RFC 2231", Raw: mail("Content-Type: multipart/mixed;\r\n boundary*0=\"b\";\r\n boundary*1=\"1\"", inside("b1", plain)), Has: []string{plainWords}},
		{Name: "preamble and epilogue", Raw: mail("Content-Type: multipart/mixed; boundary=b1", "This is a multi-part message in MIME format.\r\n"+inside("b1", plain)+"epilogue"), Has: []string{plainWords}, Not: []string{"MIME format"}},
		{Name: "part without header", Raw: mail("Content-Type: multipart/mixed; boundary=b1", "--b1\r\n\r\nwords of a part without header\r\n--b1--\r\n"), Has: []string{"words of a part without header"}},
		{Name: "part without empty line", Raw: mail("Content-Type: multipart/mixed; boundary=b1", "--b1\r\nContent-Type: text/plain\r\n--b1\r\n"+plain+"\r\n--b1--\r\n"), Has: []string{plainWords}},
		{Name: "multipart with no parts", Raw: mail("Content-Type: multipart/mixed; boundary=b1", "--b1--\r\n"), From: "ana@shop.example"},
		{Name: "capitals", Raw: mail("CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=\"b1\"", inside("b1", "CONTENT-TYPE: TEXT/PLAIN; CHARSET=UTF-8\r\n\r\n"+"the plain words, all of them\r\n")), Has: []string{plainWords}},
		{Name: "Content-Type is text", Raw: mail("Content-Type: text", "words of text"), Has: []string{"words of text"}},
		{Name: "Content-Type is junk", Raw: mail("Content-Type: ;;;", "words of text"), Has: []string{"words of text"}},
		{Name: "Content-Type with semicolons", Raw: mail("Content-Type: text/plain;; charset=utf-8;", "déjà"), Has: []string{"déjà"}},
		{Name: "Content-Type with a comment", Raw: mail("Content-Type: text/plain; charset=utf-8 (Plain text)", "déjà"), Has: []string{"déjà"}},
		{Name: "charset without sign", Raw: mail("Content-Type: text/plain charset=utf-8", "déjà"), Has: []string{"déjà"}},
		{Name: "charset twice", Raw: mail("Content-Type: text/plain; charset=utf-8; charset=iso-8859-1", "déjà"), Has: []string{"déjà"}},
		{Name: "two Content-Types", Raw: mail("Content-Type: text/plain; charset=utf-8\r\nContent-Type: text/html", "déjà <b>vu</b>"), Has: []string{"déjà"}},
		{Name: "forwarded as a file", Raw: multi("mixed", plain, part("message/rfc822", inner)), Has: []string{plainWords}, Not: []string{"words of the inner mail"}, Files: []string{"The inner one.eml"}},
		{Name: "forwarded as a file, in base64", Raw: multi("mixed", plain, part("message/rfc822; name=mail.eml", b64(inner), asBase64)), Files: []string{"mail.eml"}},
		{Name: "three forwarded mails", Raw: multi("mixed", plain, nested("digest", "b2", part("message/rfc822", inner), part("message/rfc822", inner), part("message/rfc822", inner))), Files: []string{"The inner one.eml", "The inner one.eml", "The inner one.eml"}},
		{Name: "digest with default type", Raw: multi("mixed", plain, part("multipart/digest; boundary=b2", "--b2\r\n\r\n"+inner+"\r\n--b2--\r\n")), Has: []string{plainWords}},
		{Name: "a forwarded multipart", Raw: multi("mixed", plain, part("message/rfc822", "From: bob@shop.example\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n"+inside("zz", part("text/plain", "deep words"), shot))), Has: []string{plainWords}, Not: []string{"deep words"}},
		{Name: "winmail.dat", Raw: multi("mixed", plain, part("application/ms-tnef; name=\"winmail.dat\"", b64("\x78\x9f\x3e\x22rest"), asBase64)), Has: []string{plainWords}, Files: []string{"winmail.dat"}},
		{Name: "S/MIME, signed", Raw: mail("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b1", inside("b1", plain, part("application/pkcs7-signature; name=smime.p7s", b64("sig"), asBase64))), Has: []string{plainWords}, Files: []string{"smime.p7s"}},
		{Name: "S/MIME, opaque", Raw: mail("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"+asBase64, b64("0\x80\x06")), Files: []string{"smime.p7m"}},
		{Name: "S/MIME, encrypted", Raw: mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"+asBase64, b64("0\x80\x06")), Files: []string{"smime.p7m"}},
		{Name: "PGP, signed", Raw: mail("Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b1", inside("b1", plain, part("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----\r\nx\r\n-----END PGP SIGNATURE-----"))), Has: []string{plainWords}, Files: []string{"signature.asc"}},
		{Name: "PGP, encrypted", Raw: mail("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b1", inside("b1", part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----"))), Has: nil, Not: []string{"BEGIN PGP"}},
		{Name: "PGP, inline", Raw: text("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nthe words\n-----BEGIN PGP SIGNATURE-----\nxyz\n-----END PGP SIGNATURE-----"), Has: []string{"the words"}},
		{Name: "invitation", Raw: multi("alternative", plain, part("text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR\r\nEND:VCALENDAR")), Has: []string{plainWords}, Not: []string{"VCALENDAR"}, Files: []string{"invitation.ics"}},
		{Name: "only an invitation", Raw: mail("Content-Type: text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR"), Files: []string{"invitation.ics"}},
		{Name: "watch and AMP forms", Raw: multi("alternative", plain, part("text/x-amp-html", "<html amp4email>hi</html>"), rich), Has: []string{plainWords}, Not: []string{"amp4email"}},
		{Name: "file name in RFC 2231", Raw: multi("mixed", plain, part("application/pdf", b64("x"), asBase64, "Content-Disposition: attachment;\r\n filename*0*=utf-8''%C5%BB;\r\n filename*1*=%C3%B3%C5%82%C4%87;\r\n filename*2=.pdf")), Files: []string{"Żółć.pdf"}},
		{Name: "file name in encoded words", Raw: multi("mixed", plain, part("application/pdf; name=\"=?utf-8?B?xbvDs8WCxIcucGRm?=\"", b64("x"), asBase64, "Content-Disposition: attachment; filename=\"=?utf-8?B?xbvDs8WCxIcucGRm?=\"")), Files: []string{"Żółć.pdf"}},
		{Name: "file name in raw bytes", Raw: multi("mixed", plain, part("application/pdf", b64("x"), asBase64, "Content-Disposition: attachment; filename=\"Żółć.pdf\"")), Files: []string{"Żółć.pdf"}},
		{Name: "file name with spaces, no quotes", Raw: multi("mixed", plain, part("application/pdf", b64("x"), asBase64, "Content-Disposition: attachment; filename=my bill.pdf")), Files: []string{"my bill.pdf"}},
		{Name: "file name with a path", Raw: multi("mixed", plain, part("text/x-sh; name=\"../../etc/passwd\"", "x", "Content-Disposition: attachment; filename=\"../../etc/passwd\"")), Files: []string{"passwd"}},
		{Name: "file name with a Windows path", Raw: multi("mixed", plain, part("application/pdf", "x", "Content-Disposition: attachment; filename=\"C:\\\\Users\\\\ana\\\\bill.pdf\"")), Files: []string{"bill.pdf"}},
		{Name: "file name only in Content-Type", Raw: multi("mixed", plain, part("application/zip; name=logs.zip", b64("PK\x03\x04"), asBase64)), Files: []string{"logs.zip"}},
		{Name: "file without a name", Raw: multi("mixed", plain, part("application/pdf", b64("x"), asBase64, "Content-Disposition: attachment")), Files: []string{"part-1.pdf"}},
		{Name: "empty file", Raw: multi("mixed", plain, part("text/plain; name=empty.txt", "", "Content-Disposition: attachment; filename=empty.txt")), Files: []string{"empty.txt"}},
		{Name: "zip bomb stays packed", Raw: multi("mixed", plain, part("application/zip; name=bomb.zip", b64("PK\x03\x04"+strings.Repeat("\x00", 200)), asBase64)), Files: []string{"bomb.zip"}},
		{Name: "fourteen files", Raw: multi("mixed", append([]string{plain}, strings.Split(strings.TrimSuffix(strings.Repeat(shot+"\x01", 14), "\x01"), "\x01")...)...), Has: []string{plainWords}},
		{Name: "dashes in the text", Raw: text(strings.Repeat("-- a comment of SQL\n", 3000) + "the end"), Has: []string{"the end"}},
		{Name: "pasted sources of mails", Raw: text(strings.Repeat("Content-Type: multipart/mixed; boundary=abc\n", 40) + "the end"), Has: []string{"the end"}},
		{Name: "long text", Raw: text(strings.Repeat("another line of the same long log\n", 40000)), Has: []string{"another line of the same long log"}, Files: []string{"message.txt"}},
		{Name: "rich text format", Raw: multi("alternative", plain, part("text/enriched", "<bold>x</bold>")), Has: []string{plainWords}},
		{Name: "HTML file attached", Raw: multi("mixed", plain, part("text/html; name=report.html", "<p>report</p>", "Content-Disposition: attachment; filename=report.html")), Has: []string{plainWords}, Not: []string{"report"}, Files: []string{"report.html"}},
		{Name: "contact card", Raw: multi("mixed", plain, part("text/vcard; name=ana.vcf", "BEGIN:VCARD\r\nEND:VCARD")), Has: []string{plainWords}, Files: []string{"ana.vcf"}},
		{Name: "external body", Raw: multi("mixed", plain, part("message/external-body; access-type=URL; URL=\"http://x.example\"", "Content-Type: image/png\r\n\r\n")), Has: []string{plainWords}},
		{Name: "partial", Raw: mail("Content-Type: message/partial; id=x; number=1; total=2", "half of a mail"), From: "ana@shop.example"},
	}
}
