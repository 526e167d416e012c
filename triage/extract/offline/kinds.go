package offline

import (
	"strings"

	"readback/triage"
)

// Words that tell a kind of matter, first match wins. The order is that of
// harm: what must not be missed comes first. bare are words of scripts that
// write without spaces.
var kinds = []struct {
	kind  triage.Kind
	shape shape
	bare  []string
}{
	{triage.KindPrivacy, says(`gdpr|data protection (?:law|act|officer|rules)|(?:process\p{L}*|stor\p{L}*|hold|holds) (?:\p{L}+ ){0,2}personal data|(?:what|which) (?:\p{L}+ ){0,3}data (?:do|have|are) you|datenschutz(?:recht|gesetz)\p{L}*|ochron\p{L}+ danych|protección de datos|rodo|dsgvo|rgpd|right to be forgotten|erasure|(?:delete|erase) (?:\p{L}+ ){0,4}(?:personal )?data|delete everything you have|usunięci\p{L}+ (?:\p{L}+ ){0,3}danych|usun\p{L}+ (?:\p{L}+ ){0,3}dane|personenbezogen\p{L}*|data subject|datos personales`),
		[]string{"個人情報", "データの削除", "データを削除", "消去"}},
	{triage.KindSecurity, says(`hack(?:ed|er|ers)|(?:someone|somebody|a stranger|an intruder) (?:has |have )?(?:got|gotten|broke|broken|logged|signed|is) (?:\p{L}+ )?in(?:to)?|jemand (?:\p{L}+ ){0,6}(?:eingeloggt|angemeldet)|ktoś (?:\p{L}+ ){0,3}(?:zalogował|włamał)|alguien (?:\p{L}+ ){0,2}(?:entró|accedió|ha entrado|ha accedido)|compromis(?:ed|e)|breach(?:ed)?|stolen|leak(?:ed|s)?|hijack(?:ed)?|impersonat\p{L}+|unauthori[sz]ed (?:access|login|use)|(?:somebody|someone) else|phished|(?:fake|forged|bogus|spoofed) (?:log ?in |sign[- ]in )?(?:page|site|website|form)|(?:log-?ins?|logons?|sign[- ]ins?|sessions?) (?:\p{L}+ ){0,6}(?:do(?:n['’]t| not) (?:know|recogni[sz]e)|never (?:been|made))|(?:unknown|strange|foreign|unfamiliar|suspicious) (?:log-?ins?|logons?|sign[- ]ins?|sessions?|api keys?|users?|devices?)|(?:log-?ins?|logons?|sign[- ]ins?) from (?:an? |the )?(?:\p{L}+ )?(?:unknown|strange|foreign|another|other) (?:country|place|address|ip|device)|` +
		`gefälscht\p{L}* (?:\p{L}+-?)?(?:seite|login\p{L}*|formular|website)|(?:fremd|unbekannt|verdächtig)\p{L}* (?:anmeldung|login|logins|api-schlüssel|zugriff|gerät)\p{L}*|(?:anmeldung|login|zugriff)\p{L}* (?:\p{L}+ ){0,3}(?:fremd|unbekannt)\p{L}*|fałszyw\p{L}+ (?:stron|formularz|witryn)\p{L}*|(?:nieznan|obc|podejrzan)\p{L}+ (?:logowani|sesj|klucz|urządze)\p{L}*|logowani\p{L}+ z (?:\p{L}+ )?(?:nieznan|obc|inn)\p{L}+|(?:página|web|sitio) fals[ao]|(?:accesos?|inicios? de sesión|sesiones) (?:\p{L}+ ){0,4}(?:desconocid|extrañ|que no reconoc)\p{L}*|` +
		`(?:remov|replac|chang|transfer|tak)\p{L}* (?:\p{L}+ ){0,5}owner(?:ship)?|make me (?:the )?owner|refuses to hand|(?:ex|former)[- ]employee|(?:ex-?|ehemalig\p{L}* )mitarbeiter\p{L}*|ex-?emplead\p{L}*|antigu\p{L}+ emplead\p{L}+|był\p{L}* pracowni\p{L}+|(?:post|push|publish|commit|past)\p{L}* (?:\p{L}+ ){0,6}(?:public|github|gitlab|forum|slack)|public (?:repository|repo|forum|page|website|chat)|` +
		`włamani\p{L}*|wyciek\p{L}*|przejęt\p{L}+|publiczn\p{L}+ repozytor\p{L}+|gehackt|geleakt|gestohlen|öffentlich\p{L}* repo\p{L}*|hackead\p{L}+|filtrad\p{L}+|robad\p{L}+|piraté|hackerat\p{L}+`),
		[]string{"漏洩", "漏えい", "流出", "不正アクセス", "不正ログイン", "乗っ取", "偽のログイン", "偽サイト", "フィッシングサイト", "身に覚えのないログイン", "心当たりのないログイン", "見覚えのないログイン", "不審なログイン"}},
	{triage.KindAbuse, says(`unsolicited|unwanted (?:\p{L}+ )?(?:e-?mails?|mails?|messages|advertis\p{L}+)|unverlangt\p{L}*|unerwünscht\p{L}* (?:werbung|werbe\p{L}*|e-?mails?|mails?|nachrichten)|niezamówion\p{L}+|niechcian\p{L}+ (?:\p{L}+ )?(?:wiadomoś\p{L}+|maile|poczt\p{L}+|reklam\p{L}*)|no solicitad\p{L}+|suspended|suspension|banned|abuse|spamming (?:us|me|people)|(?:this|that|it) is spam|(?:never|not) (?:signed up|subscribed|opted in)|(?:though|but) i (?:have |had )?(?:already )?unsubscribed|unsubscribed (?:\p{L}+ ){0,3}times|(?:take action|do something|act) against (?:this|that|the|your) (?:sender|spammer|customer|user)|(?:receiv|gett?|send|sent)\p{L}* (?:us |me )?(?:spam|phishing)|spam (?:from|sent|through|by)|(?:our|my) account (?:is|was|has been) (?:blocked|locked|disabled)|` +
		`zawieszon\p{L}*|zawieszen\p{L}*|zablokowan\p{L}+ konto|konto (?:zostało |jest )?zablokowan\p{L}*|gesperrt|sperrung|suspendid\p{L}+|suspendu\p{L}*|sospes\p{L}+`),
		[]string{"停止され", "凍結", "迷惑メール", "同意していない", "配信停止を求め"}},
	{triage.KindAccess, says(`log ?in|logs? me out|logged (?:me|us) out|sign in|password|2fa|mfa|second factor|two-factor|authenticator|backup codes?|locked out|zalogowa\p{L}*|logowani\p{L}*|hasł\p{L}*|dwuetapow\p{L}*|dwuskładnikow\p{L}*|drugi\p{L}* składnik\p{L}*|anmelden|einloggen|passwort|zwei-faktor\p{L}*|contraseña|iniciar sesión|doble factor|mot de passe|connexion|accedere`),
		[]string{"ログイン", "パスワード", "認証アプリ", "二要素", "二段階"}},
	// Who asks about a contract and its terms does not cancel it.
	{triage.KindBilling, says(`(?:framework|master|annual|yearly) (?:agreement|contract)|(?:notice|cancellation|contract) (?:period|term|terms|renewal)|terms of (?:the|our) contract|(?:renews?|renewed|extends?|extended) (?:itself )?automatically|(?:automatic|auto)[- ]renew\p{L}*|rahmenvertr\p{L}*|jahresvertr\p{L}*|kündigungsfrist\p{L}*|vertragslaufzeit\p{L}*|verlängert (?:\p{L}+ ){0,3}automatisch|umow\p{L}+ (?:ramow|roczn)\p{L}+|okres\p{L}* wypowiedzenia|odnawia (?:się )?automatycznie|contrato (?:marco|anual)|(?:plazo|período) de (?:preaviso|cancelación)|renueva (?:\p{L}+ )?automáticamente`),
		[]string{"契約期間", "自動更新", "解約予告", "年間契約", "基本契約"}},
	{triage.KindCancel, says(`cancel\p{L}* (?:\p{L}+ ){0,2}(?:subscription|account|plan|contract|membership)|(?:close|terminate) (?:my|our|the) (?:account|contract|subscription)|zamkn\p{L}+ (?:nasze |moje )?konto|rezygn\p{L}+|wypowied\p{L}+|kündig\p{L}+|dar(?:nos|me)? de baja|résili\p{L}+|disdett\p{L}+`),
		[]string{"解約", "退会"}},
	{triage.KindBilling, says(`invoices?|refund|(?:the|our|my|your|this|last|\p{L}+['’]s|january|february|march|april|may|june|july|august|september|october|november|december) bills?|billed|overage|(?:two|both) (?:charges|payments|debits)|(?:took|taken|debited|paid|pay|charged) (?:\p{L}+ |[\d.,]+ ){0,4}(?:twice|two times|double|again)|abgebucht|belastet|cobrad\p{L}+|cobro|charged|double charge|billing|payments?|credit card|pricing|(?:a|the|your) price (?:for|of)|your prices|price list|comparing (?:vendors|providers)|looking at alternatives|(?:a|your) quote|quote for|quotation|discount|purchase order|upgrade (?:my|our) plan|vat|faktur\p{L}*|płatnoś\p{L}*|zwrot\p{L}* (?:pieniędzy|środków|kosztów|jednej)|opłat\p{L}*|ofert\p{L}* cenow\p{L}*|wycen\p{L}*|rechnung\p{L}*|erstatt\p{L}*|angebot\p{L}*|factura\p{L}*|reembols\p{L}*|presupuesto|facture|remboursement|fattura|rimborso`),
		[]string{"請求", "返金", "料金", "見積"}},
	{triage.KindIncident, says(`outage|is (?:\p{L}+|the (?:service|platform|api)) down|all (?:our )?(?:users|customers) (?:are )?affected|(?:all|every)(?: of)?(?: our| your)? (?:\p{L}+ )?(?:calls?|requests?) (?:\p{L}+ ){0,4}(?:50\d|fail\p{L}*|time\p{L}* out)|awari\p{L}+|ausfall|störung|caída|caídos|(?:alles|all|everything|wszystko|todo) (?:\p{L}+ )?(?:down|caído|padło)|(?:are|is|seid|ist) (?:\p{L}+ ){1,3}down|(?:only|nur noch|nur|tylko|same|solo) 50\d|panne générale`),
		[]string{"障害", "ダウン"}},
	{triage.KindFeedback, says(`feature request|suggestions?|feedback|just (?:an idea|a wish|a thought)|(?:would|d) be (?:great|nice|good|helpful|lovely|handy|cool) (?:if|to)|wish ?list|(?:byłoby|fajnie by było|miło by było)|es wäre (?:schön|toll)|wäre es möglich|sería (?:genial|estupendo|útil)|sugesti\p{L}+|propozycj\p{L}+|vorschlag|anregung|verbesserungsvorschlag|sugerencia`),
		[]string{"要望", "提案", "ご意見"}},
}

// rights are what a person may ask for their data, in the order of the set that
// rightsIn returns: who wants to see them is not served by how to erase them.
var rights = []shape{
	says(`delet\p{L}*|eras\p{L}*|remov\p{L}*|forgotten|wip(?:e|ed|ing)|usun\p{L}*|usuwa\p{L}*|zapomni\p{L}*|lösch\p{L}*|gelöscht\p{L}*|borr\p{L}*|supri\p{L}*|supresión|elimin\p{L}*|effac\p{L}*|supprim\p{L}*|cancell\p{L}*`),
	says(`access request|subject access|(?:what|which) (?:\p{L}+ ){0,3}data|(?:a )?copy of (?:\p{L}+ ){0,4}data|auskunft\p{L}*|art(?:icle|ikel|ykuł|\.)? ?15|dostęp\p{L}* do (?:\p{L}+ )?danych|kopi\p{L}+ (?:\p{L}+ )?danych|jakie (?:\p{L}+ )?dane|qué datos|derecho de acceso`),
	says(`stop (?:processing|using) (?:\p{L}+ ){0,3}data|object to|objection to|widerspr\p{L}+|sprzeciw\p{L}*|oposición|me opongo`),
	says(`rectif\p{L}+|sprostowani\p{L}+|berichtig\p{L}+`),
}

// rightsIn tells which of the rights a text names.
func rightsIn(text string) (set [4]bool) {
	l := lookAt(text)
	for i, s := range rights {
		set[i] = l.holds(s)
	}
	return set
}

// otherRight reports whether the sentences ask for a right to data that a
// procedure does not serve: one whose wordings name others only.
func (r *reading) otherRight(lx *lexicon) bool {
	none := [4]bool{}
	if lx.rights == none {
		return false
	}
	var wants strings.Builder
	for i := range r.sentences {
		se := &r.sentences[i]
		if !se.pasted && !grammarOf(r.languageOf(se.message)).denies(se.words) {
			wants.WriteString(se.text + "\n")
		}
	}
	wanted := rightsIn(wants.String())
	for i := range wanted {
		if wanted[i] && lx.rights[i] {
			return false
		}
	}
	return wanted != none
}

// ownOutage is an outage that is over or the customer's own.
var ownOutage = says(`(?:outage|failure) (?:on|at|of) (?:our|their|the (?:customer|provider))|after (?:an?|the|our|your|their) (?:\p{L}+ ){0,2}outage|po (?:\p{L}+ )?awarii|awari\p{L}+ (?:u nas|naszego|po naszej)|(?:tras|por|después de) (?:una|la) caída|caída (?:del|de un|de una) (?:servidor|proveedor)\p{L}*|(?:nach|unser\p{L}*) (?:\p{L}+ )?ausfall`)

var (
	setupWord = says(`set ?up|enable|activate|configure|switch(?:ed)?|turn(?:ed)? on|how (?:do|can|to)|guidance|install|add|change|use|włącz\p{L}*|przełącz\p{L}*|aktywo\p{L}*|skonfigurowa\p{L}*|ustawi\p{L}*|dodać|einricht\p{L}*|aktivier\p{L}*|configur\p{L}*|activ\p{L}*|attiv\p{L}*`)

	// It should work and does not: it stopped, it once worked, it is refused.
	brokenWord = says(`nothing works|nic nie działa|nichts (?:geht|funktioniert|klappt)|nada funciona|stopp(?:ed|s) (?:work|arriv|com|deliver|load|send|receiv|show|post)\p{L}*|(?:does|doesn|do|don|did|didn|is|isn|are|aren)(?: not|['’]t) (?:work|arriv|reach|match|load|respond|show|deliver)\p{L}*|not working|no longer \p{L}+|(?:not|no|nothing|doesn['’]t|don['’]t|can['’]t|isn['’]t) (?:\p{L}+ ){0,6}any ?more|never (?:arriv|reach|match|come|work|load|get)\p{L}*|` +
		`(?:work|arriv|deliver)ed (?:\p{L}+ )?(?:until|till|before|for \p{L}+ (?:years|months|weeks))|used to work|broken|vanish\p{L}*|disappear\p{L}*|(?:is|are) gone|(?:no|nothing) (?:\p{L}+ ){0,7}(?:since|arrives?|comes|reaches)|keeps? (?:\p{L}+ )?fail\p{L}*|` +
		`przesta\p{L}+|nie (?:działa|dochodz|przychodz|ładuj|docier)\p{L}*|działał\p{L}* do|(?:funktionier|gehen|geht|komm|lad|läd)\p{L}* (?:\p{L}+ ){0,4}(?:nicht|keine|nichts)|seit (?:\p{L}+ ){1,4}(?:keine|nichts|nicht)|(?:kein\p{L}*|nichts|nicht) (?:\p{L}+ ){0,3}mehr|ya no|deja(?:ron|do) de|ha dejado de|no (?:funciona|llega|carga|recib)\p{L}*|ne \p{L}+ (?:pas|plus)|n['’]\p{L}+ (?:pas|plus)|non (?:funziona|arriva|riesc)\p{L}*|nie dosta\p{L}+|` +
		`(?:immer noch|weiterhin|noch immer|trotzdem) (?:[^\s.!?]+ ){0,5}(?:nicht|kein\p{L}*|fehl\p{L}*|angezeigt|ungültig|pending)|(?:nadal|wciąż|mimo to|ciągle) (?:[^\s.!?]+ ){0,3}(?:nie|błąd|pokazuje|widać|widnieje)|(?:sigue|siguen|aún así|sin embargo) (?:\p{L}+ ){0,3}(?:no|apareciendo|mostrando|saliendo|fallando|sin)`)
	brokenBare = []string{"動きません", "届きません", "動かな", "届かな", "できません", "失敗", "エラー", "拒否", "届かなく", "たままです", "まま変わ", "消えません", "変わりません", "直りません"}
)

// kindBytes bounds how much beside the request tells the kind: what a ticket
// is about stands at its head.
const kindBytes = 500

// kind tells what sort of problem it is by the request, then by the rest.
func (r *reading) kind(request string, symptoms int) triage.Kind {
	head := request
	if r.whole && r.in.Ticket.Subject != "" {
		head += "\n" + r.in.Ticket.Subject
	}
	for i := range r.sentences {
		if se := &r.sentences[i]; !se.pasted && len(head) < kindBytes {
			head += "\n" + se.text
		}
	}
	for _, text := range []string{request, head} {
		l := lookAt(text)
		for _, k := range kinds {
			if k.kind == triage.KindIncident && l.holds(ownOutage) {
				continue
			}
			if l.holds(k.shape) || containsAny(text, k.bare) {
				return k.kind
			}
		}
		if text == request && setupWord.MatchString(request) && symptoms == 0 && !isBroken(request) {
			return triage.KindSetup
		}
	}
	switch {
	case symptoms > 0 || isBroken(head):
		return triage.KindBroken
	case setupWord.MatchString(head):
		return triage.KindSetup
	}
	return triage.KindOther
}

func isBroken(text string) bool {
	return brokenWord.MatchString(text) || containsAny(text, brokenBare)
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
