package bunstore

import (
	"context"
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

// AuditAges implements port.Platform. The oldest seal of an org is found by its first proof.
func (p platform) AuditAges(ctx context.Context, after domain.OrgID, limit int) ([]domain.AuditAge, error) {
	var rows []struct {
		OrgID  domain.OrgID
		Days   int
		Oldest time.Time `bun:",nullzero"`
	}
	days := storedNumber("audit_log_retention_days")
	err := p.overAudit(ctx, func(tx *orgTx) error {
		rows = nil
		q := tx.db.NewSelect().TableExpr("org_settings AS os").ColumnExpr("os.org_id, " + days + " AS days").
			ColumnExpr("(SELECT s.until FROM audit_seals s WHERE s.org_id = os.org_id AND s.number = " +
				"(SELECT p.seal FROM audit_proofs p WHERE p.org_id = os.org_id ORDER BY p.position LIMIT 1)) AS oldest").
			Where(days + " > 0").OrderExpr("os.org_id").Limit(int64(limit))
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

// PartitionAudit implements port.Platform. It calls functions of the migrations, because the service's role may not change tables.
// They wait for a lock for at most a second and then fail; the next call tries again.
func (p platform) PartitionAudit(ctx context.Context) (released int, err error) {
	if !p.store.dialect.partitions {
		return 0, nil
	}
	if err := p.audit(ctx, "SELECT audit_add_partitions()", new(int)); err != nil {
		return 0, err
	}
	for {
		var dropped *string
		if err := p.audit(ctx, "SELECT audit_drop_partition()", &dropped); err != nil || dropped == nil {
			return released, err
		}
		released++
	}
}

// audit runs a statement that returns one value in a unit of its own.
func (p platform) audit(ctx context.Context, statement string, value any) error {
	return p.store.unit(ctx, scope{write: true, door: doorAudit}, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		return tx.dialect.translate(tx.db.Tx.QueryRowContext(ctx, statement).Scan(value))
	})
}

func (p platform) overAudit(ctx context.Context, fn func(*orgTx) error) error {
	return p.store.unit(ctx, scope{door: doorAudit}, func(unit port.OrgTx) error {
		return p.store.dialect.translate(fn(unit.(*orgTx)))
	})
}
