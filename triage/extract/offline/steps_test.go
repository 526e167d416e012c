package offline

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"readback/internal/spent"
	"readback/triage"
)

const wanted = "We need HTTPS for our click tracking links, please switch it on. "
const wantedPL = "Proszę włączyć HTTPS dla linków śledzących kliknięcia. "

// Claims bind to the steps that they speak of, with the state that was told.
func TestSteps(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"Click tracking is on and the CNAME is in place.", "brand-link:done tracking-on:done"},
		{"The CNAME and the certificate are in place.", "brand-link:done certificate:done"},
		{"I have not set up the certificate yet.", "certificate:not_done"},
		{"The certificate is still missing.", "certificate:not_done"},
		{"We are about to move the domain behind our CDN.", "certificate:planned"},
		{"We will add the CNAME record tomorrow.", "brand-link:planned"},
		{"I did everything in the guide except the certificate.", "brand-link:done certificate:not_done tracking-on:done"},
		{"Steps 1 and 2 are done, step 3 is not done yet.", "brand-link:done certificate:not_done tracking-on:done"},
		{"The first two steps are completed.", "brand-link:done tracking-on:done"},
		{"I followed your guide.", allDone},
		{"We followed https://docs.sendline.example/ssl-for-links from top to bottom.", allDone},
		{"We followed https://docs.sendline.example/other from top to bottom.", ""},
		{"Our side is finished.", allDone},
		{"All steps are done.", allDone},
		{"I read the guide.", ""},
		{"If we add the CNAME, will it work?", ""},
		{"Do we have to add a CNAME?", ""},
		{"Your agent said that you added the CNAME.", ""},
		{"We have done all of the steps but the links still open over http.", allDone},
		{"Cloudflare proxy enabled, SSL valid.", "certificate:done"},
		{"Our DNS record points at links.sendline.example and we turned click tracking on.", "brand-link:done tracking-on:done"},
		{"CNAME ok, cert ok, tracking ok.", allDone},
		{"\n✅ Click tracking\n✅ CNAME\n❌ Certificate", "brand-link:done certificate:not_done tracking-on:done"},
		{"Tracking: yes. CNAME: yes (both). Certificate: not yet.", "brand-link:done certificate:not_done tracking-on:done"},
		{"I don't think we have added the CNAME.", ""},
		{"I'm not sure whether click tracking is on.", ""},
		{"Everything is set up on our side.", allDone},
		{"The certificate had expired and we renewed it.", "certificate:done"},
		{"We added the CNAME, then moved the name behind our reverse proxy.", "brand-link:done certificate:done"},
		{"I have make the CNAME and i have activate the click tracking.", "brand-link:done tracking-on:done"},
		{"The CNAME record is there.", "brand-link:done"},
		{"Switch click tracking on!", ""},
		{"Since then the domain sits behind our CDN.", "certificate:done"},
		{"Is there a CNAME that I should add?", ""},
		{"I think the certificate is valid.", ""},
		{"pl Mam nadzieję, że certyfikat jest ważny.", ""},
		{"We added the CNAME and the certificate, but we removed both.", "brand-link:not_done certificate:not_done"},
		{"We added the CNAME but then we reverted it.", "brand-link:not_done"},
		{"Your docs say the CNAME is set by you.", ""},
		{"It is not true that we set the CNAME.", ""},
		{"Imagine we set the CNAME.", ""},
		{"I wish we had set the CNAME.", ""},
		{"Before we set the CNAME, does it cost anything?", ""},
		{"Once the CNAME is set, what do we do next?", ""},
		{"The certificate is almost ready.", ""},
		{"Neither the CNAME nor the certificate is set up.", "brand-link:not_done certificate:not_done"},
		{"havent done the certificate yet tho", "certificate:not_done"},
		{"We dont have the CNAME yet, weve turned click tracking on.", "brand-link:not_done tracking-on:done"},
		{"We have added the CNAME but not the certificate.", "brand-link:done certificate:not_done"},
		{"pl Dodaliśmy rekord CNAME, ale jeszcze nie certyfikat.", "brand-link:done certificate:not_done"},
		{"Our CDN does not serve the certificate yet.", "certificate:not_done"},
		{"Nothing is set up so far.", "brand-link:not_done certificate:not_done tracking-on:not_done"},
		{"The CNAME is done, our certificate guy is on holiday.", "brand-link:done"},
		{"Click tracking is on for all mails.", "tracking-on:done"},
		{"I add the CNAME and get 'something went wrong'.", "brand-link:failed"},
		{"We are on the old plan, the CNAME is there.", "brand-link:done"},
		{"We added the CNAME, and that we removed the old list you know.", "brand-link:done"},
		{"pl Dodaliśmy rekord CNAME, ale wczoraj wszystko usunęliśmy.", "brand-link:not_done"},
		{"pl W dokumentacji jest napisane, że rekord CNAME jest dodany.", ""},
		{"pl Włączono śledzenie kliknięć, dodano rekord CNAME.", "brand-link:done tracking-on:done"},
		{"pl CNAME wskazuje na links.sendline.example, certyfikat działa.", "brand-link:done certificate:done"},
		{"pl Nie wiem, czy śledzenie kliknięć jest włączone.", ""},
		{"pl Dopiero zamierzamy dodać rekord CNAME.", "brand-link:planned"},
		{"pl Nie udało się dodać rekordu CNAME.", "brand-link:failed"},
		{"pl Wszystko jest gotowe po naszej stronie.", allDone},
		{"pl Śledzenie kliknięć jest włączone, rekord CNAME dodany.", "brand-link:done tracking-on:done"},
		{"pl Nie mamy jeszcze certyfikatu.", "certificate:not_done"},
		{"pl Certyfikatu jeszcze nie wystawiliśmy.", "certificate:not_done"},
		{"pl Jutro ustawimy domenę za CDN.", "certificate:planned"},
		{"pl Wszystkie kroki z instrukcji są zrobione.", allDone},
		{"pl Zrobiłem wszystko oprócz certyfikatu.", "brand-link:done certificate:not_done tracking-on:done"},
		{"pl Kroki 1-2 zrobione.", "brand-link:done tracking-on:done"},
		{"pl Czy mamy dodać CNAME?", ""},
	} {
		text, polish := strings.CutPrefix(tc.text, "pl ")
		if polish {
			text = wantedPL + text
		} else {
			text = wanted + text
		}
		p := extract(t, sendline(t), ticketOf(text))
		if got := stepStates(p); got != tc.want {
			t.Errorf("%q\n got  %q\n want %q", tc.text, got, tc.want)
			for _, c := range p.Claims {
				t.Logf("  %s %v %q", c.State, c.Steps, c.Quotes[0].Text)
			}
		}
	}
}

// A claim is bound to the domains that its own words name.
func TestBindings(t *testing.T) {
	p := extract(t, sendline(t), ticketOf(wanted+
		"The CNAME for link.foxglove.example is in place. For link.bergamot.example we have not added the CNAME yet. Write to ada@foxglove.example, see www.google.com and links.sendline.example."))
	var got []string
	for _, c := range p.Claims {
		got = append(got, fmt.Sprintf("%v %s %v", c.Steps, c.State, c.Inputs["link_domain"]))
	}
	want := "[brand-link] done [link.foxglove.example]; [brand-link] not_done [link.bergamot.example]"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if ds := p.Matters[0].Inputs["link_domain"]; fmt.Sprint(ds) != fmt.Sprint(bothDomains) {
		t.Errorf("inputs %v", ds)
	}
}

// Nothing is chosen when nothing fits.
func TestNoProcedure(t *testing.T) {
	for _, text := range []string{
		"Where is my invoice for October?",
		"We would like a quote for ten million mails a month.",
		"It would be nice if the editor had larger buttons.",
		"Please cancel our subscription, we close the shop.",
		"It does not work.",
		"hello",
		"",
	} {
		p := extract(t, sendline(t), ticketOf(text))
		if got := p.Matters[0].Procedure; got != "" {
			t.Errorf("%q: procedure %q", text, got)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, tc := range []struct {
		text string
		want triage.Flag
	}{
		{"Thanks a lot, that works now!", triage.FlagThanksOnly},
		{"Dziękuję bardzo za pomoc!", triage.FlagThanksOnly},
		{"I am out of the office until Monday.", triage.FlagAutomatic},
		{"My lawyer will contact you.", triage.FlagLegal},
		{"Skieruję sprawę do UOKiK i sądu.", triage.FlagLegal},
		{"Thanks, but the links are still broken.", ""},
		{"I followed the instructions above.", ""},
		{"Could you route this DNS name to our server?", ""},
	} {
		p := extract(t, nil, ticketOf(tc.text))
		if got := fmt.Sprint(p.Flags); tc.want == "" && got != "[]" || tc.want != "" && got != "["+string(tc.want)+"]" {
			t.Errorf("%q: flags %s, want %q", tc.text, got, tc.want)
		}
	}
}

// Staff are needed for an act of theirs, not for advice.
func TestNeedsStaff(t *testing.T) {
	for text, want := range map[string]bool{
		"Please cancel my subscription.":                            true,
		"Could you turn the old sending domain off for us?":         true,
		"Please unlock my account.":                                 true,
		"Proszę o odblokowanie konta.":                              true,
		"Bitte stornieren Sie die Rechnung.":                        true,
		"We asked our hosting company, they say you must do it.":    true,
		"Can you help me with this issue?":                          false,
		"Please tell me how to enable signing.":                     false,
		"Can you check whether the webhook is active?":              false,
		"Could you explain what the latest release changed?":        false,
		"Jak mogę włączyć podpisy?":                                 false,
		"Why does the import stop after ten rows?":                  false,
		"I removed the record and added it again, please advise me": false,
	} {
		if p := extract(t, nil, ticketOf(text)); p.NeedsStaff != want {
			t.Errorf("%q: %v", text, p.NeedsStaff)
		}
	}
}

func TestKinds(t *testing.T) {
	for text, want := range map[string]triage.Kind{
		"How do I set up a dedicated IP?":                                 triage.KindSetup,
		"Our account was hacked, somebody else sends mail.":               triage.KindSecurity,
		"Please cancel my subscription.":                                  triage.KindCancel,
		"I was charged twice on the last invoice, please refund it.":      triage.KindBilling,
		"I lost my phone and cannot log in, my second factor is gone.":    triage.KindAccess,
		"Why was our account suspended?":                                  triage.KindAbuse,
		"Someone got into our account last night.":                        triage.KindSecurity,
		"Stop spamming me through your servers.":                          triage.KindAbuse,
		"I don't understand line 3 of last month's bill.":                 triage.KindBilling,
		"You took 20 EUR twice in May.":                                   triage.KindBilling,
		"nothing works, help":                                             triage.KindBroken,
		"Proszę o usunięcie moich danych zgodnie z RODO.":                 triage.KindPrivacy,
		"The dashboard shows an error and does not work since yesterday.": triage.KindBroken,
		"Proszę o zwrot pieniędzy za fakturę.":                            triage.KindBilling,
	} {
		p := extract(t, nil, ticketOf(text))
		if got := p.Matters[0].Kind; got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestItems(t *testing.T) {
	p := extract(t, sendline(t), ticketOf(`Hi, the page shows "Certificate name does not match" in Firefox 128 on Windows 11.
We use Cloudflare, nginx and version 8.0.2 of the plugin. Account acc-1001, order 10423, paid 49.90 EUR.
I followed the guide at https://docs.sendline.example/ssl-for-links. Our server is 192.0.2.7, mail ada@foxglove.example.`))
	have := map[string]bool{}
	for _, v := range append(p.Environment, p.Entities...) {
		have[v.Kind+" "+v.Value] = true
	}
	for _, want := range []string{"browser Firefox 128", "os Windows 11", "cdn Cloudflare", "framework nginx", "version 8.0.2",
		"account acc-1001", "order 10423", "amount 49.90 EUR", "ip 192.0.2.7", "email ada@foxglove.example",
		"url https://docs.sendline.example/ssl-for-links"} {
		if !have[want] {
			t.Errorf("no %s in %v", want, have)
		}
	}
	if len(p.Symptoms) != 1 || p.Symptoms[0].Text != "Certificate name does not match" {
		t.Errorf("symptoms %+v", p.Symptoms)
	}
	if len(p.Documents) != 1 || p.Documents[0].Topic != "https-click-tracking" {
		t.Errorf("documents %+v", p.Documents)
	}
}

// Hostile and huge input costs a bounded time and is read as far as the
// limits go.
func TestLimits(t *testing.T) {
	many := ticketOf(strings.Split(strings.Repeat("I restarted it. It still fails.\x00", 2000), "\x00")...)
	for name, tick := range map[string]*triage.Ticket{
		"megabyte of claims": ticketOf(strings.Repeat("I added the CNAME record, and it works. ", 1<<15)),
		"one sentence":       ticketOf(strings.Repeat("I changed the plan, and ", 1<<16)),
		"one word":           ticketOf(strings.Repeat("a", 1<<20)),
		"quotation marks":    ticketOf(strings.Repeat("“", 1<<18)),
		"commas":             ticketOf(strings.Repeat(",i", 1<<19)),
		"brackets":           ticketOf(strings.Repeat("[", 1<<20)),
		"dots":               ticketOf(strings.Repeat("a.", 1<<19)),
		"at signs":           ticketOf(strings.Repeat("a@", 1<<19)),
		"bullets":            ticketOf(strings.Repeat("- did it\n", 1<<17)),
		"messages":           many,
	} {
		t.Run(name, func(t *testing.T) {
			w := sendline(t)
			in := triage.Reading{Ticket: tick, Candidates: w.Procedures, Knowledge: w}
			began := spent.Time()
			p, err := readerOf(w).Extract(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if took := spent.Time() - began; took > 3*time.Second {
				t.Errorf("took %v", took)
			}
			if fmt.Sprint(p.Flags) != "[shortened]" {
				t.Errorf("flags %v", p.Flags)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("I added “the CNAME” for link.foxglove.example, and it works.\n- done: (all)\n> old", "Dodałem [rekord] — nie działa…")
	f.Add("```\ncode\n$ dig x\n\u202e1) i've\t: :", "...... ?!? 1. 2) • • [x] “”")
	w := sendline(f)
	o := New(w)
	f.Fuzz(func(t *testing.T, a, b string) {
		tick := ticketOf(strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, ""))
		p, err := o.Extract(context.Background(), triage.Reading{Ticket: tick, Candidates: w.Procedures, Knowledge: w})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Claims {
			q := c.Quotes[0]
			if text := tick.N(q.Message).Text; q.Start < 0 || q.Start+len(q.Text) > len(text) || text[q.Start:q.Start+len(q.Text)] != q.Text {
				t.Fatalf("quote %+v of %q", q, text)
			}
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	w := sendline(b)
	o := New(w)
	long := strings.Repeat("I restarted the router and checked the logs, but the page still shows an error in Firefox 128. ", 6)
	in := triage.Reading{Ticket: ticketOf(wanted+long, "agent: "+long, long, "agent: "+long, long), Candidates: w.Procedures, Knowledge: w}
	for b.Loop() {
		if _, err := o.Extract(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}
