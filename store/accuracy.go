package store

import (
	"context"
	"math"
	"time"

	"readback/triage"
)

// Accuracy is what a review found: the figure to show wherever it is said how
// often briefs or routes are right, always with its date and its interval.
type Accuracy struct {
	Review       string    // its id
	At           time.Time // when it ended
	From, To     time.Time // when its tickets came
	Tickets      int
	Imported     int // of them were read for the review, by rules alone and without checks
	Brief, Route Share
}

// Share is how many of some marks say right.
type Share struct {
	Right, Of int     // Of counts right and wrong
	Unclear   int     // beside Of
	Low, High float64 // of the share, 95%: Wilson's score interval; 0 and 1 when Of is 0
}

// Rate is the share that is right, 0..1; NaN when nothing could be told.
func (s Share) Rate() float64 { return float64(s.Right) / float64(s.Of) }

// ShareOf is the share of right ones among of, with its interval (E. B. Wilson,
// "Probable inference, the law of succession, and statistical inference", 1927).
func ShareOf(right, of int) Share {
	s := Share{Right: right, Of: of, High: 1}
	if of == 0 {
		return s
	}
	const z = 1.959964
	n, p := float64(of), float64(right)/float64(of)
	mid, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	s.Low, s.High = max(0, (mid-half)/(1+z*z/n)), min(1, (mid+half)/(1+z*z/n))
	return s
}

// Accuracy counts the marks of a review.
func (r *Review) Accuracy() Accuracy {
	count := func(is func(*Mark) MarkIs) Share {
		right, of, unclear := 0, 0, 0
		for i := range r.Marks {
			switch is(&r.Marks[i]) {
			case MarkRight:
				right, of = right+1, of+1
			case MarkWrong:
				of++
			case MarkUnclear:
				unclear++
			}
		}
		s := ShareOf(right, of)
		s.Unclear = unclear
		return s
	}
	imported := 0
	for i := range r.Marks {
		imported += number(r.Marks[i].Version == 0)
	}
	return Accuracy{Review: r.ID, At: r.EndedAt, From: r.From, To: r.To, Tickets: len(r.Marks), Imported: imported,
		Brief: count(func(m *Mark) MarkIs { return m.Brief }), Route: count(func(m *Mark) MarkIs { return m.Route })}
}

// LatestReview is what the newest finished review found. Errors: NotFound
// before the first: then no figure of accuracy may be claimed.
func (s *Store) LatestReview(ctx context.Context) (Accuracy, error) {
	list, err := s.Reviews(ctx, 1)
	if err != nil {
		return Accuracy{}, err
	}
	if len(list) == 0 {
		return Accuracy{}, triage.Errorf(triage.NotFound, "No review of past tickets was finished yet.")
	}
	return list[0].Accuracy(), nil
}
