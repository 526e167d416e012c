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
