package offline

import "strings"

// Polish carries person, gender and tense in the verb: dodałem, dodałyśmy.
func polish() *grammar {
	first := endings(5, "łem łam liśmy łyśmy")
	part := endings(5, "ony ona one ono eni any ana ane ano ani ęty ęta ęte ęto ięci yty yta yte yto iony iona ione iono eta")
	noun := wordSet("strony strona ochrony ochrona domeny zmiany zmiana zmian problem reklamy wymiany wymiana konta poczta skrzynki jedno wiadomo ekranu firmy")
	return &grammar{
		lang:  "pl",
		first: wordSet("ja my"),
		third: wordSet("oni one ono on ona państwo wy ty support wsparcie konsultant agent pan pani dostawca hosting google kolega-z klient"),
		mine:  wordSet("mój moja nasz nasza nasi nasze moi moje"),
		own:   wordSet("zespół kolega koleżanka programista programiści admin administrator informatyk informatycy dział it"),

		preposition: wordSet("do dla od z ze przez na w o za u po"),
		skip:        wordSet("już też także też tylko teraz wczoraj dzisiaj dziś wcześniej najpierw potem następnie ponownie wielokrotnie również nawet jednak poprawnie prawidłowo w pełni wszystko to i się oba obie obydwie mamy mam poza tym no więc sam sama sami osobiście bardzo zatem ponadto"),
		not:         wordSet("nie nigdy"),
		perfect:     wordSet("mamy mam"),
		be:          wordSet("jest są został została zostało zostały był była było były stoi stoją mamy mam działa działają wskazuje wskazują"),
		future:      wordSet("będę będziemy zamierzam zamierzamy planuję planujemy zaraz jutro wkrótce niedługo zrobię zrobimy dodam dodamy ustawię ustawimy włączę włączymy zaczniemy przełączymy"),
		wish:        wordSet("chcę chcemy chciałbym chciałabym chcielibyśmy muszę musimy powinienem powinnam powinniśmy trzeba należy można warto proszę prosimy mógłbym moglibyśmy"),
		able:        wordSet("mogę możemy udało"),
		offer:       wordSet("wysłać podesłać udostępnić przesłać podać pomóc dosłać liczyć prosić"),
		attempt:     phrases("próbowa,spróbowa,próbuj,staram"),
		habitual:    wordSet("sprawdzam próbuję otwieram uruchamiam wysyłam wchodzę testuję"),

		past:       func(w string) bool { return first(w) && !strings.HasSuffix(w, "bym") },
		finite:     func(w string) bool { return first(w) },
		participle: func(w string) bool { return part(w) && !noun[w] },
		gerund:     endings(6, "niu ciu"),
		impersonal: endings(6, "ano ono ęto"),
		notAct:     phrases("chcia,musia,mog,móg,myśla,otrzyma,dosta,zauważy,widzia,zobaczy,zapomnia,wiedzia,spodziewa,by,mia,sądzi,liczy,uzna,usłysza,zdecydowa,postanowi,planowa,zamierza,kupi,zatrudni,napotka,stwierdzi,powiedzia,zaczą,zaczę,straci,rozumia,zrozumia,woła,pomyśla,zaniedba,odkry,odnios,dowiedzia,zosta"),
		complete:   phrases("włącz,doda,ustawi,ustaw,skonfigurowa,zweryfikowa,zainstalowa,utworz,stworz,podpię,przełącz,aktywowa,aktywn,zmieni,wykona,zrobi,opublikowa,wdroż,wygenerowa,wystawi,wystaw,skierowa,przekierowa,postawi,zaktualizowa,potwierdz,usunię,założ,gotow,ukończ,zakończ,podłącz,wgra,wprowadz,uruchomi,odnowi,przygotowa,wpisa,zrealizowa,spełni,ogarn,zarejestrowa,zabezpiecz,opłac,odebra"),
		state:      wordSet("tak gotowe gotowy gotowa aktywne aktywny aktywna ważny ważne ważna poprawny poprawne poprawna prawidłowy prawidłowe ok działa działają wskazuje wskazują za zrobione miejscu zielone stoi stoją"),
		works:      wordSet("działa działają działało działał zadziałało wskazuje wskazują prowadzi prowadzą"),

		tight:    wordSet("za"),
		cut:      wordSet("i a ale oraz jednak więc bo ponieważ gdyż kiedy gdy jak jeśli jeżeli gdyby aby żeby że który która które którzy po potem następnie natomiast lecz dopóki czy choć mimo"),
		and:      wordSet("i a oraz potem następnie"),
		hyp:      wordSet("zanim jeśli jeżeli gdyby gdybym czy jakby o-ile"),
		relative: wordSet("który która które którzy których którą którym"),
		when:     wordSet("kiedy gdy"),
		after:    wordSet("po"),
		ask:      wordSet("czy jak dlaczego czemu co gdzie kiedy kto ile który którą jakie jaki jaka jaką jakiego jakich"),
		hedge:    wordSet("prawie niemal chyba może prawdopodobnie podobno rzekomo zdaje pewnie"),
		undo:     phrases("usun,cofn,wycofa,skasowa,wyłącz"),
		present:  wordSet("jest są będzie będą"),
		unsure:   phrases("jest napisane,napisano,nieprawda,wyobraź,wyobraźmy,mam nadzieję,mamy nadzieję,wydaje mi się,zakładam,przypuszczam,nie wiem,nie jestem pewien,nie jestem pewna,nie jesteśmy pewni,nie sądzę,nie pamiętam,nie mam pewności"),
		pronoun:  wordSet("to go je ją"),

		failed:   phrases("nadal,wciąż,dalej,cały czas,bez skutku,bez efektu,bez rezultatu,nie pomogło,nie pomaga,nie pomogły,nie działa,nie działają,nie zadziałało,ten sam błąd,to samo,bez zmian,nic nie,bezskutecznie,nic z tego,błąd,ciągle"),
		failedBy: phrases("nic nie pomogło,nic nie pomaga,żadne z,żadna z,nie pomogło,nie pomogły,bez skutku,bez efektu,bez rezultatu,bezskutecznie,problem nadal,nadal,wciąż,ten sam błąd,to samo,bez zmian,nic z tego,dalej nie,ciągle"),
		useless:  phrases("nie pomogło,nie pomogła,nie pomógł,nic nie dało,nic nie zmieniło,bez efektu"),
		contrast: phrases("drugim,drugiej,drugi,druga,innym,innej,innych,inne,inny,bez,lokalnie,tym samym"), succeeds: wordSet("normalnie poprawnie dochodzą dochodzi otwiera ładuje dobrze"),
		yet:     phrases("jeszcze,dotąd,na razie,póki co"),
		open:    phrases("brakuje,nie mamy,nie mam,nie ma,brak,jeszcze nie,zostało,pozostało,pozostaje,do zrobienia"),
		inPlace: phrases("na koncie,za cdn,za naszym cdn,na miejscu,za proxy"),
		solved:  phrases("rozwiązaniem jest,rozwiązaniem było,okazało się,pomogło,już działa,rozwiązane,udało się"),
		nothing: phrases("nic"), onset: wordSet("odkąd"), looks: phrases("sprawdz,porówna,przejrza"),

		troubleshoot: phrases("próbowa,spróbowa,wyczyści,zrestartowa,przeinstalowa,odśwież,pytał,zapyta,dzwoni,zadzwoni,kontaktowa,skontaktowa,pisał"),
		remedy:       phrases("usun,wyłącz,zresetowa,zmieni,przełącz,zaktualizowa,odinstalowa,wymieni"),
		check:        phrases("sprawdz,zweryfikowa,potwierdz,test,przetestowa,porówna"),

		attemptHeading: phrases("próbowa"),
		triedHeading:   phrases("co zrobi,zrobiliśmy,zrobiłem,zrobiłam,wykonałem,wykonane,zrobione,gotowe,próbowa,już,co mamy,stan"),
		allSteps:       phrases("wszystkie kroki,wszystkie trzy,wszystkie 3,każdy krok,trzy kroki,wszystko z,wszystko co,wszystko według,wszystko wg,wszystko zrobione,wszystko jest zrobione,wszystko jest gotowe,wszystko jest ustawione,wszystko gotowe,wszystko ustawione,wszystko zrobiliśmy,wszystko zrobiłem,wszystko zrobiłam,całą instrukcję,całość,krok po kroku,wszystkie punkty,co do joty,zrobiliśmy wszystko,zrobiłem wszystko,zrobiłam wszystko,wykonaliśmy wszystko,wszystkie wymagane kroki,wszystkie nasze kroki,nasza część"),
		except:         phrases("oprócz,poza,z wyjątkiem,prócz"),
		guide:          phrases("instrukc,poradnik,dokumentac,artykuł,pomoc,przewodnik,opis"),
		reading:        phrases("przeczyt,czyta,zapozna,wg,według,zgodnie,zrobi,wykona,przeszl,przesz,skorzyst,z ,stosowa,zastosowa"),
	}
}
