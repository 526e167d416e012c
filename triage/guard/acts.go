package guard

import (
	"cmp"
	"strings"
	"unicode"

	"readback/triage/extract/offline"
)

// particleReach is how many words behind its verb a particle is looked for.
const particleReach = 8

// An act is what an instruction tells to do, or what somebody says they did,
// as the concepts and stems of its words.
type act struct {
	verbs   map[concept]bool
	objects map[concept]float64 // weight by concept, or by stem where no concept is known
	hosts   map[string]bool     // host names in it
	right   bool                // calls something right, on or working
	other   bool                // speaks of another one: another browser, a new key
	all     bool                // speaks of everything
	firm    bool                // what it is about is named beyond doubt
	back    bool                // points at what was said before: that, those
	many    bool                // speaks of several, or of a new one: three cables
	only    bool                // leaves all others out
	nothing bool                // says that it was done to nothing
	sides   []string            // which of two: live or sandbox, left or right
	stem    concept             // of the first word, where that is no verb that is listed
	core    map[concept]bool    // what the verb is done to, of the objects
	part    map[concept]bool    // what that is in, on or of
	order   []placed            // the objects, as they stand
	here    int                 // the place of the word that is added
	one     bool                // of a thing by "a new one" only
	most    float64             // what an object weighs at most, while words are added; 0 = no limit
	head    concept             // the first verb that is neither to try nor to check, "" for none
}

// Weights of what an act is about.
const (
	ofConcept = 1.0
	ofStem    = 0.7
	ofVague   = 0.5
	ofCommon  = 0.3 // in much of what the customer writes, such as the product's name; or a place in the product
	ofPath    = 0.1 // on the way to a screen: Settings > Network
)

// actOf reads the act of the words of text.
func actOf(text string, ws []offline.Word) act {
	a := act{verbs: map[concept]bool{}, objects: map[concept]float64{}, hosts: map[string]bool{}}
	low := make([]string, len(ws))
	for i := range ws {
		if !ws[i].Punct {
			low[i] = fold(ws[i].Low)
		}
	}
	var taken map[int]bool
	var heads map[int]concept
	for i, w := range low {
		seconds := particles[w]
		for j := i + 1; seconds != nil && j < len(low) && j <= i+particleReach; j++ {
			if is, ok := seconds[low[j]]; ok && !taken[j] {
				if taken == nil {
					taken, heads = map[int]bool{}, map[int]concept{}
				}
				a.verbs[is], taken[i], taken[j] = true, true, true // "off and on again" is both
				if is == "unplug" {
					a.objects["power"] = ofConcept // "pulled the plug"
				}
				heads[i] = cmp.Or(heads[i], is)
			}
		}
	}
	head := -1 // the place of the verb that says what is done
	for i, w := range low {
		a.here = i
		if is := heads[i]; is != "" {
			a.lead(is)
		}
		switch {
		case w == "" || taken[i] || strings.Contains(w, "://"):
		case i+1 < len(low) && buttons[low[i+1]]:
			a.object(concept(offline.Stem(w)), ofStem) // the reset button
		case (w == "on" || w == "off") && i > 0 && beWords[low[i-1]] && (i+1 == len(low) || !determiners[low[i+1]]):
			if w == "on" { // "roaming is on"
				a.verbs["enable"], a.right = true, true
				a.lead("enable")
			} else {
				a.verbs["disable"] = true
				a.lead("disable")
			}
		default:
			a.one = a.one || w == "one" && i > 0 && others[low[i-1]]
			a.most = limitAt(ws, low, i)
			a.word(w)
			a.most = 0
		}
		if head < 0 && a.head != "" {
			head = i
		}
	}
	if strings.ContainsFunc(text, isWide) {
		a.wide(text)
	}
	if a.verbs["enable"] && a.only && a.objects["extension"] > 0 {
		a.verbs["disable"] = true // "left only yours on"
	}
	if a.verbs["uninstall"] && a.verbs["install"] {
		a.verbs["reinstall"], a.head = true, "reinstall"
	}
	a.setCore(low, head)
	return a
}

// beWords are those behind which "on" and "off" are states.
var beWords = words("is are was were be been already now still currently it's")

// limitAt is what the word at a place weighs at most: one of the way to a screen
// (Settings > Network), or of where something is done ("on your phone"), tells
// little of what is done. 0 = no limit.
func limitAt(ws []offline.Word, low []string, at int) float64 {
	for _, i := range []int{at - 1, at + 1} {
		if i >= 0 && i < len(ws) && ws[i].Punct && strings.ContainsAny(ws[i].Low, ">›→»") {
			return ofPath
		}
	}
	for i := at - 1; i >= 0 && i >= at-3; i-- {
		if low[i] == "on" || low[i] == "in" || low[i] == "from" {
			for _, between := range low[i+1 : at] {
				if !determiners[between] && between != "my" && between != "our" {
					return 0
				}
			}
			return ofVague
		}
	}
	return 0
}

// object adds what an act is about.
func (a *act) object(o concept, weight float64) {
	if a.most > 0 {
		weight = min(weight, a.most)
	}
	a.objects[o] = max(a.objects[o], weight)
	a.order = append(a.order, placed{o, a.here})
}

// word adds one word without accents to an act.
func (a *act) word(w string) {
	w = strings.TrimLeft(w, "_") // _dmarc
	if i := strings.IndexByte(w, '\''); i > 0 && i <= 2 {
		w = w[i+1:] // l'ordinateur
	}
	if strings.ContainsRune(w, '-') && !a.known(w) && !strings.ContainsAny(w, ".@/") {
		for _, part := range strings.Split(w, "-") { // DKIM-Eintrag
			if part != "" {
				a.word(part)
			}
		}
		return
	}
	a.other = a.other || others[w]
	a.right = a.right || rights[w]
	a.all = a.all || alls[w]
	a.back = a.back || backs[w]
	a.many = a.many || manys[w]
	a.only = a.only || onlys[w]
	a.nothing = a.nothing || nothings[w]
	if sides[w] || roughSides[w] {
		a.sides = append(a.sides, w)
		if sides[w] {
			return // says where, not what
		}
	}
	if strings.ContainsRune(w, '.') && host(w) {
		a.hosts[w] = true
		return
	}
	v, asVerb := verbs.find(w)
	o, asObject := objects.find(w)
	if asVerb > 0 && asVerb >= asObject {
		a.verbs[v] = true
		a.lead(v)
		return
	}
	if asObject > 0 {
		if vague[o] {
			a.object(o, ofVague)
			return
		}
		a.object(o, ofConcept)
		return
	}
	if fillers[w] || others[w] || rights[w] || len(w) < 3 || offline.StopWord(w) || strings.HasPrefix(w, "@") || strings.ContainsFunc(w, isWide) {
		return
	}
	if s := offline.Stem(w); len(s) >= 3 {
		if places[w] {
			a.object(concept(s), ofCommon)
			return
		}
		a.object(concept(s), ofStem)
	}
}

// known reports whether a word with a hyphen stands in an index as it is.
func (a *act) known(w string) bool {
	_, asVerb := verbs.find(w)
	_, asObject := objects.find(w)
	return asVerb > len(w) || asObject > len(w) || asVerb > strings.IndexByte(w, '-') || asObject > strings.IndexByte(w, '-')
}

// lead notes a verb as the head when it is the first that says what is done.
func (a *act) lead(v concept) {
	if v != "try" && v != "check" && (a.head == "" || a.head == "run") {
		a.head = v
	}
}

// wide adds the words of a script without spaces.
func (a *act) wide(text string) {
	for _, v := range wideVerbs {
		if strings.Contains(text, v.word) {
			a.verbs[v.concept] = true
			a.lead(v.concept)
		}
	}
	for _, o := range wideNames {
		if strings.Contains(text, o.word) {
			a.objects[o.concept] = ofConcept
			if vague[o.concept] {
				a.objects[o.concept] = ofVague
			}
		}
	}
	a.other = a.other || strings.Contains(text, "別の") || strings.Contains(text, "他の") || strings.Contains(text, "新しい")
	a.right = a.right || strings.Contains(text, "正し") || strings.Contains(text, "有効") || strings.Contains(text, "済み")
	a.all = a.all || strings.Contains(text, "すべて") || strings.Contains(text, "全て")
}

func isWide(r rune) bool {
	return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han)
}

// host reports whether a word is a name of a host.
func host(w string) bool {
	at := offline.Domains(w)
	return len(at) == 1 && at[0] == [2]int{0, len(w)}
}

// fold is a lower-case word without accents.
func fold(w string) string {
	for i := range len(w) {
		if w[i] >= 0x80 {
			return offline.Bare(w)
		}
	}
	return w
}
