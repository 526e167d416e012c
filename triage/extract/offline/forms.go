package offline

import (
	"regexp"
	"strings"
	"unicode"

	"readback/triage"
	"readback/triage/ground"
)

// Mail that wants no answer is told by its form alone: answering it is
// harmless, leaving out a customer is not.

var (
	automatic     = says(`out of (?:the )?office|away from (?:the office|my desk)|automatic(?:ally)? (?:reply|response|generated|created)|auto-?(?:reply|responder)|do not reply to this|delivery status notification|mail delivery (?:failed|subsystem)|undelivered mail|poza biurem|automatyczna odpowiedź|nieobecn(?:y|a) w biurze|abwesenheitsnotiz|automatische (?:antwort|abwesenheit\p{L}*)|nicht im (?:büro|haus)|réponse automatique|respuesta automática|fuera de la oficina|risposta automatica`)
	automaticBare = []string{"自動返信", "自動応答", "不在"}
	automaticHead = regexp.MustCompile(`(?i)^\s*(?:auto(?:matic|mated)?[- ]?(?:reply|response)|out of (?:the )?office|undelivered mail|delivery status notification|mail delivery (?:failed|subsystem)|undeliverable|read:|abwesenheit|automatische antwort|automatyczna odpowiedź|respuesta automática|réponse automatique|risposta automatica|自動返信|自動応答|不在)`)
	// referral is the plea of an absent person: to write to somebody else.
	referral = says(`(?:contact|write to|reach|call|turn to) (?:\p{L}+ ){0,4}(?:colleagues?|team|deputy|[\w.]+@[\w.-]+)|in urgent (?:cases|matters)|for urgent (?:matters|requests)|in my absence|w pilnych sprawach|in dringenden (?:fällen|angelegenheiten)|en casos? urgentes?|en cas d['’]urgence`)

	// The marks of an unasked offer to sell something; two of them make a pitch.
	pitch = []shape{
		says(`dear (?:website|site|business|shop|domain) owner|dear (?:webmaster|marketing manager|decision maker)|to whom it may concern`),
		says(`seo|backlinks?|search engine optimi[sz]ation|page one|first page of google|link building|guest posts?|pozycjonowani\p{L}*|suchmaschinenoptimierung|posicionamiento`),
		says(`(?:boost|increase|double|grow|skyrocket) your (?:\p{L}+ )?(?:traffic|sales|revenue|ranking|rankings|business|leads)|(?:real|targeted) (?:visitors|leads|traffic)|top positions?|(?:more|qualified) leads`),
		says(`our experts|our (?:seo |marketing |development )?(?:team|agency|company) (?:of experts |can |will |offers?|guarantees?|provides?|specializes?)|we (?:offer|provide|specialize|guarantee)|wir bieten|oferujemy|ofrecemos`),
		says(`limited (?:time )?offer|special offer|from just|free (?:audit|consultation|quote|trial)|no obligation|price list|best price|only \$?\d+|(?:book|schedule) a (?:quick |short )?(?:call|demo|meeting)`),
		says(`opt[- ]out|to unsubscribe|reply (?:stop|yes)|not interested|remove me from (?:this|our) list|wypisać się|abmelden von diesem`),
		says(`(?:saw|looking at|visited|came across|found) your (?:site|website|web page|company|profile)|your (?:website|site) (?:does not rank|is not ranking|could rank)`),
	}
)

// isAutomatic reports whether a machine wrote the ticket: by the head of its
// subject, or by its words when nobody asks for anything.
func (r *reading) isAutomatic() bool {
	if automaticHead.MatchString(r.in.Ticket.Subject) {
		return true
	}
	head := r.in.Ticket.Subject + "\n" + cutText(r.body, 200)
	return !r.asked && (automatic.MatchString(head) || containsAny(head, automaticBare))
}

// isPitch reports whether a ticket only offers to sell something.
func (r *reading) isPitch() bool {
	text, marks := r.in.Ticket.Subject+"\n"+cutText(r.body, 800), 0
	l := lookAt(text)
	for _, p := range pitch {
		if l.holds(p) {
			marks++
		}
	}
	return marks >= 3 || marks == 2 && !strings.Contains(strings.ToLower(text), " our account")
}

// formKind is the kind that a ticket's form tells whatever its words are, ""
// for none.
func (r *reading) formKind() triage.Kind {
	if r.isAutomatic() || r.isPitch() {
		return triage.KindSpam
	}
	return ""
}

// isThanks reports whether a text thanks and says nothing else.
func isThanks(s string) bool {
	thankful := false
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if !politeWords[w] && !hasPrefix(w, thankWords) {
			return false
		}
		thankful = thankful || hasPrefix(w, thankWords)
	}
	return thankful || containsAny(s, thanksBare) && !containsAny(s, asksBare)
}

// onlyThanks also takes a short note of thanks in other words, as long as it
// asks nothing and knows no but.
func onlyThanks(s string) bool {
	if isThanks(s) {
		return true
	}
	thankful, solved, n := false, false, 0
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		n++
		if reserve[w] {
			return false
		}
		thankful = thankful || hasPrefix(w, thankWords)
		solved = solved || hasPrefix(w, solvedWords)
	}
	return thankful && solved && n <= 30 && !strings.ContainsAny(s, "?¿？") && !pleaOf(s)
}

// WorksNow reports whether a message says that it works now, or a bare yes to
// that question, and nothing that speaks against it: no but, no question, no
// plea, nothing broken.
func WorksNow(text string) bool {
	s := strings.TrimSpace(ground.Own(text, ground.Regions(text)))
	if len(s) > 400 || strings.ContainsAny(s, "?¿？") || pleaOf(s) {
		return false
	}
	works, yes, n := containsAny(s, worksBare) && !containsAny(s, notBare), true, 0
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' }) {
		n++
		if reserve[w] || brokenWords[w] || strings.ContainsAny(w, "'’") && strings.HasSuffix(w, "t") || hasPrefix(w, brokenStems) {
			return false
		}
		works = works || hasPrefix(w, worksWords)
		yes = yes && (yesWords[w] || politeWords[w] || hasPrefix(w, thankWords))
	}
	return n <= 40 && (works || yes && n > 0 && containsYes(s))
}

func containsYes(s string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if yesWords[w] {
			return true
		}
	}
	return false
}

// pleaOf reports whether a text asks for something.
func pleaOf(s string) bool {
	l := lookAt(s)
	for _, a := range asks {
		if l.holds(a.shape) {
			return true
		}
	}
	return containsAny(s, asksBare)
}

var (
	worksWords  = strings.Fields("works working worked solved resolved fixed działa działają zadziałał funktioniert klappt geht gelöst funciona resuelto fonctionne marche funziona risolto werkt")
	worksBare   = []string{"動きました", "動いています", "解決しました", "できました", "大丈夫です"}
	notBare     = []string{"ません", "ない", "まだ"}
	yesWords    = wordSet("yes yep yeah confirmed confirm correct tak zgadza potwierdzam ja jawohl sí si oui はい")
	brokenWords = wordSet("if until unless would should when only part partly one first second except without nor neither can cannot could czy gdyby jeśli jeżeli kiedy dopóki wenn falls kein keine nur si cuando hasta sólo solo sauf seulement")
	brokenStems = strings.Fields("broke fail error wrong issue problem błąd błęd zepsu problemu fehler kaputt falla panne erreur errore guast")
	thankWords  = strings.Fields("thank thx cheers dzięk danke gracias merci grazie dank")
	thanksBare  = []string{"ありがとうございました", "ありがとうございます", "解決しました", "助かりました"}
	asksBare    = []string{"ください", "下さい", "お願い", "でしょうか", "ますか", "ですか", "教えて", "ほしい", "欲しい", "たいです", "したい"}
	solvedWords = strings.Fields("solv sort trick work fix resolv help clos perfect great done działa pomog rozwiąz załatw klapp funktioniert gelöst erledigt geholfen funciona resuelt solucionad arreglad")
	reserve     = wordSet("but however still not no never yet except although unfortunately only also another again jednak ale nie nadal jeszcze poza aber nicht noch leider jedoch außerdem pero no todavía aún sin embargo además")
	politeWords = wordSet("ok okay great perfect super hi hello dear many so much very a lot all again both for your the quick help reply answer support that it works worked helped is working now you thanks thank thx cheers appreciated i appreciate really dziękuję dziękujemy dzięki bardzo serdecznie za pomoc odpowiedź szybką działa już pozdrawiam danke vielen dank gracias muchas merci beaucoup grazie mille and best regards have nice day everything fine solved wielkie wielki ogromne piękne miłego dnia wam państwu schönen tag noch schönes wochenende dir ihnen euch buen día un saludo saludos por todo todos bonne journée buona giornata tons bunch guys team folks everyone wonderful awesome")
)
