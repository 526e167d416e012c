package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"readback/store"
	"readback/triage"
)

// fill makes a data folder with one ticket of Ann's and one of Bo's.
func fill(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(data, "readback.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range []string{"ann", "bo"} {
		_, err := s.Receive(context.Background(), store.Inbound{Source: "mail", MessageKey: name, Raw: []byte("raw of " + name),
			Customer: triage.Customer{Email: name + "@shop.example", Name: name},
			Messages: []triage.Message{{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: "words of " + name}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// expect runs a command and compares its exit code and a piece of what it
// prints on either stream.
func expect(t *testing.T, code int, says string, args ...string) {
	t.Helper()
	got, stdout, stderr := runProgram(t, nil, "", args...)
	if got != code || !strings.Contains(stdout+stderr, says) {
		t.Errorf("%v: exit %d, want %d with %q\nstdout: %s\nstderr: %s", args, got, code, says, stdout, stderr)
	}
}

func TestErase(t *testing.T) {
	data := fill(t)
	none := filepath.Join(t.TempDir(), "none")
	expect(t, 2, "There is no database", "erase", "ann@shop.example", "--data", none, "--yes")
	if _, err := os.Stat(none); err == nil {
		t.Error("erase made a data folder")
	}
	expect(t, 2, "needs a customer", "erase", "--data", data)
	expect(t, 2, "Nothing is stored", "erase", "eve@bad.example", "--data", data, "--yes")
	expect(t, 2, "add --yes", "erase", "ann@shop.example", "--data", data)
	expect(t, 0, "would erase the text of 1 message in 1 ticket, 1 raw original\n", "erase", "ann@shop.example", "--data", data, "--dry-run")
	expect(t, 0, `"messages":1`, "erase", "ann@shop.example", "--data", data, "--dry-run", "--json")
	expect(t, 0, "erased the text of 1 message in 1 ticket", "erase", "Ann@shop.example", "--data", data, "--yes", "--by", "lee")
	expect(t, 2, "Nothing is stored", "erase", "ann@shop.example", "--data", data, "--yes")
	expect(t, 0, "", "erase", "--compact", "--data", data)
	file, err := os.ReadFile(filepath.Join(data, "readback.db"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte("words of ann")) || !bytes.Contains(file, []byte("words of bo")) {
		t.Error("the file holds Ann's words, or not Bo's")
	}
}

func TestEraseConfirm(t *testing.T) {
	for answer, code := range map[string]int{"ann@shop.example\n": exitDone, "yes\n": exitUnusable, "": exitUnusable} {
		var prompt strings.Builder
		p := &program{stdin: strings.NewReader(answer), stderr: &prompt}
		got := exitDone
		if err := p.confirm("ann@shop.example", store.Erasure{Tickets: 2, Messages: 2, Masked: 3}); err != nil {
			got = p.fail(err)
		}
		if got != code || !strings.Contains(prompt.String(), "the text of 2 messages in 2 tickets, 3 places in others' messages.\nType ann@shop.example") {
			t.Errorf("%q: exit %d, %s", answer, got, prompt.String())
		}
	}
}
