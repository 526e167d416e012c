package guard

import (
	"slices"
)

// telling are verbs that say enough without an object: nobody restarts two
// things in one ticket without naming them.
var telling = set(`restart reinstall uninstall update login logout reset scan`)

// kin are verbs that customers and agents use for one deed.
var kin = func() map[concept]int {
	out := map[concept]int{}
	for i, group := range []string{"add set create enable install publish", "remove uninstall wipe", "clean wipe remove", "update install", "reinstall install set", "try check run use", "renew create", "restart open", "press run", "rebuild create renew", "press use", "allow enable add", "change update", "verifycode add set use", "contact send", "unplug disconnect", "repair connect"} {
		for v := range set(group) {
			out[v] |= 1 << i
		}
	}
	return out
}()

// enough is how alike a told and a done act must be, 0..1.
const enough = 0.5

// repeats tells how much of what is told was done before, 0..1. common lowers
// the weight of words that are everywhere in the ticket.
func (told *act) repeats(done *act, common map[concept]bool) float64 {
	if told.other && !done.other && !done.verbs["change"] {
		return 0
	}
	if len(told.hosts) > 0 && len(done.hosts) > 0 && !meet(told.hosts, done.hosts) {
		return 0
	}
	if told.otherThing(done) {
		return 0
	}
	if told.otherSide(done) {
		return 0
	}
	verb := told.sameVerb(done)
	if verb == 0 {
		return 0
	}
	var shared, all, missed, most float64
	for o, w := range told.objects {
		if common[o] {
			w = min(w, ofCommon)
		}
		all += w
		if _, ok := done.objects[o]; ok {
			shared += w
			most = max(most, w)
		} else {
			missed = max(missed, w)
		}
	}
	same := told.sameCore(done, verb, common)
	if same == 0 && most <= ofVague && missed > ofVague && len(done.objects) > 0 && !done.firm && !telling[told.head] {
		return 0 // only what every instruction is about
	}
	specific := 0.0
	if told.head == "" || done.verbs[told.head] {
		for v := range told.verbs {
			if done.verbs[v] && !plain[v] {
				specific += ofVerb
			}
		}
	}
	switch {
	case told.other && done.one && verb >= 0.8 && len(done.objects) <= 2 && shared == 0:
		return 0.6 // "I made a new one"
	case all == 0:
		for v := range told.verbs {
			if telling[v] && done.verbs[v] {
				return ofStem * verb
			}
		}
		return 0
	case len(done.objects) == 0: // "reinstalled it"
		for v := range told.verbs {
			if telling[v] && done.verbs[v] && len(told.objects) == 1 {
				return ofStem * verb
			}
		}
		return 0
	case told.verbs[told.head] && telling[told.head] && len(told.objects) == 1 && told.objects["device"] > 0 && done.verbs[told.head] && len(done.objects) <= 2:
		return 0.6 // "restart your device", of whatever they restarted
	case same > 0:
		return max(same, verb*min(1, max(shared/all+max(0, specific-0.3), told.within(done, shared))))
	case shared == 0 || shared+specific < ofStem-0.01 && !done.firm && !(shared == all && verb >= 0.9):
		return 0
	}
	return verb * min(1, max(shared/all+max(0, specific-0.3), told.within(done, shared)))
}

// within is how much of what was done is in what is told, where that tells more:
// of two things at least, and weighty ones.
func (told *act) within(done *act, shared float64) float64 {
	both, all := 0, 0.0
	for o, w := range done.objects {
		all += w
		if _, ok := told.objects[o]; ok {
			both++
		}
	}
	if both < 2 || shared < ofConcept+ofCommon-0.05 {
		return 0
	}
	return 0.8 * shared / all
}

// otherSide reports whether what is told is for another side than what was
// done: live is not the sandbox, and the laptop not the office PC. Sides of
// which only one speaks are told apart when nobody would leave them out.
func (told *act) otherSide(done *act) bool {
	rough, shared := false, false
	for _, s := range told.sides {
		same := slices.Contains(done.sides, s)
		if sides[s] && !same {
			return true
		}
		rough, shared = rough || roughSides[s], shared || same
	}
	return rough && !shared && slices.ContainsFunc(done.sides, func(s string) bool { return roughSides[s] })
}

// ofVerb is what a verb adds that says what is done; plain verbs do not.
const ofVerb = 0.4

var plain = set("try check use open set")

// covered reports whether a statement is about just what was told: "I use the
// raw body" after "make sure that you use the raw body".
// wholly asks for nearly all of it.
func (told *act) covered(said *act, common map[concept]bool, wholly bool) bool {
	least := 0.6
	if wholly {
		least = 0.75
	}
	var shared, all float64
	for o, w := range told.objects {
		if common[o] {
			w = min(w, ofCommon)
		}
		all += w
		if _, ok := said.objects[o]; ok {
			shared += w
		}
	}
	return shared >= ofStem && shared >= least*all && !opposite(told, said) && !(said.other && !told.other)
}

// sameVerb tells how well the verbs of two acts meet, 0..1.
func (told *act) sameVerb(done *act) float64 {
	switch {
	case told.head != "" && done.verbs[told.head]:
		return 1
	case told.verbs["check"] && (done.verbs["check"] || done.right || told.right && len(done.verbs) > 0 && !opposite(told, done)):
		return 0.9
	case told.verbs["check"] && told.head == "" && len(done.verbs) > 0 && !done.verbs["send"] && !done.verbs["contact"]:
		return 0.6 // who replaced a cable has looked at it
	}
	best := 0.0
	for v := range told.verbs {
		for d := range done.verbs {
			switch {
			case v == "try":
			case v == d && v != "check":
				best = max(best, 0.6)
			case kin[v]&kin[d] != 0 && (v == told.head || told.head == ""):
				best = max(best, 0.8)
			}
		}
	}
	switch {
	case best > 0:
		return best
	case told.head == "" && told.verbs["try"]:
		return 0.8 // "try another cable" says no more than what is tried
	case len(told.verbs) == 0 && told.stem != "" && done.objects[told.stem] > 0:
		return 1 // a verb that no list has, the same on both sides
	case len(told.verbs) == 0:
		return 0 // a verb that is not known
	case len(done.verbs) == 0 || len(done.verbs) == 1 && done.verbs["try"]:
		return 0.7
	}
	return 0
}

// opposite reports whether one act undoes what the other does.
func opposite(a, b *act) bool {
	for _, p := range [][2]concept{{"enable", "disable"}, {"add", "remove"}, {"install", "uninstall"}, {"login", "logout"}, {"connect", "disconnect"}} {
		if a.verbs[p[0]] && b.verbs[p[1]] && !b.verbs[p[0]] || a.verbs[p[1]] && b.verbs[p[0]] && !b.verbs[p[1]] {
			return true
		}
	}
	return false
}

// cycle reports whether an act is off and on again.
func (a *act) cycle() bool {
	for _, p := range [][2]concept{{"enable", "disable"}, {"add", "remove"}, {"set", "remove"}, {"create", "remove"}, {"install", "uninstall"}, {"login", "logout"}, {"connect", "disconnect"}} {
		if a.verbs[p[0]] && a.verbs[p[1]] {
			return true
		}
	}
	return false
}

func meet(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}
