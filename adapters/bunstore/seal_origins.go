package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type originRow struct {
	bun.BaseModel `bun:"table:seal_origins,alias:so"`

	OrgID       domain.OrgID `bun:",pk"`
	Key         domain.KeyID `bun:",pk"`
	FormerOrgID domain.OrgID `bun:",pk"`
	Through     int64
	PublicPEM   string `bun:"public_pem"`
}

func (r *originRow) origin() domain.SealOrigin {
	return domain.SealOrigin{Key: r.Key, PublicPEM: r.PublicPEM, Org: r.FormerOrgID, Through: r.Through}
}

// Origins implements port.AuditSeals.
func (r auditSeals) Origins(ctx context.Context) (domain.SealOrigins, error) {
	var rows []originRow
	err := r.selects(&rows).OrderExpr("so.through, so.key").Scan(ctx)
	return mapped(rows, (*originRow).origin), r.dialect.translate(err)
}
