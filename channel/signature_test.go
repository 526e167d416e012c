package channel_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/triage"
)

// The published vectors of the Standard Webhooks reference libraries.
var vectors = []struct {
	secret, id, stamp, body, signature string
}{
	{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
		`{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	{"C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553",
		`{"email":"test@example.com","username":"test_user"}`, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="},
}

func TestSignatureVectors(t *testing.T) {
	for _, v := range vectors {
		key, err := channel.ParseKey(v.secret)
		if err != nil {
			t.Fatal(err)
		}
		seconds, err := strconv.ParseInt(v.stamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(seconds, 0)
		h := http.Header{}
		key.Sign(h, v.id, at, []byte(v.body))
		if got := h.Get(channel.HeaderWebhookSignature); got != v.signature {
			t.Errorf("signed %s, want %s", got, v.signature)
		}
		for name, tc := range map[string]struct {
			change func(http.Header)
			now    time.Time
			ok     bool
		}{
			"as published":     {now: at, ok: true},
			"after 5 minutes":  {now: at.Add(5 * time.Minute), ok: true},
			"before 5 minutes": {now: at.Add(-5 * time.Minute), ok: true},
			"too late":         {now: at.Add(5*time.Minute + time.Second)},
			"too early":        {now: at.Add(-5*time.Minute - time.Second)},
			"second of a list": {now: at, ok: true, change: func(h http.Header) {
				h.Set(channel.HeaderWebhookSignature, "v1,Y2xlYXJseSB3cm9uZw== v1a,zzz  "+v.signature)
			}},
			"another version": {now: at, change: func(h http.Header) {
				h.Set(channel.HeaderWebhookSignature, strings.Replace(v.signature, "v1,", "v2,", 1))
			}},
			"another id":     {now: at, change: func(h http.Header) { h.Set(channel.HeaderWebhookID, "msg_other") }},
			"huge timestamp": {now: at, change: func(h http.Header) { h.Set(channel.HeaderWebhookTimestamp, "-9223372036854775808") }},
			"no timestamp":   {now: at, change: func(h http.Header) { h.Del(channel.HeaderWebhookTimestamp) }},
			"no signature":   {now: at, change: func(h http.Header) { h.Del(channel.HeaderWebhookSignature) }},
		} {
			h := http.Header{}
			h.Set(channel.HeaderWebhookID, v.id)
			h.Set(channel.HeaderWebhookTimestamp, v.stamp)
			h.Set(channel.HeaderWebhookSignature, v.signature)
			if tc.change != nil {
				tc.change(h)
			}
			err := key.Verify(h, []byte(v.body), tc.now)
			if (err == nil) != tc.ok {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && triage.CodeOf(err) != triage.Unauthorized {
				t.Errorf("%s: code %s", name, triage.CodeOf(err))
			}
		}
	}
}

func TestParseKeyRefusals(t *testing.T) {
	for _, secret := range []string{"", "whsec_", "whsec_not base64!"} {
		if _, err := channel.ParseKey(secret); triage.CodeOf(err) != triage.Invalid {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	v := vectors[0]
	f.Add(v.id, v.stamp, v.signature)
	f.Add("", "99999999999999999999", "v1, v1,= v1,,")
	key, err := channel.ParseKey(v.secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id, stamp, signature string) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature}}
		err := key.Verify(h, []byte(v.body), time.Unix(1614265330, 0))
		if err == nil && (id != v.id || !strings.Contains(signature, "v1,")) {
			t.Fatalf("accepted id %q, signature %q", id, signature)
		}
	})
}
