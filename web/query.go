package web

import (
	"net/url"
	"slices"
	"strings"

	"readback/store"
	"readback/store/people"
	"readback/triage"
)

// anyLane is the state of a search through all lanes, in addresses.
const anyLane = "all"

// laneNames are the lanes as addresses and searches name them.
var laneNames = map[store.Lane]string{store.LaneOpen: "open", store.LaneWaiting: "waiting", store.LaneSnoozed: "snoozed",
	store.LaneNoAnswer: "no-answer", store.LaneResolved: "resolved", "": anyLane}

func laneNamed(name string) (store.Lane, bool) {
	for lane, n := range laneNames {
		if n == name {
			return lane, true
		}
	}
	return "", false
}

// Words for an assignee, in addresses and searches.
const (
	assigneeMe   = "me"
	assigneeNone = "none"
)

// operator is a word of the search box with a value: kind:billing. Each is a
// parameter of the inbox's address too, named first.
type operator struct {
	names  []string // as one types it, the first one as it is shown
	values string   // shown as an example
	set    func(s *Server, f *store.Filter, me *people.User, users []people.User, value string) bool
	get    func(f *store.Filter, me *people.User) string // "" when it is not asked for
}

// operators are all that the search box knows, in the order in which they are shown.
var operators = []operator{
	{[]string{"state", "is"}, "open waiting snoozed no-answer resolved all",
		func(_ *Server, f *store.Filter, _ *people.User, _ []people.User, v string) (ok bool) {
			f.Lane, ok = laneNamed(v)
			return ok
		},
		func(f *store.Filter, _ *people.User) string {
			if f.Lane == store.LaneOpen {
				return ""
			}
			return laneNames[f.Lane]
		}},
	{[]string{"tier"}, "l1", func(s *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		f.Tier = v
		return s.Workspace.Tier(v) != nil
	}, func(f *store.Filter, _ *people.User) string { return f.Tier }},
	{[]string{"assignee"}, "me none name", func(_ *Server, f *store.Filter, me *people.User, users []people.User, v string) bool {
		id := ""
		switch v {
		case assigneeNone:
		case assigneeMe:
			id = me.ID
		default:
			i := slices.IndexFunc(users, func(u people.User) bool {
				return u.ID == v || u.Email != "" && (u.Email == strings.ToLower(v) || strings.HasPrefix(u.Email, strings.ToLower(v)+"@"))
			})
			if i < 0 {
				return false
			}
			id = users[i].ID
		}
		f.Assignee = &id
		return true
	}, func(f *store.Filter, me *people.User) string {
		switch {
		case f.Assignee == nil:
			return ""
		case *f.Assignee == "":
			return assigneeNone
		case *f.Assignee == me.ID:
			return assigneeMe
		}
		return *f.Assignee
	}},
	{[]string{"review"}, "yes no", func(_ *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		yes := v == "yes" || v == "1"
		f.NeedsReview = &yes
		return yes || v == "no" || v == "0"
	}, func(f *store.Filter, _ *people.User) string {
		if f.NeedsReview == nil {
			return ""
		}
		return map[bool]string{true: "1", false: "0"}[*f.NeedsReview]
	}},
	{[]string{"handed"}, "yes", func(_ *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		f.Handed = v == "yes" || v == "1"
		return f.Handed
	}, func(f *store.Filter, _ *people.User) string {
		if f.Handed {
			return "1"
		}
		return ""
	}},
	{[]string{"kind"}, "setup broken billing …", func(_ *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		f.Kind = triage.Kind(v)
		return slices.Contains(triage.Kinds, f.Kind)
	}, func(f *store.Filter, _ *people.User) string { return string(f.Kind) }},
	{[]string{"language", "lang"}, "en pl …", func(_ *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		f.Language = strings.ToLower(v)
		return len(v) == 2 || len(v) == 3
	}, func(f *store.Filter, _ *people.User) string { return f.Language }},
	{[]string{"action"}, "assign ask self_service none", func(_ *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		f.Action = triage.Action(v)
		_, ok := actionWords[f.Action]
		return ok
	}, func(f *store.Filter, _ *people.User) string { return string(f.Action) }},
	{[]string{"procedure"}, "https-click-tracking", func(s *Server, f *store.Filter, _ *people.User, _ []people.User, v string) bool {
		f.Procedure = v
		return s.Workspace.Procedure(v) != nil
	}, func(f *store.Filter, _ *people.User) string { return f.Procedure }},
}

// operatorNamed returns nil for a name that is none.
func operatorNamed(name string) *operator {
	for i := range operators {
		if slices.Contains(operators[i].names, name) {
			return &operators[i]
		}
	}
	return nil
}

// readSearch reads what was typed into the search box: operators, and words for
// the text. What is no operator's value is returned as wrong. A search for words
// alone goes through all lanes.
func (s *Server) readSearch(text string, me *people.User, users []people.User) (f store.Filter, wrong []string) {
	f.Lane = store.LaneOpen
	stated := false
	var words []string
	for _, field := range strings.Fields(text) {
		name, value, ok := strings.Cut(field, ":")
		op := operatorNamed(strings.ToLower(name))
		if !ok || op == nil {
			words = append(words, field)
			continue
		}
		before := f
		if !op.set(s, &f, me, users, value) {
			f, wrong = before, append(wrong, field)
			continue
		}
		stated = stated || op.names[0] == "state"
	}
	if f.Text = strings.Join(words, " "); f.Text != "" && !stated {
		f.Lane = ""
	}
	return f, wrong
}

// searchText is a filter as one would type it.
func searchText(f *store.Filter, me *people.User) string {
	var out []string
	for _, op := range operators {
		v := op.get(f, me)
		if op.names[0] == "state" && f.Text != "" {
			if v = laneNames[f.Lane]; f.Lane == "" {
				v = ""
			}
		}
		if v != "" {
			out = append(out, op.names[0]+":"+v)
		}
	}
	return strings.Join(append(out, strings.Fields(f.Text)...), " ")
}

// inboxURL is the address of a list.
func inboxURL(f store.Filter, me *people.User) string {
	q := url.Values{}
	for _, op := range operators {
		if v := op.get(&f, me); v != "" {
			q.Set(op.names[0], v)
		}
	}
	for name, v := range map[string]string{"text": f.Text, "after": f.After, "before": f.Before} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(q) == 0 {
		return "/inbox"
	}
	return "/inbox?" + q.Encode()
}

// readInbox reads the address of a list. Errors: Invalid, with what is wrong.
func (s *Server) readInbox(q url.Values, me *people.User, users []people.User) (store.Filter, error) {
	f := store.Filter{Lane: store.LaneOpen, Text: q.Get("text"), After: q.Get("after"), Before: q.Get("before")}
	for _, op := range operators {
		if v := q.Get(op.names[0]); v != "" && !op.set(s, &f, me, users, v) {
			return f, triage.Errorf(triage.Invalid, "%s is %q; use one of %s.", op.names[0], v, op.values)
		}
	}
	return f, nil
}
