package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"time"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

const (
	// calibrateEvery is the time between two calibrations by the desk itself.
	calibrateEvery = 24 * time.Hour
	// calibrateDays and calibrateTickets bound what a calibration rests on: the
	// desk changes, and what was true of an older version is not of this one.
	calibrateDays    = 90
	calibrateTickets = 20000
)

// Calibration is a version of what outcomes make of the confidence. The log of
// events is the truth: Calibrate makes it anew from there.
type Calibration struct {
	Version int
	At      time.Time
	UserID  string // who asked for it; "" = the desk itself, once a day
	Bounds  route.FloorBounds
	SetBy   string // the lead who set the bounds; "" = the policy did
	kept
}

// kept is what is worked out, as it is stored.
type kept struct {
	route.Calibration
	// Versions are what changed of the desk in the 60 days before, the newest first.
	Versions []Versioned `json:"versions"`
}

// Bounds are those that a lead sets for the review floor. A nil of either
// gives the policy's back.
type Bounds struct{ Low, High *float64 }

// Calibrate makes the next version from the outcomes of the last 90 days, and
// the review floor follows. bounds are a lead's new ones, nil to keep those
// that hold. by is who asks; no ID stands for the desk itself.
// Errors: Invalid for bounds outside 0.05..0.95 or the wrong way round.
func (s *Store) Calibrate(ctx context.Context, by Actor, p *knowledge.Policy, bounds *Bounds) (Calibration, error) {
	all, err := s.Outcomes(ctx, s.now().AddDate(0, 0, -calibrateDays), calibrateTickets)
	if err != nil {
		return Calibration{}, err
	}
	c := Calibration{UserID: by.ID}
	if c.Versions, err = s.versions(ctx); err != nil {
		return Calibration{}, err
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		last, err := calibrationIn(ctx, tx)
		if err != nil && triage.CodeOf(err) != triage.NotFound {
			return err
		}
		c.Version, c.At = last.Version+1, s.now()
		c.Bounds, c.SetBy = route.FloorBounds{Base: p.Floor, Low: p.FloorLow, High: p.FloorHigh}, ""
		switch {
		case bounds == nil && last.SetBy != "":
			c.Bounds.Low, c.Bounds.High, c.SetBy = last.Bounds.Low, last.Bounds.High, last.SetBy
		case bounds != nil && bounds.Low != nil && bounds.High != nil:
			c.Bounds.Low, c.Bounds.High, c.SetBy = *bounds.Low, *bounds.High, by.ID
		}
		if b := c.Bounds; c.SetBy != "" && !(b.Low >= 0.05 && b.Low <= b.High && b.High <= 0.95) {
			return triage.Errorf(triage.Invalid, "The review floor lies between two numbers from 0.05 to 0.95, the lower one first.")
		}
		c.Calibration = route.Fit(all, c.Bounds)
		fit, err := triage.JSON(&c.kept)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO calibrations (version, at, user_id, base, low, high, set_by, floor, fit) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
			c.Version, micros(c.At), c.UserID, c.Bounds.Base, c.Bounds.Low, c.Bounds.High, c.SetBy, c.Floor, string(fit))
		if err != nil {
			return err
		}
		data := map[string]any{"version": c.Version, "floor": c.Floor, "was": last.Floor, "low": c.Bounds.Low, "high": c.Bounds.High,
			"outcomes": c.Outcomes, "people": c.People, "moved": c.Moved, "bounds": bounds != nil}
		if by.ID != "" {
			if err := s.audit(ctx, tx, by, "floor.set", "", data); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, EventCalibrated, "", c.At, data)
	})
	return c, err
}

// Calibration is the one that holds. Errors: NotFound before the first.
func (s *Store) Calibration(ctx context.Context) (c Calibration, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		c, err = calibrationIn(ctx, tx)
		return err
	})
	return c, err
}

const calibrationColumns = `version, at, user_id, base, low, high, set_by, fit`

func calibrationIn(ctx context.Context, tx *sql.Tx) (Calibration, error) {
	c, err := scanCalibration(tx.QueryRowContext(ctx, `SELECT `+calibrationColumns+` FROM calibrations ORDER BY version DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		err = triage.Errorf(triage.NotFound, "Confidence was not calibrated yet.")
	}
	return c, err
}

func scanCalibration(row interface{ Scan(...any) error }) (c Calibration, err error) {
	var at int64
	var fit []byte
	if err = row.Scan(&c.Version, &at, &c.UserID, &c.Bounds.Base, &c.Bounds.Low, &c.Bounds.High, &c.SetBy, &fit); err != nil {
		return c, err
	}
	c.At = fromMicros(at)
	return c, json.Unmarshal(fit, &c.kept)
}

// Calibrations are the versions in which the floor or its bounds changed, the
// newest first, n at most.
func (s *Store) Calibrations(ctx context.Context, n int) (out []Calibration, err error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+calibrationColumns+` FROM calibrations AS c WHERE NOT EXISTS (SELECT 1 FROM calibrations AS b
		WHERE b.version = c.version - 1 AND b.floor = c.floor AND b.low = c.low AND b.high = c.high AND b.base = c.base) ORDER BY version DESC LIMIT ?1`, n)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanCalibration(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, c)
	}
	return out, mapError(rows.Err())
}

// ReviewFloor is the confidence under which a person reviews a route: where
// outcomes have put it, as long as the policy's own floor, base, is the one
// that they started from. A store that cannot tell gives base.
func (s *Store) ReviewFloor(ctx context.Context, base float64) float64 {
	var was, floor float64
	err := s.reader.QueryRowContext(ctx, `SELECT base, floor FROM calibrations ORDER BY version DESC LIMIT 1`).Scan(&was, &floor)
	if err != nil || math.Abs(was-base) > 1e-9 {
		if err != nil && !errors.Is(err, sql.ErrNoRows) && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the review floor cannot be read", "error", err)
		}
		return base
	}
	return floor
}

// calibrateDue calibrates when the last time is a day ago.
func (s *Store) calibrateDue(ctx context.Context, p *knowledge.Policy) error {
	last, err := s.Calibration(ctx)
	if err != nil && triage.CodeOf(err) != triage.NotFound {
		return err
	}
	if s.now().Sub(last.At) < calibrateEvery && last.Bounds.Base == p.Floor {
		return nil
	}
	_, err = s.Calibrate(ctx, Actor{}, p, nil)
	return err
}
