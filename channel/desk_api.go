package channel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"readback/store"
	"readback/triage/check"
)

const (
	deskTimeout = 20 * time.Second
	deskAnswer  = 8 << 20 // bytes of an answer of a desk
	// restAfter failures in a row a desk is left alone for restTime: what is
	// down is not helped by more questions.
	restAfter = 5
	restTime  = time.Minute
)

// apiFault is what came instead of an answer.
type apiFault struct {
	code   string        // http_503, timeout, not_json, resting ...
	status int           // of HTTP; 0 when there was none
	after  time.Duration // the desk's wish, 0 = none
}

func (f *apiFault) Error() string { return "desk: " + f.code }

// codeOf is the code of an error of a desk.
func codeOf(err error) string {
	var f *apiFault
	if errors.As(err, &f) {
		return f.code
	}
	return "internal"
}

// outcomeOf is what an error means for a delivery: what the desk understood and
// refused is not tried again, all else is.
func outcomeOf(err error) store.Outcome {
	if err == nil {
		return store.Outcome{State: store.DeliverySent}
	}
	o := store.Outcome{State: store.DeliveryWaiting, Code: codeOf(err)}
	var f *apiFault
	if errors.As(err, &f) {
		o.After = f.after
		switch f.status {
		case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
			o.State = store.DeliveryFailed
		}
	}
	return o
}

// deskAPI calls the JSON API of one desk, at the pace it asks for.
type deskAPI struct {
	client *http.Client
	base   string
	sign   func(*http.Request)
	clock  func() time.Time

	mu     sync.Mutex
	failed int       // in a row
	rests  time.Time // not before
}

func newDeskAPI(d *Desk, clock func() time.Time) *deskAPI {
	dialer := check.PublicDialer(5 * time.Second)
	if d.Internal {
		dialer = &net.Dialer{Timeout: 5 * time.Second}
	}
	client := webhookClient(dialer)
	client.Timeout = deskTimeout
	sign := func(r *http.Request) { r.Header.Set("api_access_token", d.Token) } // developers.chatwoot.com, Introduction
	if d.Kind == KindZendesk {
		// developer.zendesk.com, Security and authentication: {email}/token:{token}
		sign = func(r *http.Request) { r.SetBasicAuth(d.User+"/token", d.Token) }
	}
	return &deskAPI{client: client, base: d.URL, sign: sign, clock: clock}
}

// call sends in as JSON, nil for nothing, and reads the answer into out, nil
// for nothing. Errors: *apiFault.
func (a *deskAPI) call(ctx context.Context, method, path string, in, out any) error {
	if wait := a.resting(); wait > 0 {
		return &apiFault{code: "resting", after: wait}
	}
	err := a.once(ctx, method, path, in, out)
	a.learn(err)
	return err
}

func (a *deskAPI) once(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return &apiFault{code: "bad_url"}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Readback")
	a.sign(req)
	res, err := a.client.Do(req)
	if err != nil {
		return &apiFault{code: netCode(err)}
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, deskAnswer+1))
	switch {
	case res.StatusCode/100 != 2:
		return &apiFault{code: fmt.Sprintf("http_%d", res.StatusCode), status: res.StatusCode, after: retryAfter(res.Header.Get("Retry-After"), a.clock())}
	case err != nil:
		return &apiFault{code: netCode(err)}
	case len(data) > deskAnswer:
		return &apiFault{code: "too_large"}
	case out == nil:
		return nil
	}
	if json.Unmarshal(data, out) != nil {
		return &apiFault{code: "not_json"} // such as the page of a proxy
	}
	return nil
}

func (a *deskAPI) resting() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rests.Sub(a.clock())
}

// learn keeps the pace. A refusal is an answer: the desk is there.
func (a *deskAPI) learn(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var f *apiFault
	if !errors.As(err, &f) || f.status/100 == 4 && f.status != http.StatusTooManyRequests {
		a.failed = 0
		return
	}
	a.failed++
	rest := f.after
	if rest == 0 && f.status == http.StatusTooManyRequests {
		rest = restTime
	}
	if rest == 0 && a.failed >= restAfter {
		rest = restTime
	}
	if rest > 0 {
		a.rests = a.clock().Add(min(rest, time.Hour))
	}
}
