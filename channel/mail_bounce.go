package channel

import (
	"bytes"
	"regexp"
	"strings"
)

// Bounce is what a notice tells of another mail (RFC 3464).
type Bounce struct {
	Original  string // Message-ID of the mail it is about; "" when it does not show it
	Recipient string // whom that mail did not reach; "" when it does not say
	Status    string // such as 5.1.1 (RFC 3463); "" when it does not say
	Failed    bool   // it did not arrive and will not be tried again
	Reason    string // what the receiving server said, one line
}

var (
	daemons     = regexp.MustCompile(`(?i)^(mailer-daemon|mail-daemon|mailerdaemon|mdaemon|bounce|bounces|mailsystem|maildelivery)([+@=-]|$)`)
	failedHead  = regexp.MustCompile(`(?i)(undeliver|delivery (status notification|failure|has failed|failed|notification|incomplete)|mail delivery|returned mail|returned to sender|failure notice|unzustellbar|nicht zugestellt|non remis|échec|no se pudo entregar|no entregado|mancato recapito|impossibile recapitare|nie można dostarczyć|niedostarczon|zwrot|onbestelbaar|não entregue|olevererbart|kunne ikke leveres|nedoručiteln|配信不能|不達|退信|недоставлен|не доставлен|iletilemedi)`)
	statusCode  = regexp.MustCompile(`\b([245]\.\d{1,3}\.\d{1,3})\b`)
	replyCode   = regexp.MustCompile(`(?m)(?:^|[\s:<>])([45]\d\d)[ -](?:[245]\.\d{1,3}\.\d{1,3}\s)?(.{3,200})$`)
	originalID  = regexp.MustCompile(`(?im)^[>\s|]*Message-ID:\s*(<[^<>\s]{3,998}>)`)
	failedTo    = regexp.MustCompile(`(?im)^\s*(?:<([^<>\s]+@[^<>\s]+)>:?|(?:final-recipient|original-recipient):\s*(?:rfc822;)?\s*<?([^<>\s;]+@[^<>\s;]+?)>?)\s*(?:$|[:(])`)
	failedWords = regexp.MustCompile(`(?i)(permanent(ly)? (error|fail)|could not be delivered|couldn't be delivered|wasn't delivered|was not delivered|user unknown|unknown user|no such user|address not found|does not exist|mailbox (unavailable|full|not found)|550|553|554|5\.\d\.\d)`)
)

// readBounce reads a notice about the delivery of another mail, in the form of
// RFC 3464 or in those that servers made up; nil when it is none.
func readBounce(m *Mail, h header, b *mailBody) *Bounce {
	var status, original []byte
	for _, l := range b.parts {
		switch l.kind {
		case "message/delivery-status", "message/global-delivery-status":
			status = l.content
		case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "message/global":
			original = l.content
		}
	}
	from := m.Customer.Email
	daemon := daemons.MatchString(from) || strings.HasPrefix(strings.ToLower(from), "postmaster@") && failedHead.MatchString(m.Subject) || strings.Trim(h.first("Return-Path"), " ") == "<>" && failedHead.MatchString(m.Subject)
	if status == nil && !(daemon && (failedHead.MatchString(m.Subject) || h.first("X-Failed-Recipients") != "" || failedWords.MatchString(b.text))) {
		return nil
	}
	out := &Bounce{Recipient: firstAddress(h.first("X-Failed-Recipients"))}
	out.readStatus(status)
	if original != nil {
		out.Original = bareID(readHeader(asLines(original)).first("Message-ID"))
	}
	text := b.text[:min(len(b.text), 256<<10)]
	if out.Original == "" {
		if found := originalID.FindStringSubmatch(text); found != nil {
			out.Original = bareID(found[1])
		}
	}
	if out.Original == "" && len(m.Answers) > 0 {
		out.Original = m.Answers[len(m.Answers)-1]
	}
	if status == nil {
		out.guess(text)
	}
	return out
}

// readStatus reads the fields of a message/delivery-status part: those of the
// message, then those of each recipient. The first that failed tells.
func (o *Bounce) readStatus(status []byte) {
	status = bytes.ReplaceAll(status, []byte("\r\n"), []byte("\n"))
	for block := range bytes.SplitSeq(status, []byte("\n\n")) {
		h := readHeader(block)
		get := func(name string) string {
			_, value, typed := strings.Cut(h.first(name), ";")
			if !typed {
				value = h.first(name)
			}
			return strings.TrimSpace(value)
		}
		action := strings.ToLower(h.first("Action"))
		if action == "" && h.first("Final-Recipient") == "" {
			continue
		}
		failed := strings.HasPrefix(action, "fail") || action == "" && strings.HasPrefix(h.first("Status"), "5")
		if o.Failed && !failed || o.Status != "" && !failed {
			continue
		}
		first := !o.Failed
		o.Failed = o.Failed || failed
		if first {
			o.Status = statusCode.FindString(h.first("Status"))
			o.Reason = shortLine(get("Diagnostic-Code"))
			if to := firstAddress(get("Original-Recipient")); to != "" {
				o.Recipient = to
			} else if to := firstAddress(get("Final-Recipient")); to != "" {
				o.Recipient = to
			}
		}
	}
}

// guess reads a notice that is only words.
func (o *Bounce) guess(text string) {
	o.Failed = failedWords.MatchString(text)
	o.Status = statusCode.FindString(text)
	if found := replyCode.FindStringSubmatch(text); found != nil {
		o.Reason = shortLine(found[0])
		o.Failed = o.Failed || found[1][0] == '5'
	}
	if o.Recipient == "" {
		if found := failedTo.FindStringSubmatch(text); found != nil {
			o.Recipient = clean(found[1] + found[2])
		}
	}
}

func firstAddress(s string) string {
	if found := bareAddress.FindString(s); found != "" {
		return clean(strings.TrimRight(found, "."))
	}
	return ""
}

// shortLine is a text on one line, at most 300 bytes.
func shortLine(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	return strings.ToValidUTF8(s[:min(len(s), 300)], "")
}
