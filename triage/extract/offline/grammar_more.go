package offline

import "strings"

// The grammars below are basic: the perfect with "have" and its participle,
// the simple past where it is short, negation and the common outcomes.

func german() *grammar {
	return &grammar{
		lang:  "de",
		first: wordSet("ich wir"), third: wordSet("er sie es ihr support man google hoster provider anbieter"),
		mine: wordSet("mein meine unser unsere"), own: wordSet("team kollege kollegin entwickler admin administrator freund nachbar partner agentur"),
		skip:    wordSet("schon bereits auch dann jetzt beide alle alles nun heute gestern erfolgreich noch mehrfach wurde worden"),
		not:     wordSet("nicht nie kein keine keinen"),
		perfect: wordSet("habe haben hab bin sind"),
		be:      wordSet("ist sind wurde wurden steht stehen liegt zeigt"),
		inPlace: phrases("im konto,steht im,stehen im,steht in,liegt im,zeigt auf,zeigt schon auf,hinter unserem,hinter dem"),
		future:  wordSet("werde werden morgen plane planen"), wish: wordSet("will wollen wollte wollten möchte möchten muss müssen sollte sollten soll würde könnte könnten brauche brauchen"),
		able: wordSet("kann können"), offer: wordSet("schicken senden geben helfen"),
		attempt: phrases("versuch,probier"), habitual: wordSet("prüfe teste versuche öffne"),
		past: endings(6, "te ten"), finite: never,
		participle: func(w string) bool {
			return len(w) > 4 && (strings.HasSuffix(w, "t") || strings.HasSuffix(w, "en")) &&
				(strings.HasPrefix(w, "ge") || strings.HasSuffix(w, "iert") || strings.Contains(w, "ge") || hasPrefix(w, phrases("ver,be,er,ent,über")))
		},
		gerund:   never,
		notAct:   phrases("gedacht,gewusst,bekommen,erhalten,gesehen,gehabt,gehofft,gemerkt,bemerkt,gewesen,gekauft,wollte,hatte,möchte,musste,konnte,sollte,erwartet,gehört,vergessen"),
		complete: phrases("eingerichtet,veröffentlicht,ausgefüllt,abgeschickt,hinterlegt,bestätigt,exportiert,aktualisiert,bestellt,widerrufen,gelöscht,entfernt,vollständig,aktiviert,konfiguriert,gesetzt,angelegt,hinzugefügt,installiert,erstellt,verifiziert,eingetragen,fertig,erledigt,eingeschaltet,geschaltet,umgestellt,geändert"),
		state:    wordSet("aktiv gültig fertig bereit an hinter korrekt richtig erledigt"), works: wordSet("funktioniert funktionieren klappt"),
		infinitive: wordSet("zu"), tight: wordSet("an hinter"),
		cut: wordSet("seit seitdem und aber doch jedoch weil da wenn als dass ob nachdem bevor oder sondern damit"), and: wordSet("und"),
		hyp: wordSet("wenn falls ob sollte"), relative: wordSet("welche welcher"), when: wordSet("wenn als"), after: wordSet("nachdem"),
		ask: wordSet("wie warum was wo wann wer kann können könnte könnten ist sind gibt hat habe soll"), hedge: wordSet("vielleicht vermutlich wahrscheinlich angeblich offenbar anscheinend scheinbar laut"), pronoun: wordSet("es sie"),
		failed:   phrases("immer noch,weiterhin,ohne erfolg,hilft nicht,nicht geholfen,vergeblich,nichts geholfen,nichts gebracht,funktioniert nicht,gleiche fehler,trotzdem,leider"),
		failedBy: phrases("nichts geholfen,nichts hilft,ohne erfolg,nicht geholfen,immer noch,vergeblich,trotzdem"),
		useless:  phrases("nichts gebracht,nicht geholfen,nichts geändert,hilft nicht,half nicht,nicht gelöst"),
		contrast: phrases("anderen,andere,anderem,anderer,ohne,lokal,gleiche,gleichen"), succeeds: wordSet("geht läuft normal problemlos"),
		solved:  phrases("das war's,geht wieder,geht es wieder,funktioniert wieder,läuft wieder,behoben,gelöst"),
		nothing: phrases("nichts,nix"), onset: wordSet("seit seitdem"), looks: phrases("geprüft,überprüft,kontrolliert,nachgesehen,geschaut"),
		yet:          phrases("noch,bisher,bis jetzt"),
		open:         phrases("fehlt,fehlen,noch nicht"),
		troubleshoot: phrases("versucht,probiert,gelöscht,neu,geleert,gefragt,kontaktiert,angerufen,neugestartet"), remedy: phrases("gestartet,getauscht,ausgetauscht,installiert,entfernt,deaktiviert,geändert,gewechselt,aktualisiert,zurückgesetzt"),
		check: phrases("geprüft,überprüft,getestet,kontrolliert"), attemptHeading: phrases("versucht,probiert"), triedHeading: phrases("versucht,gemacht,erledigt,probiert"),
		allSteps: phrases("alle schritte,alle drei,alles eingerichtet,alles ist eingerichtet,alles fertig,alles gemacht,jeden schritt,alles aus,schritt für schritt,alles erledigt"), except: phrases("außer,bis auf"),
		guide: phrases("anleitung,doku,artikel,hilfe,handbuch"), reading: phrases("gelesen,befolgt,gefolgt,nach,laut,gemäß"),
	}
}

func spanish() *grammar {
	return &grammar{
		lang:  "es",
		first: wordSet("yo nosotros nosotras"), third: wordSet("él ella ellos usted ustedes soporte google proveedor"),
		mine: wordSet("mi nuestro nuestra"), own: wordSet("equipo compañero desarrollador técnico"),
		skip:    wordSet("ya también luego después ahora todo ambos ambas solo incluso la lo los las le me nos se vuelto a sido"),
		not:     wordSet("no nunca tampoco"),
		perfect: wordSet("he hemos tengo tenemos"), be: wordSet("está están es son fue fueron ha han quedó"),
		future: wordSet("voy vamos mañana haré haremos"), wish: wordSet("quiero queremos necesito necesitamos quisiera debo debería gustaría"),
		inPlace: phrases("en la cuenta,detrás de"), able: wordSet("puedo podemos"), offer: wordSet("enviar mandar dar pasar ayudar"),
		attempt: phrases("probad,intent,prob"), habitual: wordSet("pruebo intento abro"),
		past: func(w string) bool {
			return len(w) > 4 && (strings.HasSuffix(w, "é") || strings.HasSuffix(w, "amos") || strings.HasSuffix(w, "imos"))
		},
		finite: func(w string) bool {
			switch {
			case len(w) <= 4 || nounsES[w]:
				return false
			case strings.HasSuffix(w, "í"):
				return w != "aquí"
			case strings.HasSuffix(w, "é"):
				return !strings.HasSuffix(w, "ré")
			case strings.HasSuffix(w, "ímos") || strings.HasSuffix(w, "simos") || strings.HasSuffix(w, "cimos"):
				return true // leímos, pusimos, hicimos: the past only
			}
			return strings.HasSuffix(w, "mos") && hasPrefix(w, actsES)
		},
		participle: func(w string) bool { return endings(5, "ado ido ada ida ados idos adas idas")(w) || irregularES[w] },
		gerund:     never,
		notAct:     phrases("pensa,querid,recibid,recib,visto,notad,esperad,creíd,sabid,sido,estado,tenid,comprad,podido,necesitad,estamos,podemos,queremos,tenemos,necesitamos,vamos,hacemos,usamos,utilizamos,quedado,perdido,olvidad,encontrad"),
		complete:   phrases("configurad,publicad,rellenad,enviad,exportad,confirmad,pedid,revocad,eliminad,quitad,introducid,activad,añadid,agregad,cread,instalad,verificad,list,hech,puest,actualizad,apuntad,cambiad,completad"),
		state:      wordSet("activo activa activado listo lista válido válida bien correcto detrás actualizado"), works: wordSet("funciona funcionan funcionó"),
		cut: wordSet("desde y e pero aunque porque cuando si que como sin después antes o sino"), and: wordSet("y e"),
		hyp: wordSet("si"), relative: wordSet("que cual cuales"), when: wordSet("cuando"), after: wordSet("tras"),
		ask: wordSet("cómo por qué cuál dónde quién podéis pueden puede podría hay"), hedge: wordSet("quizás quizá probablemente supuestamente aparentemente según"), pronoun: wordSet("lo la los las"),
		failed:   phrases("sigue,siguen,continúa,sin éxito,no funciona,no ayudó,mismo error,mismo problema,nada,aún,todavía,en vano"),
		failedBy: phrases("nada de,sin éxito,sigue,siguen,continúa,mismo error,mismo problema,en vano,nada funciona"),
		useless:  phrases("no ayudó,no sirvió,no cambió nada,no funcionó"),
		contrast: phrases("otro,otra,otros,otras,sin,mismo,localmente"), succeeds: wordSet("bien normal conecta carga"),
		solved:  phrases("ya funciona,solucionado,se solucionó,quedó resuelto,resuelto"),
		nothing: phrases("nada"), onset: wordSet("desde"), looks: phrases("revis,comprob,mir,verific"),
		yet:          phrases("todavía,aún,hasta ahora,de momento"),
		open:         phrases("falta,faltan,pendiente"),
		troubleshoot: phrases("probad,probé,intent,borrad,borré,eliminad,eliminé,reiniciad,reinicié,reinstalad,reinstalé,limpiad,llamad,contactad,preguntad"), remedy: phrases("cambié,desactivé,actualicé,vuelto,restablecí,cambiad,desactivad,actualizad,restablecid"),
		check: phrases("comprobad,verificad,revisad,comprobé,verifiqué,revisé"), attemptHeading: phrases("probado,intentado"), triedHeading: phrases("probado,intentado,hecho"),
		allSteps: phrases("todos los pasos,los tres pasos,todo está configurado,todo está listo,todo hecho,ya hicimos todo,hemos hecho todo,todo lo que,paso a paso,cada paso,toda la guía"), except: phrases("excepto,salvo,menos"),
		guide: phrases("guía,documentación,artículo,instrucciones,manual,ayuda,tutorial"), reading: phrases("leíd,leí,seguid,seguí,según,siguiendo"),
	}
}

// actsES are stems of acts whose "we" form is that of the present too: read as
// the past, since nobody writes to say what they usually do.
var actsES = phrases("activ,añad,agreg,cre,configur,envi,rellen,respond,public,elimin,borr,quit,pedi,cambi,instal,actualiz,comprob,revis,verific,reinici,prob,complet,gener,despleg,encontr,revoc,exporta,descarg,confirm,reinstal,desinstal,limpi,vaci,contact,llam")

var nounsES = wordSet("caché café comité porqué josé")

var irregularES = wordSet("hecho puesto abierto escrito visto dicho vuelto resuelto")

func french() *grammar {
	return &grammar{
		lang:  "fr",
		first: wordSet("je j nous"), third: wordSet("il elle ils elles vous on support hébergeur google"),
		mine: wordSet("mon ma notre"), own: wordSet("équipe collègue développeur technicien"),
		skip:    wordSet("déjà aussi ensuite bien tout tous maintenant hier été les deux l y"),
		not:     wordSet("pas jamais aucun rien"),
		perfect: wordSet("ai avons"), be: wordSet("est sont a ont été"),
		future: wordSet("vais allons demain ferai ferons"), wish: wordSet("veux voulons voudrais souhaite souhaitons dois devons devrais besoin aimerais"),
		able: wordSet("peux pouvons arrive arrivons"), offer: wordSet("envoyer fournir donner aider"),
		attempt: phrases("essay,tent"), habitual: wordSet("essaie teste ouvre"),
		past: never, finite: never,
		participle: func(w string) bool { return endings(4, "é ée és ées i is it u us")(w) || irregularFR[w] },
		gerund:     never,
		notAct:     phrases("pensé,voulu,reçu,vu,remarqué,cru,su,eu,acheté,oublié,perdu,entendu,compris,espéré,pu"),
		complete:   phrases("configuré,activé,ajouté,créé,installé,vérifié,mis,terminé,fait,publié,validé"),
		state:      wordSet("actif active prêt prête valide bon derrière place correct"), works: wordSet("fonctionne fonctionnent marche"),
		cut: wordSet("depuis et mais car quand si que qui lorsque après avant ou donc puis"), and: wordSet("et puis"),
		hyp: wordSet("si"), relative: wordSet("qui que dont"), when: wordSet("quand lorsque"), after: wordSet("après"),
		ask: wordSet("comment pourquoi quel quelle où qui pouvez pourriez est-ce peut-on avez"), hedge: wordSet("peut-être probablement"), pronoun: wordSet("le la les l"),
		failed:   phrases("toujours,encore,sans succès,ne fonctionne pas,rien n,même erreur,même problème,en vain,rien ne"),
		failedBy: phrases("rien n,rien ne,sans succès,toujours,même erreur,même problème,en vain"),
		useless:  phrases("rien changé,pas aidé,rien fait,rien résolu,aucun effet"),
		contrast: phrases("autre,autres,sans,même"), succeeds: wordSet("arrive arrivent marche passe"),
		solved:  phrases("ça marche,tout fonctionne,ça fonctionne,résolu"),
		nothing: phrases("rien"), onset: wordSet("depuis"), looks: phrases("vérifié,regardé,contrôlé"),
		open:         phrases("manque,reste à,pas encore"),
		troubleshoot: phrases("essayé,tenté,vidé,redémarré,réinstallé,supprimé,appelé,contacté,demandé"), remedy: phrases("mis,désinstallé,remplacé,changé,désactivé,modifié,réinitialisé"),
		check: phrases("vérifié,testé,contrôlé,confirmé"), attemptHeading: phrases("essayé,tenté"), triedHeading: phrases("essayé,fait,tenté"),
		allSteps: phrases("toutes les étapes,les trois étapes,étape par étape,chaque étape,tout ce que"), except: phrases("sauf,excepté,hormis"),
		guide: phrases("guide,documentation,article,instructions,aide,tutoriel"), reading: phrases("lu,suivi,selon,d'après"),
	}
}

var irregularFR = wordSet("éteint éteinte mis fait ouvert écrit refait remis")

func italian() *grammar {
	return &grammar{
		lang:  "it",
		first: wordSet("io noi"), third: wordSet("lui lei loro voi supporto assistenza google provider"),
		mine: wordSet("mio mia nostro nostra"), own: wordSet("team collega sviluppatore tecnico"),
		skip:    wordSet("già anche poi ora tutto tutti entrambi ieri oggi stato stata stati l li lo la"),
		not:     wordSet("non mai"),
		perfect: wordSet("ho abbiamo"), be: wordSet("è sono stato stata risulta"),
		future: wordSet("farò faremo domani"), wish: wordSet("voglio vogliamo vorrei vorremmo devo dobbiamo bisogno"),
		able: wordSet("posso possiamo riesco"), offer: wordSet("inviare mandare dare fornire"),
		attempt: phrases("provat,tentat"), habitual: wordSet("provo apro controllo"),
		past: never, finite: never,
		participle: func(w string) bool { return endings(5, "ato ito uto ata ita uta ati iti uti ate")(w) || irregularIT[w] },
		gerund:     never,
		notAct:     phrases("pensat,volut,ricevut,vist,notat,credut,saput,avut,comprat,dimenticat,sentit,potut,capit,trovat"),
		complete:   phrases("configurat,attivat,aggiunt,creat,installat,verificat,impostat,fatt,pubblicat,completat,pront"),
		state:      wordSet("attivo attiva pronto pronta valido valida dietro corretto posto"), works: wordSet("funziona funzionano"),
		cut: wordSet("e ma però perché quando se che dopo prima o quindi poi"), and: wordSet("e poi"),
		hyp: wordSet("se"), relative: wordSet("che cui"), when: wordSet("quando"), after: wordSet("dopo"),
		ask: wordSet("come perché quale dove chi potete può potreste c'è"), hedge: wordSet("forse probabilmente"), pronoun: wordSet("lo la li"),
		failed:   phrases("ancora,senza successo,non funziona,stesso errore,stesso problema,niente,invano,continua,sempre"),
		failedBy: phrases("niente ha,senza successo,stesso errore,stesso problema,invano,ancora,continua"),
		useless:  phrases("non ha risolto,non è servito,nessun effetto,non è cambiato"),
		contrast: phrases("altro,altra,altri,altre,senza,stesso"), succeeds: wordSet("bene arriva arrivano normale"),
		solved:  phrases("risolto,ora funziona,adesso funziona"),
		nothing: phrases("niente,nulla"), onset: wordSet("da"), looks: phrases("controllat,verificat,guardat"),
		open:         phrases("manca,mancano,non ancora"),
		troubleshoot: phrases("provat,tentat,cancellat,riavviat,reinstallat,svuotat,chiamat,contattat,chiest"), remedy: phrases("reimpostat,aggiornat,disinstallat,sostituit,cambiat,disattivat,modificat,rimoss"),
		check: phrases("verificat,controllat,testat"), attemptHeading: phrases("provato,tentato"), triedHeading: phrases("provato,fatto"),
		allSteps: phrases("tutti i passaggi,tutti i passi,tre passaggi,passo passo,ogni passaggio"), except: phrases("tranne,eccetto"),
		guide: phrases("guida,documentazione,articolo,istruzioni,manuale,aiuto"), reading: phrases("lett,seguit,secondo"),
	}
}

var irregularIT = wordSet("messo fatto aperto scritto rimosso aggiunto chiesto")
