package route

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/quick"
)

// stream plants outcomes: how often routes are right is told by share, by the
// confidence; whose word they are by turns.
func stream(seed uint64, n, people int, share func(confidence float64) float64) []Outcome {
	random := rand.New(rand.NewPCG(seed, 1))
	out := make([]Outcome, n)
	for i := range out {
		c := random.Float64()
		out[i] = Outcome{Confidence: c, Right: random.Float64() < share(c), Voice: fmt.Sprintf("usr_%d", i%people)}
	}
	return out
}

var policy = FloorBounds{Base: 0.35, Low: 0.2, High: 0.6}

// Shapes of how wrong an extractor can be about itself.
var shapes = map[string]func(float64) float64{
	"overconfident":  func(c float64) float64 { return c * c },
	"underconfident": math.Sqrt,
	"steps": func(c float64) float64 {
		if c < 0.5 {
			return 0.15
		}
		return 0.9
	},
	"says nothing": func(float64) float64 { return 0.7 },
	"right":        func(c float64) float64 { return c },
}

func TestCalibrationOfFreshOutcomes(t *testing.T) {
	for name, share := range shapes {
		c := Fit(stream(1, 2000, 12, share), policy)
		fresh := stream(2, 20000, 1, share)
		raw, said := make([]float64, len(fresh)), make([]float64, len(fresh))
		for i := range fresh {
			raw[i], said[i] = fresh[i].Confidence, c.Of(fresh[i].Confidence)
		}
		before, after := CalibrationError(fresh, raw), CalibrationError(fresh, said)
		t.Logf("%s: error %.3f before, %.3f after; told of itself %.3f, %.3f; floor %.2f", name, before, after, c.Error, c.After, c.Floor)
		if after >= 0.05 {
			t.Errorf("%s: the error on fresh outcomes is %.3f", name, after)
		}
		if name != "right" && before < 0.1 {
			t.Errorf("%s: nothing was to be learnt: %.3f", name, before)
		}
		if math.Abs(c.Error-before) > 0.05 || math.Abs(c.After-after) > 0.05 {
			t.Errorf("%s: it tells errors of %.3f and %.3f, they are %.3f and %.3f", name, c.Error, c.After, before, after)
		}
	}
}

func TestFloorFollows(t *testing.T) {
	for _, x := range []struct {
		name      string
		all       []Outcome
		low, high float64
		moved     Moved
	}{
		{"nothing yet", nil, 0.35, 0.35, MovedFew},
		{"too few", stream(3, FewestOutcomes-1, 9, shapes["overconfident"]), 0.35, 0.35, MovedFew},
		{"too few people", stream(3, 2000, FewestPeople-1, shapes["overconfident"]), 0.35, 0.35, MovedFew},
		{"overconfident", stream(3, 4000, 9, shapes["overconfident"]), 0.5, 0.6, ""}, // c² is 0.35 at 0.59
		{"as it says", stream(3, 4000, 9, shapes["right"]), 0.28, 0.42, ""},
		{"always wrong", stream(3, 2000, 9, func(float64) float64 { return 0 }), 0.6, 0.6, MovedBounded},
		{"always right", stream(3, 2000, 9, func(float64) float64 { return 1 }), 0.2, 0.2, MovedBounded},
	} {
		c := Fit(x.all, policy)
		if c.Floor < x.low || c.Floor > x.high || x.moved != "" && c.Moved != x.moved {
			t.Errorf("%s: floor %.3f, %s", x.name, c.Floor, c.Moved)
		}
	}
	if c := Fit(nil, FloorBounds{Base: 0.35, Low: 0.5, High: 0.9}); c.Floor != 0.5 || c.Of(0.4) != 0.4 || len(c.Bins) != 10 {
		t.Errorf("bounds hold without outcomes: %+v", c)
	}
}

// However much one person says, the floor is where all the others' outcomes
// put it, or nearer to the policy's; and within its bounds.
func TestOnePersonMovesNothing(t *testing.T) {
	for name, share := range shapes {
		honest := stream(4, 1500, 6, share)
		counts := map[string]int{}
		for i := range honest {
			counts[honest[i].Voice]++
		}
		without := policy.clamp(reaches(isotonic(honest, weights(counts, maxShare)), policy.Base))
		for _, wants := range []bool{true, false} {
			all := append([]Outcome{}, honest...)
			for i := range 10000 {
				all = append(all, Outcome{Confidence: float64(i%1000) / 1000, Right: wants, Voice: "usr_hostile"})
			}
			c := Fit(all, policy)
			if c.Floor < min(without, policy.Base)-1e-9 || c.Floor > max(without, policy.Base)+1e-9 || c.Floor < policy.Low || c.Floor > policy.High {
				t.Errorf("%s: one who says %v always moved the floor from %.3f to %.3f", name, wants, without, c.Floor)
			}
			if c.Largest != "usr_hostile" || c.Share < 0.8 {
				t.Errorf("%s: it does not tell who says most: %s %.2f", name, c.Largest, c.Share)
			}
		}
	}
	// Five who agree are not one person.
	all := stream(4, 1500, 6, shapes["right"])
	for i := range 3000 {
		all = append(all, Outcome{Confidence: float64(i%1000) / 1000, Voice: fmt.Sprintf("usr_other_%d", i%5)})
	}
	if c := Fit(all, policy); c.Moved != MovedUp && c.Moved != MovedBounded {
		t.Errorf("five people: %.3f %s", c.Floor, c.Moved)
	}
}

func TestNobodyWeighsMoreThanAThird(t *testing.T) {
	for _, sizes := range [][]int{{1, 1, 1}, {1000, 1, 1}, {1000, 900, 1}, {5, 4, 3, 2, 1}, {100, 100, 3, 2}, {1, 2, 3, 4, 1000}} {
		counts, total := map[string]int{}, 0.
		for i, n := range sizes {
			counts[fmt.Sprint(i)] = n
		}
		w := weights(counts, maxShare)
		for who, n := range counts {
			total += w[who] * float64(n)
		}
		for who, n := range counts {
			if w[who] > 1 || w[who] <= 0 || w[who]*float64(n) > total/3+1e-9 {
				t.Errorf("%v: %s weighs %.3f of %.3f", sizes, who, w[who]*float64(n), total)
			}
		}
	}
}

// The map never falls, stays between 0 and 1, and is the same for outcomes in
// any order.
func TestIsotonic(t *testing.T) {
	holds := func(seed uint64, n uint16) bool {
		all := stream(seed, int(n%700), 4, func(c float64) float64 { return math.Abs(math.Sin(9 * c)) })
		one := map[string]float64{"usr_0": 1, "usr_1": 0.5, "usr_2": 1, "usr_3": 0}
		knots := isotonic(all, one)
		for i, k := range knots {
			if k.X < 0 || k.X > 1 || k.Y < 0 || k.Y > 1 || i > 0 && (k.X <= knots[i-1].X || k.Y < knots[i-1].Y) {
				t.Logf("knots %v", knots)
				return false
			}
		}
		for target := 0.; target <= 1; target += 0.125 {
			if x := reaches(knots, target); x > 0 && x < 1 && math.Abs(at(knots, x)-target) > 1e-6 {
				t.Logf("%v reaches %v at %v", knots, target, x)
				return false
			}
		}
		return true
	}
	if err := quick.Check(holds, &quick.Config{MaxCount: 200}); err != nil {
		t.Error(err)
	}
}
