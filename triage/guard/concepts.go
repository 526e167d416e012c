package guard

import (
	"slices"
	"strings"
)

// A concept is what words of several languages and forms stand for, so that
// "clear the cache" meets "Cache geleert" and "wyczyściłem pamięć podręczną".
type concept string

// verbs and objects list concepts by the beginnings of their words, without
// accents; one that ends in = is a whole word.
var (
	verbs = index(`
check: check compar porown vergleich verglich look= looked looking verif confirm ensure inspect doublecheck double-check validat review recheck | sprawdz zweryfik upewn przejrz potwierdz skontrol | pruf uberpruf kontrollier nachseh nachschau vergewisser sicherstell schau= schauen= | comprueb comprob verifi revis asegur fijate fijese mira= mire= cerciore | verifi assur controll assicur | nagaan gecontroleerd controleer inspected
try: try= tries= tried= trying= attempt test= tests= tested= testing= retry retried | sprobow sproboj sprobuj probow probuj przetest | versuch probier ausprob teste= testen= | prueb prob= probe= probar probad intent | essay prov= provi= provar prova= | probeer geprobeerd
restart: restart reboot powercycle relaunch | zrestart restart | neustart neugestart neuzustart | reinici | redemarr riavvi | herstart power-cycl rebooted | reboot | rebootn
cancel: cancel cancell= cancelled cancelling cancellat | anulow anuluj zrezygn wypowied wypowiedz | kundig gekundigt storn | cancel baja= | annul resili résili | disdett disdic
remove: delet remov clear eras purg flush empty emptied emptying nuked | usun skasow skasuj wyczysc wyczyszc oproznij kasuj | losch geloscht entfern leer= leere= leeren= geleert | elimin borr limpi vaci quite= quitar quitado | supprim effac vider vide= videz | cancell rimuov svuot rimoss | verwijder wis= dump= dumped | wywal wyrzuc skasow | runtergeworfen rausgeworfen | quito= quite= retir
uninstall: uninstall | odinstal | deinstall | desinstal | disinstall
reinstall: reinstall re-install readd re-add | przeinstal | neuinstall neuinstallier | reinstal
install: install | zainstal instal | installier installiert | instal put-back | wgra wgral dograj | aufgespielt aufspiel draufgespielt insert= inserted reinsert
update: updat upgrad latest newest up-to-date | zaktualiz aktualiz najnowsz | aktualisier geupdat neuest aktuellst | actualiz reciente | aggiorn | bijgewerkt actualic
enable: enabl activat active= reactivat | wlacz aktyw uaktyw | aktivier eingeschaltet einschalt einzuschalt | activ habilit | activ abilit attiv | encend encien prend= enciend enciend
disable: disabl deactivat inactiv | wylacz dezaktyw | deaktivier ausgeschaltet ausschalt aus-= abschalt abgeschaltet | desactiv deshabilit | desactiv disattiv disabilit | apag apague
login: login= logins= relog | zalog logow loguj | anmeld angemeldet einlogg eingeloggt | loguear | connecter accedi
logout: logout= | wylog | abmeld abgemeldet auslogg ausgeloggt | deconnect disconnett
reset: reset | zresetow zresetuj resetuj | zurucksetz zuruckgesetzt | restablec restableci | reinitialis reimpost restor | przywroc przywrac | zurucksetz | restaur
change: replaced exchang chang switch= switched switching modif edit= edited editing replac swap alter= | zmien wymien edytuj zamien | ander= andern andere= geandert wechsel gewechsel ersetz tausch austausch | cambi modific reemplaz sustit | chang modif cambi
refund: refund reimburs | zwroc zwrot zwrac | erstatt ruckerstatt zuruckzahl | reembols devolv devolu | rembours | rimbors
assign: assign | przydziel przypis | zuweis zugewies zuteil | asign | attribu | assegn
rebuild: rebuil reindex regenerat recalc resync | przebud przelicz | neuaufbau | reconstru regener
buy: buy= buying bought= purchas | kup= kupil kupic zakup dokup | kauf= kaufen gekauft erworben | compr | achet
create: made= creat generat | utworz stworz wygeneruj wygenerow zaloz | erstell anleg angelegt generier | crea= cree= creado creada crear gener | cree= creez creato mint= minted issue= issued | wystaw
add: add= adds= added= adding= | doda dodaj | hinzu hinzug erganz trag= tragen= eintrag eingetrag | anad agreg | ajout aggiung aggiunto | toevoeg
set: set= setup setting-up configur adjust point= pointed pointing register registered | ustaw skonfigur skieruj skierow wskaz zarejestr | einricht eingericht konfigur setz= setzen= gesetzt einstell eingestellt stelle= | configur ajust establec apunt | impost configur
send: resending re-send mail= post= posted hand= handed drop= dropped dropping send= sends= sent= sending= resend resent forward provid share= shared sharing attach= attached upload submit | wysl wysyl przesl podesl zalacz udostepn | send= sende= senden= schick gesendet anhang hochlad | envi= envie envia enviado mand= adjunt compart | envoy invi= invia
read: read= reading= follow followed following consult visit refer= refer | przeczyt zapozn post= postepuj | les= lies= lesen= gelesen folg befolg | lea= leer= leido sigu siga seguir seguido consult | lis= lisez suiv segui
contact: rang= ring= ringing ask= asked asking spoke= spoken speak= touch= contact= contacted contacting wrote write= writing emailed mailed messaged call= called calling phoned reach= reached | kontakt skontakt zadzwon dzwon pisal napisa napisz | kontaktier geschrieben schreib ruf= rufen= anruf angeruf wend= wenden= | contact llam comuni escrib ask= asked= asking= | frag= frage= fragen gefragt nachgefragt
open: open= opened opening reopen launch start= started starting visit | otworz uruchom otwier | offn starte= starten= gestartet | abr inici= inicie | ouvr apri=
close: close= closed closing quit= exit= | zamkn | schlies geschlossen beend | cerr cierr | ferm chiud
connect: hook= hooked connect plug= plugged pair= pairs= paired pairing reconnect | podlacz polacz | verbind verbunden anschlie | conect replug replugged
disconnect: disconnect | odlacz rozlacz | trenn getrennt abzieh | desconect yank= yanked | odpia odepn odpin wypia wypin wyciag wyjac wyjal wyjel | ausgesteckt aussteck abgesteckt absteck gezogen= rausgezogen rauszieh abgeklemmt
unpair: unpair forget= forgot= forgotten= | rozparuj rozparow zapomnij | entkoppel | desvincul desempar olvid
wipe: wipe= wipes= wiped wiping
clean: clean dusted dusting | czyszcz przeczysc przetrz | reinig gereinigt saub geputzt putz | limpi
format: format= formatted formatting reformat | formatow sformat | formatier | formate
calibrate: calibrat recalibrat | kalibr | kalibrier | calibr
sync: sync= synced syncing resync synchron | zsynchron synchron | synchron | sincron
wait: wait | poczek odczek zaczek | wart= warte= warten= gewartet | esper
use: use= uses= used= using= | uzyj uzyw skorzyst | benutz verwend nutz genutzt | utiliz usa= use= usar usando
unplug: unplug | desenchuf
repair: re-pair re-paired re-pairing
descale: descal | odkamien | entkalk | descalcif
save: save= saves= saved= saving= re-save re-saved resave | zapisz zapisal zapisac | speicher gespeichert abspeicher | guarda guarde
refresh: refresh reload | odswiez przeladuj | neu-laden | recarg refresc
move: move= moved= moves= moving= relocat | przenies przenios przesun przestaw | verschieb verschob umgestellt umstell | mover mueva movido acerc
fill: fill= fills= filled filling | wypeln | ausfull ausgefull | rellen cumpliment
pay: pay= pays= paid= paying | zaplac oplac | bezahl gezahlt zahle= | paga= pagu= pagar pagado | paye= payer
merge: merg combin consolidat | scal | zusammen
wear: wear= wears= wearing wore= worn=
collect: collect fetch pick-up | odebr odbior | abhol abgeholt | recog
join: join rejoin | dolacz | beitret beigetret
lower: lower reduc decreas | obniz zmniejsz | reduzier senk= senken gesenkt verringer | baje= bajar bajado cap= capped limit= limited
raise: raise= raised raising increas | zwieksz podnies podnios | erhoh | aument
press: pick= picked picking choose choosing chose= chosen tick= ticked tap= tapped hit= select selected press= pressed pressing push= pushed hold= held holding | nacisn przytrzym wcisn | druck= drucken= gedruckt gehalten halten= | puls pulse presion manten
rename: renam | przemianow | umbenenn umbenannt | renombr
request: request= requested requesting | zamow popros | anforder angefordert beantrag | solicit
charge: charge= charges= charged= charging= recharg | naladow laduj ladowal | auflad aufgelad lade= laden= geladen= | cargue carga= cargar cargado
free: freed= freeing=
download: download | pobierz pobra | herunterlad heruntergelad | descarg | telecharg scaric
renew: renew rotat reissu reissued | odnow | erneuer | renov roll= rolled rolling rotated
allow: allow grant whitelist permit permission authoriz authoris | uprawnien berechtig permiso | zezwol nadaj= | erlaub zulass freigeb freigegeb | permit autoriz | autoris consent
publish: publish deploy | opublik wdroz | veroffentlich | public= publica publicado
run: run= runs= ran= running= execut | wykon odpal | ausfuhr ausgefuhrt | ejecut
scan: scan | skanuj zeskan przeskan | scann gescannt | escane
verifycode: fill-in enter= entered entering typ= type= typed= | wpisz wpis wprowad | eingeb eingegeb | introdu | saisi inser
`)
	objects = index(`
cache: cache cached caching | podreczn | zwischenspeicher | cache
cookie: cookie | ciasteczk | cookie | galleta
browser: browser | przegladar | browser | navegador navigateur chrome firefox safari edge= opera= brave= chromium vivaldi
history: history | histori | verlauf | historial
password: password passwd passphrase | hasl | passwort kennwort | contrasen | wachtwoord
account: account acct | kont= konta= konto= koncie= kontem= | konto= konten= kontos= benutzerkonto | cuenta | compte conto=
computer: computer pc= laptop desktop notebook mac= macbook machine | komputer laptop | rechner | ordenador computador portatil ordinateur imac= macbook | komputera
phone: phone phones smartphone iphone | telefon smartfon komork | handy handys telefon smartphone | movil telefono celular handset handsets cell= cellphone android= ipad tablet | telefonu | tablet
device: device | urzadz | gerat | dispositiv | appareil
router: router modem gateway= | router modem | fritzbox fritz-box | enrutador rooter base-station gateways
app: app= apps= application | aplikacj apk | anwendung app | aplicacion | applicazion program= programs= | program= programu= | programm= programms= | programa=
settings: setting preference option= options= | ustawien opcj | einstellung | ajuste configuracion preferenc opcion
extension: extension extensions addon addons add-on add-ons plugin plugins plug-in plug-ins | rozszerz wtyczk dodatk | erweiterung addon | complement extens
vpn: vpn
firewall: firewall | zapor
antivirus: antivirus anti-virus | antywirus virenschutz virenscan virenprogramm
dns: dns nameserver
cname: cname
spf: spf
dkim: dkim
dmarc: dmarc
mx: mx=
record: record= records= entry= entries= | rekord wpis= wpisy= | eintrag eintrage | registro= registros= entrada
domain: domain subdomain | domen | domain domane | dominio | domaine
certificate: cert= certs= certificate ssl tls https | certyfik | zertifik | certificad
key: key= keys= apikey | klucz | schlussel | llave apikeys secret= secrets=
email: email emails e-mail e-mails mail= mails= mailbox inbox | poczt skrzynk mail | postfach mail | correo buzon
spam: spam junk desead
trash: bin= trash recycle | kosz= kosza= | papierkorb | papelera | corbeille
invite: invit | zaprosz | einlad | invitac
parcel: parcel package packet shipment | paczk przesylk | paket= pakets= sendung | paquete envio= | colis
booking: booking reservation reference | rezerwacj | buchung | reserva= | reservation
seller: seller sender merchant | sprzedaw nadawc | verkauf absender | vendedor remitente | vendeur expediteur
bag: bag= bags= luggage baggage suitcase | bagaz walizk | gepack koffer | equipaje maleta | bagage valise
folder: folder directory directories | katalog folder | ordner | carpeta
file: file= files= | plik | datei | archivo= archivos= fichero
log: log= logs= logfile | log= logi= | protokoll | registros-log
card: card= cards= | karta= karty= karte= kart= | karte= karten= kreditkarte | tarjeta
money: money funds= balance= kontostand saldo= guthaben srodki srodkow fonds=
freeze: freez frozen froze unfreez
payment: payment | platnosc | zahlung | pago= pagos=
invoice: invoice | faktur | rechnung | factura
subscription: subscription | subskryp abonament | abonnement abo= | suscripcion
order: order= orders= | zamowien | bestell | pedido
cable: cable | kabel kabl | cable cord= cords= wire= wires= lead= leads= | przewod | strippe | cable
network: network wifi wi-fi internet connection | siec sieci internet | netzwerk wlan internet | internet conexion hotspot broadband
incognito: incognito private= inprivate | prywatn | inkognito privat= privaten= | incognito privad private-mode
profile: profile= profiles= | profil | perfil
server: server servers | serwer | server | servidor
permission: privilege
screenshot: screenshot | zrzut | bildschirmfoto | captura
link: link= links= | link odnosnik | link | enlace
form: form= forms= | formularz | formular | formulario
webhook: webhook
api: api=
port: port= ports=
version: version | wersj | version
driver: driver= drivers= | sterownik | treiber | controlador
printer: printer | drukark | drucker | impresora mfp=
tracking: tracking | sledzen | tracking | seguimiento
proxy: proxy proxied cdn cloudflare | proxy
template: template | szablon | vorlage | plantilla theme= themes= | motyw= motywu= skorka skorki | | tema= temas=
address: address addresses | adres | adresse | direccion
code: code= codes= | kod= kodu= kody= | code= | codigo
scope: scope= scopes= | zakres
url: url= urls=
signature: signature | podpis | signatur | firma=
wallet: wallet
token: token
report: report=
image: image= images= picture | obraz zdjeci | bild= bilder= | imagen photo= photos=
bank: bank
battery: battery | bateri | akku | bateria batter | pila= pilas= | batterie
power: power fuse= breaker= sicherung= bezpiecznik fusible= mains= plug= plugs= outlet= socket= sockets= electricity | prad= pradu= zasilan gniazdk zasilacz | strom= stromnetz steckdose stecker= netzstecker netzteil stromversorg | corriente= enchufe= toma= electric
tv: tv= tvs= television | telewizor | fernseh= fernseher | televis tele=
hub: hub= bridge= | hub= | hub=
camera: camera camcorder webcam | kamera= kamery= kamere= aparat | kamera= kameras= | camara
watch: watch= smartwatch | zegarek zegarka | smartwatch | reloj
bulb: bulb lamp= lamps= | zarowk lampa= lampe= lampy= | gluhbirne leuchtmittel lampen= | bombilla lampara
toner: toner cartridge ink= inks= | tusz kartridz kartrydz | patrone tintenpatron | cartucho tinta=
headset: headset headphone earbud | sluchawk | kopfhorer | auricular
bluetooth: bluetooth
firmware: firmware | firmware
software: software | oprogramow | software | software
disk: disk= drive= drives= ssd= hdd= usb-stick | dysk= dysku= | festplatte | disco=
microphone: microphone mic= | mikrofon | mikrofon mikro= | microfono
location: gps= location | lokalizac | standort | ubicac
notification: notification | powiadom | benachrichtig | notificac
integrity: integrity | integralno spojno | integrit | integridad
calibration: calibration | kalibracj | kalibrierung | calibracion
windows: windows=
storage: storage= space= | miejsce= miejsca= | speicherplatz speicher= | espacio almacenam
neighbour: neighbo | sasiad | nachbar | vecin
ethernet: ethernet lan= lan-kabel netzwerkkabel
license: licens licenc | licencj | lizenz | licencia
admin: admin administrator | | | administrador
button: button knob | przycisk | knopf taste= | boton
channel: channel | kanal= kanalu | kanal= | canal=
factory: factory | fabryczn | werkseinstell | fabrica
`)
	// wide lists the same for Japanese, which puts no space between words.
	wideVerbs = pairs(`check 確認 check 確かめ check チェック check ご覧 try 試 restart 再起動 remove 削除 remove 消去 remove クリア reinstall 再インストール uninstall アンインストール install インストール update 更新 update アップデート enable 有効 enable オンに disable 無効 disable オフに login ログイン login サインイン logout ログアウト logout サインアウト reset リセット change 変更 create 作成 add 追加 set 設定 set 登録 send 送 read 読 read 参照 contact 連絡 open 開 close 閉 connect 接続 wait 待 use 使 download ダウンロード renew 再発行 renew ローテ publish 公開 enter 入力`)
	wideNames = pairs(`cache キャッシュ cookie クッキー cookie Cookie browser ブラウザ history 履歴 password パスワード account アカウント computer パソコン phone スマホ device 端末 device デバイス router ルーター app アプリ extension 拡張機能 dns DNS cname CNAME spf SPF dkim DKIM dmarc DMARC record レコード domain ドメイン certificate 証明書 certificate SSL certificate TLS key キー email メール folder フォルダ file ファイル log ログ card カード invoice 請求書 order 注文 network ネットワーク screenshot スクリーンショット link リンク form フォーム webhook Webhook version バージョン tracking トラッキング proxy CDN`)
)

// vague are concepts that nearly every instruction is about: alone they tell
// no step from another.
var vague = set(`button admin settings domain version browser app email link server account address use open read url machine network report`)

func set(list string) map[concept]bool {
	out := map[concept]bool{}
	for _, w := range strings.Fields(list) {
		out[concept(w)] = true
	}
	return out
}

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// trie finds the concept of the longest listed beginning of a word.
type trie struct {
	starts map[string][]beginning // by their first shortestStart bytes, the longest first
	whole  map[string]concept
}

type beginning struct {
	start   string
	concept concept
}

// index reads "concept: beginnings" lines. A word that two concepts list is
// of the first.
func index(list string) trie {
	starts, t := map[string]concept{}, trie{map[string][]beginning{}, map[string]concept{}}
	for line := range strings.Lines(list) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for _, w := range strings.Fields(rest) {
			into := starts
			if exact, cut := strings.CutSuffix(w, "="); cut {
				w, into = exact, t.whole
			}
			if _, taken := into[w]; !taken {
				into[w] = concept(name)
			}
		}
	}
	for w, c := range starts {
		if len(w) >= shortestStart {
			t.starts[w[:shortestStart]] = append(t.starts[w[:shortestStart]], beginning{w, c})
		}
	}
	for _, list := range t.starts {
		slices.SortFunc(list, func(a, b beginning) int { return len(b.start) - len(a.start) })
	}
	return t
}

// shortestStart is how long the beginnings that an index lists are at least, in
// bytes.
const shortestStart = 3

// find returns the concept of a word without accents, and how much of the word
// told it: 0 for none, more than its length when the whole word is listed.
func (t trie) find(w string) (c concept, matched int) {
	if c, ok := t.whole[w]; ok {
		return c, len(w) + 1
	}
	if len(w) < shortestStart {
		return "", 0
	}
	for _, b := range t.starts[w[:shortestStart]] {
		if strings.HasPrefix(w, b.start) {
			return b.concept, len(b.start)
		}
	}
	return "", 0
}

// named is a concept by one of its Japanese words.
type named struct {
	concept concept
	word    string
}

func pairs(list string) (out []named) {
	fields := strings.Fields(list)
	for i := 0; i+1 < len(fields); i += 2 {
		out = append(out, named{concept(fields[i]), fields[i+1]})
	}
	return out
}

// particles make two words one verb: "turn it on", "sign out", "starten Sie
// neu". The second may stand a few words behind the first.
var particles = func() map[string]map[string]concept {
	out := map[string]map[string]concept{}
	for _, rule := range []struct {
		firsts, seconds string
		is              concept
	}{
		{"turn turned turning switch switched switching put toggle toggled flip flipped", "on", "enable"},
		{"turn turned turning switch switched switching toggle toggled flip flipped", "off", "disable"},
		{"see", "if whether", "check"},
		{"installed installing", "again afresh anew", "reinstall"},
		{"log logged logging sign signed signing", "in on back", "login"},
		{"log logged logging sign signed signing", "out off", "logout"},
		{"set setting", "up", "set"},
		{"power powered", "cycle cycled", "restart"},
		{"uruchom uruchomic uruchomilem uruchomilam uruchomcie", "ponownie", "restart"},
		{"starten starte startet gestartet start", "neu", "restart"},
		{"installieren installiere installiert", "neu", "reinstall"},
		{"melden melde", "an", "login"},
		{"melden melde", "ab", "logout"},
		{"schalten schalte schaltet", "ein an", "enable"},
		{"schalten schalte schaltet", "aus ab", "disable"},
		{"richten richte", "ein", "set"},
		{"cerrar cierre cierra cerrado cerre", "sesion", "logout"},
		{"iniciar inicie inicia iniciado", "sesion", "login"},
		{"mettre mettez mis", "jour", "update"},
		{"make made making", "sure", "check"},
		{"pull pulled pulling take took taking taken yank yanked remove removed", "plug plugs cord", "unplug"},
		{"plug plugged plugging", "back in", "connect"},
		{"put putting", "back in", "install"},
		{"take took taken taking", "out", "remove"},
		{"went go gone", "live", "publish"},
		{"safe", "mode", "safemode"},
		{"abgesicherten abgesicherter", "modus", "safemode"},
		{"trybie tryb", "awaryjnym awaryjny", "safemode"},
		{"modo", "seguro", "safemode"},
		{"flight airplane aeroplane plane", "mode", "flightmode"},
		{"gave give given giving granted", "access rights permission permissions privileges", "allow"},
		{"fullen fulle fullt", "aus", "fill"},
		{"volver vuelva vuelve vuelto volvi", "poner colocar insertar colocarlas ponerlas colocarlo ponerlo", "install"},
		{"free freed freeing", "up", "free"},
		{"setzen setze setzt", "zuruck", "reset"},
		{"laden lade", "neu", "refresh"},
		{"laden lade", "auf", "charge"},
		{"stecker netzstecker netzteil", "draussen ab raus", "unplug"},
		{"ponowne ponownego ponownym ponownie", "uruchomienie uruchomienia uruchomieniu uruchomic uruchom", "restart"},
		{"ponowna ponownej ponownie", "instalacja instalacje instalacji zainstalowac zainstaluj", "reinstall"},
		{"stecker netzstecker netzteil strom stromnetz netz", "gezogen ziehen ziehe zieh genommen nehmen getrennt rausgezogen abgezogen abziehen", "unplug"},
		{"ziehen ziehe zieh trennen trenne nehmen nehme nimm", "stecker netzstecker strom stromnetz netz", "unplug"},
		{"wyjac wyjalem wyjelam wyjmij wyciagnac wyciagnalem wyciagnelam wyciagnij odlaczyc odlaczylem odlaczylam", "wtyczke wtyczki pradu zasilania gniazdka zasilacz", "unplug"},
		{"quitar quite quitado", "corriente enchufe", "unplug"},
		{"wlaczyc wlacz wlaczylem wlaczylam", "ponownie", "enable"},
		{"volver vuelva vuelve volvi vuelto", "instalar", "reinstall"},
		{"spielen spiele spielte", "neu", "reinstall"},
	} {
		for _, first := range strings.Fields(rule.firsts) {
			if out[first] == nil {
				out[first] = map[string]concept{}
			}
			for _, second := range strings.Fields(rule.seconds) {
				out[first][second] = rule.is
			}
		}
	}
	return out
}()

var (
	others     = words(`different another other others else new second inny inna inne innej innym innego innych drugi druga drugiej drugim nowy nowa nowe nowego nowej ander anderen andere anderes anderer anderem neue neuen neues neuer zweiten weiteren same sam sama samo gleiche gleichen selbe selben dasselbe mismo misma meme stesso otro otra otros otras nuevo nueva distinto autre nouveau nouvelle altro altra nuovo nuova andere nieuwe`)
	rights     = words(`correct correctly right valid ok okay fine good on active works working enabled installed set verified properly up-to-date place poprawne poprawny poprawna poprawnie prawidlowe prawidlowy prawidlowo dobre dziala dzialaja wlaczone wlaczony aktywne richtig korrekt gultig ok aktiv vorhanden sichtbar funktioniert correcto correcta correctamente bien valido activo activa funciona corretto corretta juste bon`)
	alls       = words(`everything all wszystko wszystkie alles alle todo todos todas tout tutto tutti`)
	backs      = words(`that this it those these them so to tego tym te das dies diese eso esto ello esos lo ca cela questo quello dat`)
	manys      = words(`also too auch ebenfalls tez rowniez tambien two three four several various multiple many both each every new brand-new fresh spare zwei drei vier mehrere verschiedene frische beide kilka dwa dwie dwoma trzy trzema rozne roznych oba obie varios varias dos tres cuatro ambos distintos distintas`)
	onlys      = words(`only solely unicamente solamente solo exclusivamente nur ausschliesslich lediglich tylko wylacznie jedynie`)
	nothings   = words(`nothing niczego nichts`)
	buttons    = words(`button buttons knob przycisk taste knopf`)
	roughSides = words(`laptop pc desktop tablet office home work notebook komputerze laptopie telefonie buro zuhause`)
	sides      = words(`live production prod sandbox staging produkcyjny produkcyjnym testowy testowym produktiv testsystem produccion pruebas`)
	// places are parts of a product where things are done.
	places  = words(`admin panel dashboard menu screen tab section page portal area site website window dialog panelu panelem zakladka zakladce ekran stronie menu bereich seite fenster dialog konsole panel pantalla pestana pagina seccion`)
	fillers = words(`whether today yesterday tomorrow tonight morning evening afternoon january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday seconds minutes hours second minute hour heute gestern morgen vorgestern sekunden minuten stunden minute stunde dzisiaj wczoraj jutro rano sekund minut godzin ayer hoy segundos minutos horas him her she pending available currently votre vos notre nos mon mes son ses leur leurs est pas des les aux une dans sur pour avec veuillez suo sua suoi sue mio mia miei mie gli del della nel nella per con che seu seus sua suas meu minha uma dos das nos nas uw jouw mijn ons onze het een van voor op met aan tez takze rowniez wiec oraz ktory ktora ktore moj moja moje nasz nasza nasze swoj swoja swoje pan pani panu panstwo panstwa ihr ihre ihrem ihren ihrer ihres mein meine meinen meinem meiner unser unsere unserem unseren dein deine deinen sie den dem der die das des ein eine einen einem einer auf aus bei mit nach von vor zur zum ohne erfolg volvi volvio volvimos nuestro nuestra nuestros usted ustedes tambien ahora solo cualquier please then also just make sure go get got have has had do did done does doing let need needs want steps step thing things way time times already yet again now still once twice several finally first next kindly prosze najpierw nastepnie potem juz jeszcze ponownie raz bitte dann auch noch schon bereits nochmal erneut zuerst jetzt favor luego despues tambien primero relacionado relacionada corresponding related respective following above below here there issue problem error fehler blad problema request help support team customer user users side end your yours correct right valid is are be been being was were must like look into since with without even usually something anything really very much more most likely probably definitely perfectly completely able via per onto within around about over under know think there their they them which while because through both back off out per such some any each every few little lot only well quite maybe perhaps currently instead properly exactly usual simply being having doing going hear hope seems seem looks happen happens vuelve vuelva vuelto volver todo toda todos varias veces hasta antes tengo tiene teng datos hola saludos gracias cada sido esta este muy para como cuando sobre welcher habe haben wurde werden kann konnen mich uns wenn auch alle alles mehr sehr hallo viele gruss danke mam mamy jest sa bylo byl byla moze przez tylko bardzo wszystkie wszystko tak dzien dobry witam pozdrawiam dziekuje thank thanks hello regards best sorry welcome`)
)
