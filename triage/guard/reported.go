package guard

import (
	"slices"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
)

// undone are words by which a piece of a sentence tells of no deed: it is
// denied, wished, planned, asked for, a condition, or somebody else's.
var undone = words(`not never will would should could cannot might may want wanted plan planning going if whether unless until please need needs told asked advised suggested suggests recommended when before instead
nie nigdy bede bedzie bedziemy chce chcialbym chcialabym czy jesli jezeli gdyby zamierzam sprobuje powinienem prosze zanim
nicht nie werde werden wurde soll sollte sollten will mochte mochten kann konnte wenn falls ob bitte muss bevor
nunca voy quiero quisiera debo si puedo cuando antes`)

// pastWords are English words of the past that do not end in -ed.
var pastWords = words(`did done made set put ran run took pulled went sent read got gave kept left reset bought brought cut held gone written taken swapped split shut let rebuilt built hit froze drove wore fed wound sat stuck held rang called paid sold chose lent found fell began rewrote redid resent undid withdrew forgot hung laid met told spoke stood threw tore woke dug blew drew dropped filled flushed plugged picked typed entered hooked charged chosen thrown`)

// report notes what a sentence of the customer tells that they did, piece by
// piece, when its words are those of a known remedy.
func (h *history) report(n int, lang string, p *offline.Part, t *tongue) {
	defer h.mention(n, p)
	told := act{verbs: map[concept]bool{}, objects: map[concept]float64{}, hosts: map[string]bool{}}
	at, any, listed := 0, false, false
	text := h.t.N(n).Text
	take := func(to int) {
		if piece := p.Words[at:to]; len(piece) > 0 && (listed && !denied(piece) || happened(piece, lang, any)) {
			any = true
			listed = listed || to < len(p.Words) && p.Words[to].Low == ":" // "tried:"
			told.add(actOf(text[piece[0].Start:piece[len(piece)-1].End], piece))
		}
		at = to
	}
	for i, w := range p.Words {
		if w.Punct && strings.ContainsAny(w.Low, ",;:–—()") || !w.Quoted && t.cuts[fold(w.Low)] {
			take(i)
		}
	}
	take(len(p.Words))
	if !any {
		return
	}
	if len(told.objects) == 0 && len(told.verbs) > 0 && h.about != nil && has(normalWords(p.Words[1:]), thatThing) {
		told.takeOver(h.about)
	}
	if r := told.remedied(told.many); len(r) > 0 || sum(told.objects) >= ofStem && (lang == "pl" || dropped(p.Words, lang) || slices.ContainsFunc(p.Words, func(w offline.Word) bool { return mine[fold(w.Low)] })) {
		h.deeds = append(h.deeds, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, act: told, remedies: r, reported: true})
	}
}

// dropped reports whether an English sentence leaves out that its writer did it:
// "Cleared the cache".
func dropped(ws []offline.Word, lang string) bool {
	if lang != "en" {
		return false
	}
	for i := range ws {
		low := fold(ws[i].Low)
		if ws[i].Punct || low == "already" || low == "also" || low == "and" || low == "just" || low == "then" || low == "even" {
			continue
		}
		return pastWords[low] || len(low) > 4 && strings.HasSuffix(low, "ed")
	}
	return false
}

// add takes what another act holds.
func (a *act) add(b act) {
	for v := range b.verbs {
		a.verbs[v] = true
	}
	for o, w := range b.objects {
		a.objects[o] = max(a.objects[o], w)
	}
	for o := range b.hosts {
		a.hosts[o] = true
	}
	if a.head == "" {
		a.head, a.core, a.part = b.head, b.core, b.part
	}
	a.right, a.other, a.all, a.back = a.right || b.right, a.other || b.other, a.all || b.all, a.back || b.back
	a.many, a.nothing, a.sides = a.many || b.many, a.nothing || b.nothing, append(a.sides, b.sides...)
}

// happened reports whether a piece of a sentence tells of something in the
// past. after says that a piece before it did.
func happened(piece []offline.Word, lang string, after bool) bool {
	if denied(piece) {
		return false
	}
	past := false
	for i := range piece {
		w := piece[i].Low
		low := fold(w)
		if low == "no" && lang == "es" {
			return false
		}
		switch lang {
		case "pl":
			past = past || len(low) > 4 && slices.ContainsFunc([]string{"lem", "lam", "lismy", "lysmy", "ione", "iony"}, func(end string) bool { return strings.HasSuffix(low, end) }) ||
				len(low) > 6 && (strings.HasSuffix(low, "ony") || strings.HasSuffix(low, "ona") || strings.HasSuffix(low, "one") || strings.HasSuffix(low, "any") || strings.HasSuffix(low, "ana") || strings.HasSuffix(low, "ane")) && isVerb(low)
		case "de":
			past = past || len(low) > 5 && (strings.Contains(low, "ge") && (strings.HasSuffix(low, "t") || strings.HasSuffix(low, "en")) || strings.HasSuffix(low, "iert"))
		case "es":
			past = past || len(low) > 4 && (strings.HasSuffix(w, "é") || strings.HasSuffix(w, "í") || strings.HasSuffix(low, "ado") || strings.HasSuffix(low, "ido") || strings.HasSuffix(low, "amos") || strings.HasSuffix(low, "imos"))
		default:
			past = past || pastWords[low] || len(low) > 4 && strings.HasSuffix(low, "ed")
		}
	}
	return past || after && carriesOn(piece) // "signed out, and in again"
}

// denied reports whether a piece of a sentence tells of what was not done.
func denied(piece []offline.Word) bool {
	return slices.ContainsFunc(piece, func(w offline.Word) bool { return undone[fold(w.Low)] || strings.HasSuffix(w.Low, "n't") })
}

// carriesOn reports whether a piece without a verb is the rest of the one
// before it.
func carriesOn(piece []offline.Word) bool {
	n := 0
	for i := range piece {
		w := fold(piece[i].Low)
		if piece[i].Punct || w == "and" || w == "then" || w == "und" || w == "i" || w == "y" {
			continue
		}
		n++
		if n == 1 && !rests[w] {
			return false
		}
	}
	return n > 0 && n <= 6
}

var rests = words("in on back out off again wieder an ein aus znowu ponownie otra nuevo")

// mine are words by which a sentence is about who writes it; Polish and
// Spanish say it by the verb.
var mine = words("i i've i'd ive we we've we'd ich wir hab habe haben he hemos")

// isVerb reports whether a word is of a verb that is listed.
func isVerb(w string) bool {
	_, as := verbs.find(w)
	return as > 0
}

// A statement tells by what it names that something was tried:
// "same in Chrome and Safari", "nothing in junk".
type statement struct {
	name   concept
	of     phrases
	denied bool // also when it says "not" or "nothing"
}

var statements = []statement{
	{"otherbrowser", list("which browser i use,which browser we use,whichever browser,whatever browser,no matter which browser,no matter what browser,regardless of browser,regardless of the browser,both browsers,egal welcher browser,egal in welchem browser,egal mit welchem browser,in jedem browser,jeder browser,allen browsern,niezaleznie od przegladarki,kazdej przegladarce,wszystkich przegladarkach,obu przegladarkach,cualquier navegador,todos los navegadores,ambos navegadores,da igual el navegador,n'importe quel navigateur,tous les navigateurs,plusieurs navigateurs,autre navigateur,other browsers,another browser,different browser,different browsers,all browsers,every browser,any browser,several browsers,two browsers,three browsers,anderen browser,anderem browser,andere browser,anderer browser,mehreren browsern,innej przegladarce,inna przegladarke,innej przegladarki,innych przegladarkach,kilku przegladarkach,otro navegador,otros navegadores,varios navegadores"), false},
	{"otherdevice", list("fine on my laptop,fine on my computer,fine on my pc,fine on my phone,fine on my tablet,fine on my desktop,fine on my mac,works on my laptop,works on my computer,works on my pc,works on my phone,works on my tablet,works on my desktop,work on my laptop,work on my computer,work on my pc,work on my phone,ok on my laptop,ok on my computer,ok on my phone,whichever device,no matter which device,regardless of device,regardless of the device,which device i use,which computer i use,all computers,every computer,all my computers,both computers,both devices,egal welches gerat,egal auf welchem gerat,jedem gerat,jedem rechner,allen rechnern,kazdym urzadzeniu,kazdym komputerze,wszystkich komputerach,cualquier dispositivo,cualquier ordenador,todos los ordenadores,tous les appareils,another phone,another device,another computer,another laptop,another pc,other phone,other device,other devices,other computer,other laptop,different phone,different device,different computer,different laptop,wife's phone,husband's phone,colleague's computer,colleague's laptop,second laptop,second phone,all devices,all my devices,every device,several devices,both phones,both laptops,anderen gerat,anderem gerat,andere gerate,anderen rechner,anderen handy,allen geraten,mehreren geraten,innym telefonie,innym komputerze,innym urzadzeniu,innych urzadzeniach,wszystkich urzadzeniach,otro movil,otro ordenador,otro dispositivo,otros dispositivos,todos los dispositivos"), false},
	{"othernetwork", list("whichever network,no matter which network,any network,every network,all networks,both networks,jedem netz,allen netzen,kazdej sieci,wszystkich sieciach,cualquier red,todas las redes,mobile data,mobile network,mobile connection,hotspot,4g,5g,lte,another network,another wifi,different network,different wifi,other network,other wifi,mobile daten,mobilen daten,mobilfunk,anderes netz,anderem netz,anderen netz,anderes wlan,anderen wlan,danych mobilnych,dane komorkowe,danych komorkowych,inna siec,innej sieci,datos moviles,otra red,otro wifi"), false},
	{"incognito", list("incognito,private window,private mode,private tab,private browsing,inprivate,inkognito,inkognitomodus,privaten fenster,privates fenster,privatmodus,tryb prywatny,trybie prywatnym,oknie prywatnym,incognito mode,modo incognito,ventana privada,modo privado"), false},
	{"spamfolder", list("spam,junk,spam folder,junk folder,spam ordner,spam-ordner,spamordner,spamie,folder spam,correo no deseado"), true},
	{"disablevpn", list("no vpn,not using a vpn,not use a vpn,not using any vpn,not on a vpn,without vpn,without a vpn,without the vpn,vpn is off,vpn off,vpn disabled,kein vpn,keine vpn,keinen vpn,ohne vpn,bez vpn,nie uzywam vpn,nie mam vpn,sin vpn,no uso vpn,no tengo vpn"), true},
	{"replacebattery", list("new battery,new batteries,fresh battery,fresh batteries,neue batterien,frische batterien,batterien sind neu,nowe baterie,baterie sa nowe,pilas nuevas,bateria nueva"), false},
	{"replacecard", list("another card,other card,different card,second card,husband's card,wife's card,andere karte,anderen karte,anderer karte,inna karta,inna karte,innej karty,otra tarjeta"), false},
	{"permission", list("has access to,has permission,access is allowed,permission is granted,allowed access,hat zugriff auf,zugriff ist erlaubt,ma dostep do,dostep jest wlaczony,tiene acceso a,tiene permiso"), false},
	{"contactbank", list("bank says,bank said,bank told,bank confirmed,bank confirms,asked my bank,called my bank,bank sagt,bank hat bestatigt,bank mowi,bank potwierdzil,banco dice,banco me dice,banco confirma"), true},
	{"trackingpage", list("tracking says,tracking shows,tracking page says,tracking page shows,tracking page,sendungsverfolgung,sledzenie,sledzeniu,seguimiento dice,seguimiento"), true},
	{"wired", list("by ethernet,via ethernet,over ethernet,with ethernet,ethernet cable,per lan,lan kabel,lan-kabel,wired connection,wired as well,wired too,network cable,po kablu,kablem lan,cable de red,por cable"), false},
	{"relogin", list("ab und wieder angemeldet,ab- und wieder angemeldet,aus und wieder eingeloggt,aus- und wieder eingeloggt,out and in again,out and back in,wylogowalem i zalogowalem,wylogowalam i zalogowalam"), false},
	{"powercycle", list("netzstecker war,stecker war,off at the wall,unplugged overnight,off and on,off and back on,off and on again,aus und wieder ein,aus- und wieder eingeschaltet,aus und wieder an,aus und an,aus und wieder eingeschaltet,wylaczylem i wlaczylem,wylaczylam i wlaczylam,apagado y encendido,apague y encendi"), false},
}

// browsers are names of browsers: a sentence with two tells of another one.
var browsers = words("chrome firefox safari edge opera brave vivaldi chromium chromie firefoksie firefoxie edzie")

// mention notes remedies that a sentence tells by what it names.
func (h *history) mention(n int, p *offline.Part) {
	var norm strings.Builder
	norm.WriteByte(' ')
	denies, named := false, 0
	for _, w := range p.Words {
		if w.Punct {
			continue
		}
		low := fold(w.Low)
		if aims[low] {
			return
		}
		denies = denies || negations[low] || strings.HasSuffix(low, "n't")
		if browsers[low] {
			named++
		}
		norm.WriteString(low)
		norm.WriteByte(' ')
	}
	s := norm.String()
	var found []concept
	if named > 1 {
		found = append(found, "otherbrowser")
	}
	for i := range statements {
		if st := &statements[i]; (st.denied || !denies) && has(s, st.of) {
			found = append(found, st.name)
		}
	}
	if len(found) > 0 {
		h.deeds = append(h.deeds, deed{ev: quoteOf(h.t, n, p.Start, p.End), state: triage.ClaimDone, remedies: found, reported: true, named: true,
			act: act{verbs: map[concept]bool{}, objects: actOf(h.t.N(n).Text[p.Start:p.End], p.Words).objects, hosts: map[string]bool{}, many: true}})
	}
}

// negations are words by which something was not tried; aims are those of
// plans, wishes and conditions.
var (
	negations = words("not never haven't didn't nie nigdy nicht kein keine keinen nunca sin")
	aims      = words(`will would should could might want wanted plan planning going if whether until please need needs told advised suggested yet tomorrow later
bede bedzie chce chcialbym czy jesli gdyby zamierzam sprobuje prosze jutro jeszcze
werde werden wurde sollte will mochte wenn falls ob bitte morgen voy quiero quisiera debo si manana`)
)
