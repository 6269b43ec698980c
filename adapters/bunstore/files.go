package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type fileRow struct {
	bun.BaseModel `bun:"table:files,alias:f"`

	OrgID     domain.OrgID  `bun:",pk"`
	ID        domain.FileID `bun:",pk"`
	Kind      domain.FileKind
	AccountID domain.UserID `bun:",nullzero"`
	Name      string
	Media     string
	Size      int64
	CreatedBy domain.UserID
	CreatedAt time.Time
}

func (r *fileRow) file() domain.File {
	return domain.File{
		ID: r.ID, Kind: r.Kind, Account: r.AccountID, Name: r.Name, Media: r.Media, Size: r.Size,
		By: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(),
	}
}

type files struct{ *orgTx }

func (r files) Insert(ctx context.Context, f domain.File) error {
	return r.insert(ctx, &fileRow{
		OrgID: r.org, ID: f.ID, Kind: f.Kind, AccountID: f.Account, Name: storable(f.Name), Media: f.Media, Size: f.Size,
		CreatedBy: f.By, CreatedAt: f.CreatedAt,
	})
}

func (r files) Get(ctx context.Context, id domain.FileID) (domain.File, error) {
	var row fileRow
	err := r.selects(&row).Where("f.id = ?", id).Where("f.kind = ?", domain.FilePlain).Scan(ctx)
	return row.file(), r.one(err, domain.ErrNotFound)
}

func (r files) List(ctx context.Context, filter domain.FileFilter, after domain.FileID, limit int) ([]domain.File, error) {
	var rows []fileRow
	q := r.selects(&rows).Where("f.kind = ?", domain.FilePlain).OrderExpr("f.id DESC").Limit(int64(limit))
	if filter.By != "" {
		q = q.Where("f.created_by = ?", filter.By)
	}
	if after != "" {
		q = q.Where("f.id < ?", after)
	}
	err := q.Scan(ctx)
	return mapped(rows, (*fileRow).file), r.dialect.translate(err)
}

func (r files) Remove(ctx context.Context, id domain.FileID) error {
	result, err := r.deletes((*fileRow)(nil)).Where("id = ?", id).Where("kind = ?", domain.FilePlain).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r files) Picture(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error) {
	var row fileRow
	q := r.selects(&row).Where("f.kind = ?", kind)
	if account != "" {
		q = q.Where("f.account_id = ?", account)
	}
	err := q.Scan(ctx)
	return row.file(), r.one(err, domain.ErrNotFound)
}

func (r files) Replace(ctx context.Context, picture domain.File) (domain.File, error) {
	if err := r.lockPicture(ctx, picture.Account); err != nil {
		return domain.File{}, err
	}
	before, err := r.forget(ctx, picture.Kind, picture.Account)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return domain.File{}, err
	}
	return before, r.Insert(ctx, picture)
}

func (r files) Forget(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error) {
	if err := r.lockPicture(ctx, account); err != nil {
		return domain.File{}, err
	}
	return r.forget(ctx, kind, account)
}

func (r files) forget(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error) {
	before, err := r.Picture(ctx, kind, account)
	if err != nil {
		return domain.File{}, err
	}
	return before, r.done(r.deletes((*fileRow)(nil)).Where("id = ?", before.ID).Exec(ctx))
}

// lockPicture locks the account, or the org, whose picture is replaced.
func (r files) lockPicture(ctx context.Context, account domain.UserID) error {
	if account != "" {
		return r.lockUser(ctx, account)
	}
	_, err := r.Org().Lock(ctx)
	return err
}

func (r files) Used(ctx context.Context) (used int64, err error) {
	err = r.selects((*fileRow)(nil)).ColumnExpr("CAST(coalesce(sum(f.size), 0) AS bigint)").Scan(ctx, &used)
	return used, r.dialect.translate(err)
}

func (r files) Known(ctx context.Context, ids []domain.FileID) (known []domain.FileID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = r.selects((*fileRow)(nil)).Column("id").Where("f.id IN (?)", bun.List(ids)).Scan(ctx, &known)
	return known, r.dialect.translate(err)
}
