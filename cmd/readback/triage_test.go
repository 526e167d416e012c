package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"readback/triage"
	"readback/triage/extract/fake"
)

// program runs a subcommand in this process.
func runProgram(t *testing.T, env []string, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, append(env, "READBACK_RESOLVER=127.0.0.1:1"), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

const caseZeroFile = "../../examples/sendline/tickets/case-zero.json"

func TestTriageCommand(t *testing.T) {
	for _, name := range []string{"case-zero", "case-zero-pl", "case-zero-thread"} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := runProgram(t, nil, "", "triage", "--json", "--lab", "--offline", "../../examples/sendline/tickets/"+name+".json")
			if code != 0 || errs != "" {
				t.Fatalf("exit %d, stderr %q", code, errs)
			}
			if strings.Contains(out, ":null,\"reasons\"") || strings.Contains(out, "[]null") {
				t.Error("an array is null")
			}
			var v triage.View
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				t.Fatal(err)
			}
			if v.Route.Action != triage.Assign || v.Route.Tier != "l2" || v.Position == nil || v.Position.Effort != triage.EffortExhausted ||
				v.Position.Next == nil || v.Position.Next.Capability != "link-branding.https" || !v.Lab || v.Extractor.Name != "offline" || v.Extractor.Degraded {
				t.Errorf("route %+v\nposition %+v\nextractor %+v", v.Route, v.Position, v.Extractor)
			}
			for _, c := range v.Facts.Checks {
				if c.State == "missing" || c.Check == "dns.cname" && strings.Contains(c.Code, "missing") {
					t.Errorf("%s is said to be missing", c.Check)
				}
			}
			for _, c := range v.Brief.Claims {
				if c.Verdict == triage.VerdictContradicted {
					t.Errorf("claim %+v is contradicted", c)
				}
				for _, e := range c.Evidence {
					if text := v.Messages[e.Message-1].Text; text[e.Start:e.End] != e.Quote {
						t.Errorf("%q is not at %d:%d", e.Quote, e.Start, e.End)
					}
				}
			}
		})
	}
}

func TestTriageUnusable(t *testing.T) {
	for name, tc := range map[string]struct {
		args  []string
		stdin string
		want  string
	}{
		"no such file":         {[]string{"triage", "no-such-file.json"}, "", "no-such-file.json"},
		"empty":                {[]string{"triage", "-"}, "", ""},
		"half a document":      {[]string{"triage", "-"}, `{"messages":[{"text":"x"`, ""},
		"no messages":          {[]string{"triage", "-"}, `{"messages":[]}`, "messages"},
		"no file named":        {[]string{"triage"}, "", "arg"},
		"unknown flag":         {[]string{"triage", "--nope", "-"}, "", "--nope"},
		"unknown command":      {[]string{"trage"}, "", "trage"},
		"missing workspace":    {[]string{"triage", "--workspace", "nowhere", "-"}, `{"messages":[{"text":"x"}]}`, "nowhere"},
		"a misspelt setting":   {[]string{"triage", "-"}, `{"messages":[{"text":"x"}]}`, "api.tokne"},
		"a model without name": {[]string{"triage", "-"}, `{"messages":[{"text":"x"}]}`, "llm.model"},
	} {
		t.Run(name, func(t *testing.T) {
			var env []string
			switch name {
			case "a model without name":
				env = []string{"READBACK_LLM_URL=http://127.0.0.1:1"}
			case "a misspelt setting":
				env = []string{"READBACK_API_TOKNE=x"}
			}
			code, out, errs := runProgram(t, env, tc.stdin, tc.args...)
			if code != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, tc.want) {
				t.Errorf("exit %d, stdout %q, stderr %q", code, out, errs)
			}
		})
	}
}

func TestHelpHasExamples(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"demo", "--help"}, {"serve", "--help"}, {"triage", "--help"}, {"version", "--help"}} {
		code, out, _ := runProgram(t, nil, "", args...)
		if code != 0 || !strings.Contains(out, "Examples:\n  ") {
			t.Errorf("%v: exit %d\n%s", args, code, out)
		}
	}
}

// Whatever the model does, case zero has a route in time, marked for what it
// is, and nothing in it that nobody said.
func TestMisbehavingModel(t *testing.T) {
	for name, tc := range map[string]struct {
		script   []fake.Behaviour
		degraded string // the failure that is told; "" when the model was believed
	}{
		"hangs":                {[]fake.Behaviour{fake.Hang()}, "timeout"},
		"drips":                {[]fake.Behaviour{fake.Drip()}, "timeout"},
		"refuses":              {[]fake.Behaviour{fake.Refusal()}, "refused"},
		"answers garbage":      {[]fake.Behaviour{fake.Answer("}{ certainly! <b>")}, "bad_json"},
		"answers a page":       {[]fake.Behaviour{fake.HTMLPage(200)}, "wrong_content_type"},
		"is over its limit":    {[]fake.Behaviour{fake.RateLimited("1")}, "rate_limited"},
		"breaks":               {[]fake.Behaviour{fake.Status(500, "oops", "")}, "server_error"},
		"answers too much":     {[]fake.Behaviour{fake.Huge(5 << 20)}, "too_large"},
		"lies":                 {[]fake.Behaviour{fake.Liar()}, ""},
		"ends in mid-JSON":     {[]fake.Behaviour{fake.Answer(`{"matters": [{"kind"`)}, "truncated"},
		"runs out of tokens":   {[]fake.Behaviour{fake.Finish(`{"claims": [`, "length")}, "truncated"},
		"has another shape":    {[]fake.Behaviour{fake.Answer(`{"answer": 42}`)}, "wrong_schema"},
		"has another type":     {[]fake.Behaviour{fake.ContentType("text/event-stream")}, "wrong_content_type"},
		"has no choices":       {[]fake.Behaviour{fake.EmptyChoices()}, "empty"},
		"hangs up in between":  {[]fake.Behaviour{fake.CutOff()}, "truncated"},
		"hangs up":             {[]fake.Behaviour{fake.Reset()}, "connection"},
		"sends elsewhere":      {[]fake.Behaviour{fake.Redirect("http://127.0.0.1:1/")}, "no_model"},
		"is not there":         {[]fake.Behaviour{fake.Status(404, "no such model", "")}, "no_model"},
		"has no room":          {[]fake.Behaviour{fake.Problem(400, map[string]any{"message": "too long", "code": "context_length_exceeded"})}, "too_long"},
		"wants another key":    {[]fake.Behaviour{fake.Status(401, "bad key", "")}, "unauthorized"},
		"wants money":          {[]fake.Behaviour{fake.Problem(429, map[string]any{"message": "pay", "code": "insufficient_quota"})}, "quota"},
		"shows a false paper":  {nil, "tls"},
		"answers at random":    {[]fake.Behaviour{fake.Random(7)}, ""},
		"reads a little, true": {[]fake.Behaviour{fake.Reader()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fake.New
			if tc.degraded == "tls" {
				server = fake.NewTLS
			}
			timeout := "20s"
			if tc.degraded == "timeout" { // only who hangs may run into it, on a busy machine too
				timeout = "700ms"
			}
			began := time.Now()
			code, out, errs := runProgram(t, []string{"READBACK_LLM_URL=" + server(t, tc.script...).URL, "READBACK_LLM_MODEL=test", "READBACK_LLM_TIMEOUT=" + timeout},
				"", "triage", "--json", "--lab", caseZeroFile)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			if took := time.Since(began); took > 50*time.Second {
				t.Errorf("took %s", took)
			}
			var v triage.View
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				t.Fatal(err)
			}
			if v.Route.Tier == "" || v.Route.Action == "" {
				t.Errorf("no route: %+v", v.Route)
			}
			told := slices.ContainsFunc(v.Route.Reasons, func(r triage.Reason) bool { return r.Code == "route.degraded" })
			if tc.degraded != "" && (v.Extractor.Name != "offline" || !v.Extractor.Degraded || !told || !slices.Contains(v.Extractor.Failures, tc.degraded)) {
				t.Errorf("not told that the model failed with %s: %+v %v", tc.degraded, v.Extractor, v.Route.Reasons)
			}
			if tc.degraded != "" && v.Route.Tier != "l2" {
				t.Errorf("the offline extractor sends it to %s", v.Route.Tier)
			}
			if tc.degraded == "" && (v.Extractor.Name != "llm" || v.Extractor.Degraded || v.Extractor.Model != "test") {
				t.Errorf("extractor %+v", v.Extractor)
			}
			if name == "lies" && (v.Extractor.Dropped == 0 || len(v.Brief.Claims) > 0) {
				t.Errorf("lies were kept: %+v, dropped %d", v.Brief.Claims, v.Extractor.Dropped)
			}
			for _, c := range v.Brief.Claims {
				for _, e := range c.Evidence {
					if v.Messages[e.Message-1].Text[e.Start:e.End] != e.Quote {
						t.Errorf("false evidence %+v", e)
					}
				}
			}
		})
	}
}
