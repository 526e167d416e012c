package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/net/html"

	"readback/channel"
	"readback/knowledge"
	"readback/store"
	"readback/triage"
	"readback/web"
)

// payloads try to run script from wherever text is shown: those that break out of
// a place by hand, and each kind of element with each way to begin by itself.
var payloads = slices.Concat(byHand, elements())

// elements are attacks by elements that run script on their own.
func elements() []string {
	var out []string
	for _, element := range []string{"img src=x", "svg", "video src=x", "audio src=x", "body", "details open", "input autofocus", "textarea autofocus",
		"select autofocus", "iframe src=x", "object data=x", "marquee", "button autofocus", "a href=# autofocus", "div contenteditable autofocus",
		"style", "link rel=stylesheet href=x", "x-y tabindex=1 autofocus"} {
		for _, event := range []string{"onerror", "onload", "onfocus", "ontoggle", "onpointerenter"} {
			out = append(out, "<"+element+" "+event+"=window.__xss=1>")
		}
	}
	for _, address := range []string{"javascript:window.__xss=1", "JaVaScRiPt:window.__xss=1", "java\tscript:window.__xss=1", "\x01javascript:window.__xss=1",
		" javascript:window.__xss=1", "&#106;avascript:window.__xss=1", "data:text/html;base64,PHNjcmlwdD53aW5kb3cuX194c3M9MTwvc2NyaXB0Pg==", "vbscript:window.__xss=1",
		"https://x.example/\" onclick=\"window.__xss=1", "https://x.example/'><script>window.__xss=1</script>"} {
		out = append(out, "[words]("+address+")", "<"+address+">")
	}
	return out
}

var byHand = []string{
	`<script>window.__xss=1</script>`,
	`"><script>window.__xss=1</script>`,
	`'><script>window.__xss=1</script>`,
	`</textarea><script>window.__xss=1</script>`,
	`</title><script>window.__xss=1</script>`,
	`</style><script>window.__xss=1</script>`,
	`</script><script>window.__xss=1</script>`,
	`--><script>window.__xss=1</script><!--`,
	`]]><script>window.__xss=1</script>`,
	`<ScRiPt>window.__xss=1</sCrIpT>`,
	`<script src=data:,window.__xss=1></script>`,
	`<script src="/static/../messages/x/raw"></script>`,
	`<img src=x onerror=window.__xss=1>`,
	`<img src="x" onerror="alert(1)">`,
	`<img/src/onerror=window.__xss=1>`,
	`" onmouseover="window.__xss=1`,
	`' onfocus='window.__xss=1' autofocus='`,
	`" autofocus onfocus=window.__xss=1 x="`,
	"` onerror=window.__xss=1 `",
	`<svg onload=window.__xss=1>`,
	`<svg><script>window.__xss=1</script></svg>`,
	`<svg><animate onbegin=window.__xss=1 attributeName=x dur=1s>`,
	`<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/></svg>`,
	`<math><mtext><script>window.__xss=1</script></mtext></math>`,
	`<body onload=window.__xss=1>`,
	`<iframe src="javascript:parent.__xss=1"></iframe>`,
	`<iframe srcdoc="<script>parent.__xss=1</script>"></iframe>`,
	`<object data="javascript:window.__xss=1"></object>`,
	`<embed src="javascript:window.__xss=1">`,
	`<a href="javascript:window.__xss=1">x</a>`,
	`javascript:window.__xss=1`,
	`data:text/html,<script>window.__xss=1</script>`,
	`<form action="javascript:window.__xss=1"><button autofocus>x</button></form>`,
	`<input autofocus onfocus=window.__xss=1>`,
	`<details open ontoggle=window.__xss=1>`,
	`<video><source onerror=window.__xss=1></video>`,
	`<audio src=x onerror=window.__xss=1>`,
	`<marquee onstart=window.__xss=1>`,
	`<meta http-equiv="refresh" content="0;url=javascript:window.__xss=1">`,
	`<link rel=stylesheet href="data:text/css,*{display:none}">`,
	`<style>*{display:none}</style>`,
	`<base href="https://evil.example/">`,
	`<template><script>window.__xss=1</script></template>`,
	`<noscript><p title="</noscript><img src=x onerror=window.__xss=1>">`,
	`{{.Workspace}}{{printf "%s" "<script>window.__xss=1</script>"}}`,
	`&lt;script&gt;window.__xss=1&lt;/script&gt;`,
	`&#60;script&#62;window.__xss=1&#60;/script&#62;`,
	"\u003cscript\u003ewindow.__xss=1\u003c/script\u003e",
	"\u202e<script>window.__xss=1</script>\u2066",
	"<scr\x00ipt>window.__xss=1</scr\x00ipt>",
	"%3Cscript%3Ewindow.__xss=1%3C/script%3E",
	"+ADw-script+AD4-window.__xss=1+ADw-/script+AD4-",
	"\ufeff<script>window.__xss=1</script>",
	`#d-1-1"><img src=x onerror=window.__xss=1>`,
}

// poisoned puts a payload into every field that a stranger, a model or an
// account can fill.
func poisoned(p string) (store.Inbound, func(*triage.Ticket) triage.Result) {
	in := store.Inbound{Source: "chat/" + p, Subject: p, Raw: []byte(p), RawType: "text/html",
		Customer: triage.Customer{ID: p, Email: p, Name: p, AccountID: p},
		Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelChat, Text: p, ExternalID: p, PageURL: p, SentAt: now,
			Device: triage.Device{UserAgent: p, Hints: map[string]string{p: p}}, Attachments: []triage.Attachment{{Name: p, Type: p, Size: 1}}}}}
	return in, func(tk *triage.Ticket) triage.Result {
		text := tk.Messages[0].Text // as it was stored, without NUL
		quoted := evidence(tk, 1, text)
		inputs := map[string]string{p: p}
		steps := []triage.StepPosition{{ID: "certificate", By: knowledge.Customer, State: triage.StepVerified, Claimed: triage.ClaimDone, Check: triage.Pass}, {ID: p, State: triage.StepState(p)}}
		pos := triage.Position{Inputs: inputs, Steps: steps, Next: &triage.Next{Step: p, By: knowledge.Customer}, Effort: triage.Effort(p)}
		route := triage.Route{Action: triage.Assign, Tier: p, Reasons: []triage.Reason{{Code: p, Text: p, Params: inputs}, {Code: p}}}
		m := triage.Matter{ID: "m1", Kind: triage.Kind(p), Procedure: "https-click-tracking", Positions: []triage.Position{pos}, Route: route}
		unknown := triage.Matter{ID: "m2", Kind: triage.Kind(p), Procedure: p, Positions: []triage.Position{pos}, Route: route}
		r := triage.Result{Route: route, Matters: []triage.Matter{m, unknown}, Position: &triage.LeadingPosition{Matter: "m1", Procedure: m.Procedure, Position: pos},
			Extractor: triage.ExtractorInfo{Name: p, Model: p, Degraded: true}}
		r.Facts.Account = &triage.Account{ID: p, Owner: p, Plan: p, MatchedBy: p, Source: p, Fields: map[string]any{p: []any{p, map[string]any{p: p}}}}
		r.Facts.Device = []triage.DeviceFact{{Kind: triage.EnvKind(p), Value: p, Source: p}}
		r.Facts.Checks = []triage.CheckResult{{Check: p, Matter: "m1", Step: "certificate", Inputs: inputs, Outcome: triage.CheckOutcome(p), State: p,
			Expected: p, Seen: p, Code: p, CodeParams: inputs, Evidence: []string{p}, ObservedAt: now}}
		r.Brief = triage.Brief{Language: p, Summary: p, Urgency: triage.Urgency(p), Kind: triage.Kind(p), Request: triage.Request{Text: p, Evidence: quoted},
			Claims:      []triage.Claim{{ID: p, Matter: "m1", Step: "certificate", Inputs: inputs, What: p, State: triage.ClaimState(p), Verdict: triage.VerdictVerified, Evidence: quoted}},
			Documents:   []triage.Document{{URL: p, Title: p, Topic: p, Evidence: quoted}, {URL: p}},
			Environment: []triage.EnvItem{{Kind: triage.EnvKind(p), Value: p, Evidence: quoted}},
			Symptoms:    []triage.Symptom{{Text: p, Evidence: []triage.Evidence{{Kind: triage.EvidenceKind(p), Quote: p}}}},
			Attachments: []triage.AttachmentNote{{Name: p}}, Questions: []string{p}, Flags: []triage.Flag{triage.Flag(p)}}
		return r
	}
}

var ownScript = regexp.MustCompile(`^/static/(app|keys|compose|inbox|panel)\.[0-9a-f]+\.js$`)

// ids and names that differ from page to page: those of what is stored, and of
// the inputs of procedures, which a workspace names or, once they are gone, a result.
var (
	anyID    = regexp.MustCompile(`\b(tkt|msg|brf|rep|cor|mov|act|inc|han|not|fil)_[a-z0-9]+`)
	anyInput = regexp.MustCompile(`(?s)^input\..*$`)
)

// control tells what a form or a field is, "" for what is none.
func control(n *html.Node) string {
	switch n.Data {
	case "form":
		return "form " + attr(n, "method") + " " + anyID.ReplaceAllString(attr(n, "action"), "ID")
	case "input", "textarea", "select", "button":
		return n.Data + " " + attr(n, "type") + " " + anyInput.ReplaceAllString(attr(n, "name"), "input.*") + " " + attr(n, "formaction")
	}
	return ""
}

// controls are the forms and fields of pages with nothing hostile in them.
func controls(t *testing.T, bodies ...string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, body := range bodies {
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			out[control(n)] = true
		}
	}
	return out
}

// inert fails when a page has content that could act; ours are the controls
// that it may have.
func inert(t *testing.T, where, body string, ours map[string]bool) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			if src := attr(n, "src"); !ownScript.MatchString(src) || n.FirstChild != nil {
				t.Errorf("%s: script %q", where, src)
			}
		case "iframe", "object", "embed", "base", "style", "template", "animate", "img", "video", "audio", "math", "marquee":
			t.Errorf("%s: <%s>", where, n.Data)
		case "form", "input", "textarea", "select", "button":
			if c := control(n); !ours[c] {
				t.Errorf("%s: <%s>, which no page of ours has", where, c)
			}
		case "link":
			if !strings.HasPrefix(attr(n, "href"), "/static/") {
				t.Errorf("%s: link to %q", where, attr(n, "href"))
			}
		case "meta":
			if attr(n, "http-equiv") != "" {
				t.Errorf("%s: meta http-equiv", where)
			}
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "autofocus" {
				t.Errorf("%s: <%s %s=%q>", where, n.Data, a.Key, a.Val)
			}
			if (a.Key == "href" || a.Key == "src" || a.Key == "formaction") && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:")) {
				t.Errorf("%s: <%s %s=%q>", where, n.Data, a.Key, a.Val)
			}
		}
	}
}

func TestNothingStoredIsExecuted(t *testing.T) {
	if len(payloads) < 150 {
		t.Fatalf("%d payloads", len(payloads))
	}
	s := newSite(t, nil)
	var ours map[string]bool
	for i, p := range slices.Concat([]string{"plain words", "plain words"}, payloads) { // two of one customer, which may be one conversation
		in, result := poisoned(p)
		id := s.triaged(t, in, result)
		for _, c := range []triage.Correction{{What: triage.WhatState, Matter: p, Step: p, Inputs: map[string]string{p: p}, Value: "done", Procedure: p},
			{What: triage.WhatInput, Matter: "m1", Item: p, Value: p}, {What: triage.WhatProcedure, Matter: "m1", Value: p}} {
			c.TicketID, c.Who, c.Why, c.Role = id, p, p, triage.RoleCustomer
			if _, err := s.store.AddCorrection(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		status, body := s.get(t, "/tickets/"+id)
		if status != 200 {
			t.Fatalf("payload %d: %d", i, status)
		}
		_, moves := s.get(t, "/tickets/"+id+"/move")
		if !strings.Contains(moves, `class="move"`) {
			t.Fatalf("payload %d: no page to move", i)
		}
		status, panel := s.get(t, "/panel/tickets/"+id)
		if status != 200 {
			t.Fatalf("panel of payload %d: %d", i, status)
		}
		if i < 2 {
			_, inbox := s.get(t, "/inbox?limit=200")
			ours = controls(t, body, moves, inbox, panel)
		}
		inert(t, fmt.Sprintf("ticket of payload %d", i), body, ours)
		inert(t, fmt.Sprintf("moves of payload %d", i), moves, ours)
		inert(t, fmt.Sprintf("panel of payload %d", i), panel, ours)
	}
	_, body := s.get(t, "/inbox?limit=200")
	inert(t, "inbox", body, ours)

	t.Run("in a browser", func(t *testing.T) {
		var tickets []string // each with several, so that a browser opens fewer pages
		for group := range slices.Chunk(payloads, 5) {
			in, result := poisoned(strings.Join(group, "\n"))
			tickets = append(tickets, s.triaged(t, in, result))
		}
		ctx := chromium(t)
		quiet := listenForDialogs(t, ctx)
		paths := []string{"inbox?limit=200"}
		for i, id := range tickets {
			paths = append(paths, "tickets/"+id)
			if i%6 == 0 {
				paths = append(paths, "panel/tickets/"+id)
			}
		}
		for _, path := range paths {
			do(t, ctx, chromedp.Navigate(s.URL+"/"+path), chromedp.WaitReady(chromedp.CSS("#main")))
			// Open everything that can be opened, so that all of it is laid out.
			if eval[bool](t, ctx, `document.querySelectorAll("details").forEach(d => d.open = true);
				document.querySelectorAll("a.cell").forEach(c => c.click()); window.__xss !== undefined`) {
				t.Errorf("%s: script ran", path)
			}
		}
		quiet()
	})
}

// listenForDialogs returns what fails when the page has opened a dialog since.
func listenForDialogs(t *testing.T, ctx context.Context) (quiet func()) {
	t.Helper()
	dialogs := make(chan string, 100)
	events := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for e, err := range events {
			if err != nil {
				return
			}
			dialogs <- e.Message
		}
	}()
	return func() {
		t.Helper()
		select {
		case d := <-dialogs:
			t.Errorf("a dialog opened: %s", d)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// The same through each door: the chat hook, the API and the widget. What they
// answer is no page, and the pages that show it are inert.
func TestNothingThatArrivesIsExecuted(t *testing.T) {
	s := newWidgetSite(t, func(o *web.Options) { o.Secrets = map[string]string{"site": secret} })
	plain, _ := poisoned("plain words")
	s.triaged(t, plain, nil)
	harmless := s.triaged(t, plain, nil) // which may belong to the other
	for i, p := range payloads {
		s.passed.Add(1) // no rate limits here
		id := fmt.Sprintf("message-%04d", i)
		asJSON := func(v any) string {
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		customer := map[string]string{"id": p, "email": p, "name": p, "account_id": p}
		file := []map[string]any{{"name": p, "type": p, "size": 1}}
		hook := s.signed(t, "site", asJSON(map[string]any{"conversation_id": p, "message_id": p, "text": p, "customer": customer, "page_url": p, "attachments": file,
			"device": map[string]any{"user_agent": p, "hints": map[string]string{p: p}}, "documents": []map[string]string{{"url": p}}}), func(r *http.Request) {
			key, err := channel.ParseKey(secret)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			key.Sign(r.Header, "evt", now.Add(time.Duration(s.passed.Load())*time.Minute), body)
		})
		api, err := http.NewRequest("POST", s.URL+"/api/v1/tickets", strings.NewReader(asJSON(map[string]any{"channel": "chat", "subject": p, "customer": customer,
			"messages": []map[string]any{{"text": p, "external_id": p, "page_url": p, "attachments": file}}})))
		if err != nil {
			t.Fatal(err)
		}
		api.Header.Set("Authorization", "Bearer "+token)
		api.Header.Set("Content-Type", "application/json")
		v := s.visitor(t, userToken(t, jwt.SigningMethodHS256, []byte(widgetSecret), jwt.MapClaims{"sub": p, "name": p, "account_id": p, "exp": now.Add(time.Duration(s.passed.Load())*time.Minute + time.Hour).Unix()}))
		kind, body := form(t, map[string]any{"id": id, "text": p, "page_url": "https://x.example/" + p, "hints": map[string]string{"sec-ch-ua-model": p},
			"documents": []map[string]string{{"url": "https://x.example/" + p, "opened_at": "2026-11-22T14:00:00Z"}}}, [2]string{headerText(p), p})
		for name, r := range map[string]*http.Request{"hook": hook, "API": api, "widget": v.request(t, "POST", "message", kind, body)} {
			status, h, answer := send(t, r)
			if status != 202 && status != 201 && status != 200 || !strings.HasPrefix(h.Get("Content-Type"), "application/json") || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("payload %d by the %s: %d %v %s", i, name, status, h, answer)
			}
		}
	}
	all := s.tickets(t)
	_, page := s.get(t, "/tickets/"+harmless)
	ours := controls(t, page)
	for after := ""; ; {
		list, err := s.store.Tickets(t.Context(), store.Filter{After: after, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, sum := range list.Tickets {
			status, body := s.get(t, "/tickets/"+sum.ID)
			if status != 200 {
				t.Fatalf("%s: %d", sum.ID, status)
			}
			inert(t, "ticket "+sum.ID, body, ours)
		}
		if after = list.Next; after == "" {
			break
		}
	}
	if len(all) == 0 {
		t.Error("nothing arrived")
	}
}

// By mail: names, subjects, text, HTML and names of files, into the ticket's page
// and the panel.
func TestNothingMailedIsExecuted(t *testing.T) {
	s := mailSite(t)
	word := func(text string) string { return "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?=" }
	mail := func(n int, p string) string {
		part := func(kind string) string {
			return "--b\r\nContent-Type: " + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(p)) + "\r\n"
		}
		body := part("text/html")
		if n%2 == 0 {
			body = part("text/plain") + body
		}
		return fmt.Sprintf("Message-ID: <x%d@shop.example>\r\nFrom: %s <x%d@shop.example>\r\nTo: help@sendline.example\r\nSubject: %s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n%s"+
			"--b\r\nContent-Type: application/octet-stream; name=\"%s\"\r\nContent-Disposition: attachment; filename=\"%s\"\r\n\r\nx\r\n--b--\r\n", n, word(p), n, word(p), body, word(p), word(p))
	}
	var ours map[string]bool
	for i, p := range append([]string{"plain words"}, payloads...) {
		s.passed.Add(1)
		status, _, answer := send(t, s.mail(t, "raw", "message/rfc822", []byte(mail(i, p))))
		if status != 202 {
			t.Fatalf("payload %d: %d %s", i, status, answer)
		}
		var got struct{ Ticket string }
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		_, result := poisoned(p)
		s.save(t, got.Ticket, func(tk *triage.Ticket) triage.Result {
			r := result(tk)
			r.Route.Action = triage.Assign
			return r
		})
		_, page := s.get(t, "/tickets/"+got.Ticket)
		status, panel := s.get(t, "/panel/tickets/"+got.Ticket)
		if status != 200 {
			t.Fatalf("panel of payload %d: %d", i, status)
		}
		if i == 0 {
			ours = controls(t, page, panel)
		}
		inert(t, fmt.Sprintf("ticket of mail %d", i), page, ours)
		inert(t, fmt.Sprintf("panel of mail %d", i), panel, ours)
	}
}

// In the widget: what the visitor wrote, what an agent answers, names of files,
// and all lines of the readback, on the page of another site.
func TestNothingInTheWidgetIsExecuted(t *testing.T) {
	s := newWidgetSite(t, nil)
	s.policy = "" // the page of a host without any policy: nothing but the widget itself holds them off
	v := s.visitor(t, userToken(t, jwt.SigningMethodHS256, []byte(widgetSecret), jwt.MapClaims{"sub": "rowena", "exp": now.Add(20 * time.Hour).Unix()}))
	var id string
	for i, p := range payloads {
		s.passed.Add(1) // no rate limits here
		kind, body := form(t, map[string]string{"id": fmt.Sprintf("message-%04d", i), "text": p}, [2]string{headerText(p), p})
		r := v.request(t, "POST", "message", kind, body)
		if status, h, answer := send(t, r); status != 202 {
			t.Fatalf("%d: %v %s", i, h, answer)
		}
		if id == "" {
			id = s.stored(t, 1).ID
		}
		s.answer(t, id, p)
	}
	ctx := chromium(t)
	quiet := listenForDialogs(t, ctx)
	s.with(fmt.Sprintf(`data-user="%s" data-title="<img src=x onerror=window.__xss=1>"`, v.user))
	s.visit(t, ctx)
	eventually(t, ctx, fmt.Sprintf(`document.querySelector("#readback-widget").shadowRoot.querySelectorAll(".msg").length === %d`, 2*len(payloads)))
	const strange = `(() => {
		const root = document.querySelector("#readback-widget").shadowRoot, known = ["A", "ARTICLE", "BUTTON", "CODE", "DIV", "FORM", "H2", "H3", "HEADER", "INPUT", "LABEL", "LI", "P", "SECTION", "SPAN", "STRONG", "svg", "path", "TEXTAREA", "TIME", "UL"];
		return [...root.querySelectorAll("*")].filter((e) => !known.includes(e.tagName) || [...e.attributes].some((a) => a.name.startsWith("on") || a.name === "style" || a.name === "src" || a.name === "autofocus") ||
			e.tagName === "A" && !/^https?:$/.test(e.protocol)).map((e) => e.outerHTML).concat(window.__xss === undefined ? [] : ["script ran"]).join("\n");
	})()`
	if found := eval[string](t, ctx, strange); found != "" {
		t.Errorf("the thread: %s", found)
	}
	for group := range slices.Chunk(payloads, 20) {
		s.save(t, id, func(tk *triage.Ticket) triage.Result {
			r := understood(&triage.Ticket{Messages: []triage.Message{{ID: tk.Messages[0].ID, Text: firstMessage}}})
			r.Route.Reasons = []triage.Reason{{Code: "route.missing_input", Params: map[string]string{"question": group[0]}}}
			r.Brief.Claims, r.Brief.Language = nil, group[0]
			for i, p := range group {
				r.Brief.Claims = append(r.Brief.Claims, triage.Claim{ID: p, Matter: "m1", State: triage.ClaimDone, Inputs: map[string]string{"link_domain": p},
					Evidence: []triage.Evidence{{Kind: triage.EvidenceQuote, MessageID: tk.Messages[0].ID, Quote: p, End: 1}}})
				if i < len(r.Facts.Checks) {
					r.Facts.Checks[i].CodeParams = map[string]string{"name": p, "issuer": p, "until": p, "days": p}
				}
			}
			return r
		})
		eventually(t, ctx, `document.querySelector("#readback-widget").shadowRoot.querySelector(".next").textContent !== ""`)
		if found := eval[string](t, ctx, strange); found != "" {
			t.Errorf("the readback: %s", found)
		}
	}
	quiet()
}

// headerText is what of a text can stand in a header: a name of a file.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, s)
}
