package web

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"readback/triage"
)

// DemoWidget is the name of the widget that the demo's host page shows.
const DemoWidget = "demo"

// hostPage is the demo's page of another site.
type hostPage struct {
	Desk, Host string // the two origins
	Policy     string // of the page
	Tag        string // that the page has, as one writes it
	Widget     string
	User       string // token of the user who is signed in on the page; "" for none
	WidgetLang string
	Dir, Theme string
	Choices    []hostChoice
}

// hostChoice is one thing to try, as links.
type hostChoice struct {
	Label string
	Links []langChoice
}

// widgetDemo is a page of another origin with the widget, to try it: the same
// machine by its other name. Its policy is as strict as one can be.
func (s *Server) widgetDemo(c echo.Context) error {
	r := c.Request()
	w := s.widgets.all[DemoWidget]
	if !s.Demo || w == nil {
		return echo.ErrNotFound
	}
	here, other := "http://"+r.Host, "http://"+otherName(r.Host)
	if hostOf(r.Host) == "127.0.0.1" {
		return c.Redirect(http.StatusSeeOther, other+"/widget-demo?"+r.URL.RawQuery)
	}
	query := r.URL.Query()
	l := langOf(r)
	p := hostPage{Desk: other, Host: here, Widget: w.name, WidgetLang: spokenLang(query.Get("speak")), Dir: pickOf(query.Get("dir"), "ltr", "rtl"), Theme: pickOf(query.Get("theme"), "", "light", "dark")}
	if query.Get("speak") == "" {
		p.WidgetLang = string(l)
	}
	if query.Get("as") == "rowena" {
		p.User = w.demoUser(s.Clock())
	}
	choose := func(label, key, chosen string, values ...string) {
		choice := hostChoice{Label: l.t(label)}
		for _, v := range values {
			to := url.Values{}
			for k := range query {
				to.Set(k, query.Get(k))
			}
			to.Set(key, v)
			choice.Links = append(choice.Links, langChoice{Code: v, Name: l.named("web.demo.choice.", v, v), URL: "?" + to.Encode(), Current: v == chosen})
		}
		p.Choices = append(p.Choices, choice)
	}
	choose("web.demo.as", "as", pickOf(query.Get("as"), "nobody", "rowena"), "nobody", "rowena")
	choose("web.demo.speaks", "speak", p.WidgetLang, triage.CustomerLanguages()...)
	choose("web.demo.dir", "dir", p.Dir, "ltr", "rtl")
	choose("web.demo.theme", "theme", pickOf(p.Theme, "auto", "light", "dark"), "auto", "light", "dark")
	p.Policy = "default-src 'none'; script-src " + other + "; connect-src " + other + "; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
	p.Tag = `<script src="` + p.Desk + `/widget.js" data-widget="` + p.Widget + `" async></script>`
	c.Response().Header().Set("Content-Security-Policy", p.Policy)
	return s.render(c, http.StatusOK, "widget_demo.html", s.page(c, l.t("web.demo.title"), "demo", p))
}

func pickOf(value string, values ...string) string {
	if slices.Contains(values, value) {
		return value
	}
	return values[0]
}

// otherName is this machine by its other name: a browser takes it for another site.
func otherName(hostport string) string {
	port := ""
	if _, p, err := net.SplitHostPort(hostport); err == nil {
		port = ":" + p
	}
	switch host := hostOf(hostport); host {
	case "localhost":
		return "127.0.0.1" + port
	case "127.0.0.1":
		return "localhost" + port
	}
	return hostport
}

// demoUser vouches for the heroine of the story, as a host's server would.
func (w *widget) demoUser(now time.Time) string {
	claims := jwt.MapClaims{"sub": "rowena", "name": "Rowena", "email": "ops@foxglove.example", "account_id": "acc-1001", "exp": now.Add(time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(w.secret)
	if err != nil {
		return ""
	}
	return token
}
