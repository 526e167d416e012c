package check_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
)

// Codes that several tables of mail use.
var (
	sawNoRecord    = saw{triage.Unknown, "could_not_check", "check.records.could_not_check"}
	sawSplitRecord = saw{triage.Unknown, "inconsistent", "check.records.inconsistent"}
	sawOnlyRecord  = saw{triage.Unknown, "could_not_check", "check.records.resolver_only"}
	sawRecordLoop  = saw{triage.Fail, "wrong_target", "check.records.loop"}
	sawStaleRecord = saw{triage.Pass, "stale", "check.records.stale"}
	sawMisplaced   = saw{triage.Fail, "missing", "check.records.misplaced"}

	sawMX      = saw{triage.Pass, "right", "check.mx.right"}
	sawSPF     = saw{triage.Pass, "right", "check.spf.right"}
	sawDKIM    = saw{triage.Pass, "right", "check.dkim.right"}
	sawNoDKIM  = saw{triage.Fail, "missing", "check.dkim.missing"}
	sawDMARC   = saw{triage.Pass, "right", "check.dmarc.right"}
	sawNoDMARC = saw{triage.Fail, "missing", "check.dmarc.missing"}
	sawAnswer  = saw{triage.Pass, "answers", "check.answers.right"}
)

func fail(state, code string) saw { return saw{triage.Fail, state, code} }

// Every mail world of the example workspace, by the checks of its procedures.
func TestSendlineMailWorlds(t *testing.T) {
	e := start(t, examples.Sendline(), quick)
	both := func(domain string) knowledge.Check {
		one := func(selector string) knowledge.Check {
			return knowledge.Check{Name: "mail.dkim", Params: map[string]any{"domain": domain, "selector": selector, "target": "dkim.sendline.example"}}
		}
		return knowledge.Check{All: []knowledge.Check{one("s1"), one("s2")}}
	}
	for domain, w := range map[string]struct {
		spf, s1, s2, dmarc saw
		policy             string
	}{
		"lavender.example": {sawSPF, sawDKIM, sawDKIM, sawDMARC, "quarantine"},
		"mallow.example":   {sawSPF, sawDKIM, sawNoDKIM, sawDMARC, "none"},
		"nettle.example":   {sawSPF, sawDKIM, sawDKIM, sawNoDMARC, ""},
		"oregano.example":  {fail("several_records", "check.spf.several_records"), sawDKIM, sawDKIM, sawDMARC, "reject"},
	} {
		t.Run(domain, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			want(t, e.Run(ctx, "mail.spf", map[string]string{"domain": domain, "include": "spf.sendline.example"}, nil), w.spf)
			dmarc := e.Run(ctx, "mail.dmarc", map[string]string{"domain": domain}, nil)
			want(t, dmarc, w.dmarc)
			if dmarc.CodeParams["p"] != w.policy {
				t.Errorf("policy %q, want %q", dmarc.CodeParams["p"], w.policy)
			}
			check := both("{mail_domain}")
			dkim := e.Check(ctx, triage.CheckRun{Step: knowledge.Step{ID: "dkim-records", Check: &check}, Inputs: map[string]string{"mail_domain": domain}})
			want(t, dkim.Results[0], w.s1)
			want(t, dkim.Results[1], w.s2)
			if (dkim.Outcome == triage.Pass) != (w.s2 == sawDKIM) {
				t.Error(dkim.Outcome)
			}
		})
	}
	for domain, w := range map[string]saw{
		"parsley.example": sawAnswer,
		"quince.example":  fail("wrong_status", "check.answers.wrong_status"),
	} {
		t.Run(domain, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			want(t, e.Run(ctx, "dns.mx", map[string]string{"name": domain, "target": "mx.sendline.example"}, nil), sawMX)
			want(t, e.Run(ctx, "http.answers", map[string]string{"url": "https://hooks." + domain + "/in"}, nil), w)
		})
	}
}

// Every check that the example's procedures name is there and has what it needs.
func TestProceduresNameChecks(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.Procedures {
		for _, s := range p.Steps {
			for _, leaf := range s.Check.Leaves() {
				needs := check.Requires(leaf.Name)
				if needs == nil {
					t.Errorf("%s, %s: no check %q", p.ID, s.ID, leaf.Name)
				}
				for _, param := range needs {
					if leaf.Params[param] == nil {
						t.Errorf("%s, %s: %s without %q", p.ID, s.ID, leaf.Name, param)
					}
				}
			}
		}
	}
}

// mailWorlds is a lab with one name for each state of mail; see its lab.yaml.
func mailWorlds(t *testing.T) *check.Engine {
	return start(t, os.DirFS("testdata/mail"), quick)
}

// each runs one check over a table, the tables' key as that parameter.
func each(t *testing.T, e *check.Engine, name, key string, params map[string]string, table map[string]saw) {
	for value, w := range table {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			p := map[string]string{key: value}
			for k, v := range params {
				p[k] = v
			}
			want(t, e.Run(context.Background(), name, p, nil), w)
		})
	}
}

func TestMX(t *testing.T) {
	missing, wrong := fail("missing", "check.mx.missing"), fail("wrong_target", "check.mx.wrong_target")
	each(t, mailWorlds(t), "dns.mx", "name", map[string]string{"target": "mx.platform.example"}, map[string]saw{
		"right.mx.example":         sawMX,
		"upper.mx.example":         sawMX,
		"alias.mx.example":         sawMX,
		"own.mx.example":           sawMX,
		"cname.mx.example":         sawMX,
		"several.mx.example":       {triage.Pass, "right", "check.mx.among_others"},
		"equal.mx.example":         {triage.Pass, "right", "check.mx.among_others"},
		"behind.mx.example":        {triage.Pass, "right", "check.mx.not_first"},
		"stale.mx.example":         sawStaleRecord,
		"other.mx.example":         wrong,
		"suffix.mx.example":        wrong, // with the target's own address
		"nohost.mx.example":        wrong,
		"doubled.mx.example":       sawDoubled,
		"none.mx.example":          fail("missing", "check.mx.none_wanted"),
		"text.mx.example":          missing,
		"nowhere.mx.example":       missing,
		"dangling.mx.example":      missing,
		"unregistered.example":     missing,
		"loop.mx.example":          sawRecordLoop,
		"hidden.mx.example":        sawNoRecord,
		"www.mute.example":         sawNoRecord,
		"split.example":            sawSplitRecord,
		"lame.example":             sawMX,
		"without.lame.example":     sawOnlyRecord,
		"no_such_tld.test":         sawNoRecord,
		"nowhere.platform.example": missing,
	})
}

func TestSPF(t *testing.T) {
	bad := fail("malformed", "check.spf.malformed")
	over := fail("too_many_lookups", "check.spf.too_many_lookups")
	broken := fail("broken_include", "check.spf.broken_include")
	missing := fail("missing", "check.spf.missing")
	without := fail("include_missing", "check.spf.include_missing")
	signed := fail("include_missing", "check.spf.not_passing")
	unknown := func(code string) saw { return saw{triage.Unknown, "could_not_check", code} }
	each(t, mailWorlds(t), "mail.spf", "domain", map[string]string{"include": "spf.platform.example"}, map[string]saw{
		"right.spf.example":      sawSPF,
		"upper.spf.example":      sawSPF,
		"split.spf.example":      sawSPF, // one record in two strings
		"nested.spf.example":     sawSPF,
		"redirect.spf.example":   sawSPF,
		"cname.spf.example":      sawSPF,
		"ten.spf.example":        sawSPF,
		"macroright.spf.example": sawSPF,
		"other.spf.example":      sawSPF, // the resolver lags with a record that has nothing to do with it
		"stale.spf.example":      sawStaleRecord,
		"text.spf.example":       missing,
		"nowhere.spf.example":    missing,
		"two.spf.example":        fail("several_records", "check.spf.several_records"),
		"without.spf.example":    without,
		"afterall.spf.example":   without,
		"suffix.spf.example":     broken,
		"after.spf.example":      fail("include_missing", "check.spf.after_all"),
		"minus.spf.example":      signed,
		"question.spf.example":   without, // what it includes passes nothing here
		"quoted.spf.example":     bad,
		"version.spf.example":    bad,
		"joined.spf.example":     bad,
		"typo.spf.example":       bad,
		"cidr.spf.example":       bad,
		"spaced.spf.example":     bad,
		"eleven.spf.example":     over,
		"deep.spf.example":       over,
		"circle.spf.example":     over,
		"void.spf.example":       broken,
		"badnested.spf.example":  broken,
		"twonested.spf.example":  broken,
		"hidden.spf.example":     unknown("check.spf.include_unseen"),
		"macro.spf.example":      unknown("check.spf.macro"),
		"lame.spf.example":       sawOnlyRecord,
		"loop.spf.example":       sawRecordLoop,
		"www.mute.example":       sawNoRecord,
		"split.example":          sawSplitRecord,
		"lame.example":           sawSPF,
		"without.lame.example":   sawOnlyRecord,
	})
}

func TestDKIM(t *testing.T) {
	bad := fail("malformed", "check.dkim.malformed")
	wrong := fail("wrong_target", "check.dkim.wrong_target")
	e := mailWorlds(t)
	params := map[string]string{"domain": "dkim.example", "target": "dkim.platform.example"}
	each(t, e, "mail.dkim", "selector", params, map[string]saw{
		"ed":        sawDKIM,
		"ED":        sawDKIM,
		"rsa":       sawDKIM, // in two strings
		"small":     sawDKIM, // 1024 bits
		"bare":      sawDKIM,
		"plain":     sawDKIM, // no version
		"on":        sawDKIM, // the platform's name is an alias itself
		"over":      sawDKIM, // by way of a name between
		"stale":     sawStaleRecord,
		"weak":      fail("weak_key", "check.dkim.weak_key"),
		"revoked":   fail("key_revoked", "check.dkim.key_revoked"),
		"nokey":     fail("key_missing", "check.dkim.key_missing"),
		"nothing":   fail("key_missing", "check.dkim.key_missing"),
		"two":       fail("several_records", "check.dkim.several_records"),
		"junk":      bad,
		"short":     bad,
		"unknown":   bad,
		"version":   bad,
		"twice":     bad,
		"web":       bad,
		"sha1":      bad,
		"wrong":     wrong, // another selector's key
		"outside":   wrong,
		"dangling":  wrong,
		"doubled":   sawDoubled,
		"owntext":   fail("wrong_target", "check.dkim.no_cname"),
		"address":   sawNoDKIM,
		"absent":    sawNoDKIM,
		"put":       sawMisplaced,
		"loop":      sawRecordLoop,
		"silent":    sawNoRecord,
		"unreached": sawNoRecord,
		"a b":       {triage.Unknown, "could_not_check", "check.bad_name"},
	})
	params = map[string]string{"selector": "ed", "target": "dkim.platform.example"}
	each(t, e, "mail.dkim", "domain", params, map[string]saw{
		"split.example":    sawSplitRecord,
		"lame.example":     sawDKIM,
		"www.mute.example": sawNoRecord,
	})
	t.Run("only the resolver", func(t *testing.T) {
		t.Parallel()
		want(t, e.Run(context.Background(), "mail.dkim", map[string]string{"domain": "lame.example", "selector": "rsa", "target": "dkim.platform.example"}, nil), sawOnlyRecord)
	})
}

func TestDMARC(t *testing.T) {
	bad, several := fail("malformed", "check.dmarc.malformed"), fail("several_records", "check.dmarc.several_records")
	e := mailWorlds(t)
	each(t, e, "mail.dmarc", "domain", nil, map[string]saw{
		"dmarc.example":             sawDMARC,
		"none.dmarc.example":        sawDMARC,
		"case.dmarc.example":        sawDMARC,
		"cname.dmarc.example":       sawDMARC,
		"extra.dmarc.example":       sawDMARC,
		"spf.dmarc.example":         sawDMARC, // no DMARC record of its own
		"nowhere.dmarc.example":     sawDMARC,
		"a.b.nowhere.dmarc.example": sawDMARC,
		"plain.example":             sawDMARC,
		"two.dmarc.example":         several, // which ends the search
		"twice.example":             several,
		"www.twice.example":         several,
		"nopolicy.dmarc.example":    bad,
		"badpolicy.dmarc.example":   bad,
		"badsub.dmarc.example":      bad,
		"lower.dmarc.example":       bad,
		"commas.dmarc.example":      bad,
		"nosemicolon.dmarc.example": bad,
		"later.dmarc.example":       sawDMARC, // takes no part, the one above does
		"quoted.dmarc.example":      bad,
		"without.example":           sawNoDMARC, // under a wildcard
		"www.without.example":       sawNoDMARC,
		"unregistered.example":      sawNoDMARC,
		"misplaced.example":         sawMisplaced,
		"loop.dmarc.example":        sawRecordLoop,
		"split.example":             sawSplitRecord,
		"lame.example":              sawDMARC,
		"without.lame.example":      sawOnlyRecord,
		"mute.example":              sawNoRecord,
		"www.mute.example":          sawNoRecord,
	})
	for domain, w := range map[string][3]string{ // p, policy for this domain, where
		"dmarc.example":         {"reject", "reject", "_dmarc.dmarc.example"},
		"nowhere.dmarc.example": {"reject", "quarantine", "_dmarc.dmarc.example"},
		"www.plain.example":     {"reject", "reject", "_dmarc.plain.example"},
		"case.dmarc.example":    {"reject", "reject", "_dmarc.case.dmarc.example"},
	} {
		t.Run(domain+" policy", func(t *testing.T) {
			t.Parallel()
			p := e.Run(context.Background(), "mail.dmarc", map[string]string{"domain": domain}, nil).CodeParams
			if got := [3]string{p["p"], p["policy"], p["at"]}; got != w {
				t.Errorf("%q, want %q", got, w)
			}
		})
	}
}

// With the real time-outs, a step over silent servers ends within 5 s.
func TestSilentMailEndsInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for real time-outs")
	}
	t.Parallel()
	e := start(t, os.DirFS("testdata/mail"), check.Options{})
	at := time.Now()
	leaf := func(name string, params map[string]any) knowledge.Check {
		return knowledge.Check{Name: name, Params: params}
	}
	step := knowledge.Step{Check: &knowledge.Check{All: []knowledge.Check{
		leaf("dns.mx", map[string]any{"name": "hidden.mx.example", "target": "mx.platform.example"}),
		leaf("mail.spf", map[string]any{"domain": "hidden.spf.example", "include": "spf.platform.example"}),
		leaf("mail.dkim", map[string]any{"domain": "dkim.example", "selector": "silent", "target": "dkim.platform.example"}),
		leaf("mail.dmarc", map[string]any{"domain": "www.mute.example"}),
		leaf("http.answers", map[string]any{"url": "https://www.mute.example/in"}),
	}}}
	got := e.Check(context.Background(), triage.CheckRun{Step: step})
	if took := time.Since(at); took > 5*time.Second || got.Outcome != triage.Unknown {
		t.Errorf("%s after %s", got.Outcome, took)
	}
	for _, r := range got.Results {
		if r.Outcome != triage.Unknown {
			t.Errorf("%s: %s %s", r.Check, r.Outcome, r.Code)
		}
	}
}

// What the sentences say of the less usual worlds.
func TestMailParameters(t *testing.T) {
	e := mailWorlds(t)
	for _, tc := range []struct {
		check  string
		params map[string]string
		key    string
		want   string
	}{
		{"dns.mx", map[string]string{"name": "behind.mx.example", "target": "mx.platform.example"}, "others", "wrong.mx.example"},
		{"dns.mx", map[string]string{"name": "several.mx.example", "target": "mx.platform.example"}, "seen", "10 mx.platform.example / 20 wrong.mx.example"},
		{"mail.spf", map[string]string{"domain": "typo.spf.example", "include": "spf.platform.example"}, "term", "inlcude:spf.platform.example"},
		{"mail.spf", map[string]string{"domain": "minus.spf.example", "include": "spf.platform.example"}, "term", "-include:spf.platform.example"},
		{"mail.spf", map[string]string{"domain": "badnested.spf.example", "include": "spf.platform.example"}, "end", "typo.spf.example"},
		{"mail.spf", map[string]string{"domain": "right.spf.example", "include": "spf.platform.example"}, "seen", "v=spf1 include:spf.platform.example -all"},
		{"mail.dkim", map[string]string{"domain": "dkim.example", "selector": "weak", "target": "dkim.platform.example"}, "bits", "512"},
		{"mail.dkim", map[string]string{"domain": "dkim.example", "selector": "rsa", "target": "dkim.platform.example"}, "key", "RSA 2048"},
		{"mail.dkim", map[string]string{"domain": "dkim.example", "selector": "ED", "target": "dkim.platform.example"}, "name", "ed._domainkey.dkim.example"},
		{"mail.dkim", map[string]string{"domain": "dkim.example", "selector": "put", "target": "dkim.platform.example"}, "found", "put._domainkey.dkim.example.dkim.example"},
		{"mail.dmarc", map[string]string{"domain": "badpolicy.dmarc.example"}, "term", "p=monitor"},
		{"mail.spf", map[string]string{"domain": "stale.spf.example", "include": "spf.platform.example"}, "stale_seen", "v=spf1 -all"},
	} {
		r := e.Run(context.Background(), tc.check, tc.params, nil)
		if got := r.CodeParams[tc.key]; got != tc.want {
			t.Errorf("%s %v: %s is %q, want %q", tc.check, tc.params, tc.key, got, tc.want)
		}
	}
	r := e.Run(context.Background(), "mail.spf", map[string]string{"domain": "right.spf.example", "include": "spf.platform.example"}, nil)
	if text := strings.Join(r.Evidence, "\n"); strings.Contains(text, "some-verification") || !strings.Contains(text, "ip4:198.51.100.0/26") {
		t.Errorf("evidence:\n%s", text)
	}
}
