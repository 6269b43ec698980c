package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type linkRow struct {
	bun.BaseModel `bun:"table:links,alias:l"`

	OrgID     domain.OrgID       `bun:",pk"`
	UserID    domain.UserID      `bun:",pk"`
	Purpose   domain.LinkPurpose `bun:",pk"`
	Hash      domain.TokenHash
	ExpiresAt time.Time
}

func (r *linkRow) link() domain.Link {
	return domain.Link{User: r.UserID, Purpose: r.Purpose, Hash: r.Hash, ExpiresAt: r.ExpiresAt.UTC()}
}

type links struct{ *orgTx }

func (r links) Put(ctx context.Context, link domain.Link) error {
	row := &linkRow{OrgID: r.org, UserID: link.User, Purpose: link.Purpose, Hash: link.Hash, ExpiresAt: link.ExpiresAt}
	return r.done(r.db.NewInsert().Model(row).On("CONFLICT (org_id, user_id, purpose) DO UPDATE").
		Set("hash = EXCLUDED.hash").Set("expires_at = EXCLUDED.expires_at").Exec(ctx))
}

func (r links) Get(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error) {
	var row linkRow
	err := r.selects(&row).Where("l.hash = ?", hash).Where("l.purpose = ?", purpose).Where("l.expires_at > ?", now).Scan(ctx)
	return row.link(), r.one(err, domain.ErrLinkGone)
}

func (r links) Take(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error) {
	var row linkRow
	err := r.deletes(&row).Where("hash = ?", hash).Where("purpose = ?", purpose).Where("expires_at > ?", now).Returning("user_id, purpose, hash, expires_at").Scan(ctx)
	return row.link(), r.one(err, domain.ErrLinkGone)
}

func (r links) Has(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID, now time.Time) (bool, error) {
	found, err := r.selects((*linkRow)(nil)).Where("l.user_id = ?", user).Where("l.purpose = ?", purpose).Where("l.expires_at > ?", now).Exists(ctx)
	return found, r.dialect.translate(err)
}

func (r links) Void(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID) error {
	return r.done(r.deletes((*linkRow)(nil)).Where("user_id = ?", user).Where("purpose = ?", purpose).Exec(ctx))
}
