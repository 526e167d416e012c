package triage

import (
	"encoding/json"
	"reflect"
	"time"
)

// Result is the outcome of one triage: an immutable version, stored whole.
type Result struct {
	TicketID   string    `json:"ticket_id"`
	Version    int       `json:"version"`     // from 1 within the ticket; set by the store
	CoveredSeq int64     `json:"covered_seq"` // the highest message it has read
	At         time.Time `json:"at"`
	Lab        bool      `json:"lab"`            // the checks saw the lab network
	Workspace  string    `json:"workspace_hash"` // SHA-256 of all workspace files, first 12 hex digits
	Policy     string    `json:"policy_hash"`    // the same of workspace.yaml, which holds tiers and policy

	Facts     Facts            `json:"facts"`
	Brief     Brief            `json:"brief"`
	Matters   []Matter         `json:"matters"`
	Position  *LeadingPosition `json:"position"` // nil when no procedure fits
	Route     Route            `json:"route"`
	Effort    Effort           `json:"effort"` // of the leading matter: from its position, else from the claims
	Extractor ExtractorInfo    `json:"extractor"`
	Retrieval *RetrievalInfo   `json:"retrieval"` // nil when procedures are searched by words only
	Similar   []Similar        `json:"similar"`   // solved tickets like one that no procedure fits, the most like first
	// Corrections are the ids of those that were laid over what was read.
	Corrections []string `json:"corrections"`
}

// Matter returns the matter with that id, or nil.
func (r *Result) Matter(id string) *Matter {
	for i := range r.Matters {
		if r.Matters[i].ID == id {
			return &r.Matters[i]
		}
	}
	return nil
}

// Leading returns the matter that the ticket routes by, nil when there is none.
func (r *Result) Leading() *Matter {
	if r.Position != nil {
		if m := r.Matter(r.Position.Matter); m != nil {
			return m
		}
	}
	for i := range r.Matters {
		if m := &r.Matters[i]; m.Kind == r.Brief.Kind && m.Route.Action == r.Route.Action {
			return m
		}
	}
	if len(r.Matters) == 0 {
		return nil
	}
	return &r.Matters[0]
}

// ExtractorInfo says who read the ticket, at what cost.
type ExtractorInfo struct {
	Name      string   `json:"name"`     // llm | offline | keyword
	Model     string   `json:"model"`    // "" without a model
	Prompt    string   `json:"prompt"`   // version and hash; "" without a model
	Degraded  bool     `json:"degraded"` // a better extractor was configured and not available
	Failures  []string `json:"failures"` // codes of the rungs that failed before this one, such as "timeout"
	Dropped   int      `json:"dropped"`  // items without evidence, thrown away
	Usage     Usage    `json:"usage"`
	LatencyMS int64    `json:"latency_ms"`
}

// RetrievalInfo says how an embedding model took part in the search for
// procedures.
type RetrievalInfo struct {
	Model     string `json:"model"`
	Failure   string `json:"failure"` // code of why it took no part, such as "timeout"; "" when it did
	Cached    bool   `json:"cached"`  // the same text was embedded before
	Usage     Usage  `json:"usage"`
	LatencyMS int64  `json:"latency_ms"`
}

// Usage is what a model charged.
type Usage struct {
	PromptTokens     int     `json:"prompt_tokens"`
	CachedTokens     int     `json:"cached_tokens"` // of PromptTokens, those that the provider had in its cache
	CompletionTokens int     `json:"completion_tokens"`
	CostUSD          float64 `json:"cost_usd"`           // of the calls whose price is known; null in JSON when Unpriced
	Unpriced         bool    `json:"unpriced,omitempty"` // a call had no configured price or told no tokens: the whole cost is not known
}

// Add adds what another call charged.
func (u *Usage) Add(v Usage) {
	u.PromptTokens += v.PromptTokens
	u.CachedTokens += v.CachedTokens
	u.CompletionTokens += v.CompletionTokens
	u.CostUSD += v.CostUSD
	u.Unpriced = u.Unpriced || v.Unpriced
}

// View is one ticket with its latest result, in the shape of the public
// contract: what `readback triage --json` prints and the API serves.
type View struct {
	Ticket    TicketHead       `json:"ticket"`
	Lab       bool             `json:"lab"`
	Messages  []MessageHead    `json:"messages"`
	Facts     Facts            `json:"facts"`
	Brief     *Brief           `json:"brief"` // this, route and extractor are nil before the first triage
	Matters   []Matter         `json:"matters"`
	Position  *LeadingPosition `json:"position"`
	Route     *Route           `json:"route"`
	Effort    *Effort          `json:"effort"`
	Extractor *ExtractorInfo   `json:"extractor"`
	Retrieval *RetrievalInfo   `json:"retrieval"` // nil when procedures are searched by words only
	// Similar has what solved them only where the store was asked (the API, the pages).
	Similar []Similar `json:"similar"`
	// Corrections are those in force now; the newest may still wait for the next triage.
	Corrections []Correction `json:"corrections"`
}

// TicketHead is the part of a ticket that View shows.
type TicketHead struct {
	ID         string  `json:"id"`
	Subject    string  `json:"subject"`
	Channel    Channel `json:"channel"`
	Language   string  `json:"language"`
	State      State   `json:"state"`
	LastSeq    int64   `json:"last_seq"`
	TriagedSeq int64   `json:"triaged_seq"` // below last_seq: newer messages wait for triage
}

// MessageHead is the part of a message that View shows.
type MessageHead struct {
	N       int     `json:"n"`
	ID      string  `json:"id"`
	Role    Role    `json:"role"`
	Channel Channel `json:"channel"`
	Text    string  `json:"text"`
	Events  []Event `json:"events"` // what they did on help pages before
}

// NewView puts a ticket and its result into the public shape. r may be nil
// when the ticket waits for its first triage.
func NewView(t *Ticket, r *Result) View {
	v := View{Ticket: TicketHead{ID: t.ID, Subject: t.Subject, Channel: t.Channel, State: t.State,
		LastSeq: t.LastSeq, TriagedSeq: t.Triaged}, Corrections: t.Corrections}
	for i, m := range t.Messages {
		v.Messages = append(v.Messages, MessageHead{N: i + 1, ID: m.ID, Role: m.Role, Channel: m.Channel, Text: m.Text, Events: m.Events})
	}
	if r != nil {
		v.Ticket.Language = r.Brief.Language
		v.Lab, v.Facts, v.Brief, v.Matters = r.Lab, r.Facts, &r.Brief, r.Matters
		v.Position, v.Route, v.Effort, v.Extractor = r.Position, &r.Route, &r.Effort, &r.Extractor
		v.Retrieval, v.Similar = r.Retrieval, r.Similar
	}
	return v
}

// JSON encodes v with empty arrays and objects where Go has nil slices and
// maps: the contract's arrays are never null. v must be a pointer; its nil
// slices and maps are filled in place.
func JSON(v any) ([]byte, error) {
	fill(reflect.ValueOf(v))
	return json.Marshal(v)
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		if v.Type().Elem().Kind() == reflect.Slice {
			for _, key := range v.MapKeys() {
				if v.MapIndex(key).IsNil() {
					v.SetMapIndex(key, reflect.MakeSlice(v.Type().Elem(), 0, 0))
				}
			}
		}
	}
}
