package store

import (
	"context"
	"database/sql"
	"errors"

	"readback/store/people"
	"readback/triage"
)

// TOTPSecret returns the secret of a user's one-time codes, and whether it is
// in use or waits for its first code; "" for none. Errors: NotFound.
func (s *Store) TOTPSecret(ctx context.Context, userID string) (secret string, on bool, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT totp, totp_on FROM users WHERE id = ?1`, userID).Scan(&secret, &on)
	return secret, on, noUser(err, userID)
}

// OfferTOTP stores a new secret, which waits for its first code.
// Errors: NotFound; Conflict when one is in use.
func (s *Store) OfferTOTP(ctx context.Context, userID, secret string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		u, err := userIn(ctx, tx, userID)
		if err != nil {
			return err
		}
		if u.TOTP {
			return triage.Errorf(triage.Conflict, "One-time codes are on already; switch them off first.")
		}
		_, err = tx.ExecContext(ctx, `UPDATE users SET totp = ?2, totp_step = 0 WHERE id = ?1`, userID, secret)
		return err
	})
}

// StartTOTP puts the waiting secret to use with its first code, and stores the
// hashes of recovery codes. It reports whether the code was right; all other
// sessions of the user end then. Errors: NotFound.
func (s *Store) StartTOTP(ctx context.Context, by Actor, userID, code string, recovery []string, session string) (right bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if right, err = s.useCode(ctx, tx, userID, code, false); err != nil || !right {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET totp_on = 1 WHERE id = ?1`, userID); err != nil {
			return err
		}
		if err := s.setRecovery(ctx, tx, userID, recovery); err != nil {
			return err
		}
		if err := s.endSessions(ctx, tx, userID, session); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "totp.on", userID, nil)
	})
	return right, err
}

func (s *Store) setRecovery(ctx context.Context, tx *sql.Tx, userID string, hashes []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = ?1`, userID); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES (?1, ?2)`, userID, hash); err != nil {
			return err
		}
	}
	return nil
}

// useCode takes a one-time code, once: no code of this step of time or before
// is good again.
func (s *Store) useCode(ctx context.Context, tx *sql.Tx, userID, code string, on bool) (bool, error) {
	var secret string
	var last int64
	err := tx.QueryRowContext(ctx, `SELECT totp, totp_step FROM users WHERE id = ?1 AND totp_on = ?2`, userID, on).Scan(&secret, &last)
	if errors.Is(err, sql.ErrNoRows) || err == nil && secret == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	step := people.TOTPStepOf(secret, code, s.now())
	if step <= last {
		return false, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE users SET totp_step = ?2 WHERE id = ?1`, userID, step)
	return err == nil, err
}

// UseCode takes a one-time code or a recovery code of a user, once. It returns
// which it was, "code" or "recovery", and "" for one that is not right.
func (s *Store) UseCode(ctx context.Context, by Actor, userID, code string) (how string, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		how = ""
		right, err := s.useCode(ctx, tx, userID, code, true)
		if err != nil {
			return err
		}
		if right {
			how = "code"
			return nil
		}
		var hash string
		err = tx.QueryRowContext(ctx, `UPDATE recovery_codes SET used_at = ?3 WHERE user_id = ?1 AND hash = ?2 AND used_at = 0 RETURNING hash`,
			userID, people.TokenHash(people.PlainCode(code)), micros(s.now())).Scan(&hash)
		if errors.Is(err, sql.ErrNoRows) {
			return s.audit(ctx, tx, by, "code.refused", userID, nil)
		}
		if err != nil {
			return err
		}
		how = "recovery"
		return s.audit(ctx, tx, by, "recovery.used", userID, nil)
	})
	return how, err
}

// StopTOTP switches one-time codes off; recovery codes are void then. All
// sessions but the one with that id end. Errors: NotFound.
func (s *Store) StopTOTP(ctx context.Context, by Actor, userID, session string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := userIn(ctx, tx, userID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET totp = '', totp_on = 0, totp_step = 0 WHERE id = ?1`, userID); err != nil {
			return err
		}
		if err := s.setRecovery(ctx, tx, userID, nil); err != nil {
			return err
		}
		if err := s.endSessions(ctx, tx, userID, session); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "totp.off", userID, nil)
	})
}

// RecoveryLeft counts the recovery codes that are still good.
func (s *Store) RecoveryLeft(ctx context.Context, userID string) (n int, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = ?1 AND used_at = 0`, userID).Scan(&n)
	return n, mapError(err)
}

// NewRecovery replaces the recovery codes by others, given as hashes. Errors: NotFound.
func (s *Store) NewRecovery(ctx context.Context, by Actor, userID string, hashes []string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := userIn(ctx, tx, userID); err != nil {
			return err
		}
		if err := s.setRecovery(ctx, tx, userID, hashes); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "recovery.made", userID, nil)
	})
}

// UserByIdentity returns whom an OpenID Connect issuer means by a subject. One
// it did not name before is the active user with the address, which the issuer
// has verified; the two are tied then, and the user's link is void. A user who
// is tied to another subject of that issuer is nobody's: an address can come
// into other hands. Errors: NotFound.
func (s *Store) UserByIdentity(ctx context.Context, address, issuer, subject, email string) (u people.User, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		u, err = scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM identities i JOIN users u ON u.id = i.user_id
			WHERE i.issuer = ?1 AND i.subject = ?2 AND u.disabled_at = 0 AND u.removed_at = 0`, issuer, subject))
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		u, err = scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.email = ?1 AND u.email <> '' AND u.disabled_at = 0
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id AND i.issuer = ?2)
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.issuer = ?2 AND i.subject = ?3)`, email, issuer, subject))
		if err != nil {
			return noUser(err, email)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO identities (issuer, subject, user_id, at) VALUES (?1, ?2, ?3, ?4)`, issuer, subject, u.ID, micros(s.now()))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE user_id = ?1`, u.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, Actor{ID: u.ID, Address: address}, "identity.tied", u.ID, nil)
	})
	return u, err
}
