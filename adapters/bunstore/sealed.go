package bunstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// sealedColumn is a column of sealed secrets; an empty text is no secret. On PostgreSQL its table needs a row level policy
// that allows the door 'secrets' to select and, if the table has no org_id, to update.
type sealedColumn struct {
	kind          port.SealedKind
	table, column string
	where         string // selects the rows of the kind
	tenant        bool   // whether the table has an org_id
	account       bool   // whether the table has the account and the kind of a factor
	place         func(row sealedRow) port.Place
}

// sealedRow is a sealed secret with the parts of its Place.
type sealedRow struct {
	Org    domain.OrgID
	ID     string // the primary key, with Org in a table that has an org_id
	User   domain.UserID
	Factor domain.FactorKind
	Sealed domain.SealedSecret
}

// sealedColumns lists all of them. Those of imports and pending authenticators come before live ones, because they can become
// live between the two queries.
var sealedColumns = []sealedColumn{
	{
		kind: port.SealedImports, table: "import_accounts", column: "totp_secret", where: "totp_secret <> ''", tenant: true,
		place: importPlace,
	},
	{
		kind: port.SealedPending, table: "authenticators", column: "secret", where: "secret <> '' AND enrolled_at IS NULL",
		tenant: true, account: true, place: factorPlace,
	},
	{
		kind: port.SealedAuthenticators, table: "authenticators", column: "secret", where: "secret <> '' AND enrolled_at IS NOT NULL",
		tenant: true, account: true, place: factorPlace,
	},
	{
		kind: port.SealedWebhooks, table: "webhooks", column: "secret", where: "secret <> ''", tenant: true, place: webhookPlace,
	},
	{
		kind: port.SealedOldWebhooks, table: "webhooks", column: "previous_secret", where: "previous_secret <> ''", tenant: true,
		place: webhookPlace,
	},
	{
		kind: port.SealedSigningKeys, table: "signing_keys", column: "sealed_private", where: "sealed_private <> ''",
		tenant: false, place: signingKeyPlace,
	},
}

func factorPlace(row sealedRow) port.Place { return port.FactorPlace(row.Factor, row.Org, row.User) }

func importPlace(row sealedRow) port.Place {
	return port.FactorPlace(domain.FactorTOTP, row.Org, domain.UserID(row.ID))
}

func webhookPlace(row sealedRow) port.Place {
	return port.WebhookPlace(row.Org, domain.WebhookID(row.ID))
}

func signingKeyPlace(row sealedRow) port.Place { return port.SigningKeyPlace(domain.KeyID(row.ID)) }

func columnOf(kind port.SealedKind) (sealedColumn, error) {
	for _, c := range sealedColumns {
		if c.kind == kind {
			return c, nil
		}
	}
	return sealedColumn{}, fmt.Errorf("there is no column of sealed %s", kind)
}

type sealed struct{ store *Store }

// Sealed implements port.Platform.
func (p platform) Sealed() port.Sealed { return sealed(p) }

func (s sealed) Kinds() []port.SealedKind {
	kinds := make([]port.SealedKind, len(sealedColumns))
	for i, c := range sealedColumns {
		kinds[i] = c.kind
	}
	return kinds
}

func (s sealed) Count(ctx context.Context) (counts []port.SealedCount, err error) {
	var rows []struct {
		Kind   port.SealedKind
		KeyID  string
		Amount int
	}
	parts, args := make([]string, len(sealedColumns)), []any{}
	for i, c := range sealedColumns {
		parts[i] = "SELECT ? AS kind, ? AS sealed FROM ? WHERE " + c.where
		args = append(args, string(c.kind), bun.Ident(c.column), bun.Ident(c.table))
	}
	query := "SELECT kind, " + s.store.dialect.keyID + " AS key_id, count(*) AS amount " +
		"FROM (" + strings.Join(parts, " UNION ALL ") + ") AS s GROUP BY 1, 2 ORDER BY 1, 2"
	err = s.read(ctx, func(tx *orgTx) error { return tx.db.NewRaw(query, args...).Scan(ctx, &rows) })
	for _, row := range rows {
		counts = append(counts, port.SealedCount{Kind: row.Kind, KeyID: row.KeyID, Values: row.Amount})
	}
	return counts, err
}

func (s sealed) After(ctx context.Context, kind port.SealedKind, after port.SealedValue, limit int) (values []port.SealedValue, err error) {
	c, err := columnOf(kind)
	if err != nil {
		return nil, err
	}
	var rows []sealedRow
	err = s.read(ctx, func(tx *orgTx) error { return c.after(tx, after).Limit(int64(limit)).Scan(ctx, &rows) })
	for _, row := range rows {
		values = append(values, port.SealedValue{Kind: kind, Org: row.Org, ID: row.ID, Place: c.place(row), Sealed: row.Sealed})
	}
	return values, err
}

// after selects the rows after a value in the order of the primary key.
func (c sealedColumn) after(tx *orgTx, after port.SealedValue) *bun.SelectQuery {
	q := tx.db.NewSelect().TableExpr("?", bun.Ident(c.table)).
		ColumnExpr("id").ColumnExpr("? AS sealed", bun.Ident(c.column)).Where(c.where)
	if !c.tenant {
		return q.Where("id > ?", after.ID).OrderExpr("id")
	}
	if after.ID != "" {
		q = q.Where("(org_id, id) > (?, ?)", after.Org, after.ID)
	}
	if c.account {
		q = q.ColumnExpr("user_id AS user, kind AS factor")
	}
	return q.ColumnExpr("org_id AS org").OrderExpr("org_id, id")
}

// Replace implements port.Sealed. Consecutive values of one org share a unit of work.
func (s sealed) Replace(ctx context.Context, resealed []port.Resealed) (replaced int, err error) {
	for len(resealed) > 0 {
		first, n := resealed[0].Value, 1
		for n < len(resealed) && resealed[n].Value.Org == first.Org {
			n++
		}
		c, err := columnOf(first.Kind)
		if err != nil {
			return replaced, err
		}
		done, err := s.replace(ctx, c, first.Org, resealed[:n])
		if err != nil {
			return replaced, err
		}
		replaced, resealed = replaced+done, resealed[n:]
	}
	return replaced, nil
}

func (s sealed) replace(ctx context.Context, c sealedColumn, org domain.OrgID, resealed []port.Resealed) (replaced int, err error) {
	door := doorSecrets
	if c.tenant {
		door = "" // a unit of work on the org needs no door
	}
	err = s.store.unit(ctx, scope{write: true, org: org, door: door}, func(unit port.OrgTx) error {
		replaced = 0
		for _, r := range resealed {
			n, err := unit.(*orgTx).counted(c.swap(unit.(*orgTx), r).Exec(ctx))
			if err != nil {
				return err
			}
			replaced += n
		}
		return nil
	})
	return replaced, err
}

// swap replaces the value only if it has not changed since it was read.
func (c sealedColumn) swap(tx *orgTx, r port.Resealed) *bun.UpdateQuery {
	q := tx.db.NewUpdate().TableExpr("?", bun.Ident(c.table)).Set("? = ?", bun.Ident(c.column), r.Sealed).
		Where("id = ?", r.Value.ID).Where("? = ?", bun.Ident(c.column), r.Value.Sealed)
	if c.tenant {
		q = q.Where("org_id = ?", tx.org)
	}
	return q
}

// read runs a query on the rows of all orgs.
func (s sealed) read(ctx context.Context, fn func(*orgTx) error) error {
	return s.store.unit(ctx, scope{door: doorSecrets}, func(unit port.OrgTx) error {
		return s.store.dialect.translate(fn(unit.(*orgTx)))
	})
}
