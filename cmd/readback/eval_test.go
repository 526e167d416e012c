package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readback/triage/eval"
	"readback/triage/extract/fake"
)

const evalFile = "../../triage/eval/testdata/labelled.jsonl"

func TestEvalCommand(t *testing.T) {
	dir := t.TempDir()
	predictions, page := filepath.Join(dir, "p.jsonl"), filepath.Join(dir, "page.html")
	code, out, errs := runProgram(t, nil, "", "eval", "--dataset", evalFile, "--extractor", "offline,keyword", "--json", "--predictions", predictions, "--html", page)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, stderr %q", code, errs)
	}
	var got struct{ Extractors map[string]eval.Report }
	if err := json.Unmarshal([]byte(out), &got); err != nil || strings.Count(out, "\n") != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	// By hand: four sentences of the three tickets hold a word of the list, "I
	// have reset the port" does not; three of them are labelled.
	k := got.Extractors["keyword"].Claims
	if k.Matched != 3 || k.Predicted != 4 || k.Gold != 3 {
		t.Errorf("keyword: %+v", k)
	}
	if o := got.Extractors["offline"]; o.N != 3 || o.Ungrounded != 0 || *o.Claims.Recall != 1 || o.FalseDone.Customer.Count != 0 || o.FalseDone.Agent.Count != 0 {
		t.Errorf("offline: %+v", o)
	}
	lines := predicted(t, predictions)
	if len(lines) != 6 || lines[0].ID != "scanner" || lines[0].Extractor != "offline" || lines[3].Extractor != "keyword" {
		t.Errorf("%d predictions: %+v", len(lines), lines)
	}
	html, err := os.ReadFile(page)
	if err != nil || strings.Count(string(html), "<details>") != 6 {
		t.Errorf("page: %v", err)
	}
	// One extractor is one object, and the table says the same.
	_, one, _ := runProgram(t, nil, "", "eval", "--dataset", evalFile, "--extractor", "keyword", "--json")
	_, table, _ := runProgram(t, nil, "", "eval", "--dataset", evalFile, "--extractor", "keyword")
	if !strings.HasPrefix(one, `{"extractor":"keyword","n":3,"claims":{"precision":0.75,"recall":1,`) || !strings.Contains(table, "0.75 (3 of 4)") {
		t.Errorf("%s\n%s", one, table)
	}
}

// predicted reads a predictions file.
func predicted(t *testing.T, name string) (out []eval.Prediction) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var p eval.Prediction
		if err := json.Unmarshal(sc.Bytes(), &p); err != nil {
			t.Fatalf("%v: %s", err, sc.Bytes())
		}
		out = append(out, p)
	}
	return out
}

// The example's tickets are a dataset; so is a folder, and a line with an input.
func TestEvalWorkspace(t *testing.T) {
	line := filepath.Join(t.TempDir(), "one.jsonl")
	if err := os.WriteFile(line, []byte(`{"input":{"customer":{"account_id":"acc-1001"},"messages":[{"text":"All three steps for HTTPS on our click tracking links are done on both domains: click tracking is on, the CNAME is set and the certificate works. Please switch it on."}]},`+
		`"expect":{"procedure":"https-click-tracking","position_next":"switch-on","action":"assign","tier":"l2"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range []string{"case-zero.json", "case-zero.expect.json"} {
		raw, err := os.ReadFile("../../examples/sendline/tickets/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), raw, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		args []string
		n    int
	}{
		"its own tickets": {nil, 68},
		"a folder":        {[]string{"--dataset", folder}, 1},
		"a line":          {[]string{"--dataset", line}, 1},
	} {
		code, out, errs := runProgram(t, nil, "", append([]string{"eval", "--workspace", "../../examples/sendline", "--lab", "--json"}, tc.args...)...)
		var r eval.Report
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatalf("%s: exit %d, %v, %s", name, code, err, errs)
		}
		if r.N < tc.n || r.Route == nil || *r.Route < 0.9 || *r.Procedure < 0.9 || *r.NextStep < 0.9 || r.Claims.F1 != nil || r.Ungrounded != 0 {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestEvalRefuses(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.jsonl")
	if err := os.WriteFile(bad, []byte("\n{\"id\":\"a\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no dataset":          {nil, "readback: --dataset is missing; name a file of labelled tickets, or a --workspace that has tickets"},
		"no such file":        {[]string{"--dataset", "nowhere.jsonl"}, "readback: the dataset cannot be read: open nowhere.jsonl: no such file or directory"},
		"a bad line":          {[]string{"--dataset", bad}, "readback: bad.jsonl:2: it has neither messages nor an input"},
		"an empty folder":     {[]string{"--dataset", t.TempDir()}, "readback: the folder holds no ticket (NAME.json with NAME.expect.json beside it)"},
		"unknown extractor":   {[]string{"--dataset", evalFile, "--extractor", "magic"}, `readback: --extractor is "magic"; name each of llm, offline, keyword at most once`},
		"one twice":           {[]string{"--dataset", evalFile, "--extractor", "offline,offline"}, `readback: --extractor is "offline"; name each of llm, offline, keyword at most once`},
		"no model":            {[]string{"--dataset", evalFile, "--extractor", "llm"}, "readback: the extractor llm needs a model: set READBACK_LLM_URL and READBACK_LLM_MODEL and leave --offline out, or use batch files"},
		"resume of nothing":   {[]string{"--dataset", evalFile, "--resume"}, "readback: --resume needs the --predictions file of the run to go on with"},
		"batch without llm":   {[]string{"--dataset", evalFile, "--extractor", "offline", "--batch-out", bad + ".x"}, "readback: batch files are for the extractor llm; name it with --extractor"},
		"batch and measuring": {[]string{"--dataset", evalFile, "--extractor", "offline,llm", "--batch-out", bad + ".x"}, "readback: --batch-out only writes requests for llm; measure with --batch-in once they are answered"},
		"answers not there":   {[]string{"--dataset", evalFile, "--batch-in", "nowhere.jsonl"}, "readback: the answers cannot be read: open nowhere.jsonl: no such file or directory"},
		"answers that are none": {[]string{"--dataset", evalFile, "--batch-in", bad}, "readback: " + bad +
			` holds no answer; a line is {"custom_id":...,"response":{"status_code":200,"body":{...}}}`},
	} {
		code, out, errs := runProgram(t, nil, "", append([]string{"eval"}, tc.args...)...)
		if code != exitUnusable || out != "" || errs != tc.want+"\n" {
			t.Errorf("%s: exit %d, stdout %q\ngot  %swant %s", name, code, out, errs, tc.want)
		}
	}
}

// Requests go out, answers come back in another order and not all of them.
func TestEvalBatch(t *testing.T) {
	dir := t.TempDir()
	requests, answers := filepath.Join(dir, "out.jsonl"), filepath.Join(dir, "in.jsonl")
	code, out, errs := runProgram(t, nil, "", "eval", "--dataset", evalFile, "--batch-out", requests, "--json")
	if code != 0 || !strings.HasPrefix(out, `{"requests":3,"bytes":`) || !strings.HasPrefix(errs, "3 requests (0.1 MB) to gpt-4.1-mini are in ") {
		t.Fatalf("exit %d, %s %s", code, out, errs)
	}
	raw, err := os.ReadFile(requests)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		var r struct {
			CustomID string `json:"custom_id"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(r.CustomID, "-")
		ids[name] = r.CustomID
	}
	claim := func(n int, quote, state string) string {
		return fmt.Sprintf(`{"quotes":[{"message":%d,"text":%q}],"what":"x","state":%q,"matter":1,"steps":[],"inputs":[]}`, n, quote, state)
	}
	answer := func(id, claims string) string {
		content, _ := json.Marshal(`{"language":"en","needs_staff":true,"urgency":"normal","tone":"calm","matters":[{"kind":"broken","procedure":"","inputs":[],"asks":[],"confidence":1}],"claims":[` + claims + `]}`)
		return fmt.Sprintf(`{"id":"r","custom_id":%q,"response":{"status_code":200,"request_id":"q","body":{"model":"m","choices":[{"message":{"role":"assistant","content":%s},"finish_reason":"stop"}],`+
			`"usage":{"prompt_tokens":1000,"completion_tokens":100}}},"error":null}`+"\n", id, content)
	}
	if err := os.WriteFile(answers, []byte(answer(ids["lamp"], claim(1, "I changed the bulb.", "done")+","+claim(1, "I never said this", "done"))+
		answer(ids["scanner"], claim(1, "I restarted the scanner twice", "failed")+","+claim(3, "the firmware is updated and works", "done"))), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs = runProgram(t, []string{"READBACK_LLM_MODEL=m", "READBACK_LLM_PROMPT_PRICE=1", "READBACK_LLM_COMPLETION_PRICE=10"}, "",
		"eval", "--dataset", evalFile, "--batch-in", answers, "--json")
	var r eval.Report
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatalf("exit %d, %v, %s", code, err, errs)
	}
	if *r.Claims.F1 != 1 || *r.StateAccuracy != 1 || r.Degraded != 1 || r.Dropped != 1 || r.Ungrounded != 0 ||
		r.Tokens != (eval.Tokens{Prompt: 2000, Completion: 200}) || *r.CostUSD != 0.004 {
		t.Errorf("%s", out)
	}
	if want := "2 of 3 tickets were read with an answer of the batch; read offline and marked degraded: 1 no_answer\n"; errs != want {
		t.Errorf("stderr %q, want %q", errs, want)
	}
}

// A run whose model hangs over all but the first five tickets is killed, and
// goes on where it was with one that answers.
func TestEvalResume(t *testing.T) {
	const n, answered = 12, 5
	dir := t.TempDir()
	dataset, predictions := filepath.Join(dir, "d.jsonl"), filepath.Join(dir, "p.jsonl")
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"t%d","messages":[{"n":1,"role":"customer","text":"I restarted printer %d."}],"done":[{"status":"done","quote":"I restarted printer %d","message":1}]}`+"\n", i, i, i)
	}
	if err := os.WriteFile(dataset, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	read, hang := fake.Reader(), fake.Hang()
	hangs := fake.New(t, func(w http.ResponseWriter, r *fake.Request) {
		for i := range answered {
			if strings.Contains(r.Last(), fmt.Sprintf("printer %d.", i)) {
				read(w, r)
				return
			}
		}
		hang(w, r)
	})
	args := []string{"eval", "--dataset", dataset, "--extractor", "llm", "--predictions", predictions}
	c := exec.Command(os.Args[0], args...)
	c.Env = []string{asProgram + "=1", "HOME=" + dir, "READBACK_LLM_URL=" + hangs.URL, "READBACK_LLM_MODEL=m"}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		if raw, _ := os.ReadFile(predictions); strings.Count(string(raw), "\n") == answered {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no five predictions in 20 seconds")
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	answers := fake.New(t)
	code, _, errs := runProgram(t, []string{"READBACK_LLM_URL=" + answers.URL, "READBACK_LLM_MODEL=m"}, "", append(args, "--resume")...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if asked := len(answers.Requests()); asked != n-answered {
		t.Errorf("%d of %d were asked for again, %d were there", asked, n, answered)
	}
	all := predicted(t, predictions)
	for i, p := range all {
		if p.ID != fmt.Sprintf("t%d", i) || p.Degraded || len(p.Claims) != 1 {
			t.Errorf("line %d: %+v", i+1, p)
		}
	}
	if len(all) != n {
		t.Errorf("%d lines", len(all))
	}
}
