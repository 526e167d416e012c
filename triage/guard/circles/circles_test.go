package circles

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"readback/triage"
	"readback/triage/guard"
)

// report reads texts as files.
func report(t testing.TB, files ...string) *Report { t.Helper(); return reportWith(t, nil, files...) }

func reportWith(t testing.TB, said *Verdicts, files ...string) *Report {
	t.Helper()
	reader := NewReader()
	var threads []Thread
	for i, f := range files {
		if err := reader.Read(strings.NewReader(f), fmt.Sprintf("f%d", i+1), func(th Thread) bool { threads = append(threads, th); return true }); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Read(context.Background(), guard.New(nil), Options{Said: said}, func() (th Thread, ok bool) {
		if len(threads) == 0 {
			return th, false
		}
		th, threads = threads[0], threads[1:]
		return th, true
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Skipped, r.SkippedCount = reader.Skipped()
	return r
}

const ring = `{"id":"ring","channel":"chat","messages":[
{"role":"customer","text":"The printer app hangs. I reinstalled the app and restarted the tablet. Android 14, app version 3.1.4.","sent_at":"2026-03-02T09:00:00Z"},
{"role":"agent","agent":"Ola","tier":"first","text":"Please reinstall the app. More here: https://help.inkwell.example/hangs","sent_at":"2026-03-02T09:20:00Z"},
{"role":"customer","text":"As I said, I have reinstalled it. That page says the same.","sent_at":"2026-03-02T09:30:00Z"},
{"role":"agent","agent":"Ben","tier":"first","channel":"email","text":"Hello, how can I help you? Please restart the tablet and see https://help.inkwell.example/hangs?utm_campaign=x. Which app version do you have?","sent_at":"2026-03-03T09:00:00Z"},
{"role":"customer","text":"3.1.4, and I did all that.","sent_at":"2026-03-03T09:05:00Z"},
{"role":"agent","agent":"Ben","tier":"first","text":"I am closing this ticket now. Have a good day.","sent_at":"2026-03-03T10:00:00Z"},
{"role":"customer","text":"Why is this closed? The app still hangs each time that I print, nothing has changed at all.","sent_at":"2026-03-04T10:00:00Z"},
{"role":"agent","agent":"Mia","tier":"second","text":"I have reset the print queue of your account.","sent_at":"2026-03-04T11:00:00Z"},
{"role":"customer","text":"It works now, thank you!","sent_at":"2026-03-04T11:10:00Z"}]}`

func TestRing(t *testing.T) {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(ring)); err != nil {
		t.Fatal(err)
	}
	good := `{"id":"good","messages":[{"role":"customer","text":"How do I add a user?"},{"role":"agent","text":"Under Settings > Users, press Add."}]}`
	for name, files := range map[string][]string{
		"lines":             {line.String() + "\n" + good + "\n"},
		"a list":            {"[" + ring + "," + good + "]"},
		"one each":          {ring, good},
		"dataset, with BOM": {"\ufeff" + `{"id":"ring","input":` + line.String() + "}\r\n\r\n" + good},
	} {
		r := report(t, files...)
		if r.Tickets != 2 || r.Replies != 5 || r.With.Any != 1 || r.SkippedCount != 0 {
			t.Fatalf("%s: %+v", name, r)
		}
		if len(r.RepeatedLinks) != 1 || len(r.RepeatedSteps) != 2 || len(r.Reasked) != 1 {
			t.Errorf("%s: links %+v\nsteps %+v\nreasked %+v", name, r.RepeatedLinks, r.RepeatedSteps, r.Reasked)
		}
		var reasons []string
		for _, b := range r.Bounces {
			reasons = append(reasons, b.Reason)
		}
		if strings.Join(reasons, " ") != "restart reopened handover" || r.With.Restart+r.With.Reopened+r.With.Handover != 3 {
			t.Errorf("%s: bounces %v", name, r.Bounces)
		}
		if r.Dated != 1 || r.Tiered != 1 || len(r.Pages) != 1 || r.Pages[0].What != "help.inkwell.example/hangs" || r.Pages[0].Tickets != 1 || len(r.Pages[0].Verdicts()) != 1 || len(r.Acts) != 1 || !strings.HasPrefix(r.Acts[0].What, "second: I have reset the print queue") {
			t.Errorf("%s: %d dated, %d tiered, pages %v, acts %v", name, r.Dated, r.Tiered, r.Pages, r.Acts)
		}
		if len(r.Worst) != 1 || r.Worst[0].Ticket != "ring" || len(r.Worst[0].Items) != 7 {
			t.Errorf("%s: worst %+v", name, r.Worst)
		}
		quotes(t, r)
	}
}

// quotes demands that every quotation stands where it says.
func quotes(t *testing.T, r *Report) {
	t.Helper()
	var thread document
	if err := json.Unmarshal([]byte(ring), &thread); err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]Item{r.RepeatedLinks, r.RepeatedSteps, r.Reasked, r.Bounces} {
		for _, it := range list {
			for _, p := range []Place{it.Reply, it.Earlier} {
				if text := *thread.Messages[p.Message-1].Text; text[p.Start:p.End] != p.Quote || p.Quote == "" {
					t.Errorf("%q is not at %d:%d of message %d", p.Quote, p.Start, p.End, p.Message)
				}
			}
			if it.Reason != reopened && it.Earlier.Message >= it.Reply.Message {
				t.Errorf("%+v is no earlier", it)
			}
		}
	}
}

// What a person says of one finding takes that one away; said of the same words
// in two answers, it takes them away everywhere.
func TestVerdicts(t *testing.T) {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(ring)); err != nil {
		t.Fatal(err)
	}
	files := make([]string, 3)
	for i := range files {
		files[i] = strings.Replace(line.String(), `"id":"ring"`, fmt.Sprintf(`"id":"r%d"`, i), 1)
	}
	all := report(t, files...)
	if len(all.RepeatedLinks) != 3 || all.SetAside != 0 {
		t.Fatalf("%+v", all)
	}
	// In files every ticket's messages have the same ids, as none in a store do.
	one := all.RepeatedLinks[0].Verdict()
	other := one
	other.Message = "elsewhere"
	if got := reportWith(t, NewVerdicts([]Verdict{one}), files...); len(got.RepeatedLinks) != 0 || got.SetAside != 3 || len(got.RepeatedSteps) != len(all.RepeatedSteps) || len(got.Pages) != 0 {
		t.Errorf("said of one: %+v", got)
	}
	if got := reportWith(t, NewVerdicts([]Verdict{other}), files...); len(got.RepeatedLinks) != 3 {
		t.Errorf("said of another answer: %+v", got)
	}
	third := other
	third.Message = "there"
	if got := reportWith(t, NewVerdicts([]Verdict{other, third}), files...); len(got.RepeatedLinks) != 0 {
		t.Errorf("said of two: %+v", got)
	}
	restart := all.Bounces[0].Verdict()
	if got := reportWith(t, NewVerdicts([]Verdict{restart}), files...); got.With.Restart != 0 || got.With.Reopened != 3 {
		t.Errorf("a bounce: %+v", got.With)
	}
}

// What cannot be read is listed, and every good ticket is in.
func TestBadLines(t *testing.T) {
	good := func(n int) string {
		return fmt.Sprintf(`{"id":"g%d","messages":[{"role":"customer","text":"Hi"}]}`, n)
	}
	r := report(t,
		good(1)+"\n{\"id\":\"cut\",\"messa\n"+good(2)+"\n\xff\xfe\x00\n"+`{"id":"e","messages":[]}`+"\n"+`{"id":"r","messages":[{"role":"boss","text":"x"}]}`+"\n"+good(1)+"\n"+`{"id":"t","messages":[{"role":"agent"}]}`+"\n"+`{"id":"n","messages":"none"}`+"\n[1]\n"+good(3),
		"["+good(4)+", 7, "+good(5)+", {\"id\":",
		"", "  \n",
		`{"id":"nul","messages":[{"role":"customer","text":"a\u0000b \ud800"}]}`)
	if r.Tickets != 6 {
		t.Errorf("%d tickets", r.Tickets)
	}
	var where []string
	for _, s := range r.Skipped {
		where = append(where, s.Where)
		if s.Reason == "" {
			t.Errorf("%s: no reason", s.Where)
		}
	}
	if got := strings.Join(where, " "); got != "f1:2 f1:4 f1:5 f1:6 f1:7 f1:8 f1:9 f1:10 f2[2] f2[4] f3 f4" || r.SkippedCount != len(where) {
		t.Errorf("skipped %s", got)
	}
}

func TestPage(t *testing.T) {
	evil := strings.NewReplacer("The printer app hangs.", "The <script>alert(1)</script> app hangs.", `"id":"ring"`, `"id":"<img src=x>"`).Replace(ring)
	r := report(t, evil, "{broken")
	for _, lang := range triage.Languages() {
		var b bytes.Buffer
		if err := WritePage(&b, r, lang); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		for _, bad := range []string{"<script>", "<img", "circles.", "{count}", "{tickets}"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: the page has %s", lang, bad)
			}
		}
		if !strings.Contains(got, "<html lang=\""+lang) || !strings.Contains(got, "help.inkwell.example/hangs") || !strings.Contains(got, "f2:1") {
			t.Errorf("%s: %s", lang, got)
		}
		b.Reset()
		if err := WriteText(&b, r, lang); err != nil || strings.Contains(b.String(), "circles.") {
			t.Errorf("%s: %v %s", lang, err, b.String())
		}
	}
	var b bytes.Buffer
	if err := WritePage(&b, report(t, `{"id":"a","messages":[{"text":"Hi"}]}`), "en"); err != nil || !strings.Contains(b.String(), "No answer repeated anything") {
		t.Errorf("an empty report: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(ring))
	f.Add([]byte("[" + ring + "]"))
	f.Add([]byte("{\"messages\":[{\"text\":\"https://a.example/b?x=%zz\"},{\"role\":\"agent\",\"text\":\"https://a.example/b 再起動してください\"}]}\n[1,2"))
	g := guard.New(nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		reader := NewReader()
		n := 0
		err := reader.Read(bytes.NewReader(data), "f", func(th Thread) bool {
			n++
			found := read(t.Context(), g, Options{}, &th, n)
			for _, it := range found.links {
				if th.N(it.Reply.Message).Text[it.Reply.Start:it.Reply.End] != it.Reply.Quote {
					t.Errorf("%+v", it)
				}
			}
			return n < 20
		})
		if err != nil {
			t.Skip()
		}
		if listed, count := reader.Skipped(); n == 0 && count == 0 && len(bytes.TrimSpace(data)) > 0 || len(listed) > count {
			t.Errorf("%d tickets, %d skipped", n, count)
		}
	})
}
