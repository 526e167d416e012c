package channel

import "testing"

func TestHTMLText(t *testing.T) {
	for html, want := range map[string]string{
		"<p>one<p>two": "one\ntwo",
		"<p>new</p><blockquote type=cite>old<p>older</blockquote>next": "new\n> old\n> older\nnext",
		"<blockquote>a<blockquote>b</blockquote>c</blockquote>d":       "> a\n> b\n> c\nd",
		"it is <s>done</s> open":                                       "it is open",
		"<div style=\"DISPLAY : none\">a<div>b</div>c</div>d":          "d",
		"<img style=\"display:none\">seen":                             "seen",
		"<del>x":                                                       "",
		"</blockquote>a":                                               "a",
	} {
		if got := htmlText(html); got != want {
			t.Errorf("%s\n got %q\nwant %q", html, got, want)
		}
	}
}
