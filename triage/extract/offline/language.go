package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/abadojack/whatlanggo"

	"readback/triage/ground"
)

// languageCap bounds what is read to tell a language, in bytes.
const languageCap = 6000

// stopWords are words so common that a few sentences hold several, and that
// are rare in the other languages of the table.
var stopWords = map[string]map[string]bool{
	"en": wordSet("the and is are to of it that this with for have has not but you we i my when was be on our can please if from there they would in a do how"),
	"pl": wordSet("i w z o na się nie jest że do to jak po dla od czy ale mam mamy proszę przez tylko jeszcze już co przy są oraz witam dzień dobry został nam za bo gdy"),
	"de": wordSet("der die das und ist nicht ich wir ein eine mit für auf zu den dem von es sie haben habe wie aber auch noch bitte im wenn kann wird uns mein"),
	"es": wordSet("el la los las de que y en no es un una por con para se me mi pero he hemos cuando como su lo al del hola gracias está ya desde"),
	"fr": wordSet("le la les de des et est un une pas je nous vous pour dans que qui sur avec ai avons mais bonjour ce mon notre ne il du au merci en"),
	"it": wordSet("il la lo gli di che e è un una non per con ho abbiamo sono mi ma quando come ad messaggio questo della del nel buongiorno grazie alla in si ci"),
	"pt": wordSet("o a os as de que e em não é um uma para com eu nós mas quando como meu minha da do na no está olá obrigado já foi pelo"),
	"nl": wordSet("de het een en is niet ik we wij van voor met op dat te zijn heb hebben maar ook nog als kan mijn ons graag er bij wordt"),
	"tr": wordSet("bir ve bu için ile de da ama çok var yok ben biz olarak gibi daha kadar merhaba sonra mail değil zaman olan önce ne"),
	"cs": wordSet("a je se na v že to ale jsem jsme mám máme není pro od po jak když prosím dobrý den bych už s do který"),
	"sv": wordSet("och att det är som en på för med har inte jag vi men när den till av kan hej tack ett om från"),
}

// letters that only some of the languages use.
var letters = map[string]string{"pl": "łążśćęńź", "de": "ßäöü", "es": "ñ¿¡", "fr": "çœêà", "it": "ìò", "pt": "ãõ", "tr": "ğış", "cs": "řůě", "sv": "å"}

// language tells the language of a text, ISO 639-1, by its most common
// words, and "" when there is too little to tell. Quoted history should be
// cut before; pasted machine text is skipped here.
func language(text string) string { return recentLanguages.Get(text, languageOf) }

var recentLanguages ground.Recent[string]

func languageOf(text string) string {
	if len(text) > languageCap {
		text = strings.ToValidUTF8(text[:languageCap], "")
	}
	if kana(text) {
		return "ja"
	}
	var hits [len(languages)]int
	latin, other := 0, 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" || isPasted(strings.TrimRight(line, "\r\n")) {
			continue
		}
		if isBounce(line) {
			break // what follows is a mail system's English
		}
		for _, w := range strings.FieldsFunc(strings.ToLower(line), notLetter) {
			if w[0] < 0x80 || unicode.Is(unicode.Latin, []rune(w)[0]) {
				latin++
			} else {
				other++
			}
			for in, lang := languagesOf[w], 0; in != 0; in, lang = in>>1, lang+1 {
				hits[lang] += int(in&1) * 2
			}
			if isASCII(w) {
				continue
			}
			for lang := range languages {
				if strings.ContainsAny(w, letters[languages[lang]]) {
					hits[lang]++
				}
			}
		}
	}
	if other > latin {
		return whatlanggo.Detect(text).Lang.Iso6391()
	}
	best, second := 0, 0
	for lang, n := range hits {
		switch {
		case lang > 0 && n > hits[best]:
			best, second = lang, hits[best]
		case lang > 0 && n > second:
			second = n
		}
	}
	if hits[best] >= 3 && hits[best] > second {
		return languages[best]
	}
	if info := whatlanggo.Detect(text); info.IsReliable() {
		return info.Lang.Iso6391()
	}
	if hits[best] == 0 {
		return ""
	}
	return languages[best]
}

// languages that have stop words, in the order that wins a tie.
var languages = [...]string{"en", "pl", "de", "es", "fr", "it", "pt", "nl", "tr", "cs", "sv"}

// languagesOf holds the languages of every stop word, a bit for each.
var languagesOf = func() map[string]uint16 {
	of := map[string]uint16{}
	for i, lang := range languages {
		for w := range stopWords[lang] {
			of[w] |= 1 << i
		}
	}
	return of
}()

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// kana reports whether a fair part of a text's letters are Japanese syllables.
func kana(text string) bool {
	n, letters := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
		if r > 0x3000 && unicode.In(r, unicode.Hiragana, unicode.Katakana) { // none stands below
			n++
		}
	}
	return n >= 6 && n*6 >= letters
}
