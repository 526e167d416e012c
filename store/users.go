package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"readback/store/people"
	"readback/triage"
)

const userColumns = `u.id, u.email, u.name, u.role, u.tiers, u.languages, u.lang, u.theme, u.password <> '', u.totp_on,
	u.created_at, u.disabled_at, u.removed_at, coalesce((SELECT max(x.seen_at) FROM sessions x WHERE x.user_id = u.id), 0)`

// scanUser reads userColumns and, behind them, what more a query asks for.
func scanUser(row interface{ Scan(...any) error }, more ...any) (people.User, error) {
	var u people.User
	var tiers, languages string
	var created, disabled, removed, seen int64
	err := row.Scan(append([]any{&u.ID, &u.Email, &u.Name, &u.Role, &tiers, &languages, &u.Lang, &u.Theme, &u.Password, &u.TOTP,
		&created, &disabled, &removed, &seen}, more...)...)
	if err != nil {
		return u, err
	}
	u.CreatedAt, u.DisabledAt, u.RemovedAt, u.SeenAt = fromMicros(created), fromMicros(disabled), fromMicros(removed), fromMicros(seen)
	if err := json.Unmarshal([]byte(tiers), &u.Tiers); err != nil {
		return u, err
	}
	return u, json.Unmarshal([]byte(languages), &u.Languages)
}

func noUser(err error, key string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return triage.Errorf(triage.NotFound, "There is no user %q.", key)
	}
	return mapError(err)
}

// User returns the user with that id. Errors: NotFound.
func (s *Store) User(ctx context.Context, id string) (people.User, error) {
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?1`, id))
	return u, noUser(err, id)
}

// UserByEmail returns the user with that address, in any case of its letters.
// Errors: NotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (people.User, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return people.User{}, noUser(sql.ErrNoRows, email)
	}
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.email = ?1`, email))
	return u, noUser(err, email)
}

// Users returns all users, those who were removed too, by name.
func (s *Store) Users(ctx context.Context) ([]people.User, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+userColumns+` FROM users u ORDER BY lower(u.name), u.id`)
	if err != nil {
		return nil, mapError(err)
	}
	defer rows.Close()
	out := []people.User{}
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, mapError(err)
		}
		out = append(out, u)
	}
	return out, mapError(rows.Err())
}

// HasUsers reports whether there ever was a user.
func (s *Store) HasUsers(ctx context.Context) (bool, error) {
	var has bool
	err := s.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has)
	return has, mapError(err)
}

// AddUser stores a new user, whose ID and CreatedAt it fills in; password is a
// hash of people.Hash, "" for none. What somebody of that name or address has
// acknowledged before there were users becomes the user's.
// Errors: Invalid for what User.Check refuses; Conflict when the address is taken.
func (s *Store) AddUser(ctx context.Context, by Actor, u people.User, password string) (people.User, error) {
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		u, err = s.insertUser(ctx, tx, by, u, password)
		return err
	})
	return u, err
}

// AddFirstUser stores the first user, who is an admin.
// Errors: as AddUser; Conflict when there is one already.
func (s *Store) AddFirstUser(ctx context.Context, by Actor, u people.User, password string) (people.User, error) {
	u.Role = people.Admin
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		var has bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has); err != nil {
			return err
		}
		if has {
			return triage.Errorf(triage.Conflict, "This desk is set up already; sign in.")
		}
		u, err = s.insertUser(ctx, tx, by, u, password)
		return err
	})
	return u, err
}

func (s *Store) insertUser(ctx context.Context, tx *sql.Tx, by Actor, u people.User, password string) (people.User, error) {
	u.Email, u.Name = clean(u.Email), clean(u.Name)
	if err := u.Check(); err != nil {
		return u, err
	}
	now := s.now()
	u.ID, u.CreatedAt, u.Password = s.newID("usr"), fromMicros(micros(now)), password != ""
	_, err := tx.ExecContext(ctx, `INSERT INTO users (id, email, name, role, tiers, languages, lang, theme, password, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
		u.ID, u.Email, u.Name, u.Role, list(u.Tiers), list(u.Languages), u.Lang, u.Theme, password, micros(now))
	if engineCode(err) == triage.Conflict {
		return u, triage.Errorf(triage.Conflict, "There is a user with the address %s already.", u.Email)
	}
	if err != nil {
		return u, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE acknowledgements SET user_id = ?1 WHERE lower(user_id) IN (?2, lower(?3))
		AND change_id NOT IN (SELECT a.change_id FROM acknowledgements a WHERE a.user_id = ?1)`, u.ID, u.Email, u.Name)
	if err != nil {
		return u, err
	}
	return u, s.audit(ctx, tx, by, "user.added", u.ID, map[string]any{"role": u.Role})
}

// list is a list as JSON, never null.
func list(l []string) string {
	if l == nil {
		l = []string{}
	}
	out, _ := json.Marshal(l) // strings always can
	return string(out)
}

// ChangeUser stores the name, role, tiers and languages of u.ID. With another
// role all sessions of theirs end.
// Errors: NotFound, also for one who was removed; Invalid; Conflict when no admin would be left.
func (s *Store) ChangeUser(ctx context.Context, by Actor, u people.User) error {
	u.Name = clean(u.Name)
	return s.write(ctx, func(tx *sql.Tx) error {
		was, err := userIn(ctx, tx, u.ID)
		if err != nil {
			return err
		}
		u.Email = was.Email
		if err := u.Check(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE users SET name = ?2, role = ?3, tiers = ?4, languages = ?5 WHERE id = ?1`,
			u.ID, u.Name, u.Role, list(u.Tiers), list(u.Languages))
		if err != nil {
			return err
		}
		data := map[string]any{"role": u.Role, "tiers": u.Tiers}
		if was.Role != u.Role {
			data["role_was"] = was.Role
			if err := s.endSessions(ctx, tx, u.ID, ""); err != nil {
				return err
			}
		}
		if err := s.audit(ctx, tx, by, "user.changed", u.ID, data); err != nil {
			return err
		}
		return anAdminStays(ctx, tx)
	})
}

// userIn returns a user who was not removed.
func userIn(ctx context.Context, tx *sql.Tx, id string) (people.User, error) {
	u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?1 AND u.removed_at = 0`, id))
	return u, noUser(err, id)
}

func anAdminStays(ctx context.Context, tx *sql.Tx) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM users WHERE role = ?1 AND disabled_at = 0 AND removed_at = 0`, people.Admin).Scan(&n)
	if err == nil && n == 0 {
		return triage.Errorf(triage.Conflict, "No admin would be left; make somebody else one first.")
	}
	return err
}

// SetPreferences stores what a user chose for themselves: name, language of
// the interface ("" = the browser's), theme (light, dark, "" = the system's).
// Errors: NotFound; Invalid.
func (s *Store) SetPreferences(ctx context.Context, userID, name, lang, theme string) error {
	if theme != "" && theme != "light" && theme != "dark" {
		return triage.Errorf(triage.Invalid, "The theme is light, dark or the system's.")
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		u, err := userIn(ctx, tx, userID)
		if err != nil {
			return err
		}
		if u.Name = clean(name); strings.TrimSpace(name) == "" {
			return triage.Errorf(triage.Invalid, "A user has a name.")
		}
		if err := u.Check(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE users SET name = ?2, lang = ?3, theme = ?4 WHERE id = ?1`, userID, u.Name, clean(lang), theme)
		return err
	})
}

// DisableUser keeps a user from signing in, or lets them again. Their sessions
// end, and API tokens that they made are revoked.
// Errors: NotFound; Conflict when no admin would be left.
func (s *Store) DisableUser(ctx context.Context, by Actor, id string, disable bool) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := userIn(ctx, tx, id); err != nil {
			return err
		}
		at, action := int64(0), "user.enabled"
		if disable {
			at, action = micros(s.now()), "user.disabled"
			if err := s.shutOut(ctx, tx, by, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET disabled_at = ?2 WHERE id = ?1`, id, at); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, by, action, id, nil); err != nil {
			return err
		}
		return anAdminStays(ctx, tx)
	})
}

// shutOut ends all that a user could still come in by.
func (s *Store) shutOut(ctx context.Context, tx *sql.Tx, by Actor, id string) error {
	if err := s.endSessions(ctx, tx, id, ""); err != nil {
		return err
	}
	if err := s.release(ctx, tx, id, by.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE user_id = ?1`, id); err != nil {
		return err
	}
	tokens, err := strs(ctx, tx, `UPDATE api_tokens SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at = 0 RETURNING id`, id, micros(s.now()))
	if err != nil {
		return err
	}
	for _, token := range tokens {
		if err := s.audit(ctx, tx, by, "token.revoked", token, nil); err != nil {
			return err
		}
	}
	return nil
}

// RemoveUser takes a user out for good: address, name, password, codes and
// whatever they are elsewhere go; the id stays with what they did, so that
// figures stay true. Errors: NotFound; Conflict when no admin would be left.
func (s *Store) RemoveUser(ctx context.Context, by Actor, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := userIn(ctx, tx, id); err != nil {
			return err
		}
		if err := s.shutOut(ctx, tx, by, id); err != nil {
			return err
		}
		for _, query := range []string{`DELETE FROM identities WHERE user_id = ?1`, `DELETE FROM recovery_codes WHERE user_id = ?1`} {
			if _, err := tx.ExecContext(ctx, query, id); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET email = '', name = '', tiers = '[]', languages = '[]', lang = '', theme = '', password = '',
			totp = '', totp_on = 0, removed_at = ?2 WHERE id = ?1`, id, micros(s.now()))
		if err != nil {
			return err
		}
		if err := s.audit(ctx, tx, by, "user.removed", id, nil); err != nil {
			return err
		}
		return anAdminStays(ctx, tx)
	})
}

// SetPassword stores the hash of a new password and ends all sessions of the
// user. Errors: NotFound.
func (s *Store) SetPassword(ctx context.Context, by Actor, id, hash string) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.setPassword(ctx, tx, by, id, hash) })
}

func (s *Store) setPassword(ctx context.Context, tx *sql.Tx, by Actor, id, hash string) error {
	if _, err := userIn(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password = ?2 WHERE id = ?1`, id, hash); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE user_id = ?1`, id); err != nil {
		return err
	}
	if err := s.endSessions(ctx, tx, id, ""); err != nil {
		return err
	}
	return s.audit(ctx, tx, by, "password.set", id, nil)
}

// AddLink lets a user set a password once, before it ends; hash is
// people.TokenHash of what is in the link. An older link of theirs is void.
// With reset the password they have is void too, and their sessions end.
// Errors: NotFound.
func (s *Store) AddLink(ctx context.Context, by Actor, userID, hash string, life time.Duration, reset bool) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := userIn(ctx, tx, userID); err != nil {
			return err
		}
		action := "user.invited"
		if reset {
			action = "user.reset"
			if _, err := tx.ExecContext(ctx, `UPDATE users SET password = '', totp = '', totp_on = 0 WHERE id = ?1`, userID); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = ?1`, userID); err != nil {
				return err
			}
			if err := s.endSessions(ctx, tx, userID, ""); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO links (hash, user_id, ends_at) VALUES (?1, ?2, ?3)
			ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, ends_at = excluded.ends_at`, hash, userID, micros(s.now().Add(life)))
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, action, userID, nil)
	})
}

// Link returns whose link it is. Errors: NotFound when it was used, is too old or never was.
func (s *Store) Link(ctx context.Context, hash string) (people.User, error) {
	u, err := scanUser(s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM links l JOIN users u ON u.id = l.user_id
		WHERE l.hash = ?1 AND l.ends_at > ?2 AND u.disabled_at = 0`, hash, micros(s.now())))
	return u, linkGone(err)
}

func linkGone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return triage.Errorf(triage.NotFound, "This link was used or is too old. Ask an admin for a new one.")
	}
	return mapError(err)
}

// UseLink sets the password of whose link it is, and their name when one is
// given; the link is void then. Errors: NotFound as Link; Invalid.
func (s *Store) UseLink(ctx context.Context, address, hash, name, password string) (u people.User, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `DELETE FROM links WHERE hash = ?1 AND ends_at > ?2 RETURNING user_id`, hash, micros(s.now())).Scan(&id)
		if err != nil {
			return linkGone(err)
		}
		if u, err = userIn(ctx, tx, id); err != nil {
			return err
		}
		if name = clean(name); strings.TrimSpace(name) != "" {
			u.Name = name
		}
		if err := u.Check(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET name = ?2 WHERE id = ?1`, id, u.Name); err != nil {
			return err
		}
		return s.setPassword(ctx, tx, Actor{ID: id, Address: address}, id, password)
	})
	return u, err
}
