package knowledge_test

import (
	"fmt"
	"testing"

	"readback/examples"
	"readback/knowledge"
)

func TestSearch(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	// Distractors that share words with the real procedure.
	for i := range 100 {
		w.Procedures = append(w.Procedures, knowledge.Procedure{ID: fmt.Sprintf("x%03d", i),
			Title: fmt.Sprintf("Domain record number %d for links", i), Body: "Open Settings and add the record to your DNS."})
	}
	ix, err := knowledge.NewIndex(w)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Please enable secure https links for our click tracking":                                 "https-click-tracking",
		"Prosimy o włączenie HTTPS dla śledzenia kliknięć, certyfikat działa":                     "https-click-tracking",
		"I followed http://www.docs.sendline.example/ssl-for-links?x=1 and now I wait for you":    "https-click-tracking",
		"the browser says our tracked links are not secure (link.foxglove.example, me@a.example)": "https-click-tracking",
	} {
		hits := ix.Search(text, 5)
		if len(hits) == 0 || hits[0].Procedure.ID != want {
			t.Errorf("%q: %v", text, hits)
		}
	}
	for _, text := range []string{"", "   ", "https://other.example/x", "\xff\xfe"} {
		if hits := ix.Search(text, 5); len(hits) > 0 {
			t.Errorf("%q: %v", text, hits)
		}
	}
}
