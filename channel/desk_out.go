package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"readback/store"
	"readback/triage"
	"readback/triage/route"
)

// The kinds of deliveries that go to desks; their target is the desk's name.
const (
	DeliverNote   = "note"   // a private note
	DeliverTag    = "tag"    // a tag that tells the tier
	DeliverAnswer = "answer" // an answer that the customer gets there
)

// deskBody is the body of a delivery to a desk.
type deskBody struct {
	Owner     string `json:"owner,omitempty"`     // of a note: whose turn it is
	Tag       string `json:"tag,omitempty"`       // of a tag
	Text      string `json:"text,omitempty"`      // of an answer
	Automatic bool   `json:"automatic,omitempty"` // of an answer: no person wrote it
}

func bodyOf(d *store.Delivery) (b deskBody) {
	_ = json.Unmarshal(d.Body, &b) // of an erased one nothing is left
	return b
}

// Codes of deliveries to desks.
const (
	codeModeOff   = "mode"      // the desk's mode does not allow it any more
	codeUnchanged = "unchanged" // the note before says it
)

// Outgoing says what follows for a desk from something that happened: a note
// when it is another's turn, and the tag of the tier.
func (ds *Desks) Outgoing(h store.Happening) []store.Delivery {
	source, _ := h.Data["source"].(string)
	name, ok := strings.CutPrefix(source, SourceDesk)
	if !ok || !ds.mode(name).Allows(ModeNote) {
		return nil
	}
	text := func(key string) string {
		if h.Data[key] == nil {
			return ""
		}
		return fmt.Sprint(h.Data[key])
	}
	var was, owner, tier string
	switch h.Kind {
	case store.EventTriaged:
		tier = text("tier")
		was, owner = turnOf(text("was_action"), text("was_tier")), turnOf(text("action"), tier)
	case store.EventRerouted:
		tier = text("to")
		was, owner = text("from"), tier
	default:
		return nil
	}
	var out []store.Delivery
	add := func(kind string, b deskBody) {
		out = append(out, store.Delivery{Kind: kind, Target: name, Key: h.ID + "." + kind, TicketID: h.TicketID, Body: []byte(jsonText(b))})
	}
	if owner != was {
		add(DeliverNote, deskBody{Owner: owner})
	}
	if wasTier := text("was_tier"); h.Kind == store.EventRerouted || tier != wasTier {
		add(DeliverTag, deskBody{Tag: tagOf(tier)})
	}
	return out
}

// turnOf is whose turn it is by a route: the customer's, a tier's, or nobody's.
func turnOf(action, tier string) string {
	switch triage.Action(action) {
	case triage.Ask, triage.SelfService:
		return "customer"
	case triage.None:
		return "nobody"
	case "":
		return ""
	}
	return tier
}

var notInTag = regexp.MustCompile(`[^a-z0-9_-]+`)

// tagOf is the tag of a tier, of letters that both kinds of desk take.
func tagOf(tier string) string {
	return tagPrefix + notInTag.ReplaceAllString(strings.ToLower(tier), "_")
}

// Answer says how an answer that was written here reaches the customer of a
// desk's ticket, the last message of t. ok is false for tickets of no desk.
// Notices that the desk sends by itself are automatic.
func (ds *Desks) Answer(t *triage.Ticket, files []triage.Attachment) (out []store.Delivery, ok bool) {
	name, ok := strings.CutPrefix(t.Source, SourceDesk)
	if !ok {
		return nil, false
	}
	m := &t.Messages[len(t.Messages)-1]
	automatic := m.Author == ""
	need := ModeAssist
	if automatic {
		need = ModeAct
	}
	if !ds.mode(name).Allows(need) {
		return nil, true
	}
	text := m.Text
	for _, f := range files { // their bytes stay here
		text += "\n\n[" + oneLine(f.Name) + "]"
	}
	return []store.Delivery{{Kind: DeliverAnswer, Target: name, Key: m.ID, TicketID: t.ID, MessageID: m.ID,
		Body: []byte(jsonText(deskBody{Text: text, Automatic: automatic}))}}, true
}

// Automatic is what the desk of a ticket lets us tell its customer by
// ourselves, see route.Automatic; nothing for a ticket of no desk, or of one
// whose mode is less than act.
func (ds *Desks) Automatic(t *triage.Ticket, r *triage.Result) (text string, after triage.State) {
	name, ok := strings.CutPrefix(t.Source, SourceDesk)
	if !ok || !ds.mode(name).Allows(ModeAct) {
		return "", ""
	}
	return route.Automatic(t, r, ds.workspace(), ds.clock())
}

// Senders carry out what goes to desks. A second try looks first whether the
// one before arrived, so all can be made again.
func (ds *Desks) Senders() map[string]store.Sender {
	return map[string]store.Sender{
		DeliverNote:   {Send: ds.sendNote, Repeatable: true},
		DeliverTag:    {Send: ds.sendTag, Repeatable: true},
		DeliverAnswer: {Send: ds.sendAnswer, Repeatable: true},
	}
}

// target finds the desk of a delivery and its ticket there. The outcome is set
// when there is nothing to do.
func (ds *Desks) target(ctx context.Context, d *store.Delivery, need Mode) (*connected, *triage.Ticket, *store.Outcome) {
	desk := ds.all[d.Target]
	if desk == nil {
		return nil, nil, &store.Outcome{State: store.DeliveryFailed, Code: "no_desk"}
	}
	if !ds.mode(d.Target).Allows(need) {
		return nil, nil, &store.Outcome{State: store.DeliveryFailed, Code: codeModeOff}
	}
	t, err := ds.store.Ticket(ctx, d.TicketID)
	if err != nil {
		return nil, nil, &store.Outcome{State: store.DeliveryWaiting, Code: string(triage.CodeOf(err))}
	}
	if t.Source != desk.Source() || t.SourceKey == "" {
		return nil, nil, &store.Outcome{State: store.DeliveryFailed, Code: "no_ticket"}
	}
	return desk, &t, nil
}

func (ds *Desks) sendTag(ctx context.Context, d store.Delivery) store.Outcome {
	desk, t, o := ds.target(ctx, &d, ModeNote)
	if o != nil {
		return *o
	}
	return outcomeOf(desk.tag(ctx, t.SourceKey, bodyOf(&d).Tag))
}

// sendNote writes what is known now, unless a note that went out says whose
// turn it is already, or a newer one waits.
func (ds *Desks) sendNote(ctx context.Context, d store.Delivery) store.Outcome {
	desk, t, o := ds.target(ctx, &d, ModeNote)
	if o != nil {
		return *o
	}
	went, err := ds.store.WentOut(ctx, DeliverNote, d.Target, "", d.TicketID)
	if err != nil {
		return store.Outcome{State: store.DeliveryWaiting, Code: string(triage.CodeOf(err))}
	}
	for i := range went { // the newest first
		n := &went[i]
		if n.ID == d.ID {
			continue
		}
		newer := n.CreatedAt.After(d.CreatedAt) && n.State == store.DeliveryWaiting
		same := n.State == store.DeliverySent && n.Code != codeUnchanged
		if newer || same && bodyOf(n).Owner == bodyOf(&d).Owner {
			return store.Outcome{State: store.DeliverySent, Code: codeUnchanged}
		}
		if same {
			break
		}
	}
	w, err := ds.noteOf(ctx, desk, t, &d)
	if err != nil {
		return store.Outcome{State: store.DeliveryWaiting, Code: string(triage.CodeOf(err))}
	}
	return ds.deliver(ctx, desk, t, &d, w)
}

// noteOf renders a note.
func (ds *Desks) noteOf(ctx context.Context, desk *connected, t *triage.Ticket, d *store.Delivery) (written, error) {
	r, err := ds.store.Result(ctx, t.ID)
	if err != nil {
		return written{}, err
	}
	w := ds.written(d)
	w.Private = true
	// The mark stands in the link too: one desk keeps no mark of ours.
	w.Link = "/tickets/" + t.ID + "#" + d.ID
	lines := route.Note(r, ds.workspace(), desk.Language, ds.baseURL+w.Link)
	w.Text = strings.Join(lines, "\n")
	return w, nil
}

// written is what every message of ours has.
func (ds *Desks) written(d *store.Delivery) written {
	b := bodyOf(d)
	// A minute before: the desk's clock is not ours.
	return written{Mark: d.Key, Text: b.Text, Since: d.CreatedAt.Add(-time.Minute).Truncate(time.Second)}
}

func (ds *Desks) sendAnswer(ctx context.Context, d store.Delivery) store.Outcome {
	b := bodyOf(&d)
	need := ModeAssist
	if b.Automatic {
		need = ModeAct
	}
	desk, t, o := ds.target(ctx, &d, need)
	if o != nil {
		return *o
	}
	return ds.deliver(ctx, desk, t, &d, ds.written(&d))
}

// deliver writes a message, once: from the second try on it looks first for
// what an earlier one may have left.
func (ds *Desks) deliver(ctx context.Context, desk *connected, t *triage.Ticket, d *store.Delivery, w written) store.Outcome {
	if d.Tries > 1 || ds.clock().Sub(d.CreatedAt) > time.Minute {
		id, err := desk.find(ctx, t.SourceKey, w)
		if err != nil {
			return outcomeOf(err)
		}
		if id != "" {
			return store.Outcome{State: store.DeliverySent, Ref: id}
		}
	}
	id, err := desk.write(ctx, t.SourceKey, w)
	o := outcomeOf(err)
	o.Ref = id
	return o
}
