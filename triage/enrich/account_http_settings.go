package enrich

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"readback/triage"
)

// HTTPSettings is the section `accounts:` of workspace.yaml: where the
// vendor's API has the accounts and how its answers read. At least one of
// ByID and ByEmail is needed; docs/accounts.md has examples.
type HTTPSettings struct {
	// ByID finds an account by its id; its URL has {account_id}.
	ByID Lookup `yaml:"by_id"`
	// ByEmail finds an account by its owner's address; its URL has {email}. It
	// is tried when a customer gives no id, or one that the vendor does not know.
	ByEmail Lookup `yaml:"by_email"`
	// Headers are sent with every request. ${NAME} stands for an environment
	// variable, such as {Authorization: "Bearer ${VENDOR_TOKEN}"}. Secrets never
	// stand in the file: headers that carry them must use ${NAME}.
	Headers map[string]string `yaml:"headers"`
	// Mapping says where an answer has what. Default: the same names.
	Mapping Mapping `yaml:"mapping"`
	// Timeout bounds one request from dialling to the last byte, such as "2s".
	// Default (zero) 2s, at most 30s.
	Timeout time.Duration `yaml:"timeout"`
	// TTL is how long an answer serves without asking again. Default (zero)
	// 60s. "No such account" serves 15 s at most.
	TTL time.Duration `yaml:"ttl"`
	// Stale is the age up to which the last good answer serves while the vendor
	// fails. Default (zero) 1h; a value up to TTL turns it off.
	Stale time.Duration `yaml:"stale"`
}

// Lookup is one way to find an account.
type Lookup struct {
	// URL is absolute, http or https, with its one placeholder in the path or
	// in a value of the query: https://api.vendor.example/v1/accounts/{account_id}.
	// An empty one turns the look-up off.
	URL string `yaml:"url"`
	// Root is the path to the account in the answer, such as "data". Default:
	// the answer itself. A list there must hold one account; an empty one means
	// that there is none.
	Root string `yaml:"root"`
}

// Mapping has paths from the account in an answer: names with dots, list
// items by number from 0, such as "owners[0].email".
type Mapping struct {
	ID    string `yaml:"id"`    // default "id"; text or a number
	Owner string `yaml:"owner"` // default "owner"; the owner's email
	Plan  string `yaml:"plan"`  // default "plan"
	// Fields maps our field names, which may have dots, to paths:
	// {features.https_links: settings.tls}. Default: all members of the account
	// but id, owner and plan, under their own names.
	Fields map[string]string `yaml:"fields"`
}

func (s *HTTPSettings) defaults() error {
	for _, d := range []struct {
		name   string
		value  *time.Duration
		unset  time.Duration
		atMost time.Duration
	}{
		{"timeout", &s.Timeout, 2 * time.Second, 30 * time.Second},
		{"ttl", &s.TTL, time.Minute, 24 * time.Hour},
		{"stale", &s.Stale, time.Hour, 7 * 24 * time.Hour},
	} {
		if *d.value == 0 {
			*d.value = d.unset
		}
		if *d.value < 0 || *d.value > d.atMost {
			return triage.Errorf(triage.Invalid, "accounts.%s: %s is not between 0 and %s", d.name, *d.value, d.atMost)
		}
	}
	return nil
}

func (s *HTTPSettings) lookups() ([]*lookup, error) {
	var out []*lookup
	for _, c := range []struct {
		name, by string
		Lookup
	}{{"accounts.by_id", byID, s.ByID}, {"accounts.by_email", byEmail, s.ByEmail}} {
		if c.URL == "" {
			continue
		}
		l := &lookup{by: c.by}
		var err error
		if l.url, err = parseTemplate(c.URL, c.by); err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s.url: %v", c.name, err)
		}
		if l.root, err = parsePath(c.Root); err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s.root: %v", c.name, err)
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, triage.Errorf(triage.Invalid, "accounts: no look-up; set by_id.url or by_email.url")
	}
	return out, nil
}

var (
	variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	// secretive are names of headers that carry a secret, by custom.
	secretive = regexp.MustCompile(`(?i)auth|cookie|key|token|secret|password|signature`)
)

// header fills in the environment's values.
func (s *HTTPSettings) header(getenv func(string) string) (http.Header, error) {
	h := http.Header{"Accept": {"application/json"}, "User-Agent": {"readback"}}
	for name, text := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, triage.Errorf(triage.Invalid, "accounts.headers: %q is not the name of a header", name)
		}
		if secretive.MatchString(name) && !variable.MatchString(text) {
			return nil, triage.Errorf(triage.Invalid, "accounts.headers.%s: name an environment variable as ${NAME}; secrets do not stand in the workspace", name)
		}
		var unset []string
		value := variable.ReplaceAllStringFunc(text, func(ref string) string {
			env := ref[len("${") : len(ref)-len("}")]
			v := strings.TrimSpace(getenv(env))
			if v == "" {
				unset = append(unset, env)
			}
			return v
		})
		if len(unset) > 0 {
			return nil, triage.Errorf(triage.Invalid, "accounts.headers.%s: the environment variable %s is not set", name, strings.Join(unset, ", "))
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return nil, triage.Errorf(triage.Invalid, "accounts.headers.%s: the value has characters that a header cannot carry", name)
		}
		h.Set(name, value)
	}
	return h, nil
}
