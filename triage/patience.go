package triage

import "time"

// How long a chat message waits for the next one before a ticket is triaged:
// until it was quiet for ChatQuiet, and ChatLongest at most.
const (
	ChatQuiet   = 3 * time.Second
	ChatLongest = 15 * time.Second
)

// Patience is how long a ticket waits for the rest of what is being said.
type Patience struct {
	Quiet   time.Duration // without a message; 0 or less = nothing waits
	Longest time.Duration // after the oldest message that was not triaged
}

// Wait is how long a ticket waits from now: not at all unless the newest of its
// messages is a chat's. newest and oldest are when that and the oldest message
// not triaged arrived. Never longer than Quiet, even when a clock was set back.
func (p Patience) Wait(c Channel, now, newest, oldest time.Time) time.Duration {
	if c != ChannelChat || p.Quiet <= 0 {
		return 0
	}
	return min(p.Quiet, newest.Add(p.Quiet).Sub(now), oldest.Add(p.Longest).Sub(now))
}

// Points are the numbers of the messages at which a ticket is triaged when each
// is stored as it arrives and triage takes no time: those of a burst are one.
func (p Patience) Points(messages []Message) []int {
	var out []int
	oldest := 0
	for i := range messages {
		at := messages[i].ReceivedAt
		due := at.Add(p.Wait(messages[i].Channel, at, at, messages[oldest].ReceivedAt))
		if i+1 < len(messages) && !messages[i+1].ReceivedAt.After(due) {
			continue
		}
		out = append(out, i+1)
		oldest = i + 1
	}
	return out
}
