package guard

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
)

// A topic is something that agents ask customers for.
type topic string

const (
	topicBrowser    topic = "browser"
	topicOS         topic = "os"
	topicDevice     topic = "device"
	topicVersion    topic = "version"
	topicPlan       topic = "plan"
	topicDomain     topic = "domain"
	topicAccount    topic = "account"
	topicOrder      topic = "order"
	topicEmail      topic = "email"
	topicError      topic = "error"
	topicScreenshot topic = "screenshot"
	topicFile       topic = "file"  // a log, a recording: what was asked to be sent
	topicStart      topic = "start" // when it began
)

var topicOfEnv = map[triage.EnvKind]topic{triage.EnvBrowser: topicBrowser, triage.EnvOS: topicOS, triage.EnvDevice: topicDevice,
	triage.EnvVersion: topicVersion, triage.EnvFramework: topicVersion, triage.EnvPlan: topicPlan}

var topicOfEntity = map[string]topic{"domain": topicDomain, "email": topicEmail, "account": topicAccount, "order": topicOrder}

// topicNouns are the words for what is asked, by beginnings, without accents.
var topicNouns = index(`
browser: browser przegladar navegador navigateur
os: os= betriebssystem system-operacyjny macos= windows= ios=
device: device devices= phone= phones= telephone= smartphone handset model= modell modele= modelo model make= urzadzen gerat= geraet gerate dispositiv appareil router= modem= television tv= televis telewizor fernseher= printer drukark drucker= impresora camera= kamera= aparat laptop= computer= komputer ordenador gpu= grafikkarte telefon movil=
version: version wersj firmware release= build= oprogramowani
plan: plan= planie= planem= taryf tarif= abonnement subscription= abonament suscripcion
domain: domain domen dominio domaine
account: account= kont= konta= konto= koncie= kundennummer kontonummer cuenta compte kunde= kunden= customer= klient username contract= policy= membership= vertragsnummer versicherungsnummer umowy= polisy= poliza contrato login= tenant= workspace= cliente= uzytkownik benutzername usuario
order: order= invoice= bill= reference= booking= reservation= transaction= purchase= bestellnummer rechnungsnummer vorgangsnummer auftragsnummer buchungsnummer belegnummer bestellung rechnung zamowien faktury= faktura= fakture= pedido= factura= referencia= reserva= commande
email: email= e-mail= mailadresse correo=
error: error= errors= blad= bledu= bledy= fehlermeldung meldung= meldungen= fehlercode fehler= error= mensaje-de-error erreur= errore= komunikat
screenshot: screenshot screenshots zrzut zrzutu bildschirmfoto captura= capturas= capture= pantallazo
file: log= logs= logfile trace= har= dump= dumps= diagnostic recording= recordings= video= videos= header= headers= response= receipt= receipts= statement= statements= export= protokoll logi= logow= nagranie wyciag paragon mitschnitt aufzeichnung beleg= registro= registros= recibo= grabacion photo= photos= pic= pics= picture= pictures= zdjecie zdjecia foto= fotos=
`)

var (
	askWhich = words("which what jaka jaki jakie jakiej jakim jakiego jakich ktora ktory ktore ktorej ktorym ktorego welcher welche welches welchen welchem que cual cuales quel quelle quels quale quali che qual welke wat lautet lauten")
	giveMe   = list("quote your,quote the,state your,state the,mention,will do,would do,suffice,is enough,may we have,may i have,can i have,can we have,could i have,could we have,can i get,can we get,could i get,could we get,sending,sharing,providing,telling us,telling me,giving,like to know,need to know,upload,capture,export,collect,record,indiquenos,indicanos,indiqueme,nos dice,nos dices,decirnos,adjuntar,adjunte,adjuntenos,wissen,nenne,nennen sie,angeben,brauchen,brauche,hochladen,anhangen,prosimy o,prosze podac,zalaczyc,dolaczyc,potrzebny,potrzebna,potrzebne,send,share,provide,tell,let us know,let me know,confirm,specify,give,attach,need,need your,require,include,supply,have your,podac,podaj,przeslac,przeslij,wyslac,wyslij,podeslac,napisac,napisz,prosze o,podanie,potrzebujemy,potrzebuje,nennen,mitteilen,mitzuteilen,senden,schicken,teilen,angeben,benotigen,benotige,indicar,indicarnos,indique,indica,indicarme,enviar,enviarnos,envie,envienos,proporcionar,proporcione,decirnos,decirme,diganos,digame,compartir,facilitar,facilitarnos,necesitamos,necesito,indiquer,envoyer,preciser,communiquer,fournir,indicare,inviare,fornire,mandare")
	// notIt are words that make the noun before them part of another thing.
	notIt = words("extension extensions cache cookies settings console history tab tabs window addon plugin manager owner verification records record registrar page pages name handling template log logs code")
	// narrower are topics whose noun must have one of these words near: an
	// order to place is no order number.
	narrower = map[topic]map[string]bool{
		topicOrder:   words("number numbers no id nr numer numeru numero nummer # reference referencia identifier"),
		topicAccount: words("number id name email numer numeru nazwa nazwe numero nummer which id-number identifier nr username tenant workspace kundennummer"),
		topicEmail:   words("address adres adresse direccion your"),
		topicError:   words("message wording exact text code full which what get see komunikat dokladny tresc kod jaki genaue welche mensaje exacto que codigo"),
	}
)

// sinceUpdate are words for a version that may be another one by now.
var sinceUpdate = list("after,since,now,nach,seit,jetzt,po,od,teraz,tras,despues,desde,ahora")

// known finds questions whose answer is there.
func (k *check) known() {
	wanted := false // the heading over a list asks for what its items name
	for i := range k.w.parts {
		p := &k.w.parts[i]
		if p.Pasted || k.w.tongue == nil || k.excusedAt(p.Start) {
			continue
		}
		if !p.Item {
			wanted = k.w.wants(p)
		}
		norm := normalWords(p.Words)
		if has(norm, k.w.tongue.free) || has(norm, overThere) { // it need not be told, or is of another place
			continue
		}
		item, found := wanted && p.Item && !k.w.orders(p), len(k.findings)
		topics := k.w.asked(p, item)
		for _, tp := range topics {
			if tp == topicVersion && has(norm, sinceUpdate) {
				continue
			}
			if v := k.h.valueOf(tp, k.before, k.w.text[p.Start:p.End]); v != nil {
				k.knows(p, tp, v)
			}
		}
		k.facts(p, item)
		if len(k.findings) == found && !k.given(p, item) && !slices.Contains(topics, topicVersion) {
			k.details(p, item)
		}
	}
}

// overThere are words for another place than the one spoken of so far; "is
// there" is none.
var overThere = list("over there,have there,has there,use there,uses there,running there,shown there,show there,see there,get there,set there,installed there,dort,tam,alli,la-bas")

// knows adds the finding that a sentence asks for what is there.
func (k *check) knows(p *offline.Part, tp topic, v *value) {
	f := Finding{Kind: AsksKnown, Level: Hint, Draft: Span{p.Start, p.End}, Code: "guard.known", Topic: string(tp),
		Params: map[string]string{"topic": triage.Sentence(k.lang(), "guard.topic."+string(tp), nil), "value": short(v.text)}}
	if v.ev.Message > 0 {
		f.Evidence = clone(v.ev)
	}
	if v.text == "" || tp == topicScreenshot {
		f.Code = "guard.known_sent"
	}
	k.add(f)
}

// wants reports whether a sentence stands over a list of what is to be told:
// "we need the following:".
func (w *written) wants(p *offline.Part) bool {
	text := strings.TrimSpace(w.text[p.Start:p.End])
	if !strings.HasSuffix(text, ":") {
		return false
	}
	norm := normalWords(p.Words)
	return has(norm, giveMe) || has(norm, wanting)
}

// orders reports whether a sentence begins with what is to be done.
func (w *written) orders(p *offline.Part) bool {
	for i := range w.clauses {
		if c := &w.clauses[i]; c.start >= p.Start && c.start < p.End {
			return w.moodOf(c, p.Question) == tells
		}
	}
	return false
}

// cards are words for a card: of graphics, else of no matter here.
var cards = words("card karta karty karte tarjeta")

var wanting = list("information,details,like to know,need to know,folgende angaben,folgende informationen,nastepujace,nastepujacych,informacje,informacji,siguientes datos,siguiente informacion,datos")

// asked lists what a sentence asks to be told or sent. wanted says that it is
// an item of a list of what is to be told.
func (w *written) asked(p *offline.Part, wanted bool) (out []topic) {
	if w.lang == "ja" {
		return wideAsked(w.text[p.Start:p.End])
	}
	var low []string
	for _, word := range p.Words {
		if !word.Punct {
			low = append(low, fold(word.Low))
		}
	}
	norm := " " + strings.Join(low, " ") + " "
	if has(norm, w.tongue.which) || has(norm, w.tongue.recap) && !p.Question {
		return nil
	}
	gives := wanted || has(norm, giveMe)
	if (p.Question || wanted) && has(norm, whenBegan) || gives && has(norm, toldWhen) {
		out = append(out, topicStart)
	}
	if (p.Question || wanted) && has(norm, anyError) {
		out = append(out, topicError)
	}
	later := has(norm, ifAgain)
	for i, l := range low {
		c, as := topicNouns.find(l)
		ok := as > 0
		if l == "system" && i > 0 && low[i-1] == "operating" || strings.HasPrefix(l, "operacyjn") || l == "operativo" {
			c, ok = "os", true
		}
		if cards[l] && strings.Contains(norm, "graphic") || cards[l] && strings.Contains(norm, "video card") || cards[l] && strings.Contains(norm, "grafic") {
			c, ok = "device", true
		}
		if !ok || i+1 < len(low) && notIt[low[i+1]] && !(c == concept(topicDomain) && low[i+1] == "name") || i > 0 && others[low[i-1]] || i > 1 && others[low[i-2]] {
			continue
		}
		which := false
		for j := max(0, i-7); j < i; j++ {
			if j+2 < i && !copulas[low[j+1]] && !determiners[low[j+1]] && slices.ContainsFunc(low[j+2:i], func(w string) bool { return copulas[w] }) {
				if _, as := topicNouns.find(low[j+1]); as == 0 {
					continue // "which company is the router of?"
				}
			}
			which = which || askWhich[low[j]] && p.Question || askWhich[low[j]] && gives
		}
		give := wanted
		if gives && !give {
			before := " " + strings.Join(low[max(0, i-9):i], " ") + " "
			give = has(before, giveMe)
		}
		tp := topic(c)
		if later && (tp == topicError || tp == topicScreenshot || tp == topicFile) {
			continue // of what has not happened yet
		}
		if tp == topicFile && which && !give {
			continue // "which receipt?"
		}
		if near := narrower[tp]; near != nil {
			ok := strings.Contains(l, "nummer") || tp == topicAccount && p.Question && len(low) < 14 && has(norm, numberOf)
			for j := max(0, i-3); j < min(len(low), i+4); j++ {
				ok = ok || near[low[j]]
			}
			if !ok {
				continue
			}
		} else if tp == topicDomain || tp == topicPlan {
			if give && !which && !(i > 0 && (low[i-1] == "your" || low[i-1] == "the")) {
				continue
			}
		}
		if !give && i+1 < len(low) {
			after := " " + strings.Join(low[i+1:min(len(low), i+7)], " ") + " "
			give = has(after, wouldHelp) || w.lang == "de" && has(after, giveMe) // the verb stands last
		}
		if which || give {
			out = append(out, tp)
		}
	}
	return out
}

var (
	// whenBegan asks when something began; toldWhen is the same to be told.
	whenBegan = list("since when,when did it,when did this,when did the,when did that,when did you first,when exactly did,since when,how long has,how long have,what date did,which date did,what time did,when was the first,seit wann,wann hat,wann ist,wann trat,wann begann,ab wann,od kiedy,kiedy to sie zaczelo,kiedy zaczal,kiedy zaczelo,kiedy zaczely,kiedy pojawil,kiedy wystapil,kiedy po raz pierwszy,desde cuando,cuando empezo,cuando comenzo,cuando ocurrio,cuando aparecio,a que hora")
	toldWhen  = list("when it started,when it began,when this started,when this began,when the issue started,when the problem started,when the issue began,when the problem began,when this first,when it first,since when,seit wann,wann es begann,od kiedy,desde cuando")
	anyError  = list("what message do you,which message do you,what message does,message do you see,message do you get,message you see,message you get,what does it say,what does the error say,what does the message say,what exactly does it say,is there an error,is there any error,do you see an error,do you see any error,do you get an error,do you get any error,does it show an error,do you receive an error,erscheint eine fehlermeldung,gibt es eine fehlermeldung,sehen sie eine fehlermeldung,pojawia sie jakis blad,pojawia sie komunikat,widzi pan komunikat,aparece algun mensaje,aparece un mensaje,sale algun mensaje,sale algun error")
	// ifAgain are words for what may come: a picture of it is another one.
	ifAgain  = list("appears again,happens again,occurs again,comes back,if the error,if it happens,if this happens,if that happens,next time,if it comes,when it happens,if it still,if the problem,if the issue,if you still,should it,should the,if not,if that does not,if this does not,gdyby,jesli problem,jesli blad,jezeli,falls,sollte,wenn es wieder,wenn der fehler,si vuelve,si el problem,si persiste,si sigue")
	numberOf = list("number,no,nr,id,nummer,numer,numerem,numeru,numero")
)

// wouldHelp are words by which a noun before them is asked for.
var wouldHelp = list("would help,would be helpful,would be great,would be useful,would be appreciated,please attach,przydalby,przydalaby,bylby pomocny,bedzie pomocny,ware hilfreich,wurde helfen,seria util,ayudaria,nos ayudaria")

// wideAsked is asked for Japanese.
func wideAsked(s string) (out []topic) {
	if !contains(s, []string{"教えて", "お知らせ", "送って", "お送り", "ご共有", "何をお使い", "どの", "何ですか", "どちら", "いただけますか"}) {
		return nil
	}
	for _, n := range pairs("browser ブラウザ os OS device 端末 device 機種 version バージョン plan プラン domain ドメイン account アカウントID order 注文番号 email メールアドレス error エラーメッセージ screenshot スクリーンショット") {
		if strings.Contains(s, n.word) && !strings.Contains(s, "別の"+n.word) {
			out = append(out, topic(n.concept))
		}
	}
	return out
}

// valueOf is the newest value of a topic that was given before a message, nil
// for none. sentence narrows a version to what it is asked of.
func (h *history) valueOf(tp topic, before int, sentence string) *value {
	low := strings.ToLower(sentence)
	var best *value
	for i := range h.values {
		v := &h.values[i]
		if v.ev.Message >= before || v.topic != tp && !(tp == topicVersion && strings.ContainsAny(v.text, "0123456789")) {
			continue
		}
		if tp == topicVersion && !versionOf(v, low) {
			continue
		}
		if tp == topicScreenshot && !plainPicture(low) || tp == topicDevice && !h.sameClass(v, low) || tp == topicFile && !sameFile(v, low) ||
			tp == topicStart && clock.MatchString(low) && !strings.ContainsAny(v.text, "0123456789") {
			continue
		}
		if best == nil || v.ev.Message > best.ev.Message {
			best = v
		}
	}
	if best == nil && tp == topicEmail && h.t.Customer.Email != "" {
		return &value{tp, h.t.Customer.Email, triage.Evidence{Kind: triage.EvidenceEvent}}
	}
	if best == nil && tp == topicAccount && h.t.Customer.AccountID != "" {
		return &value{tp, h.t.Customer.AccountID, triage.Evidence{Kind: triage.EvidenceEvent}}
	}
	return best
}

// versionOf reports whether a value tells the version that a sentence asks
// for: of what it names, of the browser, of the system.
func versionOf(v *value, low string) bool {
	if !strings.ContainsAny(v.text, "0123456789") {
		return false
	}
	name := strings.ToLower(strings.TrimSpace(strings.TrimRight(v.text, "0123456789. ")))
	if len(name) >= 3 && strings.Contains(low, name) {
		return true
	}
	of := ""
	if m := versionOfWhat.FindStringSubmatch(low); m != nil {
		of = cmp.Or(m[1], m[2])
	}
	switch of {
	case "", "app", "exact", "current", "which", "what", "the", "firmware", "build", "release", "installed", "running", "software", "client", "your", "die", "der", "la", "aplikacji", "aplikacja", "welche", "jaka", "jakiej", "jaki", "que", "qué", "quelle", "quale":
		return v.topic == topicVersion && (len(name) < 3 || !strings.Contains(v.ev.Quote, " "))
	case "browser", "browsers", "browsera", "przegladarki":
		return v.topic == topicBrowser
	case "os", "operating system", "system", "systemu":
		return v.topic == topicOS
	}
	return false
}

// versionOfWhat is the word that tells of what a version is asked.
var versionOfWhat = regexp.MustCompile(`([\p{L}+#.-]+) (?:version|wersj\p{L}*|versión)|(?:version|wersj\p{L}*|versión) (?:of |von |der |des |de |del |do )?(?:the |your |la |el )?([\p{L}+#.-]+)`)

// plainPicture reports whether a sentence asks for a picture of what is wrong,
// not of something else.
func plainPicture(low string) bool {
	for _, of := range []string{"screenshot of", "screenshots of", "zrzut ekranu z", "captura de pantalla de", "screenshot von", "screenshot der", "screenshot des"} {
		if i := strings.Index(low, of); i >= 0 {
			rest := low[i+len(of):]
			return strings.Contains(rest, "error") || strings.Contains(rest, "problem") || strings.Contains(rest, "issue") || strings.Contains(rest, "błęd") || strings.Contains(rest, "fehler") || strings.Contains(rest, "what you see")
		}
	}
	return true
}
