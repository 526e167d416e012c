package offline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"readback/triage"
)

// matterKinds is "kind/procedure" of each matter.
func matterKinds(p triage.Proposal) string {
	var out []string
	for _, m := range p.Matters {
		out = append(out, string(m.Kind)+"/"+m.Procedure)
	}
	return strings.Join(out, " ")
}

// The procedure is told by its rare words and the steps spoken of; what is
// sold, wished, cancelled or vague has none.
func TestChoose(t *testing.T) {
	for text, want := range map[string]string{
		"We made another key with the same permissions and rolled it out everywhere. May we revoke the old one now?": "setup/api-key-rotation",
		"A server failure put 6,000 subscribers on the suppression list. Could you clear them in bulk?":              "setup/suppression-removal",
		"My phone was stolen from the car, the authenticator with it, and the backup codes are used up.":             "security/lost-second-factor",
		"We need our own sending IP, a dedicated one. How do we go about it?":                                        "setup/dedicated-ip",
		"Please downgrade us to Starter from next month.":                                                            "billing/plan-and-invoice",
		"Since Monday nothing arrives at our parse URL any more, and inbound parse worked for a year.":               "broken/inbound-parse",
		"Our account was blocked yesterday, the notice says bounce-rate. How do we get it back?":                     "abuse/account-suspension",
		"Could you give us a quote for two million mails a month?":                                                   "billing/",
		"It would be handy if the statistics page had a weekly view.":                                                "feedback/",
		"The former owner of our account has left in anger. Please make me the owner instead.":                       "security/",
		"We no longer need the service, please close our account at the end of the year.":                            "cancel/",
		"Every image in the editor disappears after I save.":                                                         "broken/",
		"Somebody sends me phishing mails through your servers, one of your customers, please stop this abuse.":      "abuse/",
		"All our API requests fail with 503 for ten minutes, is there an outage?":                                    "incident/",
		"One of our developers pasted an API key into a public forum.":                                               "security/api-key-rotation",
		"One of us typed his password into a fake page last night, and there is a sign-in from an unknown country.":  "security/",
		"Im Protokoll steht eine Anmeldung von einem unbekannten Gerät, bitte sperren Sie den Zugang.":               "security/",
		"Ktoś podał hasło na fałszywej stronie, a teraz widzimy nieznane logowania.":                                 "security/",
		"Una compañera escribió su contraseña en una página falsa y vemos accesos desconocidos.":                     "security/",
		"偽サイトにパスワードを入力してしまいました。":                                                                                     "security/",
		"Your customer keeps mailing my client unsolicited offers. Unless it ends this week we go to court.":         "abuse/",
		"What is the notice period of our annual contract, and does it renew itself?":                                "billing/",
		"Welche Vertragslaufzeit haben wir, und ab wann dürften wir kündigen?":                                       "billing/",
		"Jaki jest okres wypowiedzenia naszej umowy rocznej?":                                                        "billing/",
		"¿Qué plazo de preaviso tiene nuestro contrato anual?":                                                       "billing/",
		"Wir brauchen eine eigene dedizierte IP-Adresse. Wie bestellen wir sie?":                                     "setup/dedicated-ip",
		"¿Cómo podemos comprobar la firma de los webhooks de eventos?":                                               "setup/webhook-signatures",
		"ドメインのDMARCレコードを設定する方法を教えてください。":                                                                             "setup/dmarc-alignment",
		"Our account is suspended. We sent the form back on Thursday, when does anybody look at it?":                 "abuse/account-suspension",
		"Die Revision möchte, dass wir die Signatur Ihrer Callbacks prüfen. Wie geht das?":                           "setup/webhook-signatures",
		"Which of my data do you store, and who got it? I do not ask you to delete it.":                              "privacy/",
		"Stop processing my personal data, I object to it.":                                                          "privacy/",
		"Please erase my personal data.":                                                                             "privacy/data-deletion",
		"Can a colleague get a login of her own on our plan?":                                                        "access/",
		"Nach einem Ausfall beim Provider stehen 900 Adressen auf der Sperrliste. Bitte gesammelt freigeben.":        "setup/suppression-removal",
		"We pay by bank transfer and need an order number on each invoice. Is that possible on Pro?":                 "billing/",
		"送信ドメインの認証が保留のままです。DKIMレコードは追加しました。":                                                                         "setup/domain-authentication",
	} {
		if got := matterKinds(extract(t, sendline(t), ticketOf(text))); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Separate requests become separate matters with their own claims; one problem
// told at length stays one.
func TestSeveral(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"1. We were charged twice in May, please refund it.\n2. Our dedicated IP is ordered but not assigned, please assign it.", "billing/plan-and-invoice setup/dedicated-ip"},
		{"Why does DMARC fail for our newsletter although SPF and DKIM are set up? Also, please refund the invoice that we paid twice.", "setup/dmarc-alignment billing/plan-and-invoice"},
		{"First: our account is suspended, we sent the form yesterday, can you review it? Second: how do I switch our plan from Starter to Pro?", "abuse/account-suspension billing/plan-and-invoice"},
		{"Erstens: unser Konto ist wegen der Bounce-Rate gesperrt, wann prüft jemand das Formular? Zweitens: bitte schicken Sie eine korrigierte Rechnung.", "abuse/account-suspension billing/plan-and-invoice"},
		{"Our tracked links open with a warning. I created the CNAME and turned click tracking on.\n\nAlso, I cleared the cache. Could you tell me how to get HTTPS for the click tracking links?", "setup/https-click-tracking"},
		{"Please switch HTTPS on for our tracking links.\n- click tracking: on\n- CNAME: added\n- certificate: valid", "setup/https-click-tracking"},
	} {
		if got := matterKinds(extract(t, sendline(t), ticketOf(tc.text))); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.text, got, tc.want)
		}
	}
	p := extract(t, sendline(t), ticketOf("Please refund the double charge for May.\n\nAnother thing: we ordered a dedicated IP last week, please assign it."))
	if len(p.Matters) != 2 || !slices.Equal(p.Matters[0].Asks, []string{"refund"}) {
		t.Errorf("matters %+v", p.Matters)
	}
	if len(p.Claims) != 1 || p.Claims[0].Matter != 1 || !slices.Equal(p.Claims[0].Steps, []string{"order-ip"}) {
		t.Errorf("claims %+v", p.Claims)
	}
}

// A request asks for the steps that it names, not for those it mentions.
func TestAsks(t *testing.T) {
	for text, want := range map[string]string{
		"We paid the invoice for June twice, please refund one.":                        "[refund]",
		"Por favor, queremos el reembolso de la factura que nos cobraron dos veces.":    "[refund]",
		"Prosimy o zwrot opłaty, pobrano ją dwa razy za ten sam miesiąc.":               "[refund]",
		"先月の料金が二重に請求されました。返金をお願いします。":                                                   "[refund]",
		"How do we upgrade our plan from Starter to Pro?":                               "[change-plan]",
		"Auf der Rechnung steht die falsche Adresse und USt-IdNr., wie ändern wir sie?": "[]",
		"Please send us a corrected invoice with the right VAT number.":                 "[]",
	} {
		p := extract(t, sendline(t), ticketOf(text))
		if got := fmt.Sprint(p.Matters[0].Asks); p.Matters[0].Procedure != "plan-and-invoice" || got != want {
			t.Errorf("%q: %s asks %s, want %s", text, p.Matters[0].Procedure, got, want)
		}
	}
}

// Claims bind to the steps of other procedures: by their verbs when the
// objects tie, by the phrases of the procedure, in other languages.
func TestOtherSteps(t *testing.T) {
	const (
		keys   = "How do we rotate our API key without interrupting sending? "
		form   = "Our account has been suspended, please reactivate it. "
		supp   = "How do I remove an address from the bounce and suppression list? "
		hooks  = "The signature of the event webhook is what we are after, how do we verify it? "
		domain = "How do I authenticate the sending domain? "
		dmarc  = "Warum schlägt DMARC bei uns fehl? "
		dmarcS = "Nuestros correos fallan DMARC, ¿por qué? "
		dmarcJ = "DMARCの設定方法を教えてください。"
	)
	for _, tc := range []struct{ text, want string }{
		{keys + "A new key is created.", "create-key:done"},
		{keys + "All our services use the new key by now.", "deploy-key:done"},
		{keys + "We have not revoked the old key yet.", "revoke-key:not_done"},
		{keys + "We deleted the old key.", "revoke-key:done"},
		{keys + "Please revoke the old key.", ""},
		{keys + "We have not done anything yet.", "create-key:not_done deploy-key:not_done revoke-key:not_done"},
		{form + "I answered the form on the same day.", "answer-form:done"},
		{form + "We read the notice but have not answered the form.", "answer-form:not_done read-notice:done"},
		{supp + "I found the address under Suppressions.", "find-address:done"},
		{supp + "I looked it up under Suppressions and removed the entry.", "find-address:done remove-entries:done"},
		{hooks + "I copied the signing secret. I implemented the HMAC check, but it fails.", "enable-signing:done verify-in-code:failed"},
		{hooks + "The log shows \"implemented the HMAC check\".", ""},
		{domain + "Both DKIM records are in our DNS.", "dkim-records:done"},
		{domain + "Supposedly the DKIM records are missing.", ""},
		{domain + "Enable DKIM signing at our DNS provider for us.", ""},
		{dmarc + "Den DMARC-Eintrag haben wir gestern angelegt, SPF ist eingerichtet.", "dmarc-record:done spf-record:done"},
		{dmarc + "Den DMARC-Eintrag haben wir noch nicht angelegt.", "dmarc-record:not_done"},
		{dmarc + "Angeblich fehlt der DMARC-Eintrag.", ""},
		{dmarcS + "Ya hemos publicado el registro DMARC y los registros DKIM están publicados.", "dkim-records:done dmarc-record:done"},
		{dmarcJ + "DMARCレコードはまだ公開していません。", "dmarc-record:not_done"},
		{dmarcJ + "DKIMレコードは二つとも公開済みです。DMARCレコードは来週公開する予定です。", "dkim-records:done dmarc-record:planned"},
		{dmarcJ + "SPFレコードにincludeを追加し、DKIMレコードも公開しました。", "dkim-records:done spf-record:done"},
		{dmarcJ + "DKIMレコードを公開してください。", ""},
		{dmarcJ + "DKIMレコードは公開済みですか？", ""},
	} {
		p := extract(t, sendline(t), ticketOf(tc.text))
		if got := stepStates(p); got != tc.want {
			t.Errorf("%q (%s)\n got  %q\n want %q", tc.text, matterKinds(p), got, tc.want)
		}
	}
}

// Mail that wants no answer is told by its form.
func TestForms(t *testing.T) {
	for _, tc := range []struct {
		subject, text string
		want          bool // no answer is wanted
	}{
		{"Automatic reply: your ticket", "I am away until Friday. Please contact my colleagues in urgent cases.", true},
		{"Re: ticket", "I am out of the office this week. In urgent cases please write to ops@heather.example.", true},
		{"Undelivered Mail Returned to Sender", "The following message could not be delivered.", true},
		{"Fwd: Undelivered Mail Returned to Sender", "Our mails come back like this one, could you please look at the domain?", false},
		{"Grow", "Dear website owner, our experts guarantee top positions on page one. Reply STOP to opt out.", true},
		{"", "Hello, I came across your website. We offer SEO and link building, book a quick call.", true},
		{"", "That did the trick, thanks a lot and have a nice weekend!", true},
		{"", "Thanks, it works for the first domain but not for the second.", false},
		{"", "Could you remove me from this list? Your customer spams me.", false},
	} {
		tick := ticketOf(tc.text)
		tick.Subject = tc.subject
		p := extract(t, sendline(t), tick)
		none := p.Matters[0].Kind == triage.KindSpam || slices.Contains(p.Flags, triage.FlagThanksOnly)
		if none != tc.want || none && len(p.Claims) > 0 && slices.Contains(p.Flags, triage.FlagThanksOnly) {
			t.Errorf("%q, %q: %s %v %+v", tc.subject, tc.text, matterKinds(p), p.Flags, p.Claims)
		}
	}
}

// A complaint that names nothing is no symptom.
func TestVague(t *testing.T) {
	for text, want := range map[string]int{
		"not working, please help":                                0,
		"Hi, it still does not work, see attached picture":        0,
		"nie działa, pomocy":                                      0,
		"no funciona nada, ayuda por favor":                       0,
		"The export of the campaign report is broken since today": 1,
	} {
		p := extract(t, sendline(t), ticketOf(text))
		if len(p.Symptoms) != want || p.Matters[0].Kind != triage.KindBroken {
			t.Errorf("%q: %s, symptoms %+v", text, matterKinds(p), p.Symptoms)
		}
	}
}

// A word or two find the procedure that they are about, and no other.
func TestShortRequests(t *testing.T) {
	for text, want := range map[string]string{
		"DMARC?":                    "dmarc-alignment",
		"need dedicated ip":         "dedicated-ip",
		"2FA reset please":          "lost-second-factor",
		"suppression list":          "suppression-removal",
		"wymiana klucza API":        "api-key-rotation",
		"DKIM":                      "", // two procedures speak of it
		"API docs?":                 "",
		"do you have a status page": "",
		"hello":                     "",
		"please call me back":       "",
	} {
		if p := extract(t, sendline(t), ticketOf(text)); p.Matters[0].Procedure != want {
			t.Errorf("%q: %q, want %q", text, p.Matters[0].Procedure, want)
		}
	}
}

// Confidence falls with what the rules could not read.
func TestConfidence(t *testing.T) {
	of := func(text string) float64 { return extract(t, nil, ticketOf(text)).Confidence }
	plain := of("I restarted the router twice. It still drops every evening. Could you check the line?")
	noise := of("Router twice again. Every evening the same line. Evenings and mornings, router and line.")
	foreign := of("Здравствуйте, со вчерашнего дня мы не можем отправить письма клиентам.")
	if !(plain > noise && noise > foreign && foreign < 0.35) {
		t.Errorf("plain %.2f, noise %.2f, foreign %.2f", plain, noise, foreign)
	}
}

// What was read is a document; a name that begins like one is none.
func TestGuides(t *testing.T) {
	for text, want := range map[string]int{
		"I read the manual from front to back.":            1,
		"I've read through the thread on cold starts.":     1,
		"I checked the Docker container and the dockyard.": 0,
		"Is there a manual?":                               0,
		"Your guide says otherwise.":                       0,
	} {
		if p := extract(t, nil, ticketOf(text)); len(p.Documents) != want {
			t.Errorf("%q: %+v", text, p.Documents)
		}
	}
}

// A name that one procedure alone is about speaks for it, one that several are
// about hardly does.
func TestNamed(t *testing.T) {
	w := sendline(t)
	links := []string{"https-click-tracking"}
	domains := []string{"domain-authentication", "dmarc-alignment", "inbound-parse"}
	for _, tc := range []struct {
		text  string
		named []string
		want  string
	}{
		{"Need TLS on link.kale.example, all customer steps of the doc are done.", links, "https-click-tracking"},
		{"Need TLS on link.kale.example, all customer steps of the doc are done.", nil, ""},
		{"link.kale.example: what did the invoice for it cost, and can you refund one charge?", links, "plan-and-invoice"},
		{"What is link.kale.example?", links, ""},
		{"The report says there is no DMARC record for nettle.example.", domains, "dmarc-alignment"},
		{"Thanks for nettle.example!", domains, ""},
		{"Replies to quince.example don't reach our parse URL any more. Is inbound parse down?", domains, "inbound-parse"},
	} {
		p, err := readerOf(w).Extract(context.Background(), triage.Reading{Ticket: ticketOf(tc.text), Knowledge: w, Candidates: w.Procedures, Named: tc.named})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Matters[0].Procedure; got != tc.want {
			t.Errorf("%q with %v: %q, want %q", tc.text, tc.named, got, tc.want)
		}
	}
}

// The request is a sentence that wants something, no shout and no salutation.
func TestRequest(t *testing.T) {
	for text, want := range map[string]string{
		"UNGLAUBLICH!!! Unser Konto ist seit gestern gesperrt. Schaltet es wieder frei.": "Schaltet es wieder frei.",
		"SHAME!!! Our account is blocked since Friday.":                                  "Our account is blocked since Friday.",
		"Dear support team,\n\nthe editor hangs on save.":                                "the editor hangs on save.",
		"want to go down a plan, where is that?":                                         "want to go down a plan, where is that?",
	} {
		if got := extract(t, nil, ticketOf(text)).Request.Text; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What was tried may stand in one sentence, behind a colon.
func TestAttemptsInText(t *testing.T) {
	for text, want := range map[string]int{
		"The import hangs. What we have tried so far: another browser; a smaller file; another network. No luck.": 3,
		"The import hangs. I tried: Firefox, Chrome, a private window.":                                           3,
		"The import hangs. Not tried: another browser, another file.":                                             0,
		"The import hangs. What have you tried so far: other files, other browsers?":                              0,
	} {
		failed := 0
		for _, c := range extract(t, nil, ticketOf(text)).Claims {
			if c.State == triage.ClaimFailed {
				failed++
			}
		}
		if failed != want {
			t.Errorf("%q: %d attempts, want %d", text, failed, want)
		}
	}
}
