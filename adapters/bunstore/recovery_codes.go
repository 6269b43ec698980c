package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type recoveryCodeRow struct {
	bun.BaseModel `bun:"table:recovery_codes,alias:rc"`

	OrgID  domain.OrgID     `bun:",pk"`
	UserID domain.UserID    `bun:",pk"`
	Hash   domain.TokenHash `bun:",pk"`
	UsedAt time.Time        `bun:",nullzero"`
}

type recoveryCodes struct{ *orgTx }

func (r recoveryCodes) Replace(ctx context.Context, user domain.UserID, codes []domain.RecoveryCode) error {
	if err := r.lockUser(ctx, user); err != nil {
		return err
	}
	if err := r.done(r.deletes((*recoveryCodeRow)(nil)).Where("user_id = ?", user).Exec(ctx)); err != nil || len(codes) == 0 {
		return err
	}
	rows := make([]recoveryCodeRow, len(codes))
	for i, code := range codes {
		rows[i] = recoveryCodeRow{OrgID: r.org, UserID: user, Hash: code.Hash, UsedAt: code.UsedAt}
	}
	return r.insert(ctx, &rows)
}

func (r recoveryCodes) Unused(ctx context.Context, user domain.UserID, hash domain.TokenHash) (bool, error) {
	return r.selects((*recoveryCodeRow)(nil)).
		Where("rc.user_id = ?", user).Where("rc.hash = ?", hash).Where("rc.used_at IS NULL").Exists(ctx)
}

func (r recoveryCodes) Use(ctx context.Context, user domain.UserID, hash domain.TokenHash, now time.Time) error {
	result, err := r.updates((*recoveryCodeRow)(nil)).Set("used_at = ?", now).
		Where("user_id = ?", user).Where("hash = ?", hash).Where("used_at IS NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrInvalidCode)
}

func (r recoveryCodes) Left(ctx context.Context, user domain.UserID) (int, error) {
	left, err := r.selects((*recoveryCodeRow)(nil)).Where("rc.user_id = ?", user).Where("rc.used_at IS NULL").Count(ctx)
	return int(left), err
}
