package eval

import (
	"slices"
	"strings"
	"testing"
)

func TestShortest(t *testing.T) {
	for name, tc := range map[string]struct {
		spans []Span
		want  []int
	}{
		"apart":                          {[]Span{{1, 0, 10}, {1, 10, 20}}, []int{0, 1}},
		"one in the other":               {[]Span{{1, 0, 50}, {1, 10, 20}}, []int{1}},
		"half of the shorter is no more": {[]Span{{1, 0, 20}, {1, 15, 25}}, []int{0, 1}},            // 5 of 10
		"more than half":                 {[]Span{{1, 0, 20}, {1, 14, 24}}, []int{1}},               // 6 of 10
		"the same place twice":           {[]Span{{1, 5, 9}, {1, 5, 9}}, []int{0}},                  //
		"equals: the first in the text":  {[]Span{{1, 14, 24}, {1, 10, 20}}, []int{1}},              // 6 of 10
		"other messages do not overlap":  {[]Span{{1, 0, 10}, {2, 0, 10}}, []int{0, 1}},             //
		"a chain loses its middle":       {[]Span{{1, 0, 10}, {1, 4, 15}, {1, 9, 19}}, []int{0, 2}}, // 6 of 10 and 6 of 10; the ends share 1
		"what a loser covered stays":     {[]Span{{1, 0, 10}, {1, 4, 16}, {1, 9, 100}}, []int{0, 2}},
		"nothing":                        {nil, nil},
	} {
		if got := shortest(tc.spans); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestMayMatch(t *testing.T) {
	gold := Span{1, 100, 120} // 20 bytes: a prediction of up to 3 x 20 + 60 = 120
	for name, tc := range map[string]struct {
		predicted Span
		want      bool
	}{
		"the same":                  {Span{1, 100, 120}, true},
		"half of it":                {Span{1, 110, 140}, true},
		"one byte less than half":   {Span{1, 111, 140}, false},
		"another message":           {Span{2, 100, 120}, false},
		"exactly as long as may be": {Span{1, 50, 170}, true},
		"one byte longer":           {Span{1, 50, 171}, false},
		"apart":                     {Span{1, 120, 130}, false},
		"inside, too short":         {Span{1, 100, 109}, false},
	} {
		if got := mayMatch(tc.predicted, gold); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if mayMatch(Span{1, 5, 5}, Span{1, 5, 5}) {
		t.Error("an empty prediction matches an empty quote")
	}
}

func TestMatch(t *testing.T) {
	for name, tc := range map[string]struct {
		predicted, gold []Span
		want            []pair
	}{
		// 20/20 for the second prediction, 20/30 for the first.
		"the better overlap first": {[]Span{{1, 0, 30}, {1, 0, 20}}, []Span{{1, 0, 20}}, []pair{{1, 0}}},
		"one to one":               {[]Span{{1, 0, 20}}, []Span{{1, 0, 20}, {1, 0, 18}}, []pair{{0, 0}}},
		// 10/10, then 10/20 for what is left, though 10/10 is taken from it.
		"what is left is paired": {[]Span{{1, 0, 10}, {1, 0, 20}}, []Span{{1, 0, 10}, {1, 10, 20}}, []pair{{0, 0}, {1, 1}}},
		// Greedy, not optimal: 18/20 is taken first, and 10/20 (half of the
		// second quote) has no partner left.
		"greedy": {[]Span{{1, 0, 18}}, []Span{{1, 8, 28}, {1, 0, 20}}, []pair{{0, 1}}},
		// 20/25 and 15/25 twice: the first prediction, then the first quote.
		"a tie of predictions": {[]Span{{1, 5, 25}, {1, 0, 20}}, []Span{{1, 0, 25}}, []pair{{0, 0}}},
		"a tie of quotes":      {[]Span{{1, 10, 30}}, []Span{{1, 15, 35}, {1, 5, 25}}, []pair{{0, 0}}},
		"nothing":              {nil, []Span{{1, 0, 5}}, nil},
	} {
		if got := match(tc.predicted, tc.gold); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// Offsets are bytes: beyond ASCII they differ from characters.
func TestFirstOccurrenceInBytes(t *testing.T) {
	const text = `{"messages":[{"n":1,"role":"customer","text":"Zażółć. I checked it — twice. I checked it."}],` +
		`"done":[{"status":"done","quote":"I checked it","message":1}]}`
	tickets, err := ReadLines(strings.NewReader(text), "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	// Z a ż(2) ż... : "Zażółć. " is 6 letters, four of them of two bytes, and 2 more.
	if got, want := tickets[0].Done[0].Span, (Span{1, 12, 24}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}
