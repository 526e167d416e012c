package ground

import (
	"regexp"
	"strings"
)

// reachOf says how far a finding reaches.
type reachOf int

const (
	sentenceOnly reachOf = iota
	andOn                // and the sentences behind it in the line that nobody says of themselves
	wholeLine
	paragraph // what follows a pretended turn or call is part of it
)

// rule is one way to instruct software. Latin rules are written without
// accents (see disguises), all in lower case.
type rule struct {
	script script
	stems  []string // the shape needs one of these
	shape  *regexp.Regexp
	scope  *regexp.Regexp // the match must also hold this; nil = nothing
	unless *regexp.Regexp // the sentence must not hold this; nil = nothing
	order  bool           // it begins with a verb, which must be an order (see orders)
	bare   bool           // "please" makes it a wish of one person to another
	reach  reachOf
}

var polite = regexp.MustCompile(`\b(?:please|pls|kindly|(?:could|can|would|will|may) (?:you|we|i)|prosze|prosimy|bitte|por favor|s'il vous plait|svp|per favore|thanks|thank you|dziekuj\w+|danke|gracias|merci|grazie|obrigad\w)\b|ください|お願い|пожалуйста|请`)

// overrides tell the reader to drop its rules, by language: verb, what is to
// be dropped, and what makes it the reader's own and not a filter's.
var overrides = []struct{ stems, verb, noun, scope string }{
	{"ignor disregard forget overrid overrul bypass dismiss discard neglect follow obey attention",
		`ignore|disregard|forget(?: about)?|override|overrule|bypass|dismiss|discard|neglect|(?:do not|don't|stop) (?:follow(?:ing)?|obey(?:ing)?)|pay no attention to`,
		`instructions?|instruction set|rules|guidelines|directives|directions|commands|orders|prompts?|programming|guardrails|constraints|training|(?:instructions|rules|what|everything) you (?:were|have been) (?:given|told)|everything (?:above|before|prior|you (?:were|have been|are|know))`,
		`previous|prior|above|earlier|preceding|\ball\b|\bany\b|every|\byour\b|system|initial|original|developer|foregoing|safety|you (?:were|have been)`},
	{"ignoruj pomin zapomnij odrzuc stosuj przestrzegaj", `(?:zignoruj|ignoruj|pomin|zapomnij(?: o)?|odrzuc|nie stosuj(?: sie do)?|nie przestrzegaj)(?:cie)?`,
		`instrukcj\w+|polece\w+|zasad\w*|regul\w*|wytyczn\w+|prompt\w*|rozkaz\w*`, `poprzedni|wczesniej|powyz|wszystk|dotychczas|swoj|system`},
	{"ignorier vergiss vergess missacht uberschreib verwirf", `(?:ignoriere?n?|vergiss|vergessen|missachten?|uberschreiben?|verwirf)(?: sie)?`,
		`anweisung\w*|regeln?|instruktion\w*|befehle?n?|vorgaben?|prompts?|richtlinien`, `alle|vorherig|bisherig|obig|vorig|fruher|vorangegangen|deine|ihre|system`},
	{"ignor olvid omit descart desobed caso", `ignor(?:a|e|ad|en)|olvid(?:a|e|ad|en)(?:te)?|omit[ae]|descart(?:a|e)|desobedece|haz caso omiso de`,
		`instrucci\w+|reglas|ordenes|indicaciones|directrices|prompts?`, `anterior|previ[ao]|todas|\btus\b|\bsus\b|sistema|arriba`},
	{"ignore oublie neglige tiens tenez", `ignore[zs]?|oublie[zs]?|neglige[zs]?|ne (?:tiens|tenez) (?:pas|plus|aucun) compte (?:de|des)`,
		`instructions?|consignes?|regles|directives|ordres|prompts?`, `precedent|anterieur|ci-dessus|toutes|\btes\b|\bvos\b|systeme`},
	{"ignor dimentic trascur scart", `ignora(?:te)?|ignori|dimentica(?:te)?|trascura(?:te)?|scarta(?:te)?`,
		`istruzioni|regole|ordini|direttive|prompt`, `precedent|anterior|tutte|tutti|\btue\b|\btuoi\b|sopra|sistema`},
	{"ignor esque desconsider", `ignor[ae]|esquec[ae]|esquece|desconsider[ae]`, `instruc\w+|regras|ordens|diretrizes|comandos|prompt`, `anterior|previ|todas|todos|\bsuas\b|acima|sistema`},
	{"negeer vergeet", `negeer|vergeet`, `instructies|regels|opdrachten|aanwijzingen|prompt`, `vorige|eerdere|bovenstaande|alle|\bje\b|systeem`},
	{"ignor glom glem", `ignorera|ignorer|glom|glem`, `instruktion\w*|instruks\w*|regler`, `tidigare|ovan|alla|tidligere|\balle\b|forrige`},
	{"ignoruj zapome", `ignorujte?|zapomente?`, `instrukc\w+|pokyn\w*|pravid\w*`, `predchoz|vsechn|predos`},
}

var rules = func() []rule {
	var out []rule
	for _, o := range overrides {
		out = append(out, rule{latin, strings.Fields(o.stems), regexp.MustCompile(`\b(?:` + o.verb + `)\b[\s,:;"'*_-]+(?:[\w'-]+[\s,"'*_-]+){0,6}?(?:` + o.noun + `)\b(?:[ ,]+(?:y |e |et )?\w+){0,2}`),
			regexp.MustCompile(o.scope), peoples, true, false, andOn})
	}
	return append(out, others...)
}()

// peoples makes instructions those that people gave one another.
var peoples = regexp.MustCompile(`\b(?:instructions?|rules|orders|directions|commands|prompts?|guidelines)\s+(?:that |which )?(?:(?:i|we|they|he|she|you|your \w+|support|my \w+)\s+(?:just |already )?(?:sent|gave|wrote|posted|left|emailed|mailed|provided|mentioned|made|had)|from (?:my|our|your|the)|(?:of|in|on) (?:my|our|your|the|this)|(?:about|for) (?:my|our|the|shipping|delivery)|i |we )|\b(?:my|our)\b (?:\w+ ){0,2}(?:instructions?|rules|orders|commands|guidelines|e-?mails?|messages?)`)

// others are the rules that are not overrides. Their order means nothing.
var others = []rule{
	// The same in scripts of their own.
	{script: native, reach: andOn, stems: []string{"無視", "忘れ", "破棄"}, shape: regexp.MustCompile(`(?:以前|これまで|今まで|上記|前|先ほど|すべて|全て|あらゆる)[^。\n]{0,10}(?:指示|命令|ルール|規則|プロンプト)[^。\n]{0,8}(?:無視し(?:て(?:ください|下さい|[、,。 ]|$)|ろ|なさい)|無視せよ|忘れ(?:ろ|なさい|て(?:ください|下さい|[、,。 ]|$))|破棄し)`)},
	{script: native, reach: andOn, stems: []string{"忽", "无视", "無視", "忘记", "忘記", "不要理会"}, shape: regexp.MustCompile(`(?:忽略|忽视|无视|無視|忘记|忘記|不要理会)[^。\n]{0,8}(?:之前|以上|先前|上述|所有|前面|此前)[^。\n]{0,8}(?:指令|指示|规则|規則|提示|命令)`)},
	{script: native, reach: andOn, stems: []string{"гнор", "забуд", "отброс"}, shape: regexp.MustCompile(`(?:^|[^\p{L}])(?:про)?(?:игнорируй|ігноруй|забудь|отбрось)(?:те)?[^.!?\n]{0,40}(?:инструкци|указани|правил|команд|промпт|інструкці|вказівк)`),
		scope: regexp.MustCompile(`предыдущ|прежн|вышеуказан|\sвсе|свои|систем|попередн|усі|всі`)},
	{script: native, reach: andOn, stems: []string{"무시", "잊"}, shape: regexp.MustCompile(`(?:이전|위|앞|모든)[^.\n]{0,12}(?:지시|명령|규칙|지침|프롬프트)[^.\n]{0,8}(?:무시|잊어)`)},
	{script: native, reach: andOn, stems: []string{"تجاهل"}, shape: regexp.MustCompile(`تجاهل[^.\n]{0,30}(?:التعليمات|الأوامر|القواعد)`)},
	{script: latin, reach: andOn, stems: []string{"talimat", "komut"}, shape: regexp.MustCompile(`(?:onceki|tum|yukaridaki)(?: \w+){0,2} (?:talimat\w*|komut\w*)(?: \w+){0,2} (?:yok say|gormezden gel|unut|dikkate alma)`)},
	// Letters set apart leave one word.
	{script: latin, reach: andOn, stems: []string{"ignore", "disregard", "forget"}, shape: regexp.MustCompile(`(?:ignore|disregard|forget)(?:all|any|the|your|of|these|those){0,3}(?:previous|prior|above|earlier|system)(?:instructions?|rules|prompts?)`)},

	// Be somebody else.
	{script: latin, reach: andOn, stems: []string{"you are", "you're", "you must"}, shape: regexp.MustCompile(`\byou(?: are|'re) (?:now|no longer|from now on)\b[^.!?\n]{0,50}?\b(?:ai|llm|assistant|language model|chatbot|bot|dan|gpt|jailbroken|unrestricted|unfiltered|admin(?:istrator)?|root|supervisor|developer|god|sudo|debug|classifier|router|bound|restricted|(?:\w+ )?mode)\b`),
		unless: regexp.MustCompile(`\b(?:only|just) an? (?:ai|bot|chatbot)\b|talking|chatting|speaking|connected|maintenance mode|vacation mode`)},
	{script: latin, reach: andOn, stems: []string{"you are", "you're"}, shape: regexp.MustCompile(`\byou(?: are|'re) (?:an? )?(?:ai|artificial intelligence|large language model|language model|llm|ticket (?:router|classifier))\b[^.!?\n]{0,40}\b(?:that|which|whose|who|without|tasked|designed|with no|must|will)\b`), unless: askingForPeople},
	{script: latin, reach: andOn, stems: []string{"act as", "behave as", "respond as", "roleplay", "role-play", "pretend"}, order: true,
		shape: regexp.MustCompile(`\b(?:act|behave|respond|role-?play) as (?:if you (?:are|were) )?(?:an? |the |my )?(?:\w+ ){0,2}?(?:ai|llm|language model|admin(?:istrator)?|system|root|supervisor|developer|dan|unrestricted|jailbroken|terminal|classifier)\b|\bpretend (?:that |to be |you|all|every|the (?:checks|steps|customer))`)},
	{script: latin, reach: andOn, stems: []string{"mode"}, order: true, shape: regexp.MustCompile(`\b(?:enter|enable|activate|switch (?:in)?to|go into) (?:the |your )?(?:admin(?:istrator)?|god|jailbreak|unrestricted|unfiltered|dan|sudo|override|no[- ]rules) mode\b`)},
	{script: latin, reach: andOn, stems: []string{"from now on"}, shape: regexp.MustCompile(`\bfrom now on,? (?:you (?:are|must|shall|answer|respond|act|obey|only)|answer|respond|obey|treat)\b`), unless: regexp.MustCompile(`\bcharg|\bbill|refund|lawyer`)},
	{script: latin, reach: andOn, stems: []string{"jestes"}, shape: regexp.MustCompile(`\bjestes (?:teraz|od teraz|odtad)\b[^.!?\n]{0,40}\b(?:administrator\w*|asystentem|ai|trybie|modelem|bez ogranicz\w+)`)},
	{script: latin, reach: andOn, stems: []string{"du bist"}, shape: regexp.MustCompile(`\bdu bist (?:jetzt|ab jetzt|nun|ab sofort)\b[^.!?\n]{0,40}\b(?:administrator\w*|assistent\w*|ki|\w*modus|\w*modell|entwickler|ohne)\b`)},
	{script: latin, reach: andOn, stems: []string{"eres"}, shape: regexp.MustCompile(`\b(?:ahora eres|eres ahora|a partir de ahora eres)\b`)},
	{script: latin, reach: andOn, stems: []string{"tu es", "vous etes"}, shape: regexp.MustCompile(`\b(?:tu es|vous etes) (?:maintenant|desormais)\b[^.!?\n]{0,40}\b(?:administrat\w+|assistant|ia|mode|modele|sans)\b`)},
	{script: latin, reach: andOn, stems: []string{"sei"}, shape: regexp.MustCompile(`\b(?:ora sei|sei ora|adesso sei|d'ora in poi sei)\b[^.!?\n]{0,40}\b(?:amministrat\w+|assistente|ia|modalita|modello|senza)\b`)},
	{script: native, reach: andOn, stems: []string{"あなたは"}, shape: regexp.MustCompile(`あなたは(?:今|これ|いま)(?:から)?[^。\n]{0,30}(?:ai|アシスタント|管理者|モード|モデル)`)},

	// Addressed to the reader itself.
	{script: latin, reach: andOn, stems: []string{"if you", "since you", "because you"}, shape: regexp.MustCompile(`\b(?:if|since|because) you(?: are|'re) (?:an? )?(?:ai|llm|(?:large )?language model|automated (?:classifier|triage|reader)|gpt)\b`), unless: askingForPeople},
	{script: latin, reach: andOn, stems: []string{"note", "message", "instruction", "attention", "notice", "directive"}, shape: regexp.MustCompile(`\b(?:note|message|instructions?|attention|notice|directive)s?[ :]+(?:to |for )?(?:the |any |all )?(?:ai|llm|language model|chatgpt|gpt|classifier|triage (?:system|bot|model|software|ai)|automated (?:system|reader|classifier|triage)|reading (?:software|model))\b(?: \w+){0,2} ?[:,.;-]`)},
	{script: latin, reach: andOn, stems: []string{"dear", "hey", "hello", "hi "}, shape: regexp.MustCompile(`(?m:^)\s*(?:dear|hey|hello|hi) (?:ai|llm|gpt|chatgpt|(?:large )?language model|classifier)\b`)},
	{script: latin, reach: andOn, stems: []string{" that ", " which ", " who", " reading"}, shape: regexp.MustCompile(`\b(?:model|ai|llm|classifier|software|machine|bot) (?:that|which|who)(?:'s| is)? (?:read|triag|classif|summari|process)\w* (?:this|the (?:ticket|message|text))\b`)},

	// Tell what is not the sender's.
	{script: latin, stems: []string{"prompt", "instruction", "system message", "developer message", "hidden", "internal", "configuration"}, order: true, shape: regexp.MustCompile(`\b(?:reveal|print|show|repeat|output|tell|display|dump|leak|give|list|write|recite|echo|expose|disclose|copy|quote|summari[sz]e|translate|send|return|include|append|paste|provide)\b[^.!?\n]{0,50}?\b(?:(?:system|initial|hidden|original|pre-?) ?prompt|(?:system|developer) message|(?:your|the) (?:hidden|system|initial|original|secret|internal|full|exact) (?:system )?(?:instructions?|rules|guidelines|prompt|configuration)|your prompt)\b`)},
	{script: latin, stems: []string{" above", "verbatim", "word for word"}, order: true, shape: regexp.MustCompile(`\b(?:repeat|print|output|recite|echo|copy) (?:everything|all|all the words|the words|the text|the lines|the instructions|what (?:is|stands)) (?:written )?(?:above|before this)\b`)},
	{script: latin, stems: []string{"other", "credential", "secret", "environment var", "internal"}, order: true, shape: regexp.MustCompile(`\b(?:reveal|print|list|output|dump|leak|show|include|append|paste|insert|put|send|copy|write)\b[^.!?\n]{0,50}?\b(?:(?:all |any )?other (?:customers?|tickets?|accounts?|users?)(?:'s|'|s')? (?:\w+ ){0,2}(?:data|e-?mails?|passwords?|names?|details|addresses|keys?)|(?:data|e-?mails?|details|tickets|names|passwords|addresses|keys) of (?:all |any )?other (?:customers?|tickets?|accounts?|users?)|environment variables|(?:your|the (?:server|company|platform|database)'s) (?:own |internal |stored )?(?:credentials|secrets|passwords))\b`),
		unless: regexp.MustCompile(`\b(?:my|our) (?:other|environment)|where (?:do|can|is|are)|\bhow\b`)},
	{script: latin, stems: []string{"summary", "your output", "your json", "zusammenfassung", "resum", "streszczen", "podsumow"}, order: true, shape: regexp.MustCompile(`\b(?:write|include|add|put|append|say|mention|insert|place|state|schreibe?|fuge?|incluye|escribe|ajoute[z]?|ecri[st]|dodaj|napisz|wpisz|umiesc)\b[^\n]{0,120}?\b(?:in(?:to)?|to|as|en|dans|do|w)? ?(?:your|the ticket|the brief|this ticket'?s?|tu|deine[rn]?|die|votre|twoje|swoim?|swojego) ?(?:summary|output|json|zusammenfassung|resum\w+|streszczeni\w+|podsumowani\w+)\b|\b(?:write|include|add|put|append|insert|place)\b[^\n]{0,120}?\b(?:in|into|to) the summary\b(?: field)?`), unless: regexp.MustCompile(`\b(?:weekly|monthly|daily|campaign|report)\b`)},
	{script: latin, stems: []string{"system prompt", "systemprompt", "prompt "}, shape: regexp.MustCompile(`\bsystemprompt\b|\bprompt (?:systemow\w+|du systeme|systeme|del sistema|di sistema|do sistema)\b`)},
	{script: native, stems: []string{"システムプロンプト", "系统提示", "системный промпт"}, shape: regexp.MustCompile(`システムプロンプト|系统提示|системный промпт`)},
	{script: latin, stems: []string{"](http", "src="}, shape: regexp.MustCompile(`\]\(https?://[^)\s]*[?=/][^)\s]*(?:\{|\[|<|%7b|\$\(|\binsert\b|\bsecret\b|\bsummary\b)|<img[^>]+src=["']?https?://[^>"']*(?:\{|\[|%7b)`)},
	{script: latin, stems: []string{"decode"}, order: true, shape: regexp.MustCompile(`\bdecode (?:this|the|and)\b[^.!?\n]{0,60}\b(?:follow|execute|obey|run|carry out|do what)\b|\bdecode and (?:follow|execute|obey)\b`)},

	// Fill its fields.
	{script: latin, stems: []string{"json"}, order: true, shape: regexp.MustCompile(`\b(?:write|output|return|produce|emit|generate|print|answer with) (?:only )?(?:the |a |one |this )?(?:final )?json(?: object| answer| result)?\b[^.!?\n]{0,40}\b(?:urgency|claims|matters|summary|steps?|tier|confidence)\b`)},
	{script: latin, stems: []string{"route", "assign", "dispatch"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:(?:re-?)?route|assign|dispatch) (?:me|this|it|the|my)(?: \w+){0,4}? (?:directly |straight |immediately )?to (?:the )?(?:engineering|engineers?|developers?|l[23]|(?:tier|level) ?[23]|second level|third level|admins?|security|ceo|senior \w+)\b`)},
	{script: latin, stems: []string{"priority", "urgency", "severity", "tier", "ticket", "confidence", "effort", "verdict", "identity", "case"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:set|mark|change|raise|label|classify|treat|tag|flag)\b (?:(?:the|this|my|its|every|all|each)\s+)*(?:ticket'?s? |case |request )?(?:priority|urgency|severity|tier|routing|confidence|effort|verdict|ticket|case|identity|customer)\b(?: (?:of|for) \w+ \w+)? ?(?:to|as|=|:|is)?\s*["']?(?:a |an |the )?(?:critical|highest|p[01]|maximum|max|verified|l[23]|(?:tier|level) ?[23]|exhausted|engineering|trusted|1\.0|vip)\b`)},
	{script: latin, stems: []string{"step", "claim", "check"}, order: true, shape: regexp.MustCompile(`\b(?:set|mark|treat|label|flag|count|report|record)\b (?:(?:the|this|my|every|all|each|of|these|remaining|customer)\s+)*(?:steps?|claims?|checks?)\b(?: \w+){0,3}? ?(?:to|as|=|:)\s*["']?(?:done|verified|passed|pass|completed?|confirmed|true)\b`), bare: true},
	{script: latin, stems: []string{"needs_staff", "needs_review", "instructions_in_text", "never_automate", "self_service", "not_done", "response_format"}, shape: regexp.MustCompile(`\b(?:needs_staff|needs_review|instructions_in_text|never_automate|response_format)\b`), reach: wholeLine},
	{script: latin, stems: []string{`"claims"`, `"matters"`, `"urgency"`, `"verdict"`, `"effort"`, `"symptoms"`}, reach: paragraph,
		shape: regexp.MustCompile(`"(?:claims|matters|urgency|verdict|effort|symptoms)"\s*:(?s:.{0,400}?)"(?:claims|matters|urgency|verdict|effort|symptoms|state|quotes|tier|route|procedure|summary|confidence|flags|steps)"\s*:|"(?:state|quotes|tier|route|procedure|summary|confidence|flags|steps)"\s*:(?s:.{0,400}?)"(?:claims|matters|urgency|verdict|effort)"\s*:`)},
	{script: latin, stems: []string{"ustaw", "oznacz", "przekieruj", "przypisz"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:ustaw|oznacz)(?:cie)? (?:\w+ ){0,4}?(?:priorytet|pilnosc|zgloszenie|kroki|krok)\b[^.!?\n]{0,30}\b(?:krytyczn\w+|najwyzsz\w+|wykonan\w+|zweryfikowan\w+|zrobion\w+|critical)|\b(?:przekieruj|przypisz)(?:cie)? (?:mnie|to|te|ten|zgloszenie|sprawe)\b[^.!?\n]{0,30}\b(?:inzynier\w*|deweloper\w*|l[23]|administrator\w*|poziom\w*)`)},
	{script: latin, stems: []string{"setz", "stell", "weise", "leite", "markier"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:setzen?|stellen?|markieren?)\b (?:sie )?(?:\w+ ){0,4}?(?:prioritat|dringlichkeit|tickets?|schritte?)\b[^.!?\n]{0,30}\b(?:kritisch|hochste\w*|erledigt|verifiziert|critical)|\b(?:weise|weisen|leite|leiten)\b (?:sie )?(?:\w+ ){0,4}?(?:ticket|anfrage|mich)\b[^.!?\n]{0,30}\b(?:entwickl\w+|technik\w*|l[23]|engineering|admin\w*)`)},
	{script: latin, stems: []string{"pon", "establec", "marca", "asigna"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:pon|ponga|establece|establezca|marca|marque|asigna|asigne)\b (?:\w+ ){0,4}?(?:prioridad|urgencia|pasos?|ticket)\b[^.!?\n]{0,30}\b(?:critic\w+|maxim\w+|alta|hech\w+|completad\w+|verificad\w+|ingenier\w+|l[23])`)},
	{script: latin, stems: []string{"met", "defini", "marque", "assigne"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:mets|mettez|definis|definissez|marque[zs]?|assigne[zs]?)\b (?:\w+ ){0,4}?(?:priorite|urgence|etapes?|ticket)\b[^.!?\n]{0,30}\b(?:critique|maximale|faites?|terminees?|verifiees?|ingenie\w+|l[23])`)},
	{script: latin, stems: []string{"impost", "segna", "assegna", "defin", "coloque", "marque"}, order: true, bare: true, shape: regexp.MustCompile(`\b(?:imposta|segna|assegna|defina|coloque|marque|atribua)\b (?:\w+ ){0,4}?(?:priorita|urgenza|passi|passaggi|ticket|prioridade|urgencia|etapas|passos|chamado)\b[^.!?\n]{0,30}\b(?:critic\w+|massim\w+|maxim\w+|fatt\w+|feit\w+|complet\w+|verificat\w+|verificad\w+|ingegner\w+|engenh\w+|l[23])`)},
	{script: native, stems: []string{"優先度", "緊急度", "优先级"}, shape: regexp.MustCompile(`(?:優先度|緊急度)を?[^。\n]{0,12}(?:最高|緊急|最優先|critical)|优先级[^。\n]{0,6}(?:设为|设置为|改为)`), bare: true},
	{script: native, stems: []string{"приоритет", "срочност"}, shape: regexp.MustCompile(`(?:^|[^\p{L}])(?:установи|поставь|назначь)(?:те)?[^.!?\n]{0,20}(?:приоритет|срочность)`), bare: true},

	// Pretended turns, fences and calls.
	{script: latin, stems: []string{"<|", "[inst]", "[/inst]", "<<sys>>", "<</sys>>", "start_of_turn", "end_of_turn", "im_start", "im_end"}, reach: paragraph,
		shape: regexp.MustCompile(`<\|[a-z_]{2,30}\|>|<\|?im_(?:start|end)\|?>|\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>`)},
	{script: latin, stems: []string{"tool", "function", "invoke"}, reach: paragraph,
		shape: regexp.MustCompile(`<(?:\w+:)?(?:tool_calls?|tool_use|tool_response|tool_result|function_calls?|function_results?|invoke)\b|"(?:tool_calls?|function_call|tool_choice)"\s*:`)},
	{script: latin, stems: []string{"system", "assistant", "developer", "admin", "root", "operator", "sysadmin", "model:", "ai:"}, reach: wholeLine,
		shape: regexp.MustCompile(`(?m:^)[\s>*#\[({<"'_-]*(?:system|assistant|developer|ai|model|root|admin(?:istrator)?|operator|sysadmin)\b[\])}>"'* ]*(?:message|prompt|override|notice|note|instructions?|update|command|\([^)\n]{0,20}\))?[\])}>"'* ]*[:>][\s*]*(?:you (?:are|must|will|now|should|have)|ignore|disregard|forget|override|grant|approve|mark|set|route|assign|the (?:user|customer|ticket|above|previous)|this (?:ticket|user|customer) (?:is|must|has)|all (?:steps|checks|previous)|respond|output|new (?:instructions?|rules|task)|from now on|treat|reveal|print|urgency|priority|verified|access granted|authori[sz]ed|understood|sure[,!])`)},
	{script: latin, stems: []string{"system"}, shape: regexp.MustCompile(`\bsystem (?:override|prompt (?:override|update|injection))\b|\b(?:override|root) (?:code|protocol|command)[ :]`)},
	{script: latin, stems: []string{"ticket", "conversation", "customer", "user ", "untrusted", "system", "prompt"}, reach: wholeLine,
		shape: regexp.MustCompile(`(?m:^)[^\w\n]*(?:end of|begin|start of|end|/)\s*(?:the |new )?(?:ticket|conversation|customer(?:'s)? (?:message|text|data)|user (?:input|message|data)|untrusted (?:text|data|input)|system (?:prompt|message|instructions?)|prompt)\b[^\w\n]*(?m:$)`)},
	{script: latin, stems: []string{"instruction", "directive", "system prompt"}, shape: regexp.MustCompile(`\b(?:new|updated|revised|real|actual|true) (?:system )?(?:instructions?|directives?|system prompt)\s*(?::|for you|are as follows|for the (?:ai|model|assistant))`)},
}

// askingForPeople is a customer who wants a person instead of software.
var askingForPeople = regexp.MustCompile(`\b(?:human|person|agent|real|people|somebody|someone|representative)\b`)
