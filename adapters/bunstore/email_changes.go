package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type emailChangeRow struct {
	bun.BaseModel `bun:"table:email_changes,alias:ec"`

	OrgID     domain.OrgID  `bun:",pk"`
	UserID    domain.UserID `bun:",pk"`
	SessionID domain.SessionID
	Email     domain.Email
	Hash      domain.TokenHash
	ExpiresAt time.Time
}

func (r *emailChangeRow) change() domain.EmailChange {
	return domain.EmailChange{User: r.UserID, Session: r.SessionID, Email: r.Email, Hash: r.Hash, ExpiresAt: r.ExpiresAt.UTC()}
}

type emailChanges struct{ *orgTx }

func (r emailChanges) Put(ctx context.Context, c domain.EmailChange) error {
	row := &emailChangeRow{OrgID: r.org, UserID: c.User, SessionID: c.Session, Email: c.Email, Hash: c.Hash, ExpiresAt: c.ExpiresAt}
	return r.done(r.db.NewInsert().Model(row).On("CONFLICT (org_id, user_id) DO UPDATE").
		Set("session_id = EXCLUDED.session_id").Set("email = EXCLUDED.email").Set("hash = EXCLUDED.hash").
		Set("expires_at = EXCLUDED.expires_at").Exec(ctx))
}

func (r emailChanges) Of(ctx context.Context, user domain.UserID, now time.Time) (domain.EmailChange, error) {
	var row emailChangeRow
	err := r.selects(&row).Where("ec.user_id = ?", user).Where("ec.expires_at > ?", now).Scan(ctx)
	return row.change(), r.one(err, domain.ErrLinkGone)
}

func (r emailChanges) Take(ctx context.Context, hash domain.TokenHash, now time.Time) (domain.EmailChange, error) {
	var row emailChangeRow
	err := r.deletes(&row).Where("hash = ?", hash).Where("expires_at > ?", now).
		Returning("user_id, session_id, email, hash, expires_at").Scan(ctx)
	return row.change(), r.one(err, domain.ErrLinkGone)
}

func (r emailChanges) Void(ctx context.Context, user domain.UserID) error {
	return r.done(r.deletes((*emailChangeRow)(nil)).Where("user_id = ?", user).Exec(ctx))
}
