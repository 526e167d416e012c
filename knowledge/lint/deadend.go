package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"readback/knowledge"
)

// contact is the advice to write to support, in the languages of the examples.
var contact = regexp.MustCompile(`(?i)\b(?:contact|write to|reach out to|get in touch with|email|e-mail|call|message|ask|open a (?:ticket|case|request) with|(?:submit|raise|open|file) a (?:support )?(?:ticket|case|request))(?: (?:our|the|us|customer|sendline|your))*(?: (?:support|help ?desk|team|us|agents?)\b|[.!]|$)` +
	`|(?:kontaktiere|wende dich an|schreib\w* (?:an|dem)|kontaktieren sie|wenden sie sich an)[^.]{0,30}support|skontaktuj się|napisz do (?:nas|pomocy|wsparcia)|(?:contacta|contacte|escribe a|escriba a)[^.]{0,20}(?:soporte|asistencia)|contactez|サポートに(?:連絡|お問い合わせ)`)

// aftermath are headings of sections that follow the steps.
var aftermath = regexp.MustCompile(`(?i)^(?:what we need|common mistakes|see also|related|more|further|häufige fehler|was wir|zobacz|véase|faq)`)

// deadEnds finds pages whose last advice is to write to support, and staff
// steps that nobody holds.
func (l *linter) deadEnds() {
	for _, p := range l.pages {
		if p.article != nil {
			if text, at := lastAdvice(p); contact.MatchString(text) {
				l.add("dead-end", Warning, p.place(at),
					fmt.Sprintf("%s ends in \"%s\": whoever has done all this starts again from nothing with an agent who knows none of it", p.name(), start(text)),
					openWith(p.title+" "+p.prose))
			}
		}
	}
	for i := range l.w.Procedures {
		l.deadProcedure(&l.w.Procedures[i])
	}
}

func (l *linter) deadProcedure(p *knowledge.Procedure) {
	handed := false // some staff step is somebody's
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.By != knowledge.Staff {
			continue
		}
		handed = handed || s.Capability != ""
		if s.Capability == "" {
			l.add("dead-end", Warning, key(p, "steps[%d]", i),
				fmt.Sprintf("Step %s is staff's and names no capability, so that it goes to whoever debugs the platform and not to whoever can do it", s.ID),
				"Name the capability that it takes (capability: ...) and give it to a tier in workspace.yaml.")
		}
	}
	if len(p.Steps) == 0 || handed {
		return
	}
	last := &p.Steps[len(p.Steps)-1]
	if text := last.Title + ". " + p.StepText(last.ID, "en"); last.By == knowledge.Customer && contact.MatchString(text) {
		l.add("dead-end", Warning, key(p, "steps[%d]", len(p.Steps)-1),
			fmt.Sprintf("The last step, %s, sends the customer to support, and nothing says what support then does", last.ID),
			"Make it a step by: staff with the capability it takes. "+openWith(p.Title+" "+p.Body))
	}
}

// lastAdvice is the last item or paragraph before sections of another kind.
func lastAdvice(p *page) (text string, at int) {
	end := len(p.prose)
	for _, h := range slices.Backward(p.headings) {
		if aftermath.MatchString(h.text) {
			end = h.at
		}
	}
	at = end
	for line := range backLines(p.prose[:end]) {
		at -= len(line)
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "" && text == "":
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
			return text, at + len(line)
		case listItem.MatchString(line):
			return line + text, at
		default:
			text = line + text
		}
	}
	return text, at
}

// backLines yields the lines of a text from the last to the first.
func backLines(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for s != "" {
			cut := strings.LastIndexByte(strings.TrimSuffix(s, "\n"), '\n') + 1
			if !yield(s[cut:]) {
				return
			}
			s = s[:cut]
		}
	}
}

// openers are the checks that would tell a customer what is wrong, by what a text speaks of.
var openers = []struct {
	words *regexp.Regexp
	check string
}{
	{regexp.MustCompile(`(?i)\bcname|branded? (?:link|domain)`), "dns.cname"},
	{regexp.MustCompile(`(?i)\bmx\b`), "dns.mx"},
	{regexp.MustCompile(`(?i)\bspf\b`), "mail.spf"},
	{regexp.MustCompile(`(?i)\bdkim\b`), "mail.dkim"},
	{regexp.MustCompile(`(?i)\bdmarc\b`), "mail.dmarc"},
	{regexp.MustCompile(`(?i)certificate|\btls\b|\bssl\b|https`), "tls.certificate"},
	{regexp.MustCompile(`(?i)webhook|endpoint|\burl\b`), "http.answers"},
	{regexp.MustCompile(`(?i)\bplan\b|setting|enable|switch|invoice|suspend|limit|status`), "account.field"},
}

// openWith says which checks would open a dead end.
func openWith(text string) string {
	var checks []string
	for _, o := range openers {
		if o.words.MatchString(text) {
			checks = append(checks, o.check)
		}
	}
	if checks == nil {
		return "Make a procedure of it (readback kb draft) that ends in a staff step with a capability, so that the ticket goes to whoever can do it."
	}
	return "Make a procedure of it (readback kb draft) that ends in a staff step with a capability, and put a check on the steps before: " +
		strings.Join(checks, ", ") + " would show what is still missing before anybody writes."
}
