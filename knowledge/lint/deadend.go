package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"readback/knowledge"
)

// aftermath are headings of sections that follow the steps.
var aftermath = regexp.MustCompile(`(?i)^(?:what we need|common mistakes|see also|related|more|further|häufige fehler|was wir|zobacz|véase|faq)`)

// deadEnds finds pages whose last advice is to write to support, and staff
// steps that nobody holds.
func (l *linter) deadEnds() {
	for _, p := range l.pages {
		if p.article != nil {
			if text, at := lastAdvice(p); knowledge.AsksSupport(text) {
				l.add("dead-end", Warning, p.place(at),
					fmt.Sprintf("%s ends in \"%s\": whoever has done all this starts again from nothing with an agent who knows none of it", p.name(), start(text)),
					openWith(p.title+" "+p.prose))
				l.caused(l.readers(p.article.URL))
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
			l.caused(l.waited(p, s.ID))
		}
	}
	if len(p.Steps) == 0 || handed {
		return
	}
	last := &p.Steps[len(p.Steps)-1]
	if text := last.Title + ". " + p.StepText(last.ID, "en"); last.By == knowledge.Customer && knowledge.AsksSupport(text) {
		l.add("dead-end", Warning, key(p, "steps[%d]", len(p.Steps)-1),
			fmt.Sprintf("The last step, %s, sends the customer to support, and nothing says what support then does", last.ID),
			"Make it a step by: staff with the capability it takes. "+openWith(p.Title+" "+p.Body))
		l.caused(l.waited(p, last.ID))
	}
}

// readers counts the tickets of those who had read a page.
func (l *linter) readers(url string) int {
	if l.o.Caused == nil || url == "" {
		return 0
	}
	return l.o.Caused.Read[knowledge.PageKey(url)]
}

// waited counts the tickets whose next step was that one, in the procedure
// itself or in one that has it as a prerequisite's.
func (l *linter) waited(p *knowledge.Procedure, step string) int {
	n := 0
	if l.o.Caused != nil {
		for key, tickets := range l.o.Caused.Next {
			if key == [2]string{p.ID, step} || key[1] == p.ID+"/"+step {
				n += tickets
			}
		}
	}
	return n
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

// openWith says which checks would open a dead end.
func openWith(text string) string {
	checks := knowledge.LikelyChecks(text)
	if checks == nil {
		return "Make a procedure of it (readback kb draft) that ends in a staff step with a capability, so that the ticket goes to whoever can do it."
	}
	return "Make a procedure of it (readback kb draft) that ends in a staff step with a capability, and put a check on the steps before: " +
		strings.Join(checks, ", ") + " would show what is still missing before anybody writes."
}
