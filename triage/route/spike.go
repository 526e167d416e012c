package route

// Spikes are the terms that customers of late use far more often than they
// used to. Words that every complaint has ("since", "morning", "not") are as
// usual now as ever, in any language; "dashboard", from five customers at once,
// is not.
type Spikes map[string]bool

const (
	// spikeUsual is how many earlier reports tell what is usual; with fewer
	// nothing is told from words alone.
	spikeUsual = 50
	// spikeTimes is how many times its usual share a term needs.
	spikeTimes = 4
)

// FindSpikes compares the terms of recent reports with those of earlier ones.
// customers is how many must use a term.
func FindSpikes(recent []Report, before [][]string, customers int) Spikes {
	if len(before) < spikeUsual {
		return nil
	}
	usual := map[string]int{}
	for _, terms := range before {
		for _, term := range terms {
			usual[term]++
		}
	}
	who := map[string]map[string]bool{}
	for i := range recent {
		for _, term := range recent[i].Terms {
			if who[term] == nil {
				who[term] = map[string]bool{}
			}
			who[term][recent[i].Customer] = true
		}
	}
	out := Spikes{}
	for term, customersOf := range who {
		// One more than was seen: what never came before is rare, not impossible.
		expected := float64(usual[term]+1) / float64(len(before)) * float64(len(recent))
		if n := len(customersOf); n >= customers && float64(n) >= spikeTimes*expected {
			out[term] = true
		}
	}
	return out
}

// share reports whether two sorted lists of terms have a spike in common.
func (s Spikes) share(a, b []string) bool {
	for _, term := range common(a, b) {
		if s[term] {
			return true
		}
	}
	return false
}
