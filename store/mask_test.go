package store

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMask(t *testing.T) {
	p := person{emails: []string{"Ann.Li+x@shop.example"}, ids: map[string]bool{"mail\x00u7": true}, names: []string{"Will Ö. Smith"}}
	mail, identity, words := p.masks([]string{"I have done all\nthree steps, twice over.\nok\n\n> quoted line of hers\n"})
	for _, c := range []struct {
		m        *mask
		in, want string
	}{
		{&mail, "to ann.li+X@SHOP.example.", "to *********************."},
		{&mail, "joann.li+x@shop.example", "joann.li+x@shop.example"},
		{&mail, "Will Smith u7", "Will Smith u7"},
		{&identity, "id u7, u70, su7 of will ö. smith", "id **, u70, su7 of **************"},
		{&identity, "Will", "Will"},
		{&words, "Dear Will, I will ask the Smiths. Smith!", "Dear ****, I will ask the Smiths. *****!"},
		{&words, "> I have done all\n> three steps, twice\n> over.", "> ***************\n> ******************\n*******"},
		{&words, "ok", "ok"},
		{&words, ">> QUOTED  line\tof hers", ">> ********************"},
		{&words, "", ""},
		{&mail, "連絡先はann.li+x@shop.exampleです", "連絡先は" + strings.Repeat("*", 21) + "です"},
		{&mail, "https://x.example/?m=Ann.Li%2Bx%40shop.example&n=1", "https://x.example/?m=" + strings.Repeat("*", 25) + "&n=1"},
	} {
		if got := c.m.apply(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
		if c.m.in(c.in) != (c.in != c.want) {
			t.Errorf("%q: found %v", c.in, c.m.in(c.in))
		}
	}
}

// A name stands without spaces in some scripts, with endings or titles at once.
func TestMaskUnspaced(t *testing.T) {
	p := person{names: []string{"田中 太郎", "김철수", "Li"}}
	_, identity, words := p.masks(nil)
	for in, want := range map[string]string{
		"田中様、田中 太郎さん": "******様、*************さん",
		"김철수님께":       "*********님께",
		"Liは、Lina":    "**は、Lina",
	} {
		if got := words.apply(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := identity.apply("田中様、田中太郎"); got != "田中様、田中太郎" {
		t.Errorf("the family name alone: %q", got)
	}
}

func TestMaskInRaw(t *testing.T) {
	p := person{names: []string{"Zoë O'Hara"}, emails: []string{"zoe@shop.example"}}
	_, identity, _ := p.masks(nil)
	for raw, want := range map[string]bool{
		`{"name":"Zo\u00eb O\u0027Hara"}`:                                 true,
		"From: =?utf-8?Q?Zo=C3=AB_O'Hara?=":                               true,
		"From: =?utf-8?B?Wm/DqyBPJ0hhcmE=?=":                              true,
		"Wm/D\r\nqyBPJ0hhcmE=":                                            true,
		"see zoe=40shop.exam=\r\nple":                                     true,
		"From: Zoe Ohara <zoe@mill.example>":                              false,
		"\xff\x00" + strings.Repeat("A", 50) + "====" + `\u12 \q "\ud83d`: false,
	} {
		if got := identity.inRaw([]byte(raw)); got != want {
			t.Errorf("%q: found %v, want %v", raw, got, want)
		}
	}
}

// FuzzMask: what is masked is gone, keeps its length, stays valid, and what
// stood around it is as it was.
func FuzzMask(f *testing.F) {
	f.Add("Dear Ann, ann@shop.example", "Ann Li", "three steps, twice over")
	f.Add("\u0130nan wrote: İNAN", "İnan", "> \xff\n\n>")
	f.Fuzz(func(t *testing.T, text, name, line string) {
		text, name, line = clean(text), clean(name), clean(line)
		p := person{names: []string{name}, emails: []string{"ann@shop.example"}}
		_, _, words := p.masks([]string{line})
		got := words.apply(text)
		if len(got) != len(text) || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", text, got)
		}
		for i := range got {
			if got[i] != text[i] && got[i] != '*' {
				t.Fatalf("%q became %q", text, got)
			}
		}
		if strings.Contains(got, "ann@shop.example") && !strings.ContainsAny(name+line, "*") && words.parts[0].re.MatchString(got) &&
			len(words.parts[0].find(got)) > 0 {
			t.Fatalf("still in %q", got)
		}
		words.inRaw([]byte(text))
	})
}
