package knowledge

import "testing"

// Word by word names are found as they are in the whole text.
func TestWithoutNames(t *testing.T) {
	for _, text := range []string{"", "plain words", "see https://docs.a.example/x?y=1, then mail ann@b.example.", "link.a.example", "a.b", "done.", "...", "@", "x@y z",
		"ü.example and é@x\u00a0y.example", "tab\tb.example\r\nc.example\fd", "https://", "-a.example-", "(a.example)", "1.2.3", "v1.2.3-beta.example", "\u2003a.example\u2003b"} {
		if got, want := withoutNames(text), names.ReplaceAllString(text, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
