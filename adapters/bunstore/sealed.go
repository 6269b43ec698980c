package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// sealedColumn is a column in which sealed secrets stand; ” is none. On PostgreSQL its
// table needs a policy that lets the door 'secrets' select and, if it belongs to no org,
// update.
type sealedColumn struct {
	kind          port.SealedKind
	table, column string
	id            string // with org_id, if the table has one, the primary key
	tenant        bool   // whether the table has an org_id
	place         func(org domain.OrgID, id string) port.Place
}

// sealedColumns lists them all. A pending authenticator may become a live one meanwhile,
// so it comes before those.
var sealedColumns = []sealedColumn{
	{port.SealedPending, "authenticators", "pending", "user_id", true, totpPlace},
	{port.SealedAuthenticators, "authenticators", "secret", "user_id", true, totpPlace},
	{port.SealedSigningKeys, "signing_keys", "sealed_private", "id", false, signingKeyPlace},
}

func totpPlace(org domain.OrgID, id string) port.Place { return port.TOTPPlace(org, domain.UserID(id)) }

func signingKeyPlace(_ domain.OrgID, id string) port.Place {
	return port.SigningKeyPlace(domain.KeyID(id))
}

func columnOf(kind port.SealedKind) (sealedColumn, error) {
	for _, c := range sealedColumns {
		if c.kind == kind {
			return c, nil
		}
	}
	return sealedColumn{}, fmt.Errorf("no column holds sealed %s", kind)
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
		parts[i] = "SELECT ? AS kind, ? AS sealed FROM ? WHERE ? <> ''"
		args = append(args, string(c.kind), bun.Ident(c.column), bun.Ident(c.table), bun.Ident(c.column))
	}
	err = s.read(ctx, func(tx *orgTx) error {
		return tx.db.NewRaw("SELECT kind, "+s.store.dialect.keyID+" AS key_id, count(*) AS amount FROM ("+strings.Join(parts, " UNION ALL ")+") AS s GROUP BY 1, 2 ORDER BY 1, 2", args...).Scan(ctx, &rows)
	})
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
	var rows []struct {
		Org    domain.OrgID
		ID     string
		Sealed domain.SealedSecret
	}
	err = s.read(ctx, func(tx *orgTx) error { return c.after(tx, after).Limit(int64(limit)).Scan(ctx, &rows) })
	for _, row := range rows {
		values = append(values, port.SealedValue{Kind: kind, Org: row.Org, ID: row.ID, Place: c.place(row.Org, row.ID), Sealed: row.Sealed})
	}
	return values, err
}

// after reads on in the order of the primary key.
func (c sealedColumn) after(tx *orgTx, after port.SealedValue) *bun.SelectQuery {
	q := tx.db.NewSelect().TableExpr("?", bun.Ident(c.table)).
		ColumnExpr("? AS id", bun.Ident(c.id)).ColumnExpr("? AS sealed", bun.Ident(c.column)).Where("? <> ''", bun.Ident(c.column))
	if !c.tenant {
		return q.ColumnExpr("'' AS org").Where("? > ?", bun.Ident(c.id), after.ID).OrderExpr("?", bun.Ident(c.id))
	}
	if after.ID != "" {
		q = q.Where("(org_id, ?) > (?, ?)", bun.Ident(c.id), after.Org, after.ID)
	}
	return q.ColumnExpr("org_id AS org").OrderExpr("org_id, ?", bun.Ident(c.id))
}

// Replace opens one unit for each run of values of the same org.
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
		door = "" // a unit of its org
	}
	err = s.store.unit(ctx, s.store.write, nil, org, door, func(unit port.OrgTx) error {
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

// swap replaces the value only where it still stands as it was read.
func (c sealedColumn) swap(tx *orgTx, r port.Resealed) *bun.UpdateQuery {
	q := tx.db.NewUpdate().TableExpr("?", bun.Ident(c.table)).Set("? = ?", bun.Ident(c.column), r.Sealed).
		Where("? = ?", bun.Ident(c.id), r.Value.ID).Where("? = ?", bun.Ident(c.column), r.Value.Sealed)
	if c.tenant {
		q = q.Where("org_id = ?", tx.org)
	}
	return q
}

// read looks through the door at all orgs.
func (s sealed) read(ctx context.Context, fn func(*orgTx) error) error {
	return s.store.unit(ctx, s.store.read, &sql.TxOptions{ReadOnly: true}, "", doorSecrets, func(unit port.OrgTx) error {
		return s.store.dialect.translate(fn(unit.(*orgTx)))
	})
}
