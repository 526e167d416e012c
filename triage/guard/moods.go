package guard

import "strings"

// A mood is what a clause of an agent's text does.
type mood int

const (
	states  mood = iota // says how something is
	tells               // tells the reader to do it
	asks                // asks whether the reader did it
	ours                // says what the writer does, did or will do
	recap               // says what the reader has done
	excused             // holds only for a reader who has not done it
)

// A tongue holds the words by which a language's clauses show their mood, in
// lower case and without accents, as phrases between spaces; a phrase that
// begins with ^ stands at the head of the clause, after what may precede it.
type tongue struct {
	full    bool // steps are matched by words as well as in English
	lead    map[string]bool
	orders  map[string]bool // imperatives at the head of a clause
	order   func(ws []string) bool
	tells   phrases
	asks    phrases
	ours    phrases
	recap   phrases
	excuse  phrases // opens what only those need who have not done it
	free    phrases // says that it need not be done
	cuts    map[string]bool
	sent    phrases // "the link I sent": points at what an agent sent
	doc     phrases // what such a link is called
	acts    phrases // of ours: changed something, so that a step must be done again
	hands   phrases // of ours: passes it on to somebody
	closes  phrases // of ours: ends the ticket
	closing phrases // the ticket is closed, without saying by whom
	waits   phrases // makes an end wait for the customer's word
	solved  phrases // customer: it works
	again   phrases // customer: it broke again, or something changed
	denies  phrases // customer: it is not that; what follows is ruled out
	send    phrases // customer: asks to be sent something once more
	which   phrases // asks for one of several
	anew    phrases // asks what the matter is
	did     phrases // customer: did what they were told
	follows phrases // customer: read or followed the page that is linked beside it
}

// englishBase are verbs of orders that name no concept.
var englishBase = words("go click select choose navigate enter fill let make get keep consider press tap give copy paste note proceed complete perform execute start stop ask tell hold drag turn switch log sign set put toggle look sign do leave return search find view try check scroll hit pick submit type sit plug bring give double-check power be")

// baseVerb reports whether an English word has the form of an order.
func baseVerb(w string) bool {
	if englishBase[w] {
		return true
	}
	_, as := verbs.find(w)
	if _, noun := objects.find(w); as == 0 || noun > as || strings.HasSuffix(w, "ed") || strings.HasSuffix(w, "ing") || strings.HasSuffix(w, "er") || strings.HasSuffix(w, "ion") || strings.HasSuffix(w, "ment") ||
		strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") {
		return false
	}
	return w != "active" && w != "inactive" && w != "valid" && w != "post" && w != "sent" && w != "setup" && w != "enabled"
}

// determiners are words behind which the thing stands that something is done
// to.
var determiners = words("the your a an all any both each every it its this that these those them one")

// noOrders are English words that stand before a determiner and order nothing.
var noOrders = words(`is are was were am be been does did has have had will would can could should may might must shall let
in on at by for from with without of to as than like into onto over under above below between through during about against along around after before since until till per via within upon off out up down near inside outside beside besides behind beyond despite except unlike toward towards across
and or but nor so yet if when while where because although though unless whether once what which who whose why how that this these those there here then than
not no yes only even just also still again already perhaps maybe both all half such quite rather
i we you he she they it my our your his her their its
hope thanks thank sorry sure great good glad hi hello dear best kind regards means seems looks sounds`)

// plainForm reports whether an English word that names no concept may be a
// verb in its plain form: "slide the tab".
func plainForm(w string) bool {
	if noOrders[w] || len(w) < 3 {
		return false
	}
	for _, end := range []string{"ed", "ing", "ly", "s", "ion", "ment", "ness", "er", "or", "al", "ful", "ous", "ive", "able"} {
		if strings.HasSuffix(w, end) && w != "press" && w != "pass" && w != "enter" && w != "answer" {
			return false
		}
	}
	return !strings.ContainsAny(w, "0123456789.-/'")
}

var tongues = map[string]*tongue{
	"en": {
		full:   true,
		lead:   words("please then also next first second third finally now just kindly so and or but again once instead otherwise alternatively simply lastly secondly firstly afterwards additionally meanwhile maybe perhaps to hi hello ok okay well sure yes no sorry"),
		orders: englishBase,
		order: func(ws []string) bool {
			if !baseVerb(ws[0]) {
				return len(ws) > 2 && determiners[ws[1]] && plainForm(ws[0])
			}
			return len(ws) == 1 || !map[string]bool{"is": true, "are": true, "was": true, "were": true, "has": true, "will": true, "can": true, "should": true}[ws[1]]
		},
		tells:   list("please check,please,you need to,you have to,you must,you should,you will need,you will have to,you can,you could,you may want,you might want,you want to,you will want,you are required,you may need,you might need,you would need,you would have to,could you,can you,would you,will you,would you mind,try to,try,trying to,recommend,suggest,advise,make sure,be sure to,do not forget,remember to,ensure,let us,lets,let's,how about,why do not you,it may help to,it might help to,worth,needs to be,must be,should be,need to be,has to be,have to be,is required,are required,start by,best to,required to,begin by,i would start,all you need,you just need,you only need,feel free to,if you could,i need you to,we need you to,i would like you to,we would like you to,i will need you,we ask you to,i ask you to,it is necessary to,helps to,usually helps,often helps,should help,may help,might help,the steps are,follow these,these steps,steps below,following steps,the following"),
		asks:    list("^is the,^are the,^was the,^has the,^have the,^does the,^do the,^did the,any idea if,any idea whether,do you know if,do you know whether,does this,does that,did this,did that,happen in,happens in,occur in,occurs in,happen on,happens on,have you,did you,had you,has your,did your,have you already,were you able,are you sure,is your,are your,do you have,could it be that,any chance you,you sure,are you using,do you use,are you running,do you run,do you see,is it,are they,does it,does your"),
		ours:    list("^i,^we,^my,^our,^i am,^we are,^our team,^our engineers,^our developers,^a colleague,^they,^support"),
		recap:   list("so far you,you have already,you already,you have done,you have tried,you have set,you have added,you have enabled,you did,you said,you mentioned,you wrote,you told,you tried,you were,you had,you sent,you confirmed,as you,since you,you have checked,thank you for,thanks for,i see that you,i can see that you,i understand you,i understand that you,you have completed,you described,you explained,i know you,you have been,you have verified,you have followed,you have read,you have cleared,you have restarted,you have reinstalled,your having,appreciate you,that you have,no need to repeat,you have gone,you have made,you have turned,you have switched,you have updated,you have changed,you have created,you have removed,you reported,you got,you get,you are seeing,you see that,you are getting"),
		excuse:  list("if you have not,if you did not,if you have yet to,unless you,if not yet,if not done,if not already,if it is not yet,if that is not done,in case you have not,if you have never,if you are yet to,if this has not,if that has not,if it has not,if these have not,if this is not done,if they are not yet,if you haven't,in case you did not,assuming you have not,should you not have,if you still have to,where you have not,if you have already done,if you have done,if you already have,skip this,skip that step,ignore this if,provided you have not,if none of this,not done so already,not already done,have not already,have not yet,have not done,have not tried,if needed,if not"),
		free:    list("no need to,do not need to,do not have to,you need not,need not,not necessary to,not have to,without having to,there is no need,you will not need,nothing more to do,nothing left to do,nothing for you to do,will not have to,instead of,rather than,no longer need,not required,do not"),
		did:     list("did both,did that,did this,did it,did those,did all,did them,did so,done that,done this,done both,done so,done it,done all,tried that,tried this,tried both,tried it,tried those,tried all,tried them,tried these,already did,already done,already tried,all done,as you said,as you suggested,as suggested,as instructed,as advised,followed your,did what you,done what you,tried what you,did as"),
		follows: list("follow,followed,following,read,according to,per,went through,gone through,as described,as in,based on,studied,looked at,worked through,checked"),
		anew:    list("how can i help,how may i help,how can we help,what can i do for you,describe the issue,describe your issue,describe the problem,describe your problem,explain the issue,explain the problem,explain your issue,what seems to be,what is the issue,what is the problem,tell me more about the issue,tell us more about your issue,details of your issue,details about your issue"),
		cuts:    words("and then or but before after so because while once when if unless that which as since until although though where"),
		sent:    list("i sent,we sent,i provided,we provided,i shared,we shared,i gave,we gave,i posted,we posted,i linked,we linked,sent you,sent earlier,provided earlier,shared earlier,mentioned above,from my previous,in my previous,in our previous,in my last,in our last,from my last,i mentioned,we mentioned,linked above,posted above,provided above,sent before,previously sent,previously shared,previously provided,sent previously,i referred to"),
		doc:     list("link,links,article,guide,guides,form,document,documentation,page,instructions,url,faq,tutorial,steps,post"),
		acts:    list("reset,resets,changed,fixed,enabled,disabled,deployed,updated,restarted,cleared,adjusted,corrected,released,rolled,restored,moved,migrated,added,removed,unlocked,increased,whitelisted,re-enabled,switched,reissued,regenerated,refreshed,made a change,made some changes,pushed,applied,patched,unblocked,lifted,renewed,activated,reactivated,issued,extended,synced,resynced,flushed,rebuilt,recreated,granted,merged,reconnected,relinked,upgraded,resent,reprocessed,re-sent,retriggered,raised the"),
		hands:   list("ask,forward,escalate,escalated,escalating,pass,passed,passing,hand,handed,colleague,colleagues,engineer,engineers,team,senior,specialist,department,request that,transfer,transferred,raise,raised,assigned,assign,reassign,get someone,let them,route"),
		closes:  list("close this,close the ticket,close your,close it,closing this,closing the,closing your,closed this,closed the,closed your,closing it,closed it,mark this,mark it,mark your,mark the ticket,marking this,marking it,marked this,marked it,marked your,marking the,marked the,marking your,consider this,consider it,consider the,set this to,set the ticket to,setting this"),
		closing: list("ticket is closed,ticket is now closed,ticket has been closed,ticket will be closed,case is closed,case is now closed,case has been closed,case will be closed,request is closed,request has been closed,request will be closed,issue is resolved,issue is now resolved,issue has been resolved,problem is solved,problem has been solved,this is resolved,this is now resolved,this has been resolved,matter is closed,is now resolved,is considered resolved,is considered closed,considered as resolved,conversation is closed,conversation will be closed,conversation has been closed"),
		waits:   list("if,unless,once,when,until,after you,let us know,let me know,please confirm,can you confirm,could you confirm,do you want,shall i,shall we,may i,may we,should i,would you like,can i,can we,days,hours,before i,before we,as soon as,not,never"),
		solved:  list("works now,working now,it works,is working,solved,fixed,resolved,all good,can close,you can close,please close,close this,close the ticket,that did it,did the trick,up and running,works again,works fine,works perfectly,working again"),
		again:   list("stopped working,its back,it is back,they are back,back again,crashes again,crashed again,same again,it returned,has returned,have returned,recurred,came up again,acting up again,stopped again,broke again,broken again,broke,failing again,fails again,failed again,down again,happening again,happens again,started again,started happening,came back,is back again,problem is back,no longer works,no longer work,worked until,it worked before,used to work,had been working,was working,were working,since the update,since the upgrade,after the update,after the upgrade,since the last update,since we moved,since we switched,since we changed,since we migrated,since i moved,since i switched,since i changed,we have since,i have since,we just moved,we have moved,we moved,we have switched,we have migrated,we migrated,we changed our,we changed the,we renewed,we have renewed,new provider,does not work anymore,not work any more,not working anymore"),
		denies:  list("it is not a,it is not an,it is not the,not a problem with,not an issue with,is not the problem,is not the issue,is not the cause,nothing to do with,ruled out,is not related,not related to,it is not my,it is not our,the problem is not,the issue is not,that is not a,it isn't a,not because of,not due to"),
		send:    list("send it again,send the link,send me the link,resend,re-send,send that again,link again,link is broken,link does not work,link doesn't work,links do not work,cannot open the link,can not open the link,could not open the link,404,page not found,which article,which link,what link,where is the,where can i find,cannot find the link,lost the link,no link,not find the article,not find the page,share the link"),
		which:   list("which of,which one,for which,only one,each of,every"),
	},
	"pl": {
		full:    true,
		lead:    words("prosze prosimy nastepnie potem najpierw teraz i oraz lub albo takze rowniez a ponadto dodatkowo ewentualnie wiec zatem jeszcze po prostu ponownie raz dzien dobry witam czesc"),
		orders:  words("sprawdz sprawdzcie usun usuncie wyczysc wyczyscie zrestartuj uruchom wlacz wlaczcie wylacz dodaj dodajcie ustaw ustawcie zmien zaloguj wyloguj przejdz kliknij otworz wejdz sprobuj sprobujcie upewnij upewnijcie zaktualizuj zainstaluj przeinstaluj odinstaluj napisz wyslij przeslij podeslij podaj skontaktuj zweryfikuj poczekaj odczekaj wpisz wybierz skieruj utworz stworz zobacz przeczytaj zapoznaj odswiez potwierdz wykonaj zrob zalacz skonfiguruj wskaz przetestuj zamknij podlacz odlacz pobierz uzyj zadzwon daj zaloz wygeneruj postepuj powtorz"),
		tells:   list("prosze,prosimy,nalezy,trzeba,warto,powinien,powinna,powinni,powinny,powinienes,powinnas,powinno,musi pan,musi pani,musza panstwo,musisz,musicie,moze pan,moze pani,moga panstwo,mozesz,mozna,czy moze,czy moga,czy moglby,czy moglaby,czy mogliby,czy mozesz,moglby pan,moglaby pani,polecam,polecamy,sugeruje,sugerujemy,zalecam,zalecamy,rekomenduje,rekomendujemy,radze,upewnic sie,pomoze,powinno pomoc,dobrze byloby,najlepiej,nastepujace kroki,ponizsze kroki,konieczne jest,wymagane jest"),
		asks:    list("czy probowal,czy probowala,czy probowali,czy sprawdzal,czy sprawdzila,czy sprawdzil,czy jest,czy ma pan,czy ma pani,czy maja panstwo,czy zrobil,czy zrobila,czy masz,czy dodal,czy dodala,czy dodali,czy wlaczyl,czy wlaczyla,czy wlaczyli,czy ustawil,czy ustawila,czy ustawili,czy wyczyscil,czy wyczyscila,czy na pewno,czy wykonal,czy wykonala,czy wykonali,czy restartowal,czy zrestartowal,czy udalo,czy zostal,czy zostala,czy zostalo,probowales,probowalas,sprawdzales,sprawdziles,zrobiles,dodales,wlaczyles,czy pan,czy pani,czy panstwo"),
		ours:    list("^ja,^my,^nasz,^nasi,^nasz zespol,^ktos z,^kolega,^kolezanka,przekaze,przekazemy,przekazuje,przekazalem,przekazalam,wlacze,wlaczymy,wlaczylem,wlaczylam,zrobie,zrobimy,zwroce,zwrocimy,zamkne,zamkniemy,zamykam,zamykamy,zamknalem,zamknelam,sprawdze,sprawdzimy,sprawdzilem,sprawdzilam,odezwe,odezwiemy,ustawie,przelacze,przelaczymy,przelaczylem,przelaczylam,zresetuje,zresetujemy,zresetowalem,zresetowalam,usune,usuniemy,usunalem,usunelam,oznaczam,oznacze,poprosze kolege"),
		recap:   list("zrobil pan,zrobila pani,ma pan juz,ma pani juz,maja juz,juz pan,juz pani,juz panstwo,panstwo juz,pan juz,pani juz,dziekuje za,dziekujemy za,dzieki za,widze ze,pisal pan,pisala pani,napisal pan,napisala pani,pisze pan,pisze pani,jak pan,jak pani,skoro,zrobiles,masz juz,rozumiem ze"),
		excuse:  list("jesli jeszcze nie,jezeli jeszcze nie,o ile jeszcze nie,jesli nie,jezeli nie zost,jezeli pan jeszcze,jesli pan jeszcze,jesli pani jeszcze,jesli panstwo jeszcze nie,chyba ze,o ile nie,w razie gdyby nie,gdyby nie bylo,jesli juz,jezeli juz"),
		free:    list("nie trzeba,nie musi,nie musza,nie musisz,nie ma potrzeby,nie jest konieczne,zamiast,nie nalezy,prosze nie"),
		did:     list("zrobilem to,zrobilam to,zrobilismy to,zrobilem oba,zrobilam oba,zrobilem oba,zrobilem wszystko,zrobilam wszystko,zrobione,zrobilem tak,zrobilam tak,juz to robilem,juz to robilam,juz to zrobilem,juz to zrobilam,probowalem tego,probowalam tego,sprobowalem,sprobowalam,juz probowalem,juz probowalam,wykonalem,wykonalam,zgodnie z sugestia"),
		follows: list("wedlug,wg,zgodnie z,przeczytalem,przeczytalam,przeczytalismy,czytalem,czytalam,zapoznalem,zapoznalam,krok po kroku,na podstawie,przeszedlem,przeszlam"),
		anew:    list("w czym moge pomoc,w czym mozemy pomoc,jak moge pomoc,opisac problem,opisac sprawe,opis problemu,na czym polega problem,o co chodzi"),
		cuts:    words("i oraz lub albo a ale potem nastepnie zeby aby ze ktory ktora ktore wiec bo poniewaz jesli jezeli gdy kiedy zanim"),
		sent:    list("ktory wyslalem,ktory wyslalam,ktory przeslalem,ktory przeslalam,ktory podalem,ktory podalam,wyslalem wczesniej,wyslalam wczesniej,wyslany wczesniej,podany wczesniej,podanym wczesniej,z poprzedniej wiadomosci,w poprzedniej wiadomosci,ktory podeslalem,ktory podeslalam,przeslany wczesniej,wyzej wymienion"),
		doc:     list("link,linku,linkiem,artykul,artykule,instrukcja,instrukcje,instrukcji,formularz,formularzu,poradnik,dokumentacja,dokumentacji,strona,strony"),
		acts:    list("zresetowalem,zresetowalam,zmienilem,zmienilam,naprawilem,naprawilam,naprawilismy,wlaczylem,wlaczylam,wlaczylismy,wdrozylismy,zaktualizowalismy,poprawilem,poprawilam,poprawilismy,odblokowalem,odblokowalam,odblokowalismy,dodalem,dodalam,dodalismy,usunelismy,usunalem,usunelam,zmienilismy,zresetowalismy"),
		hands:   list("przekaze,przekazemy,przekazuje,przekazalem,przekazalam,zespol,zespolu,zespolowi,kolega,koledze,kolege,kolezanka,kolezanke,inzynier,inzyniera,inzynierowi,specjalista,specjaliscie,dzial,dzialu,dzialowi,poprosze,zglosze,eskaluje"),
		closes:  list("zamykam,zamykamy,zamkne,zamkniemy,zamknalem,zamknelam,zamknelismy,oznaczam jako,oznacze jako,oznaczylem jako,oznaczylam jako,uznaje za,uznajemy za"),
		closing: list("zgloszenie zostalo zamkniete,zgloszenie zostaje zamkniete,zgloszenie jest zamkniete,sprawa jest zamknieta,sprawa zostala zamknieta,sprawa zamknieta,sprawe uznaje,problem zostal rozwiazany,problem jest rozwiazany,zgloszenie zostanie zamkniete,temat uznaje"),
		waits:   list("jesli,jezeli,gdy,kiedy,dopiero,po potwierdzeniu,prosze o potwierdzenie,prosze potwierdzic,czy moge,czy mozemy,czy zamknac,dni,nie"),
		solved:  list("dziala,juz dziala,rozwiazane,rozwiazany,naprawione,mozna zamknac,prosze zamknac,wszystko w porzadku,pomoglo"),
		again:   list("przestalo dzialac,problem wrocil,znowu sie pojawil,znow sie pojawil,blad wrocil,to samo znowu,przestal dzialac,przestala dzialac,przestaly dzialac,znowu nie,znow nie,ponownie nie,od aktualizacji,po aktualizacji,przenieslismy,przenioslem,przenioslam,od zmiany,po zmianie,wrocil problem,problem wrocil,dzialalo do,dzialalo wczesniej,juz nie dziala,a teraz nie,zmienilismy dostawce,zmienilismy hosting"),
		denies:  list("to nie jest problem,to nie jest kwestia,to nie kwestia,to nie problem,to nie wina,nie chodzi o,problemem nie jest,nie ma nic wspolnego,wykluczylem,wykluczylam,wykluczylismy,nie jest przyczyna"),
		send:    list("wyslac link,wyslij link,prosze o link,link nie dziala,jeszcze raz link,link jeszcze raz,link ponownie,nie moge otworzyc linku,404,ktory artykul,nie widze linku"),
		which:   list("ktorej z,ktory z,ktora z,ktorego z,ktorych"),
	},
	"de": {
		full:   true,
		lead:   words("bitte dann auch zuerst zunachst anschliessend danach nun jetzt und oder noch einfach einmal mal nochmals erneut so also ausserdem alternativ hallo guten tag"),
		orders: words("prufe pruf uberprufe losche losch entferne starte versuche versuch probiere probier offne geh gehe stell stelle schau gib klick klicke mach mache aktiviere aktivier deaktiviere setz setze richte trag trage fug fuge installiere aktualisiere melde leere kontrolliere schick schicke sende wahle warte nutze verwende lade andere erstelle lege schalte wende schreib lies kontaktiere bestatige teile nenne vergewissere folge"),
		order: func(ws []string) bool { // "prufen Sie", "stellen Sie"
			return len(ws) > 1 && ws[1] == "sie" && (strings.HasSuffix(ws[0], "en") || strings.HasSuffix(ws[0], "ern") || strings.HasSuffix(ws[0], "eln")) &&
				!words("haben hatten sind waren konnen konnten wollen wurden werden mochten sollten mussten durfen wissen")[ws[0]]
		},
		tells:   list("bitte,bitten,bitten wir,bitten sie,sie mussen,sie sollten,sie konnen,sie konnten,sie sollen,mussen sie,sollten sie,konnten sie,konnen sie,wurden sie,du musst,du solltest,du kannst,du konntest,kannst du,konntest du,solltest du,musst du,empfehle,empfehlen,rate ihnen,schlage vor,schlagen vor,stellen sie sicher,sicherstellen,achten sie,hilft es,folgende schritte,folgenden schritte,muss,mussen,sollte"),
		asks:    list("haben sie,hast du,sind sie sicher,bist du sicher,ist ihr,ist ihre,ist dein,ist deine,konnten sie schon,haben sie schon,haben sie bereits,ist der,ist die,ist das"),
		ours:    list("^ich,^wir,^unser,^unsere,^mein,^ein kollege,^das team"),
		recap:   list("sie haben bereits,sie haben schon,haben sie ja,du hast bereits,du hast schon,da sie,wie sie,danke dass,danke fur,vielen dank,sie schreiben,sie schrieben,sie sagten,ich sehe dass,wie sie schreiben,sie haben ja,sie hatten"),
		excuse:  list("falls sie noch nicht,wenn sie noch nicht,sofern sie noch nicht,falls noch nicht,wenn noch nicht,sofern noch nicht,falls nicht,sofern nicht,falls du noch nicht,wenn du noch nicht,es sei denn,noch nicht geschehen,noch nicht getan,falls sie das nicht,falls dies nicht,falls das noch nicht,wenn das noch nicht,falls bereits,wenn sie bereits,falls sie bereits,falls sie dies noch nicht,wenn sie das noch nicht,sie das noch nicht,sie dies noch nicht,noch nicht haben"),
		free:    list("mussen sie nicht,brauchen sie nicht,nicht notig,nicht notwendig,nicht erforderlich,anstatt,statt,bitte nicht,mussen nicht,sie mussen nichts"),
		did:     list("habe ich schon,habe ich bereits,habe ich gemacht,habe ich probiert,habe ich versucht,habe beides,beides gemacht,schon gemacht,bereits gemacht,schon probiert,bereits probiert,schon versucht,bereits versucht,alles gemacht,ist erledigt,wie empfohlen,wie vorgeschlagen,das habe ich,haben wir schon,haben wir bereits,haben wir gemacht"),
		follows: list("nach,laut,gemass,gelesen,befolgt,gefolgt,durchgearbeitet,nach anleitung"),
		anew:    list("wie kann ich helfen,wie kann ich ihnen helfen,wie konnen wir helfen,wie konnen wir ihnen helfen,beschreiben sie das problem,ihr problem beschreiben,ihr anliegen schildern,worum geht es"),
		cuts:    words("und oder aber dann dass damit weil da wenn falls sobald nachdem bevor der welche sowie"),
		sent:    list("ich geschickt,wir geschickt,ich gesendet,wir gesendet,ihnen geschickt,ihnen gesendet,zuvor geschickt,oben genannt,oben genannten,aus meiner letzten,aus unserer letzten,in meiner letzten,bereits geschickt,bereits gesendet,ich genannt,ich verlinkt"),
		doc:     list("link,artikel,anleitung,formular,dokumentation,seite"),
		acts:    list("zuruckgesetzt,geandert,behoben,aktiviert,deaktiviert,eingespielt,aktualisiert,neu gestartet,freigeschaltet,entsperrt,angepasst,korrigiert,entfernt,hinzugefugt,umgestellt"),
		hands:   list("kollege,kollegen,kollegin,team,techniker,ingenieur,ingenieure,abteilung,weiterleiten,leite,weitergeleitet,weitergeben,gebe,eskaliere,frage,ubergebe,spezialist,spezialisten"),
		closes:  list("schliesse das ticket,schliessen das ticket,schliesse dieses,schliesse ihr,schliesse ihre,schliessen wir,schliesse ich,ticket geschlossen,anfrage geschlossen,markiere,ticket schliessen,anfrage schliessen,als erledigt,als gelost"),
		closing: list("ticket ist geschlossen,ticket wurde geschlossen,ticket wird geschlossen,ticket wird nun geschlossen,ticket ist damit geschlossen,anfrage ist geschlossen,anfrage wurde geschlossen,fall ist geschlossen,problem ist gelost,problem wurde gelost,ist damit erledigt,ist damit gelost"),
		waits:   list("wenn,falls,sobald,nachdem,bevor,tage,tagen,bestatigen sie,darf ich,durfen wir,soll ich,sollen wir,kann ich,nicht"),
		solved:  list("funktioniert jetzt,funktioniert wieder,gelost,erledigt,behoben,klappt,lauft wieder,lauft jetzt,kann geschlossen,konnen schliessen,konnen sie schliessen"),
		again:   list("funktioniert nicht mehr,geht nicht mehr,wieder nicht,erneut nicht,seit dem update,nach dem update,umgezogen,seit dem wechsel,nach dem wechsel,seit dem umzug,nach dem umzug,wieder kaputt,wieder da,ging bis,lief bis,hat aufgehort,haben gewechselt,anbieter gewechselt"),
		denies:  list("liegt nicht an,liegt nicht am,nicht das problem,kein problem mit,hat nichts mit,nicht die ursache,ausgeschlossen,es ist kein,das ist kein"),
		send:    list("nochmal schicken,noch einmal schicken,link schicken,link nochmal,link geht nicht,link funktioniert nicht,link ist kaputt,link senden,404,welcher artikel,welchen link"),
		which:   list("welche der,welcher der,welches der,fur welche"),
	},
	"es": {
		full:    true,
		lead:    words("por favor luego despues tambien primero ahora y e o ademas entonces finalmente simplemente hola buenos dias gracias saludos"),
		orders:  words("retire retira pongase ponganse coloque coloca prueba pruebe prueben intenta intente verifica verifique comprueba compruebe revisa revise asegurate asegurese elimina elimine borra borre reinicia reinicie cierra cierre abre abra haz haga ve vaya entra entre cambia cambie actualiza actualice instala instale reinstala reinstale desinstala desinstale configura configure activa active desactiva desactive agrega agregue anade anada busca busque envia envie escribe escriba confirma confirme sigue siga vuelve vuelva limpia limpie selecciona seleccione contacta contacte apunta apunte crea cree consulta consulte espera espere usa use utiliza utilice lee lea indica indique comparte comparta dinos digame diganos mira mire quita quite restablece restablezca realiza realice"),
		tells:   list("por favor,debe,debes,deben,deberia,deberias,tiene que,tienes que,tienen que,puede,puedes,pueden,podria,podrias,podrian,hay que,necesita,necesitas,necesitamos que,recomiendo,recomendamos,sugiero,sugerimos,le pedimos,te pido,asegurese,siguientes pasos,estos pasos,es necesario,conviene,sirvase,te pedimos,les pedimos,pedimos que,le rogamos,te rogamos,les rogamos,rogamos que,le ruego,trate de,trata de,intente"),
		asks:    list("ha probado,has probado,han probado,ha intentado,has intentado,ha verificado,has verificado,ha comprobado,has comprobado,ha reiniciado,has reiniciado,ha revisado,has revisado,ya ha,ya has,esta seguro,estas seguro,ha borrado,has borrado,ha activado,ha configurado,ha anadido,ha creado,tiene activado,probo,intento"),
		ours:    list("^he,^hemos,^yo,^nosotros,^nuestro,^nuestra,^nuestro equipo,^voy,^vamos,^estoy,^estamos,^paso,^pasare,^lo he,^lo hemos,^un companero"),
		recap:   list("ya ha hecho,ya hizo,usted ya,como ha,como menciona,como indica,gracias por,veo que,dado que,puesto que,menciona que,indica que,nos dijo,nos ha dicho,entiendo que,ya que ha,ya que usted"),
		excuse:  list("si aun no,si todavia no,si no lo ha,si no lo has,si no ha,si no has,a menos que,en caso de que no,salvo que,si ya lo,si ya ha,si no esta,si no se ha"),
		free:    list("no es necesario,no hace falta,no necesita,no tiene que,en lugar de,en vez de,no hay que,por favor no"),
		did:     list("ya lo he,ya lo hice,ya lo probe,lo he hecho,lo hice,lo he probado,hice ambas,hice ambos,hice todo,he hecho todo,eso ya,ya he hecho,ya hice eso,ya lo habia,como me indico,como indico,como me dijo,hecho"),
		follows: list("segun,siguiendo,segui,seguimos,he seguido,hemos seguido,lei,leido,hemos leido,conforme a"),
		anew:    list("en que puedo ayudar,en que puedo ayudarle,en que podemos ayudar,en que podemos ayudarle,describir el problema,describa el problema,describir su problema,cual es el problema"),
		cuts:    words("y e o u luego despues pero que para porque si cuando antes tras"),
		sent:    list("que le envie,que te envie,que le enviamos,que envie,enviado anteriormente,que le pase,que te pase,mi mensaje anterior,mi anterior mensaje,nuestro mensaje anterior,que le comparti,que te comparti,que le indique,que mencione,que le di"),
		doc:     list("enlace,articulo,guia,formulario,documentacion,pagina,instrucciones,link"),
		acts:    list("restablecido,cambiado,corregido,solucionado,activado,desactivado,actualizado,reiniciado,desbloqueado,ajustado,eliminado,anadido,habilitado"),
		hands:   list("equipo,companero,companera,ingeniero,ingenieros,departamento,escalar,escalare,escalado,paso,pasar,pasare,pasado,derivar,derivo,especialista,transferir,pedir,pedire"),
		closes:  list("cierro,cerramos,cerrare,cerraremos,cerrado el,cerrado este,cerrado su,marco como,marcado como,damos por,doy por,voy a cerrar,vamos a cerrar,procedo a cerrar,procedemos a cerrar"),
		closing: list("ticket esta cerrado,ticket ha sido cerrado,ticket queda cerrado,caso esta cerrado,caso ha sido cerrado,caso queda cerrado,problema esta resuelto,problema ha sido resuelto,queda resuelto,queda cerrado,solicitud queda cerrada,consulta queda cerrada"),
		waits:   list("si,cuando,una vez,hasta que,dias,confirme,confirma,puedo cerrar,podemos cerrar,desea,no"),
		solved:  list("funciona,ya funciona,solucionado,resuelto,arreglado,puede cerrar,pueden cerrar,todo bien,todo correcto"),
		again:   list("dejo de funcionar,ha dejado de,ya no funciona,otra vez no,de nuevo no,volvio a fallar,ha vuelto a fallar,desde la actualizacion,tras la actualizacion,despues de la actualizacion,hemos migrado,migramos,hemos cambiado de,cambiamos de,funcionaba hasta,funcionaba antes,desde que cambiamos,desde que migramos"),
		denies:  list("no es un problema de,no es problema de,no es cuestion de,no tiene que ver con,no tiene nada que ver,no es la causa,no es por,el problema no es,descartado"),
		send:    list("enviar el enlace,envie el enlace,reenviar,enlace no funciona,enlace otra vez,enlace de nuevo,404,que articulo,que enlace"),
		which:   list("cual de,cuales de,para cual"),
	},
	"fr": {
		lead:   words("puis ensuite aussi d'abord et ou bonjour merci alors maintenant"),
		orders: words("essayez essaie verifiez verifie supprimez supprime redemarrez redemarre desinstallez installez reinstallez activez desactivez ajoutez cliquez ouvrez allez fermez videz effacez envoyez assurez connectez deconnectez configurez suivez consultez contactez changez modifiez creez mettez faites lisez indiquez precisez"),
		tells:  list("veuillez,merci de,s'il vous plait,pouvez vous,pourriez vous,pouvez-vous,pourriez-vous,vous devez,vous devriez,vous pouvez,il faut,il faudrait,je vous invite,nous vous invitons,je vous recommande,nous vous recommandons,je vous conseille,tu dois,tu peux,tu devrais"),
		asks:   list("avez vous,avez-vous,as tu,as-tu,etes vous sur,etes-vous sur"),
		ours:   list("^je,^j,^nous,^notre,^mon"),
		recap:  list("vous avez deja,vous avez bien,merci pour,merci d'avoir,comme vous,puisque vous,je vois que"),
		excuse: list("si vous n,si ce n'est pas,a moins que,si pas encore,si vous avez deja,si tu n"),
		free:   list("pas besoin de,pas necessaire,au lieu de,inutile de,ne devez pas"),
		cuts:   words("et puis ou mais que car si quand avant apres"),
		sent:   list("que je vous ai envoye,que nous vous avons envoye,deja envoye,mon message precedent"), doc: list("lien,article,guide,formulaire,page"),
		hands: list("equipe,collegue,ingenieur,service,transmets,transmettre,transferer"), closes: list("je ferme,je cloture,nous fermons,nous cloturons,ferme ce ticket,cloture ce"), waits: list("si,quand,lorsque,jours,pas"),
		solved: list("ca marche,fonctionne,resolu,regle"), again: list("a nouveau,depuis hier,ne marche plus,ne fonctionne plus"),
	},
	"it": {
		lead:   words("poi anche prima e o quindi ora buongiorno salve grazie"),
		orders: words("prova provi provate verifica verifichi controlla controlli controllate elimina elimini cancella cancelli svuota svuoti riavvia riavvii disinstalla installa reinstalla reinstalli attiva attivi disattiva disattivi aggiungi aggiunga apri apra chiudi vai vada clicca clicchi invia invii segui segua consulta consulti contatta contatti cambia cambi modifica imposta imposti assicurati accedi acceda aggiorna aggiorni"),
		tells:  list("per favore,deve,devi,dovrebbe,dovresti,puo,puoi,potrebbe,potresti,bisogna,occorre,consiglio,suggerisco,si assicuri,la invito,ti invito,e necessario"),
		asks:   list("ha provato,hai provato,ha controllato,hai controllato,ha verificato,hai verificato,ha gia,hai gia,e sicuro"),
		ours:   list("^ho,^abbiamo,^io,^noi,^il nostro"),
		recap:  list("ha gia fatto,hai gia fatto,grazie per,come ha,come hai,vedo che,dato che"),
		excuse: list("se non ha ancora,se non hai ancora,se non l,se non lo,a meno che,se ha gia,se hai gia"),
		free:   list("non serve,non e necessario,non occorre,invece di,non deve"),
		cuts:   words("e o poi ma che perche se quando prima dopo"),
		sent:   list("che ho inviato,che le ho inviato,che ti ho inviato,gia inviato,mio messaggio precedente"), doc: list("link,articolo,guida,modulo,pagina"),
		hands: list("team,collega,tecnico,reparto,inoltro,inoltrare,passo"), closes: list("chiudo,chiudiamo,ho chiuso,abbiamo chiuso"), waits: list("se,quando,giorni,non"),
		solved: list("funziona,risolto"), again: list("di nuovo,da ieri,non funziona piu"),
	},
	"pt": {
		lead: words("por favor depois tambem primeiro e ou agora ola"), orders: words("tente verifique confira exclua apague limpe reinicie desinstale instale reinstale ative desative adicione abra feche acesse envie siga consulte altere configure atualize"),
		tells: list("por favor,deve,precisa,pode,poderia,recomendo,recomendamos,sugiro,certifique se,e necessario"), asks: list("ja tentou,voce tentou,ja verificou,voce ja"),
		ours: list("^eu,^nos,^nosso,^vou,^estou"), recap: list("voce ja fez,obrigado por,como voce,vejo que"), excuse: list("se ainda nao,caso ainda nao,a menos que,se ja"), free: list("nao precisa,nao e necessario,em vez de"),
		cuts: words("e ou depois mas que porque se quando"), solved: list("funciona,resolvido"), again: list("de novo,novamente,desde ontem"),
	},
	"nl": {
		lead: words("graag dan ook eerst nu en of daarna"), orders: words("controleer probeer verwijder wis herstart installeer schakel voeg open sluit ga klik stuur volg bekijk wijzig stel log update"),
		tells: list("kunt u,kun je,u moet,je moet,u kunt,je kunt,graag,gelieve,ik raad,wij raden,zorg ervoor"), asks: list("heeft u,heb je,hebt u"),
		ours: list("^ik,^wij,^we,^ons,^onze"), recap: list("u heeft al,je hebt al,bedankt voor,zoals u"), excuse: list("als u nog niet,als je nog niet,tenzij,indien nog niet"), free: list("hoeft niet,niet nodig,in plaats van"),
		cuts: words("en of dan maar dat omdat als wanneer"), solved: list("werkt nu,opgelost,werkt weer"), again: list("opnieuw,sinds gisteren,werkt niet meer"),
	},
	"ja": {
		tells:  list("てください,て下さい,でください,で下さい,お願いします,お願いいたします,いただけますか,いただけますでしょうか,てみて,必要があります,必要です,ていただ,おすすめ,お試し,推奨"),
		asks:   list("ましたか,ていますか,ありますか,でしょうか"),
		ours:   list("当社,弊社,担当者,私ども,こちらで,エンジニア"),
		recap:  list("ありがとうございます,いただいた,いただいています,済みとのこと,とのことですが,完了されている"),
		excuse: list("まだの場合,ていない場合,でない場合,未完了の場合,未設定の場合,もしまだ"),
		free:   list("必要はありません,不要です,する必要はございません"),
		hands:  list("担当,エンジニア,引き継,エスカレ,チーム"), closes: list("クローズし,クローズさせ,終了させ,完了とさせ,解決済みとし"), waits: list("場合,なければ,確認でき,でしょうか,ますか"),
		did: list("やりました,試しました,行いました,実施しました,済みです"), follows: list("従って,に沿って,読みました,読んで,見ながら,通りに,どおりに"), solved: list("解決しました,直りました,できました,動きました,クローズして"), again: list("再び,また,昨日から,更新後"),
	},
}
