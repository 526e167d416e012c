package ground

import (
	"strings"
	"testing"
)

// A line that an expression finds begins with one of its heads.
func FuzzHeads(f *testing.F) {
	for _, s := range []string{"Sent from my iPhone", "  GET Outlook for iOS", "Στάλθηκε από το iPhone", "WYSŁANE z telefonu", "On Mon, Ada wrote:", "W dniu 3 maja Ola napisała:", "śr., 3 maj", "-----Original Message-----",
		"Ursprüngliche Nachricht", "元のメッセージ", "Begin forwarded message:", "iPhoneから送信", "发自我的 iPhone", "ſent from my K", "Odesláno z iPhonu", "Özgün ileti:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range []struct {
			name    string
			matches bool
			may     bool
		}{
			{"phone", phone.MatchString(s), phoneHeads.begin(s)},
			{"phone last", phoneLast.MatchString(s), namesPhone(s)},
			{"attribution", attributionHead.MatchString(s + " "), attributionHeads.begin(s)},
			{"original", originalLine.MatchString(s), originalHeads.begin(s)},
			{"forward", forwardLine.MatchString(s), endsColon(strings.TrimRight(s, " \t\f\r\n"))},
		} {
			if x.matches && !x.may {
				t.Errorf("%s finds %q, which its heads pass over", x.name, s)
			}
		}
	})
}
