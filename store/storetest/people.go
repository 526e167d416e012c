package storetest

import (
	"testing"
	"time"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

func addUser(t *testing.T, s *store.Store, email string, role people.Role) people.User {
	t.Helper()
	u, err := s.AddUser(t.Context(), store.Actor{ID: "cli"}, people.User{Email: email, Name: email, Role: role}, "hash")
	ok(t, err)
	return u
}

// UsersComeAndGo: addresses are unique until removed, an admin stays, the id stays.
func UsersComeAndGo(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	by := store.Actor{ID: "cli"}
	ok(t, s.Acknowledge(t.Context(), "a", "Ann@desk.example")) // before there were users
	ann := addUser(t, s, "Ann@Desk.example", people.Admin)
	read, err := s.Acknowledgements(t.Context())
	ok(t, err)
	equal(t, "taken over", read[0].User, ann.ID)
	_, err = s.AddUser(t.Context(), by, people.User{Email: "ann@desk.example", Role: people.Agent}, "")
	wantCode(t, err, triage.Conflict)
	_, err = s.AddFirstUser(t.Context(), by, people.User{Email: "eve@desk.example"}, "")
	wantCode(t, err, triage.Conflict)
	wantCode(t, s.DisableUser(t.Context(), by, ann.ID, true), triage.Conflict)
	bo := addUser(t, s, "bo@desk.example", people.Admin)
	_, err = s.AddToken(t.Context(), by, store.Token{Name: "x", Scope: people.ReadScope, UserID: ann.ID}, "token")
	ok(t, err)
	_, err = s.AddSession(t.Context(), store.Session{UserID: ann.ID}, "session", "", "test")
	ok(t, err)
	ok(t, s.RemoveUser(t.Context(), store.Actor{ID: bo.ID}, ann.ID))
	_, _, err = s.Session(t.Context(), "session")
	wantCode(t, err, triage.NotFound)
	_, err = s.Token(t.Context(), "token")
	wantCode(t, err, triage.NotFound)
	_, _, err = s.Credentials(t.Context(), "")
	wantCode(t, err, triage.NotFound)
	left, err := s.User(t.Context(), ann.ID)
	ok(t, err)
	equal(t, "left", []string{left.Email, left.Name, string(left.Role)}, []string{"", "", "admin"})
	addUser(t, s, "ann@desk.example", people.Agent)
}

// AuditOnlyGrows: nobody changes or deletes a line, not with the database in hand.
func AuditOnlyGrows(t *testing.T, db Database) {
	s := open(t, db, newClock().options())
	ok(t, s.Record(t.Context(), store.Actor{ID: "cli"}, "test.line", "x", nil))
	for _, query := range []string{`UPDATE audit SET actor = 'eve'`, `DELETE FROM audit`} {
		if err := db.Exec(query); err == nil {
			t.Errorf("%s is done", query)
		}
	}
	list, err := s.Audit(t.Context(), store.AuditFilter{})
	ok(t, err)
	equal(t, "lines", len(list.Entries), 1)
}

// AttemptsWait: failures add up, are forgotten after a day, and one's own
// success takes no failures of the address away.
func AttemptsWait(t *testing.T, db Database) {
	c := newClock()
	s := open(t, db, c.options())
	try := func(account string) time.Duration {
		t.Helper()
		wait, err := s.Try(t.Context(), store.Attempt{Account: account, Address: "192.0.2.1"})
		ok(t, err)
		return wait
	}
	for range 5 {
		equal(t, "free", try("ann"), time.Duration(0))
	}
	for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		equal(t, "wait", try("ann"), want)
		c.Add(want)
		equal(t, "after it", try("ann"), time.Duration(0))
	}
	for range 20 { // of one's own account, between guesses at others
		equal(t, "own", try("eve"), time.Duration(0))
		ok(t, s.Succeeded(t.Context(), store.Attempt{Account: "eve", Address: "192.0.2.1"}))
	}
	longest := time.Duration(0)
	for range 40 { // of one account, a minute apart: the address has to wait longer
		longest = max(longest, try("bo"))
		c.Add(time.Minute)
	}
	if longest <= time.Minute || longest > 15*time.Minute {
		t.Errorf("the address waits at most %v", longest)
	}
	c.Add(25 * time.Hour)
	equal(t, "forgotten", try("ann"), time.Duration(0))
}
