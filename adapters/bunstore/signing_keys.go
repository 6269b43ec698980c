package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type signingKeyRow struct {
	bun.BaseModel `bun:"table:signing_keys,alias:sk"`

	ID            domain.KeyID `bun:",pk"`
	Source        domain.KeySource
	Algorithm     domain.SigningAlgorithm
	PublicPEM     string `bun:"public_pem"`
	SealedPrivate domain.SealedSecret
	CreatedAt     time.Time
	SignsFrom     time.Time
	RetiredAt     time.Time `bun:",nullzero"`
}

func (r *signingKeyRow) key() domain.SigningKey {
	return domain.SigningKey{
		ID: r.ID, Source: r.Source, Algorithm: r.Algorithm, PublicPEM: r.PublicPEM, Private: r.SealedPrivate,
		CreatedAt: r.CreatedAt.UTC(), SignsFrom: r.SignsFrom.UTC(), RetiredAt: r.RetiredAt.UTC(),
	}
}

// SigningKeys implements port.Platform.
func (p platform) SigningKeys(ctx context.Context) (keys domain.SigningKeys, err error) {
	err = p.store.unit(ctx, scope{door: doorKeys}, func(unit port.OrgTx) (err error) {
		keys, err = signingKeys{unit.(*orgTx)}.List(ctx)
		return err
	})
	return keys, err
}

// Keys implements port.Platform.
func (p platform) Keys(ctx context.Context, org domain.OrgID, fn func(port.SigningKeys, port.OrgTx) error) error {
	return p.store.unit(ctx, scope{write: true, org: org, door: doorKeys}, func(unit port.OrgTx) error {
		keys := signingKeys{unit.(*orgTx)}
		if err := keys.lock(ctx); err != nil {
			return err
		}
		return fn(keys, unit)
	})
}

type signingKeys struct{ *orgTx }

// lock blocks changes of the table of keys, not reading, until the unit of work ends. Locking rows would not be enough,
// because a new key has no row yet. SQLite needs no lock, because only one unit of work writes at a time.
func (r signingKeys) lock(ctx context.Context) error {
	if !r.dialect.lockRows {
		return nil
	}
	return r.done(r.db.ExecContext(ctx, "LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))
}

func (r signingKeys) List(ctx context.Context) (domain.SigningKeys, error) {
	var rows []signingKeyRow
	err := r.db.NewSelect().Model(&rows).OrderExpr("sk.signs_from, sk.id").Scan(ctx)
	return mapped(rows, (*signingKeyRow).key), r.dialect.translate(err)
}

func (r signingKeys) Insert(ctx context.Context, k domain.SigningKey) (bool, error) {
	row := &signingKeyRow{
		ID: k.ID, Source: k.Source, Algorithm: k.Algorithm, PublicPEM: k.PublicPEM, SealedPrivate: k.Private,
		CreatedAt: k.CreatedAt, SignsFrom: k.SignsFrom, RetiredAt: k.RetiredAt,
	}
	inserted, err := r.counted(r.db.NewInsert().Model(row).On("CONFLICT (id) DO NOTHING").Exec(ctx))
	return inserted > 0, err
}

func (r signingKeys) Retire(ctx context.Context, id domain.KeyID, now time.Time) error {
	result, err := r.db.NewUpdate().Model((*signingKeyRow)(nil)).Set("retired_at = ?", now).
		Where("id = ?", id).Where("retired_at IS NULL").Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}
