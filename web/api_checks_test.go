package web_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"readback/examples"
	"readback/triage/check"
	"readback/triage/check/lab"
	"readback/triage/enrich"
	"readback/web"
)

func TestAPIChecks(t *testing.T) {
	network, err := lab.Start(context.Background(), examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	accounts, err := enrich.OpenFile(examples.Sendline(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *web.Options) { o.Checker, o.Accounts = check.New(network.Network(), check.Options{}), accounts })
	for _, tc := range []struct {
		body    string
		status  int
		outcome string
		checks  int
	}{
		{`{"check":"dns.cname","params":{"name":"link.damson.example","target":"links.sendline.example"}}`, 200, "fail", 0},
		{`{"check":"tls.certificate","params":{"host":"link.bergamot.example"},"language":"pl"}`, 200, "pass", 0},
		{`{"check":"tls.certificate"}`, 200, "unknown", 0},
		{`{"check":"tls.certificate","params":{"host":"169.254.169.254"}}`, 200, "unknown", 0},
		{`{"procedure":"https-click-tracking","inputs":{"link_domain":"link.foxglove.example"},"account_id":"acc-1001"}`, 200, "pass", 5},
		{`{"procedure":"https-click-tracking","inputs":{"link_domain":"link.elder.example"},"account_id":"acc-1004"}`, 200, "fail", 5},
		{`{"procedure":"nosuch"}`, 404, "", 0},
		{`{"procedure":"inbound-parse","account_id":"acc-none"}`, 404, "", 0},
		{`{"check":"rm -rf"}`, 400, "", 0},
		{`{"check":"dns.mx","procedure":"inbound-parse"}`, 400, "", 0},
		{`{}`, 400, "", 0},
		{`[1]`, 400, "", 0},
	} {
		status, body := s.call(t, "POST", "/api/v1/checks", tc.body)
		var got check.Report
		if err := json.Unmarshal([]byte(body), &got); status != tc.status || status == 200 && err != nil {
			t.Errorf("%s: %d %s", tc.body, status, body)
			continue
		}
		if string(got.Outcome) != tc.outcome || len(got.Checks) != tc.checks || status == 200 && !got.Lab {
			t.Errorf("%s: %s with %d checks, want %s with %d\n%s", tc.body, got.Outcome, len(got.Checks), tc.outcome, tc.checks, body)
		}
	}
	if _, body := s.call(t, "POST", "/api/v1/checks", `{"check":"tls.certificate"}`); !strings.Contains(body, `"expected":null,"seen":null`) {
		t.Errorf("what is not known is not null: %s", body)
	}
	refused := 0
	for range 20 { // the clock of the test stands still
		if status, _ := s.call(t, "POST", "/api/v1/checks", `{"check":"tls.certificate"}`); status == 429 {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no limit on looks")
	}
}
