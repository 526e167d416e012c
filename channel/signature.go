package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"readback/triage"
)

// The headers of Standard Webhooks 1.0.0.
const (
	HeaderWebhookID        = "webhook-id"
	HeaderWebhookTimestamp = "webhook-timestamp"
	HeaderWebhookSignature = "webhook-signature"
)

// Window is how far a webhook's timestamp may be from our clock, either way.
const Window = 5 * time.Minute

const (
	secretPrefix  = "whsec_"
	maxSignatures = 16 // far more than a key rotation needs
)

// Key is the decoded secret of a webhook.
type Key []byte

// ParseKey reads a secret of the form "whsec_" + base64; the prefix may be
// absent. Errors: Invalid (the text does not hold the secret).
func ParseKey(secret string) (Key, error) {
	text := strings.TrimPrefix(strings.TrimSpace(secret), secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		key, err = base64.RawStdEncoding.DecodeString(text)
	}
	if err != nil || len(key) == 0 {
		return nil, triage.Errorf(triage.Invalid, "a webhook secret is whsec_ followed by base64")
	}
	return key, nil
}

// Sign sets the three headers for a body sent at that time under that id.
func (k Key) Sign(h http.Header, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderWebhookID, id)
	h.Set(HeaderWebhookTimestamp, stamp)
	h.Set(HeaderWebhookSignature, "v1,"+base64.StdEncoding.EncodeToString(k.mac(id, stamp, body)))
}

// Verify checks the raw body against the three headers at the time now. It
// compares in constant time. Errors: Unauthorized, the same sentence for every
// cause, so that a guesser learns nothing; the cause is wrapped for the log.
func (k Key) Verify(h http.Header, body []byte, now time.Time) error {
	id, stamp := h.Get(HeaderWebhookID), h.Get(HeaderWebhookTimestamp)
	if id == "" || stamp == "" {
		return refused("a header is missing")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return refused("the timestamp is not a number of seconds")
	}
	// Compare seconds, not durations: a hostile stamp must not overflow.
	if d := now.Unix() - seconds; d > int64(Window/time.Second) || d < -int64(Window/time.Second) {
		return refused("the timestamp is outside the window of 5 minutes")
	}
	want := k.mac(id, stamp, body)
	for _, got := range signatures(h.Get(HeaderWebhookSignature)) {
		if hmac.Equal(got, want) {
			return nil
		}
	}
	return refused("no signature matches")
}

func (k Key) mac(id, stamp string, body []byte) []byte {
	m := hmac.New(sha256.New, k)
	m.Write([]byte(id + "." + stamp + "."))
	m.Write(body)
	return m.Sum(nil)
}

// signatures returns the decoded v1 signatures of a space-separated list;
// other versions and what is not base64 are passed over.
func signatures(header string) [][]byte {
	var out [][]byte
	for part := range strings.FieldsSeq(header) {
		text, ok := strings.CutPrefix(part, "v1,")
		if !ok {
			continue
		}
		if sig, err := base64.StdEncoding.DecodeString(text); err == nil && len(sig) == sha256.Size {
			out = append(out, sig)
		}
		if len(out) == maxSignatures {
			break
		}
	}
	return out
}

type refused string

func (r refused) Error() string { return "webhook refused: " + string(r) }

// Unwrap makes triage.CodeOf see an Unauthorized error with a sentence that
// tells nothing of the cause.
func (r refused) Unwrap() error {
	return &triage.Error{Code: triage.Unauthorized, Message: "The signature or its time does not fit; sign the raw body with this source's secret."}
}
