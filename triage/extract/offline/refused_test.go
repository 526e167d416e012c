package offline

import (
	"testing"

	"readback/triage"
)

// A step that was attempted and would not go has failed, in every language,
// however it is told: by the attempt, by the page that refused it, or by its
// name. What is told of another thing, of no error or as a question fails
// nothing.
func TestRefused(t *testing.T) {
	w := sendline(t)
	for _, tc := range []struct{ text, want string }{
		{"We need HTTPS for our click tracking links. I wanted to switch click tracking on, but the switch falls back to off whenever I leave the page.", "tracking-on:failed"},
		{"How do we rotate our API key? I tried to create the new key, but the form answers with an error.", "create-key:failed"},
		{"How do we rotate our API key? I try to revoke the old key and nothing happens.", "revoke-key:failed"},
		{"We want to take an address off the suppression list. Removing the entry won't go through, the page only shows an error.", "remove-entries:failed"},
		{"We would like a dedicated IP. The order for the IP does not go through: a blank page comes up.", "order-ip:failed"},
		{"We cannot get past adding the sending domain to our account. How do we authenticate the domain we send from?", "add-domain:failed"},
		{"We want to change our plan. I wanted to switch our plan to Pro and the dialog would not let me.", "change-plan:failed"},
		{"I'm still on Starter although I tried to switch the plan to Pro yesterday.", "change-plan:failed"},
		{"Wir möchten eine Adresse von der Sperrliste nehmen. Ich wollte den Eintrag entfernen, die Seite meldet aber einen Fehler.", "remove-entries:failed"},
		{"Wir brauchen eine eigene dedizierte IP. Das Bestellen der IP-Adresse klappt leider nicht.", "order-ip:failed"},
		{"Wie tauschen wir unseren API-Schlüssel aus? Der alte Schlüssel lässt sich nicht widerrufen.", "revoke-key:failed"},
		{"Jak wymienić klucz API? Próbowałem utworzyć nowy klucz, ale wyskakuje błąd.", "create-key:failed"},
		{"Chcemy dedykowany adres IP. Zamówienie dedykowanego adresu IP nie przechodzi.", "order-ip:failed"},
		{"¿Cómo cambiamos la clave de API? Intenté crear la clave nueva y la página da error.", "create-key:failed"},
		{"Queremos una IP dedicada. El pedido de la IP dedicada no se completa, sale un error.", "order-ip:failed"},
		{"APIキーを交換したいです。新しいキーを作成しようとしましたが、エラーになります。", "create-key:failed"},
		{"専用IPを使いたいです。専用IPの注文ができません。", "order-ip:failed"},
		{"How do we rotate our API key? We created the new key without any error.", "create-key:done"},
		{"How do we rotate our API key? Can we revoke the old key if the form gives an error?", ""},
		{"How do we rotate our API key? First the form gave an error, then we created the new key.", "create-key:done"},
	} {
		if got := stepStates(extract(t, w, ticketOf(tc.text))); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.text, got, tc.want)
		}
	}
}

// What is denied of what is still to come is not done, also where only the
// thing is named that a step is about.
func TestNotYet(t *testing.T) {
	w := sendline(t)
	for _, tc := range []struct{ text, want string }{
		{"We ordered a dedicated IP and it is assigned. We haven't begun warming it up.", "order-ip:done warm-up:not_done"},
		{"How do we rotate our API key? The new key is created, but it isn't on our servers yet.", "create-key:done deploy-key:not_done"},
		{"How do we set up domain authentication? Our domain is not in our account yet, and nothing in DNS is touched.", "add-domain:not_done dkim-records:not_done"},
		{"How do we authenticate the domain we send from? The sending domain is not in our account so far, and there are no DKIM records.", "add-domain:not_done dkim-records:not_done"},
		{"We need HTTPS for our click tracking links. There are no problems with the certificate.", "certificate:done"},
		{"We want inbound parse. We have not touched the MX record so far.", "mx-record:not_done"},
		{"Jak wymienić klucz API? Nowy klucz jest utworzony. Na serwerach jeszcze go nie ma.", "create-key:done deploy-key:not_done"},
		{"Jak wymienić klucz API? Nowego klucza jeszcze nie wdrożyłem.", "deploy-key:not_done"},
		{"Wie tauschen wir unseren API-Schlüssel aus? Der neue Key ist erstellt, ausgerollt haben wir ihn noch nicht.", "create-key:done deploy-key:not_done"},
		{"¿Cómo cambiamos la clave de API? Creamos una clave de API nueva. Todavía no la hemos desplegado.", "create-key:done deploy-key:not_done"},
		{"APIキーを交換したいです。新しいキーを作成しました。サーバーへの配備はまだです。", "create-key:done deploy-key:not_done"},
	} {
		if got := stepStates(extract(t, w, ticketOf(tc.text))); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.text, got, tc.want)
		}
	}
}

// Who did all that a page says and still sees the fault has something broken,
// in whatever language.
func TestDoneAndBroken(t *testing.T) {
	w := sendline(t)
	for _, text := range []string{
		"Die Domain ist im Konto, die DKIM-Einträge sind gesetzt, sie ist auch verifiziert. In den Mails wird trotzdem „über sendline“ angezeigt.",
		"Domena jest na koncie, rekordy DKIM są dodane, domena jest zweryfikowana. W mailach nadal pokazuje się dopisek „przez sendline”.",
		"El dominio está en la cuenta, los registros DKIM están publicados y el dominio está verificado. Sigue apareciendo «a través de sendline».",
		"ドメインは登録済み、DKIMレコードも追加済みで、「認証済み」になりました。「sendline経由」の表示が消えません。",
	} {
		p := extract(t, w, ticketOf(text))
		if p.Matters[0].Kind != triage.KindBroken && len(p.Symptoms) == 0 || p.Matters[0].Procedure != "domain-authentication" {
			t.Errorf("%q: %s, symptoms %v", text, matterKinds(p), p.Symptoms)
		}
		if got := stepStates(p); got != "add-domain:done dkim-records:done verify-domain:done" {
			t.Errorf("%q: %s", text, got)
		}
	}
}
