package main

import (
	"encoding/json"
	"testing"

	"readback/triage"
	"readback/triage/check"
)

// TestCheckCommand looks at the worlds of the lab by the command line, as a
// script does: outcome, state and exit status.
func TestCheckCommand(t *testing.T) {
	const sendline = "links.sendline.example"
	for _, tt := range []struct {
		args    []string
		exit    int
		outcome triage.CheckOutcome
		state   string
	}{
		{[]string{"dns", "link.cardamom.example", "--target", sendline}, 0, triage.Pass, "direct"},
		{[]string{"dns", "link.damson.example", "--target", sendline}, 1, triage.Fail, "wrong_target"},
		{[]string{"dns", "parsley.example", "--mx", "mx.sendline.example"}, 0, triage.Pass, "right"},
		{[]string{"dns.cname", "name=link.hyssop.example", "target=" + sendline}, 1, triage.Fail, "missing"},
		{[]string{"tls", "link.fennel.example"}, 1, triage.Fail, "expired"},
		{[]string{"tls", "link.fennel.example", "--at-time", "2020-01-01T00:00:00Z"}, 1, triage.Fail, "not_yet_valid"},
		{[]string{"http", "https://hooks.quince.example/in"}, 1, triage.Fail, "wrong_status"},
		{[]string{"http", "https://hooks.quince.example/in", "--status", "404"}, 0, triage.Pass, "answers"},
		{[]string{"http", "https://link.elder.example/", "--to", sendline}, 1, triage.Fail, "proxied_not_forwarding"},
		{[]string{"mail", "lavender.example", "--include", "spf.sendline.example", "--selector", "s1,s2", "--dkim-target", "dkim.sendline.example"}, 0, triage.Pass, ""},
		{[]string{"mail", "nettle.example", "--include", "spf.sendline.example"}, 1, triage.Fail, "missing"},
		{[]string{"mail", "lavender.example", "--selector", "s1"}, 0, triage.Pass, ""},
		{[]string{"mail", "oregano.example"}, 1, triage.Fail, ""},
		{[]string{"dns", "link.cardamom.example"}, 0, triage.Pass, "direct"},
		{[]string{"dns", "link.damson.example"}, 1, triage.Fail, "dangling"},
		{[]string{"dns", "link.hyssop.example"}, 1, triage.Fail, "missing"},
		{[]string{"dns", "link.elder.example", "--addresses", "203.0.113.0/25"}, 0, triage.Pass, "direct"},
		{[]string{"spf", "lavender.example", "--ip", "192.0.2.1"}, 1, triage.Fail, "fail"},
		{[]string{"spf", "Lavender.example", "--ip", "192.0.2.1", "--sender", "a@lavender.example", "--helo", "x.example"}, 1, triage.Fail, "fail"},
		{[]string{"spf", "hyssop.example", "--ip", "192.0.2.1", "--helo", "hyssop.example"}, 1, triage.Fail, "none"},
		{[]string{"tls", "127.0.0.1"}, 3, triage.Unknown, "could_not_check"},
		// The record is replaced by the proxy's, which is as it should be.
		{[]string{"procedure", "https-click-tracking", "--account", "acc-1010"}, 0, triage.Pass, "proxied"},
		{[]string{"procedure", "https-click-tracking", "--account", "acc-1004"}, 1, triage.Fail, ""},
		{[]string{"procedure", "https-click-tracking", "--account", "acc-1001", "--input", "link_domain=link.bergamot.example"}, 0, triage.Pass, ""},
	} {
		exit, stdout, stderr := runProgram(t, nil, "", append([]string{"check", "--lab", "--json"}, tt.args...)...)
		var got check.Report
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Errorf("%v: %v; stderr %s", tt.args, err, stderr)
			continue
		}
		if exit != tt.exit || got.Outcome != tt.outcome || tt.state != "" && got.State != tt.state || !got.Lab || got.Text == got.Code {
			t.Errorf("%v: exit %d, %s, state %q, text %q; want exit %d, %s, %q", tt.args, exit, got.Outcome, got.State, got.Text, tt.exit, tt.outcome, tt.state)
		}
	}
}

// TestCheckUnusable: what cannot be used says so in a line and looks at nothing.
func TestCheckUnusable(t *testing.T) {
	for _, args := range [][]string{
		{"check"}, {"check", "dns"}, {"check", "dns", "a.example", "--target", "b.example", "--mx", "b.example"},
		{"check", "spf", "a.example"}, {"check", "spf", "a.example", "--ip", "192.0.2.1", "--sender", "x@b.example"},
		{"check", "mail", "a.example", "--dkim-target", "dkim.b.example"}, {"check", "nosuch"}, {"check", "dns.cname", "name"},
		{"check", "tls", "a.example", "--at-time", "noon"}, {"check", "tls", "a.example", "--roots", "/nonexistent"},
		{"check", "tls", "a.example", "--resolver", "nowhere"}, {"check", "tls", "a.example", "--lab", "--resolver", "192.0.2.1:53"},
		{"check", "procedure", "nosuch"}, {"check", "procedure", "inbound-parse"}, {"check", "procedure", "inbound-parse", "--input", "x=y"},
		{"check", "procedure", "inbound-parse", "--account", "acc-none"},
	} {
		exit, stdout, stderr := runProgram(t, nil, "", args...)
		if exit != exitUnusable || stdout != "" || stderr == "" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, exit, stdout, stderr)
		}
	}
}
