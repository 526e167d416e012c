package fake

import (
	"io"
	"net/http"
	"net/http/httptest"
)

// Handler answers calls by one behaviour and keeps none of them: for tests of
// ten thousand tickets.
func Handler(behave Behaviour) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		body, err := io.ReadAll(hr.Body)
		if err != nil {
			return // the client went away
		}
		r := Request{Header: hr.Header, Body: body, http: hr}
		if err := r.decode(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		behave(w, &r)
	})
}

// Client returns a client for Handler that needs no socket.
func Client(behave Behaviour) *http.Client {
	return &http.Client{Transport: inProcess{Handler(behave)}}
}

type inProcess struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}
