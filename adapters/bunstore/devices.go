package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type deviceRow struct {
	bun.BaseModel `bun:"table:devices,alias:d"`

	OrgID      domain.OrgID    `bun:",pk"`
	ID         domain.DeviceID `bun:",pk"`
	UserID     domain.UserID
	Name       string
	TokenHash  domain.TokenHash
	Spent      jsonColumn[[]domain.SpentToken]
	Skips      int
	Address    string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	EndedAt    time.Time `bun:",nullzero"`
	EndReason  domain.DeviceEnd
}

func newDeviceRow(org domain.OrgID, d domain.Device) *deviceRow {
	return &deviceRow{
		OrgID: org, ID: d.ID, UserID: d.User, Name: storable(d.Name),
		TokenHash: d.TokenHash, Spent: list(d.Spent), Skips: d.Skips, Address: storable(d.Address),
		CreatedAt: d.CreatedAt, LastUsedAt: d.LastUsedAt, ExpiresAt: d.ExpiresAt, EndedAt: d.EndedAt, EndReason: d.EndReason,
	}
}

func (r *deviceRow) device() domain.Device {
	return domain.Device{
		ID: r.ID, User: r.UserID, Name: r.Name,
		TokenHash: r.TokenHash, Spent: absent(r.Spent.value), Skips: r.Skips, Address: r.Address,
		CreatedAt: r.CreatedAt.UTC(), LastUsedAt: r.LastUsedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: r.EndedAt.UTC(),
		EndReason: r.EndReason,
	}
}

type devices struct{ *orgTx }

func (r devices) Insert(ctx context.Context, device domain.Device) error {
	return r.insert(ctx, newDeviceRow(r.org, device))
}

func (r devices) Lock(ctx context.Context, id domain.DeviceID) (domain.Device, error) {
	var row deviceRow
	err := r.locked(r.selects(&row).Where("d.id = ?", id)).Scan(ctx)
	return row.device(), r.one(err, domain.ErrNotFound)
}

func (r devices) Get(ctx context.Context, id domain.DeviceID) (domain.Device, error) {
	var row deviceRow
	err := r.selects(&row).Where("d.id = ?", id).Scan(ctx)
	return row.device(), r.one(err, domain.ErrNotFound)
}

func (r devices) Update(ctx context.Context, device domain.Device) error {
	result, err := r.updates(newDeviceRow(r.org, device)).
		Column("name", "token_hash", "spent", "skips", "address", "last_used_at", "expires_at").Where("id = ?", device.ID).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r devices) Forget(ctx context.Context, id domain.DeviceID, reason domain.DeviceEnd, now time.Time) error {
	result, err := r.ending(reason, now).Where("id = ?", id).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r devices) ForgetAll(ctx context.Context, user domain.UserID, reason domain.DeviceEnd, now time.Time) (int, error) {
	return r.counted(r.ending(reason, now).Where("user_id = ?", user).Exec(ctx))
}

func (r devices) ForgetAllOfOrg(ctx context.Context, reason domain.DeviceEnd, now time.Time) (int, error) {
	return r.counted(r.ending(reason, now).Exec(ctx))
}

// ending returns the statement that ends the remembered devices of the org and removes their tokens. Callers add conditions.
func (r devices) ending(reason domain.DeviceEnd, now time.Time) *bun.UpdateQuery {
	return r.updates((*deviceRow)(nil)).Set("ended_at = ?", now).Set("end_reason = ?", reason).
		Set("token_hash = ''").Set("spent = '[]'").Where("ended_at IS NULL")
}

func (r devices) List(ctx context.Context, user domain.UserID) ([]domain.Device, error) {
	var rows []deviceRow
	err := r.selects(&rows).Where("d.user_id = ?", user).OrderExpr("d.last_used_at DESC, d.id DESC").Scan(ctx)
	return mapped(rows, (*deviceRow).device), r.dialect.translate(err)
}
