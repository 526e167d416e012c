package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Who sends half a body and goes on listening must never read a success: the
// message is not stored.
func TestHalfBodyIsNoSuccess(t *testing.T) {
	s := newSite(t, nil)
	addr := strings.TrimPrefix(s.URL, "http://")
	for _, path := range []string{"/hooks/chat/site", "/api/v1/tickets"} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"messages\":", path, addr, token)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			continue // closed without an answer: nothing was promised
		}
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("%s: %s for half a body", path, res.Status)
		}
	}
}
