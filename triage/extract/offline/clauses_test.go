package offline

import (
	"fmt"
	"strings"
	"testing"

	"readback/triage"
)

// Each case is a shape of sentence: who, when, whether, and how it came out.
func TestClaims(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		// The writer did it.
		{"I restarted the router and the modem.", "failed: I restarted the router and the modem."},
		{"We have uploaded the logo.", "done: We have uploaded the logo."},
		{"Our developer installed the plugin.", "done: Our developer installed the plugin."},
		{"Rebooted the box.", "failed: Rebooted the box."},
		{"I've just created a second mailbox.", "done: I've just created a second mailbox."},
		{"After renewing the contract I wrote to the reseller.", "done: After renewing the contract I wrote to the reseller."},
		{"The webhook is configured.", "done: The webhook is configured."},
		{"SPF record added, DKIM enabled.", "done: SPF record added | done: DKIM enabled."},
		{"I am able to reach the server from home.", "done: I am able to reach the server from home."},
		{"I called the bank and they told me to ask you.", "failed: I called the bank and they told me to ask you."},
		// Coordination.
		{"I exported the list, deleted the duplicates from the old table and imported everything into the new one.",
			"done: I exported the list | done: deleted the duplicates from the old table | done: imported everything into the new one."},
		{"I opened the form, filled it out and sent it.", "done: I opened the form, filled it out and sent it."},
		// Not done, planned, wished, supposed, asked.
		{"I have not uploaded the logo.", ""},
		{"I haven't changed anything.", ""},
		{"I will upload the logo tomorrow.", ""},
		{"We are going to switch providers.", ""},
		{"I would have uploaded the logo.", ""},
		{"I wanted to upload the logo.", ""},
		{"If I uploaded the logo, would it work?", ""},
		{"Have I configured it wrong?", ""},
		{"Should we have updated the plugin first?", ""},
		{"Is the webhook configured?", ""},
		{"I uploaded the logo, is that right?", "done: I uploaded the logo"},
		{"All I did was not publish it.", ""},
		{"Maybe I deleted the file.", ""},
		{"I can send screenshots.", ""},
		{"The webhook is not configured.", ""},
		{"I never enabled it.", ""},
		// Somebody else, something else.
		{"Your colleague reset my password.", ""},
		{"Support told me that they had restarted the server.", ""},
		{"They changed the plan.", ""},
		{"You said you added it.", ""},
		{"I noticed that the page loaded slowly.", ""},
		{"I received your invoice.", ""},
		{"I hope this is the right form, the menu was long.", ""},
		{"We moved to a larger office in spring.", ""},
		{"We bought a new office and hired two people.", ""},
		{"It says \"I have updated the settings\" on the screen.", ""},
		{"We've enabled new features in your account to help you grow.", ""},
		// How it came out.
		{"I replaced the cable, but it still drops.", "failed: I replaced the cable, but it still drops."},
		{"I replaced the cable.\nNo luck.", "failed: I replaced the cable."},
		{"I replaced the cable. I updated the driver. None of this helped.", "failed: I replaced the cable. | failed: I updated the driver."},
		{"I tried another cable.", "failed: I tried another cable."},
		{"I checked the cable. It still drops.", "done: I checked the cable."},
		{"I tested it with another phone and it worked.", "done: I tested it with another phone and it worked."},
		{"When I try to open the page, I get an empty screen.", "failed: When I try to open the page, I get an empty screen."},
		// Lists, logs, settings.
		{"What I tried:\n- clearing the cache\n- another cable\n- restarted it twice", "failed: clearing the cache | failed: another cable | failed: restarted it twice"},
		{"Here are my settings:\nSMTP_HOST=mail.example\nSMTP_PORT=587 # changed", ""},
		{"$ dig mx mallow.example\n;; connection timed out", "done: $ dig mx mallow.example"},
		{"2026-11-22 10:02:11 worker started and updated 12 rows", ""},
		{"> I changed the password\nok", ""},
		{"Hello\n-- \nAda, I fixed things", ""},

		// Remedies as subjects, arrows, headings, other cases, onset.
		{"We are on release 12 of the server.", ""},
		{"I have not yet restored the backup.", ""},
		{"Replacing the fuse made no difference.", "failed: Replacing the fuse made no difference."},
		{"A longer cable did not help either.", "failed: A longer cable did not help either."},
		{"Turning the firewall off fixed it.", "done: Turning the firewall off fixed it."},
		{"That did not help.", ""},
		{"New battery -> nope", "failed: New battery -> nope"},
		{"Other socket → works", "done: Other socket → works"},
		{"Settings → Network → Proxy", ""},
		{"What we tried:\n- clean install\n- replaced the fuse", "failed: clean install | failed: replaced the fuse"},
		{"What I have not tried:\n- a clean install", ""},
		{"Things I verified:\n- the fuse is fine\n- the key isn't expired", "done: the fuse is fine | done: the key isn't expired"},
		{"Letters to all other customers arrive.", "done: Letters to all other customers arrive."},
		{"The lamp on the second desk runs without any problems.", "done: The lamp on the second desk runs without any problems."},
		{"In a different browser the page loads normally.", "done: In a different browser the page loads normally."},
		{"If I pull the plug of the scanner, the printer works.", "done: If I pull the plug of the scanner, the printer works."},
		{"If I pull the plug, will the printer work?", ""},
		{"The printer has been slow since I changed the toner.", ""},
		{"It broke when I changed the toner.", ""},
		{"I read the manual from front to back.", ""},
		{"It worked for years.", ""},
		{"I changed the toner, cleaned the drum, nothing.", "failed: I changed the toner | failed: cleaned the drum, nothing."},
		{"It is plugged into the wall socket.", ""},
		{"It's fine on Mondays but fails on Fridays.", ""},
		{"I looked for the file and found nothing.", "done: I looked for the file and found nothing."},
		{"I can send you the file.", ""},
		{"I can open a ticket there.", ""},
		{"I can ping the printer.", "done: I can ping the printer."},
		{"It seems that the toner was changed.", ""},
		{"My neighbour replaced the fuse, to no avail.", "failed: My neighbour replaced the fuse, to no avail."},
		{"I am definitely the owner.", "done: I am definitely the owner."},
		{"My page is broken. I lowered the limit to ten.", "failed: I lowered the limit to ten."},
		{"Here is the script I wrote.", ""},

		{"Wyczyściłem pamięć podręczną i ponownie uruchomiłem serwer.", "failed: Wyczyściłem pamięć podręczną | done: ponownie uruchomiłem serwer."},
		{"Dodaliśmy nowy rekord.", "done: Dodaliśmy nowy rekord."},
		{"Rekord został dodany.", "done: Rekord został dodany."},
		{"Mamy włączone powiadomienia.", "done: Mamy włączone powiadomienia."},
		{"Nie dodałem rekordu.", ""},
		{"Jeszcze nie dodaliśmy rekordu.", ""},
		{"Chciałbym dodać rekord.", ""},
		{"Jutro dodamy rekord.", ""},
		{"Czy dodałem rekord poprawnie?", ""},
		{"Gdybym dodał rekord, czy to zadziała?", ""},
		{"Wasz konsultant dodał rekord.", ""},
		{"Zauważyłam, że strona się nie otwiera.", ""},
		{"Zmieniłam hasło, ale nadal nie mogę się zalogować.", "failed: Zmieniłam hasło, ale nadal nie mogę się zalogować."},
		{"Próbowaliśmy innej przeglądarki. Bez skutku.", "failed: Próbowaliśmy innej przeglądarki."},
		{"Po dodaniu rekordu strona działa.", "done: Po dodaniu rekordu strona działa."},

		{"Ich habe den Eintrag gesetzt.", "done: Ich habe den Eintrag gesetzt."},
		{"Ich habe den Eintrag nicht gesetzt.", ""},
		{"He configurado el servidor.", "done: He configurado el servidor."},
		{"No he configurado el servidor.", ""},
		{"J'ai ajouté un enregistrement chez notre hébergeur.", "done: J'ai ajouté un enregistrement chez notre hébergeur."},
		{"Je n'ai pas ajouté cet enregistrement.", ""},
		{"Ho aggiunto il record per il nostro dominio.", "done: Ho aggiunto il record per il nostro dominio."},
		{"Non ho aggiunto il record.", ""},
		{"Seit dem Umzug bricht die Leitung ab. Das Kabel haben wir getauscht.", "failed: Das Kabel haben wir getauscht."},
		{"Mit einem anderen Rechner geht es problemlos.", "done: Mit einem anderen Rechner geht es problemlos."},
		{"Nach dem Neustart läuft es wieder, das war's.", "done: Nach dem Neustart läuft es wieder, das war's."},
		{"Desde ayer no puedo entrar. Cambié la clave sin éxito.", "failed: Cambié la clave sin éxito."},
		{"Con otro navegador la página carga bien.", "done: Con otro navegador la página carga bien."},
		{"Ik heb de kabel vervangen, maar het werkt niet.", "failed: Ik heb de kabel vervangen, maar het werkt niet."},
		{"Ik heb de kabel nog niet vervangen, het is zaterdag en wij zijn dicht.", ""},
		{"Já reiniciei o roteador, mas não adiantou, e não sei o que fazer.", "failed: Já reiniciei o roteador, mas não adiantou, e não sei o que fazer."},
		{"Não reiniciei o roteador porque não tenho acesso a ele.", ""},
		{"J'ai changé le câble, rien n'y fait, et avec un autre ordinateur tout marche.", "done: J'ai changé le câble | done: avec un autre ordinateur tout marche."},
		{"Ho cambiato il cavo ma non funziona, con un altro computer tutto bene.", "failed: Ho cambiato il cavo ma non funziona, | done: con un altro computer tutto bene."},
		{"Na drugim komputerze strona otwiera się normalnie.", "done: Na drugim komputerze strona otwiera się normalnie."},
	} {
		p := extract(t, nil, ticketOf("Good morning, we need some help with this please. Dziękuję.\n\n"+tc.text))
		if lang := language(tc.text); lang != "" && lang != "en" || strings.ContainsAny(tc.text, "łąęśż") {
			p = extract(t, nil, ticketOf(tc.text))
		}
		var got []string
		for _, c := range p.Claims {
			got = append(got, fmt.Sprintf("%s: %s", c.State, c.Quotes[0].Text))
		}
		if s := strings.Join(got, " | "); s != tc.want {
			t.Errorf("%q\n got  %s\n want %s", tc.text, s, tc.want)
		}
	}
}

// What an agent says is never a claim, whatever it says.
func TestAgent(t *testing.T) {
	p := extract(t, nil, ticketOf("Please help.", "agent: I have restarted the server and changed the plan. The record is added."))
	if len(p.Claims) > 0 {
		t.Errorf("claims %+v", p.Claims)
	}
}

func TestLanguage(t *testing.T) {
	for want, text := range map[string]string{
		"en": "Hello, the mail is not delivered and we do not know why.",
		"pl": "Dzień dobry, od wczoraj nie możemy wysłać maili do klientów.",
		"de": "Hallo, wir können seit gestern keine E-Mails mehr versenden, was ist das Problem?",
		"es": "Hola, desde ayer no podemos enviar correos a los clientes.",
		"fr": "Bonjour, nous ne pouvons plus envoyer de messages depuis hier, merci.",
		"it": "Buongiorno, da ieri non riusciamo a inviare le mail ai clienti, grazie.",
		"nl": "Hallo, sinds gisteren kunnen wij geen mail meer versturen naar onze klanten, wat is het probleem?",
		"pt": "Olá, desde ontem não conseguimos enviar os emails para os nossos clientes.",
		"tr": "Merhaba, dünden beri müşterilerimize mail gönderemiyoruz, bu sorun için ne yapmalıyız?",
		"ru": "Здравствуйте, со вчерашнего дня мы не можем отправить письма клиентам.",
		"uk": "Добрий день, з учорашнього дня ми не можемо надіслати листи, що робити?",
		"ja": "こんにちは、昨日からメールが送信できません。",
		"":   "12345 ???",
	} {
		if got := language(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

var _ triage.Extractor = (*Extractor)(nil)
