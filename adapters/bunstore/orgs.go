package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type orgRow struct {
	bun.BaseModel `bun:"table:orgs,alias:o"`

	ID        domain.OrgID `bun:",pk"`
	Name      string
	Slug      domain.Slug
	Status    domain.Status
	Platform  bool
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

func newOrgRow(o domain.Org) *orgRow {
	return &orgRow{
		ID: o.ID, Name: o.Name, Slug: o.Slug, Status: o.Status, Platform: o.Platform,
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, Version: o.Version,
	}
}

func (r *orgRow) org() domain.Org {
	return domain.Org{
		ID: r.ID, Name: r.Name, Slug: r.Slug, Status: r.Status, Platform: r.Platform,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}
}

type orgs struct{ *orgTx }

func (r orgs) Get(ctx context.Context) (domain.Org, error) {
	var row orgRow
	err := r.db.NewSelect().Model(&row).Where("o.id = ?", r.org).Scan(ctx)
	return row.org(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) Lock(ctx context.Context) (domain.Org, error) {
	var row orgRow
	q := r.db.NewSelect().Model(&row).Where("o.id = ?", r.org)
	if r.dialect.lockRows {
		q = q.For("NO KEY UPDATE") // does not conflict with inserting rows that refer to the org
	}
	err := q.Scan(ctx)
	return row.org(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) Update(ctx context.Context, org domain.Org) error {
	row := newOrgRow(org)
	row.Version++
	result, err := r.db.NewUpdate().Model(row).Column("name", "slug", "status", "updated_at", "version").
		Where("id = ?", r.org).Where("version = ?", org.Version).Exec(ctx)
	return r.changed(result, err, domain.ErrStale)
}
