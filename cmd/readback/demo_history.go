package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"readback/knowledge"
	"readback/store"
	"readback/triage"
)

// historyDays is how far the demo's made-up past goes back. Its last day is
// yesterday; docs/measures.md tells its story.
const historyDays = 90

// Days before today on which the story turns.
const (
	guardFrom  = 45 // answers are read by the guard more carefully, and repeats fall
	routesFrom = 50 // another prompt: routes get better
	detourFrom = 35 // another version of the knowledge: Polish tickets about HTTPS begin to go back and forth
)

// oldKnowledge is the hash of the knowledge before detourFrom.
const oldKnowledge = "5d0f2a9c71be"

// generatedPeople are as many as answer in the made-up past; none is a user.
const generatedPeople = 5

// scene is what customers write about, with what was understood of it.
type scene struct {
	weight       int // how often
	topic        string
	kind         triage.Kind
	tier         string
	step, nextBy string
	effort       []triage.Effort // one of these
	checks       map[string][]string
	page         bool // they have often read its page
	said         map[string]string
}

var scenes = []scene{
	{26, "https-click-tracking", triage.KindSetup, "l2", "switch-on", "staff", []triage.Effort{triage.EffortExhausted, triage.EffortExhausted, triage.EffortPartial},
		map[string][]string{"dns.cname": {"pass", "pass", "fail"}, "tls.certificate": {"pass", "pass", "pass", "fail"}}, true, map[string]string{
			"en": "We have set the CNAME and our CDN serves the certificate. Please switch our tracking links to HTTPS.",
			"pl": "Rekord CNAME i certyfikat są gotowe. Prosimy o konfigurację HTTPS dla naszych linków.",
			"de": "CNAME und Zertifikat sind fertig. Bitte stellen Sie unsere Tracking-Links auf HTTPS um."}},
	{20, "domain-authentication", triage.KindBroken, "l1", "dkim-records", "customer", []triage.Effort{triage.EffortNone, triage.EffortPartial},
		map[string][]string{"mail.dkim": {"fail", "fail", "pass"}}, true, map[string]string{
			"en": "Our domain stays unverified although we added the records yesterday.",
			"pl": "Nasza domena jest wciąż niezweryfikowana, choć dodaliśmy rekordy wczoraj.",
			"de": "Unsere Domain bleibt unbestätigt, obwohl wir die Einträge gestern gesetzt haben."}},
	{10, "dmarc-alignment", triage.KindSetup, "l1", "dmarc-record", "customer", []triage.Effort{triage.EffortNone, triage.EffortPartial},
		map[string][]string{"mail.spf": {"pass", "fail"}, "mail.dmarc": {"fail", "pass"}}, true, map[string]string{
			"en": "Which DMARC record do we need so that our newsletters align?",
			"pl": "Jaki rekord DMARC jest potrzebny, żeby nasze newslettery były zgodne?",
			"de": "Welchen DMARC-Eintrag brauchen wir für unsere Newsletter?"}},
	{8, "dedicated-ip", triage.KindSetup, "l2", "assign-ip", "staff", []triage.Effort{triage.EffortExhausted, triage.EffortPartial}, nil, false, map[string]string{
		"en": "We ordered a dedicated address on Monday and are on the pro plan. When will it be assigned?",
		"pl": "W poniedziałek zamówiliśmy dedykowany adres, mamy plan pro. Kiedy zostanie przydzielony?",
		"de": "Wir haben am Montag eine eigene Adresse bestellt. Wann wird sie zugewiesen?"}},
	{12, "plan-and-invoice", triage.KindBilling, "billing", "refund", "staff", []triage.Effort{triage.EffortNone, triage.EffortExhausted}, nil, false, map[string]string{
		"en": "We were charged twice this month. Please refund one of the invoices.",
		"pl": "W tym miesiącu pobrano opłatę dwa razy. Prosimy o zwrot jednej faktury.",
		"de": "Diesen Monat wurde doppelt abgebucht. Bitte erstatten Sie eine Rechnung."}},
	{9, "suppression-removal", triage.KindBroken, "l2", "bulk-remove", "staff", []triage.Effort{triage.EffortPartial, triage.EffortExhausted}, nil, false, map[string]string{
		"en": "Four thousand addresses are suppressed after a fault of ours. We cannot remove them one by one.",
		"pl": "Cztery tysiące adresów jest zablokowanych po naszym błędzie. Nie usuniemy ich pojedynczo.",
		"de": "Viertausend Adressen sind nach einem Fehler gesperrt. Einzeln können wir sie nicht entfernen."}},
	{6, "lost-second-factor", triage.KindAccess, "security", "reset-factor", "staff", []triage.Effort{triage.EffortExhausted, triage.EffortPartial}, nil, false, map[string]string{
		"en": "My phone is gone and no backup codes are left. How do I get back in?",
		"pl": "Straciłem telefon i nie mam kodów zapasowych. Jak odzyskać dostęp?",
		"de": "Mein Telefon ist weg und ich habe keine Ersatzcodes. Wie komme ich wieder hinein?"}},
	{9, "", triage.KindOther, "l1", "", "", []triage.Effort{triage.EffortNone}, nil, false, map[string]string{
		"en": "Where do I find last month's delivery report?",
		"pl": "Gdzie znajdę raport z dostarczeń za zeszły miesiąc?",
		"de": "Wo finde ich den Zustellbericht des letzten Monats?"}},
}

// history makes up the demo's past, the same at each start but for its dates.
func history(w *knowledge.Workspace, now time.Time) []store.Generated {
	h := &chronicle{w: w, r: rand.New(rand.NewPCG(90, 18)), sure: rand.New(rand.NewPCG(90, 24))}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for ago := historyDays; ago >= 1; ago-- {
		day := today.AddDate(0, 0, -ago)
		n := 13
		if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
			n = 4
		}
		for range n + h.r.IntN(4) {
			at := day.Add(6*time.Hour + time.Duration(h.r.IntN(15*3600))*time.Second)
			h.all = append(h.all, h.ticket(at, ago, now))
		}
	}
	return h.all
}

// chronicle is a past in the making.
type chronicle struct {
	w    *knowledge.Workspace
	r    *rand.Rand
	sure *rand.Rand // of how sure readings are, and who answers
	all  []store.Generated
	next int // of ids of hand-overs
}

func (h *chronicle) chance(percent int) bool { return h.r.IntN(100) < percent }

func oneOf[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func (h *chronicle) scene() *scene {
	n := 0
	for _, s := range scenes {
		n += s.weight
	}
	n = h.r.IntN(n)
	for i := range scenes {
		if n -= scenes[i].weight; n < 0 {
			return &scenes[i]
		}
	}
	return &scenes[0]
}

// story is one ticket in the making.
type story struct {
	h    *chronicle
	g    store.Generated
	s    *scene
	at   time.Time
	end  time.Time // nothing happens after it
	ago  int
	lang string
	tier string
	who  string         // of staff
	seen int            // readings so far
	data map[string]any // of the reading
}

// ticket makes up a ticket that came at a time, so many days ago.
func (h *chronicle) ticket(at time.Time, ago int, now time.Time) store.Generated {
	s := h.scene()
	lang := oneOf(h.r, []string{"en", "en", "en", "en", "pl", "pl", "de"})
	t := &story{h: h, s: s, at: at, end: now.Add(-time.Minute), ago: ago, lang: lang, who: fmt.Sprintf("usr_generated_%d", 1+h.sure.IntN(generatedPeople))}
	name := oneOf(h.r, []string{"aster", "birch", "clover", "dahlia", "fern", "heather", "laurel", "maple", "poppy", "sage", "thistle", "willow"})
	t.g.Customer = triage.Customer{Email: fmt.Sprintf("team%d@%s.example", h.r.IntN(40), name)}
	t.g.Subject = s.said[lang]
	channel := oneOf(h.r, []triage.Channel{triage.ChannelEmail, triage.ChannelEmail, triage.ChannelEmail, triage.ChannelChat, triage.ChannelChat, triage.ChannelAPI})
	t.say(triage.RoleCustomer, channel, s.said[lang])
	received := map[string]any{"channel": channel, "messages": 1, "last_seq": 1}
	if s.page && h.chance(45) || t.detour() && h.chance(90) {
		received["pages"] = []string{s.topic}
	}
	t.event(store.EventReceived, received)
	if s.page && h.chance(20) { // somebody else had their setup checked, and did not write
		t.event(store.EventHelped, map[string]any{"page": s.topic, "passed": h.chance(30 + (historyDays-ago)/2)})
	}
	if h.chance(4) {
		t.spam()
	} else {
		t.live()
	}
	t.finish()
	return t.g
}

// detour reports whether it is one of the tickets that go back and forth: what
// there is to discover.
func (t *story) detour() bool {
	return t.lang == "pl" && t.s.topic == "https-click-tracking" && t.ago <= detourFrom
}

func (t *story) event(kind string, data map[string]any) {
	t.g.Events = append(t.g.Events, store.Happening{Kind: kind, At: t.at, Data: data})
}

// pass lets some time pass: up to so many hours.
func (t *story) pass(hours float64) {
	t.at = t.at.Add(time.Duration((0.1 + t.h.r.Float64()) * hours * float64(time.Hour)))
}

func (t *story) say(role triage.Role, channel triage.Channel, text string) {
	t.g.Messages = append(t.g.Messages, triage.Message{Role: role, Channel: channel, Identity: triage.IdentityClaimed, Text: text, SentAt: t.at})
}

// read is a triage that names a tier.
func (t *story) read(tier string) {
	t.at = t.at.Add(time.Duration(2+t.h.r.IntN(6)) * time.Second)
	r := t.h.r
	degraded := t.ago >= 60 && t.ago <= 62 // the model was away for three days
	d := map[string]any{"was_tier": t.tier, "tier": tier, "covered_seq": len(t.g.Messages), "kind": t.s.kind, "topic": t.s.topic, "language": t.lang,
		"effort": oneOf(r, t.s.effort), "extractor": "llm", "degraded": degraded, "dropped": max(0, r.IntN(8)-5), "latency_ms": 900 + r.IntN(2600), "cost_usd": float64(800+r.IntN(1400)) / 1e6, "unpriced": false,
		"action": triage.Assign}
	if degraded {
		d["extractor"], d["latency_ms"], d["cost_usd"] = "offline", 20+r.IntN(40), 0
	}
	t.versions(d, tier == t.s.tier)
	if t.data != nil {
		d["effort"] = t.data["effort"]
	}
	if t.s.step != "" {
		d["step"], d["next_by"] = t.s.step, t.s.nextBy
		steps := 2 + r.IntN(3)
		seen := min(steps, r.IntN(3)+(historyDays-t.ago)/45)
		d["basis"] = map[string]int{"seen": seen + 1, "said": steps - seen + 1, "silent": r.IntN(2) + 1}
	}
	checks := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(t.s.checks)) { // in order: each draws
		checks[name] = oneOf(r, t.s.checks[name])
	}
	if len(checks) > 0 {
		d["checks"] = checks
	}
	if r.IntN(3) > 0 {
		d["browser"] = oneOf(r, []string{"Chrome", "Chrome", "Chrome", "Firefox", "Safari", "Edge"})
	}
	t.data, t.tier = d, tier
	t.event(store.EventTriaged, d)
}

// versions says by what was read, and how sure that was: surer than it was right.
func (t *story) versions(d map[string]any, right bool) {
	t.seen++
	d["version"], d["own_tier"], d["workspace"], d["policy"] = t.seen, d["tier"], t.h.w.Hash, t.h.w.PolicyHash
	if t.ago > detourFrom {
		d["workspace"] = oldKnowledge
	}
	if d["degraded"] == false {
		d["prompt"], d["model"] = "v2", "example-model"
		if t.ago > routesFrom {
			d["prompt"] = "v1"
		}
	}
	sure := 0.5 + 0.49*t.h.sure.Float64()
	if !right {
		sure = 0.38 + 0.5*t.h.sure.Float64()
	}
	d["confidence"], d["needs_review"] = math.Round(100*sure)/100, false
}

func (t *story) handOver(to, why string) {
	t.pass(3)
	t.h.next++
	t.event(store.EventRerouted, map[string]any{"handover": fmt.Sprintf("han_generated_%d", t.h.next), "from": t.tier, "to": to, "why": why, "by": t.who})
	t.tier = to
}

// answer is an answer after which the ticket has a state.
func (t *story) answer(after triage.State, repeats bool) {
	t.pass(5)
	found := map[string]map[string]int{}
	kind := oneOf(t.h.r, []string{"repeats_step", "repeats_step", "resends_document", "asks_known"})
	caught := 35 // of 100 repeats, before the turn
	if t.ago <= guardFrom {
		caught = 80
	}
	switch {
	case repeats && !t.h.chance(caught):
		found["shown"] = map[string]int{kind: 1}
	case repeats:
		found["mended"] = map[string]int{kind: 1}
	case t.h.chance(2):
		found["dismissed"] = map[string]int{kind: 1}
	}
	t.event(store.EventReplied, map[string]any{"state": after, "guarded": true, "found": found, "by": t.who})
	t.say(triage.RoleAgent, t.g.Messages[0].Channel, t.words(repeats))
	t.g.State = after
}

func (t *story) words(repeats bool) string {
	step := t.h.stepTitle(t.s.topic, t.s.step, t.lang)
	switch {
	case t.lang == "pl" && repeats:
		return "Proszę zacząć od kroków z instrukcji i dać znać, czy działa."
	case t.lang == "pl":
		return "Zajmujemy się tym: " + step
	case t.lang == "de" && repeats:
		return "Bitte gehen Sie zuerst die Schritte der Anleitung durch."
	case t.lang == "de":
		return "Wir kümmern uns darum: " + step
	case repeats:
		return "Please go through the steps of the guide first and tell us whether it works."
	}
	return "We are on it: " + step
}

func (h *chronicle) stepTitle(topic, step, lang string) string {
	if p := h.w.Procedure(topic); p != nil && step != "" {
		return p.StepTitle(step, lang)
	}
	return topic
}

// back is the customer writing again.
func (t *story) back(text string) {
	was := t.g.State
	t.say(triage.RoleCustomer, t.g.Messages[0].Channel, text)
	t.event(store.EventReceived, map[string]any{"channel": t.g.Messages[0].Channel, "messages": 1, "last_seq": len(t.g.Messages)})
	if was != triage.StateOpen {
		t.event(store.EventState, map[string]any{"state": triage.StateOpen, "was": was, "customer": true})
	}
	t.g.State = triage.StateOpen
	t.read(t.tier)
}

func (t *story) again() string {
	return map[string]string{"pl": "To wszystko już zrobiliśmy, jak pisaliśmy.", "de": "Das haben wir alles schon getan, wie geschrieben."}[t.lang]
}

func (t *story) spam() {
	t.s = &scene{kind: triage.KindSpam, effort: []triage.Effort{triage.EffortNone}}
	t.read("l1")
	t.pass(1)
	t.event(store.EventState, map[string]any{"state": triage.StateResolved, "was": triage.StateOpen, "why": store.ResolvedSpam, "by": t.who})
	t.g.State = triage.StateResolved
}

// live is what happens to a ticket that is none of spam.
func (t *story) live() {
	wrong := 34 // of 100 first routes, before the turn
	if t.ago <= routesFrom {
		wrong = 14
	}
	switch {
	case t.detour() && t.h.chance(95):
		t.read("l1")
		t.answer(triage.StateWaiting, t.h.chance(40))
		t.pass(8)
		t.back(cmp.Or(t.again(), "As we wrote, all of this is done."))
		t.handOver("l2", "misrouted")
		t.handOver("l1", "misrouted")
		t.pass(10)
		t.handOver("l2", "capability")
	case t.s.tier != "l1" && t.h.chance(wrong):
		t.read("l1")
		for range 1 + t.h.r.IntN(3) {
			t.answer(triage.StateWaiting, t.h.chance(60))
			t.pass(9)
			t.back(cmp.Or(t.again(), "As we wrote, all of this is done."))
		}
		t.handOver(t.s.tier, oneOf(t.h.r, []string{"capability", "capability", "capability", "misrouted", "expertise"}))
		if t.h.chance(10) {
			t.handOver("l1", "misrouted")
			t.handOver(t.s.tier, "escalation")
		}
	case t.s.tier == "l1" && t.h.chance(8):
		t.read("l2")
		t.handOver("l1", oneOf(t.h.r, []string{"misrouted", "workload"}))
	default:
		t.read(t.s.tier)
	}
	if len(t.s.checks) > 0 && t.h.chance(3) {
		t.dispute()
	}
	if t.s.nextBy == "customer" && t.h.chance(50) {
		t.answer(triage.StateWaiting, t.h.chance(18))
		t.pass(12)
		t.back(map[string]string{"pl": "Zrobione, proszę sprawdzić.", "de": "Erledigt, bitte prüfen."}[t.lang] + map[bool]string{true: "Done, please have a look."}[t.lang == "en"])
	}
	t.pass(4)
	t.answer(triage.StateResolved, t.h.chance(4))
	if t.h.chance(7) {
		t.at = t.at.Add(time.Duration(6+t.h.r.IntN(200)) * time.Hour)
		t.back(map[string]string{"pl": "Niestety znów nie działa.", "de": "Leider geht es wieder nicht."}[t.lang] + map[bool]string{true: "I am afraid that it has stopped again."}[t.lang == "en"])
		t.answer(triage.StateResolved, false)
	}
}

// dispute is somebody who says that a check is wrong.
func (t *story) dispute() {
	names := []string{}
	for name := range t.s.checks {
		names = append(names, name)
	}
	check := slices.Min(names)
	pause := fmt.Sprintf("pau_generated_%d", len(t.h.all))
	t.event(store.EventPaused, map[string]any{"pause": pause, "check": check, "role": triage.RoleAgent})
	t.pass(4)
	if t.h.chance(80) {
		t.event(store.EventResumed, map[string]any{"pause": pause, "check": check, "verdict": oneOf(t.h.r, []store.Verdict{store.CheckRight, store.CheckRight, store.CheckWrong})})
	}
}

// finish cuts off what would lie in the future, ends the ticket all the same,
// so that no queue is full of what nobody wrote, and makes its brief.
func (t *story) finish() {
	g := &t.g
	g.Events = slices.DeleteFunc(g.Events, func(e store.Happening) bool { return e.At.After(t.end) })
	g.Messages = slices.DeleteFunc(g.Messages, func(m triage.Message) bool { return m.SentAt.After(t.end) })
	t.tier = ""
	state := triage.StateOpen
	for _, e := range g.Events {
		switch e.Kind {
		case store.EventTriaged:
			t.tier, t.data = e.Data["tier"].(string), e.Data
		case store.EventRerouted:
			t.tier = e.Data["to"].(string)
		case store.EventState, store.EventReplied:
			state = e.Data["state"].(triage.State)
		}
	}
	if t.tier == "" { // it came a moment before the end
		t.data = map[string]any{"effort": triage.EffortNone}
		t.tier = "l1"
	}
	if state != triage.StateResolved {
		t.at = t.end
		t.event(store.EventState, map[string]any{"state": triage.StateResolved, "was": state, "why": store.ResolvedAnswered, "by": t.who})
	}
	g.State = triage.StateResolved
	effort, _ := t.data["effort"].(triage.Effort)
	request := triage.Request{Text: g.Subject, Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, Message: 1, End: len(g.Subject), Quote: g.Subject}}}
	route := triage.Route{Action: triage.Assign, Tier: t.tier, Confidence: 0.8, Reasons: []triage.Reason{{Code: "route.no_procedure"}}}
	g.Result = triage.Result{At: g.Events[0].At, Brief: triage.Brief{Language: t.lang, Kind: t.s.kind, Summary: g.Subject, Request: request, Urgency: triage.UrgencyNormal, Tone: "calm"},
		Route: route, Effort: effort, Extractor: triage.ExtractorInfo{Name: "llm"}}
	m := triage.Matter{ID: "m1", Kind: t.s.kind, Procedure: t.s.topic, Route: route}
	if t.s.step != "" {
		next := &triage.Next{Step: t.s.step, By: knowledge.Actor(t.s.nextBy)}
		pos := triage.Position{Next: next, Effort: effort}
		for _, step := range t.h.w.Procedure(t.s.topic).Steps {
			if !strings.Contains(step.ID, "/") {
				pos.Steps = append(pos.Steps, triage.StepPosition{ID: step.ID, By: step.By, State: triage.StepUnknown, Basis: triage.Silent})
			}
		}
		m.Positions = []triage.Position{pos}
		g.Result.Position = &triage.LeadingPosition{Matter: "m1", Procedure: t.s.topic, Position: pos}
	}
	g.Result.Matters = []triage.Matter{m}
}
