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
		LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, EndedAt: s.EndedAt, EndReason: s.EndReason,
		Address: storable(s.Address), UserAgent: storable(s.UserAgent),
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

// insertSession is a prepared statement on PostgreSQL, because every sign-in runs it.
const insertSession = `INSERT INTO sessions (org_id, id, user_id, amr, auth_time, created_at, last_seen_at, expires_at, ended_at,
	end_reason, address, user_agent, family_hash, current_hash, spent)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

func (r sessions) Insert(ctx context.Context, session domain.Session) error {
	row := newSessionRow(r.org, session)
	return r.queue(ctx, insertSession, string(row.OrgID), string(row.ID), string(row.UserID), row.AMR, row.AuthTime, row.CreatedAt,
		row.LastSeenAt, row.ExpiresAt, orNull(row.EndedAt), string(row.EndReason), row.Address, row.UserAgent,
		string(row.FamilyHash), string(row.CurrentHash), row.Spent)
}

func (r sessions) Lock(ctx context.Context, id domain.SessionID) (domain.Session, error) {
	var row sessionRow
	err := r.locked(r.selects(&row).Where("s.id = ?", id)).Scan(ctx)
	return row.session(), r.one(err, domain.ErrNotFound)
}

// LockPrincipal implements port.Sessions. Like Store.Principal, it uses the principal cache.
func (r sessions) LockPrincipal(ctx context.Context, id domain.SessionID) (p domain.Principal, err error) {
	if !domain.IsID(string(id)) {
		return domain.Principal{}, domain.ErrNotFound
	}
	var family domain.RefreshFamily
	key := ofSession(r.org, id)
	if known, ok := r.principals.principals.Get(key); ok {
		var now principalState
		err := r.lockRow(ctx, r.dialect.lockSession, id, &family, func(scan func(...any) error) (err error) {
			now, err = scanSession(scan)
			return err
		})
		if err != nil {
			return domain.Principal{}, err
		}
		if p, ok := known.principal(now); ok {
			p.Session.Refresh = family
			return p, nil
		}
	}
	var at stamps
	unchanged := r.pipeline.empty // see principalCache.add
	err = r.lockRow(ctx, r.dialect.lockPrincipal, id, &family, func(scan func(...any) error) (err error) {
		p, at, err = scanPrincipal(scan)
		return err
	})
	if err == nil && unchanged {
		r.principals.add(key, p, at)
	}
	p.Session.Refresh = family
	return p, err
}

// lockRow reads the row of a session with one of the statements of LockPrincipal.
func (r sessions) lockRow(
	ctx context.Context, statement string, id domain.SessionID, family *domain.RefreshFamily, read func(scan func(...any) error) error,
) error {
	err := r.dialect.observed(ctx, "SELECT session", func(ctx context.Context) error {
		return read(withTokens(r.db.Tx.QueryRowContext(ctx, statement, string(r.org), string(id)).Scan, family))
	})
	return r.one(err, domain.ErrNotFound)
}

func (r sessions) Update(ctx context.Context, session domain.Session) error {
	result, err := r.updates(newSessionRow(r.org, session)).
		Column("amr", "auth_time", "last_seen_at", "ended_at", "end_reason", "address", "user_agent", "family_hash", "current_hash", "spent").
		Where("id = ?", session.ID).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

// rotateSession is a prepared statement on PostgreSQL, because every refresh runs it.
const rotateSession = "UPDATE sessions SET last_seen_at = $3, current_hash = $4, spent = $5 WHERE org_id = $1 AND id = $2"

func (r sessions) Rotate(ctx context.Context, session domain.Session) error {
	return r.queue(ctx, rotateSession, string(r.org), string(session.ID), session.LastSeenAt,
		string(session.Refresh.CurrentHash), list(session.Refresh.Spent))
}

func (r sessions) Live(ctx context.Context, user domain.UserID, now time.Time) ([]domain.Session, error) {
	var rows []sessionRow
	err := r.selects(&rows).Where("s.user_id = ?", user).Where("s.ended_at IS NULL").Where("s.expires_at > ?", now).
		OrderExpr("s.created_at DESC, s.id DESC").Scan(ctx)
	return mapped(rows, (*sessionRow).session), r.dialect.translate(err)
}

func (r sessions) EndAll(
	ctx context.Context, user domain.UserID, keep domain.SessionID, reason domain.EndReason, now time.Time,
) (int, error) {
	q := r.ending(reason, now).Where("user_id = ?", user)
	if keep != "" {
		q = q.Where("id <> ?", keep)
	}
	return r.counted(q.Exec(ctx))
}

func (r sessions) EndAllOfOrg(ctx context.Context, reason domain.EndReason, now time.Time) (int, error) {
	return r.counted(r.ending(reason, now).Exec(ctx))
}

// ending returns the statement that ends the live sessions of the org. Callers add conditions.
func (r sessions) ending(reason domain.EndReason, now time.Time) *bun.UpdateQuery {
	return r.updates((*sessionRow)(nil)).Set("ended_at = ?", now).Set("end_reason = ?", reason).
		Where("ended_at IS NULL").Where("expires_at > ?", now)
}

func (r sessions) Touch(ctx context.Context, id domain.SessionID, at time.Time) error {
	return r.done(r.updates((*sessionRow)(nil)).Set("last_seen_at = ?", at).
		Where("id = ?", id).Where("last_seen_at < ?", at).Exec(ctx))
}
