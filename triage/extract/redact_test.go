package extract

import (
	"strings"
	"testing"

	"readback/triage"
)

func TestRedactor(t *testing.T) {
	ann := triage.Customer{Name: "Ann Moss", Email: "ann.moss@bergwald-foto.example", AccountID: "acc-774411", ID: "cus_8812"}
	for _, c := range []struct {
		name, text, want string
		hosts            bool
	}{
		{"people", "Ann here, write to ann.moss@bergwald-foto.example or +48 22 123 45 67. Hello Lena!", "[name-1] here, write to [email-1]@bergwald-foto.example or [phone-1]. Hello [name-2]!", false},
		{"hosts", "ann.moss@bergwald-foto.example set link.bergwald-foto.example and kunden.bergwald-foto.example", "person-1@domain-1.example set link.domain-1.example and sub-1.domain-1.example", true},
		{"a company", "We at Bergwald-Foto, acc-774411", "We at [name-1], [id-1]", true},
		{"one of many", "ann.moss@gmail.com", "person-1@gmail.com", true},
		{"kept", "links.sendline.example, gmail.com, config.json, https://docs.sendline.example/ssl-for-links", "links.sendline.example, gmail.com, config.json, https://docs.sendline.example/ssl-for-links", true},
		{"addresses", "203.0.113.24 and 2001:db8::17 at 12:30:45, v1.2.3", "[ip-1] and [ip-2] at 12:30:45, v1.2.3", true},
		{"paths", "see https://bergwald-foto.example/kunden/ann-moss?x=1", "see https://domain-1.example[path-1]", true},
		{"secrets", "My password: hunter2hunter2", "My password: [secret-1]", false},
		{"a signature", "It does not work.\n-- \nAnn Moss\nLindenweg 4, Bergdorf", "It does not work.\n[signature]", true},
		{"written so", "what is [name-1-5ed1ac] here", "what is [name-1-5ed1ac] here", true},
	} {
		r := NewRedactor(ann, RedactOptions{Names: []string{"Lena Voss"}, Hosts: c.hosts, Keep: []string{"sendline.example"}})
		r.Learn(c.text)
		got := r.Hide(c.text).Text
		for _, kind := range []string{"name", "email", "phone", "id", "ip", "path", "secret"} { // numbers go over all kinds; what counts is which
			got, c.want = anyNumber(got, kind), anyNumber(c.want, kind)
		}
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
	r := NewRedactor(ann, RedactOptions{Hosts: true})
	r.Learn("the key is sk_live_abcdefghij0123456789", "again")
	if x := r.Hide("so sk_live_abcdefghij0123456789 it is"); strings.Contains(x.Text, "sk_live") {
		t.Errorf("a secret of another text stays: %s", x.Text)
	}
}

func anyNumber(s, kind string) string {
	for _, n := range "123456789" {
		s = strings.ReplaceAll(s, "["+kind+"-"+string(n)+"]", "["+kind+"]")
	}
	return s
}

// FuzzRedacted: a range of the text before is found again, and all that is not
// hidden stays as it is.
func FuzzRedacted(f *testing.F) {
	f.Add("Ann set link.foxglove.example and [name-1-5ed1ac] at 203.0.113.24", 4, 30)
	f.Add("pass: hunter2hunter2\n-- \nAnn", 0, 10)
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		if from < 0 || to < from || to > len(text) || len(text) > 4<<10 {
			return
		}
		r := NewRedactor(triage.Customer{Name: "Ann Moss", Email: "ann@foxglove.example"}, RedactOptions{Hosts: true})
		r.Learn(text)
		x := r.Hide(text)
		start, end := x.At(from, to)
		if start < 0 || end < start || end > len(x.Text) {
			t.Fatalf("%q [%d:%d] becomes %q [%d:%d]", text, from, to, x.Text, start, end)
		}
		at, last := 0, 0
		for _, p := range append(x.parts, part{len(text), len(text), len(x.Text), len(x.Text)}) {
			if p.from < at || p.start < last || text[at:p.from] != x.Text[last:p.start] {
				t.Fatalf("%q became %q: %+v", text, x.Text, x.parts)
			}
			at, last = p.to, p.end
		}
	})
}
