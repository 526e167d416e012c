package check_test

import (
	"context"
	"testing"

	"readback/triage"
)

func TestResolves(t *testing.T) {
	resolves := saw{triage.Pass, "direct", "check.dns.resolves"}
	toProxy := saw{triage.Pass, "direct", "check.dns.resolves_to_proxy"}
	dangling := saw{triage.Fail, "dangling", "check.dns.dangling"}
	loop := saw{triage.Fail, "loop", "check.dns.loop"}
	each(t, start(t, worlds, quick), "dns.resolves", "name", nil, map[string]saw{
		"direct.worlds.example":   resolves,
		"chain.worlds.example":    resolves,
		"flat.worlds.example":     resolves,
		"doubled.worlds.example":  dangling,
		"long1.worlds.example":    resolves,
		"a.b.wild.worlds.example": resolves,
		"proxied.worlds.example":  toProxy,
		"cdn.worlds.example":      toProxy,
		"old.worlds.example":      {triage.Pass, "stale", "check.dns.stale"},
		"dangling.worlds.example": dangling,
		"wrong.worlds.example":    dangling,
		"loop.worlds.example":     loop,
		"self.worlds.example":     loop,
		"long0.worlds.example":    loop,
		"two.worlds.example":      sawSeveral,
		"overtwo.worlds.example":  sawSeveral,
		"text.worlds.example":     sawMissing,
		"nowhere.worlds.example":  sawMissing,
		"gone.worlds.example":     sawMissing,
		"cname.bogus.example":     {triage.Fail, "bogus", "check.dns.bogus"},
		"cname.split.example":     sawSplit,
		"addr.split.example":      sawSplit,
		"bad.lame.example":        sawOnly,
		"www.mute.example":        sawNothing,
		"via.mutetarget.example":  sawNothing,
	})
}

func TestAddress(t *testing.T) {
	right := saw{triage.Pass, "direct", "check.address.right"}
	others := saw{triage.Fail, "wrong_target", "check.address.others"}
	e := start(t, worlds, quick)
	each(t, e, "dns.address", "name", map[string]string{"addresses": "[198.51.100.10, 198.51.100.11 2001:db8:1::/48]"}, map[string]saw{
		"flat.worlds.example":      right,
		"flatpart.worlds.example":  right,
		"apex.worlds.example":      right,
		"direct.worlds.example":    right, // by way of a CNAME
		"mixed.worlds.example":     others,
		"flatmore.worlds.example":  others,
		"wrongaddr.worlds.example": sawWrong,
		"proxied.worlds.example":   sawProxied,
		"nowhere.worlds.example":   sawMissing,
		"dangling.worlds.example":  sawDangling,
		"loop.worlds.example":      sawLoop,
		"two.worlds.example":       sawSeveral,
		"addr.split.example":       sawSplit,
		"www.mute.example":         sawNothing,
	})
	for addresses, w := range map[string]saw{
		"198.51.100.0/24":      right,
		"::ffff:198.51.100.77": right,
		"198.51.100.78":        sawWrong,
		"target.example":       {triage.Unknown, "could_not_check", "check.bad_address"},
		" , ":                  {triage.Unknown, "could_not_check", "check.bad_address"},
	} {
		t.Run("range as "+addresses, func(t *testing.T) {
			t.Parallel()
			want(t, e.Run(context.Background(), "dns.address", map[string]string{"name": "range.worlds.example", "addresses": addresses}, nil), w)
		})
	}
}

// What a record must be at all, when nothing is said of what it should hold.
func TestSoundMail(t *testing.T) {
	e := mailWorlds(t)
	sound, present := saw{triage.Pass, "right", "check.spf.sound"}, saw{triage.Pass, "right", "check.mx.present"}
	usable, absent := saw{triage.Pass, "right", "check.dkim.usable"}, fail("missing", "check.dkim.absent")
	each(t, e, "mail.spf", "domain", nil, map[string]saw{
		"right.spf.example":   sound,
		"without.spf.example": sound,
		"macro.spf.example":   sound,
		"stale.spf.example":   sawStaleRecord,
		"text.spf.example":    fail("missing", "check.spf.absent"),
		"two.spf.example":     fail("several_records", "check.spf.several_records"),
		"typo.spf.example":    fail("malformed", "check.spf.malformed"),
		"eleven.spf.example":  fail("too_many_lookups", "check.spf.too_many_lookups"),
		"void.spf.example":    fail("broken_include", "check.spf.broken_include"),
		"www.mute.example":    sawNoRecord,
	})
	each(t, e, "dns.mx", "name", nil, map[string]saw{
		"right.mx.example": present,
		"other.mx.example": present,
		"none.mx.example":  {triage.Pass, "no_mail", "check.mx.no_mail"},
		"text.mx.example":  fail("missing", "check.mx.absent"),
		"loop.mx.example":  sawRecordLoop,
		"www.mute.example": sawNoRecord,
		"split.example":    sawSplitRecord,
	})
	each(t, e, "mail.dkim", "selector", map[string]string{"domain": "dkim.example"}, map[string]saw{
		"ed":      usable,
		"owntext": usable,
		"wrong":   usable,
		"absent":  absent,
		"nokey":   absent,
		"address": absent,
		"outside": fail("key_revoked", "check.dkim.key_revoked"),
		"weak":    fail("weak_key", "check.dkim.weak_key"),
		"two":     fail("several_records", "check.dkim.several_records"),
		"junk":    fail("malformed", "check.dkim.malformed"),
		"loop":    sawRecordLoop,
		"silent":  sawNoRecord,
	})
}
