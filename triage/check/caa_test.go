package check

import "testing"

func TestBlocks(t *testing.T) {
	for name, tc := range map[string]struct {
		data         []string
		organisation string
		want         bool
	}{
		"nothing said":       {nil, "Let's Encrypt", false},
		"named":              {[]string{`0 issue letsencrypt.org`}, "Let's Encrypt", false},
		"among others":       {[]string{`0 issue digicert.com`, `0 issue letsencrypt.org; validationmethods=dns-01`}, "Let's Encrypt", false},
		"others only":        {[]string{`0 issue digicert.com`}, "Let's Encrypt", true},
		"nobody":             {[]string{`0 issue ;`}, "Google Trust Services", true},
		"one of its names":   {[]string{`0 issue amazontrust.com`}, "Amazon", false},
		"wildcards only":     {[]string{`0 issuewild digicert.com`}, "Let's Encrypt", false},
		"unknown to us":      {[]string{`0 issue digicert.com`}, "Lab Root", false},
		"critical and alien": {[]string{`128 unheard of`}, "Sectigo Limited", true},
	} {
		if got := blocks(tc.data, tc.organisation); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
