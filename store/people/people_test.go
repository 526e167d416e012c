package people

import (
	"strings"
	"testing"
	"time"
)

func TestWeakness(t *testing.T) {
	about := []string{"marlowe.zoe@desk.example", "Zoe Marlowe", "Sendline", "readback"}
	for password, want := range map[string]Weakness{
		"": TooShort, "short": TooShort, "żółwżółw9": TooShort,
		"Password2026!": Common, "P@ssw0rd123": Common, "passwordpassword": Common, "1234567890": Common, "qwertyuiop": Common, "qwerty12345": Common,
		"aaaaaaaaaaaa": Common, "abcabcabcabc": Common, "letmein12345": Common, "1q2w3e4r5t6y": Common, "zaq12wsxcde3": Common, "readback-1234": Common, "welcome-home": "",
		"iloveyou2026": Common, "summer2026!!": Common, "administrator": Common, "Warszawa2026": Common, "0987654321!": Common, "sunshine-monkey": Common,
		"marlowe12345": Personal, "Sendline2026": Personal,
		"four apples under snow": "", "marlowe keeps seven pears": "", "gT7#kq9!xW2p": "", "zażółć gęślą jaźń": "", "短い パスワード ではない よ": "",
		strings.Repeat("x y z 7 ", 100): Unusable, "tab\tin the middle": Unusable,
	} {
		if got := WeaknessOf(password, about...); got != want {
			t.Errorf("%.40q: %q, want %q", password, got, want)
		}
	}
}

func TestHash(t *testing.T) {
	hash, err := Hash("four apples under snow é")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Errorf("the hash is %s", hash)
	}
	if again, _ := Hash("four apples under snow é"); again == hash {
		t.Error("two hashes of one password are the same")
	}
	for password, want := range map[string]bool{"four apples under snow é": true, "four apples under snow e\u0301": true, "four apples under snow": false, "": false} {
		if Matches(hash, password) != want {
			t.Errorf("%q matches: %v", password, !want)
		}
	}
	for _, bad := range []string{"", "x", noPassword, "$argon2id$v=19$m=0,t=1,p=1$AAAA$AAAA", "$argon2id$v=18" + hash[14:], strings.Replace(hash, "m=47104", "m=99999999", 1), hash + "$"} {
		if Matches(bad, "four apples under snow é") {
			t.Errorf("%q matches", bad)
		}
	}
}

// The codes of RFC 6238, appendix B, in their last six digits.
func TestTOTPStep(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := TOTPStepOf(secret, " "+code[:3]+" "+code[3:], time.Unix(at, 0)); got != at/30 {
			t.Errorf("at %d: step %d", at, got)
		}
		for _, late := range []int64{-61, 61} {
			if got := TOTPStepOf(secret, code, time.Unix(at+late, 0)); got != 0 {
				t.Errorf("%d s later: step %d", late, got)
			}
		}
	}
	if TOTPStepOf(secret, "", time.Unix(59, 0)) != 0 || TOTPStepOf("", "287082", time.Unix(59, 0)) != 0 {
		t.Error("nothing is a code")
	}
}

func TestRoles(t *testing.T) {
	for _, tc := range []struct {
		role, need Role
		may        bool
	}{{Agent, Agent, true}, {Agent, Lead, false}, {Lead, Agent, true}, {Lead, Admin, false}, {Admin, Lead, true}, {"", Agent, false}, {Admin, "", false}, {"owner", Agent, false}} {
		if tc.role.May(tc.need) != tc.may {
			t.Errorf("%q may what needs %q: %v", tc.role, tc.need, !tc.may)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"ann@desk.example", "Ann <ann@desk.example>", "a@b", "a\"b@c.example", "ann@desk.example, bo@desk.example", "\x00@x"} {
		f.Add(s, s, "en")
	}
	f.Fuzz(func(t *testing.T, email, name, language string) {
		u := User{Email: email, Name: name, Role: Agent, Languages: []string{language}}
		if u.Check() != nil {
			return
		}
		again := u
		if err := again.Check(); err != nil || again.Email != u.Email || again.Name != u.Name {
			t.Errorf("%q, %q are not stored as they are read: %v", u.Email, u.Name, err)
		}
		if strings.ContainsAny(u.Email, " \r\n\x00<>") || strings.Count(u.Email, "@") < 1 {
			t.Errorf("%q is taken as an address", u.Email)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		_, _ = Hash("four apples under snow")
	}
}
