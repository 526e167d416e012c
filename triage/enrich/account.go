package enrich

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"readback/triage"
)

// File is the accounts file of a workspace: it stands for the vendor's API.
type File struct {
	byID, byOwner map[string]*triage.Account
	clock         func() time.Time
}

// OpenFile reads accounts.yaml of a workspace folder. A folder without one
// has no accounts. Errors name the file.
func OpenFile(dir fs.FS, clock func() time.Time) (*File, error) {
	f := &File{byID: map[string]*triage.Account{}, byOwner: map[string]*triage.Account{}, clock: clock}
	const name = "accounts.yaml"
	data, err := fs.ReadFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	var doc struct {
		Accounts []map[string]any `yaml:"accounts"`
	}
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, raw := range doc.Accounts {
		a := &triage.Account{Fields: raw, Source: name}
		a.ID, a.Owner, a.Plan = text(raw["id"]), text(raw["owner"]), text(raw["plan"])
		if a.ID == "" {
			return nil, fmt.Errorf("%s: account %d has no id", name, i+1)
		}
		for _, k := range []string{"id", "owner", "plan"} {
			delete(raw, k)
		}
		f.byID[strings.ToLower(a.ID)] = a
		f.byOwner[strings.ToLower(a.Owner)] = a
	}
	return f, nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// Account implements triage.Accounts: by account id first, then by the
// owner's address. Neither proves who writes.
func (f *File) Account(_ context.Context, who triage.Customer) (*triage.Account, error) {
	found, by := f.byID[strings.ToLower(strings.TrimSpace(who.AccountID))], "account_id"
	if found == nil && who.Email != "" {
		found, by = f.byOwner[strings.ToLower(strings.TrimSpace(who.Email))], "email"
	}
	if found == nil {
		return nil, triage.Errorf(triage.NotFound, "no account is known for this customer")
	}
	a := *found // the facts of a ticket carry their own time
	a.MatchedBy, a.ObservedAt = by, f.clock()
	return &a, nil
}
