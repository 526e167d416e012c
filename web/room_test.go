package web

import (
	"testing"

	"readback/triage"
)

// TestRoom: small bodies need no place, large ones and those that do not say
// how long they are take one, and more than there are come again later.
func TestRoom(t *testing.T) {
	large := make(chan struct{}, 2)
	for _, length := range []int64{MaxHook + 1, -1} {
		if _, err := room(large, length); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := room(large, maxWidgetBody); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("a third: %v", err)
	}
	free, err := room(large, 100)
	if err != nil {
		t.Errorf("a small one: %v", err)
	}
	free()
	if len(large) != 2 {
		t.Errorf("a small one gave %d places back", 2-len(large))
	}
}

// Bodies in memory are bounded for each address and in all, and what is given
// back can be taken again.
func TestReserve(t *testing.T) {
	r := newReserve(10, 15)
	free, err := r.take("a", 6, 8)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.take("a", -1, 8); triage.CodeOf(err) != triage.Unavailable { // of unknown length: 8
		t.Errorf("one address: %v", err)
	}
	if _, err := r.take("b", 10, 10); triage.CodeOf(err) != triage.Unavailable {
		t.Errorf("all: %v", err)
	}
	if _, err := r.take("b", 9, 10); err != nil {
		t.Error(err)
	}
	free()
	if _, err := r.take("a", 6, 8); err != nil || len(r.of) != 2 {
		t.Errorf("given back: %v", err)
	}
}
