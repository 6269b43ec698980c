package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// A door gives a unit of work access to certain rows of all orgs. On PostgreSQL each door has row level policies that
// define these rows.
const (
	doorOrgs     = "orgs"
	doorSweep    = "sweep"
	doorDiscover = "discover"
	doorSecrets  = "secrets"
	doorKeys     = "keys"
	doorAudit    = "audit"
	doorExpire   = "expire"
	doorErase    = "erase"
	doorWebhooks = "webhooks"
)

// sweepAfter is how long imports, ended sessions and devices, and expired API keys are stored.
const sweepAfter = 30 * 24 * time.Hour

// sweepUnread is how long an import is stored whose file was not read to its end.
const sweepUnread = 24 * time.Hour

// The conditions for imports, and for their rows. Rows are removed first: an import can have a million.
const (
	oldImports       = "created_at < ? OR reading AND created_at < ?"
	rowsOfOldImports = "(org_id, import_id) IN (SELECT i.org_id, i.id FROM imports AS i " +
		"WHERE i.created_at < ? OR i.reading AND i.created_at < ?)"
)

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
	err := p.store.unit(ctx, scope{door: doorOrgs}, func(tx port.OrgTx) error {
		err := tx.(*orgTx).db.NewSelect().Model(&row).Where(column, idOrSlug).Scan(ctx)
		return tx.(*orgTx).one(err, domain.ErrOrgNotFound)
	})
	return row.org(), err
}

func (p platform) ListOrgs(ctx context.Context, filter domain.OrgFilter, after domain.OrgID, limit int) ([]domain.Org, error) {
	var rows []orgRow
	err := p.store.unit(ctx, scope{door: doorOrgs}, func(tx port.OrgTx) error {
		rows = nil
		return tx.(*orgTx).done(nil, tx.(*orgTx).orgListing(&rows, filter, after, limit).Scan(ctx))
	})
	return mapped(rows, (*orgRow).org), err
}

// orgListing selects the orgs after the given one. It uses the primary key or the index of the status. There is no index
// for a text inside a name: in the worst case every org is read once.
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

// containing returns the LIKE pattern for texts that contain text. Its escape character is !.
func containing(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

func (p platform) CreateOrg(ctx context.Context, org domain.Org, settings domain.OrgSettings, fn func(port.OrgTx) error) error {
	if !domain.IsID(string(org.ID)) {
		return domain.ErrOrgNotFound
	}
	return p.store.unit(ctx, scope{write: true, org: org.ID, door: doorOrgs}, func(unit port.OrgTx) error {
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

// maxOrgsOf is the maximum number of orgs that OrgsOf returns.
const maxOrgsOf = 100

func (p platform) OrgsOf(ctx context.Context, email domain.Email) ([]domain.Org, error) {
	var rows []orgRow
	err := p.discover(ctx, email, &rows, func(q *bun.SelectQuery) error {
		return q.OrderExpr("o.name, o.id").Limit(maxOrgsOf).Scan(ctx)
	})
	return mapped(rows, (*orgRow).org), err
}

func (p platform) Knows(ctx context.Context, email domain.Email) (known bool, err error) {
	err = p.discover(ctx, email, (*orgRow)(nil), func(q *bun.SelectQuery) (err error) {
		known, err = q.Exists(ctx)
		return err
	})
	return known, err
}

// discover runs a query on the active orgs in which the address has an active account.
func (p platform) discover(ctx context.Context, email domain.Email, model any, run func(*bun.SelectQuery) error) error {
	return p.store.unit(ctx, scope{door: doorDiscover}, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		q := tx.db.NewSelect().Model(model).Join("JOIN users AS u ON u.org_id = o.id").
			Where("u.email_key = ?", email.Key()).Where("u.status = ?", domain.StatusActive).Where("o.status = ?", domain.StatusActive)
		return tx.dialect.translate(run(q))
	})
}

func (p platform) Send(ctx context.Context, message domain.EmailMessage) error {
	return p.store.unit(ctx, scope{write: true, door: doorDiscover}, func(unit port.OrgTx) error {
		return unit.Emails().Send(ctx, message)
	})
}

// RemovingInactive implements port.Platform.
func (p platform) RemovingInactive(ctx context.Context, after domain.OrgID, limit int) (orgs []domain.OrgID, err error) {
	err = p.overAudit(ctx, func(tx *orgTx) error {
		orgs = nil
		q := tx.db.NewSelect().Model((*settingsRow)(nil)).Column("org_id").
			Where(storedNumber("inactive_user_retention_days") + " > 0").OrderExpr("os.org_id").Limit(int64(limit))
		if after != "" {
			q = q.Where("os.org_id > ?", after)
		}
		return q.Scan(ctx, &orgs)
	})
	return orgs, err
}

func (p platform) DropOneTimeTokens(ctx context.Context) (dropped int, err error) {
	err = p.store.unit(ctx, scope{write: true, door: doorSweep}, func(unit port.OrgTx) (err error) {
		tx := unit.(*orgTx)
		dropped, err = tx.counted(tx.db.NewDelete().Model((*oneTimeTokenRow)(nil)).Where("TRUE").Exec(ctx))
		return err
	})
	return dropped, err
}

// sweepBatch is how many rows one statement of Sweep removes, so that each is far within the time limit of statements, however
// many rows are outdated.
const sweepBatch = 1_000

func (p platform) Sweep(ctx context.Context, now time.Time) (removed int, err error) {
	for _, rows := range outdated(now) {
		for batch := sweepBatch; batch == sweepBatch; removed += batch {
			err := p.store.unit(ctx, scope{write: true, door: doorSweep}, func(unit port.OrgTx) (err error) {
				tx := unit.(*orgTx)
				batch, err = tx.counted(rows.remove(tx.db).Exec(ctx))
				return err
			})
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

// outdatedRows describes outdated rows of one table. For large tables an index serves the condition.
type outdatedRows struct {
	model     any
	key       string // the primary key
	condition string
	args      []any
}

func (o outdatedRows) remove(db bun.IDB) *bun.DeleteQuery {
	some := db.NewSelect().Model(o.model).ColumnExpr(o.key).Where(o.condition, o.args...).Limit(sweepBatch)
	return db.NewDelete().Model(o.model).Where("("+o.key+") IN (?)", some)
}

// outdated describes the rows that Sweep removes.
func outdated(now time.Time) []outdatedRows {
	old, unread := now.Add(-sweepAfter), now.Add(-sweepUnread)
	counter := "(window_end IS NULL OR window_end < ?) AND (locked_until IS NULL OR locked_until < ?) AND (reserved = 0 OR reserved_till < ?)"
	return []outdatedRows{
		{model: (*sessionRow)(nil), key: "org_id, id", condition: "expires_at < ?", args: []any{old}},
		{model: (*sessionRow)(nil), key: "org_id, id", condition: "ended_at < ?", args: []any{old}},
		{model: (*attemptsRow)(nil), key: "org_id, key", condition: counter, args: []any{now, now, now.Add(-time.Hour)}},
		{model: (*deviceRow)(nil), key: "org_id, id", condition: "expires_at < ?", args: []any{old}},
		{model: (*deviceRow)(nil), key: "org_id, id", condition: "ended_at < ?", args: []any{old}},
		{model: (*linkRow)(nil), key: "org_id, user_id, purpose, hash", condition: "expires_at < ?", args: []any{now}},
		{model: (*emailChangeRow)(nil), key: "org_id, user_id", condition: "expires_at < ?", args: []any{now}},
		{model: (*oneTimeTokenRow)(nil), key: "org_id, kind, hash", condition: "expires_at < ?", args: []any{now}},
		{model: (*apiKeyRow)(nil), key: "org_id, id", condition: "expires_at < ?", args: []any{old}},
		{model: (*revokedTokenRow)(nil), key: "org_id, token", condition: "expires_at < ?", args: []any{now}},
		{model: (*deliveryRow)(nil), key: "org_id, webhook_id, event_id", condition: "expires_at < ?", args: []any{now}},
		{model: (*importLineRow)(nil), key: "org_id, import_id, line", condition: rowsOfOldImports, args: []any{old, unread}},
		{model: (*importRow)(nil), key: "org_id, id", condition: oldImports, args: []any{old, unread}},
	}
}
