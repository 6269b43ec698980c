package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type authenticatorRow struct {
	bun.BaseModel `bun:"table:authenticators,alias:a"`

	OrgID         domain.OrgID           `bun:",pk"`
	ID            domain.AuthenticatorID `bun:",pk"`
	UserID        domain.UserID
	Kind          domain.FactorKind
	Name          string
	Secret        domain.SealedSecret
	Handle        string
	Data          string
	Counter       int64
	CreatedAt     time.Time
	EnrolledAt    time.Time `bun:",nullzero"`
	LastUsedAt    time.Time `bun:",nullzero"`
	PendingExpiry time.Time `bun:",nullzero"`
	PendingBy     string
}

func newAuthenticatorRow(org domain.OrgID, a domain.Authenticator) *authenticatorRow {
	return &authenticatorRow{
		OrgID: org, ID: a.ID, UserID: a.User, Kind: a.Kind, Name: a.Name, Secret: a.Secret, Handle: a.Handle, Data: a.Data,
		Counter: a.Counter, CreatedAt: a.CreatedAt, EnrolledAt: a.EnrolledAt, LastUsedAt: a.LastUsedAt,
		PendingExpiry: a.PendingExpiry, PendingBy: a.PendingBy,
	}
}

func (r *authenticatorRow) authenticator() domain.Authenticator {
	return domain.Authenticator{
		ID: r.ID, User: r.UserID, Kind: r.Kind, Name: r.Name, Secret: r.Secret, Handle: r.Handle, Data: r.Data,
		Counter: r.Counter, CreatedAt: r.CreatedAt.UTC(), EnrolledAt: r.EnrolledAt.UTC(), LastUsedAt: r.LastUsedAt.UTC(),
		PendingExpiry: r.PendingExpiry.UTC(), PendingBy: r.PendingBy,
	}
}

// enrolledAt and lastEnrolledAt are the subqueries for when the account u enrolled its first and its
// last factor.
const (
	enrolledAt     = "SELECT min(a.enrolled_at) FROM authenticators a WHERE a.org_id = u.org_id AND a.user_id = u.id"
	lastEnrolledAt = "SELECT max(a.enrolled_at) FROM authenticators a WHERE a.org_id = u.org_id AND a.user_id = u.id"
)

type authenticators struct{ *orgTx }

func (r authenticators) Of(ctx context.Context, user domain.UserID) ([]domain.Authenticator, error) {
	var rows []authenticatorRow
	err := r.selects(&rows).Where("a.user_id = ?", user).OrderExpr("a.created_at, a.id").Scan(ctx)
	return mapped(rows, (*authenticatorRow).authenticator), r.dialect.translate(err)
}

func (r authenticators) SavePending(ctx context.Context, a domain.Authenticator) error {
	lapsed := r.deletes((*authenticatorRow)(nil)).Where("user_id = ?", a.User).Where("enrolled_at IS NULL").
		Where("pending_expiry <= ?", a.CreatedAt)
	if err := r.done(lapsed.Exec(ctx)); err != nil {
		return err
	}
	q := r.db.NewInsert().Model(newAuthenticatorRow(r.org, a)).On("CONFLICT (org_id, id) DO UPDATE")
	for _, column := range []string{"name", "secret", "handle", "data", "counter", "created_at", "pending_expiry", "pending_by"} {
		q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	result, err := q.Where("a.user_id = EXCLUDED.user_id").Where("a.kind = EXCLUDED.kind").Where("a.enrolled_at IS NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrAlreadyEnrolled)
}

func (r authenticators) Confirm(ctx context.Context, live, pending domain.Authenticator) error {
	result, err := r.updates(newAuthenticatorRow(r.org, live)).ExcludeColumn("org_id", "id", "user_id", "kind", "created_at").
		Where("id = ?", pending.ID).Where("user_id = ?", pending.User).Where("enrolled_at IS NULL").
		Where("secret = ?", pending.Secret).Where("data = ?", pending.Data).Where("pending_by = ?", pending.PendingBy).Exec(ctx)
	return r.changed(result, err, domain.ErrAlreadyEnrolled)
}

// useAuthenticator is a prepared statement on PostgreSQL, because every sign-in with a second factor or a passkey runs it.
const useAuthenticator = `UPDATE authenticators SET counter = $4, last_used_at = $5, data = coalesce(nullif($6, ''), data)
	WHERE org_id = $1 AND user_id = $2 AND id = $3 AND enrolled_at IS NOT NULL AND (counter < $4 OR (counter = 0 AND $4 = 0))`

func (r authenticators) Use(ctx context.Context, use domain.AuthenticatorUse) error {
	return r.dialect.observed(ctx, "UPDATE authenticators", func(ctx context.Context) error {
		result, err := r.exec(ctx, useAuthenticator, string(r.org), string(use.User), string(use.ID), use.Counter, use.At, use.Data)
		return r.changed(result, err, domain.ErrInvalidCode)
	})
}

func (r authenticators) ByHandle(ctx context.Context, kind domain.FactorKind, handle string) (domain.Authenticator, error) {
	row := &authenticatorRow{}
	err := r.selects(row).Where("a.kind = ?", kind).Where("a.handle = ?", handle).Where("a.handle <> ''").
		Where("a.enrolled_at IS NOT NULL").Scan(ctx)
	return row.authenticator(), r.one(err, domain.ErrNotFound)
}

// LockStanding implements port.Authenticators.
func (r authenticators) LockStanding(
	ctx context.Context, kind domain.FactorKind, handle string,
) (a domain.Authenticator, p domain.Principal, err error) {
	err = r.dialect.observed(ctx, "SELECT standing", func(ctx context.Context) (err error) {
		a, p, err = scanHolder(r.db.Tx.QueryRowContext(ctx, r.dialect.lockHolder, string(r.org), string(kind), handle).Scan)
		return err
	})
	return a, p, r.one(err, domain.ErrNotFound)
}

func (r authenticators) Rename(ctx context.Context, user domain.UserID, id domain.AuthenticatorID, name string) error {
	result, err := r.updates((*authenticatorRow)(nil)).Set("name = ?", name).
		Where("user_id = ?", user).Where("id = ?", id).Where("enrolled_at IS NOT NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r authenticators) Remove(ctx context.Context, user domain.UserID, id domain.AuthenticatorID) error {
	result, err := r.deletes((*authenticatorRow)(nil)).Where("user_id = ?", user).Where("id = ?", id).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r authenticators) RemoveAll(ctx context.Context, user domain.UserID) error {
	return r.done(r.deletes((*authenticatorRow)(nil)).Where("user_id = ?", user).Exec(ctx))
}

func (r authenticators) RemovePending(ctx context.Context, user domain.UserID) error {
	return r.done(r.deletes((*authenticatorRow)(nil)).Where("user_id = ?", user).Where("enrolled_at IS NULL").Exec(ctx))
}

// Authenticators implements port.Platform. On PostgreSQL it has the access to all orgs that the stored secrets have, which
// includes this table.
func (p platform) Authenticators(
	ctx context.Context, kind domain.FactorKind, after port.OrgAuthenticator, limit int,
) (found []port.OrgAuthenticator, err error) {
	var rows []authenticatorRow
	err = sealed(p).read(ctx, func(tx *orgTx) error {
		q := tx.db.NewSelect().Model(&rows).Where("a.kind = ?", kind).Where("a.enrolled_at IS NOT NULL")
		if after.Org != "" {
			q = q.Where("(a.org_id, a.id) > (?, ?)", after.Org, after.Authenticator.ID)
		}
		return q.OrderExpr("a.org_id, a.id").Limit(int64(limit)).Scan(ctx)
	})
	for _, row := range rows {
		found = append(found, port.OrgAuthenticator{Org: row.OrgID, Authenticator: row.authenticator()})
	}
	return found, err
}
