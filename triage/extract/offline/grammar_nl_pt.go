package offline

import "strings"

// Dutch and Portuguese are read like German and Spanish, to the same depth.

func dutch() *grammar {
	return &grammar{
		lang:  "nl",
		first: wordSet("ik wij we"), third: wordSet("hij zij jullie u je support helpdesk provider hoster google"),
		mine: wordSet("mijn onze ons"), own: wordSet("team collega ontwikkelaar beheerder"),
		skip:    wordSet("al ook dan nu beide alle alles gisteren vandaag meerdere keren nog net inmiddels vorige week opnieuw"),
		not:     wordSet("niet nooit geen"),
		perfect: wordSet("heb hebben ben zijn"), be: wordSet("is zijn staat staan werd werden"),
		future: wordSet("zal zullen ga gaan morgen"), wish: wordSet("wil willen moet moeten zou zouden graag"),
		able: wordSet("kan kunnen"), offer: wordSet("sturen geven helpen"),
		attempt: phrases("geprobeerd,probeer"), habitual: wordSet("probeer controleer test"),
		past: endings(6, "de den te ten"), finite: never,
		participle: func(w string) bool {
			return len(w) > 4 && (strings.HasSuffix(w, "d") || strings.HasSuffix(w, "t") || strings.HasSuffix(w, "en")) &&
				(strings.Contains(w, "ge") || hasPrefix(w, phrases("ver,be,ont,her")))
		},
		gerund:   never,
		notAct:   phrases("gedacht,geweten,gekregen,ontvangen,gezien,gehad,gehoopt,gemerkt,geweest,gekocht,vergeten,begrepen"),
		complete: phrases("ingesteld,toegevoegd,aangemaakt,geactiveerd,geïnstalleerd,ingevoerd,ontgrendeld,gewijzigd,bijgewerkt,klaar,verwijderd,bevestigd"),
		state:    wordSet("actief geldig klaar goed correct juist"), works: wordSet("werkt werken"),
		cut: wordSet("en maar echter omdat want als dat of nadat voordat"), and: wordSet("en"),
		hyp: wordSet("als of indien"), relative: wordSet("die"), when: wordSet("wanneer toen"), after: wordSet("nadat"),
		ask: wordSet("hoe waarom wat waar wanneer wie kan kunnen kunt is zijn heeft hebben"), hedge: wordSet("misschien waarschijnlijk blijkbaar"), pronoun: wordSet("het dit dat"),
		failed:   phrases("nog steeds,zonder succes,helpt niet,niet geholpen,hielp niet,werkt niet,zelfde fout,helaas,tevergeefs,geen effect"),
		failedBy: phrases("nog steeds,zonder succes,niets helpt,niets hielp,tevergeefs,geen effect"),
		useless:  phrases("hielp niet,helpt niet,niet geholpen,geen effect"),
		solved:   phrases("opgelost,werkt weer,werkt nu"),
		nothing:  phrases("niets"), onset: wordSet("sinds"), looks: phrases("gecontroleerd,nagekeken,gekeken"),
		open:     phrases("ontbreekt,nog niet"),
		contrast: phrases("andere,ander,zonder,lokaal,zelfde"), succeeds: wordSet("werkt goed prima"),
		troubleshoot: phrases("geprobeerd,herstart,opgestart,geleegd,gewist,gebeld,gevraagd,gecontacteerd,geïnstalleerd"), remedy: phrases("verwijderd,uitgeschakeld,gewijzigd,vervangen,gereset"),
		check: phrases("gecontroleerd,getest,nagekeken"), triedHeading: phrases("geprobeerd,gedaan"), attemptHeading: phrases("geprobeerd"),
		allSteps: phrases("alle stappen"), except: phrases("behalve"),
		guide: phrases("handleiding,documentatie,artikel,help"), reading: phrases("gelezen,gevolgd,volgens"),
	}
}

func portuguese() *grammar {
	return &grammar{
		lang:  "pt",
		first: wordSet("eu nós"), third: wordSet("ele ela eles você vocês suporte google provedor"),
		mine: wordSet("meu minha nosso nossa"), own: wordSet("equipe equipa colega desenvolvedor técnico"),
		skip:    wordSet("já também depois agora tudo ambos até o a os as me nos"),
		not:     wordSet("não nunca nem"),
		perfect: wordSet("tenho temos"), be: wordSet("está estão é são foi foram"),
		future: wordSet("vou vamos amanhã"), wish: wordSet("quero queremos preciso precisamos gostaria devo"),
		able: wordSet("consigo conseguimos posso podemos"), offer: wordSet("enviar mandar passar ajudar"),
		attempt: phrases("tentei,tentamos"), habitual: wordSet("tento testo"),
		past: endings(5, "ei amos emos imos"),
		finite: func(w string) bool {
			return len(w) > 4 && strings.HasSuffix(w, "ei") && !strings.HasSuffix(w, "rei") || w == "fiz" || w == "fizemos" ||
				strings.HasSuffix(w, "mos") && hasPrefix(w, actsPT)
		},
		participle: endings(5, "ado ido ada ida ados idos adas idas"), gerund: never,
		notAct:   phrases("pensei,notei,achei,recebi,esperei,fiquei,comprei,precis,estamos,temos,queremos,sabemos,gostei,percebi"),
		complete: phrases("configurad,ativad,adicionad,criad,instalad,atualizad,verificad,feit,publicad,concluíd"),
		state:    wordSet("ativo ativa pronto pronta válido válida correto atualizado atualizada certo certa"), works: wordSet("funciona funcionam funcionou"),
		cut: wordSet("e mas porém porque quando se que como sem depois antes ou"), and: wordSet("e"),
		hyp: wordSet("se"), relative: wordSet("que qual"), when: wordSet("quando"), after: wordSet("após"),
		ask: wordSet("como porque qual onde quem pode podem poderia há"), hedge: wordSet("talvez provavelmente parece"), pronoun: wordSet("isso isto ele"),
		failed:   phrases("não adianta,não adiantou,sem sucesso,não funciona,não funcionou,mesmo erro,mesmo problema,continua,ainda,nada"),
		failedBy: phrases("não adianta,não adiantou,nada adiantou,sem sucesso,mesmo erro,mesmo problema,continua"),
		useless:  phrases("não adiantou,não ajudou,não resolveu,não funcionou"),
		open:     phrases("falta,faltam,pendente"),
		solved:   phrases("resolvido,funcionou,já funciona"), nothing: phrases("nada"), onset: wordSet("desde"), looks: phrases("verifiquei,conferi,olhei"),
		contrast: phrases("outro,outra,outros,outras,sem,mesmo"), succeeds: wordSet("normal normalmente abre"),
		troubleshoot: phrases("tentei,reinstalei,reiniciei,limpei,apaguei,liguei,contatei,testei outro"), remedy: phrases("mudei,alterei,desativei,troquei,removi,exclu"),
		check: phrases("verifiquei,conferi,testei"), triedHeading: phrases("tentei,fiz,feito"), attemptHeading: phrases("tentei"),
		allSteps: phrases("todos os passos,passo a passo"), except: phrases("exceto,menos"),
		guide: phrases("guia,documentação,artigo,instruções,manual,ajuda,tutorial"), reading: phrases("li ,segui,conforme,seguindo"),
	}
}

// actsPT are stems of acts, as actsES are.
var actsPT = phrases("ativ,adicion,cri,configur,envi,preench,public,elimin,remov,mud,instal,atualiz,verific,reinici,test,limp,desativ")
