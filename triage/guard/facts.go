package guard

import (
	"regexp"
	"strings"

	"readback/triage"
	"readback/triage/extract/offline"
)

// A fact is something that is asked for in so many set words, with what an
// answer to it looks like in what the customer wrote.
type fact struct {
	topic topic
	asked phrases        // in a question, or in what is to be told
	given *regexp.Regexp // in the customer's words; its first group, if any, is the value
	needs func(low string) bool
}

var facts = []fact{
	{"serial", list("serial,serial number,s/n,seriennummer,serien-nummer,numer seryjny,numeru seryjnego,numero de serie,imei"),
		regexp.MustCompile(`(?i)\b(?:serial(?: number| no\.?)?|s/n|sn|seriennummer|numer seryjny|número de serie|imei)(?: is| ist| to| es)?:? ?#?([a-z\d][a-z\d/-]*\d[a-z\d/-]{2,})`), needsOne("serial,s/n,sn,serien,seryjn,serie,imei")},
	{"payment", list("payment method,method of payment,how did you pay,how was it paid,how you paid,zahlungsart,zahlungsmethode,wie haben sie bezahlt,metoda platnosci,metode platnosci,forma platnosci,jak pan zaplacil,jak pani zaplacila,metodo de pago,forma de pago,como pago,como ha pagado"),
		regexp.MustCompile(`(?i)\b(?:paid|pay|paying|bezahlt|zapłaci\p{L}*|płaci\p{L}*|pagu?[éo]|pagado)\b[^.!?\n]{0,24}\b(paypal|visa|mastercard|amex|credit card|debit card|apple pay|google pay|klarna|bank transfer|direct debit|sepa|blik|przelew\p{L}*|kart\p{L}+|kreditkarte|lastschrift|überweisung|tarjeta|bizum|transferencia)`), needsOne("pa,zap,bezahlt,płac")},
	{"postcode", list("postcode,post code,zip code,postal code,postleitzahl,plz,kod pocztowy,kodu pocztowego,codigo postal"),
		regexp.MustCompile(`\b(?:[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}|\d{2}-\d{3} \p{Lu}\p{L}+|\d{5} \p{Lu}\p{L}+)\b`), needsDigit},
	{"error", list("bounce message,bounce text,full bounce,rejection message,non-delivery,exact error,exact message,exact wording,complete error,full error,complete message,bounce-nachricht,fehlertext,genaue meldung,tresc komunikatu,pelny komunikat,tresc bledu,mensaje completo,texto del error,message complet,texte de l'erreur"),
		regexp.MustCompile(`(?:\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}[^\n]{0,80}|(?i:error|fehler|błąd|erreur)[^.!?\n"“„«]{0,20}["“„«][^"”“»\n]{4,120}["”“»])`), nil},
	{"affected", list("are all,is it all,all recipients,other recipients,others affected,are other,is any other,are any other,or just some,or only some,only some,just some,or just one,or only one,or all of,all of them or,affected as well,also affected,how many users,all users,all of your users,everyone,every user,only you,just you,other users,other colleagues,anyone else,some users,alle nutzer,alle benutzer,wie viele nutzer,andere nutzer,andere kollegen,nur bei ihnen,wszystkich uzytkownikow,wszyscy uzytkownicy,ilu uzytkownikow,inni uzytkownicy,todos los usuarios,cuantos usuarios,otros usuarios"),
		regexp.MustCompile(`(?i)\b(?:all (?:of )?(?:our |the |my )?(?:\d+ )?(?:users|colleagues|staff|people)|everyone|everybody|(?:\d+|two|three|four|five|several|existing|new|other) (?:users|colleagues|people)|only (?:me|one user|for me|for one user)|just me|just one user|(?:the )?whole \p{L}+|all of (?:them|us)|all \p{L}+ (?:are|is|have|show)|(?:the |all |my |our )*(?:other|others|remaining|rest) (?:\p{L}+ ){0,2}(?:are|is|work|works|worked|still)\b|(?:one|two|three|four|five|\d+) of (?:the|our|my|them|us)\b|the others are|alle (?:\d+ )?(?:nutzer|benutzer|kollegen|mitarbeiter)|nur (?:ich|bei mir)|wszyscy|tylko (?:ja|u mnie)|todos los usuarios|solo (?:yo|a mí))\b`), needsOne("whole,all of,other,remaining,rest, of ,user,colleague,staff,people,every,only,just,others,alle,nur,wszyscy,tylko,todos,solo")},
	{"connection", list("how is it connected,how are they connected,how is the box,how is the tv,how is the printer,how is the device,how is your,how are the,how are your,how do you connect,wie ist das gerat verbunden,jak jest podlaczon,como esta conectado,comment est connecte,wifi or,wi-fi or,wireless or,or wifi,or wi-fi,or mobile data,or wired,or wireless,wired or,cable or,or by cable,or by wifi,connected by,connected via,connected through,type of connection,wlan oder,lan oder,per kabel oder,oder per kabel,uber wlan,wifi czy,kablem czy,czy po kablu,przez wifi,wifi o,por cable o,o por cable"),
		regexp.MustCompile(`(?i)\b(?:wi-?fi|wlan|ethernet|hdmi|usb(?: cable| dongle)?|bluetooth|scart|mobile data|lan[- ]?(?:cable|kabel)|by cable|wired|per kabel|po kablu|por cable|datos móviles|dane komórkowe)\b`), needsOne("hdmi,usb,bluetooth,scart,wi,ethernet,mobile data,lan,cable,kabel,móviles,komórkowe")},
	{"purchase", list("when did you buy,when you bought,date of purchase,purchase date,where did you buy,when was it bought,when did you purchase,where did you purchase,how old is,kaufdatum,wann haben sie das gerat gekauft,wann wurde das gerat gekauft,wo haben sie,data zakupu,daty zakupu,date zakupu,kiedy kupil,kiedy zostal kupiony,kiedy zostalo kupione,fecha de compra,cuando compro,cuando lo compro"),
		regexp.MustCompile(`(?i)\b(?:bought|purchased|got it|gekauft|kupi(?:łem|łam|ony|one|liśmy)|compr(?:é|ado|amos))\b[^.!?\n]{0,30}(?:\b\d|january|february|march|april|may|june|july|august|september|october|november|december|last|yesterday|ago|from|at|vor|im|letzt|w |rok|hace|en )`), needsOne("bought,purchased,got it,gekauft,kupi,compr")},
	{"amount", list("what amount,which amount,how much was,how much were,how much did,how much have,by how much,estimated cost,value of the,exact amount,the amount,welcher betrag,welchen betrag,wie hoch,jaka kwota,jakiej kwoty,kwote,que importe,cual es el importe,importe exacto"),
		regexp.MustCompile(`(?i)(?:[$€£]\s?\d[\d.,]*|\b\d+(?:[.,]\d{2})?\s?(?:eur|usd|gbp|pln|zł|€|£|\$|dollars?|euros?)|\bamount (?:is|was|of) \d[\d.,]*|\b\d+[.,]\d{2}\b)`), needsDigit},
	{"digits", list("last four,last 4,final four,letzten vier,letzten 4,ostatnie cztery,ostatnie 4,ostatnich czterech,ultimos cuatro,ultimas cuatro,ultimos 4"),
		regexp.MustCompile(`(?i)\b(?:end(?:s|ing)?(?: in| with)?|endet (?:auf|mit)|końc\p{L}+ (?:się )?(?:na)?|termina(?:da)? en) ?(\d{4})\b`), needsDigit},
	{"phone", list("phone number,telephone number,callback number,contact number,number to reach,number we can,mobile number,telefonnummer,ruckrufnummer,handynummer,numer telefonu,numeru telefonu,numero de telefono,telefono de contacto"),
		regexp.MustCompile(`(?i)\b(?:phone|tel|mobile|cell|call me|reach me|telefon\p{L}*|handy|mobil|teléfono|móvil|komórk\p{L}+)\b[^\d\n]{0,24}(\+?\d[\d ()/-]{6,}\d)`), needsDigit},
	{"size", list("how large,how big,file size,size of the,wie gross,dateigrosse,jak duzy,rozmiar pliku,jaki rozmiar,que tamano,tamano del"),
		regexp.MustCompile(`(?i)\b\d+(?:[.,]\d+)? ?[kmgt]b\b`), needsDigit},
	{"format", list("file format,what format,which format,file type,type of file,dateiformat,welches format,format pliku,jaki format,formato de archivo,que formato"),
		regexp.MustCompile(`(?i)\b(?:csv|pdf|jpe?g|png|xlsx?|docx?|mp4|mov|heic|xml|json|svg|zip)\b`), nil},
	{"light", list("colour,color,led,which light,which lights,what lights,lights are,light is,status light,indicator,welche lampe,welche farbe,leuchtet,blinkt,led leuchtet,dioda,diody,kontrolka,jaki kolor,que color,que luz,luces"),
		regexp.MustCompile(`(?i)\b(?:led|lights?|lamp|lampe|indicator|dioda|kontrolka|luz|leuchte)\b[^.!?\n]{0,24}\b(?:red|green|white|blue|orange|amber|yellow|blink\p{L}*|flash\p{L}*|off|rot|grün|weiß|blau|gelb|aus|czerwon\p{L}*|zielon\p{L}*|biał\p{L}*|mig\p{L}*|roj\p{L}*|verde|blanc\p{L}*|parpade\p{L}*)\b|\b(?:red|green|white|blue|orange|amber|yellow|blinking|flashing|rotes?|grünes?|blinkende\p{L}*|czerwona|zielona|migająca) (?:\p{L}+ )?(?:led|lights?|lamps?|lampe|licht|dioda|kontrolka)\b`), needsOne("led,light,lamp,indicator,dioda,kontrolka,luz,leucht")},
	{"changed", list("recent changes,changes to your,did anything change,did something change,has anything changed,has something changed,anything changed,any changes,any recent changes,recently changed,what changed,what has changed,change anything,changed anything,hat sich etwas geandert,etwas geandert,etwas verandert,co sie zmienilo,czy cos sie zmienilo,cos sie zmienilo,cambio algo,ha cambiado algo,algun cambio"),
		regexp.MustCompile(`(?i)\b(?:nothing (?:has |has been |was )?changed|(?:did not|didn['’]t|haven['’]t|have not) changed? anything|no changes?\b|(?:since|after|right after) (?:the|an?|last|our|my|your) (?:\p{L}+ ){0,2}(?:update|upgrade|move|migration|patch|switch)|since (?:i|we) (?:moved|switched|changed|updated|upgraded|migrated)|nichts (?:geändert|verändert)|seit dem (?:update|umzug|wechsel)|nic nie zmien\p{L}+|po aktualizacji|od aktualizacji|no hemos cambiado|no he cambiado|desde la actualización|tras la actualización)`), needsOne("chang,since,after,nichts,seit,nic nie,aktualizacji,cambiado,actualización")},
	{"often", list("particular time,particular times,specific time,specific times,certain time,certain times,time of day,times of day,how often,every time,is it constant,constant or,intermittent,always or,or only sometimes,at certain times,certain time of day,wie oft,jedes mal,immer oder,jak czesto,za kazdym razem,con que frecuencia,cada vez,siempre o"),
		regexp.MustCompile(`(?i)\b(?:every (?:time|single time|evening|morning|night|day|hour|few \p{L}+|\d+ \p{L}+)|each time|always|randomly|sometimes|(?:once|twice|several times|\d+ times) (?:a|per) \p{L}+|jedes mal|immer|jeden (?:tag|abend|morgen)|za każdym razem|codziennie|zawsze|czasami|cada (?:vez|día|noche|\d+)|siempre|a veces)\b`), nil},
	{"key", list("product key,license key,licence key,activation key,serial key,lizenzschlussel,produktschlussel,aktivierungsschlussel,klucz produktu,klucza produktu,klucz licencyjny,klucza licencyjnego,clave de producto,clave de licencia,cle de produit,cle de licence"),
		regexp.MustCompile(`\b[A-Z0-9]{4,6}(?:-[A-Z0-9]{2,6}){2,}\b`), needsDigit},
	{"requestid", list("request id,request-id,request identifier,trace id,trace-id,correlation id,ray id,id of the request,id of a request,id of one of the,ids of the requests,anfrage-id,anfragekennung,identyfikator zadania,id zadania,id de la solicitud,id de solicitud,identifiant de requete"),
		regexp.MustCompile(`(?i)\b(?:request|trace|correlation|ray)[-_ ]?id(?: is| was|:|=)* ?["'\x60]?([\da-z][\da-z_-]{5,})`), needsBoth(needsDigit, needsOne("request,trace,correlation,ray"))},
	{"paymentid", list("payment id,payment identifier,transaction id,transaction identifier,id of the payment,zahlungs-id,zahlungskennung,transaktions-id,transaktionsnummer,identyfikator platnosci,identyfikatora platnosci,identyfikator transakcji,numer transakcji,numeru transakcji,id de pago,id de la transaccion,identificador del pago,identifiant de paiement"),
		regexp.MustCompile(`\b(?:GPA\.\d{4}-\d{4}-\d{4}-\d{5}(?:\.\.\d+)?|(?:pi|ch|py|txn|pay|in|cs)_[A-Za-z0-9]{8,}|\d[A-Z0-9]{15}[A-Z])\b`), needsDigit},
	{"address", list("delivery address,shipping address,new address,postal address,address to ship,address should we,which address,what address,lieferadresse,versandadresse,welche adresse,adres dostawy,adres wysylki,jaki adres,direccion de entrega,direccion de envio,que direccion,adresse de livraison,quelle adresse"),
		regexp.MustCompile(`\b\d{1,4}[a-z]? (?:\p{Lu}[\p{L}'’]+ ){1,3}(?:Street|St|Road|Rd|Grove|Avenue|Ave|Lane|Drive|Way|Close|Court|Place|Terrace|Gardens)\b|\p{Lu}\p{L}+(?:straße|strasse|str\.|weg|platz|allee|gasse) \d+|\bul\. ?\p{Lu}\p{L}+ \d+|(?i:\b\d{0,4},? ?(?:rue|avenue|boulevard|calle|avenida|plaza)) (?:\p{L}+ ){0,3}\p{Lu}\p{L}+`), needsDigit},
	{"url", list("url of,the url,link to the page,link to the affected,address of the page,which page,which url,what url,affected page,web address,welche seite,welcher seite,adres strony,ktorej stronie,que pagina,url de,quelle page"),
		regexp.MustCompile(`(?i)\bhttps?://[^\s<>"]+`), nil},
	{"worked", list("ever worked,worked before,it work before,used to work,has it worked,did it work,schon einmal funktioniert,vorher funktioniert,dzialalo wczesniej,funcionaba antes,a deja fonctionne"),
		regexp.MustCompile(`(?i)\b(?:worked (?:\p{L}+ )?(?:until|till|before|yesterday|last|on)|used to work|(?:was|were|had been) working|never worked|lief bis|funktionierte bis|działało do|funcionaba hasta|a marché jusqu)`), nil},
	{"region", list("which region,what region,region is your,welche region,welcher region,ktory region,ktorym regionie,jaki region,que region,quelle region"),
		regexp.MustCompile(`(?:\b(?:eu|us|ap|ca|sa|af|me)-(?:central|west|east|north|south|northeast|southeast)(?:-\d)?\b|\b\p{Lu}\p{L}+ region\b|\b[Rr]egion(?: is|:| ist| to)? \p{Lu}[\p{L}-]+)`), nil},
	{"tracking", list("tracking number,sendungsnummer,paketnummer,numer przesylki,numer paczki,numeru przesylki,numero de seguimiento"),
		regexp.MustCompile(`\b(?:1Z[0-9A-Z]{10,}|[A-Z]{2}\d{9}[A-Z]{2}|[A-Z]{2,4}\d{8,}|\d{12,22})\b`), needsDigit},
}

// triedSoFar asks what the customer has tried.
var triedSoFar = list("what have you tried,what you have tried,what you tried,what steps have you,which steps have you,what steps you have,which steps you have,steps you have already,steps you have tried,steps you have taken,troubleshooting you have,what troubleshooting,tried so far,done so far,was haben sie bereits,was sie bereits,was haben sie schon,welche schritte haben sie,welche schritte sie,co juz pan,co juz pani,co zostalo juz zrobione,jakie kroki,jakie dzialania,que ha probado,que pasos ha,que ha intentado,que pruebas ha")

// facts finds questions in set words whose answer is there.
func (k *check) facts(p *offline.Part, wanted bool) {
	if k.w.lang == "ja" {
		return
	}
	norm := normalWords(p.Words)
	if !p.Question && !wanted && !has(norm, giveMe) || has(norm, k.w.tongue.recap) && !p.Question {
		return
	}
	for i := range facts {
		f := &facts[i]
		if !has(norm, f.asked) {
			continue
		}
		if v := k.h.fact(f, k.before, norm); v != nil {
			k.knows(p, f.topic, v)
		}
	}
	if has(norm, triedSoFar) {
		for i := range k.h.deeds {
			if d := &k.h.deeds[i]; d.ev.Message < k.before && !d.reported && !d.denied {
				k.knows(p, "tried", &value{"tried", short(d.ev.Quote), d.ev})
				return
			}
		}
	}
}

// fact is where a customer gave it, nil for nowhere.
func (h *history) fact(f *fact, before int, question string) *value {
	for n := min(before-1, len(h.t.Messages)); n > 0 && n > len(h.t.Messages)-maxRead; n-- {
		m := h.t.N(n)
		if m.Role != triage.RoleCustomer || f.needs != nil && !f.needs(strings.ToLower(m.Text)) {
			continue
		}
		text := cutRune(m.Text, min(len(m.Text), MaxDraft))
		for _, at := range f.given.FindAllStringSubmatchIndex(text, 8) {
			near := strings.ToLower(text[max(0, at[0]-60):at[1]])
			if strings.Contains(question, " credit ") && strings.Contains(near, "debit") || strings.Contains(question, " debit ") && strings.Contains(near, "credit") {
				continue // another card
			}
			if len(at) == 4 && at[2] >= 0 {
				at = at[2:]
			}
			return &value{f.topic, text[at[0]:at[1]], quoteOf(h.t, n, at[0], at[1])}
		}
	}
	return nil
}
