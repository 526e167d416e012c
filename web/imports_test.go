package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"readback/channel"
	"readback/examples"
	"readback/knowledge"
	"readback/store"
	"readback/web"
)

// uploadForm is the form of the page of imports.
func uploadForm(t testing.TB, fields map[string]string, name, text string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for key, value := range fields {
		if err := w.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// sendUpload sends it as somebody.
func (s *site) sendUpload(t *testing.T, who string, fields map[string]string, name, text string) (int, string) {
	t.Helper()
	body, contentType := uploadForm(t, fields, name, text)
	r, err := http.NewRequest("POST", s.URL+"/import", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.AddCookie(s.session(t, who))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	status, _, answer := send(t, r)
	return status, answer
}

// importPage opens the page until nothing runs on it.
func (s *site) importPage(t *testing.T) string {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		status, body := s.as(t, annAdmin, "GET", "/import")
		if status != 200 {
			t.Fatal(status, body)
		}
		if !strings.Contains(body, "<progress") {
			return body
		}
		if time.Now().After(deadline) {
			t.Fatal("the import does not end")
		}
	}
}

func has(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
}

func TestImportPage(t *testing.T) {
	folder := t.TempDir()
	usd := 1.25
	s := newSite(t, func(o *web.Options) {
		o.Demo, o.Uploads = false, folder
		o.Costs = func(channel.ExportSizes) []web.ReadingCost {
			return []web.ReadingCost{{Model: "owl-7b", To: "models.example", USD: &usd}}
		}
	})
	if status, _ := s.as(t, leoLead, "GET", "/import"); status != 403 {
		t.Errorf("a lead gets %d", status)
	}
	table := "Case Number;Author;Created at;Words\n4;Ann;2025-03-02 09:00:00;I did <b>it</b>\n4;Ola;2025-03-02 10:00:00;Do it\nbroken\n"
	if status, _ := s.sendUpload(t, annAdmin, map[string]string{"format": "owl"}, "a.csv", table); status != 422 && status != 400 {
		t.Errorf("an unknown format: %d", status)
	}
	if status, body := s.sendUpload(t, annAdmin, map[string]string{"format": "csv"}, "a.csv", table); status != 200 {
		t.Fatal(status, body)
	}
	has(t, s.importPage(t), "The files cannot be imported", "no column looks like the text of a message", "Case Number")
	if status, _ := s.sendUpload(t, annAdmin, map[string]string{"format": "csv", "map": "text=Words"}, "../../<a>.csv", table); status != 200 {
		t.Fatal(status)
	}
	has(t, s.importPage(t), "What is in the files", "ticket=Case Number", "text=Words", "1 ticket", "2 messages", "Nothing leaves this machine", "owl-7b", "models.example", "1.25 USD", "line 4", "&lt;a&gt;.csv")
	if status, _ := s.sendUpload(t, annAdmin, map[string]string{"format": "csv"}, "b.csv", table); status != 409 {
		t.Errorf("a second import beside it: %d", status)
	}
	// Another process finds it, as after a crash.
	ws, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	again, err := web.New(web.Options{Store: s.store, Workspace: ws, Uploads: folder, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if !again.ImportWaits() {
		t.Error("an import that was cut off is forgotten")
	}
	if status, _ := s.as(t, annAdmin, "POST", "/import/start"); status != 200 {
		t.Fatal(status)
	}
	body := s.importPage(t)
	has(t, body, "Imported", "1 record not understood", "Undo this import")
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("the files stay: %v, %v", left, err)
	}
	id, err := s.store.TicketBy(t.Context(), channel.SourceImport+"csv", "4")
	if err != nil {
		t.Fatal(err)
	}
	_, ticket := s.as(t, annAdmin, "GET", "/tickets/"+id)
	has(t, ticket, "Imported", "Ola")
	if status, _ := s.as(t, annAdmin, "POST", "/import/discard"); status != 200 {
		t.Error(status)
	}
	list, err := s.store.Imports(t.Context(), 1)
	if err != nil || len(list) != 1 || list[0].State != store.ImportDone {
		t.Fatal(list, err)
	}
	// Reading it is asked for; a model only after it was said what that would get.
	has(t, body, "1 ticket that nobody has read", "Read by rules", "Read by a model")
	_, body = s.as(t, annAdmin, "GET", "/import?read="+list[0].ID)
	has(t, body, "This would leave the machine: 2 messages", "1.25 USD", "Send and read")
	if status, _ := s.as(t, annAdmin, "POST", "/import/read?by=owl&id="+list[0].ID); status != 422 && status != 400 {
		t.Errorf("an unknown reader: %d", status)
	}
	if status, body := s.as(t, annAdmin, "POST", "/import/read?by=offline&id="+list[0].ID); status != 200 || !strings.Contains(body, "Being read by rules, while nothing else waits: 0 of 1") {
		t.Error(status, body)
	}
	if _, body := s.as(t, annAdmin, "POST", "/import/read?by=&id="+list[0].ID); !strings.Contains(body, "Read by rules") {
		t.Error("it does not stop: " + body)
	}
	if _, body := s.as(t, annAdmin, "POST", "/import/undo?id="+list[0].ID); !strings.Contains(body, "1 ticket taken out again") {
		t.Error("it is not undone: " + fmt.Sprint(body))
	}
}
