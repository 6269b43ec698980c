package bunstore

import (
	"context"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type apiKeyRow struct {
	bun.BaseModel `bun:"table:api_keys,alias:k"`

	OrgID            domain.OrgID    `bun:",pk"`
	ID               domain.APIKeyID `bun:",pk"`
	ServiceAccountID domain.ServiceAccountID
	Name             string
	Hash             domain.TokenHash
	Networks         jsonColumn[[]netip.Prefix]
	CreatedBy        domain.UserID `bun:",nullzero"`
	CreatedAt        time.Time
	ExpiresAt        time.Time
	LastUsedAt       time.Time `bun:",nullzero"`
}

type revokedTokenRow struct {
	bun.BaseModel `bun:"table:revoked_tokens,alias:rt"`

	OrgID     domain.OrgID `bun:",pk"`
	Token     string       `bun:",pk"`
	ExpiresAt time.Time
}

func newAPIKeyRow(org domain.OrgID, k domain.APIKey) *apiKeyRow {
	return &apiKeyRow{
		OrgID: org, ID: k.ID, ServiceAccountID: k.Account, Name: k.Name, Hash: k.Hash, Networks: list(k.Networks),
		CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt,
	}
}

func (r *apiKeyRow) key() domain.APIKey {
	return domain.APIKey{
		ID: r.ID, Account: r.ServiceAccountID, Name: r.Name, Hash: r.Hash, Networks: absent(r.Networks.value),
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), LastUsedAt: r.LastUsedAt.UTC(),
	}
}

type apiKeys struct{ *orgTx }

func (r apiKeys) Insert(ctx context.Context, key domain.APIKey) error {
	return r.insert(ctx, newAPIKeyRow(r.org, key))
}

func (r apiKeys) Of(ctx context.Context, account domain.ServiceAccountID) ([]domain.APIKey, error) {
	var rows []apiKeyRow
	err := r.selects(&rows).Where("k.service_account_id = ?", account).OrderExpr("k.created_at DESC, k.id DESC").Scan(ctx)
	return mapped(rows, (*apiKeyRow).key), r.dialect.translate(err)
}

func (r apiKeys) Get(ctx context.Context, account domain.ServiceAccountID, id domain.APIKeyID) (domain.APIKey, error) {
	var row apiKeyRow
	err := r.selects(&row).Where("k.id = ?", id).Where("k.service_account_id = ?", account).Scan(ctx)
	return row.key(), r.one(err, domain.ErrNotFound)
}

func (r apiKeys) Remove(ctx context.Context, id domain.APIKeyID) error {
	result, err := r.deletes((*apiKeyRow)(nil)).Where("id = ?", id).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r apiKeys) Touch(ctx context.Context, id domain.APIKeyID, at time.Time) error {
	return r.done(r.updates((*apiKeyRow)(nil)).Set("last_used_at = ?", at).
		Where("id = ?", id).Where("last_used_at IS NULL OR last_used_at < ?", at).Exec(ctx))
}

func (r apiKeys) RevokeToken(ctx context.Context, token string, expires time.Time) (bool, error) {
	row := &revokedTokenRow{OrgID: r.org, Token: storable(token), ExpiresAt: expires}
	n, err := r.counted(r.db.NewInsert().Model(row).On("CONFLICT (org_id, token) DO NOTHING").Exec(ctx))
	return n > 0, err
}
