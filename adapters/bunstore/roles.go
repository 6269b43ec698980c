package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type roleRow struct {
	bun.BaseModel `bun:"table:roles,alias:r"`

	OrgID       domain.OrgID  `bun:",pk"`
	ID          domain.RoleID `bun:",pk"`
	Name        string
	Description string
	System      bool
	Granted     jsonColumn[[]domain.Permission]
	CreatedAt   time.Time
	Version     int64
}

type userRoleRow struct {
	bun.BaseModel `bun:"table:user_roles,alias:ur"`

	OrgID  domain.OrgID  `bun:",pk"`
	UserID domain.UserID `bun:",pk"`
	RoleID domain.RoleID `bun:",pk"`
}

func (r *roleRow) role() domain.Role {
	return domain.Role{
		ID: r.ID, Name: r.Name, Description: r.Description, System: r.System,
		Granted: absent(r.Granted.value), CreatedAt: r.CreatedAt.UTC(), Version: r.Version,
	}
}

type roles struct{ *orgTx }

func (r roles) List(ctx context.Context) ([]domain.Role, error) {
	var rows []roleRow
	err := r.selects(&rows).OrderExpr("r.system DESC, r.name").Scan(ctx)
	return mapped(rows, (*roleRow).role), r.dialect.translate(err)
}

func (r roles) Insert(ctx context.Context, role domain.Role) error {
	return r.insert(ctx, newRoleRow(r.org, role))
}

func newRoleRow(org domain.OrgID, role domain.Role) *roleRow {
	return &roleRow{
		OrgID: org, ID: role.ID, Name: role.Name, Description: role.Description, System: role.System,
		Granted: list(role.Granted), CreatedAt: role.CreatedAt, Version: role.Version,
	}
}

func (r roles) Get(ctx context.Context, id domain.RoleID) (domain.Role, error) {
	var row roleRow
	err := r.selects(&row).Where("r.id = ?", id).Scan(ctx)
	return row.role(), r.one(err, domain.ErrNotFound)
}

func (r roles) Update(ctx context.Context, role domain.Role) error {
	row := newRoleRow(r.org, role)
	row.Version++
	result, err := r.updates(row).Column("name", "description", "granted", "version").
		Where("id = ?", role.ID).Where("version = ?", role.Version).Exec(ctx)
	return r.changed(result, err, domain.ErrStale)
}

// Remove implements port.Roles. It locks the role first, so that no other unit of work can assign it before the end.
func (r roles) Remove(ctx context.Context, id domain.RoleID) error {
	var row roleRow
	if err := r.locked(r.selects(&row).Where("r.id = ?", id)).Scan(ctx); err != nil {
		return r.one(err, domain.ErrNotFound)
	}
	for _, holders := range r.holders() {
		held, err := holders.Where("role_id = ?", id).Exists(ctx)
		if err != nil {
			return r.dialect.translate(err)
		}
		if held {
			return domain.ErrRoleHeld
		}
	}
	return r.done(r.deletes((*roleRow)(nil)).Where("id = ?", id).Exec(ctx))
}

func (r roles) Of(ctx context.Context, user domain.UserID) ([]domain.Role, error) {
	var rows []roleRow
	err := r.selects(&rows).Join("JOIN user_roles AS ur ON ur.org_id = r.org_id AND ur.role_id = r.id").
		Where("ur.user_id = ?", user).OrderExpr("r.name").Scan(ctx)
	return mapped(rows, (*roleRow).role), r.dialect.translate(err)
}

func (r roles) Owners(ctx context.Context) ([]domain.User, error) {
	var rows []userRow
	err := r.selects(&rows).Join("JOIN user_roles AS ur ON ur.org_id = u.org_id AND ur.user_id = u.id").
		Join("JOIN roles AS r ON r.org_id = ur.org_id AND r.id = ur.role_id").
		Where("r.system").Where("r.name = ?", domain.RoleOwner).OrderExpr("u.id").Scan(ctx)
	return mapped(rows, (*userRow).user), r.dialect.translate(err)
}

// holders selects the accounts and the service accounts that hold roles.
func (r roles) holders() [2]*bun.SelectQuery {
	return [2]*bun.SelectQuery{r.selects((*userRoleRow)(nil)), r.selects((*serviceAccountRoleRow)(nil))}
}

func (r roles) CountHolders(ctx context.Context) (map[domain.RoleID]int, error) {
	counts := map[domain.RoleID]int{}
	for _, holders := range r.holders() {
		var rows []struct {
			RoleID domain.RoleID
			Count  int
		}
		if err := holders.Column("role_id").ColumnExpr("count(*) AS count").Group("role_id").Scan(ctx, &rows); err != nil {
			return nil, r.dialect.translate(err)
		}
		for _, row := range rows {
			counts[row.RoleID] += row.Count
		}
	}
	return counts, nil
}

func (r roles) Assign(ctx context.Context, user domain.UserID, ids []domain.RoleID) error {
	if err := r.lockUser(ctx, user); err != nil {
		return err
	}
	if err := r.done(r.deletes((*userRoleRow)(nil)).Where("user_id = ?", user).Exec(ctx)); err != nil || len(ids) == 0 {
		return err
	}
	rows := make([]userRoleRow, len(ids))
	for i, id := range ids {
		rows[i] = userRoleRow{OrgID: r.org, UserID: user, RoleID: id}
	}
	return r.insert(ctx, &rows)
}

// mapped converts rows to domain values.
func mapped[Row, Entity any](rows []Row, entity func(*Row) Entity) []Entity {
	entities := make([]Entity, len(rows))
	for i := range rows {
		entities[i] = entity(&rows[i])
	}
	return entities
}
