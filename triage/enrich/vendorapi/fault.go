package vendorapi

import (
	"net/http"
	"strings"
)

// Fault is a way to misbehave.
type Fault string

// The faults of a Vendor.
const (
	Healthy   Fault = ""
	Slow      Fault = "slow"       // holds each request until the caller leaves or the fault changes, then goes on
	Failing   Fault = "failing"    // 500
	Denied    Fault = "denied"     // 403, as when the token has lost its rights
	Busy      Fault = "busy"       // 429
	Gone      Fault = "gone"       // 404 for every account
	Refusing  Fault = "refusing"   // 400 for every value
	Garbage   Fault = "garbage"    // 200 with a page for people
	Truncated Fault = "truncated"  // 200, broken off in the middle
	WrongType Fault = "wrong_type" // 200, JSON of another shape
	Huge      Fault = "huge"       // 200 with 4 MiB of JSON
	Redirect  Fault = "redirect"   // 302 to a page of its own
	Other     Fault = "other"      // 200 with an account that was not asked for
)

// SetFault makes the vendor misbehave in one way from now on. Requests that
// Slow holds go on.
func (v *Vendor) SetFault(f Fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fault = f
	close(v.changed)
	v.changed = make(chan struct{})
}

// misbehave answers in the faulty way; false leaves the answer to the caller.
func (v *Vendor) misbehave(w http.ResponseWriter, r *http.Request) bool {
	v.mu.Lock()
	fault, changed := v.fault, v.changed
	v.mu.Unlock()
	switch fault {
	case Slow:
		select {
		case <-r.Context().Done():
			return true
		case <-changed:
			return v.misbehave(w, r)
		}
	case Failing:
		reply(w, http.StatusInternalServerError, map[string]any{"error": "internal"})
	case Denied:
		reply(w, http.StatusForbidden, map[string]any{"error": "forbidden"})
	case Busy:
		reply(w, http.StatusTooManyRequests, map[string]any{"error": "rate_limited"})
	case Gone:
		reply(w, http.StatusNotFound, map[string]any{"error": "not_found"})
	case Refusing:
		reply(w, http.StatusBadRequest, map[string]any{"error": "bad_request"})
	case Garbage:
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><title>Down for maintenance</title>"))
	case Truncated:
		w.Header().Set("Content-Length", "1000")
		w.Write([]byte(`{"id":"acc-1001","owner":"ops@`))
	case WrongType:
		reply(w, http.StatusOK, map[string]any{"id": []string{"acc-1001"}, "accounts": "none"})
	case Huge:
		reply(w, http.StatusOK, map[string]any{"id": "acc-1001", "padding": strings.Repeat("x", 4<<20)})
	case Redirect:
		http.Redirect(w, r, v.URL+"/elsewhere", http.StatusFound)
	case Other:
		other := map[string]any{"id": "acc-0", "owner": "somebody@else.example"}
		if r.URL.Query().Has("owner") {
			other = map[string]any{"accounts": []any{other}}
		}
		reply(w, http.StatusOK, other)
	default:
		return false
	}
	return true
}
