// Package people knows who works at a desk: users with roles, what API tokens
// may do, which passwords are good and how they are kept, and one-time codes.
// It stores nothing (package store does) and shows nothing (package web does).
package people

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"
	"time"

	"readback/triage"
)

// Role says what a user may do; each may all that those before it may.
type Role string

// The roles. What each may do is one table: web/routes.go.
const (
	Agent Role = "agent" // works on tickets
	Lead  Role = "lead"  // decides on incidents, sees analytics, publishes knowledge
	Admin Role = "admin" // users, tokens, audit log, settings
)

// Roles lists the roles from the one that may least.
var Roles = []Role{Agent, Lead, Admin}

// May reports whether a user of role r may do what needs the role need.
func (r Role) May(need Role) bool {
	return rank(Roles, need) >= 0 && rank(Roles, r) >= rank(Roles, need)
}

// Scope says what a program may do with an API token; each includes those before it.
type Scope string

// The scopes of API tokens.
const (
	ReadScope  Scope = "read"  // look at tickets, incidents and checks
	WriteScope Scope = "write" // send tickets and messages, correct, merge: what an agent does
	AdminScope Scope = "admin" // all else: what leads and admins do
)

// Scopes lists the scopes from the one that may least.
var Scopes = []Scope{ReadScope, WriteScope, AdminScope}

// May reports whether a token of scope s may do what needs the scope need.
func (s Scope) May(need Scope) bool {
	return rank(Scopes, need) >= 0 && rank(Scopes, s) >= rank(Scopes, need)
}

// rank is the place of v in a list, -1 when it is not there.
func rank[T comparable](list []T, v T) int { return slices.Index(list, v) }

// User is one of the desk's own people.
type User struct {
	ID        string   // "usr_..."; stays for ever, so that figures stay true
	Email     string   // lower case; unique; "" once removed
	Name      string   // shown to colleagues; "" once removed
	Role      Role     //
	Tiers     []string // ids of the workspace whose queues are theirs; nil = none
	Languages []string // that they answer in, ISO 639-1; nil = not said
	Lang      string   // of the interface, ISO 639-1; "" = what the browser asks for
	Theme     string   // light, dark; "" = what the system says
	Password  bool     // they have one; without it they sign in elsewhere (OpenID Connect) or were only invited
	TOTP      bool     // signing in with the password needs a code too

	CreatedAt  time.Time
	SeenAt     time.Time // when a session of theirs was last used, to about a minute; zero = never
	DisabledAt time.Time // zero = may sign in
	RemovedAt  time.Time // zero = not removed
}

// Active reports whether the user may sign in.
func (u *User) Active() bool { return u.DisabledAt.IsZero() && u.RemovedAt.IsZero() }

// Inside reports whether a tier is the user's.
func (u *User) Inside(tier string) bool { return slices.Contains(u.Tiers, tier) }

// The longest email and name, in bytes.
const (
	maxEmail = 254
	maxName  = 100
)

// Check makes the user's fields as they are stored: email in lower case, names
// without spaces around. It returns Invalid for what no user can have.
func (u *User) Check() error {
	u.Name = strings.Join(strings.Fields(u.Name), " ")
	email, err := CleanEmail(u.Email)
	if err != nil {
		return err
	}
	u.Email = email
	u.Name = cmp.Or(u.Name, u.Email)
	switch {
	case len(u.Name) > maxName:
		return triage.Errorf(triage.Invalid, "A name has at most %d bytes.", maxName)
	case rank(Roles, u.Role) < 0:
		return triage.Errorf(triage.Invalid, "The role %q is none; use agent, lead or admin.", u.Role)
	}
	for i, l := range u.Languages {
		u.Languages[i] = strings.ToLower(strings.TrimSpace(l))
		if n := len(u.Languages[i]); n < 2 || n > 3 || strings.Trim(u.Languages[i], "abcdefghijklmnopqrstuvwxyz") != "" {
			return triage.Errorf(triage.Invalid, "%q is no code of a language; use two letters, such as en or pl.", l)
		}
	}
	return nil
}

// CleanEmail returns an address as users are known by. It returns Invalid for
// what is no plain address.
func CleanEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || len(s) > maxEmail || strings.ContainsAny(s, "\"<>") {
		return "", triage.Errorf(triage.Invalid, "%q is no email address.", s)
	}
	return s, nil
}
