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

func (r users) ByEmail(ctx context.Context, email domain.Email) (domain.User, error) {
	var row userRow
	err := r.selects(&row).Where("u.email_key = ?", email.Key()).Scan(ctx)
	return row.user(), r.one(err, domain.ErrNotFound)
}

func (r users) Insert(ctx context.Context, user domain.User) error {
	if err := r.insert(ctx, newUserRow(r.org, user)); err != nil {
		return err
	}
	return r.index(ctx, user)
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
	return r.done(r.updates((*userRow)(nil)).Set("last_sign_in_at = ?", at).
		Where("id = ?", id).Where("last_sign_in_at IS NULL OR last_sign_in_at < ?", at).Exec(ctx))
}

func (r users) Rehash(ctx context.Context, id domain.UserID, old, replacement domain.PasswordHash) error {
	return r.done(r.updates((*userRow)(nil)).Set("password_hash = ?", replacement).Where("id = ?", id).Where("password_hash = ?", old).Exec(ctx))
}
