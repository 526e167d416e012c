package knowledge

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// hoursLine is one span of hours: "Mon-Fri 07:00-19:00 UTC".
var hoursLine = regexp.MustCompile(`^(\w{3})(?:-(\w{3}))? (\d{2}:\d{2})-(\d{2}:\d{2}) (\S+)$`)

var weekdays = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// OpenAt tells from a tier's hours whether somebody is there at a time, and
// when somebody is there next, at if they are now. ok is false when the hours
// are not of the form "Mon-Fri 07:00-19:00 UTC" (days may run over the weekend,
// the end may be 24:00): then nobody knows.
func (t *Tier) OpenAt(at time.Time) (open bool, next time.Time, ok bool) {
	m := hoursLine.FindStringSubmatch(strings.TrimSpace(t.Hours))
	if m == nil {
		return false, time.Time{}, false
	}
	zone, err := time.LoadLocation(m[5])
	first, last := slices.Index(weekdays, m[1]), slices.Index(weekdays, m[2])
	if m[2] == "" {
		last = first
	}
	from, good := clock(m[3])
	to, good2 := clock(m[4])
	if err != nil || first < 0 || last < 0 || !good || !good2 || from >= to {
		return false, time.Time{}, false
	}
	local := at.In(zone)
	for days := range 8 {
		day := time.Date(local.Year(), local.Month(), local.Day()+days, 0, 0, 0, 0, zone)
		if (int(day.Weekday())-first+7)%7 > (last-first+7)%7 {
			continue
		}
		begins := time.Date(day.Year(), day.Month(), day.Day(), 0, from, 0, 0, zone)
		ends := time.Date(day.Year(), day.Month(), day.Day(), 0, to, 0, 0, zone)
		switch {
		case at.Before(begins):
			return false, begins, true
		case at.Before(ends):
			return true, at, true
		}
	}
	return false, time.Time{}, false
}

// clock reads a time of day in minutes; 24:00 is the end of the day.
func clock(s string) (minutes int, ok bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil
}
