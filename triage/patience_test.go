package triage

import (
	"slices"
	"testing"
	"time"
)

// A burst of a chat is one triage, for fifteen seconds at most; mail never waits.
func TestPoints(t *testing.T) {
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		channel Channel
		seconds []float64
		want    []int
	}{
		"none":                   {ChannelChat, nil, nil},
		"one":                    {ChannelChat, []float64{0}, []int{1}},
		"a burst":                {ChannelChat, []float64{0, 2, 4.5, 60}, []int{3, 4}},
		"just in time":           {ChannelChat, []float64{0, 3, 6.1}, []int{2, 3}},
		"who goes on and on":     {ChannelChat, []float64{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}, []int{8, 10}},
		"a clock that was back":  {ChannelChat, []float64{10, 0, 20}, []int{2, 3}},
		"mail":                   {ChannelEmail, []float64{0, 1, 2}, []int{1, 2, 3}},
		"several at once by API": {ChannelAPI, []float64{0, 0, 0, 5}, []int{3, 4}},
	} {
		var messages []Message
		for _, s := range c.seconds {
			messages = append(messages, Message{Channel: c.channel, ReceivedAt: start.Add(time.Duration(s * float64(time.Second)))})
		}
		if got := (Patience{ChatQuiet, ChatLongest}).Points(messages); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := (Patience{}).Points([]Message{{Channel: ChannelChat, ReceivedAt: start}, {Channel: ChannelChat, ReceivedAt: start.Add(time.Second)}}); len(got) != 2 {
		t.Errorf("without patience: %v", got)
	}
}

func TestPatienceWait(t *testing.T) {
	now := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	const quiet, longest = 3 * time.Second, 15 * time.Second
	for name, c := range map[string]struct {
		channel        Channel
		quiet          time.Duration
		newest, oldest time.Duration // before now
		want           time.Duration
	}{
		"email does not wait":           {ChannelEmail, quiet, 0, 0, 0},
		"api does not wait":             {ChannelAPI, quiet, 0, 0, 0},
		"no wait wanted":                {ChannelChat, -1, 0, 0, 0},
		"first message":                 {ChannelChat, quiet, 0, 0, quiet},
		"a second later":                {ChannelChat, quiet, time.Second, time.Second, 2 * time.Second},
		"quiet":                         {ChannelChat, quiet, quiet, quiet, 0},
		"a new word":                    {ChannelChat, quiet, 0, 10 * time.Second, quiet},
		"the oldest waits too long":     {ChannelChat, quiet, 0, 14 * time.Second, time.Second},
		"the oldest has waited for all": {ChannelChat, quiet, 0, longest, 0},
		"the clock was set back":        {ChannelChat, quiet, -time.Hour, -time.Hour, quiet},
	} {
		if got := (Patience{c.quiet, longest}).Wait(c.channel, now, now.Add(-c.newest), now.Add(-c.oldest)); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
