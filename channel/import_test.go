package channel

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"readback/store"
	"readback/triage"
)

// exportFile is a file of an export in memory.
func exportFile(name, text string) ExportFile {
	return ExportFile{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// readExport reads an export into lines "key role text", one for each message,
// and the reasons of its faults.
func readExport(t testing.TB, e *Export) (said, faults []string, tickets map[string]store.PastTicket) {
	t.Helper()
	tickets = map[string]store.PastTicket{}
	err := e.Read(context.Background(), func(p store.PastTicket) error {
		for _, m := range p.Messages {
			who := string(m.Role)
			if m.Agent != "" {
				who += " " + m.Agent
			}
			if m.Team != "" {
				who += "@" + m.Team
			}
			said = append(said, fmt.Sprintf("%s %s %s", p.Key, who, strings.ReplaceAll(m.Text, "\n", "/")))
		}
		tickets[p.Key] = p
		return nil
	}, func(f store.ImportFault) { faults = append(faults, f.File+": "+f.Place+": "+f.Reason) }, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return said, faults, tickets
}

const zendeskUsers = `"users":[{"id":1,"name":"Ann","email":"ann@shop.example","role":"end-user"},{"id":7,"name":"Ola","role":"agent","default_group_id":3},{"id":8,"name":"Max","role":"admin","default_group_id":4}],
"groups":[{"id":3,"name":"First line","deleted":false},{"id":4,"name":"Engineering","deleted":false}]`

func TestReadExports(t *testing.T) {
	ticket := `{"id":%d,"subject":"Links","status":"solved","requester_id":1,"assignee_id":8,"group_id":4,"tags":["dns"],"created_at":"2025-03-02T09:00:00Z","description":"I did it"`
	comments := `[{"id":11,"author_id":1,"body":"I did it","public":true,"created_at":"2025-03-02T09:00:00Z"},{"id":12,"author_id":7,"body":"Please do it","public":true,"created_at":"2025-03-02T10:00:00Z"},{"id":13,"author_id":7,"body":"secret note","public":false},{"id":14,"author_id":8,"html_body":"<p>I have <b>switched</b> it on.</p><!-- x -->","public":true,"created_at":"2025-03-03T10:00:00Z"}]`
	talk := []string{"5 customer I did it", "5 agent Ola@First line Please do it", "5 agent Max@Engineering I have switched it on."}
	one := fmt.Sprintf(ticket, 5)
	chat := `{"id":9,"status":"resolved","labels":["billing"],"created_at":1740906000,"meta":{"sender":{"name":"Bo","email":"bo@shop.example"},"assignee":{"name":"Ola"},"team":{"name":"Money"},"channel":"Channel::WebWidget"}`
	said := `[{"id":1,"content":"Hi, I was charged twice","message_type":0,"created_at":1740906000,"conversation_id":9,"sender":{"name":"Bo","type":"contact"}},{"id":2,"content":"Assigned to Ola","message_type":2,"conversation_id":9},{"id":3,"content":"Refunded","message_type":1,"created_at":1740906060,"conversation_id":9,"sender":{"name":"Ola","type":"user"}},{"id":4,"content":"hidden","message_type":1,"private":true,"conversation_id":9,"sender":{"name":"Ola","type":"user"}}]`
	chatTalk := []string{"9 customer Hi, I was charged twice", "9 agent Ola Refunded"}
	for _, c := range []struct {
		name, format string
		files        []ExportFile
		columns      Columns
		agents       []string
		said, faults []string
	}{
		{"zendesk, a page with sideloads and one ticket with comments", KindZendesk, []ExportFile{exportFile("page.json", `{"tickets":[`+one+`,"comments":`+comments+`}],`+zendeskUsers+`,"count":1,"end_of_stream":true}`)}, nil, nil, talk, nil},
		{"zendesk, lines with the people in them", KindZendesk, []ExportFile{exportFile("full.json", `{"id":5,"subject":"x","status":"closed","requester":{"id":1,"name":"Ann","email":"ann@shop.example"},"comments":`+strings.ReplaceAll(comments, "\n", "")+"}\n")}, nil, nil,
			[]string{"5 customer I did it", "5 agent 7 Please do it", "5 agent 8 I have switched it on."}, nil},
		{"zendesk, tickets, comments and people in files of their own", KindZendesk, []ExportFile{exportFile("tickets.json", `{"tickets":[`+one+`}]}`), exportFile("ticket_5_comments.json", `{"comments":`+comments+`}`), exportFile("people.json", `{`+zendeskUsers+`}`)}, nil, nil, talk, nil},
		{"zendesk, events", KindZendesk, []ExportFile{exportFile("events.json", `{"ticket_events":[{"id":1,"ticket_id":5,"child_events":`+strings.ReplaceAll(comments, `"id"`, `"event_type":"Comment","id"`)+`},{"id":2,"ticket_id":5,"child_events":[{"id":20,"event_type":"Change","status":"solved"}]}],`+zendeskUsers+`}`)}, nil, nil, talk, nil},
		{"zendesk, a ticket alone", KindZendesk, []ExportFile{exportFile("t.json", `{"ticket":`+one+`},"comments":`+comments+`,`+zendeskUsers+`}`)}, nil, nil, talk, nil},
		{"zendesk, no comments anywhere", KindZendesk, []ExportFile{exportFile("t.json", "["+one+"}]")}, nil, nil, []string{"5 customer I did it"}, nil},
		{"zendesk, a comment that is none", KindZendesk, []ExportFile{exportFile("t.json", one+`,"comments":[{"id":11,"author_id":1,"body":"I did it"},{"id":12,"body":7}]}`+"\n")}, nil, nil, []string{"5 customer I did it"},
			[]string{"t.json: line 1: a comment of ticket 5: body is a number, which it cannot be"}},
		{"chatwoot, a conversation with its messages", KindChatwoot, []ExportFile{exportFile("c.json", chat+`,"messages":`+said+`}`)}, nil, nil, chatTalk, nil},
		{"chatwoot, list and messages apart", KindChatwoot, []ExportFile{exportFile("list.json", `{"data":{"meta":{"all_count":1},"payload":[`+chat+`,"messages":[]}]}}`), exportFile("m.json", `{"meta":{"labels":[]},"payload":`+said+`}`)}, nil, nil, chatTalk, nil},
		{"csv, a row a message", "csv", []ExportFile{exportFile("a.csv", "Ticket ID;Author;Created at;Body;Status\n4;Ann;2025-03-02 09:00:00;\"I did it;\nreally\";solved\n4;Ola;2025-03-02 10:00:00;Do it;solved\n")}, nil, nil,
			[]string{"4 customer I did it;/really", "4 agent Ola Do it"}, nil},
		{"csv, said by roles", "csv", []ExportFile{exportFile("a.csv", "case,kind,words\n4,end-user,Hello\n4,agent,Hi\n4,ghost,Boo\n")}, Columns{"text": "words", "role": "kind"}, nil, []string{"4 customer Hello", "4 agent Hi"},
			[]string{"a.csv: line 4: the role is none that is known"}},
		{"csv, a row a ticket", "csv", []ExportFile{exportFile("a.csv", "id,email,description,answer,agent\n4,ann@shop.example,Hello,Hi,Ola\n")}, nil, nil, []string{"4 customer Hello", "4 agent Ola Hi"}, nil},
		{"csv, a quotation mark too many", "csv", []ExportFile{exportFile("a.csv", "id,body\n1,\"broken\n2,fine\n3,\"also \"\"fine\"\"\"\n4\n5,\"two\nlines\"\n")}, nil, nil,
			[]string{"1 customer broken", "2 customer fine", `3 customer also "fine"`, "5 customer two/lines"}, []string{"a.csv: line 5: the row has not as many fields"}},
		{"mbox", "mbox", []ExportFile{exportFile("a.mbox", "From ann@shop.example Sun Mar  2 09:00:00 2025\nFrom: Ann <ann@shop.example>\nTo: help@desk.example\nSubject: Links\nMessage-ID: <a@shop.example>\nDate: Sun, 2 Mar 2025 09:00:00 +0000\n\nI did it.\n\nFrom here on it fails.\n>From me too.\n\n"+
			"From help@desk.example Sun Mar  2 10:00:00 2025\nFrom: Ola <help@desk.example>\nTo: ann@shop.example\nIn-Reply-To: <a@shop.example>\nMessage-ID: <b@desk.example>\nSubject: Re: Links\nDate: Sun, 2 Mar 2025 10:00:00 +0000\n\nPlease do it.\n\n"+
			"From ann@shop.example Sun Mar  2 11:00:00 2025\nFrom: ann@shop.example\nTo: help@desk.example\nIn-Reply-To: <b@desk.example>\nMessage-ID: <c@shop.example>\nSubject: Re: Links\nDate: Sun, 2 Mar 2025 11:00:00 +0000\n\nI have.\n")}, nil, []string{"desk.example"},
			[]string{"a@shop.example customer I did it.//From here on it fails./From me too.", "a@shop.example agent Ola Please do it.", "a@shop.example customer I have."}, nil},
		{"jsonl", "jsonl", []ExportFile{exportFile("a.jsonl", `{"id":"a","messages":[{"text":"Hello"},{"role":"agent","agent":"ola","tier":"first","text":"Hi"}]}`+"\n"+`{"id":"b","messages":[{"role":"owl","text":"Hu"}]}`+"\n\n"+`{"id":"c","input":{"messages":[{"text":"Three"}]}}`)}, nil, nil,
			[]string{"a customer Hello", "a agent ola@first Hi", "c customer Three"}, []string{`a.jsonl: line 2: messages[0].role is "owl"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, faults, tickets := readExport(t, &Export{Format: c.format, Files: c.files, Map: c.columns, Agents: c.agents})
			if strings.Join(got, "\n") != strings.Join(c.said, "\n") {
				t.Errorf("said:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.said, "\n"))
			}
			if len(faults) != len(c.faults) {
				t.Fatalf("faults: %q", faults)
			}
			for i := range faults {
				if !strings.HasPrefix(faults[i], c.faults[i]) {
					t.Errorf("fault %q, want %q", faults[i], c.faults[i])
				}
			}
			if z, ok := tickets["5"]; ok && c.format == KindZendesk && strings.Contains(c.name, "sideloads") {
				if z.State != "solved" || !z.Solved || z.Team != "Engineering" || z.Assignee != "Max" || strings.Join(z.Tags, ",") != "dns" || z.Customer.Email != "ann@shop.example" || z.Opened.Year() != 2025 {
					t.Errorf("the ticket has %+v", z)
				}
			}
		})
	}
}

// good is a ticket of an export in JSON Lines.
func good(id int) string {
	return fmt.Sprintf(`{"id":"t%d","messages":[{"text":"Zażółć %d"}]}`, id, id)
}

func utf16le(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s)) // to memory
	_ = z.Close()
	return b.String()
}

// TestBrokenExports plants faults into exports: every good ticket comes in,
// every bad one is listed.
func TestBrokenExports(t *testing.T) {
	lines := good(1) + "\n" + good(2) + "\n" + good(3) + "\n"
	long := `{"id":"long","messages":[{"text":"` + strings.Repeat("x", maxRecord) + `"}]}`
	for _, c := range []struct {
		name, text    string
		tickets, bads int
	}{
		{"as it should be", lines, 3, 0},
		{"a byte order mark", "\ufeff" + lines, 3, 0},
		{"UTF-16 with a mark", utf16le(lines), 3, 0},
		{"UTF-16 without", utf16le(lines)[2:], 3, 0},
		{"Windows-1252 in one line", good(1) + "\n" + `{"id":"t2","messages":[{"text":"caf` + "\xe9" + `"}]}` + "\n" + good(3), 3, 0},
		{"zero bytes", good(1) + "\n" + `{"id":"t2","messages":[{"text":"a` + "\x00" + `b"}]}` + "\n" + good(3), 3, 0},
		{"CRLF", strings.ReplaceAll(lines, "\n", "\r\n"), 3, 0},
		{"cut off", lines + `{"id":"t4","messages":[{"te`, 3, 1},
		{"a line of rubbish", good(1) + "\nrubbish\n" + good(3) + "\n", 2, 1},
		{"the first line broken", `{"id":"t0","messages":[{"text":"x` + "\n" + lines, 3, 1},
		{"a line too long", good(1) + "\n" + long + "\n" + good(3) + "\n", 2, 1},
		{"deep nesting", good(1) + "\n" + strings.Repeat(`{"a":`, 20_000) + "\n" + good(3) + "\n", 2, 1},
		{"a list", "[" + good(1) + ",\n" + good(2) + "]", 2, 0},
		{"a list that breaks off", "[" + good(1) + "," + good(2) + `,{"id":"t3","mess`, 2, 1},
		{"a list with a bad record", "[" + good(1) + `,{"id":7,"messages":"none"},` + good(2) + "]", 2, 1},
		{"a list with a quotation mark too few", "[" + good(1) + `,{"id":"b","messages":[{"text":"oh }]},` + good(2) + "," + good(3) + "]", 3, 1},
		{"the same on lines", "[\n" + good(1) + `,` + "\n" + `{"id":"b","messages":[{"text":"oh }]},` + "\n" + good(2) + ",\n" + good(3) + "\n]", 3, 1},
		{"a record too long in a list", "[" + good(1) + "," + long + "," + good(2) + "]", 2, 1},
		{"pretty", "{\n  \"id\": \"t1\",\n  \"messages\": [\n    {\"text\": \"one\"}\n  ]\n}\n", 1, 0},
		{"gzip", gzipped(lines), 3, 0},
		{"gzip that breaks off", gzipped(strings.Repeat(lines, 1) + strings.Repeat(" ", 1<<20))[:300], 3, 1},
		{"ZIP", "PK\x03\x04rest", 0, 1},
		{"empty", "", 0, 1},
		{"script and HTML", `{"id":"t1","messages":[{"text":"<script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} '; DROP TABLE tickets; -- $(reboot)"}]}`, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, faults, _ := readExport(t, &Export{Format: "jsonl", Files: []ExportFile{exportFile("x", c.text)}})
			if len(said) != c.tickets || len(faults) != c.bads {
				t.Errorf("%d tickets, want %d; faults %.400q, want %d", len(said), c.tickets, faults, c.bads)
			}
			for _, s := range said {
				if strings.Contains(s, "Za\u00c5") || strings.ContainsRune(s, '\ufffd') {
					t.Errorf("letters were lost: %q", s)
				}
			}
		})
	}
}

// TestImport imports, is cut off, goes on, and imports again.
func TestImport(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "readback.db"), Clock: func() time.Time { return now },
		Outgoing: func(h store.Happening) []store.Delivery { t.Errorf("something went out: %+v", h); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var text strings.Builder
	for i := range 250 {
		fmt.Fprintf(&text, `{"id":"%d","state":"closed","tags":["old"],"messages":[{"text":"Question %d","sent_at":"2024-01-%02dT09:00:00Z"},{"role":"agent","agent":"Ola","text":"Answer","sent_at":"2024-01-%02dT10:00:00Z"}]}`+"\n", i, i, i%28+1, i%28+1)
	}
	export := func() *Export {
		return &Export{Format: "jsonl", Files: []ExportFile{exportFile("past.jsonl", text.String()+"rubbish\n")}}
	}
	cut, cancel := context.WithCancel(ctx)
	first, _, err := Import(cut, s, export(), ImportOptions{Counts: func(store.ImportCounts) { cancel() }})
	if err == nil {
		t.Fatal("an import that was cut off says nothing of it")
	}
	id, did, err := Import(ctx, s, export(), ImportOptions{})
	if err != nil || id != first {
		t.Fatalf("it does not go on: %s %s %v", first, id, err)
	}
	if did.Tickets+did.Known/2 != 250 || did.Known == 0 || did.Faults != 1 {
		t.Errorf("the second run did %+v", did)
	}
	_, again, err := Import(ctx, s, export(), ImportOptions{})
	if err != nil || again.Tickets != 0 || again.Messages != 0 || again.Known != 500 {
		t.Errorf("the third run did %+v, %v", again, err)
	}
	list, err := s.Imports(ctx, 5)
	if len(list) == 2 && list[0].ID == id {
		slices.Reverse(list)
	}
	if err != nil || len(list) != 2 || list[1].Counts.Tickets != 250 || list[1].Counts.Messages != 500 || list[1].State != store.ImportDone || len(list[1].Faults) != 1 || list[1].Faults[0].Place != "line 251" {
		t.Fatalf("imports: %+v, %v", list, err)
	}
	page, err := s.Tickets(ctx, store.Filter{Lane: store.LaneResolved, Limit: 10})
	if err != nil || len(page.Tickets) != 10 {
		t.Fatal(page, err)
	}
	sum := page.Tickets[0]
	if sum.Waiting || sum.State != triage.StateResolved || sum.CreatedAt.Year() != 2024 || sum.UpdatedAt.Year() != 2024 {
		t.Errorf("an imported ticket: %+v", sum)
	}
	im, err := s.ImportedFrom(ctx, sum.ID)
	if err != nil || im.State != "closed" || !im.Solved || len(im.Tags) != 1 || len(im.Writers) != 1 {
		t.Errorf("what it was: %+v %v", im, err)
	}
	// Other words of the same ticket are not taken for those that were there, and
	// the same words twice are two messages.
	other := &Export{Format: "jsonl", Files: []ExportFile{exportFile("more.jsonl", `{"id":"0","messages":[{"text":"Question 0"},{"text":"Still there"},{"text":"Still there"}]}`)}}
	if _, more, err := Import(ctx, s, other, ImportOptions{}); err != nil || more.Messages != 2 || more.Known != 1 {
		t.Errorf("other words: %+v %v", more, err)
	}
	gone, kept, err := s.UndoImport(ctx, id)
	if err != nil || gone != 250 || kept != 0 {
		t.Errorf("undone: %d %d %v", gone, kept, err)
	}
}

// FuzzExport reads anything as every format: it ends, tells what it gives by
// keys, gives texts that can be stored, and reads the same twice.
func FuzzExport(f *testing.F) {
	for _, seed := range []string{
		"[" + good(1) + "," + good(2) + "]", good(1) + "\n" + good(2), `{"tickets":[{"id":1,"subject":"x","description":"y","comments":[{"id":2,"body":"z","author_id":3}]}],"users":[{"id":3,"role":"agent"}]}`,
		`{"ticket_events":[{"ticket_id":1,"child_events":[{"id":2,"event_type":"Comment","body":"z"}]}]}`, `{"payload":[{"id":1,"message_type":0,"conversation_id":2,"content":"x"}]}`,
		"id;body\n1;\"x\ny\"\n2;z\n", "From a Sun Mar  2 09:00:00 2025\nFrom: a@b.example\nMessage-ID: <x@b.example>\n\nHi\n", "\xff\xfe{\x00", "\x1f\x8b\x08\x00", "{]", "[}", `{"a":]`, `{"tickets":[{"id":"}]},{"id":2}`,
	} {
		for i := range ExportFormats {
			f.Add(seed, byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, which byte) {
		format := ExportFormats[int(which)%len(ExportFormats)]
		e := &Export{Format: format, Files: []ExportFile{exportFile("f1.json", text)}, Agents: []string{"desk.example"}}
		said, faults, tickets := readExport(t, e)
		for key, p := range tickets {
			if key == "" || p.Key != key {
				t.Errorf("a ticket without a key: %+v", p)
			}
			for _, m := range p.Messages {
				if m.Key == "" || m.Text != clean(m.Text) || m.Role == "" {
					t.Errorf("a message that cannot be stored: %+v", m)
				}
			}
		}
		again, more, _ := readExport(t, e)
		if !slices.Equal(said, again) || !slices.Equal(faults, more) {
			t.Error("two readings differ")
		}
	})
}
