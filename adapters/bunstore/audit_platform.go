package bunstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Unsealed implements port.Platform.
func (p platform) Unsealed(ctx context.Context, after domain.OrgID, limit int) (orgs []domain.OrgID, err error) {
	err = p.overAudit(ctx, func(tx *orgTx) error {
		orgs = nil
		q := tx.db.NewSelect().Model((*waitingRow)(nil)).Distinct().Column("org_id").OrderExpr("w.org_id").Limit(int64(limit))
		if after != "" {
			q = q.Where("w.org_id > ?", after)
		}
		return q.Scan(ctx, &orgs)
	})
	return orgs, err
}

// AuditAges implements port.Platform. The first proof of an org leads to its oldest seal.
func (p platform) AuditAges(ctx context.Context, after domain.OrgID, limit int) ([]domain.AuditAge, error) {
	var rows []struct {
		OrgID  domain.OrgID
		Days   int
		Oldest time.Time `bun:",nullzero"`
	}
	err := p.overAudit(ctx, func(tx *orgTx) error {
		rows = nil
		q := tx.db.NewSelect().TableExpr("org_settings AS os").ColumnExpr("os.org_id, os.audit_log_retention_days AS days").
			ColumnExpr("(SELECT s.until FROM audit_seals s WHERE s.org_id = os.org_id AND s.number = " +
				"(SELECT p.seal FROM audit_proofs p WHERE p.org_id = os.org_id ORDER BY p.position LIMIT 1)) AS oldest").
			Where("os.audit_log_retention_days > 0").OrderExpr("os.org_id").Limit(int64(limit))
		if after != "" {
			q = q.Where("os.org_id > ?", after)
		}
		return q.Scan(ctx, &rows)
	})
	ages := make([]domain.AuditAge, len(rows))
	for i, row := range rows {
		ages[i] = domain.AuditAge{Org: row.OrgID, Days: row.Days, Oldest: row.Oldest.UTC()}
	}
	return ages, err
}

func (p platform) overAudit(ctx context.Context, fn func(*orgTx) error) error {
	return p.store.unit(ctx, p.store.read, &sql.TxOptions{ReadOnly: true}, "", doorAudit, func(unit port.OrgTx) error {
		return p.store.dialect.translate(fn(unit.(*orgTx)))
	})
}
