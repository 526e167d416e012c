package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportCommand looks at an export, imports it, imports it again, reads the
// report over it, and takes it out again.
func TestImportCommand(t *testing.T) {
	dir := t.TempDir()
	file, data, report := filepath.Join(dir, "cases.csv"), filepath.Join(dir, "data"), filepath.Join(dir, "report.jsonl")
	text := "Case Number,Author,Created at,Message,Status\n" +
		"7,Ann,2026-03-02 09:00:00,\"The printer app hangs. I reinstalled the app and restarted the tablet.\",solved\n" +
		"7,Ola,2026-03-02 10:00:00,Please reinstall the app.,solved\nrubbish\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"READBACK_LLM_URL=http://127.0.0.1:9/v1", "READBACK_LLM_MODEL=owl", "READBACK_LLM_PROMPT_PRICE=2", "READBACK_LLM_COMPLETION_PRICE=10"}
	exit, out, errs := runProgram(t, env, "", "import", "csv", file, "--estimate", "--json", "--data", data)
	var sizes struct {
		Tickets, Messages, Faults int
		Models                    []struct {
			Model, To string
			USD       *float64
		}
	}
	if err := json.Unmarshal([]byte(out), &sizes); err != nil || exit != exitDiffers || sizes.Tickets != 1 || sizes.Messages != 2 || sizes.Faults != 1 || len(sizes.Models) != 1 || sizes.Models[0].USD == nil || *sizes.Models[0].USD <= 0 || sizes.Models[0].To != "127.0.0.1:9" {
		t.Errorf("estimate: %d %s %s %v", exit, out, errs, err)
	}
	if !strings.Contains(errs, "columns of cases.csv: ticket=Case Number,text=Message") {
		t.Errorf("what was guessed is not told: %s", errs)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("an estimate has made a database")
	}
	if exit, out, errs = runProgram(t, nil, "", "import", "csv", file, "--data", data, "--report", report); exit != exitDiffers || !strings.HasPrefix(out, "1 ticket with 2 messages imported") {
		t.Errorf("import: %d %s %s", exit, out, errs)
	}
	if list, err := os.ReadFile(report); err != nil || !strings.Contains(string(list), `"place":"line 4"`) || strings.Contains(string(list), "rubbish") {
		t.Errorf("the report: %s %v", list, err)
	}
	if exit, out, _ = runProgram(t, nil, "", "import", "csv", file, "--data", data, "--json"); exit != exitDiffers || !strings.Contains(out, `"tickets": 0`) || !strings.Contains(out, `"known": 2`) {
		t.Errorf("again: %d %s", exit, out)
	}
	if exit, out, errs = runProgram(t, nil, "", "circles", "--data", data, "--json"); exit != exitFindings || !strings.Contains(out, "I reinstalled the app") {
		t.Errorf("circles: %d %s %s", exit, out, errs)
	}
	if exit, _, errs = runProgram(t, nil, "", "circles", "--data", data, "--since", "2026-04-01"); exit != exitUnusable || !strings.Contains(errs, "there is no ticket") {
		t.Errorf("no ticket in these days: %d %s", exit, errs)
	}
	// Read by rules: then similar tickets, replay and suggestions know it.
	if exit, out, errs = runProgram(t, nil, "", "import", "csv", file, "--data", data, "--as", "import/again", "--read", "offline"); exit != exitDiffers || !strings.Contains(errs, "read 1 of 1 ticket") {
		t.Errorf("import and read: %d %s %s", exit, out, errs)
	}
	id := out[strings.Index(out, "imp_"):][:24]
	if exit, out, errs = runProgram(t, nil, "", "replay", "--data", data, "--json"); exit != 0 || !strings.Contains(out, `"tkt_`) {
		t.Errorf("replay: %d %s %s", exit, out, errs)
	}
	if exit, out, errs = runProgram(t, nil, "", "kb", "suggest", "--data", data, "--since", "2026-01-01", "--json"); exit != 0 || !strings.Contains(out, `"tickets": 1`) || !strings.Contains(out, `"clusters": []`) || !strings.Contains(out, `"set_aside": 0`) {
		t.Errorf("suggest: %d %s %s", exit, out, errs)
	}
	if exit, out, _ = runProgram(t, nil, "", "kb", "suggest", "--data", data, "--since", "2026-01-01"); exit != 0 || !strings.Contains(out, "Inferred from 1 ticket.") || !strings.Contains(out, "Steps that could have a check: 0") {
		t.Errorf("suggest: %d %s", exit, out)
	}
	if exit, out, errs = runProgram(t, nil, "", "import", "--read", "offline", id, "--data", data, "--json"); exit != 0 || !strings.Contains(out, `"left": 0`) {
		t.Errorf("read again: %d %s %s", exit, out, errs)
	}
	if exit, _, errs = runProgram(t, env, "", "import", "--read", "model", id, "--data", data); exit != exitUnusable || !strings.Contains(errs, "would leave this machine") || !strings.Contains(errs, "127.0.0.1:9") {
		t.Errorf("read by a model, unasked: %d %s", exit, errs)
	}
	if exit, _, errs = runProgram(t, nil, "", "import", "--read", "off", id, "--data", data); exit != 0 {
		t.Errorf("stop: %d %s", exit, errs)
	}
	// What an earlier import of the same file brought is read by the same command.
	two := filepath.Join(t.TempDir(), "data")
	if _, _, errs := runProgram(t, nil, "", "import", "csv", file, "--data", two); strings.Contains(errs, "read 1 of") {
		t.Error(errs)
	}
	for _, want := range []string{"read 1 of 1 ticket", "nothing is left to read"} {
		if _, _, errs := runProgram(t, nil, "", "import", "csv", file, "--data", two, "--read", "offline"); !strings.Contains(errs, want) {
			t.Errorf("%q is not in %s", want, errs)
		}
	}
	for _, args := range [][]string{{"import", "csv"}, {"import", "--read", "owl", id}, {"import", "--read", "model", id}, {"import", "--read", "offline", "imp_none"}, {"import", "owl", file}, {"import", "csv", file + ".not"}, {"import", "csv", file, "--map", "text=Nope"}, {"import", "zendesk", file, "--map", "text=x"}, {"import", "csv", dir}, {"import", "--undo", "imp_none"}} {
		if exit, _, errs := runProgram(t, nil, "", append(args, "--data", data)...); exit != exitUnusable || strings.Count(errs, "\n") > 2 {
			t.Errorf("%q: %d %s", args, exit, errs)
		}
	}
}
