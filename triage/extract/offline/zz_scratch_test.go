package offline

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"testing"

	"readback/knowledge"
	"readback/triage"
)

func TestScratch(t *testing.T) {
	file := os.Getenv("SCRATCH")
	if file == "" {
		t.Skip()
	}
	w, err := knowledge.Load(os.DirFS("../../../examples/sendline"))
	if err != nil {
		t.Fatal(err)
	}
	o := New(w)
	f, _ := os.Open(file)
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row struct {
			ID    string
			Input struct {
				Subject  string
				Messages []struct{ Role, Text string }
			}
			Expect struct{ Procedure string }
		}
		json.Unmarshal(sc.Bytes(), &row)
		if only := os.Getenv("ONLY"); only != "" && only != row.ID {
			continue
		}
		tk := &triage.Ticket{Subject: row.Input.Subject}
		for i, m := range row.Input.Messages {
			tk.Messages = append(tk.Messages, triage.Message{Seq: int64(i + 1), Role: triage.Role(m.Role), Text: m.Text})
		}
		in := triage.Reading{Ticket: tk, Knowledge: w, Candidates: w.Procedures}
		r := &reading{o: o, in: in, langs: map[int]string{}, texts: map[int]string{}, whole: true}
		r.open()
		req, weight := r.request()
		text := ""
		if req != nil {
			text = req.text
		}
		kind := r.kind(text, len(r.symptoms()))
		said := r.wanted(text)
		floor, fewest := o.floor(said)
		type s struct {
			id string
			v  float64
		}
		var ss []s
		for i := range w.Procedures {
			c := o.lexiconOf(&w.Procedures[i])
			v, _ := c.fit(said, fewest)
			if !suits(kind, triage.Kind(c.p.Kind)) {
				v /= otherKind
			}
			if os.Getenv("WORDS") == c.p.ID {
				for _, t := range c.words {
					if said[t.stem] > 0 {
						fmt.Printf("      %s %.1f*%.2f step=%v title=%v\n", t.stem, t.weight, said[t.stem], t.step, t.title)
					}
				}
			}
			ss = append(ss, s{c.p.ID, v})
		}
		sort.Slice(ss, func(i, j int) bool { return ss[i].v > ss[j].v })
		fmt.Printf("%s want=%s kind=%s floor=%.1f fewest=%d w=%d req=%q\n   ", row.ID, row.Expect.Procedure, kind, floor, fewest, weight, text)
		for _, x := range ss[:4] {
			fmt.Printf("%s %.1f  ", x.id, x.v)
		}
		fmt.Println()
	}
}
