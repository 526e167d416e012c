package knowledge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a container without zones knows them too
)

// Hours are when a tier is open: windows of a week in one time zone. The zero
// value is always open.
type Hours struct {
	windows []window
	zone    *time.Location
}

// window is a part of each of some days: minutes since midnight, the end excluded.
type window struct {
	days     [7]bool // by time.Weekday
	from, to int
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads windows and a time zone, such as "Mon-Fri 08:00-18:00, Sat
// 09:00-12:00 Europe/Warsaw". Days are Mon to Sun, one or a range; times are
// 00:00 to 24:00; the zone is an IANA name or UTC. "" is always open.
func ParseHours(text string) (Hours, error) {
	if strings.TrimSpace(text) == "" {
		return Hours{}, nil
	}
	fields := strings.Fields(text)
	name := fields[len(fields)-1]
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || strings.ContainsAny(name, ":,") {
		return Hours{}, fmt.Errorf("%q is no time zone; use UTC or a name such as Europe/Warsaw", name)
	}
	h := Hours{zone: zone}
	for part := range strings.SplitSeq(strings.Join(fields[:len(fields)-1], " "), ",") {
		w, err := parseWindow(strings.TrimSpace(part))
		if err != nil {
			return Hours{}, err
		}
		h.windows = append(h.windows, w)
	}
	return h, nil
}

func parseWindow(text string) (w window, err error) {
	days, times, ok := strings.Cut(text, " ")
	if !ok {
		return w, fmt.Errorf("%q is no opening time; use days and times, such as Mon-Fri 08:00-18:00", text)
	}
	first, last, isRange := strings.Cut(strings.ToLower(days), "-")
	if !isRange {
		last = first
	}
	from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
	if from < 0 || to < 0 {
		return w, fmt.Errorf("%q are no days; use Mon to Sun, such as Mon-Fri", days)
	}
	for d := from; ; d = (d + 1) % 7 {
		w.days[d] = true
		if d == to {
			break
		}
	}
	opens, closes, _ := strings.Cut(times, "-")
	if w.from, err = minutesOf(opens); err == nil {
		w.to, err = minutesOf(closes)
	}
	if err == nil && w.from >= w.to {
		err = fmt.Errorf("%q ends before it begins; a night is two windows, such as Mon 22:00-24:00, Tue 00:00-06:00", times)
	}
	return w, err
}

// minutesOf reads 00:00 to 24:00.
func minutesOf(text string) (int, error) {
	var h, m int
	if n, err := fmt.Sscanf(text, "%2d:%2d", &h, &m); n != 2 || err != nil || fmt.Sprintf("%02d:%02d", h, m) != text || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is no time; use 00:00 to 24:00", text)
	}
	return h*60 + m, nil
}

// Open reports whether it is open at a time.
func (h Hours) Open(at time.Time) bool {
	if h.zone == nil {
		return true
	}
	at = at.In(h.zone)
	minute := at.Hour()*60 + at.Minute()
	return slices.ContainsFunc(h.windows, func(w window) bool { return w.days[at.Weekday()] && w.from <= minute && minute < w.to })
}

// Changes returns when it opens or closes next, in its own time zone; the zero
// time when it never does.
func (h Hours) Changes(at time.Time) time.Time {
	if h.zone == nil {
		return time.Time{}
	}
	at = at.In(h.zone)
	var edges []time.Time
	for day := range 9 { // a week and a day on either side
		for _, w := range h.windows {
			for _, minute := range []int{w.from, w.to} {
				edge := time.Date(at.Year(), at.Month(), at.Day()+day, 0, minute, 0, 0, h.zone)
				if w.days[time.Date(at.Year(), at.Month(), at.Day()+day, 12, 0, 0, 0, h.zone).Weekday()] && edge.After(at) {
					edges = append(edges, edge)
				}
			}
		}
	}
	slices.SortFunc(edges, func(a, b time.Time) int { return cmp.Compare(a.Unix(), b.Unix()) })
	for _, edge := range edges {
		if h.Open(edge) != h.Open(at) { // one window can begin where another ends
			return edge
		}
	}
	return time.Time{}
}

// Opening returns the tier's hours; a tier without is always open.
func (t *Tier) Opening() Hours {
	h, _ := ParseHours(t.Hours) // read when the workspace was loaded
	return h
}

// OpenAt tells from a tier's hours whether somebody is there at a time, and
// when somebody is there next, at if they are now. ok is false for a tier that
// says no hours: then nobody knows.
func (t *Tier) OpenAt(at time.Time) (open bool, next time.Time, ok bool) {
	h := t.Opening()
	if h.Open(at) {
		return h.zone != nil, at, h.zone != nil
	}
	next = h.Changes(at)
	return false, next, !next.IsZero()
}

const (
	daySeconds  = 24 * 60 * 60
	weekSeconds = 7 * daySeconds
)

// Between returns how long it is open from one time to another, as clocks in
// its time zone show it: a window across the end of summer time is an hour
// longer, one across its beginning an hour shorter. 0 when to is not after from.
func (h Hours) Between(from, to time.Time) time.Duration {
	if !to.After(from) {
		return 0
	}
	if h.zone == nil {
		return to.Sub(from)
	}
	var open time.Duration
	for at := from.In(h.zone); at.Before(to); { // one stretch of the same offset after the other
		end := to
		if _, next := at.ZoneBounds(); !next.IsZero() && next.Before(to) {
			end = next
		}
		_, offset := at.Zone()
		open += h.onClock(at.Unix()+int64(offset), end.Unix()+int64(offset))
		at = end.In(h.zone)
	}
	return open
}

// onClock is Between of two readings of a clock that nobody sets meanwhile:
// seconds since 1970-01-01 00:00, which was a Thursday.
func (h Hours) onClock(from, to int64) time.Duration {
	var week int64 // seconds that it is open in a whole one
	var days [7][]window
	for day := range days {
		days[day] = h.of(time.Weekday(day))
		for _, w := range days[day] {
			week += int64(w.to-w.from) * 60
		}
	}
	weeks := (to - from) / weekSeconds
	open := weeks * week
	from += weeks * weekSeconds
	for midnight := from - mod(from, daySeconds); midnight < to; midnight += daySeconds {
		for _, w := range days[mod(midnight/daySeconds+int64(time.Thursday), 7)] {
			open += max(0, min(to, midnight+int64(w.to)*60)-max(from, midnight+int64(w.from)*60))
		}
	}
	return time.Duration(open) * time.Second
}

// mod is a modulo n from 0 on, also for times before 1970.
func mod(a, n int64) int64 { return (a%n + n) % n }

// of returns the windows of a day in order, those that overlap as one.
func (h Hours) of(day time.Weekday) []window {
	var out []window
	for _, w := range h.windows {
		if w.days[day] {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(out); {
		if out[i].from > out[i-1].to {
			i++
			continue
		}
		out[i-1].to = max(out[i-1].to, out[i].to)
		out = slices.Delete(out, i, i+1)
	}
	return out
}
