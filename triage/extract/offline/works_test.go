package offline_test

import (
	"testing"

	"readback/triage/extract/offline"
)

func TestWorksNow(t *testing.T) {
	for text, want := range map[string]bool{
		"Yes, it works now.": true,
		"Yes":                true,
		"Yes, thank you!":    true,
		"Confirmed.":         true,
		"All links open over https now, works for us.": true,
		"It's fixed, thanks a lot":                     true,
		"Tak, działa.":                                 true,
		"Działa, dziękujemy":                           true,
		"Ja, funktioniert jetzt.":                      true,
		"Sí, funciona":                                 true,
		"はい、動きました。":                                    true,
		"Yes, it works now.\n\nOn Fri, 20 Nov 2026 at 10:00, Support wrote:\n> Does it work? Is it broken?": true,
		"Yes, but only for the first domain.": false,
		"Does it work now?":                   false,
		"It doesn't work.":                    false,
		"It still does not work":              false,
		"Nie działa":                          false,
		"Es funktioniert nicht":               false,
		"No":                                  false,
		"Thanks":                              false,
		"It would be nice when it works":      false,
		"It works for one domain, the other fails": false,
		"The first is fixed, the second broken":    false,
		"Please tell me when it works":             false,
		"Out of office until Monday":               false,
		"動きません":                                    false,
		"":                                         false,
	} {
		if got := offline.WorksNow(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
