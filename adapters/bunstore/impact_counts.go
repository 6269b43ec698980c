package bunstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type impactCounts struct{ *orgTx }

// administrators joins, as adm, the accounts with an admin role to the column user of the query.
func (r impactCounts) administrators(ctx context.Context, q *bun.SelectQuery, user string) (*bun.SelectQuery, error) {
	all, err := roles(r).List(ctx)
	if err != nil {
		return nil, err
	}
	var admin []domain.RoleID
	for _, role := range all {
		if role.Admin() {
			admin = append(admin, role.ID)
		}
	}
	held := r.selects((*userRoleRow)(nil)).ColumnExpr("DISTINCT ur.user_id").Where("ur.role_id IN (?)", bun.List(admin))
	return q.Join("LEFT JOIN (?) AS adm ON adm.user_id = "+user, held), nil
}

func (r impactCounts) Sessions(ctx context.Context, now time.Time, seen [2]time.Time) ([]domain.SessionGroup, error) {
	q, err := r.administrators(ctx, r.selects((*sessionRow)(nil)), "s.user_id")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Active     bool
		Admin      bool
		AMR        jsonColumn[[]domain.AMR] `bun:"amr"`
		LastSeenAt time.Time
		ExpiresAt  time.Time
		Count      int
	}
	suspended := r.selects((*userRow)(nil)).ColumnExpr("u.id").Where("u.status = 'suspended'") // few, by their own index
	err = q.Join("LEFT JOIN (?) AS sus ON sus.id = s.user_id", suspended).
		ColumnExpr("sus.id IS NULL AS active, adm.user_id IS NOT NULL AS admin, CAST(s.amr AS text) AS amr").
		ColumnExpr("max(s.last_seen_at) AS last_seen_at, max(s.expires_at) AS expires_at, count(*) AS count").
		Where("s.ended_at IS NULL").Where("s.expires_at > ?", now).
		GroupExpr("sus.id IS NULL, adm.user_id IS NOT NULL, CAST(s.amr AS text)").
		GroupExpr("s.last_seen_at > ?, s.last_seen_at > ?", seen[0], seen[1]).
		Scan(ctx, &rows)
	groups := make([]domain.SessionGroup, len(rows))
	for i, row := range rows {
		groups[i] = domain.SessionGroup{Count: row.Count, Facts: domain.SessionFacts{
			OrgActive: true, AccountActive: row.Active, AdminRole: row.Admin,
			Session: domain.Session{AMR: absent(row.AMR.value), LastSeenAt: row.LastSeenAt.UTC(), ExpiresAt: row.ExpiresAt.UTC()},
		}}
	}
	return groups, r.dialect.translate(err)
}

func (r impactCounts) Accounts(ctx context.Context) ([]domain.AccountGroup, error) {
	q, err := r.administrators(ctx, r.selects((*userRow)(nil)), "u.id")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Status   domain.Status
		Enrolled bool
		Passkey  bool
		Admin    bool
		Count    int
	}
	enrolled := r.selects((*authenticatorRow)(nil)).
		ColumnExpr("a.user_id, max(CASE a.kind WHEN ? THEN 1 ELSE 0 END) AS passkeys", domain.FactorPasskey).
		Where("a.enrolled_at IS NOT NULL").GroupExpr("a.user_id")
	err = q.Join("LEFT JOIN (?) AS a ON a.user_id = u.id", enrolled).
		ColumnExpr("u.status, a.user_id IS NOT NULL AS enrolled, coalesce(a.passkeys, 0) > 0 AS passkey").
		ColumnExpr("adm.user_id IS NOT NULL AS admin, count(*) AS count").
		GroupExpr("u.status, a.user_id IS NOT NULL, coalesce(a.passkeys, 0) > 0, adm.user_id IS NOT NULL").Scan(ctx, &rows)
	groups := make([]domain.AccountGroup, len(rows))
	for i, row := range rows {
		groups[i] = domain.AccountGroup{
			Active: row.Status == domain.StatusActive, Enrolled: row.Enrolled, Passkey: row.Passkey, Admin: row.Admin, Count: row.Count,
		}
	}
	return groups, r.dialect.translate(err)
}

func (r impactCounts) Devices(ctx context.Context, now time.Time, made [2]time.Time) ([]domain.DeviceGroup, error) {
	q, err := r.administrators(ctx, r.selects((*deviceRow)(nil)), "d.user_id")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		CreatedAt time.Time
		ExpiresAt time.Time
		Admin     bool
		Count     int
	}
	err = q.ColumnExpr("max(d.created_at) AS created_at, max(d.expires_at) AS expires_at").
		ColumnExpr("adm.user_id IS NOT NULL AS admin, count(*) AS count").Where("d.ended_at IS NULL").
		GroupExpr("d.expires_at > ?, d.created_at > ?, d.created_at > ?, adm.user_id IS NOT NULL", now, made[0], made[1]).Scan(ctx, &rows)
	groups := make([]domain.DeviceGroup, len(rows))
	for i, row := range rows {
		device := domain.Device{CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC()}
		groups[i] = domain.DeviceGroup{Device: device, Admin: row.Admin, Count: row.Count}
	}
	return groups, r.dialect.translate(err)
}

func (r impactCounts) SignIns(ctx context.Context, since time.Time, most int) ([]domain.SignInGroup, error) {
	newest := r.eventsBy(byName, (*auditRow)(nil)).
		ColumnExpr("ae.at, ae.id, ae.actor_id, ae.details ->> 'amr' AS amr, ae.details ->> 'device_days' AS days").
		Where("ae.name = ?", domain.EventSignedIn).Where("ae.at >= ?", since).OrderExpr("ae.at DESC, ae.id DESC").Limit(int64(most))
	q, err := r.administrators(ctx, r.db.NewSelect().TableExpr("(?) AS newest", newest), "newest.actor_id")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		AMR   string `bun:"amr"`
		Days  string
		Admin bool
		Count int
	}
	err = q.ColumnExpr("coalesce(newest.amr, '') AS amr, coalesce(newest.days, '') AS days").
		ColumnExpr("adm.user_id IS NOT NULL AS admin, count(*) AS count").
		GroupExpr("newest.amr, newest.days, adm.user_id IS NOT NULL").Scan(ctx, &rows)
	groups := make([]domain.SignInGroup, len(rows))
	for i, row := range rows {
		age, err := strconv.Atoi(row.Days)
		if err != nil {
			age = -1
		}
		groups[i] = domain.SignInGroup{DeviceAge: age, Admin: row.Admin, Count: row.Count}
		for method := range strings.FieldsSeq(row.AMR) {
			groups[i].AMR = append(groups[i].AMR, domain.AMR(method))
		}
	}
	return groups, r.dialect.translate(err)
}

func (r impactCounts) ServiceAccounts(ctx context.Context, now time.Time) (all []domain.Principal, err error) {
	keyed := r.selects((*apiKeyRow)(nil)).ColumnExpr("k.service_account_id").Where("k.expires_at > ?", now)
	statement := standingsSQL(r.dialect.rolesJSON, keyed)
	err = r.dialect.observed(ctx, "SELECT standings", func(ctx context.Context) error {
		rows, err := r.db.Tx.QueryContext(ctx, statement, string(r.org))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			p, err := scanService(rows.Scan)
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		return rows.Err()
	})
	return all, r.dialect.translate(err)
}

// maxWaysIn is the maximum number of accounts that WaysIn examines.
const maxWaysIn = 1000

type wayInRow struct {
	userRow `bun:",extend"`

	Owner      bool      `bun:",scanonly"`
	EnrolledAt time.Time `bun:",nullzero,scanonly"`
	CodeShown  bool      `bun:",scanonly"`
	PasskeyAt  time.Time `bun:",nullzero,scanonly"` // when a passkey was last used or added
	MadeAt     time.Time `bun:",nullzero,scanonly"`
	LastsUntil time.Time `bun:",nullzero,scanonly"`
}

func (r *wayInRow) wayIn(since time.Time) domain.WayIn {
	way := domain.WayIn{
		User: r.user(), Owner: r.Owner, Enrolled: !r.EnrolledAt.IsZero(), CodeShown: r.CodeShown || !r.EnrolledAt.Before(since),
		Passkey: !r.PasskeyAt.IsZero(), PasskeyShown: !r.PasskeyAt.Before(since),
	}
	if !r.MadeAt.IsZero() {
		way.Device = domain.Device{ID: "newest", CreatedAt: r.MadeAt.UTC(), ExpiresAt: r.LastsUntil.UTC()}
	}
	return way
}

func (r impactCounts) WaysIn(ctx context.Context, caller domain.UserID, since, now time.Time) ([]domain.WayIn, error) {
	owners := r.selects((*userRoleRow)(nil)).Column("ur.user_id").Join("JOIN roles AS r ON r.org_id = ur.org_id AND r.id = ur.role_id").
		Where("r.system").Where("r.name = ?", domain.RoleOwner)
	either := owners.Clone()
	if caller != "" {
		either = either.Union(r.selects((*userRow)(nil)).ColumnExpr("u.id").Where("u.id = ?", caller))
	}
	shown := r.eventsBy(byActor, (*auditRow)(nil)).ColumnExpr("1").Where("ae.actor_id = u.id").
		Where("ae.name IN (?)", bun.List([]domain.EventName{domain.EventSignedIn, domain.EventSteppedUp})).Where("ae.at >= ?", since).
		Where("ae.details ->> 'amr' LIKE '%otp%' OR ae.details ->> 'amr' LIKE '%pop%'")
	newest := r.selects((*deviceRow)(nil)).ColumnExpr("d.user_id, max(d.created_at) AS made_at, max(d.expires_at) AS lasts_until").
		Where("d.ended_at IS NULL").Where("d.expires_at > ?", now).Where("d.user_id IN (?)", either.Clone()).GroupExpr("d.user_id")
	passkey := r.selects((*authenticatorRow)(nil)).ColumnExpr("max(coalesce(a.last_used_at, a.enrolled_at))").
		Where("a.user_id = u.id").Where("a.kind = ?", domain.FactorPasskey).Where("a.enrolled_at IS NOT NULL")
	var rows []wayInRow
	err := r.selects(&rows).ColumnExpr("u.*, u.id IN (?) AS owner, ("+lastEnrolledAt+") AS enrolled_at", owners).
		ColumnExpr("EXISTS (?) AS code_shown, (?) AS passkey_at", shown, passkey).ColumnExpr("dev.made_at, dev.lasts_until").
		Join("LEFT JOIN (?) AS dev ON dev.user_id = u.id", newest).
		Where("u.id IN (?)", either).Where("u.status = ?", domain.StatusActive).
		OrderExpr("u.last_sign_in_at DESC").Limit(maxWaysIn).Scan(ctx)
	return mapped(rows, func(row *wayInRow) domain.WayIn { return row.wayIn(since) }), r.dialect.translate(err)
}
