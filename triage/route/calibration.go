package route

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Outcome is what became of one route that the table was sure of.
type Outcome struct {
	At         time.Time // when that was known
	Confidence float64   // the extractor's then, 0..1
	Right      bool      // docs/review.md says when
	Voice      string    // whose word that is: the id of a person
}

// ByTime sorts outcomes, the oldest first.
func ByTime(all []Outcome) {
	slices.SortStableFunc(all, func(a, b Outcome) int { return a.At.Compare(b.At) })
}

// FloorBounds say where the review floor may be, on the extractor's scale.
type FloorBounds struct {
	Base float64 `json:"base"` // the policy's floor: it holds until outcomes say otherwise
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func (b FloorBounds) clamp(floor float64) float64 { return min(max(floor, b.Low), b.High) }

// Knot is a point of a Calibration.
type Knot struct {
	X float64 `json:"x"` // the extractor's confidence
	Y float64 `json:"y"` // the share of such routes that are right
}

// Bin is a tenth of the scale of confidence, with what became of its routes.
type Bin struct {
	N          int     `json:"n"`
	Right      int     `json:"right"`
	Confidence float64 `json:"confidence"` // the mean; 0 when N is 0
	Calibrated float64 `json:"calibrated"` // the mean of what other outcomes make of it; 0 when N is 0
}

// Calibration says how often routes are right by the extractor's confidence,
// and where the review floor is therefore. The zero value changes nothing.
type Calibration struct {
	Knots    []Knot `json:"knots"` // by X; Y never falls; none = as the extractor says
	Outcomes int    `json:"outcomes"`
	People   int    `json:"people"`  // whose words they are
	Largest  string `json:"largest"` // who has most of them
	// Share is the largest part of the outcomes that rests on one person's
	// word, 0..1, before that is capped.
	Share float64 `json:"share"`
	Bins  []Bin   `json:"bins"` // ten
	// Error is the expected calibration error of the confidence as it is, After
	// that of the calibrated one, on outcomes that it was not made from; 0..1.
	Error float64 `json:"error"`
	After float64 `json:"after"`
	Floor float64 `json:"floor"` // on the extractor's scale
	Moved Moved   `json:"moved"`
}

// Moved says why a floor is where it is.
type Moved string

// Why a floor is where it is.
const (
	MovedFew     Moved = "few"     // too few outcomes or people: it is the policy's
	MovedNot     Moved = "not"     // outcomes agree with the policy's, or one person alone would have moved it
	MovedUp      Moved = "up"      //
	MovedDown    Moved = "down"    //
	MovedBounded Moved = "bounded" // outcomes would have it beyond a bound
)

const (
	// FewestOutcomes and FewestPeople are what it takes to move the floor.
	FewestOutcomes = 200
	FewestPeople   = 3

	// maxShare caps what one person's word weighs: no one has more than a third.
	maxShare = 1. / FewestPeople

	// priorWeight is what the extractor's own word weighs in each tenth of the
	// scale, in outcomes: it decides where hardly anything happened yet.
	priorWeight = 5.

	bins = 10
)

// Fit calibrates confidence by outcomes, and lets the floor follow within its
// bounds. A confidence then means how often such routes are right, and the
// floor stands where that share reaches the policy's floor.
//
// The map is an isotonic regression by pool-adjacent-violators (Ayer, Brunk,
// Ewing, Reid and Silverman, "An empirical distribution function for sampling
// with incomplete information", 1955; for classifiers Zadrozny and Elkan,
// 2002), joined by straight lines, with the extractor's own word as a weak
// prior. No one person's word weighs more than a third. And the floor moves
// only as far as it also would without any one of them, whoever that is: one
// person can keep it where it is, and cannot move it.
func Fit(all []Outcome, b FloorBounds) Calibration {
	c := Calibration{Outcomes: len(all), Floor: b.clamp(b.Base), Moved: MovedFew}
	counts := map[string]int{}
	for i := range all {
		counts[all[i].Voice]++
	}
	c.People = len(counts)
	for who, n := range counts {
		if share := float64(n) / float64(len(all)); share > c.Share || share == c.Share && who < c.Largest {
			c.Largest, c.Share = who, share
		}
	}
	c.measure(all)
	if c.Outcomes < FewestOutcomes || c.People < FewestPeople {
		return c
	}
	c.Knots = isotonic(all, weights(counts, maxShare))
	c.follow(all, counts, b)
	return c
}

// follow sets the floor.
func (c *Calibration) follow(all []Outcome, counts map[string]int, b FloorBounds) {
	low := reaches(c.Knots, b.Base)
	high := low
	for who := range counts {
		without := map[string]int{}
		for other, n := range counts {
			if other != who {
				without[other] = n
			}
		}
		// Of two who are left each may weigh a half.
		f := reaches(isotonic(all, weights(without, 1/float64(min(FewestPeople, len(without))))), b.Base)
		low, high = min(low, f), max(high, f)
	}
	want := b.Base
	switch {
	case low > b.Base:
		want, c.Moved = low, MovedUp
	case high < b.Base:
		want, c.Moved = high, MovedDown
	default:
		c.Moved = MovedNot
	}
	if c.Floor = b.clamp(want); c.Floor != want {
		c.Moved = MovedBounded
	}
}

// Of returns what share of routes with that confidence is right.
func (c *Calibration) Of(confidence float64) float64 { return at(c.Knots, confidence) }

// at reads a map between its knots; without any it is the confidence itself.
func at(knots []Knot, x float64) float64 {
	if len(knots) == 0 {
		return x
	}
	i, _ := slices.BinarySearchFunc(knots, x, func(k Knot, x float64) int { return cmp.Compare(k.X, x) })
	switch {
	case i == 0:
		return knots[0].Y
	case i == len(knots):
		return knots[i-1].Y
	}
	a, b := knots[i-1], knots[i]
	return a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X)
}

// reaches is the least confidence whose share reaches a target: 1 when none does.
func reaches(knots []Knot, target float64) float64 {
	for i, k := range knots {
		if k.Y < target {
			continue
		}
		if i == 0 {
			return 0
		}
		a := knots[i-1]
		return a.X + (k.X-a.X)*(target-a.Y)/(k.Y-a.Y)
	}
	return 1
}

// weights says what one outcome of each person weighs, so that nobody has more
// than share of all weight. Those who have more are cut to what makes it so.
func weights(counts map[string]int, share float64) map[string]float64 {
	sizes := make([]float64, 0, len(counts))
	rest := 0.
	for _, n := range counts {
		sizes, rest = append(sizes, float64(n)), rest+float64(n)
	}
	slices.SortFunc(sizes, func(a, b float64) int { return cmp.Compare(b, a) })
	most := math.Inf(1) // what one person may weigh
	for k := range sizes {
		// With the k largest cut to most: total = k*most + rest and most = share*total.
		if free := 1 - float64(k)*share; free > 1e-9 && sizes[k] <= share*rest/free {
			if k > 0 {
				most = share * rest / free
			}
			break
		}
		if rest -= sizes[k]; rest <= 0 || 1-float64(k+1)*share <= 1e-9 { // all are equal then
			most = sizes[k]
			break
		}
	}
	out := make(map[string]float64, len(counts))
	for who, n := range counts {
		out[who] = min(1, most/float64(n))
	}
	return out
}

// block is a run of outcomes whose share of right ones is one figure.
type block struct{ w, wx, wy float64 }

// isotonic fits a share that never falls with the confidence. Voices without a
// weight do not count.
func isotonic(all []Outcome, weight map[string]float64) []Knot {
	const grain = 200 // confidences are told apart by so much of the scale
	points := make([]block, grain+1)
	for i := range all {
		o := &all[i]
		w := weight[o.Voice]
		p := &points[int(math.Round(min(max(o.Confidence, 0), 1)*grain))]
		p.w, p.wx = p.w+w, p.wx+w*o.Confidence
		if o.Right {
			p.wy += w
		}
	}
	for i := range bins {
		x := (float64(i) + 0.5) / bins
		p := &points[int(math.Round(x*grain))]
		p.w, p.wx, p.wy = p.w+priorWeight, p.wx+priorWeight*x, p.wy+priorWeight*x
	}
	var pools []block
	for _, p := range points {
		if p.w == 0 {
			continue
		}
		pools = append(pools, p)
		for n := len(pools); n > 1 && pools[n-2].wy*pools[n-1].w >= pools[n-1].wy*pools[n-2].w; n-- {
			a, b := pools[n-2], pools[n-1]
			pools = append(pools[:n-2], block{a.w + b.w, a.wx + b.wx, a.wy + b.wy})
		}
	}
	knots := make([]Knot, len(pools))
	for i, p := range pools {
		knots[i] = Knot{p.wx / p.w, p.wy / p.w}
	}
	return knots
}

// folds is into how many parts outcomes are divided to measure a calibration
// on what it was not made from.
const folds = 5

// measure fills the bins and both errors.
func (c *Calibration) measure(all []Outcome) {
	c.Bins = make([]Bin, bins)
	calibrated := make([]float64, len(all))
	fold := rand.New(rand.NewPCG(uint64(len(all)), folds)).Perm(len(all)) //nolint:gosec // the same each time
	for f := range folds {
		var others []Outcome
		counts := map[string]int{}
		for i := range all {
			if fold[i]%folds != f {
				others = append(others, all[i])
				counts[all[i].Voice]++
			}
		}
		knots := isotonic(others, weights(counts, 1/float64(max(1, min(FewestPeople, len(counts))))))
		for i := range all {
			if fold[i]%folds == f {
				calibrated[i] = at(knots, all[i].Confidence)
			}
		}
	}
	as := make([]float64, len(all))
	for i := range all {
		o := &all[i]
		as[i] = o.Confidence
		b := &c.Bins[binOf(o.Confidence)]
		b.N, b.Confidence, b.Calibrated = b.N+1, b.Confidence+o.Confidence, b.Calibrated+calibrated[i]
		if o.Right {
			b.Right++
		}
	}
	for i := range c.Bins {
		if b := &c.Bins[i]; b.N > 0 {
			b.Confidence, b.Calibrated = b.Confidence/float64(b.N), b.Calibrated/float64(b.N)
		}
	}
	c.Error, c.After = CalibrationError(all, as), CalibrationError(all, calibrated)
}

func binOf(p float64) int { return min(max(int(p*bins), 0), bins-1) }

// CalibrationError is the expected calibration error in ten bins: how far the
// mean of what was said of outcomes is from the share that is right, weighted
// by the outcomes of each bin (Naeini, Cooper and Hauskrecht, 2015). said has
// a probability for each outcome.
func CalibrationError(all []Outcome, said []float64) float64 {
	var n, sum, right [bins]float64
	for i := range all {
		b := binOf(said[i])
		n[b], sum[b] = n[b]+1, sum[b]+said[i]
		if all[i].Right {
			right[b]++
		}
	}
	total := 0.
	for b := range n {
		total += math.Abs(sum[b] - right[b])
	}
	if len(all) == 0 {
		return 0
	}
	return total / float64(len(all))
}
