package guard

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// What a mention finds where its heads stand is what it finds anywhere.
func TestOpenedMentionsFindTheSame(t *testing.T) {
	for _, name := range []string{"shaping", "unseen", "fresh", "threads"} {
		data, err := os.ReadFile("testdata/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			same(t, line)
		}
	}
}

func FuzzMentions(f *testing.F) {
	for _, s := range []string{"My order is 4711-22, invoice no. INV-2026/77, and acct 42-1.", "order order 12-3reference: #ab-12/4", "Kd.-Nr. 4471, numer klienta 8812", "Error code E-4711x błąd 502 KOD: 17", "user id 77a, İd 12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { same(t, s) })
}

func same(t *testing.T, text string) {
	low := strings.ToLower(text)
	if len(low) != len(text) || strings.ContainsAny(text, "ſ") { // letters that are one with another only by case
		return
	}
	for i := range mentions {
		m := &mentions[i]
		if m.at == nil {
			continue
		}
		if got, want := m.all(text, low), m.find.FindAllStringSubmatchIndex(text, mostMentions); !reflect.DeepEqual(got, want) {
			t.Errorf("%s in %q: at its heads %v, anywhere %v", m.topic, text, got, want)
		}
	}
}
