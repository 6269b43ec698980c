package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type canaryRow struct {
	bun.BaseModel `bun:"table:canaries,alias:c"`

	Name   string `bun:",pk"`
	Sealed domain.SealedSecret
}

func (s sealed) Canary(ctx context.Context, name string) (stored domain.SealedSecret, err error) {
	err = s.read(ctx, func(tx *orgTx) (err error) {
		stored, err = tx.canary(ctx, name)
		return err
	})
	return stored, err
}

func (s sealed) AddCanary(ctx context.Context, name string, sealed domain.SealedSecret) (stored domain.SealedSecret, err error) {
	row := &canaryRow{Name: name, Sealed: sealed}
	err = s.write(ctx, func(tx *orgTx) error {
		if err := tx.done(tx.db.NewInsert().Model(row).On("CONFLICT (name) DO NOTHING").Exec(ctx)); err != nil {
			return err
		}
		stored, err = tx.canary(ctx, name)
		return err
	})
	return stored, err
}

func (s sealed) ReplaceCanary(ctx context.Context, name string, old, replacement domain.SealedSecret) error {
	return s.write(ctx, func(tx *orgTx) error {
		return tx.done(tx.db.NewUpdate().Model((*canaryRow)(nil)).Set("sealed = ?", replacement).
			Where("name = ?", name).Where("sealed = ?", old).Exec(ctx))
	})
}

// canary returns a canary, or an empty one if none is stored.
func (t *orgTx) canary(ctx context.Context, name string) (domain.SealedSecret, error) {
	var rows []canaryRow
	if err := t.db.NewSelect().Model(&rows).Where("c.name = ?", name).Scan(ctx); err != nil || len(rows) == 0 {
		return "", t.dialect.translate(err)
	}
	return rows[0].Sealed, nil
}

func (s sealed) write(ctx context.Context, fn func(*orgTx) error) error {
	return s.store.unit(ctx, scope{write: true, door: doorSecrets}, func(unit port.OrgTx) error { return fn(unit.(*orgTx)) })
}
