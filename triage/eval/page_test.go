package eval

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"readback/triage"
)

// shown is a ticket's text on the page with its tags in brackets.
func shown(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		for _, tag := range p.Tags {
			b.WriteString("[" + tag.Text + "]")
		}
		switch p.Class {
		case "":
			b.WriteString(p.Text)
		case "label":
			b.WriteString("_" + p.Text + "_")
		case "predicted":
			b.WriteString("*" + p.Text + "*")
		default:
			b.WriteString("#" + p.Text + "#")
		}
	}
	return b.String()
}

func TestMarksOverText(t *testing.T) {
	tickets := labelled(t)
	r := Score("x", tickets, sample(t, tickets))
	for _, tc := range []struct {
		ticket, message int
		want            string
	}{
		{0, 1, "Scanner finds no network\n\n[label 1: failed]_I _[matched 1: failed]#restarted the scanner twice#. [label 1: document]_I also _[matched 1: document]#read your page on Wi-Fi channels#. " +
			"[label 3: not done]_Tomorrow _[false done 3: done]#I will move it nearer to the router#. It runs on Debian 12 – still nothing."},
		{0, 2, "[label 4: not done][false done 4: done][extra: document]#I have## reset the port#_ on our side_. Did you update the firmware?"},
		{0, 3, "Yes, [label 2: done][matched 2, but as failed]#the firmware is updated#_ and works_. Nothing changed."},
		{1, 1, "Wie entkalke ich den Kessel? [extra: done]*Größe: 2 l*"},
		{2, 1, "[missed: done]_I changed the bulb_. It flickers."},
	} {
		if got := shown(r.Verdicts[tc.ticket].messages()[tc.message-1].Pieces); got != tc.want {
			t.Errorf("ticket %d, message %d:\ngot  %s\nwant %s", tc.ticket, tc.message, got, tc.want)
		}
	}
}

func TestFacts(t *testing.T) {
	tickets := labelled(t)
	r := Score("x", tickets, sample(t, tickets))
	got := fmt.Sprintf("%v\n%v", r.Verdicts[0].facts(), r.Verdicts[2].facts())
	const want = "[{language en en true} {needs staff true true true} {effort exhausted partial false} {os Debian 12 Debian 12 true} {browser  Debian 12 false} {degraded no  false}]\n" +
		"[{language en  false} {needs staff true true true} {effort partial partial true} {action assign assign true} {tier l2 l2 true} {procedure flicker flicker true} {next step swap-driver check-plug false}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The page takes any text and any prediction: nothing of them becomes markup,
// and a span that points nowhere is not shown.
func TestPageIsSafe(t *testing.T) {
	const hostile = `</div><script>alert(1)</script> "I tried' <img src=x onerror=alert(2)> ż`
	tickets := []Ticket{{ID: `<b>"x"</b>`, Claims: true, Done: []Done{{Span{1, 0, 6}, triage.ClaimDone}}, NotDone: []Span{{1, 7, 15}},
		Ticket: triage.Ticket{Messages: []triage.Message{{Role: triage.RoleCustomer, Text: hostile}}}}}
	odd := "<i>"
	p := Prediction{Language: &odd, Degraded: true, Failures: []string{"<u>"}, Claims: []PredictedClaim{
		{Span{1, 2, 5}, triage.ClaimDone, "", ""}, {Span{1, 70, 9000}, triage.ClaimDone, "", ""}, {Span{1, -5, 4}, triage.ClaimDone, "", ""},
		{Span{9, 0, 4}, triage.ClaimDone, "", ""}, {Span{1, 12, 8}, triage.ClaimDone, "", ""}}}
	var b bytes.Buffer
	if err := WritePage(&b, []Report{Score("<s>", tickets, []Prediction{p})}); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	for _, bad := range []string{"<script", "<img", "<b>\"", "<i>", "<u>", "<s>", "http://", "https://"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if !strings.Contains(html, "&lt;img src=x") || strings.Count(html, "<details>") != 1 {
		t.Errorf("the text is not on the page:\n%s", html)
	}
}

func TestElide(t *testing.T) {
	long := strings.Repeat("ż", 10_000)
	got := elide(long)
	if !utf8.ValidString(got) || len(got) > maxPlain+100 || !strings.Contains(got, "16000 bytes are left out") {
		t.Errorf("%d bytes: %.50q", len(got), got[maxPlain/2-10:])
	}
	if elide("short") != "short" {
		t.Error("a short text is cut")
	}
}
