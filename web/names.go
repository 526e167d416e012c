package web

import (
	"github.com/labstack/echo/v4"

	"readback/store/people"
)

// names are what the desk's people are called, by id.
type names map[string]string

func namesOf(users []people.User) names {
	out := make(names, len(users))
	for i := range users {
		out[users[i].ID] = users[i].Name
	}
	return out
}

// names reads what people are called.
func (s *Server) names(c echo.Context) (names, error) {
	users, err := s.Store.Users(ctxOf(c))
	return namesOf(users), err
}

// of returns the name of an id. One who was removed has none any more; what is
// no id is a name that a program gave, or somebody signed in with before there
// were users.
func (n names) of(l lang, id string) string {
	if desk, name, verified, ok := deskAgent(id); ok {
		code := "web.panel.who.said"
		if verified {
			code = "web.panel.who"
		}
		return l.t(code, "name", name, "desk", desk)
	}
	switch name, ok := n[id]; {
	case !ok:
		return id
	case name == "":
		return l.t("web.user.removed")
	default:
		return name
	}
}
