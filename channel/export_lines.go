package channel

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"readback/store"
	"readback/triage"
)

// pastLine is what a line has beside the triage input (ParseInput).
type pastLine struct {
	ID        deskID          `json:"id"`
	Input     json.RawMessage `json:"input"` // of a line of a dataset: the triage input itself
	State     string          `json:"state"`
	Status    string          `json:"status"`
	Tier      string          `json:"tier"`
	Group     string          `json:"group"`
	Assignee  string          `json:"assignee"`
	Tags      []string        `json:"tags"`
	CreatedAt chatwootTime    `json:"created_at"`
	Messages  []struct {
		ID         deskID `json:"id"`
		ExternalID deskID `json:"external_id"`
		Agent      string `json:"agent"`
		Tier       string `json:"tier"`
		Group      string `json:"group"`
	} `json:"messages"`
}

// readPastLines reads triage inputs, one a line or in a list, with an id and
// what else is known of a past ticket.
func readPastLines(s *sink, name string, in *bufio.Reader) {
	readJSON(s, name, in, func(rec record) {
		if rec.list == restOfPage {
			return
		}
		t, err := pastOfLine(rec.raw)
		if err != nil {
			s.bad(name, rec.place, rec.raw, "%s", triage.MessageOf(err))
			return
		}
		s.ticket(t)
	})
}

func pastOfLine(raw []byte) (t store.PastTicket, err error) {
	var extra pastLine
	if err := decodeRecord(raw, &extra); err != nil {
		return t, err
	}
	body, id := utf8Text(raw), extra.ID
	if len(extra.Input) > 2 {
		if body, extra.Messages = extra.Input, nil; decodeRecord(body, &extra) != nil {
			return t, triage.Errorf(triage.Invalid, "input is no triage input")
		}
		extra.ID = id
	}
	if mended, changed := escapeControls(body); changed && !json.Valid(body) {
		body = mended
	}
	input, err := ParseInput(body)
	if err != nil {
		return t, err
	}
	state := first(extra.State, extra.Status)
	t = store.PastTicket{Key: string(extra.ID), Subject: input.Subject, Customer: input.Customer, Opened: extra.CreatedAt.Time, State: clean(state), Solved: isSolved(state),
		Team: clean(first(extra.Tier, extra.Group)), Assignee: clean(extra.Assignee), Tags: extra.Tags, Raw: raw, RawType: "application/json"}
	if t.Key == "" { // the same line again is the same ticket
		t.Key = contentKey(string(raw))
	}
	seen := map[string]int{} // the same words twice are two messages
	for i, m := range input.Messages {
		content := contentKey(string(m.Role), m.Text)
		seen[content]++
		p := store.PastMessage{Message: m, Key: t.Key + "/" + content + "/" + strconv.Itoa(seen[content])}
		if i < len(extra.Messages) {
			x := extra.Messages[i]
			if key := first(string(x.ExternalID), string(x.ID)); key != "" {
				p.Key = t.Key + "/" + key
			}
			if m.Role == triage.RoleAgent {
				p.Agent, p.Team = clean(x.Agent), clean(first(x.Tier, x.Group))
			}
		}
		p.Text = strings.TrimSpace(p.Text)
		t.Messages = append(t.Messages, p)
	}
	return t, nil
}

// contentKey is a key for what has none: the same content has the same.
func contentKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "content/" + hex.EncodeToString(sum[:12])
}
