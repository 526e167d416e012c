package offline

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/ground"
)

// sendline is the example workspace, which no test changes, and readerOf the
// extractor for one: each is made once.
func sendline(t testing.TB) *knowledge.Workspace {
	t.Helper()
	w, err := loadSendline()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var loadSendline = sync.OnceValues(func() (*knowledge.Workspace, error) { return knowledge.Load(examples.Sendline()) })

var readers sync.Map

func readerOf(w *knowledge.Workspace) *Extractor {
	if o, ok := readers.Load(w); ok {
		return o.(*Extractor)
	}
	o, _ := readers.LoadOrStore(w, New(w))
	return o.(*Extractor)
}

func ticketOf(texts ...string) *triage.Ticket {
	tick := &triage.Ticket{ID: "t-1"}
	for i, s := range texts {
		role := triage.RoleCustomer
		if agent, ok := strings.CutPrefix(s, "agent: "); ok {
			role, s = triage.RoleAgent, agent
		}
		tick.Messages = append(tick.Messages, triage.Message{ID: fmt.Sprintf("m-%d", i+1), Seq: int64(i + 1), Role: role, Text: s})
	}
	return tick
}

// extract extracts and checks what every proposal owes: quotes that are
// verbatim and where they say, in words that count as evidence.
func extract(t testing.TB, w *knowledge.Workspace, tick *triage.Ticket) triage.Proposal {
	t.Helper()
	in := triage.Reading{Ticket: tick, Knowledge: w}
	if w != nil {
		in.Candidates = w.Procedures
	}
	p, err := readerOf(w).Extract(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	g := ground.New(tick)
	check := func(what string, qs []triage.Quote) {
		if len(qs) == 0 {
			t.Errorf("%s has no quote", what)
		}
		for _, q := range qs {
			if ev, ok := g.Quote(q); !ok || ev.Start != q.Start || ev.Message != q.Message || ev.Quote != q.Text {
				t.Errorf("%s: quote %+v is grounded as %+v, %v", what, q, ev, ok)
			}
		}
	}
	for _, c := range p.Claims {
		check("claim "+c.What, c.Quotes)
	}
	for _, d := range p.Documents {
		check("document "+d.URL+d.Title, d.Quotes)
	}
	for _, v := range append(append([]triage.ProposedValue{}, p.Environment...), p.Entities...) {
		check(v.Kind+" "+v.Value, v.Quotes)
	}
	for _, s := range p.Symptoms {
		check("symptom "+s.Text, s.Quotes)
	}
	if p.Request.Text != "" {
		check("request", p.Request.Quotes)
	}
	return p
}

// stepStates is the last state claimed of each step, as "step:state".
func stepStates(p triage.Proposal) string {
	last := map[string]triage.ClaimState{}
	for _, c := range p.Claims {
		for _, s := range c.Steps {
			last[s] = c.State
		}
	}
	var out []string
	for s, state := range last {
		out = append(out, s+":"+string(state))
	}
	sort.Strings(out)
	return strings.Join(out, " ")
}

const allDone = "brand-link:done certificate:done tracking-on:done"

var bothDomains = []string{"link.foxglove.example", "link.bergamot.example"}

// Case zero: the first message says that every step of the customer's is
// done, and asks for the switch that only staff can flip.
func TestCaseZero(t *testing.T) {
	for name, text := range map[string]string{
		"plain": `Hello,
we would like HTTPS on our click-tracking links for link.foxglove.example and link.bergamot.example. Click tracking is turned on, we have added the CNAME records for both domains, and both are behind our CDN with a valid certificate. We have read https://docs.sendline.example/ssl-for-links and it says that support has to switch it on. Could you please enable HTTPS for both domains?

Thanks
Ada`,
		"terse": `Pls switch on HTTPS for link.foxglove.example + link.bergamot.example. Click tracking on, CNAMEs added, CDN with valid cert in front of both. Did everything in https://docs.sendline.example/ssl-for-links.`,
		"list": `Subject: HTTPS for tracked links

What we have done so far:
- enabled click tracking in the settings
- created the CNAME records for link.foxglove.example and link.bergamot.example
- put both behind our CDN with a valid certificate

This is from your page https://docs.sendline.example/ssl-for-links. Please switch HTTPS on for both.`,
		"numbered": `1. Click tracking: enabled
2. CNAME for link.foxglove.example and link.bergamot.example: added
3. Certificate via our CDN: installed and valid

According to https://docs.sendline.example/ssl-for-links the rest is yours. Please switch HTTPS on for both click-tracking domains.`,
		"rambling":        `Hi there, hope you are having a good week! So we run a newsletter for our two shops and a while ago marketing noticed that the tracked links in our emails still open over http, which looks bad. I sat down with our developer yesterday and we went through your help page (https://docs.sendline.example/ssl-for-links). We turned on click tracking, then I pointed link.foxglove.example and link.bergamot.example at you with a CNAME, and afterwards our developer put both of them behind the CDN and issued a valid certificate. As far as I understand, the only thing that is missing is the switch on your side. Could you switch HTTPS on for both of them?`,
		"angry":           `This is ridiculous!!! The guide https://docs.sendline.example/ssl-for-links is useless. I HAVE turned click tracking on. I HAVE added the CNAME for link.foxglove.example and link.bergamot.example. I HAVE put both behind our CDN with a valid certificate. Do NOT send me the guide again, just switch HTTPS on for both click-tracking domains!`,
		"whole procedure": `I followed all three steps of https://docs.sendline.example/ssl-for-links for link.foxglove.example and link.bergamot.example. Please switch on HTTPS for our click tracking links.`,
		"by number":       `For link.foxglove.example and link.bergamot.example, steps 1 to 3 of the guide https://docs.sendline.example/ssl-for-links are done. Please enable HTTPS for click tracking.`,

		"pl plain": `Dzień dobry,
chcielibyśmy włączyć HTTPS dla linków śledzących kliknięcia w domenach link.foxglove.example i link.bergamot.example. Śledzenie kliknięć jest włączone, dodaliśmy rekordy CNAME dla obu domen, a obie domeny są za naszym CDN z ważnym certyfikatem. Przeczytaliśmy https://docs.sendline.example/ssl-for-links i wiemy, że ostatni krok należy do Państwa. Proszę o włączenie HTTPS dla obu domen.

Pozdrawiam
Anna`,
		"pl terse": `Proszę włączyć HTTPS dla link.foxglove.example i link.bergamot.example. Śledzenie kliknięć włączone, CNAME dodane, CDN z ważnym certyfikatem ustawiony. Zrobiłem wszystko z https://docs.sendline.example/ssl-for-links.`,
		"pl list": `Co zrobiliśmy:
- włączyliśmy śledzenie kliknięć
- dodaliśmy CNAME dla link.foxglove.example i link.bergamot.example
- ustawiliśmy obie domeny za CDN z ważnym certyfikatem
Wszystko według https://docs.sendline.example/ssl-for-links. Prosimy o przełączenie linków śledzących na HTTPS dla obu.`,
		"pl rambling": `Witam serdecznie! Prowadzimy dwa sklepy i marketing zauważył, że linki w naszych mailach dalej otwierają się przez http. Usiadłam wczoraj z naszym informatykiem i przeszliśmy instrukcję https://docs.sendline.example/ssl-for-links. Najpierw włączyliśmy śledzenie kliknięć, potem dodałam rekordy CNAME dla link.foxglove.example i link.bergamot.example, a na koniec informatyk skonfigurował CDN i obie domeny mają ważny certyfikat. Czy mogą Państwo włączyć HTTPS dla obu domen?`,
		"pl angry":    `To jest kpina!!! Włączyłem śledzenie kliknięć. Dodałem CNAME dla link.foxglove.example i link.bergamot.example. Obie domeny stoją za CDN i certyfikat jest ważny. Czytałem https://docs.sendline.example/ssl-for-links trzy razy, nie przysyłajcie mi tego znowu. Włączcie wreszcie HTTPS dla linków śledzących kliknięcia!`,
		"pl whole":    `Wykonaliśmy wszystkie trzy kroki z https://docs.sendline.example/ssl-for-links dla link.foxglove.example i link.bergamot.example. Prosimy o włączenie HTTPS dla linków śledzących kliknięcia.`,
	} {
		t.Run(name, func(t *testing.T) {
			p := extract(t, sendline(t), ticketOf(text))
			want := "en"
			if strings.HasPrefix(name, "pl ") {
				want = "pl"
			}
			if p.Language != want {
				t.Errorf("language %q", p.Language)
			}
			if got := p.Matters[0].Procedure; got != "https-click-tracking" {
				t.Fatalf("procedure %q", got)
			}
			if got := p.Matters[0].Kind; got != triage.KindSetup {
				t.Errorf("kind %q", got)
			}
			if got := stepStates(p); got != allDone {
				t.Errorf("steps %q", got)
			}
			if got := p.Matters[0].Inputs["link_domain"]; fmt.Sprint(got) != fmt.Sprint(bothDomains) {
				t.Errorf("domains %v", got)
			}
			if !p.NeedsStaff {
				t.Error("needs no staff")
			}
			if len(p.Documents) == 0 || p.Documents[0].Topic != "https-click-tracking" {
				t.Errorf("documents %+v", p.Documents)
			}
			if p.Confidence < 0.5 {
				t.Errorf("confidence %v", p.Confidence)
			}
			if t.Failed() {
				for _, c := range p.Claims {
					t.Logf("%s %v %v %q", c.State, c.Steps, c.Inputs, c.Quotes[0].Text)
				}
			}
		})
	}
}

// The same over a thread: what an agent repeats changes nothing, and a later
// word of the customer adds to the first.
func TestThread(t *testing.T) {
	tick := ticketOf(
		"Hi, please switch HTTPS on for our click tracking links, link.foxglove.example and link.bergamot.example. Click tracking is on and both CNAMEs are added.",
		"agent: Hello! Have you turned on click tracking and added the CNAME? I could not confirm your CNAME. Which browser do you use?",
		"On Mon, 3 May 2026 at 10:02, Support wrote:\n> Have you added a certificate?\n\nYes, as I wrote. The certificate is valid on both, they sit behind our CDN. I use Firefox 128.",
		"agent: Please follow the three steps of https://docs.sendline.example/ssl-for-links.",
		"I have already done all three steps.")
	p := extract(t, sendline(t), tick)
	if got := stepStates(p); got != allDone {
		t.Errorf("steps %q", got)
	}
	if !p.NeedsStaff || p.Matters[0].Procedure != "https-click-tracking" || p.Request.Quotes[0].Message != 1 {
		t.Errorf("staff %v, procedure %q, request %+v", p.NeedsStaff, p.Matters[0].Procedure, p.Request)
	}
	if !strings.Contains(p.Summary, "switch HTTPS on") || strings.Count(p.Summary, ". ") != 1 {
		t.Errorf("summary %q", p.Summary)
	}
}
