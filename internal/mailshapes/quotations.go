package mailshapes

import (
	"fmt"
	"strings"
)

// own and old are what the writer says and what stood in the mail before.
const (
	own = "The record is set and it still fails."
	old = "Please set the record as step two says."
)

// attributions are the lines that programs write above a quotation, by
// language and program.
var attributions = map[string]string{
	"English, Gmail":             "On Fri, Nov 20, 2026 at 10:02 AM Ada Lee <ada@sendline.example> wrote:",
	"English, Apple Mail":        "On 20 Nov 2026, at 10:02, Ada Lee <ada@sendline.example> wrote:",
	"English, Thunderbird":       "On 20/11/2026 10:02, Ada Lee wrote:",
	"English, over two lines":    "On Fri, Nov 20, 2026 at 10:02 AM Ada Lee from the support of Sendline <\nada@sendline.example> wrote:",
	"English, over three lines":  "On Fri, Nov 20, 2026 at 10:02 AM\nAda Lee from the support of Sendline\n<ada@sendline.example> wrote:",
	"English, Yahoo":             "On Friday, November 20, 2026 at 10:02:33 AM GMT+1, Ada Lee <ada@sendline.example> wrote:",
	"English, Spark":             "On 20 Nov 2026 at 10:02 +0100, Ada Lee <ada@sendline.example>, wrote:",
	"English, name first":        "Ada Lee <ada@sendline.example> wrote (20 Nov 2026 10:02):",
	"German, Gmail":              "Am Fr., 20. Nov. 2026 um 10:02 Uhr schrieb Ada Lee <ada@sendline.example>:",
	"German, Apple Mail":         "Am 20.11.2026 um 10:02 schrieb Ada Lee <ada@sendline.example>:",
	"German, Outlook.com":        "Ada Lee <ada@sendline.example> schrieb am Fr., 20. Nov. 2026, 10:02:",
	"French, Gmail":              "Le ven. 20 nov. 2026 à 10:02, Ada Lee <ada@sendline.example> a écrit :",
	"French, Thunderbird":        "Le 20/11/2026 à 10:02, Ada Lee a écrit :",
	"Spanish, Gmail":             "El vie, 20 nov 2026 a las 10:02, Ada Lee (<ada@sendline.example>) escribió:",
	"Italian, Gmail":             "Il giorno ven 20 nov 2026 alle ore 10:02 Ada Lee <ada@sendline.example> ha scritto:",
	"Italian, Apple Mail":        "Il giorno 20 nov 2026, alle ore 10:02, Ada Lee <ada@sendline.example> ha scritto:",
	"Polish, Gmail":              "pt., 20 lis 2026 o 10:02 Ada Lee <ada@sendline.example> napisał(a):",
	"Polish, Thunderbird":        "W dniu 20.11.2026 o 10:02, Ada Lee pisze:",
	"Polish, Apple Mail":         "Wiadomość napisana przez Ada Lee <ada@sendline.example> w dniu 20.11.2026, o godz. 10:02:",
	"Dutch, Gmail":               "Op vr 20 nov 2026 om 10:02 schreef Ada Lee <ada@sendline.example>:",
	"Dutch, Apple Mail":          "Op 20 nov. 2026, om 10:02 heeft Ada Lee <ada@sendline.example> het volgende geschreven:",
	"Portuguese, Gmail":          "Em sex., 20 de nov. de 2026 às 10:02, Ada Lee <ada@sendline.example> escreveu:",
	"Portuguese, Portugal":       "Ada Lee <ada@sendline.example> escreveu no dia sexta, 20/11/2026 à(s) 10:02:",
	"Swedish, Gmail":             "Den fre 20 nov. 2026 kl 10:02 skrev Ada Lee <ada@sendline.example>:",
	"Danish, Gmail":              "Den fre. 20. nov. 2026 kl. 10.02 skrev Ada Lee <ada@sendline.example>:",
	"Norwegian, Gmail":           "fre. 20. nov. 2026 kl. 10:02 skrev Ada Lee <ada@sendline.example>:",
	"Finnish, Gmail":             "pe 20. marrask. 2026 klo 10.02 Ada Lee (ada@sendline.example) kirjoitti:",
	"Czech, Gmail":               "pá 20. 11. 2026 v 10:02 odesílatel Ada Lee <ada@sendline.example> napsal:",
	"Slovak, Gmail":              "pi 20. 11. 2026 o 10:02 Ada Lee <ada@sendline.example> napísal(a):",
	"Hungarian, Gmail":           "Ada Lee <ada@sendline.example> ezt írta (időpont: 2026. nov. 20., P, 10:02):",
	"Romanian, Gmail":            "În vin., 20 nov. 2026 la 10:02, Ada Lee <ada@sendline.example> a scris:",
	"Japanese, Gmail":            "2026年11月20日(金) 10:02 Ada Lee <ada@sendline.example>:",
	"Japanese, Apple Mail":       "2026/11/20 10:02、Ada Lee <ada@sendline.example>のメール:",
	"Chinese, Gmail":             "Ada Lee <ada@sendline.example> 于2026年11月20日周五 10:02写道：",
	"Chinese, Taiwan":            "Ada Lee <ada@sendline.example> 於 2026年11月20日 週五 上午10:02寫道：",
	"Korean, Gmail":              "2026년 11월 20일 (금) 오전 10:02, Ada Lee <ada@sendline.example>님이 작성:",
	"Russian, Gmail":             "пт, 20 нояб. 2026 г. в 10:02, Ada Lee <ada@sendline.example>:",
	"Russian, Mail.ru":           "Пятница, 20 ноября 2026, 10:02 +03:00 от Ada Lee <ada@sendline.example>:",
	"Russian, Apple Mail":        "20 нояб. 2026 г., в 10:02, Ada Lee <ada@sendline.example> написал(а):",
	"Ukrainian, Gmail":           "пт, 20 лист. 2026 р. о 10:02 Ada Lee <ada@sendline.example> пише:",
	"Turkish, Gmail":             "Ada Lee <ada@sendline.example>, 20 Kas 2026 Cum, 10:02 tarihinde şunu yazdı:",
	"Greek, Gmail":               "Στις Παρ 20 Νοε 2026 στις 10:02 π.μ., ο/η Ada Lee <ada@sendline.example> έγραψε:",
	"Hebrew, Gmail":              "\u202bבתאריך יום ו׳, 20 בנוב׳ 2026 ב-10:02 מאת \u202aAda Lee\u202c\u200f <\u202aada@sendline.example\u202c\u200f>:\u202c",
	"Arabic, Gmail":              "في الجمعة، 20 نوفمبر 2026 10:02 ص Ada Lee <ada@sendline.example> كتب:",
	"Vietnamese, Gmail":          "Vào Th 6, 20 thg 11, 2026 vào lúc 10:02 Ada Lee <ada@sendline.example> đã viết:",
	"an address and a date only": "2026-11-20 10:02 GMT+01:00 Ada Lee <ada@sendline.example>:",
}

// blocks are the headers that Outlook writes above an earlier mail: from, sent,
// to, subject.
var blocks = map[string][4]string{
	"English": {"From", "Sent", "To", "Subject"}, "German": {"Von", "Gesendet", "An", "Betreff"}, "French": {"De ", "Envoyé ", "À ", "Objet "},
	"Spanish": {"De", "Enviado", "Para", "Asunto"}, "Italian": {"Da", "Inviato", "A", "Oggetto"}, "Polish": {"Od", "Wysłano", "Do", "Temat"},
	"Dutch": {"Van", "Verzonden", "Aan", "Onderwerp"}, "Portuguese": {"De", "Enviada em", "Para", "Assunto"}, "Swedish": {"Från", "Skickat", "Till", "Ämne"},
	"Danish": {"Fra", "Sendt", "Til", "Emne"}, "Norwegian": {"Fra", "Sendt", "Til", "Emne"}, "Finnish": {"Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"},
	"Czech": {"Od", "Odesláno", "Komu", "Předmět"}, "Slovak": {"Od", "Odoslané", "Komu", "Predmet"}, "Hungarian": {"Feladó", "Elküldve", "Címzett", "Tárgy"},
	"Romanian": {"De la", "Trimis", "Către", "Subiect"}, "Japanese": {"差出人", "送信日時", "宛先", "件名"}, "Chinese": {"发件人", "发送时间", "收件人", "主题"},
	"Chinese, Taiwan": {"寄件者", "寄件日期", "收件者", "主旨"}, "Korean": {"보낸 사람", "보낸 날짜", "받는 사람", "제목"}, "Russian": {"От", "Отправлено", "Кому", "Тема"},
	"Ukrainian": {"Від", "Надіслано", "Кому", "Тема"}, "Turkish": {"Kimden", "Gönderme Tarihi", "Kime", "Konu"}, "Greek": {"Από", "Στάλθηκε", "Προς", "Θέμα"},
	"Hebrew": {"מאת", "נשלח", "אל", "נושא"}, "Arabic": {"من", "تاريخ الإرسال", "إلى", "الموضوع"},
}

// forwards are the lines above a forwarded mail.
var forwards = map[string]string{
	"English, Gmail": "---------- Forwarded message ---------", "English, Apple Mail": "Begin forwarded message:", "English, Thunderbird": "-------- Forwarded Message --------",
	"English, Outlook": "-----Original Message-----", "German": "---------- Weitergeleitete Nachricht ----------", "German, Apple Mail": "Anfang der weitergeleiteten Nachricht:",
	"German, Outlook": "-----Ursprüngliche Nachricht-----", "French": "---------- Message transféré ---------", "French, Apple Mail": "Début du message réexpédié :", "French, Outlook": "-----Message d'origine-----",
	"Spanish": "---------- Mensaje reenviado ---------", "Spanish, Apple Mail": "Inicio del mensaje reenviado:", "Italian": "---------- Messaggio inoltrato ---------", "Italian, Apple Mail": "Inizio messaggio inoltrato:",
	"Polish": "---------- Wiadomość przekazana dalej ----------", "Polish, Outlook": "-----Wiadomość oryginalna-----", "Polish, Gmail": "---------- Forwarded message ---------", "Dutch": "---------- Doorgestuurd bericht ----------", "Dutch, Outlook": "-----Oorspronkelijk bericht-----",
	"Portuguese": "---------- Mensagem encaminhada ---------", "Swedish": "---------- Vidarebefordrat meddelande ---------", "Danish": "---------- Videresendt meddelelse ---------", "Norwegian": "---------- Videresendt melding ---------",
	"Czech": "---------- Přeposlaná zpráva ---------", "Japanese": "---------- 転送メッセージ ---------", "Chinese": "---------- 转发的邮件 ---------", "Russian": "---------- Пересылаемое сообщение ---------",
	"Ukrainian": "---------- Переслане повідомлення ---------", "Turkish": "---------- İletilen mesaj ---------",
}

// phones are the lines that programs of telephones sign with.
var phones = []string{"Sent from my iPhone", "Get Outlook for iOS <https://aka.example/o0ukef>", "Sent from Yahoo Mail on Android", "Von meinem iPhone gesendet", "Gesendet mit der Mail App", "Envoyé de mon iPhone",
	"Envoyé depuis mon appareil Galaxy", "Enviado desde mi iPhone", "Inviato da iPhone", "Wysłane z iPhone'a", "Verstuurd vanaf mijn iPhone", "Enviado do meu iPhone", "Skickat från min iPhone", "Sendt fra min iPhone",
	"Sendt fra min iPad", "Lähetetty iPhonesta", "Odesláno z iPhonu", "iPhoneから送信", "发自我的iPhone", "從我的 iPhone 傳送", "나의 iPhone에서 보냄", "Отправлено с iPhone", "Надіслано з iPhone", "iPhone'umdan gönderildi", "Outlook for Android を入手", "Hämta Outlook för iOS"}

func quotations() []Shape {
	var out []Shape
	for name, line := range attributions {
		out = append(out,
			Shape{Name: "reply above, " + name, Raw: text(own + "\n\n" + line + "\n\n" + old + "\n"), Own: []string{own}, Quoted: []string{old, "Ada Lee"}, Has: []string{own, old}},
			Shape{Name: "reply below, " + name, Raw: text(line + "\n> " + old + "\n\n" + own + "\n"), Own: []string{own}, Quoted: []string{old, "Ada Lee"}, Has: []string{old, own}})
	}
	for name, b := range blocks {
		block := fmt.Sprintf("%s: Ada Lee <ada@sendline.example>\n%s: 20.11.2026 10:02\n%s: Ana <ana@shop.example>\n%s: Links\n", b[0], b[1], b[2], b[3])
		out = append(out,
			Shape{Name: "Outlook, " + name, Raw: text(own + "\n\n" + block + "\n" + old + "\n"), Own: []string{own}, Quoted: []string{old, "Ada Lee"}},
			Shape{Name: "Outlook with a ruler, " + name, Raw: text(own + "\n\n________________________________\n" + block + "\n" + old + "\n"), Own: []string{own}, Quoted: []string{old, "Ada Lee"}})
	}
	for name, line := range forwards {
		out = append(out, Shape{Name: "forward, " + name, Raw: text("See below what your colleague wrote.\n\n" + line + "\nAda Lee <ada@sendline.example>\n\n" + old + "\n"),
			Own: []string{"See below what your colleague wrote."}, Quoted: []string{old}})
	}
	for i, line := range phones {
		out = append(out, Shape{Name: fmt.Sprintf("telephone %d", i), Raw: text(own + "\n\n" + line + "\n"), Own: []string{own}, Quoted: []string{line}, Has: []string{line}})
	}
	gmail := `<div dir="ltr">` + own + `</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Ada Lee, sometime &lt;ada@sendline.example&gt; zapsal:<br></div><blockquote class="gmail_quote" style="margin:0px"><div>` + old + `</div></blockquote></div>`
	return append(out,
		Shape{Name: "answers between the lines", Raw: text("Hello,\n\n> Is the record set?\nYes, since Monday.\n> Is the proxy on?\nNo, it is off.\n"), Own: []string{"Yes, since Monday.", "No, it is off."}, Quoted: []string{"Is the record set", "proxy on"}},
		Shape{Name: "nested quotations", Raw: text(own + "\n\n> one\n>> two\n> > three\n"), Own: []string{own}, Quoted: []string{"two", "three"}},
		Shape{Name: "signature", Raw: text(own + "\n-- \nAna Kos\nHead of Links\n"), Own: []string{own}, Quoted: []string{"Head of Links"}},
		Shape{Name: "signature, space lost", Raw: text(own + "\n--\nAna Kos\nHead of Links\n"), Own: []string{own}, Quoted: []string{"Head of Links"}},
		Shape{Name: "signature above the quotation", Raw: text(own + "\n-- \nAna Kos\n\nOn 20/11/2026 10:02, Ada Lee wrote:\n> " + old + "\n\nAnd this is the answer below."), Own: []string{own, "And this is the answer below."}, Quoted: []string{"Ana Kos", old}},
		Shape{Name: "a sentence that looks like a line above", Raw: text("On Monday 20 November we wrote to your support:\nnothing came back.\n"), Own: []string{"On Monday 20 November", "nothing came back."}},
		Shape{Name: "a list with From and To", Raw: text("We moved the record.\nFrom: ns1.old.example\nTo: ns1.new.example\nIt still fails.\n"), Own: []string{"ns1.old.example", "It still fails."}},
		Shape{Name: "a colon at the end", Raw: text("On link.shop.example the answer of 20 servers is:\n\n503\n\nWhat now?"), Own: []string{"503", "What now?"}},
		Shape{Name: "markdown table", Raw: text("| name | type |\n| link | CNAME |\nThat is all."), Own: []string{"| link | CNAME |", "That is all."}},
		Shape{Name: "Gmail page", Raw: page(gmail), Own: []string{own}, Quoted: []string{old, "zapsal"}},
		Shape{Name: "Gmail page, answers between", Raw: page(`<div>Hello,</div><div class="gmail_quote"><div class="gmail_attr">x</div><blockquote>Is it set?</blockquote><div>Yes, since Monday.</div><blockquote>And the proxy?</blockquote><div>Off.</div></div>`), Own: []string{"Yes, since Monday.", "Off."}, Quoted: []string{"Is it set", "the proxy"}},
		Shape{Name: "Apple Mail page", Raw: page(`<div>` + own + `</div><div><blockquote type="cite"><div>On 20 Nov 2026, at 10:02, Ada &lt;ada@sendline.example&gt; wrote:</div><br><div>` + old + `</div></blockquote></div>`), Own: []string{own}, Quoted: []string{old}},
		Shape{Name: "Thunderbird page", Raw: page(`<p>` + own + `</p><div class="moz-cite-prefix">Am 20.11.2026 hat Ada etwas mitgeteilt<br></div><blockquote type="cite">` + old + `</blockquote><div class="moz-signature">-- <br>Ana Kos</div>`), Own: []string{own}, Quoted: []string{old, "mitgeteilt", "Ana Kos"}},
		Shape{Name: "Outlook page", Raw: page(`<p class=MsoNormal>` + own + `</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Ada Lee &lt;ada@sendline.example&gt;<br><b>Sent:</b> Friday, November 20, 2026 10:02<br><b>To:</b> Ana<br><b>Subject:</b> Links</p></div><p>` + old + `</p>`), Own: []string{own}, Quoted: []string{old, "Ada Lee"}},
		Shape{Name: "Outlook on the web page", Raw: page(`<div>` + own + `</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><font><b>Von:</b> Ada Lee<br><b>Gesendet:</b> Freitag, 20. November 2026<br><b>An:</b> Ana<br><b>Betreff:</b> Links</font></div><div>` + old + `</div>`), Own: []string{own}, Quoted: []string{"Ada Lee"}},
		Shape{Name: "Yahoo page", Raw: page(`<div>` + own + `</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Friday Ada sent:</div><div>` + old + `</div></div>`), Own: []string{own}, Quoted: []string{old}},
		Shape{Name: "signature of Gmail", Raw: page(`<div>` + own + `</div><div class="gmail_signature" data-smartmail="gmail_signature"><div>Ana Kos</div><div>Head of Links</div></div>`), Own: []string{own}, Quoted: []string{"Head of Links"}},
		Shape{Name: "signature of Outlook on a telephone", Raw: page(`<div>` + own + `</div><div id="ms-outlook-mobile-signature"><a href="https://aka.example/o">Get Outlook for iOS</a></div>`), Own: []string{own}, Quoted: []string{"Get Outlook"}},
		Shape{Name: "signature with words below", Raw: page(`<div>` + own + `</div><div class="gmail_signature"><div>Ana Kos</div></div><div>And one more thing to say.</div>`), Own: []string{own, "And one more thing to say."}},
		Shape{Name: "forward without a word", Raw: text("---------- Forwarded message ---------\nFrom: Ada Lee <ada@sendline.example>\nDate: Fri, Nov 20, 2026\nSubject: Links\n\n" + old), Quoted: []string{old}, Has: []string{old}},
		Shape{Name: "disclaimer", Raw: text(own + "\n\n-- \nAna\nThis message is confidential.\n" + strings.Repeat("It is meant for the addressee alone. ", 20)), Own: []string{own}, Quoted: []string{"confidential"}},
	)
}
