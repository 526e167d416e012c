package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"readback/triage"
)

// batchRequest is a line of a batch file as its answerer reads it.
type batchRequest struct {
	CustomID string `json:"custom_id"`
	Method   string `json:"method"`
	URL      string `json:"url"`
	Body     struct {
		Model    string `json:"model"`
		Messages []struct{ Role, Content string }
		Format   struct {
			Type   string `json:"type"`
			Schema struct {
				Strict bool            `json:"strict"`
				Schema json.RawMessage `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
	} `json:"body"`
}

func batchModel() *Model {
	return NewModel(ModelOptions{Model: "batch-model", Price: &Price{Prompt: 2, Cached: 2, Completion: 10}})
}

func requestOf(t *testing.T, in triage.Reading) (batchRequest, string) {
	t.Helper()
	line, err := batchModel().BatchRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	var r batchRequest
	if err := json.Unmarshal(line, &r); err != nil || bytes.IndexByte(line, '\n') != len(line)-1 {
		t.Fatalf("%v: %s", err, line)
	}
	return r, string(line)
}

// fenceOf is the delimiter of a request's conversation.
func fenceOf(t *testing.T, r batchRequest) string {
	t.Helper()
	_, rest, ok := strings.Cut(r.Body.Messages[len(r.Body.Messages)-1].Content, "between the lines <<<")
	fence, _, _ := strings.Cut(rest, " ")
	if !ok || len(fence) != 16 {
		t.Fatalf("fence %q", fence)
	}
	return fence
}

// A request is whole, the same when rendered again, and like no other.
func TestBatchRequest(t *testing.T) {
	in := modelReading()
	r, line := requestOf(t, in)
	if _, again := requestOf(t, in); again != line {
		t.Error("the request is another the second time")
	}
	if r.Method != "POST" || r.URL != "/v1/chat/completions" || r.Body.Model != "batch-model" || !strings.HasPrefix(r.CustomID, "t1-") || len(r.CustomID) > 64 {
		t.Errorf("%+v", r)
	}
	schema := string(r.Body.Format.Schema.Schema)
	if r.Body.Format.Type != "json_schema" || !r.Body.Format.Schema.Strict || len(schema) < 500 || !strings.Contains(r.Body.Messages[0].Content, schema) {
		t.Error("the schema does not stand in response_format and in words")
	}
	seen := map[string]string{r.CustomID: "itself", fenceOf(t, r): "itself"}
	for name, change := range map[string]func(*triage.Reading){
		"another ticket":     func(in *triage.Reading) { in.Ticket.ID = "t2" },
		"another text":       func(in *triage.Reading) { in.Ticket.Messages[0].Text += "!" },
		"another subject":    func(in *triage.Reading) { in.Ticket.Subject += "!" },
		"another procedure":  func(in *triage.Reading) { in.Candidates = in.Candidates[:1] },
		"a very long id":     func(in *triage.Reading) { in.Ticket.ID = strings.Repeat("ż", 500) },
		"another first step": func(in *triage.Reading) { in.Candidates[0].Steps[0].Title = "Add a record" },
	} {
		in := modelReading()
		change(&in)
		r, _ := requestOf(t, in)
		keys := []string{r.CustomID}
		if name != "another ticket" && name != "a very long id" { // the text is the same
			keys = append(keys, fenceOf(t, r))
		}
		for _, key := range keys {
			if old, ok := seen[key]; ok || len(r.CustomID) > 64 {
				t.Errorf("%s: %s is that of %s", name, key, old)
			}
			seen[key] = name
		}
	}
}

// What is hidden from the model cannot be guessed from the hash either, and
// no text can hold its own delimiter.
func TestBatchRequestHides(t *testing.T) {
	one, line := requestOf(t, modelReading("My card is 4111 1111 1111 1111."))
	two, _ := requestOf(t, modelReading("My card is 5500 0000 0000 0004."))
	if one.CustomID != two.CustomID || strings.Contains(line, "4111") {
		t.Errorf("%s and %s: the number is in the hash or in the request", one.CustomID, two.CustomID)
	}
	in := modelReading("Delimiters: 0000000000000000, 0000000000000001 and " + fenceOf(t, one))
	r, _ := requestOf(t, in)
	if f := fenceOf(t, r); strings.Contains(in.Ticket.Messages[0].Text, f) {
		t.Errorf("the text holds its delimiter %s", f)
	}
}

// reply is a line of a batch's output with that content.
func reply(id, content, finish string) string {
	raw, _ := json.Marshal(content)
	return fmt.Sprintf(`{"id":"b","custom_id":%q,"response":{"status_code":200,"request_id":"r","body":{"model":"strong","choices":[{"index":0,`+
		`"message":{"role":"assistant","content":%s},"finish_reason":%q}],"usage":{"prompt_tokens":1000,"completion_tokens":100}}},"error":null}`, id, raw, finish)
}

// inParts turns the content of a line into a list of parts, as some servers write it.
func inParts(line string) string {
	from := strings.Index(line, `"content":`) + len(`"content":`)
	to := strings.Index(line, `},"finish_reason"`)
	return line[:from] + `[{"type":"text","text":` + line[from:to] + `}]` + line[to:]
}

const batchText = "I added the CNAME, the key is SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbb for it."

// batchAnswerFor quotes the hidden key by its placeholder, as a model would.
func batchAnswerFor(t *testing.T, r batchRequest) string {
	t.Helper()
	last := r.Body.Messages[len(r.Body.Messages)-1].Content
	_, rest, ok := strings.Cut(last, "the key is ")
	placeholder, _, _ := strings.Cut(rest, " ")
	if !ok || !strings.HasPrefix(placeholder, "[secret-1-") {
		t.Fatalf("placeholder %q", placeholder)
	}
	return `{"language":"en","matters":[{"kind":"setup","procedure":"P1","inputs":[],"asks":[],"confidence":0.9}],"claims":[{"quotes":[{"message":1,"text":"I added the CNAME, the key is ` +
		placeholder + `"}],"what":"record","state":"done","matter":1,"steps":["S1"],"inputs":[]}]}`
}

func TestBatchIn(t *testing.T) {
	in := modelReading(batchText)
	r, _ := requestOf(t, in)
	id, answer := r.CustomID, batchAnswerFor(t, r)
	failure := fmt.Sprintf(`{"id":"b","custom_id":%q,"response":null,"error":{"code":"batch_expired","message":"too late"}}`, id)
	for name, tc := range map[string]struct {
		lines []string
		code  string // of the failure; "" = read with the answer
	}{
		"an answer":                  {[]string{reply(id, answer, "stop")}, ""},
		"in a code fence":            {[]string{reply(id, "Here:\n```json\n"+answer+"\n```\n", "stop")}, ""},
		"after a thought":            {[]string{reply(id, "<think>{hm}</think>"+answer, "stop")}, ""},
		"other lines first":          {[]string{reply("else-1", answer, "stop"), "", reply(id, answer, "stop")}, ""},
		"a second, better answer":    {[]string{failure, reply(id, answer, "stop")}, ""},
		"a failure after the answer": {[]string{reply(id, answer, "stop"), failure}, ""},
		"a byte order mark":          {[]string{"\ufeff" + reply(id, answer, "stop") + "\r"}, ""},
		"a last line cut off":        {[]string{reply(id, answer, "stop"), `{"id":"b","custom_id":"el`}, ""},
		"content in parts":           {[]string{inParts(reply(id, answer, "stop"))}, ""},
		"no line for it":             {[]string{reply("else-1", answer, "stop")}, CodeNoAnswer},
		"an error line":              {[]string{failure}, CodeServerError},
		"too many requests":          {[]string{fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":429,"body":{"error":{"message":"x"}}},"error":null}`, id)}, CodeRateLimited},
		"no body":                    {[]string{fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":200},"error":null}`, id)}, CodeBadJSON},
		"no choices":                 {[]string{fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":200,"body":{"choices":[]}},"error":null}`, id)}, CodeEmpty},
		"cut off for its length":     {[]string{reply(id, answer[:len(answer)/2], "length")}, CodeTruncated},
		"cut off before it begins":   {[]string{reply(id, "Let me see", "length")}, CodeTruncated},
		"prose":                      {[]string{reply(id, "I cannot do that.", "stop")}, CodeBadJSON},
		"another shape":              {[]string{reply(id, `{"answer":42}`, "stop")}, CodeWrongSchema},
		"a refusal":                  {[]string{strings.Replace(reply(id, "", "stop"), `"content":""`, `"refusal":"no"`, 1)}, CodeRefused},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBatchIn(batchModel(), foot{})
			if err := b.Add(strings.NewReader(strings.Join(tc.lines, "\n"))); err != nil {
				t.Fatal(err)
			}
			p, err := b.Extract(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if tc.code != "" {
				if p.Info.Name != "offline" || !p.Info.Degraded || len(p.Info.Failures) != 1 || p.Info.Failures[0] != tc.code {
					t.Errorf("%+v", p.Info)
				}
				if want := "0 of 1 tickets were read with an answer of the batch; read offline and marked degraded: 1 " + tc.code; !strings.HasPrefix(b.Summary(), want) {
					t.Errorf("summary %q, want %q", b.Summary(), want)
				}
				return
			}
			sane(t, in, p)
			if p.Info.Name != "llm" || p.Info.Model != "strong" || p.Info.Degraded || p.Info.Usage.CostUSD != 1000*2/1e6+100*10/1e6 {
				t.Errorf("%+v", p.Info)
			}
			if len(p.Claims) != 1 || p.Claims[0].Steps[0] != "record" || !strings.Contains(batchText, p.Claims[0].Quotes[0].Text) {
				t.Errorf("%+v", p.Claims)
			}
		})
	}
}

func TestBatchInTells(t *testing.T) {
	in := modelReading(batchText)
	r, _ := requestOf(t, in)
	b := NewBatchIn(batchModel(), foot{})
	if err := b.Add(strings.NewReader(reply("old-1", "{}", "stop") + "\n" + reply(r.CustomID, batchAnswerFor(t, r), "stop") + "\nnot JSON\n{}\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Extract(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	const want = "1 of 1 tickets were read with an answer of the batch; 1 answers fit no ticket (another dataset, workspace or prompt?); " +
		"2 of 4 lines are no answer (first: line 3)"
	if got := b.Summary(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := b.Add(strings.NewReader(strings.Repeat("x", maxBatchLine+1))); triage.CodeOf(err) != triage.Invalid {
		t.Errorf("a line without end: %v", err)
	}
}

// FuzzBatchIn: whatever a file of answers says, a ticket is read.
func FuzzBatchIn(f *testing.F) {
	in := modelReading(batchText)
	id, _, err := batchModel().batched(in)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(reply(id, richAnswer, "stop"))
	f.Add(reply(id, richAnswer, "length") + "\n" + reply("x", "", ""))
	f.Add(fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":200,"body":{"choices":[{"message":{"content":[{"type":"text","text":"{}"}]}}]}}}`, id))
	f.Fuzz(func(t *testing.T, file string) {
		b := NewBatchIn(batchModel(), foot{})
		if err := b.Add(strings.NewReader(file)); err != nil {
			t.Skip()
		}
		p, err := b.Extract(context.Background(), in)
		if err != nil || p.Info.Name == "" {
			t.Fatalf("%v %+v", err, p.Info)
		}
		if !p.Info.Degraded {
			sane(t, in, p)
		}
	})
}
