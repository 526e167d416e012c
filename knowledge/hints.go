package knowledge

import "regexp"

// contact is the advice to write to support, in the languages of the examples.
var contact = regexp.MustCompile(`(?i)\b(?:contact|write to|reach out to|get in touch with|email|e-mail|call|message|ask|open a (?:ticket|case|request) with|(?:submit|raise|open|file) a (?:support )?(?:ticket|case|request))(?: (?:our|the|us|customer|sendline|your))*(?: (?:support|help ?desk|team|us|agents?)\b|[.!]|$)` +
	`|(?:kontaktiere|wende dich an|schreib\w* (?:an|dem)|kontaktieren sie|wenden sie sich an)[^.]{0,30}support|skontaktuj się|napisz do (?:nas|pomocy|wsparcia)|(?:contacta|contacte|escribe a|escriba a)[^.]{0,20}(?:soporte|asistencia)|contactez|サポートに(?:連絡|お問い合わせ)`)

// AsksSupport reports whether a text tells its reader to write to support.
func AsksSupport(text string) bool { return contact.MatchString(text) }

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

// LikelyChecks names the checks that would see what a text speaks of, by its
// words; nil when none comes to mind.
func LikelyChecks(text string) []string {
	var checks []string
	for _, o := range openers {
		if o.words.MatchString(text) {
			checks = append(checks, o.check)
		}
	}
	return checks
}
