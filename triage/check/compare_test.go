package check

import (
	"net/http"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	p := func(status int, body string, header ...string) page {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return page{status, h, body}
	}
	for name, tc := range map[string]struct {
		a, b page
		want likeness
	}{
		"alike":             {p(404, "No such link"), p(404, "No such link\n"), same},
		"request id":        {p(404, "Not found (3f2a9c01-77aa)"), p(404, "Not found (aa12bb90-12)"), same},
		"other body":        {p(404, "No such link"), p(404, "Nothing here"), different},
		"other status":      {p(200, "x"), p(404, "x"), different},
		"both empty":        {p(404, ""), p(404, " "), indistinct},
		"one empty":         {p(404, ""), p(404, "x"), different},
		"own header":        {p(404, "<rewritten>", "X-Link-Service", "sendline"), p(404, "<original>", "X-Link-Service", "sendline"), same},
		"own header absent": {p(404, "a"), p(404, "b", "X-Link-Service", "sendline"), different},
		"common header":     {p(404, "a", "X-Frame-Options", "DENY"), p(404, "b", "X-Frame-Options", "DENY"), different},
		"varying header":    {p(404, "a", "X-Request-Id", "00000001"), p(404, "b", "X-Request-Id", "00000001"), different},
	} {
		if got := compare(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{"a\r\nb": "ab", "a\x00\x1b[31mb": "a[31mb", "\u202eevil": "evil", "caf\u00e9": "caf\u00e9", "\xff": ""} {
		if got := shorten(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := shorten(strings.Repeat("\u00e9", 300)); len(got) > 204 {
		t.Errorf("%d bytes", len(got))
	}
}
