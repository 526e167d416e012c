package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A desk is set up without a browser.
func TestUserCommand(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new")
	run := func(code int, says, stdin string, args ...string) string {
		t.Helper()
		got, stdout, stderr := runProgram(t, nil, stdin, append([]string{"user", "--data", data}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, says) {
			t.Errorf("%v: exit %d\n%s%s", args, got, stdout, stderr)
		}
		return stdout
	}
	link := run(0, "http://127.0.0.1:8080/welcome/", "", "add", "Ann@desk.example", "--name", "Ann", "--role", "admin")
	if again := run(0, "/welcome/", "", "reset", "ann@desk.example"); again == link {
		t.Error("a reset gives the link of the invitation")
	}
	run(0, "", "four apples under snow\n", "add", "may@desk.example", "--tier", "l1", "--language", "en", "--password-stdin")
	run(2, "first that anybody would try", "Password2026\n", "add", "bo@desk.example", "--password-stdin")
	run(2, "no email address", "", "add", "bo")
	run(2, "use agent, lead or admin", "", "add", "bo@desk.example", "--role", "owner")
	run(1, "already", "", "add", "may@desk.example")
	run(2, "There is no user", "", "reset", "bo@desk.example")
	run(1, "No admin would be left", "", "disable", "ann@desk.example")
	run(0, "", "", "disable", "may@desk.example")
	run(0, `"email":"may@desk.example","name":"may@desk.example","role":"agent","tiers":["l1"],"languages":["en"],"state":"disabled"`, "", "list", "--json")
	run(0, "", "", "enable", "may@desk.example")
	run(0, "", "", "remove", "may@desk.example")
	run(0, "removed", "", "list")
}
