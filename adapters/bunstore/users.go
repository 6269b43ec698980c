package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	OrgID              domain.OrgID  `bun:",pk"`
	ID                 domain.UserID `bun:",pk"`
	Email              domain.Email
	EmailKey           string
	FullName           string
	Status             domain.Status
	PasswordHash       domain.PasswordHash
	MustChangePassword bool
	PasswordChangedAt  time.Time `bun:",nullzero"`
	LastSignInAt       time.Time `bun:",nullzero"`
	LastSuspendedAt    time.Time `bun:",nullzero"`
	CreatedAt          time.Time
	UpdatedAt          time.Time
	Version            int64
}

func newUserRow(org domain.OrgID, u domain.User) *userRow {
	return &userRow{
		OrgID: org, ID: u.ID, Email: u.Email, EmailKey: u.Email.Key(), FullName: u.FullName, Status: u.Status,
		PasswordHash: u.Password, MustChangePassword: u.MustChangePassword, PasswordChangedAt: u.PasswordChangedAt,
		LastSignInAt: u.LastSignInAt, LastSuspendedAt: u.LastSuspendedAt,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, Version: u.Version,
	}
}

func (r *userRow) user() domain.User {
	return domain.User{
		ID: r.ID, Email: r.Email, FullName: r.FullName, Status: r.Status,
		Password: r.PasswordHash, MustChangePassword: r.MustChangePassword, PasswordChangedAt: r.PasswordChangedAt.UTC(),
		LastSignInAt: r.LastSignInAt.UTC(), LastSuspendedAt: r.LastSuspendedAt.UTC(),
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}
}

type users struct{ *orgTx }

func (r users) Get(ctx context.Context, id domain.UserID) (domain.User, error) {
	var row userRow
	err := r.selects(&row).Where("u.id = ?", id).Scan(ctx)
	return row.user(), r.one(err, domain.ErrNotFound)
}

func (r users) Lock(ctx context.Context, id domain.UserID) (domain.User, error) {
	var row userRow
	err := r.lockedUser(r.selects(&row).Where("u.id = ?", id)).Scan(ctx)
	return row.user(), r.one(err, domain.ErrNotFound)
}

func (r users) Standing(ctx context.Context, id domain.UserID) (domain.Principal, error) {
	if !domain.IsID(string(id)) {
		return domain.Principal{}, domain.ErrNotFound
	}
	var p domain.Principal
	err := r.dialect.observed(ctx, "SELECT standing", func(ctx context.Context) (err error) {
		p, err = scanStanding(r.db.Tx.QueryRowContext(ctx, r.dialect.standing, string(r.org), string(id)).Scan)
		return err
	})
	return p, r.one(err, domain.ErrNotFound)
}

// lockUser locks an account as lockedUser does.
const lockUser = "SELECT 1 FROM users WHERE org_id = $1 AND id = $2 FOR NO KEY UPDATE"

func (r users) LockStanding(ctx context.Context, id domain.UserID) (domain.Principal, error) {
	if r.dialect.lockRows && domain.IsID(string(id)) {
		if err := r.queue(ctx, lockUser, string(r.org), string(id)); err != nil {
			return domain.Principal{}, err
		}
	}
	return r.Standing(ctx, id)
}

// userByEmail and signedIn are prepared statements on PostgreSQL, because every sign-in runs them.
const (
	userByEmail = `SELECT id, email, full_name, status, password_hash, must_change_password, password_changed_at, last_sign_in_at,
	last_suspended_at, created_at, updated_at, version FROM users WHERE org_id = $1 AND email_key = $2`
	signedIn = `UPDATE users SET last_sign_in_at = $3 WHERE org_id = $1 AND id = $2
	AND (last_sign_in_at IS NULL OR last_sign_in_at < $3)`
)

func (r users) ByEmail(ctx context.Context, email domain.Email) (u domain.User, err error) {
	err = r.dialect.observed(ctx, "SELECT users", func(ctx context.Context) error {
		return r.db.Tx.QueryRowContext(ctx, userByEmail, string(r.org), email.Key()).Scan(
			&u.ID, &u.Email, &u.FullName, &u.Status, &u.Password, &u.MustChangePassword, at(&u.PasswordChangedAt), at(&u.LastSignInAt),
			at(&u.LastSuspendedAt), at(&u.CreatedAt), at(&u.UpdatedAt), &u.Version)
	})
	return u, r.one(err, domain.ErrNotFound)
}

func (r users) Insert(ctx context.Context, user domain.User) error {
	if err := r.insert(ctx, newUserRow(r.org, user)); err != nil {
		return err
	}
	if err := r.addPasswords(ctx, user.Password); err != nil {
		return err
	}
	return r.index(ctx, user)
}

// InsertAll implements port.Users.
func (r users) InsertAll(ctx context.Context, accounts []domain.NewAccount) error {
	if len(accounts) == 0 {
		return nil
	}
	var all newAccountRows
	for _, account := range accounts {
		all.add(r.org, account)
	}
	for _, rows := range []struct {
		model any
		count int
	}{
		{&all.users, len(all.users)}, {&all.words, len(all.words)}, {&all.roles, len(all.roles)},
		{&all.authenticators, len(all.authenticators)}, {&all.codes, len(all.codes)},
	} {
		if rows.count == 0 {
			continue
		}
		if err := r.insert(ctx, rows.model); err != nil {
			return err
		}
	}
	hashes := make([]domain.PasswordHash, len(accounts))
	for i, account := range accounts {
		hashes[i] = account.Password
	}
	return r.addPasswords(ctx, hashes...)
}

// newAccountRows are the rows of new accounts, by table.
type newAccountRows struct {
	users          []*userRow
	words          []userWordRow
	roles          []userRoleRow
	authenticators []*authenticatorRow
	codes          []recoveryCodeRow
}

func (n *newAccountRows) add(org domain.OrgID, account domain.NewAccount) {
	n.users = append(n.users, newUserRow(org, account.User))
	for _, word := range account.SearchWords() {
		n.words = append(n.words, userWordRow{OrgID: org, Word: word, UserID: account.ID})
	}
	for _, role := range account.Roles {
		n.roles = append(n.roles, userRoleRow{OrgID: org, UserID: account.ID, RoleID: role.ID})
	}
	for _, authenticator := range account.Authenticators {
		n.authenticators = append(n.authenticators, newAuthenticatorRow(org, authenticator))
	}
	for _, code := range account.RecoveryCodes {
		n.codes = append(n.codes, recoveryCodeRow{OrgID: org, UserID: account.ID, Hash: code.Hash, UsedAt: code.UsedAt})
	}
}

// WithEmails implements port.Users.
func (r users) WithEmails(ctx context.Context, emails []domain.Email) (map[string]domain.UserID, error) {
	found, keys := map[string]domain.UserID{}, make([]string, len(emails))
	if len(emails) == 0 {
		return found, nil
	}
	for i, email := range emails {
		keys[i] = email.Key()
	}
	var rows []userRow
	err := r.selects(&rows).Column("id", "email_key").Where("u.email_key IN (?)", bun.List(keys)).Scan(ctx)
	for _, row := range rows {
		found[row.EmailKey] = row.ID
	}
	return found, r.dialect.translate(err)
}

func (r users) Remove(ctx context.Context, id domain.UserID) error {
	result, err := r.deletes((*userRow)(nil)).Where("id = ?", id).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r users) Update(ctx context.Context, user domain.User) error {
	row := newUserRow(r.org, user)
	row.Version++
	result, err := r.updates(row).ExcludeColumn("org_id", "id", "created_at", "last_sign_in_at").
		Where("id = ?", user.ID).Where("version = ?", user.Version).Exec(ctx)
	if err := r.changed(result, err, domain.ErrStale); err != nil {
		return err
	}
	return r.reindex(ctx, user)
}

func (r users) SignedIn(ctx context.Context, id domain.UserID, at time.Time) error {
	return r.queue(ctx, signedIn, string(r.org), string(id), at)
}

func (r users) Rehash(ctx context.Context, id domain.UserID, old, replacement domain.PasswordHash) error {
	return r.done(r.updates((*userRow)(nil)).Set("password_hash = ?", replacement).
		Where("id = ?", id).Where("password_hash = ?", old).Exec(ctx))
}
