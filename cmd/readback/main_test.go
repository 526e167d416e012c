package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"readback/channel"
)

// The test binary is the program when this is set, so that tests can start,
// signal and kill the real thing without building it again.
const asProgram = "READBACK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const (
	testSecret = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXByb2dyYW0="
	testToken  = "test-token"
)

// child is a running program.
type child struct {
	cmd    *exec.Cmd
	url    string
	stderr *logged
	cookie *http.Cookie // of the session, once signIn was called
}

// logged keeps what a child writes while the test reads it.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// start runs a subcommand until it prints its ready line.
func start(t *testing.T, env []string, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], args...), stderr: &logged{}}
	c.cmd.Env = append([]string{asProgram + "=1", "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(),
		"READBACK_API_TOKEN=" + testToken, "READBACK_CHAT_SITE=" + testSecret,
		// Nothing answers there: no test asks a name server outside.
		"READBACK_RESOLVER=127.0.0.1:1"}, env...)
	c.cmd.Stderr = c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			c.url = url
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return c
		}
	}
	_ = c.cmd.Wait()
	t.Fatalf("%v never got ready:\n%s", args, c.stderr)
	return nil
}

// kill ends the program as a power cut would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

var client = &http.Client{Timeout: 20 * time.Second}

// chat posts a signed chat message and returns the status and the answer.
func (c *child) chat(ctx context.Context, conversation, message, text string) (status int, ticket, stored string, err error) {
	body, _ := json.Marshal(map[string]any{"conversation_id": conversation, "message_id": message, "text": text,
		"customer": map[string]string{"id": conversation, "account_id": "acc-1001"}})
	key, err := channel.ParseKey(testSecret)
	if err != nil {
		return 0, "", "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/hooks/chat/site", bytes.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	req.Header.Set("Content-Type", "application/json")
	key.Sign(req.Header, "evt_"+rand.Text(), time.Now(), body)
	var answer struct{ Ticket, Message string }
	status, err = c.do(req, &answer)
	return status, answer.Ticket, answer.Message, err
}

// api calls the JSON API; body nil is a GET.
func (c *child) api(t *testing.T, path string, body []byte, into any) int {
	t.Helper()
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testToken)
	req.Header.Set("Content-Type", "application/json")
	status, err := c.do(req, into)
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, c.stderr)
	}
	return status
}

// signIn sets the desk up, as its first user, and returns the session.
func (c *child) signIn(t *testing.T) *http.Cookie {
	t.Helper()
	if c.cookie != nil {
		return c.cookie
	}
	form := url.Values{"token": {testToken}, "name": {"Ann"}, "email": {"ann@desk.example"}, "password": {"four apples under snow"}}
	req, err := http.NewRequest(http.MethodPost, c.url+"/setup", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) == 0 {
		t.Fatalf("setting up: %d", res.StatusCode)
	}
	c.cookie = res.Cookies()[0]
	return c.cookie
}

func (c *child) do(req *http.Request, into any) (int, error) {
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, err
	}
	if into != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(data, into); err != nil {
			return res.StatusCode, fmt.Errorf("%w in %.200s", err, data)
		}
	}
	return res.StatusCode, nil
}
