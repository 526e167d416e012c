package guard

import (
	"slices"
	"strings"
)

// A remedy is an act that support tells so often, in so many words, that it
// has a name: "power cycle it", "pull the plug for a minute" and "Stecker
// gezogen" are one.
type remedy struct {
	name    concept
	verbs   []concept // all of a group that + joins, any of the groups
	pairs   [][2]concept
	objects map[concept]bool // any of them; nil for whatever it is
	without map[concept]bool // none of them
	other   bool             // only with another one: another browser
}

// remedies are "name: verbs | objects | not with | other". Verbs that + joins are both
// needed; * stands for whatever object.
var remedies, remediesOf = func() (out []remedy, by map[concept][]int) {
	by = map[concept][]int{}
	for line := range strings.Lines(`
powercycle: restart | *
powercycle: unplug | *
powercycle: disconnect | power router tv device computer printer hub bulb camera watch | vpn bluetooth network extension account
powercycle: enable+disable | router tv device computer printer hub phone bulb camera watch power | extension setting vpn
reinstall: reinstall install+clean uninstall+install remove+install remove+add remove+download | app driver extension software browser firmware
reinstall: reinstall uninstall+install | * | hub bulb camera watch printer bluetooth
readd: reinstall remove+verifycode remove+add remove+set remove+connect remove+install unpair+connect unpair+add | *
relogin: logout | *
clearcache: remove wipe clean | cache cookie
clearhistory: remove wipe | history
incognito: open use try start login check enable | incognito | network
otherbrowser: use try open check change login test run | browser | extension cache | other
otherdevice: use try open check change login test run connect | computer phone device | | other
othernetwork: use try connect check change | network vpn | | other
othercable: use try connect change check add install | cable | | other
disableextension: disable remove uninstall | extension
defaulttheme: use try change enable disable | template
disablevpn: disable disconnect remove close | vpn proxy
disableguard: disable remove uninstall close | antivirus firewall
newkey: create renew add reset change roll | key token
newpassword: reset change create | password
verifyfiles: check scan | file integrity | log link folder
spamfolder: check read open try | spam
permission: allow enable check | camera microphone location notification privilege
spf: add set create publish check update enable change | spf
dkim: add set create publish check update enable change | dkim
dmarc: add set create publish check update enable change | dmarc
mx: add set create publish check update change | mx
replacetoner: change | toner
replacetoner: change install add try | toner | | other
replacebattery: change | battery
replacebattery: change install add try | battery | | other
replacebulb: change | bulb
replacebulb: change install add try | bulb | | other
replacecard: change install add try use | card | | other
clean: clean wipe remove | * | cache cookie account app history file email
unpair: unpair | * | password
unpair: repair | *
unpair: remove disconnect | bluetooth
calibrate: calibrate | *
calibrate: run start | calibration
format: format | card disk
charge: charge | * | card payment invoice account bank
descale: descale | *
refresh: refresh | *
storage: free | *
storage: check remove free | storage
move: move | *
contactbank: contact check | bank
neighbours: contact check try | neighbour
trackingpage: check read open | tracking
wired: connect use try test check | ethernet
forgetnetwork: unpair remove | network | bluetooth
safemode: safemode | *
flightmode: flightmode | *
flightmode: enable disable | flightmode
asadmin: run open use try | admin
channel: change set | channel
otherpayment: try use change check | payment card | | other
safesender: allow | email address
factory: reset run restart wipe | factory
`) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		parts := strings.Split(rest, "|")
		r := remedy{name: concept(name), other: len(parts) > 3}
		if o := strings.TrimSpace(parts[1]); o != "*" {
			r.objects = set(o)
		}
		if len(parts) > 2 {
			r.without = set(parts[2])
		}
		for _, v := range strings.Fields(parts[0]) {
			first, second, both := strings.Cut(v, "+")
			if both {
				r.pairs = append(r.pairs, [2]concept{concept(first), concept(second)})
			} else {
				r.verbs = append(r.verbs, concept(v))
			}
			by[concept(first)] = append(by[concept(first)], len(out))
		}
		out = append(out, r)
	}
	return out, by
}()

// remedied lists the remedies that an act is. fresh says that it speaks of
// several, or of a new one, where that is as good as another one.
func (a *act) remedied(fresh bool) (out []concept) {
	for v := range a.verbs {
		for _, i := range remediesOf[v] {
			r := &remedies[i]
			if r.fits(a, fresh) && !slices.Contains(out, r.name) {
				out = append(out, r.name)
			}
		}
	}
	return out
}

// both lists the remedies of which two acts are the halves.
func both(first, second *act) (out []concept, a act) {
	a = act{verbs: map[concept]bool{}, objects: map[concept]float64{}}
	for _, half := range []*act{first, second} {
		for v := range half.verbs {
			a.verbs[v] = true
		}
		for o, w := range half.objects {
			a.objects[o] = w
		}
	}
	for i := range remedies {
		for _, p := range remedies[i].pairs {
			if (first.verbs[p[0]] && second.verbs[p[1]] || first.verbs[p[1]] && second.verbs[p[0]]) && remedies[i].fits(&a, false) {
				out = append(out, remedies[i].name)
			}
		}
	}
	return out, a
}

// anyNew are remedies that a new one is always used for, so that one told
// without saying "another" is none the less the same.
var anyNew = set("newkey newpassword reinstall clean")

// kinds of things of which a sentence is about one: what is done to one of a
// kind is not done to another. The first of a line stands for all of them.
var kindsOfThings = []map[concept]bool{
	set("device router tv computer printer hub phone bulb camera watch headset"),
	set("software app driver extension browser firmware"),
	records,
}

// umbrellas are words for whatever thing of a kind.
var umbrellas = set("device software")

// sameRemedy reports whether what is told is a remedy that was done, to the
// same thing as far as both say.
func (c *clause) sameRemedy(done *act, remedies []concept) bool {
	if len(remedies) == 0 || done.nothing {
		return false
	}
	told := &c.act
	if c.whole != nil {
		told = c.whole
	}
	for _, r := range c.remedies {
		if slices.Contains(remedies, r) && told.sameThing(done, anyNew[r]) && (!byThing[r] || told.shares(done)) {
			return true
		}
	}
	return false
}

// byThing are remedies for so much that both must name one thing.
var byThing = set("clean calibrate readd move permission")

// shares reports whether two acts name one thing, or what was done to "them".
func (told *act) shares(done *act) bool {
	for o := range told.objects {
		if _, ok := done.objects[o]; ok {
			return true
		}
	}
	return done.back && len(done.objects) <= 2
}

// otherThing reports whether two acts are about two things of a kind: SPF and
// DKIM, the router and the phone.
func (told *act) otherThing(done *act) bool {
	return slices.ContainsFunc(kindsOfThings, func(kind map[concept]bool) bool { return apart(told, done, kind) })
}

// records are kinds of DNS records.
var records = set("spf dkim dmarc mx cname")

// apart reports whether both acts name things of a kind, and none that both
// name.
func apart(told, done *act, kind map[concept]bool) bool {
	mine, theirs := false, false
	for o := range told.objects {
		if kind[o] && !umbrellas[o] {
			mine = true
			if _, ok := done.objects[o]; ok {
				return false
			}
		}
	}
	for o := range done.objects {
		theirs = theirs || kind[o] && !umbrellas[o]
	}
	return mine && theirs
}

// another reports whether a deed was done with another one: by the word, or
// because it was to change it.
func (done *act) another() bool { return done.other || done.many || done.all || done.verbs["change"] }

// sameThing reports whether two acts may be about one thing. anew says that
// another one is no other matter.
func (told *act) sameThing(done *act, anew bool) bool {
	if told.other && !done.another() && !anew || told.otherSide(done) ||
		len(told.hosts) > 0 && len(done.hosts) > 0 && !meet(told.hosts, done.hosts) {
		return false
	}
	return !told.otherThing(done)
}

// fits reports whether an act is the remedy.
func (r *remedy) fits(a *act, fresh bool) bool {
	if r.other && !a.other && !fresh {
		return false
	}
	does := false
	for _, v := range r.verbs {
		does = does || a.verbs[v]
	}
	for _, p := range r.pairs {
		does = does || a.verbs[p[0]] && a.verbs[p[1]]
	}
	if !does {
		return false
	}
	named := r.objects == nil
	for o := range a.objects {
		if r.without[o] {
			return false
		}
		named = named || r.objects[o]
	}
	return named
}
