package knowledge

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestHours(t *testing.T) {
	at := func(s string) time.Time {
		out, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, tc := range []struct {
		hours, at string
		open      bool
		changes   string // in UTC, "" = never
	}{
		{"", "2026-11-22T03:00:00Z", true, ""},
		{"Mon-Sun 00:00-24:00 UTC", "2026-11-22T03:00:00Z", true, ""},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-23T07:59:59Z", false, "2026-11-23T08:00:00Z"},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-23T08:00:00Z", true, "2026-11-23T18:00:00Z"},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-27T18:00:00Z", false, "2026-11-30T08:00:00Z"},
		{"Mon-Fri 08:00-18:00 Europe/Warsaw", "2026-11-23T07:00:00Z", true, "2026-11-23T17:00:00Z"},
		{"Mon-Fri 08:00-18:00 Europe/Warsaw", "2026-07-20T06:00:00Z", true, "2026-07-20T16:00:00Z"}, // summer time
		{"Fri-Mon 09:00-10:00 UTC", "2026-11-22T09:30:00Z", true, "2026-11-22T10:00:00Z"},
		{"Sat 09:00-12:00, Mon-Fri 08:00-18:00 UTC", "2026-11-21T12:30:00Z", false, "2026-11-23T08:00:00Z"},
		{"Mon 22:00-24:00, Tue 00:00-06:00 UTC", "2026-11-23T23:59:00Z", true, "2026-11-24T06:00:00Z"},
	} {
		h, err := ParseHours(tc.hours)
		if err != nil {
			t.Fatal(tc.hours, err)
		}
		got := ""
		if c := h.Changes(at(tc.at)); !c.IsZero() {
			got = c.UTC().Format(time.RFC3339)
		}
		if h.Open(at(tc.at)) != tc.open || got != tc.changes {
			t.Errorf("%q at %s: open %v until %q, want %v until %q", tc.hours, tc.at, h.Open(at(tc.at)), got, tc.open, tc.changes)
		}
	}
	for text, why := range map[string]string{
		"Mon-Fri 08:00-18:00":              "no time zone",
		"Mon-Fri 08:00-18:00 Mars/Olympus": "no time zone",
		"Mon-Fri 08:00-18:00 Local":        "no time zone",
		"weekdays 08:00-18:00 UTC":         "no days",
		"Mon-Fri 8-18 UTC":                 "no time",
		"Mon-Fri 18:00-08:00 UTC":          "ends before",
		"Mon-Fri 08:00-25:00 UTC":          "no time",
		"Mon-Fri 08:00-18:60 UTC":          "no time",
		"Mon-Fri UTC":                      "no opening time",
		"UTC":                              "no opening time",
		"Mon-Fri 08:00-18:00, UTC":         "no opening time",
		"Mon-Fri 08:00-18:00 and more UTC": "no time",
	} {
		if _, err := ParseHours(text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %s", text, err, why)
		}
	}
}

func FuzzHours(f *testing.F) {
	for _, s := range []string{"", "Mon-Fri 08:00-18:00 Europe/Warsaw", "Sat 09:00-12:00, Mon-Fri 08:00-18:00 UTC", "Mon 00:00-24:00 ../etc"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHours(text)
		if err != nil {
			return
		}
		if c := h.Changes(now); !c.IsZero() && (!c.After(now) || h.Open(c) == h.Open(now)) {
			t.Errorf("%q changes at %s to what it is", text, c)
		}
	})
}

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

func TestHoursBetween(t *testing.T) {
	for _, tc := range []struct{ hours, from, to, want string }{
		{"", "2026-11-21T00:00:00Z", "2026-11-22T06:30:00Z", "30h30m0s"},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z", "0s"},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-23T09:00:00Z", "2026-11-23T08:00:00Z", "0s"},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-23T09:00:00Z", "2026-11-23T09:20:30Z", "20m30s"},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-20T17:00:00Z", "2026-11-23T09:00:00Z", "2h0m0s"},   // a weekend
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-02T00:00:00Z", "2026-11-30T00:00:00Z", "200h0m0s"}, // four weeks
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-04T12:00:00Z", "2026-11-18T13:00:00Z", "101h0m0s"},
		{"Mon-Fri 08:00-18:00 Europe/Warsaw", "2026-07-20T05:00:00Z", "2026-07-20T07:00:00Z", "1h0m0s"},
		{"Mon 22:00-24:00, Tue 00:00-06:00 UTC", "2026-11-23T20:00:00Z", "2026-11-24T12:00:00Z", "8h0m0s"},
		{"Sat 09:00-12:00, Sat 11:00-13:00, Sat 12:30-12:40 UTC", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "4h0m0s"},
		// Clocks went from 02:00 to 03:00 on 29 March and from 03:00 to 02:00 on 25 October.
		{"Mon-Sun 00:00-24:00 Europe/Warsaw", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "23h0m0s"},
		{"Sun 02:00-03:00 Europe/Warsaw", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z", "0s"},
		{"Sun 01:00-04:00 Europe/Warsaw", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z", "2h0m0s"},
		{"Sun 02:00-03:00 Europe/Warsaw", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z", "2h0m0s"},
		{"Sun 01:00-04:00 Europe/Warsaw", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z", "4h0m0s"},
		{"Mon-Fri 08:00-16:00 Europe/Warsaw", "2026-10-23T06:00:00Z", "2026-10-26T08:00:00Z", "9h0m0s"}, // 08:00 of Friday to 09:00 of Monday
		{"Thu 00:00-24:00 UTC", "1969-12-31T12:00:00Z", "1970-01-01T12:00:00Z", "12h0m0s"},
		{"Mon-Fri 09:00-17:00 America/New_York", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2088h0m0s"},
	} {
		h, err := ParseHours(tc.hours)
		if err != nil {
			t.Fatal(tc.hours, err)
		}
		from, err := time.Parse(time.RFC3339, tc.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := time.Parse(time.RFC3339, tc.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Between(from, to).String(); got != tc.want {
			t.Errorf("%q from %s to %s: %s, want %s", tc.hours, tc.from, tc.to, got, tc.want)
		}
		var counted time.Duration // minute by minute
		for at := from; to.Sub(from) < 80*time.Hour && at.Before(to); at = at.Add(30 * time.Second) {
			if h.Open(at) {
				counted += 30 * time.Second
			}
		}
		if to.Sub(from) < 80*time.Hour && counted != h.Between(from, to) && tc.to != "2026-11-23T08:00:00Z" {
			t.Errorf("%q from %s to %s: %s, by Open %s", tc.hours, tc.from, tc.to, h.Between(from, to), counted)
		}
	}
}

func TestTimeZone(t *testing.T) {
	for text, want := range map[string]string{"": "UTC", "time_zone: Europe/Warsaw\n": "Europe/Warsaw"} {
		w, err := Load(fstest.MapFS{"workspace.yaml": {Data: []byte(text + "name: X\ntiers: [{id: l1}]\n")}})
		if err != nil || w.Zone.String() != want {
			t.Errorf("%q: %v, %v", text, w, err)
		}
	}
	_, err := Load(fstest.MapFS{"workspace.yaml": {Data: []byte("time_zone: Local\nname: X\ntiers: [{id: l1}]\n")}})
	if err == nil || !strings.Contains(err.Error(), "workspace.yaml:1") || !strings.Contains(err.Error(), "no time zone") {
		t.Errorf("a zone that is none: %v", err)
	}
}
