package mailshapes

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// head is a mail with exactly these header lines.
func head(lines ...string) string {
	return strings.Join(append(lines, "", "the words"), "\r\n")
}

func headers() []Shape {
	const from = "From: ana@shop.example"
	subject := func(s string) string { return head(from, "Subject: "+s) }
	sender := func(s string) string { return head("From: "+s, "Subject: x") }
	return []Shape{
		{Name: "encoded words, B", Raw: subject("=?UTF-8?B?xbvDs8WCxIc=?="), Subject: "Żółć"},
		{Name: "encoded words, Q", Raw: subject("=?utf-8?Q?Za=C5=BC=C3=B3=C5=82=C4=87_g=C4=99?="), Subject: "Zażółć gę"},
		{Name: "encoded words over two lines", Raw: subject("=?utf-8?Q?Za=C5=BC?=\r\n =?utf-8?Q?=C3=B3=C5=82=C4=87?="), Subject: "Zażółć"},
		{Name: "a letter cut in two words", Raw: subject("=?utf-8?B?xbvDsw==?= =?utf-8?B?xYLE?= =?utf-8?B?hw==?="), Subject: "Żółć"},
		{Name: "encoded words that touch", Raw: subject("=?utf-8?Q?a?==?utf-8?Q?b?="), Subject: "ab"},
		{Name: "encoded word inside a word", Raw: subject("Re:=?utf-8?Q?_=C5=BB?="), Subject: "Re: Ż"},
		{Name: "encoded word in quotes", Raw: subject("\"=?utf-8?Q?=C5=BB?=\""), Subject: "\"Ż\""},
		{Name: "encoded words of two sets", Raw: subject("=?iso-8859-1?Q?d=E9j=E0?= =?utf-8?Q?_vu_=C5=BB?="), Subject: "déjà vu Ż"},
		{Name: "encoded word with spaces inside", Raw: subject("=?utf-8?Q?a b c?="), Subject: "a b c"},
		{Name: "encoded word with a language", Raw: subject("=?utf-8*pl?Q?=C5=BB?="), Subject: "Ż"},
		{Name: "encoded word never ends", Raw: subject("=?utf-8?Q?abc"), Subject: "=?utf-8?Q?abc"},
		{Name: "encoded word of an unknown set", Raw: subject("=?x-banana?Q?=C5=BB?="), Subject: "Ż"},
		{Name: "encoded word of an unknown kind", Raw: subject("=?utf-8?X?abc?="), Subject: "=?utf-8?X?abc?="},
		{Name: "encoded word, iso-2022-jp", Raw: subject("=?ISO-2022-JP?B?GyRCJWolcyUvGyhC?="), Subject: "リンク"},
		{Name: "encoded word, gb2312", Raw: subject("=?gb2312?B?wbS90w==?="), Subject: "链接"},
		{Name: "encoded word, koi8-r", Raw: subject("=?koi8-r?B?89PZzMvJ?="), Subject: "Ссылки"},
		{Name: "encoded word, bad base64", Raw: subject("=?utf-8?B?xbvDs8WCxIc?="), Subject: "Żółć"},
		{Name: "8-bit subject, utf-8", Raw: subject("Żółć"), Subject: "Żółć"},
		{Name: "8-bit subject, western", Raw: subject(encoded(charmap.Windows1252, "déjà vu")), Subject: "déjà vu"},
		{Name: "folded subject", Raw: head(from, "Subject: one", "\ttwo", "  three"), Subject: "one two three"},
		{Name: "no subject", Raw: head(from, "Date: Fri, 20 Nov 2026 10:00:00 +0100"), From: "ana@shop.example"},
		{Name: "empty subject", Raw: subject(""), From: "ana@shop.example"},
		{Name: "two subjects", Raw: head(from, "Subject: first", "Subject: second"), Subject: "first"},
		{Name: "space before the colon", Raw: head("From : ana@shop.example", "Subject : x"), From: "ana@shop.example", Subject: "x"},
		{Name: "lower-case names", Raw: head("from: ana@shop.example", "subject: x"), From: "ana@shop.example", Subject: "x"},
		{Name: "a line that is no field", Raw: head(from, "this is no field", "Subject: x"), From: "ana@shop.example", Subject: "x", Has: []string{"the words"}},
		{Name: "a line that begins with a colon", Raw: head(from, ": nothing", "Subject: x"), Subject: "x", Has: []string{"the words"}},
		{Name: "header line of 60,000 bytes", Raw: head(from, "X-Long: "+strings.Repeat("x", 60000), "Subject: x"), Subject: "x", Has: []string{"the words"}},
		{Name: "5,000 header lines", Raw: head(from, strings.TrimSuffix(strings.Repeat("X-A: b\r\n", 5000), "\r\n"), "Subject: x"), Subject: "x", Has: []string{"the words"}},
		{Name: "only From", Raw: head(from), From: "ana@shop.example", Has: []string{"the words"}},
		{Name: "only a Date", Raw: head("Date: Fri, 20 Nov 2026 10:00:00 +0100"), From: "-", Has: []string{"the words"}},
		{Name: "no From, a Sender", Raw: head("Sender: Bob <bob@shop.example>", "Date: Fri, 20 Nov 2026 10:00:00 +0100"), From: "bob@shop.example"},
		{Name: "no From, a Reply-To", Raw: head("Reply-To: bob@shop.example", "Message-ID: <1@x>"), From: "bob@shop.example"},
		{Name: "name and address", Raw: sender("Ana Kos <ana@shop.example>"), From: "ana@shop.example", FromName: "Ana Kos"},
		{Name: "quoted name", Raw: sender("\"Kos, Ana\" <ana@shop.example>"), From: "ana@shop.example", FromName: "Kos, Ana"},
		{Name: "name in encoded words", Raw: sender("=?utf-8?Q?Zo=C3=AB?= <zoe@shop.example>"), From: "zoe@shop.example", FromName: "Zoë"},
		{Name: "name in quoted encoded words", Raw: sender("\"=?utf-8?Q?Zo=C3=AB?=\" <zoe@shop.example>"), From: "zoe@shop.example", FromName: "Zoë"},
		{Name: "name in raw bytes", Raw: sender("Zoë <zoe@shop.example>"), From: "zoe@shop.example", FromName: "Zoë"},
		{Name: "name with a comma, no quotes", Raw: sender("Kos, Ana <ana@shop.example>"), From: "ana@shop.example"},
		{Name: "name is another address", Raw: sender("\"ceo@sendline.example\" <evil@elsewhere.example>"), From: "evil@elsewhere.example", FromName: "ceo@sendline.example"},
		{Name: "name is another address, no quotes", Raw: sender("ceo@sendline.example <evil@elsewhere.example>"), From: "evil@elsewhere.example"},
		{Name: "comment as name", Raw: sender("ana@shop.example (Ana Kos)"), From: "ana@shop.example"},
		{Name: "address in brackets only", Raw: sender("<ana@shop.example>"), From: "ana@shop.example"},
		{Name: "address in double brackets", Raw: sender("Ana <<ana@shop.example>>"), From: "ana@shop.example"},
		{Name: "bracket not closed", Raw: sender("Ana <ana@shop.example"), From: "ana@shop.example"},
		{Name: "quote not closed", Raw: sender("\"Ana <ana@shop.example>"), From: "ana@shop.example"},
		{Name: "address with a plus", Raw: sender("ana+news@shop.example"), From: "ana+news@shop.example"},
		{Name: "address with a quoted part", Raw: sender("\"ana kos\"@shop.example"), From: "\"ana kos\"@shop.example"},
		{Name: "address in capitals", Raw: sender("ANA@SHOP.EXAMPLE"), From: "ANA@SHOP.EXAMPLE"},
		{Name: "international address", Raw: sender("Zoë <zoë@größe.example>"), From: "zoë@größe.example"},
		{Name: "dot at the end of the local part", Raw: sender("ana.@shop.example"), From: "ana.@shop.example"},
		{Name: "two dots", Raw: sender("ana..kos@shop.example"), From: "ana..kos@shop.example"},
		{Name: "several Froms in one field", Raw: sender("ana@shop.example, bob@shop.example"), From: "ana@shop.example"},
		{Name: "several From fields", Raw: head("From: ana@shop.example", "From: bob@shop.example", "Subject: x"), From: "ana@shop.example"},
		{Name: "group", Raw: sender("undisclosed-recipients:;"), From: "-"},
		{Name: "group with a member", Raw: sender("Team: ana@shop.example;"), From: "ana@shop.example"},
		{Name: "From without address", Raw: sender("Ana Kos"), From: "-", FromName: "Ana Kos"},
		{Name: "empty From", Raw: head("From:", "Subject: x", "Date: Fri, 20 Nov 2026 10:00:00 +0100"), From: "-"},
		{Name: "From of a local user", Raw: sender("root"), From: "-"},
		{Name: "date with a zone name", Raw: head(from, "Date: Fri, 20 Nov 2026 10:00:00 CET"), Has: []string{"the words"}},
		{Name: "date with a comment", Raw: head(from, "Date: Fri, 20 Nov 2026 10:00:00 +0100 (CET)"), Has: []string{"the words"}},
		{Name: "date in two digits", Raw: head(from, "Date: 20 Nov 26 10:00:00 +0100"), Has: []string{"the words"}},
		{Name: "date that is none", Raw: head(from, "Date: yesterday"), Has: []string{"the words"}},
		{Name: "date in the far future", Raw: head(from, "Date: Fri, 20 Nov 9999 10:00:00 +0100"), Has: []string{"the words"}},
		{Name: "Message-ID without brackets", Raw: head(from, "Message-ID: abc@shop.example"), Has: []string{"the words"}},
		{Name: "Message-ID with spaces", Raw: head(from, "Message-ID: < abc@shop.example >"), Has: []string{"the words"}},
		{Name: "folded references", Raw: head(from, "References: <a@x.example>\r\n <b@x.example>\r\n\t<c@x.example>", "In-Reply-To: Your message of Monday <c@x.example>"), Has: []string{"the words"}},
		{Name: "resent", Raw: head("Resent-From: bob@shop.example", from, "Subject: x"), From: "ana@shop.example"},
		{Name: "not a mail", Raw: "hello there", Invalid: true},
		{Name: "an HTML page", Raw: "<!DOCTYPE html><html><body>From: x</body></html>", Invalid: true},
		{Name: "nothing", Raw: "", Invalid: true},
	}
}
