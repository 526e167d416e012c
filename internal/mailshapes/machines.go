package mailshapes

import "strings"

// auto is a mail with these header lines beside the usual ones.
func auto(lines ...string) string {
	return mail(strings.Join(lines, "\r\n"), "I am away until Monday.")
}

func machines() []Shape {
	report := func(status string, more ...string) string {
		parts := append([]string{part("text/plain", "Your message could not be delivered."), part("message/delivery-status", strings.ReplaceAll(status, "\n", "\r\n"))}, more...)
		return strings.Replace(multi("report; report-type=delivery-status", parts...), "From: Ana <ana@shop.example>", "From: MAILER-DAEMON@mx.shop.example", 1)
	}
	from := func(address, subject, body string) string {
		return "From: " + address + "\r\nTo: help@sendline.example\r\nSubject: " + subject + "\r\nMessage-ID: <2@x.example>\r\n\r\n" + body
	}
	const ours = "Message-ID: <out.1@sendline.example>\r\nSubject: Re: x\r\n\r\nour answer"
	return []Shape{
		{Name: "auto-replied", Raw: auto("Auto-Submitted: auto-replied"), Automatic: "auto_reply", Has: []string{"I am away"}},
		{Name: "auto-generated with a parameter", Raw: auto("Auto-Submitted: auto-generated; owner-email=x"), Automatic: "auto_reply"},
		{Name: "auto-notified", Raw: auto("Auto-Submitted: auto-notified"), Automatic: "auto_reply"},
		{Name: "auto-submitted no", Raw: auto("Auto-Submitted: no"), Automatic: "-"},
		{Name: "suppress is no sign", Raw: auto("X-Auto-Response-Suppress: All"), Automatic: "-"},
		{Name: "X-Autoreply", Raw: auto("X-Autoreply: yes"), Automatic: "auto_reply"},
		{Name: "X-Autorespond", Raw: auto("X-Autorespond: Re: x"), Automatic: "auto_reply"},
		{Name: "precedence auto_reply", Raw: auto("Precedence: auto_reply"), Automatic: "auto_reply"},
		{Name: "precedence bulk", Raw: auto("Precedence: bulk"), Automatic: "list"},
		{Name: "precedence list", Raw: auto("Precedence: LIST"), Automatic: "list"},
		{Name: "precedence junk", Raw: auto("Precedence: junk"), Automatic: "list"},
		{Name: "precedence first-class", Raw: auto("Precedence: first-class"), Automatic: "-"},
		{Name: "List-Id", Raw: auto("List-Id: Users <users.lists.example>"), Automatic: "list"},
		{Name: "List-Unsubscribe", Raw: auto("List-Unsubscribe: <mailto:x@lists.example>"), Automatic: "list"},
		{Name: "null path", Raw: auto("Return-Path: <>"), Automatic: "auto_reply"},
		{Name: "a path", Raw: auto("Return-Path: <ana@shop.example>"), Automatic: "-"},
		{Name: "away, English", Raw: from("ana@shop.example", "Automatic reply: Re: x", "I am away"), Automatic: "auto_reply"},
		{Name: "away, German", Raw: from("ana@shop.example", "Automatische Antwort: Links", "Ich bin nicht da"), Automatic: "auto_reply"},
		{Name: "away, French", Raw: from("ana@shop.example", "=?utf-8?Q?R=C3=A9ponse_automatique_:?= Liens", "Absente"), Automatic: "auto_reply"},
		{Name: "away, Polish", Raw: from("ana@shop.example", "Automatyczna odpowiedź: Linki", "Nie ma mnie"), Automatic: "auto_reply"},
		{Name: "away, Japanese", Raw: from("ana@shop.example", "自動応答: リンク", "不在"), Automatic: "auto_reply"},
		{Name: "about automatic replies", Raw: from("ana@shop.example", "Automatic replies are broken", "How do I switch them on?"), Automatic: "-"},
		{Name: "read receipt", Raw: multi("report; report-type=disposition-notification", part("text/plain", "was read"), part("message/disposition-notification", "Disposition: manual-action; displayed")), Automatic: "auto_reply"},
		{Name: "abuse report", Raw: multi("report; report-type=feedback-report", part("text/plain", "abuse"), part("message/feedback-report", "Feedback-Type: abuse")), Automatic: "auto_reply"},
		{Name: "bounce", Raw: report("Reporting-MTA: dns; mx.shop.example\n\nFinal-Recipient: rfc822; ana@shop.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n", part("message/rfc822", ours)), Automatic: "bounce"},
		{Name: "bounce, header only", Raw: report("Reporting-MTA: dns; mx.shop.example\n\nFinal-Recipient: rfc822; ana@shop.example\nAction: failed\nStatus: 5.2.2\n", part("text/rfc822-headers", ours)), Automatic: "bounce"},
		{Name: "delay", Raw: report("Reporting-MTA: dns; mx.shop.example\n\nFinal-Recipient: rfc822; ana@shop.example\nAction: delayed\nStatus: 4.4.1\n"), Automatic: "bounce"},
		{Name: "bounce of qmail", Raw: from("MAILER-DAEMON@mx.shop.example", "failure notice", "Hi. This is the program at mx.shop.example.\nI wasn't able to deliver.\n\n<ana@shop.example>:\n550 no such user here\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <out.1@sendline.example>\n"), Automatic: "bounce"},
		{Name: "bounce of Exim", Raw: head("From: Mail Delivery System <Mailer-Daemon@mx.shop.example>", "X-Failed-Recipients: ana@shop.example", "Auto-Submitted: auto-replied", "Subject: Mail delivery failed: returning message to sender"), Automatic: "bounce"},
		{Name: "bounce in German", Raw: from("postmaster@mx.shop.example", "Unzustellbar: Re: Links", "550 5.1.1 unbekannt"), Automatic: "bounce"},
		{Name: "a person at postmaster", Raw: from("postmaster@shop.example", "Question about our DNS", "We look after the mail of shop.example. How do I verify the domain?"), Automatic: "-"},
		{Name: "a customer about bounces", Raw: from("ana@shop.example", "Mail delivery failed for our users", "550 5.1.1 says the log. What can we do?"), Automatic: "-"},
		{Name: "a person", Raw: text("Our links open without HTTPS."), Automatic: "-"},
	}
}
