package channel

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"readback/triage"
)

// Sample makes a request to the hook of a source as its provider would, with
// the source's own secret, and takes it in short of storing it. Errors: as
// Admit and Read; Invalid for a source that is read by IMAP, or whose sender
// alone can sign.
func (s *MailSource) Sample(now time.Time) error {
	if s.Provider == ProviderIMAP || len(s.Secrets) == 0 {
		return triage.Errorf(triage.Invalid, "no_sample")
	}
	mail := fmt.Sprintf("From: Readback test <test@readback.example>\r\nTo: test@readback.example\r\nSubject: Test\r\nMessage-ID: <test@readback.example>\r\nDate: %s\r\n\r\nHello from the page of connections.\r\n", now.Format(time.RFC1123Z))
	contentType, body := "message/rfc822", []byte(mail)
	switch s.Provider {
	case ProviderSendGrid:
		contentType, body = formOf(map[string]string{"email": mail, "charsets": `{"to":"UTF-8"}`})
	case ProviderMailgun:
		stamp, token := strconv.FormatInt(now.Unix(), 10), "test"
		m := hmac.New(sha256.New, []byte(s.Secrets[0]))
		m.Write([]byte(stamp + token))
		contentType, body = formOf(map[string]string{"timestamp": stamp, "token": token, "signature": hex.EncodeToString(m.Sum(nil)), "body-mime": mail, "recipient": "test@readback.example", "sender": "test@readback.example"})
	case ProviderPostmark:
		contentType = "application/json"
		body, _ = json.Marshal(map[string]string{"RawEmail": mail, "From": "test@readback.example", "Subject": "Test", "TextBody": "Hello"}) // strings are no fault
	}
	r, err := http.NewRequest(http.MethodPost, "http://localhost/hooks/email/"+s.Name, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	r.SetBasicAuth("anybody", s.Secrets[0])
	if err := s.Admit(r); err != nil {
		return err
	}
	_, err = s.Read(r.Header, body, now)
	return err
}

func formOf(fields map[string]string) (contentType string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		_ = w.WriteField(name, value) // into memory
	}
	_ = w.Close()
	return w.FormDataContentType(), b.Bytes()
}
