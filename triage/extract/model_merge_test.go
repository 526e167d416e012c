package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"readback/triage"
	"readback/triage/extract/fake"
)

// claimsText tells claims in short: "c2 planned record [1 3]", an id of "" as
// "new", and a quote that told another state with that state: "1:planned".
func claimsText(p *triage.Proposal) string {
	var out []string
	for _, c := range p.Claims {
		id := c.ID
		if id == "" {
			id = "new"
		}
		var at []string
		for _, q := range c.Quotes {
			where := fmt.Sprint(q.Message)
			if q.Said != "" {
				where += ":" + string(q.Said)
			}
			at = append(at, where)
		}
		out = append(out, fmt.Sprintf("%s %s %s %v m%d", id, c.State, strings.Join(c.Steps, ","), at, c.Matter+1))
	}
	return strings.Join(out, "; ")
}

func TestMergeClaims(t *testing.T) {
	const (
		asBefore = "c2 planned record [1] m1; c4 done  [1] m1"
		now      = `"quotes":[{"message":3,"text":"It is set now."}]`
		old      = `"quotes":[{"message":1,"text":"I will set the CNAME"}]`
		rest     = `"what":"x","matter":1,"steps":[],"inputs":[]`
		again    = `{"id":"M1","kind":"setup","procedure":"P1","inputs":[],"asks":[],"confidence":0.9}`
	)
	for _, tc := range []struct {
		name, matters, claims, want string
		dropped                     int
	}{
		{"says nothing", again, "", asBefore, 0},
		{"a new claim", again, `{"id":"","state":"done",` + now + `,` + rest + `}`, asBefore + "; new done  [3] m1", 0},
		{"a state changes", again, `{"id":"C2","state":"done",` + now + `,` + rest + `}`, "c2 done record [1:planned 3] m1; c4 done  [1] m1", 0},
		{"told again", again, `{"id":"C4","state":"done",` + now + `,` + rest + `}`, "c2 planned record [1] m1; c4 done  [1 3] m1", 0},
		{"taken back", again, `{"id":"c4","state":"not_done",` + now + `,` + rest + `}`, "c2 planned record [1] m1; c4 not_done  [1:done 3] m1", 0},
		{"the model forgets the id of what it told twice", again,
			`{"id":"C2","state":"done",` + now + `,` + rest + `},{"id":"","state":"done",` + now + `,` + rest + `}`,
			"c2 done record [1:planned 3] m1; c4 done  [1] m1", 0},
		{"changed and changed back", again,
			`{"id":"C2","state":"done",` + now + `,` + rest + `},{"id":"C2","state":"planned","quotes":[{"message":3,"text":"We use Brasswork."}],` + rest + `}`,
			"c2 planned record [1 3:done 3] m1; c4 done  [1] m1", 0},
		{"an id that never was", again, `{"id":"C99","state":"done",` + now + `,` + rest + `}`, asBefore + "; new done  [3] m1", 0},
		{"the id of a correction", again, `{"id":"C5","state":"done",` + now + `,` + rest + `}`, asBefore + "; new done  [3] m1", 0},
		{"changed by old words", again, `{"id":"C2","state":"done",` + old + `,` + rest + `}`, asBefore, 2},
		{"changed by made-up words", again, `{"id":"C2","state":"done","quotes":[{"message":3,"text":"all is done"}],` + rest + `}`, asBefore, 2},
		{"changed by our words", again, `{"id":"C2","state":"done","quotes":[{"message":2,"text":"What does your DNS say now?"}],` + rest + `}`, asBefore, 2},
		{"changed without words", again, `{"id":"C2","state":"done","quotes":[],` + rest + `}`, asBefore, 1},
		{"changed to nonsense", again, `{"id":"C2","state":"verified",` + now + `,` + rest + `}`, asBefore, 1},
		{"another step", again, `{"id":"C4","state":"done",` + now + `,"what":"x","matter":1,"steps":["S2","S3"],"inputs":[]}`,
			"c2 planned record [1] m1; c4 done switch [1 3] m1", 1},
		{"the step it has, and more", again, `{"id":"C2","state":"done",` + now + `,"what":"x","matter":1,"steps":["S2","S1"],"inputs":[]}`,
			"c2 done record [1:planned 3] m1; c4 done  [1] m1", 0},
		{"no matters at all", "", `{"id":"C2","state":"done",` + now + `,` + rest + `}`, "c2 done record [1:planned 3] m1; c4 done  [1] m1", 0},
		{"moved to a new matter", again + `,{"id":"","kind":"broken","procedure":"","inputs":[],"asks":[],"confidence":1}`,
			`{"id":"C4","state":"done",` + now + `,"what":"x","matter":2,"steps":[],"inputs":[]}`, "c2 planned record [1] m1; c4 done  [1 3] m3", 0},
		{"a matter that is none", again, `{"id":"C4","state":"done",` + now + `,"what":"x","matter":7,"steps":[],"inputs":[]}`,
			"c2 planned record [1] m1; c4 done  [1 3] m1", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := testModel(fake.New(t), nil)
			in := laterReading(m)
			a := answerOf(t, `{"matters":[`+tc.matters+`],"claims":[`+tc.claims+`]}`)
			p := newMapper(in, m.render(in)).proposal(a)
			if got := claimsText(&p); got != tc.want {
				t.Errorf("claims: %s\nwant    %s", got, tc.want)
			}
			if p.Info.Dropped != tc.dropped {
				t.Errorf("dropped %d, want %d", p.Info.Dropped, tc.dropped)
			}
			q := p.Claims[0].Quotes[0]
			if text := in.Ticket.N(q.Message).Text; text[q.Start:q.Start+len(q.Text)] != q.Text {
				t.Errorf("the first quote moved: %+v", q)
			}
		})
	}
}

func TestMergeMatters(t *testing.T) {
	for _, tc := range []struct{ name, matters, want string }{
		{"says nothing", "", "m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 billing  map[]"},
		{"in another order", `{"id":"M3","kind":"billing","procedure":""},{"id":"M1","kind":"setup","procedure":"P1"}`,
			"m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 billing  map[]"},
		{"another kind", `{"id":"M3","kind":"cancel","procedure":""}`,
			"m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 cancel  map[]"},
		{"another procedure", `{"id":"M1","kind":"setup","procedure":"P2"}`, "m1 setup warm-up map[]; m3 billing  map[]"},
		{"no procedure any more", `{"id":"M1","kind":"other","procedure":""}`, "m1 other  map[]; m3 billing  map[]"},
		{"a procedure that is not on offer", `{"id":"M1","kind":"setup","procedure":"P7"}`,
			"m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 billing  map[]"},
		{"a further value, a made-up one", `{"id":"M1","kind":"setup","procedure":"P1","inputs":[{"name":"account","value":"Brasswork"},{"name":"link_domain","value":"made.up.example"}]}`,
			"m1 setup secure-links map[account:[Brasswork] link_domain:[link.larch.example track.link.larch.example]]; m3 billing  map[]"},
		{"without its id", `{"id":"","kind":"setup","procedure":"P1"}`,
			"m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 billing  map[]"},
		{"twice", `{"id":"M3","kind":"billing","procedure":""},{"id":"M3","kind":"abuse","procedure":""}`,
			"m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 abuse  map[]"},
		{"an id that never was", `{"id":"M8","kind":"abuse","procedure":""}`,
			"m1 setup secure-links map[link_domain:[link.larch.example track.link.larch.example]]; m3 billing  map[]; new abuse  map[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := testModel(fake.New(t), nil)
			in := laterReading(m)
			p := newMapper(in, m.render(in)).proposal(answerOf(t, `{"matters":[`+tc.matters+`],"claims":[]}`))
			var out []string
			for _, pm := range p.Matters {
				id := pm.ID
				if id == "" {
					id = "new"
				}
				out = append(out, fmt.Sprintf("%s %s %s %v", id, pm.Kind, pm.Procedure, pm.Inputs))
			}
			if got := strings.Join(out, "; "); got != tc.want {
				t.Errorf("matters: %s\nwant     %s", got, tc.want)
			}
		})
	}
}

// What an answer leaves out stays; what it repeats is not doubled.
func TestMergeTheRest(t *testing.T) {
	m := testModel(fake.New(t), nil)
	in := laterReading(m)
	p := newMapper(in, m.render(in)).proposal(answerOf(t, `{"matters":[],"claims":[]}`))
	if p.Language != "en" || p.Summary != "They want secure links." || p.Request.Text != "Secure links" || p.Request.Quotes[0].Message != 1 ||
		p.Urgency != triage.UrgencyHigh || p.Tone != "angry" || !p.NeedsStaff || p.Effort != triage.EffortPartial || p.Confidence != 0.8 {
		t.Errorf("left out, not kept: %+v", p)
	}
	if !slices.Equal(p.Flags, []triage.Flag{triage.FlagLegal, triage.FlagInstructions}) {
		t.Errorf("flags %v: thanks are of the newest message only", p.Flags)
	}
	if len(p.Documents) != 1 || len(p.Environment) != 1 || len(p.Symptoms) != 1 || len(p.Entities) != 1 || p.Info.Dropped != 0 {
		t.Errorf("items: %+v", p)
	}
	p = newMapper(in, m.render(in)).proposal(answerOf(t, `{"matters":[],"claims":[],"language":"de","summary":"Set.","needs_staff":false,"effort":"exhausted",
		"urgency":"low","tone":"calm","confidence":0.5,"questions":["When?"],"flags":["automatic"],
		"request":{"text":"New wish","quotes":[{"message":1,"text":"on Monday"}]},
		"environment":[{"kind":"framework","value":"Brasswork","quotes":[{"message":3,"text":"We use Brasswork."}]},{"kind":"cdn","value":"LARCH","quotes":[{"message":3,"text":"We use Brasswork."}]}],
		"symptoms":[{"text":"It fails","quotes":[{"message":3,"text":"It is set now."}]}],
		"documents":[{"url":"","title":"a guide","quotes":[{"message":3,"text":"It is set now."}]},{"url":"","title":"Another","quotes":[{"message":1,"text":"CNAME"}]}]}`))
	if p.Language != "de" || p.Summary != "Set." || p.NeedsStaff || p.Effort != triage.EffortExhausted || p.Urgency != triage.UrgencyLow ||
		p.Tone != "calm" || p.Confidence != 0.5 || p.Request.Text != "New wish" || p.Request.Quotes[0].Text != "set the CNAME" ||
		!slices.Contains(p.Flags, triage.FlagAutomatic) || !slices.Equal(p.Questions, []string{"When?"}) {
		t.Errorf("said anew: %+v", p)
	}
	if len(p.Documents) != 1 || len(p.Symptoms) != 1 || len(p.Environment) != 2 || p.Environment[1].Value != "Brasswork" || p.Info.Dropped != 3 {
		t.Errorf("items: %d dropped, %+v", p.Info.Dropped, p)
	}
}
