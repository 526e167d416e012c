package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/knowledge"
)

// happened is an event as the second count reads it.
type happened struct {
	at     time.Time
	kind   string
	ticket string
	data   map[string]any
}

func (e happened) text(name string) string { s, _ := e.data[name].(string); return s }
func (e happened) num(name string) float64 { n, _ := e.data[name].(float64); return n }
func (e happened) is(name string) bool     { b, _ := e.data[name].(bool); return b }

// counted is a key of the second count: what is counted, of which tickets.
type counted struct {
	measure, key                         string
	day                                  string
	tier, kind, topic, channel, language string
}

// recount counts what docs/measures.md says, straight from the events, in
// another way than the program: measure by measure, over lists of the events.
func recount(all []happened, zone *time.Location, hours map[string]knowledge.Hours) map[counted]Tally {
	out := map[counted]Tally{}
	var ids []string
	for _, e := range all {
		if e.ticket != "" && !slices.Contains(ids, e.ticket) {
			ids = append(ids, e.ticket)
		}
		if e.kind == "helped" {
			key := e.text("page") + map[bool]string{true: ">passed", false: ">else"}[e.is("passed")]
			k := counted{measure: "helped", key: key, day: e.at.In(zone).Format(time.DateOnly)}
			out[k] = Tally{N: out[k].N + 1}
		}
	}
	into := map[string]string{}
	for _, e := range all {
		if e.kind == "merged" {
			into[e.text("source")] = e.text("target")
		}
		if e.kind == "unmerged" {
			into[e.text("source")] = ""
		}
	}
	root := func(id string) string {
		for into[id] != "" {
			id = into[id]
		}
		return id
	}
	for _, id := range ids {
		h := history2{id: id, zone: zone, hours: hours, n: map[[2]string]Tally{}}
		for _, e := range all {
			if e.ticket == id || e.ticket != "" && into[id] == "" && root(e.ticket) == id {
				h.all = append(h.all, e)
			}
		}
		h.count(into[id] != "")
		for k, t := range h.n {
			t.Tickets = 1
			key := counted{k[0], k[1], h.first().at.In(zone).Format(time.DateOnly), h.tierAt(len(h.all) - 1), h.newest("kind"), h.newest("topic"), h.first().text("channel"), h.newest("language")}
			if into[id] != "" {
				key.tier, key.kind, key.topic, key.language = "", "", "", ""
			}
			was := out[key]
			out[key] = Tally{was.N + t.N, was.Total + t.Total, was.Tickets + t.Tickets}
		}
	}
	return out
}

// history2 is what happened to one ticket and to those merged into it.
type history2 struct {
	id    string
	all   []happened
	zone  *time.Location
	hours map[string]knowledge.Hours
	n     map[[2]string]Tally
}

func (h *history2) first() happened {
	return h.all[slices.IndexFunc(h.all, func(e happened) bool { return e.ticket == h.id })]
}

// own are the places of the ticket's own events of some kinds.
func (h *history2) own(kinds ...string) (out []int) {
	for i, e := range h.all {
		if e.ticket == h.id && slices.Contains(kinds, e.kind) {
			out = append(out, i)
		}
	}
	return out
}

func (h *history2) newest(field string) string {
	at := h.own("triaged")
	if len(at) == 0 {
		return ""
	}
	return h.all[at[len(at)-1]].text(field)
}

func (h *history2) add(measure, key string, n, total float64) {
	t := h.n[[2]string{measure, key}]
	h.n[[2]string{measure, key}] = Tally{N: t.N + int64(n), Total: t.Total + int64(math.Round(total))}
}

func (h *history2) handedOver(i int) bool { // by a person, for good
	e := h.all[i]
	if e.kind != "rerouted" || !slices.Contains([]string{"capability", "expertise", "misrouted", "workload", "escalation", "other"}, e.text("why")) {
		return false
	}
	return !slices.ContainsFunc(h.all, func(o happened) bool {
		return o.kind == "rerouted" && o.text("why") == "undone" && o.text("handover") == e.text("handover")
	})
}

func (h *history2) tierAt(i int) string {
	for ; i >= 0; i-- {
		switch e := h.all[i]; {
		case e.ticket != h.id:
		case e.kind == "triaged":
			return e.text("tier")
		case h.handedOver(i) || e.kind == "rerouted" && e.text("why") == "undone":
			return e.text("to")
		}
	}
	return ""
}

func (h *history2) answer(i int) bool {
	return h.all[i].kind == "replied" && h.all[i].text("kind") == ""
}

// stateAt is the ticket's state after its event i.
func (h *history2) stateAt(i int) string {
	for ; i >= 0; i-- {
		if e := h.all[i]; e.ticket == h.id && slices.Contains([]string{"state", "replied", "merged", "unmerged"}, e.kind) && e.text("state") != "" && e.text("state") != "merged" {
			return e.text("state")
		}
	}
	return "open"
}

// thanks reports whether the resolving at i takes back an opening by thanks.
func (h *history2) thanks(i int) bool {
	e := h.all[i]
	if e.kind != "state" || e.text("by") != "" || e.text("why") != "" && e.text("why") != "confirmed" {
		return false
	}
	return h.openedBefore(i) >= 0
}

// openedBefore is the opening by a customer that nobody has read before i; -1 for none.
func (h *history2) openedBefore(i int) int {
	for j := i - 1; j >= 0; j-- {
		switch e := h.all[j]; {
		case e.ticket != h.id:
		case e.kind == "triaged", h.answer(j), (e.kind == "merged" || e.kind == "unmerged") && e.text("state") != "" && e.text("state") != "merged":
			return -1
		case e.kind == "state":
			if e.text("state") == "open" && e.is("customer") && h.stateAt(j-1) == "resolved" {
				return j
			}
			return -1
		}
	}
	return -1
}

// resolvings are the places where the ticket became resolved for good or for a while.
func (h *history2) resolvings() (out []int) {
	for _, i := range h.own("state", "replied") {
		if h.all[i].text("state") == "resolved" && h.stateAt(i-1) != "resolved" && !h.thanks(i) {
			out = append(out, i)
		}
	}
	return out
}

func (h *history2) count(merged bool) {
	if merged {
		h.add("left", "merged", 1, 0)
		return
	}
	for i, e := range h.all {
		if e.kind != "triaged" {
			continue
		}
		h.add("reading", e.text("extractor"), 1, 0)
		ms := e.num("latency_ms")
		up := math.Inf(1)
		for k := range 9 {
			for _, s := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
				if v := s * math.Pow10(k); v == math.Trunc(v) && v >= ms && v < up {
					up = v
				}
			}
		}
		h.add("latency", fmt.Sprint(int64(up)), 1, ms)
		if e.is("degraded") {
			h.add("degraded", "", 1, 0)
		}
		if e.num("dropped") > 0 {
			h.add("dropped", "", e.num("dropped"), 0)
		}
		h.add("cost", map[bool]string{true: "unpriced", false: "priced"}[e.is("unpriced")], 1, e.num("cost_usd")*1e9)
		_ = i
	}
	resolved, last := h.resolvings(), ""
	now := h.stateAt(len(h.all) - 1)
	if len(resolved) > 0 {
		r := resolved[len(resolved)-1]
		last = h.all[r].text("why")
		for _, i := range h.own("state", "replied") { // said anew
			if i > r && h.all[i].kind == "state" && h.all[i].text("state") == "resolved" && h.stateAt(i-1) == "resolved" {
				last = h.all[i].text("why")
			}
		}
		if h.all[r].kind == "replied" && last == "" {
			last = "answered"
		}
	}
	if h.newest("kind") == "spam" || now == "resolved" && last == "spam" {
		h.add("left", "spam", 1, 0)
		return
	}
	h.add("tickets", "", 1, 0)
	h.routing(resolved, now, last)
	h.reading()
}

func (h *history2) routing(resolved []int, now, last string) {
	var moves []string
	for i, e := range h.all {
		switch {
		case h.handedOver(i):
			moves = append(moves, e.text("from")+">"+e.text("to")+">"+e.text("why"))
		case e.ticket == h.id && e.kind == "triaged" && e.text("was_tier") != "" && e.text("was_tier") != e.text("tier") && h.stateAt(i) != "resolved":
			moves = append(moves, e.text("was_tier")+">"+e.text("tier")+">reading")
		}
		if h.answer(i) {
			h.answered(e)
		}
	}
	for _, m := range moves {
		h.add("moved", m, 1, 0)
	}
	if len(moves) > 1 {
		h.add("bounced", "", 1, 0)
	}
	if len(resolved) == 0 {
		return
	}
	h.add("resolved", "", 1, 0)
	for _, i := range h.own("triaged", "replied") {
		o := h.openedBefore(i)
		if o < 0 || h.all[i].kind == "replied" && !h.answer(i) {
			continue
		}
		before := slices.DeleteFunc(slices.Clone(resolved), func(r int) bool { return r > o })
		if len(before) > 0 && h.all[o].at.Sub(h.all[before[len(before)-1]].at) <= 7*24*time.Hour {
			h.n[[2]string{"reopened", ""}] = Tally{N: 1}
		}
	}
	r := resolved[len(resolved)-1]
	tier := h.tierAt(r)
	if now != "resolved" || tier == "" {
		return
	}
	got := r
	for got > 0 && h.tierAt(got-1) == tier {
		got--
	}
	touches, hand := 0, -1
	for i := range h.all[:r+1] {
		if (h.answer(i) || h.handedOver(i)) && i <= got {
			touches++
		}
		if h.handedOver(i) && h.all[i].ticket == h.id {
			hand = i
		}
	}
	if !slices.Contains([]string{"spam", "duplicate", "not_ours"}, last) {
		h.add("touches", fmt.Sprint(touches), 1, 0)
	}
	first := "right"
	if len(moves) > 0 {
		first = "reading"
		if i := slices.IndexFunc(moves, func(m string) bool { return !strings.HasSuffix(m, ">reading") }); i >= 0 {
			first = strings.Split(moves[i], ">")[2]
		}
	}
	h.add("first", first, 1, 0)
	if hand < 0 || h.all[hand].text("to") != tier {
		return
	}
	var before *happened
	for _, i := range h.own("triaged") {
		if i < hand {
			before = &h.all[i]
		}
	}
	answers := 0
	for i := hand; i <= r; i++ {
		if h.answer(i) && h.all[i].ticket == h.id {
			answers++
		}
	}
	if before != nil && before.text("next_by") == "staff" && before.text("step") != "" && answers <= 1 {
		h.add("switch", before.text("topic")+">"+before.text("step"), 1, h.minutes(r))
	}
}

// minutes counts the open minutes until i, one by one.
func (h *history2) minutes(i int) float64 {
	open := h.hours[h.tierAt(i)]
	seconds := 0
	for at := h.first().at; at.Before(h.all[i].at); at = at.Add(time.Second) {
		if !open.Open(at) {
			at = at.Truncate(time.Minute).Add(time.Minute - time.Second) // it opens on a full minute
			continue
		}
		seconds++
	}
	return math.Floor(float64(seconds) / 60)
}

func (h *history2) answered(e happened) {
	if !e.is("guarded") {
		h.add("answers", "unread", 1, 0)
		return
	}
	h.add("answers", "read", 1, 0)
	found, _ := e.data["found"].(map[string]any)
	for measure, outcome := range map[string]string{"sent": "shown", "mended": "mended", "dismissed": "dismissed"} {
		kinds, _ := found[outcome].(map[string]any)
		for _, kind := range []string{"repeats_step", "resends_document", "asks_known"} {
			if n, _ := kinds[kind].(float64); n > 0 {
				h.add(measure, kind, n, 0)
			}
		}
	}
}

func (h *history2) reading() {
	pages, checks, verdicts := map[string]bool{}, map[string]string{}, map[string]string{}
	for _, e := range h.all {
		list, _ := e.data["pages"].([]any)
		for _, p := range list {
			pages[p.(string)] = true
		}
		if e.kind == "resumed" {
			verdicts[e.text("pause")] = e.text("verdict")
		}
		if outcomes, ok := e.data["checks"].(map[string]any); ok && e.ticket == h.id {
			for check, outcome := range outcomes {
				checks[check] = outcome.(string)
			}
		}
	}
	for p := range pages {
		h.add("page", p, 1, 0)
	}
	for check, outcome := range checks {
		h.add("check", check+">"+outcome, 1, 0)
	}
	for _, e := range h.all {
		if e.kind == "paused" {
			verdict := verdicts[e.text("pause")]
			if verdict == "" {
				verdict = "open"
			}
			h.add("disputed", e.text("check")+">"+verdict, 1, 0)
		}
	}
	at := h.own("triaged")
	if len(at) == 0 {
		return
	}
	if b := h.newest("browser"); b != "" {
		h.add("browser", b, 1, 0)
	}
	first := h.all[at[0]]
	for _, i := range at {
		if e := h.all[i]; e.is("redo") && e.num("covered_seq") == first.num("covered_seq") {
			first = e
		}
	}
	h.add("effort", first.text("effort"), 1, 0)
	if step := first.text("step"); step != "" {
		key := first.text("topic") + ">" + step
		h.add("stuck", key, 1, 0)
		if first.text("next_by") == "staff" && first.text("effort") == "exhausted" {
			h.add("dead_end", key, 1, 0)
			if h.stateAt(len(h.all)-1) == "resolved" {
				resolved := h.resolvings()
				h.add("ended", key, 1, h.minutes(resolved[len(resolved)-1]))
			}
		}
	}
	basis, _ := h.all[at[len(at)-1]].data["basis"].(map[string]any)
	for b, n := range basis {
		h.add("basis", b, n.(float64), 0)
	}
}

// logOf reads the whole log.
func logOf(t *testing.T, s *Store) (out []happened) {
	t.Helper()
	rows, err := s.reader.Query(`SELECT at, kind, ticket_id, data FROM events ORDER BY n`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e happened
		var at int64
		var data []byte
		if err := rows.Scan(&at, &e.kind, &e.ticket, &data); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &e.data); err != nil {
			t.Fatal(err)
		}
		e.at = time.UnixMicro(at).UTC()
		out = append(out, e)
	}
	return out
}

// wantFigures compares every figure, in every grouping and under every filter,
// with the second count.
func wantFigures(t *testing.T, s *Store, c Calendar) {
	t.Helper()
	want := recount(logOf(t, s), c.zone(), c.Hours)
	all := Scope{From: -40000, To: 40000}
	sum := func(keep func(counted) bool, group func(counted) string) map[string]Tallies {
		out := map[string]Tallies{}
		for k, tally := range want {
			if keep(k) {
				if out[group(k)] == nil {
					out[group(k)] = Tallies{}
				}
				out[group(k)].add(Measure(k.measure), k.key, tally)
			}
		}
		return out
	}
	const byNothing = ""
	check := func(what string, f Scope, by string, want map[string]Tallies) {
		var got map[string]Tallies
		if by == byNothing {
			all, err := s.Tallies(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got = map[string]Tallies{"": all}
		} else {
			groups, err := s.Groups(t.Context(), f, []string{by})
			if err != nil {
				t.Fatal(err)
			}
			got = groups[by]
		}
		for _, g := range slices.Sorted(maps.Keys(union(got, want))) {
			for m := range union(got[g], want[g]) {
				for key := range union(got[g][m], want[g][m]) {
					if got[g][m][key] != want[g][m][key] {
						t.Errorf("%s, group %q: %s %q is %+v, recounted %+v", what, g, m, key, got[g][m][key], want[g][m][key])
					}
				}
			}
		}
	}
	any := func(counted) bool { return true }
	none := func(counted) string { return "" }
	check("all", all, byNothing, sum(any, none))
	ticket := func(k counted) bool { return k.measure != "helped" }
	values := map[string]func(counted) string{"tier": func(k counted) string { return k.tier }, "kind": func(k counted) string { return k.kind }, "topic": func(k counted) string { return k.topic },
		"channel": func(k counted) string { return k.channel }, "language": func(k counted) string { return k.language }}
	filter := func(f Scope, dim, value string) Scope {
		if value == "" {
			value = Unknown
		}
		*map[string]*string{"tier": &f.Tier, "kind": &f.Kind, "topic": &f.Topic, "channel": &f.Channel, "language": &f.Language}[dim] = value
		return f
	}
	for dim, of := range values {
		got := sum(ticket, of)
		check("by "+dim, all, dim, got)
		for value := range got {
			is := func(k counted) bool { return ticket(k) && of(k) == value }
			check(dim+"="+value, filter(all, dim, value), byNothing, sum(is, none))
			check(dim+"="+value+" by itself", filter(all, dim, value), dim, sum(is, of))
			check(dim+"="+value+" by language", filter(all, dim, value), "language", sum(is, values["language"]))
			if dim == "channel" {
				continue
			}
			check(dim+"="+value+" and chat", filter(filter(all, dim, value), "channel", "chat"), byNothing, sum(func(k counted) bool { return is(k) && k.channel == "chat" }, none))
		}
	}
	wantTickets(t, s, all, sum(any, none)[""])
	keys := slices.SortedFunc(maps.Keys(want), func(a, b counted) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	dayOfKey := func(k counted) int64 {
		day, _ := time.Parse(time.DateOnly, k.day)
		return dayOf(day)
	}
	r := rand.New(rand.NewPCG(uint64(len(keys)), 24))
	for i := range 24 { // any filters together, over any days
		like := keys[r.IntN(len(keys))]
		f := Scope{From: dayOfKey(like) - int64(r.IntN(20)), To: dayOfKey(like) + int64(r.IntN(20))}
		of := map[string]string{}
		for dim, value := range values {
			if r.IntN(2) == 0 && like.measure != "helped" {
				of[dim] = value(like)
				f = filter(f, dim, value(like))
			}
		}
		in := func(k counted) bool {
			for dim, value := range of {
				if values[dim](k) != value {
					return false
				}
			}
			return dayOfKey(k) >= f.From && dayOfKey(k) <= f.To && (len(of) == 0 || ticket(k))
		}
		what := fmt.Sprintf("%+v", f)
		check(what, f, byNothing, sum(in, none))
		dim := dims[r.IntN(len(dims))]
		check(what+" by "+dim, f, dim, sum(func(k counted) bool { return in(k) && ticket(k) }, values[dim]))
		for _, weeks := range []int{0, 1, 4} {
			series, err := s.Series(t.Context(), f, weeks)
			if err != nil {
				t.Fatal(err)
			}
			next := f.From
			for _, span := range series {
				if span.From != next || weeks > 0 && span.To != f.To && DateOf(span.To).Weekday() != time.Sunday || weeks == 0 && span.To != span.From {
					t.Errorf("%s by %d weeks: a span from %d to %d after %d", what, weeks, span.From, span.To, next)
				}
				next = span.To + 1
				want := sum(func(k counted) bool { return in(k) && dayOfKey(k) >= span.From && dayOfKey(k) <= span.To }, none)[""]
				for m := range union(span.Tallies, want) {
					if !maps.Equal(span.Tallies[m], want[m]) {
						t.Errorf("%s by %d weeks from %d: %s is %v, recounted %v", what, weeks, span.From, m, span.Tallies[m], want[m])
					}
				}
			}
			if next != f.To+1 {
				t.Errorf("%s by %d weeks ends at %d", what, weeks, next)
			}
		}
		if len(of) > 0 && i%8 < 2 {
			wantTickets(t, s, f, sum(in, none)[""])
		}
	}
	again, err := s.CheckFigures(t.Context(), c)
	if err != nil || again.Differ > 0 || again.Tickets == 0 || again.Figures == 0 {
		t.Errorf("the program's own check: %+v, %v", again, err)
	}
}

// wantTickets walks the lists behind the figures: each has as many tickets as the figure says.
func wantTickets(t *testing.T, s *Store, f Scope, figures Tallies) {
	t.Helper()
	for m, keys := range figures {
		for key, want := range keys {
			var got Tally
			seen := map[string]bool{}
			for after, more := "", true; more; more = after != "" {
				page, err := s.Counted(t.Context(), f, m, &key, after, 3)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range page.Tickets {
					if seen[x.ID] {
						t.Errorf("%s %q: %s stands there twice", m, key, x.ID)
					}
					seen[x.ID] = true
					got = Tally{got.N + x.N, got.Total + x.Total, got.Tickets + 1}
				}
				after = page.Next
			}
			if m != MeasureHelped && got != want {
				t.Errorf("the tickets of %s %q: %+v, want %+v", m, key, got, want)
			}
		}
	}
}

// planter writes histories straight into the log.
type planter struct {
	t  *testing.T
	s  *Store
	at time.Time
	n  int

	// As random has left them.
	tier, state, into map[string]string
	hands             [][3]string // id, ticket, from
	pauses            []string
}

func (p *planter) event(kind, ticket string, data map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		p.t.Fatal(err)
	}
	p.n++
	if _, err := p.s.writer.Exec(`INSERT INTO events (id, at, kind, ticket_id, data, n) VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(n), 0) + 1 FROM events))`,
		fmt.Sprintf("evt_%05d", p.n), micros(p.at), kind, ticket, string(text)); err != nil {
		p.t.Fatal(err)
	}
}

// pick chooses one of some.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// random plants what may happen to some tickets, in any order.
func (p *planter) random(r *rand.Rand, tickets, steps int) {
	ids := make([]string, tickets)
	if p.tier == nil {
		p.tier, p.state, p.into = map[string]string{}, map[string]string{}, map[string]string{}
	}
	tier, state, into := p.tier, p.state, p.into
	for i := range ids {
		ids[i] = fmt.Sprintf("tkt_%03d", i)
	}
	for range steps {
		p.at = p.at.Add(time.Duration(r.IntN(20*60*60)) * time.Second)
		id := ids[r.IntN(r.IntN(len(ids))+1)]
		if state[id] == "" {
			state[id] = "open"
			p.event("received", id, map[string]any{"channel": pick(r, "chat", "email", "api"), "pages": pick(r, nil, []string{"https"}, []string{"https", "dkim"})})
			continue
		}
		if into[id] != "" && r.IntN(4) > 0 {
			continue
		}
		switch r.IntN(12) {
		case 0, 1, 2:
			to := pick(r, "l1", "l1", "l2", "gone")
			d := map[string]any{"was_tier": tier[id], "tier": to, "extractor": pick(r, "llm", "offline"), "degraded": r.IntN(5) == 0, "dropped": r.IntN(3), "latency_ms": r.IntN(5000),
				"cost_usd": float64(r.IntN(1000)) / 1e6, "unpriced": r.IntN(6) == 0, "redo": r.IntN(5) == 0, "covered_seq": r.IntN(3)}
			if r.IntN(5) > 0 {
				maps.Copy(d, map[string]any{"kind": pick(r, "setup", "broken", "broken", "setup", "spam"), "topic": pick(r, "", "https"), "effort": pick(r, "none", "partial", "exhausted"), "language": pick(r, "en", "pl"),
					"step": pick(r, "", "cname", "switch"), "next_by": pick(r, "staff", "customer"), "browser": pick(r, "", "Firefox"), "basis": map[string]int{"said": r.IntN(3) + 1}, "checks": map[string]string{"dns.cname": pick(r, "pass", "fail")}})
			}
			tier[id] = to
			p.event("triaged", id, d)
		case 3, 4:
			to := pick(r, "l1", "l2")
			if tier[id] == to || tier[id] == "" {
				continue
			}
			han := fmt.Sprintf("han_%d", len(p.hands))
			p.hands = append(p.hands, [3]string{han, id, tier[id]})
			p.event("rerouted", id, map[string]any{"handover": han, "from": tier[id], "to": to, "why": pick(r, "capability", "misrouted", "owner_changed")})
			tier[id] = to
		case 5:
			if len(p.hands) > 0 {
				if h := p.hands[len(p.hands)-1]; h[1] == id {
					p.event("rerouted", id, map[string]any{"handover": h[0], "from": tier[id], "to": h[2], "why": "undone"})
					tier[id] = h[2]
				}
			}
		case 6, 7:
			to := pick(r, "open", "waiting", "resolved", "resolved")
			d := map[string]any{"state": to, "was": state[id]}
			if r.IntN(5) == 0 {
				d["kind"] = "confirm"
			} else if r.IntN(4) > 0 {
				d["guarded"], d["found"] = true, map[string]any{"shown": map[string]int{pick(r, "repeats_step", "retired"): 1}, pick(r, "mended", "dismissed"): map[string]int{"asks_known": r.IntN(2) + 1}}
			}
			state[id] = to
			p.event("replied", id, d)
		case 8:
			to := pick(r, "open", "resolved")
			d := map[string]any{"state": to, "was": state[id]}
			if to == "open" {
				d["customer"] = r.IntN(3) > 0
			} else {
				d["why"] = pick(r, "", "confirmed", "answered", "spam", "duplicate", "no_reply")
				if r.IntN(2) == 0 {
					d["by"] = "usr_gone"
				}
			}
			state[id] = to
			p.event("state", id, d)
		case 9:
			other := ids[r.IntN(tickets)]
			if from := into[id]; from != "" { // undo the last
				p.event("unmerged", id, map[string]any{"source": id, "target": from, "state": state[id]})
				p.event("unmerged", from, map[string]any{"source": id, "target": from, "state": state[from]})
				into[id] = ""
			} else if other != id && into[other] == "" && state[other] != "" {
				if r.IntN(3) == 0 {
					state[other] = "open"
				}
				p.event("merged", id, map[string]any{"source": id, "target": other, "state": "merged"})
				p.event("merged", other, map[string]any{"source": id, "target": other, "state": state[other]})
				into[id] = other
			}
		case 11: // into a new one, which came now
			fresh := fmt.Sprintf("tkt_s%03d", p.n)
			p.event("split", id, map[string]any{"source": id, "target": fresh, "state": state[id], "channel": "email"})
			p.event("split", fresh, map[string]any{"source": id, "target": fresh, "state": "open", "channel": pick(r, "chat", "email")})
			state[fresh] = "open"
			ids = append(ids, fresh)
		case 10:
			switch r.IntN(4) {
			case 0:
				p.pauses = append(p.pauses, fmt.Sprintf("pau_%d", len(p.pauses)))
				p.event("paused", id, map[string]any{"pause": p.pauses[len(p.pauses)-1], "check": "dns.cname", "role": "agent"})
			case 1:
				if len(p.pauses) > 0 {
					p.event("resumed", id, map[string]any{"pause": p.pauses[len(p.pauses)-1], "check": "dns.cname", "verdict": pick(r, "right", "wrong")})
				}
			case 2:
				p.event("erased", id, map[string]any{"briefs": 1, "by": ""})
			default:
				p.event("helped", "", map[string]any{"page": "https", "passed": r.IntN(2) == 0})
			}
		}
	}
}

func calendar(t *testing.T, zone string, hours map[string]string) Calendar {
	t.Helper()
	w := &knowledge.Workspace{}
	var err error
	if w.Zone, err = time.LoadLocation(zone); err != nil {
		t.Fatal(err)
	}
	for tier, h := range hours {
		w.Tiers = append(w.Tiers, knowledge.Tier{ID: tier, Hours: h})
	}
	slices.SortFunc(w.Tiers, func(a, b knowledge.Tier) int { return strings.Compare(a.ID, b.ID) })
	return CalendarOf(w)
}

// TestFiguresEqualRecount plants random histories across both changes of clocks,
// takes them in piece by piece, and counts them a second time.
func TestFiguresEqualRecount(t *testing.T) {
	for seed, from := range []string{"2026-03-20T12:00:00Z", "2026-10-16T12:00:00Z"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, Options{})
			c := calendar(t, "Europe/Warsaw", map[string]string{"l1": "Mon-Fri 08:00-18:00 Europe/Warsaw", "l2": "Mon-Sun 01:00-04:00 Europe/Warsaw"})
			at, err := time.Parse(time.RFC3339, from)
			if err != nil {
				t.Fatal(err)
			}
			p := planter{t: t, s: s, at: at}
			r := rand.New(rand.NewPCG(uint64(seed), 18))
			for range 3 {
				p.random(r, 24, 260)
				if err := s.Measure(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				p.at = at.Add(time.Duration(r.IntN(400)) * time.Hour)
			}
			wantFigures(t, s, c)
			if _, err := s.Recount(t.Context(), c, nil); err != nil {
				t.Fatal(err)
			}
			wantFigures(t, s, c)
			other := calendar(t, "America/New_York", map[string]string{"l1": "Mon-Fri 08:00-18:00 America/New_York"})
			if err := s.Measure(t.Context(), other); err != nil { // another calendar: all anew
				t.Fatal(err)
			}
			wantFigures(t, s, other)
		})
	}
}
