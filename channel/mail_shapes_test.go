package channel_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"readback/channel"
	"readback/internal/mailshapes"
	"readback/triage"
	"readback/triage/ground"
)

// TestMailShapes reads every shape: nothing that somebody wrote or attached is
// lost, and what is somebody else's is told from it.
func TestMailShapes(t *testing.T) {
	shapes := mailshapes.All()
	if len(shapes) < 200 {
		t.Errorf("%d shapes", len(shapes))
	}
	seen := map[string]bool{}
	for _, s := range shapes {
		if seen[s.Name] {
			t.Errorf("two shapes are named %q", s.Name)
		}
		seen[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			m, err := channel.ReadMail([]byte(s.Raw))
			if s.Invalid != (triage.CodeOf(err) == triage.Invalid) || !s.Invalid && err != nil {
				t.Fatalf("error %v", err)
			}
			if err == nil {
				checkShape(t, s, &m)
			}
		})
	}
}

func checkShape(t *testing.T, s mailshapes.Shape, m *channel.Mail) {
	t.Helper()
	msg := m.Messages[0]
	if m.Unread != "" {
		t.Errorf("left unread: %s", m.Unread)
	}
	if !utf8.ValidString(msg.Text) || strings.Contains(msg.Text, "\x00") || strings.Contains(msg.Text, "\r") {
		t.Errorf("text cannot be stored: %q", msg.Text)
	}
	at := 0
	for _, piece := range s.Has {
		i := strings.Index(msg.Text[at:], piece)
		if i < 0 {
			t.Errorf("%q is not in its place in %q", piece, cut(msg.Text))
			break
		}
		at += i + len(piece)
	}
	for _, piece := range s.Not {
		if strings.Contains(msg.Text, piece) {
			t.Errorf("%q is in %q", piece, cut(msg.Text))
		}
	}
	said := ground.Own(msg.Text, ground.Regions(msg.Text))
	for _, piece := range s.Own {
		if !strings.Contains(said, piece) {
			t.Errorf("%q is not in the writer's words %q", piece, cut(said))
		}
	}
	for _, piece := range s.Quoted {
		if strings.Contains(said, piece) {
			t.Errorf("%q is in the writer's words %q", piece, cut(said))
		}
	}
	if s.Subject != "" && m.Subject != s.Subject {
		t.Errorf("subject %q, want %q", m.Subject, s.Subject)
	}
	if s.From != "" && m.Customer.Email != strings.TrimPrefix(s.From, "-") {
		t.Errorf("from %q, want %q", m.Customer.Email, s.From)
	}
	if s.FromName != "" && m.Customer.Name != s.FromName {
		t.Errorf("name %q, want %q", m.Customer.Name, s.FromName)
	}
	if s.Automatic != "" && string(msg.Automatic) != strings.TrimPrefix(s.Automatic, "-") {
		t.Errorf("automatic %q, want %q", msg.Automatic, s.Automatic)
	}
	if s.Files != nil {
		var names []string
		for _, f := range msg.Attachments {
			names = append(names, f.Name)
		}
		want := slices.DeleteFunc(slices.Clone(s.Files), func(n string) bool { return n == "-" })
		if !slices.Equal(names, want) && len(names)+len(want) > 0 {
			t.Errorf("files %q, want %q", names, want)
		}
	}
}

func cut(s string) string { return s[:min(len(s), 400)] }
