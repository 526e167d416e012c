package web

import (
	"slices"
	"strings"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/store/people"
)

func searchServer(t testing.TB) (*Server, *people.User, []people.User) {
	t.Helper()
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	me := people.User{ID: "usr_me", Email: "me@desk.example", Name: "Me"}
	return &Server{Options: Options{Workspace: ws}}, &me, []people.User{me, {ID: "usr_ada", Email: "ada@desk.example", Name: "Ada"}}
}

func TestReadSearch(t *testing.T) {
	s, me, users := searchServer(t)
	for _, tc := range []struct{ typed, url, shown, wrong string }{
		{"", "/inbox", "", ""},
		{"refund", "/inbox?state=all&text=refund", "refund", ""},
		{"is:open refund  twice", "/inbox?text=refund+twice", "state:open refund twice", ""},
		{"kind:billing lang:PL", "/inbox?kind=billing&language=pl", "kind:billing language:pl", ""},
		{"assignee:me review:yes", "/inbox?assignee=me&review=1", "assignee:me review:1", ""},
		{"assignee:none tier:l2", "/inbox?assignee=none&tier=l2", "tier:l2 assignee:none", ""},
		{"assignee:Ada state:resolved", "/inbox?assignee=usr_ada&state=resolved", "state:resolved assignee:usr_ada", ""},
		{"state:no-answer", "/inbox?state=no-answer", "state:no-answer", ""},
		{"procedure:dmarc-alignment action:ask", "/inbox?action=ask&procedure=dmarc-alignment", "action:ask procedure:dmarc-alignment", ""},
		{"kind:foo x", "/inbox?state=all&text=x", "x", "kind:foo"},
		{"tier:l9 assignee:zed state:odd action:x language:x procedure:none", "/inbox", "", "tier:l9 assignee:zed state:odd action:x language:x procedure:none"},
		{"https://a.example 10:30", "/inbox?state=all&text=https%3A%2F%2Fa.example+10%3A30", "https://a.example 10:30", ""},
	} {
		f, wrong := s.readSearch(tc.typed, me, users)
		if got := inboxURL(f, me); got != tc.url || searchText(&f, me) != tc.shown || strings.Join(wrong, " ") != tc.wrong {
			t.Errorf("%q: %s, shown %q, wrong %q", tc.typed, got, searchText(&f, me), wrong)
		}
	}
}

// FuzzReadSearch: what the box shows of a search is read as the same search.
func FuzzReadSearch(f *testing.F) {
	for _, seed := range []string{"kind:billing is:all x", "assignee: :: tier:", "review:no state:open a:b", "\x00 kind:\xff"} {
		f.Add(seed)
	}
	s, me, users := searchServer(f)
	f.Fuzz(func(t *testing.T, typed string) {
		once, _ := s.readSearch(typed, me, users)
		again, wrong := s.readSearch(searchText(&once, me), me, users)
		if len(wrong) > 0 || inboxURL(once, me) != inboxURL(again, me) {
			t.Errorf("%q: %s, then %s, wrong %q", typed, inboxURL(once, me), inboxURL(again, me), wrong)
		}
	})
}

// Every operator is a parameter of the address, and the address is read as it was written.
func TestInboxAddress(t *testing.T) {
	s, me, users := searchServer(t)
	no := false
	id := "usr_ada"
	f := store.Filter{Lane: store.LaneSnoozed, Tier: "l1", Assignee: &id, NeedsReview: &no, Handed: true, Kind: "billing", Language: "pl", Action: "ask", Procedure: "dmarc-alignment", Text: "a b", After: "c"}
	address := inboxURL(f, me)
	for _, op := range operators {
		if !strings.Contains(address, op.names[0]+"=") {
			t.Errorf("%s lacks %s", address, op.names[0])
		}
	}
	q := mustQuery(t, address)
	got, err := s.readInbox(q, me, users)
	if err != nil || inboxURL(got, me) != address {
		t.Errorf("%s is read as %s, %v", address, inboxURL(got, me), err)
	}
	if _, err := s.readInbox(mustQuery(t, "/inbox?kind=foo"), me, users); err == nil {
		t.Error("a wrong filter is taken")
	}
	if n := slices.IndexFunc(operators, func(o operator) bool { return o.get == nil || o.set == nil || o.values == "" }); n >= 0 {
		t.Errorf("operator %d is not whole", n)
	}
}
