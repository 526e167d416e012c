// Package vendorapi runs a made-up vendor's account API on loopback. It serves
// the accounts.yaml of a workspace, so that the demo and the tests look
// accounts up the way that a real desk does.
//
//	GET /v1/accounts/{account_id}    the account, or 404
//	GET /v1/accounts?owner={email}   {"accounts": [...]}, with none or one
//
// Both ask for "Authorization: Bearer TOKEN". It can be told to misbehave.
package vendorapi

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"readback/triage"
	"readback/triage/enrich"
)

// TokenEnv is the variable that the Settings take the token from.
const TokenEnv = "VENDOR_TOKEN"

// Vendor is a running API.
type Vendor struct {
	URL   string // http://127.0.0.1:PORT
	Token string // a new one each time

	accounts *enrich.File
	server   *http.Server
	stopped  func() bool // undoes the tie to Start's context
	requests atomic.Int64

	mu      sync.Mutex
	fault   Fault
	changed chan struct{} // closed when the fault changes
}

// Start serves the accounts of a workspace folder on a port of 127.0.0.1 that
// the kernel chose, until Close is called or ctx ends.
func Start(ctx context.Context, dir fs.FS) (*Vendor, error) {
	accounts, err := enrich.OpenFile(dir, time.Now)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("vendorapi: %w", err)
	}
	v := &Vendor{URL: "http://" + listener.Addr().String(), Token: rand.Text(), accounts: accounts, changed: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/accounts/{account_id}", v.one)
	mux.HandleFunc("GET /v1/accounts", v.search)
	v.server = &http.Server{Handler: v.guard(mux), ReadHeaderTimeout: 5 * time.Second}
	go v.server.Serve(listener) // ends with Close
	v.stopped = context.AfterFunc(ctx, func() { v.server.Close() })
	return v, nil
}

// Close stops the server and drops its connections.
func (v *Vendor) Close() error {
	v.stopped()
	return v.server.Close()
}

// Settings are those of a workspace that looks accounts up here.
func (v *Vendor) Settings() enrich.HTTPSettings {
	return enrich.HTTPSettings{
		ByID:    enrich.Lookup{URL: v.URL + "/v1/accounts/{account_id}"},
		ByEmail: enrich.Lookup{URL: v.URL + "/v1/accounts?owner={email}", Root: "accounts"},
		Headers: map[string]string{"Authorization": "Bearer ${" + TokenEnv + "}"},
	}
}

// Getenv stands for the environment: it holds TokenEnv only.
func (v *Vendor) Getenv(name string) string {
	if name == TokenEnv {
		return v.Token
	}
	return ""
}

// Requests is the number of requests so far, faulty ones included.
func (v *Vendor) Requests() int { return int(v.requests.Load()) }

// guard counts, checks the token and applies the fault.
func (v *Vendor) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.requests.Add(1)
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+v.Token)) != 1 {
			reply(w, http.StatusUnauthorized, map[string]any{"error": "unauthorized"})
			return
		}
		if !v.misbehave(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

func (v *Vendor) one(w http.ResponseWriter, r *http.Request) {
	a, err := v.accounts.Account(r.Context(), triage.Customer{AccountID: r.PathValue("account_id")})
	if err != nil {
		reply(w, http.StatusNotFound, map[string]any{"error": "not_found"})
		return
	}
	reply(w, http.StatusOK, public(a))
}

func (v *Vendor) search(w http.ResponseWriter, r *http.Request) {
	found := []any{}
	if a, err := v.accounts.Account(r.Context(), triage.Customer{Email: r.FormValue("owner")}); err == nil {
		found = append(found, public(a))
	}
	reply(w, http.StatusOK, map[string]any{"accounts": found})
}

// public is an account as the API shows it: one flat object.
func public(a *triage.Account) map[string]any {
	out := map[string]any{"id": a.ID, "owner": a.Owner, "plan": a.Plan}
	maps.Copy(out, a.Fields)
	return out
}

func reply(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(data)
}
