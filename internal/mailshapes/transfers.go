package mailshapes

import "strings"

func transfers() []Shape {
	const words = "We set the record at 14:02 and it still fails; déjà vu."
	plain := "Content-Type: text/plain; charset=utf-8\r\n"
	long := strings.Repeat("a very long line without a break ", 400)
	return []Shape{
		{Name: "quoted-printable", Raw: mail(plain+asQP, qp(words)), Has: []string{words}},
		{Name: "quoted-printable, lower case", Raw: mail(plain+asQP, "d=c3=a9j=c3=a0 vu"), Has: []string{"déjà vu"}},
		{Name: "quoted-printable, stray signs", Raw: mail(plain+asQP, "a=b and 5=6 and =ZZ d=C3=A9j=C3=A0 vu="), Has: []string{"a=b and 5=6 and =ZZ déjà vu"}},
		{Name: "quoted-printable, soft breaks", Raw: mail(plain+asQP, "one =\r\ntwo =  \r\nthree"), Has: []string{"one two three"}},
		{Name: "quoted-printable, soft breaks in LF", Raw: mail(plain+asQP, "one =\ntwo"), Has: []string{"one two"}},
		{Name: "quoted-printable, cut escape", Raw: mail(plain+asQP, "all is well =C3"), Has: []string{"all is well"}},
		{Name: "quoted-printable, 8-bit inside", Raw: mail(plain+asQP, "déjà =C3=A9"), Has: []string{"déjà é"}},
		{Name: "quoted-printable, in capitals", Raw: mail(plain+"Content-Transfer-Encoding: QUOTED-PRINTABLE", qp(words)), Has: []string{words}},
		{Name: "base64", Raw: mail(plain+asBase64, b64(words)), Has: []string{words}},
		{Name: "base64, one long line", Raw: mail(plain+asBase64, strings.ReplaceAll(b64(words+long), "\r\n", "")), Has: []string{words}},
		{Name: "base64, no padding", Raw: mail(plain+asBase64, strings.TrimRight(b64("no padding!"), "=\r\n")), Has: []string{"no padding!"}},
		{Name: "base64, cut in the middle", Raw: mail(plain+asBase64, b64(words)[:30]), Has: []string{"We set the record"}},
		{Name: "base64, spaces and junk", Raw: mail(plain+asBase64, "V2Ug c2V0\r\n!! IHRoZQ==\r\n"), Has: []string{"We"}},
		{Name: "base64, two blocks", Raw: mail(plain+asBase64, b64("first ")+b64("second")), Has: []string{"first second"}},
		{Name: "base64, footer of a list", Raw: mail(plain+asBase64, b64(words)+"\r\n_______________________________________________\r\nstaff mailing list\r\nstaff@lists.example\r\n"), Has: []string{words, "staff mailing list"}},
		{Name: "base64 said, plain sent", Raw: mail(plain+asBase64, "this is plain text, not base64 at all."), Has: []string{"this is plain text, not base64 at all."}},
		{Name: "base64, blank lines between", Raw: mail(plain+asBase64, strings.ReplaceAll(b64(words+words), "\r\n", "\r\n\r\n")), Has: []string{words}},
		{Name: "uuencode", Raw: mail(plain+"Content-Transfer-Encoding: x-uuencode", "begin 644 note.txt\r\n+:&5L;&\\@=V]R;&0\r\n`\r\nend\r\n"), Has: []string{"hello world"}},
		{Name: "unknown encoding", Raw: mail(plain+"Content-Transfer-Encoding: rot13", "as it is"), Has: []string{"as it is"}},
		{Name: "encoding with a comment", Raw: mail(plain+"Content-Transfer-Encoding: 8bit; x=y", "déjà"), Has: []string{"déjà"}},
		{Name: "binary", Raw: mail(plain+"Content-Transfer-Encoding: binary", "déjà"), Has: []string{"déjà"}},
		{Name: "two encodings", Raw: mail(plain+asQP+"\r\n"+"Content-Transfer-Encoding: 8bit", qp(words)), Has: []string{words}},
		{Name: "LF only", Raw: strings.ReplaceAll(text("line one\nline two"), "\r\n", "\n"), Has: []string{"line one\nline two"}},
		{Name: "CR only", Raw: strings.ReplaceAll(text("line one\nline two"), "\r\n", "\r"), Has: []string{"line one\nline two"}},
		{Name: "mixed line ends", Raw: strings.Replace(text("a\nb\nc"), "a\r\nb", "a\rb", 1), Has: []string{"a\nb\nc"}},
		{Name: "header in CRLF, body in LF", Raw: mail("Content-Type: text/plain", "a\nb"), Has: []string{"a\nb"}},
		{Name: "header in LF, body in CRLF", Raw: "From: ana@shop.example\nSubject: x\n\na\r\nb", Has: []string{"a\nb"}},
		{Name: "a line of 13,000 bytes", Raw: text(long), Has: []string{long[:13000]}},
		{Name: "flowed", Raw: mail("Content-Type: text/plain; format=flowed", "We have set \r\nthe record \r\nand it fails.\r\n\r\n> Did you \r\n> set it?\r\nYes.\r\n"), Has: []string{"We have set the record and it fails.", "> Did you set it?", "Yes."}},
		{Name: "flowed, space-stuffed", Raw: mail("Content-Type: text/plain; format=flowed", " From here \r\nto there.\r\n >not quoted\r\n"), Has: []string{"From here to there.", ">not quoted"}},
		{Name: "flowed, DelSp", Raw: mail("Content-Type: text/plain; format=flowed; delsp=yes", "リンクが \r\n開きません。\r\n"), Has: []string{"リンクが開きません。"}},
		{Name: "flowed, signature", Raw: mail("Content-Type: text/plain; format=Flowed", "All done.\r\n-- \r\nAna\r\n"), Has: []string{"All done.\n-- \nAna"}},
		{Name: "mbox line", Raw: "From ana@shop.example Fri Nov 20 10:00:00 2026\r\n" + text("body"), Has: []string{"body"}, From: "ana@shop.example"},
		{Name: "mbox line, quoted", Raw: ">From ana@shop.example Fri Nov 20 10:00:00 2026\n" + strings.ReplaceAll(text("body"), "\r\n", "\n"), Has: []string{"body"}, From: "ana@shop.example"},
		{Name: "blank lines first", Raw: "\r\n\r\n" + text("body"), Has: []string{"body"}, From: "ana@shop.example"},
		{Name: "byte order mark first", Raw: "\xef\xbb\xbf" + text("body"), Has: []string{"body"}, From: "ana@shop.example"},
		{Name: "no empty line after the header", Raw: "From: ana@shop.example\r\nSubject: nothing else\r\n", Subject: "nothing else", From: "ana@shop.example"},
		{Name: "empty body", Raw: text(""), From: "ana@shop.example", Files: []string{"-"}},
		{Name: "only spaces", Raw: text("  \n \n"), From: "ana@shop.example"},
		{Name: "NULs in the header", Raw: "From: ana@shop.example\r\nSubject: a\x00b\r\n\r\nbody", Subject: "a b", Has: []string{"body"}},
		{Name: "control characters", Raw: text("a\x07b\x1b[31mred"), Has: []string{"red"}},
		{Name: "form feed and tabs", Raw: text("a\tb\fc"), Has: []string{"a\tb"}},
		{Name: "a dot alone on a line", Raw: text("before\n.\nafter"), Has: []string{"before\n.\nafter"}},
	}
}
