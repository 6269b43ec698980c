package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`

	OrgID       domain.OrgID     `bun:",pk"`
	ID          domain.SessionID `bun:",pk"`
	UserID      domain.UserID
	AMR         jsonColumn[[]domain.AMR] `bun:"amr"`
	AuthTime    time.Time
	CreatedAt   time.Time
	LastSeenAt  time.Time
	ExpiresAt   time.Time
	EndedAt     time.Time `bun:",nullzero"`
	EndReason   domain.EndReason
	Address     string
	UserAgent   string
	FamilyHash  domain.TokenHash
	CurrentHash domain.TokenHash
	Spent       jsonColumn[[]domain.SpentToken]
}

func newSessionRow(org domain.OrgID, s domain.Session) *sessionRow {
	return &sessionRow{
		OrgID: org, ID: s.ID, UserID: s.User, AMR: list(s.AMR), AuthTime: s.AuthTime, CreatedAt: s.CreatedAt,
		LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, EndedAt: s.EndedAt, EndReason: s.EndReason, Address: storable(s.Address), UserAgent: storable(s.UserAgent),
		FamilyHash: s.Refresh.FamilyHash, CurrentHash: s.Refresh.CurrentHash, Spent: list(s.Refresh.Spent),
	}
}

func (r *sessionRow) session() domain.Session {
	return domain.Session{
		ID: r.ID, User: r.UserID, AMR: absent(r.AMR.value), AuthTime: r.AuthTime.UTC(), CreatedAt: r.CreatedAt.UTC(),
		LastSeenAt: r.LastSeenAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: r.EndedAt.UTC(), EndReason: r.EndReason,
		Address: r.Address, UserAgent: r.UserAgent,
		Refresh: domain.RefreshFamily{FamilyHash: r.FamilyHash, CurrentHash: r.CurrentHash, Spent: absent(r.Spent.value)},
	}
}

type sessions struct{ *orgTx }

func (r sessions) Insert(ctx context.Context, session domain.Session) error {
	return r.insert(ctx, newSessionRow(r.org, session))
}

func (r sessions) Lock(ctx context.Context, id domain.SessionID) (domain.Session, error) {
	var row sessionRow
	err := r.locked(r.selects(&row).Where("s.id = ?", id)).Scan(ctx)
	return row.session(), r.one(err, domain.ErrNotFound)
}

func (r sessions) Update(ctx context.Context, session domain.Session) error {
	result, err := r.updates(newSessionRow(r.org, session)).
		Column("amr", "auth_time", "last_seen_at", "ended_at", "end_reason", "address", "user_agent", "family_hash", "current_hash", "spent").
		Where("id = ?", session.ID).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r sessions) Live(ctx context.Context, user domain.UserID, now time.Time) ([]domain.Session, error) {
	var rows []sessionRow
	err := r.selects(&rows).Where("s.user_id = ?", user).Where("s.ended_at IS NULL").Where("s.expires_at > ?", now).
		OrderExpr("s.created_at DESC, s.id DESC").Scan(ctx)
	return mapped(rows, (*sessionRow).session), r.dialect.translate(err)
}

func (r sessions) EndAll(ctx context.Context, user domain.UserID, keep domain.SessionID, reason domain.EndReason, now time.Time) (int, error) {
	q := r.ends(reason, now).Where("user_id = ?", user)
	if keep != "" {
		q = q.Where("id <> ?", keep)
	}
	return r.counted(q.Exec(ctx))
}

func (r sessions) EndAllOfOrg(ctx context.Context, reason domain.EndReason, now time.Time) (int, error) {
	return r.counted(r.ends(reason, now).Exec(ctx))
}

// ends ends the org's live sessions; callers add further conditions.
func (r sessions) ends(reason domain.EndReason, now time.Time) *bun.UpdateQuery {
	return r.updates((*sessionRow)(nil)).Set("ended_at = ?", now).Set("end_reason = ?", reason).
		Where("ended_at IS NULL").Where("expires_at > ?", now)
}

func (r sessions) Touch(ctx context.Context, id domain.SessionID, at time.Time) error {
	return r.done(r.updates((*sessionRow)(nil)).Set("last_seen_at = ?", at).
		Where("id = ?", id).Where("last_seen_at < ?", at).Exec(ctx))
}
