package main

import (
	"reflect"
	"testing"
	"time"

	"readback/examples"
	"readback/knowledge"
	"readback/store"
)

// The made-up past is the same at each start, has all that the pages of figures and
// of confidence are made of, and tells its story: routes get better, and what
// there is to discover is in Polish tickets about HTTPS alone.
func TestHistoryTellsItsStory(t *testing.T) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	all := history(w, now)
	if !reflect.DeepEqual(all, history(w, now)) {
		t.Error("two starts have two pasts")
	}
	tickets, bounced, wrong := map[string]int{}, map[string]int{}, map[string]int{}
	people, days := map[any]bool{}, map[string]bool{}
	for i := range all {
		moves, first := 0, all[i].Events[0].At
		days[first.Format(time.DateOnly)] = true
		group, spell := "others", "early"
		if ago := int(now.Sub(first).Hours() / 24); ago < routesFrom {
			spell = "late"
		}
		for _, e := range all[i].Events {
			switch e.Kind {
			case store.EventTriaged:
				if sure, ok := e.Data["confidence"].(float64); !ok || sure <= 0 || sure >= 1 || e.Data["workspace"] == "" || e.Data["version"] == 0 {
					t.Fatalf("a reading that does not say how sure it is, or by what it was made: %v", e.Data)
				}
				if e.Data["language"] == "pl" && e.Data["topic"] == "https-click-tracking" {
					group = "polish"
				}
			case store.EventRerouted, store.EventReplied:
				people[e.Data["by"]] = true
				if e.Kind == store.EventRerouted {
					moves++
				}
			}
			if e.At.After(now) {
				t.Errorf("something happens after now, at %v", e.At)
			}
		}
		tickets[group+" "+spell]++
		tickets[spell]++
		if moves >= 2 {
			bounced[group+" "+spell]++
		}
		if moves > 0 && group == "others" {
			wrong[spell]++
		}
	}
	if len(days) != historyDays || len(people) != generatedPeople {
		t.Errorf("%d days, %d people", len(days), len(people))
	}
	share := func(of map[string]int, name, all string) float64 { return float64(of[name]) / float64(tickets[all]) }
	if late, early, others := share(bounced, "polish late", "polish late"), share(bounced, "polish early", "polish early"), share(bounced, "others late", "others late"); late < 0.4 || late < 5*early || late < 10*others {
		t.Errorf("bounced: %.2f of the Polish tickets about HTTPS, %.2f before, %.2f of others", late, early, others)
	}
	if early, late := share(wrong, "early", "others early"), share(wrong, "late", "others late"); late > early*0.8 {
		t.Errorf("routes do not get better: %.2f, then %.2f were wrong", early, late)
	}
}
