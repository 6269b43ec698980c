package bunstore

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The doors across orgs; on PostgreSQL the policies of the same names admit no more.
const (
	doorOrgs     = "orgs"
	doorSweep    = "sweep"
	doorDiscover = "discover"
	doorSecrets  = "secrets"
	doorKeys     = "keys"
	doorAudit    = "audit"
	doorExpire   = "expire"
	doorErase    = "erase"
)

// sweepAfter is how long a session or a device is kept after its end, and an import, to look back on.
const sweepAfter = 30 * 24 * time.Hour

type platform struct{ store *Store }

// Platform implements port.Store.
func (s *Store) Platform() port.Platform { return platform{s} }

func (p platform) FindOrg(ctx context.Context, idOrSlug string) (domain.Org, error) {
	column := "o.slug = ?"
	if domain.IsID(idOrSlug) {
		column = "o.id = ?"
	} else if _, err := domain.ParseSlug(idOrSlug); err != nil {
		return domain.Org{}, domain.ErrOrgNotFound
	}
	var row orgRow
	err := p.store.unit(ctx, p.store.read, &sql.TxOptions{ReadOnly: true}, "", doorOrgs, func(tx port.OrgTx) error {
		err := tx.(*orgTx).db.NewSelect().Model(&row).Where(column, idOrSlug).Scan(ctx)
		return tx.(*orgTx).one(err, domain.ErrOrgNotFound)
	})
	return row.org(), err
}

func (p platform) ListOrgs(ctx context.Context, filter domain.OrgFilter, after domain.OrgID, limit int) ([]domain.Org, error) {
	var rows []orgRow
	err := p.store.unit(ctx, p.store.read, &sql.TxOptions{ReadOnly: true}, "", doorOrgs, func(tx port.OrgTx) error {
		rows = nil
		return tx.(*orgTx).done(nil, tx.(*orgTx).orgListing(&rows, filter, after, limit).Scan(ctx))
	})
	return mapped(rows, (*orgRow).org), err
}

// orgListing walks the primary key, or the index by standing, from the org after on. A text
// inside a name has no index: at worst every org is looked at once.
func (t *orgTx) orgListing(rows *[]orgRow, filter domain.OrgFilter, after domain.OrgID, limit int) *bun.SelectQuery {
	q := t.db.NewSelect().Model(rows).OrderExpr("o.id").Limit(int64(limit))
	if after != "" {
		q = q.Where("o.id > ?", after)
	}
	if filter.Status != "" {
		q = q.Where("o.status = ?", filter.Status)
	}
	if filter.Text != "" {
		q = q.Where(`lower(o.name) LIKE lower(?0) ESCAPE '!' OR o.slug LIKE lower(?0) ESCAPE '!'`, containing(filter.Text))
	}
	return q
}

// containing is the LIKE pattern of all that contains text; ! escapes.
func containing(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

func (p platform) CreateOrg(ctx context.Context, org domain.Org, settings domain.OrgSettings, fn func(port.OrgTx) error) error {
	if !domain.IsID(string(org.ID)) {
		return domain.ErrOrgNotFound
	}
	return p.store.unit(ctx, p.store.write, nil, org.ID, doorOrgs, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		if err := tx.insert(ctx, newOrgRow(org)); err != nil {
			return err
		}
		if err := tx.insert(ctx, newSettingsRow(org.ID, settings)); err != nil {
			return err
		}
		return fn(unit)
	})
}

// maxOrgsOf bounds the orgs that one letter lists.
const maxOrgsOf = 100

func (p platform) OrgsOf(ctx context.Context, email domain.Email) ([]domain.Org, error) {
	var rows []orgRow
	err := p.discover(ctx, email, &rows, func(q *bun.SelectQuery) error { return q.OrderExpr("o.name, o.id").Limit(maxOrgsOf).Scan(ctx) })
	return mapped(rows, (*orgRow).org), err
}

func (p platform) Knows(ctx context.Context, email domain.Email) (known bool, err error) {
	err = p.discover(ctx, email, (*orgRow)(nil), func(q *bun.SelectQuery) (err error) {
		known, err = q.Exists(ctx)
		return err
	})
	return known, err
}

// discover asks about the active orgs in which the address has an active account.
func (p platform) discover(ctx context.Context, email domain.Email, model any, ask func(*bun.SelectQuery) error) error {
	return p.store.unit(ctx, p.store.read, &sql.TxOptions{ReadOnly: true}, "", doorDiscover, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		return tx.dialect.translate(ask(tx.db.NewSelect().Model(model).Join("JOIN users AS u ON u.org_id = o.id").
			Where("u.email_key = ?", email.Key()).Where("u.status = ?", domain.StatusActive).Where("o.status = ?", domain.StatusActive)))
	})
}

func (p platform) Send(ctx context.Context, letter domain.Letter) error {
	return p.store.unit(ctx, p.store.write, nil, "", doorDiscover, func(unit port.OrgTx) error {
		return unit.Letters().Send(ctx, letter)
	})
}

// RemovingInactive implements port.Platform.
func (p platform) RemovingInactive(ctx context.Context, after domain.OrgID, limit int) (orgs []domain.OrgID, err error) {
	err = p.overAudit(ctx, func(tx *orgTx) error {
		orgs = nil
		q := tx.db.NewSelect().Model((*settingsRow)(nil)).Column("org_id").Where("os.inactive_user_retention_days > 0").OrderExpr("os.org_id").Limit(int64(limit))
		if after != "" {
			q = q.Where("os.org_id > ?", after)
		}
		return q.Scan(ctx, &orgs)
	})
	return orgs, err
}

func (p platform) DropTickets(ctx context.Context) (dropped int, err error) {
	err = p.store.unit(ctx, p.store.write, nil, "", doorSweep, func(unit port.OrgTx) (err error) {
		tx := unit.(*orgTx)
		dropped, err = tx.counted(tx.db.NewDelete().Model((*ticketRow)(nil)).Where("TRUE").Exec(ctx))
		return err
	})
	return dropped, err
}

func (p platform) Sweep(ctx context.Context, now time.Time) (removed int, err error) {
	err = p.store.unit(ctx, p.store.write, nil, "", doorSweep, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		removed = 0 // a repeated unit counts again
		for _, outdated := range tx.outdated(now) {
			rows, err := tx.counted(outdated.Exec(ctx))
			if err != nil {
				return err
			}
			removed += rows
		}
		return nil
	})
	return removed, err
}

// outdated returns the deletions of Sweep.
func (t *orgTx) outdated(now time.Time) []*bun.DeleteQuery {
	old := now.Add(-sweepAfter)
	of := func(model any) *bun.DeleteQuery { return t.db.NewDelete().Model(model) }
	return []*bun.DeleteQuery{
		of((*sessionRow)(nil)).Where("expires_at < ? OR ended_at < ?", old, old),
		of((*attemptsRow)(nil)).Where("window_end IS NULL OR window_end < ?", now).
			Where("locked_until IS NULL OR locked_until < ?", now).
			Where("reserved = 0 OR reserved_till < ?", now.Add(-time.Hour)),
		of((*deviceRow)(nil)).Where("expires_at < ? OR ended_at < ?", old, old),
		of((*linkRow)(nil)).Where("expires_at < ?", now),
		of((*emailChangeRow)(nil)).Where("expires_at < ?", now),
		of((*ticketRow)(nil)).Where("expires_at < ?", now),
		of((*importRow)(nil)).Where("created_at < ?", old),
	}
}
