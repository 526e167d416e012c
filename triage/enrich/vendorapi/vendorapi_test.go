package vendorapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"readback/triage/enrich/vendorapi"
)

func TestVendor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v, err := vendorapi.Start(ctx, fstest.MapFS{"accounts.yaml": {Data: []byte("accounts: [{id: acc-1, owner: o@x.example, plan: pro, features: {tls: true}, n: 3}]")}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	const account = `{"features":{"tls":true},"id":"acc-1","n":3,"owner":"o@x.example","plan":"pro"}`
	for _, tc := range []struct{ token, path, want string }{
		{v.Token, "/v1/accounts/acc-1", "200 " + account},
		{v.Token, "/v1/accounts/acc-2", `404 {"error":"not_found"}`},
		{v.Token, "/v1/accounts/a%2Fb", `404 {"error":"not_found"}`},
		{v.Token, "/v1/accounts?owner=O%40x.example", `200 {"accounts":[` + account + `]}`},
		{v.Token, "/v1/accounts?owner=nobody%40x.example", `200 {"accounts":[]}`},
		{v.Token, "/v1/accounts", `200 {"accounts":[]}`},
		{"", "/v1/accounts/acc-1", `401 {"error":"unauthorized"}`},
		{"wrong", "/v1/accounts/acc-1", `401 {"error":"unauthorized"}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.URL+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tc.token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if got := strings.Fields(res.Status)[0] + " " + string(body); got != tc.want || err != nil {
			t.Errorf("%s: %s %v; want %s", tc.path, got, err, tc.want)
		}
	}
	if v.Requests() != 8 {
		t.Errorf("%d requests", v.Requests())
	}
	cancel()
	if err := v.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartRefusesBadFile(t *testing.T) {
	_, err := vendorapi.Start(t.Context(), fstest.MapFS{"accounts.yaml": {Data: []byte("accounts: [{owner: o@x.example}]")}})
	if err == nil || !strings.Contains(err.Error(), "accounts.yaml") {
		t.Error(err)
	}
}
