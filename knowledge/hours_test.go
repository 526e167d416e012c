package knowledge

import (
	"testing"
	"time"
)

func TestOpenAt(t *testing.T) {
	for _, tc := range []struct{ hours, at, want string }{
		{"Mon-Fri 07:00-19:00 UTC", "2026-11-27T12:00:00Z", "open"}, // a Friday
		{"Mon-Fri 07:00-19:00 UTC", "2026-11-27T19:00:00Z", "2026-11-30T07:00:00Z"},
		{"Mon-Fri 07:00-19:00 UTC", "2026-11-30T06:59:00Z", "2026-11-30T07:00:00Z"},
		{"Mon-Sun 00:00-24:00 UTC", "2026-11-29T23:59:59Z", "open"},
		{"Sat-Mon 08:00-10:00 UTC", "2026-11-29T09:00:00Z", "open"},
		{"Sat-Mon 08:00-10:00 UTC", "2026-11-30T11:00:00Z", "2026-12-05T08:00:00Z"},
		{"Wed 08:00-10:00 UTC", "2026-12-02T11:00:00Z", "2026-12-09T08:00:00Z"},
		{"Mon-Fri 08:00-18:00 Europe/Warsaw", "2026-11-27T07:30:00Z", "open"},
		{"Mon-Fri 08:00-18:00 Europe/Warsaw", "2026-07-24T05:30:00Z", "2026-07-24T06:00:00Z"}, // summer time
		{"", "2026-11-27T12:00:00Z", "unknown"},
		{"by appointment", "2026-11-27T12:00:00Z", "unknown"},
		{"Mon-Fri 19:00-07:00 UTC", "2026-11-27T12:00:00Z", "unknown"},
		{"Mon-Xyz 07:00-19:00 UTC", "2026-11-27T12:00:00Z", "unknown"},
		{"Mon-Fri 07:00-25:00 UTC", "2026-11-27T12:00:00Z", "unknown"},
		{"Mon-Fri 07:00-19:00 Nowhere/None", "2026-11-27T12:00:00Z", "unknown"},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		open, next, ok := (&Tier{Hours: tc.hours}).OpenAt(at)
		got := next.UTC().Format(time.RFC3339)
		switch {
		case !ok:
			got = "unknown"
		case open:
			got = "open"
		}
		if got != tc.want {
			t.Errorf("%q at %s: %s, want %s", tc.hours, tc.at, got, tc.want)
		}
	}
}
