package guard

// placed is something that an act is about, by the place of its word.
type placed struct {
	what concept
	at   int
}

// coreReach is how many words from its verb the core of an act is looked for.
const coreReach = 5

var (
	// stops end what a verb is done to.
	stops = words(`to in on at from with for under via using by until if when so because and or but as after before since then into onto within through per without while that which who of unless like though
auf aus bei mit nach von vor zu zum zur im am fur uber unter in an ab wenn bis und oder dass damit weil
na w z ze do od przez dla po przy i oraz lub ze zeby aby gdy jesli
en con de del por para desde hasta y o que si al cuando
dans sur avec pour par depuis et ou que si quand chez au aux du des`)
	// within are those behind which stands what it is part of: "the batteries in
	// the keypad".
	within = words("in on of for from von im bei fur w na do dla en de del para dans sur de du pour")
)

// setCore tells the core of an act, what its verb is done to, from the rest of
// what it names. low are its words, at the place of its verb.
func (a *act) setCore(low []string, at int) {
	if at < 0 {
		return
	}
	end := at + 1
	for end < len(low) && end <= at+coreReach && !stops[low[end]] {
		end++
	}
	a.core = a.between(at+1, end)
	if len(a.core) == 0 {
		a.core = a.between(max(0, at-coreReach), at)
		end = at + 1
	}
	for i := end; i < len(low); i++ {
		if within[low[i]] {
			for o := range a.between(i+1, min(i+1+coreReach, len(low))) {
				if a.part == nil {
					a.part = map[concept]bool{}
				}
				a.part[o] = true
			}
			return
		}
	}
}

// thatThing are words for what was spoken of.
var thatThing = list("it,them,this,that,es,sie,ihn,je,go,to,lo,la,los,las,le,les")

// takeOver makes what another act is about that of one which says only "it".
func (a *act) takeOver(before *act) {
	for o, w := range before.objects {
		a.objects[o] = min(w, ofStem)
	}
	a.core, a.part = before.core, before.part
}

// between is what stands between two places.
func (a *act) between(from, to int) map[concept]bool {
	var out map[concept]bool
	for _, p := range a.order {
		if p.at >= from && p.at < to {
			if out == nil {
				out = map[concept]bool{}
			}
			out[p.what] = true
		}
	}
	return out
}

// sameCore is how well the cores of two acts meet, 0..1, whatever else the
// longer of them names: the same thing that weighs enough, and not part of
// another one. verb is how well their verbs meet.
func (told *act) sameCore(done *act, verb float64, common map[concept]bool) float64 {
	if verb < 0.8 || told.head == "" {
		return 0
	}
	weight := 0.0
	for o := range told.core {
		if w := told.objects[o]; done.core[o] && !common[o] && w > ofVague {
			weight = max(weight, w)
		}
	}
	if weight == 0 || told.otherPart(done) {
		return 0
	}
	return verb * (0.3 + 0.4*weight)
}

// otherPart reports whether two acts name what their cores are part of, and it
// is another one.
func (told *act) otherPart(done *act) bool {
	named := false
	for o := range told.part {
		if told.objects[o] <= ofVague {
			continue
		}
		if _, ok := done.objects[o]; ok {
			return false
		}
		named = true
	}
	if !named {
		return false
	}
	for o := range done.part {
		if done.objects[o] > ofVague {
			return true
		}
	}
	return false
}
