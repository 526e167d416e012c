package web

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
	_ "time/tzdata"
)

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestWakeAt(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, now, want string }{
		{"hours", "2026-11-22T22:30:00+01:00", "2026-11-23T01:30:00+01:00"},
		{"tomorrow", "2026-11-22T22:30:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"tomorrow", "2026-11-22T23:30:00Z", "2026-11-24T09:00:00+01:00"},      // there it is the 23rd already
		{"tomorrow", "2026-03-28T12:00:00+01:00", "2026-03-29T09:00:00+02:00"}, // a short night
		{"week", "2026-11-22T12:00:00+01:00", "2026-11-23T09:00:00+01:00"},     // a Sunday
		{"week", "2026-11-23T08:00:00+01:00", "2026-11-30T09:00:00+01:00"},     // a Monday
		{"week", "2026-11-28T08:00:00+01:00", "2026-11-30T09:00:00+01:00"},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		if at, ok := wakeAt(tc.name, now.In(warsaw)); !ok || at.Format(time.RFC3339) != tc.want {
			t.Errorf("%s at %s: %s", tc.name, tc.now, at.Format(time.RFC3339))
		}
	}
	if _, ok := wakeAt("never", time.Now()); ok {
		t.Error("never is a time")
	}
	for cookie, want := range map[string]string{"Europe%2FWarsaw": "Europe/Warsaw", "": "UTC", "Local": "UTC", "../etc/passwd": "UTC", "Nowhere%2FAtAll": "UTC", "%zz": "UTC"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "zone="+cookie)
		if got := zoneOf(r).String(); got != want {
			t.Errorf("%q is %s", cookie, got)
		}
	}
}
