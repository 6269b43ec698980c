package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type authenticatorRow struct {
	bun.BaseModel `bun:"table:authenticators,alias:a"`

	OrgID         domain.OrgID  `bun:",pk"`
	UserID        domain.UserID `bun:",pk"`
	Secret        domain.SealedSecret
	EnrolledAt    time.Time `bun:",nullzero"`
	LastStep      int64
	Pending       domain.SealedSecret
	PendingExpiry time.Time `bun:",nullzero"`
	PendingBy     string
}

func newAuthenticatorRow(org domain.OrgID, a domain.Authenticator) *authenticatorRow {
	return &authenticatorRow{
		OrgID: org, UserID: a.User, Secret: a.Secret, EnrolledAt: a.EnrolledAt,
		LastStep: a.LastStep, Pending: a.Pending, PendingExpiry: a.PendingExpiry, PendingBy: a.PendingBy,
	}
}

func (r *authenticatorRow) authenticator() domain.Authenticator {
	return domain.Authenticator{
		User: r.UserID, Secret: r.Secret, EnrolledAt: r.EnrolledAt.UTC(),
		LastStep: r.LastStep, Pending: r.Pending, PendingExpiry: r.PendingExpiry.UTC(), PendingBy: r.PendingBy,
	}
}

type authenticators struct{ *orgTx }

func (r authenticators) Get(ctx context.Context, user domain.UserID) (domain.Authenticator, error) {
	var row authenticatorRow
	err := r.selects(&row).Where("a.user_id = ?", user).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Authenticator{User: user}, nil
	}
	return row.authenticator(), err
}

func (r authenticators) SavePending(ctx context.Context, a domain.Authenticator) error {
	result, err := r.db.NewInsert().Model(newAuthenticatorRow(r.org, a)).
		On("CONFLICT (org_id, user_id) DO UPDATE").Set("pending = EXCLUDED.pending").
		Set("pending_expiry = EXCLUDED.pending_expiry").Set("pending_by = EXCLUDED.pending_by").
		Where("a.enrolled_at IS NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrAlreadyEnrolled)
}

func (r authenticators) Confirm(ctx context.Context, a domain.Authenticator, pending domain.SealedSecret) error {
	result, err := r.updates(newAuthenticatorRow(r.org, a)).ExcludeColumn("org_id", "user_id").
		Where("user_id = ?", a.User).Where("pending = ?", pending).Where("enrolled_at IS NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrAlreadyEnrolled)
}

func (r authenticators) Remove(ctx context.Context, user domain.UserID) error {
	return r.done(r.deletes((*authenticatorRow)(nil)).Where("user_id = ?", user).Exec(ctx))
}

func (r authenticators) DropPending(ctx context.Context, user domain.UserID) error {
	return r.done(r.deletes((*authenticatorRow)(nil)).Where("user_id = ?", user).Where("enrolled_at IS NULL").Exec(ctx))
}

func (r authenticators) UseStep(ctx context.Context, user domain.UserID, step int64) error {
	result, err := r.updates((*authenticatorRow)(nil)).Set("last_step = ?", step).
		Where("user_id = ?", user).Where("last_step < ?", step).Where("enrolled_at IS NOT NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrInvalidCode)
}
