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
	Hash      domain.TokenHash   `bun:",pk"`
	ExpiresAt time.Time
}

func (r *linkRow) link() domain.Link {
	return domain.Link{User: r.UserID, Purpose: r.Purpose, Hash: r.Hash, ExpiresAt: r.ExpiresAt.UTC()}
}

type links struct{ *orgTx }

func (r links) Put(ctx context.Context, link domain.Link) error {
	return r.insert(ctx, &linkRow{OrgID: r.org, UserID: link.User, Purpose: link.Purpose, Hash: link.Hash, ExpiresAt: link.ExpiresAt})
}

func (r links) Get(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error) {
	var row linkRow
	err := r.selects(&row).Where("l.hash = ?", hash).Where("l.purpose = ?", purpose).Where("l.expires_at > ?", now).Scan(ctx)
	return row.link(), r.one(err, domain.ErrLinkGone)
}

func (r links) Take(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error) {
	link, err := r.Get(ctx, purpose, hash, now)
	if err != nil {
		return link, err
	}
	if err := r.lockUser(ctx, link.User); err != nil { // so that a parallel Take of another link of the account waits
		return link, err
	}
	result, err := r.deletes((*linkRow)(nil)).Where("user_id = ?", link.User).Where("hash = ?", hash).Exec(ctx)
	if err := r.changed(result, err, domain.ErrLinkGone); err != nil {
		return link, err
	}
	return link, r.VoidAll(ctx, link.User)
}

func (r links) Has(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID, now time.Time) (bool, error) {
	found, err := r.selects((*linkRow)(nil)).Where("l.user_id = ?", user).Where("l.purpose = ?", purpose).
		Where("l.expires_at > ?", now).Exists(ctx)
	return found, r.dialect.translate(err)
}

func (r links) Void(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID) error {
	return r.done(r.deletes((*linkRow)(nil)).Where("user_id = ?", user).Where("purpose = ?", purpose).Exec(ctx))
}

func (r links) VoidAll(ctx context.Context, user domain.UserID) error {
	return r.done(r.deletes((*linkRow)(nil)).Where("user_id = ?", user).Exec(ctx))
}

func (r links) VoidAllOfOrg(ctx context.Context) (int, error) {
	return r.counted(r.deletes((*linkRow)(nil)).Exec(ctx))
}
