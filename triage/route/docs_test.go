package route_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// Scripts and people look reason codes up in docs/routing.md: each is there.
func TestEveryReasonIsDocumented(t *testing.T) {
	manual, err := os.ReadFile("../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := os.ReadFile("../catalogue/en/route.json")
	if err != nil {
		t.Fatal(err)
	}
	var sentences map[string]any
	if err := json.Unmarshal(catalogue, &sentences); err != nil {
		t.Fatal(err)
	}
	for code := range sentences {
		if strings.HasPrefix(code, "route.") && !strings.Contains(string(manual), "`"+code+"`") {
			t.Errorf("%s is not in docs/routing.md", code)
		}
	}
}
