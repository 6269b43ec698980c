package bunstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type serviceAccountRow struct {
	bun.BaseModel `bun:"table:service_accounts,alias:sa"`

	OrgID       domain.OrgID            `bun:",pk"`
	ID          domain.ServiceAccountID `bun:",pk"`
	Name        string
	NameKey     string
	Description string
	Status      domain.Status
	GrantedBy   domain.UserID `bun:",nullzero"`
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64

	RolesJSON []byte `bun:"roles_json,scanonly"`
}

type serviceAccountRoleRow struct {
	bun.BaseModel `bun:"table:service_account_roles,alias:sr"`

	OrgID            domain.OrgID            `bun:",pk"`
	ServiceAccountID domain.ServiceAccountID `bun:",pk"`
	RoleID           domain.RoleID           `bun:",pk"`
}

func newServiceAccountRow(org domain.OrgID, a domain.ServiceAccount) *serviceAccountRow {
	return &serviceAccountRow{
		OrgID: org, ID: a.ID, Name: a.Name, NameKey: a.NameKey(), Description: a.Description, Status: a.Status, GrantedBy: a.GrantedBy,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Version: a.Version,
	}
}

func (r *serviceAccountRow) account() (domain.ServiceAccount, error) {
	roles, err := rolesFromJSON(r.RolesJSON)
	slices.SortFunc(roles, func(a, b domain.Role) int { return strings.Compare(a.Name, b.Name) })
	return domain.ServiceAccount{
		ID: r.ID, Name: r.Name, Description: r.Description, Status: r.Status, Roles: absent(roles), GrantedBy: r.GrantedBy,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}, err
}

type serviceAccounts struct{ *orgTx }

// withRoles selects service accounts with their roles.
func (r serviceAccounts) withRoles(model any) *bun.SelectQuery {
	return r.selects(model).ColumnExpr("sa.*").ColumnExpr("(" + r.dialect.rolesJSON +
		" FROM service_account_roles sr JOIN roles r ON r.org_id = sr.org_id AND r.id = sr.role_id" +
		" WHERE sr.org_id = sa.org_id AND sr.service_account_id = sa.id) AS roles_json")
}

func (r serviceAccounts) Get(ctx context.Context, id domain.ServiceAccountID) (domain.ServiceAccount, error) {
	var row serviceAccountRow
	if err := r.withRoles(&row).Where("sa.id = ?", id).Scan(ctx); err != nil {
		return domain.ServiceAccount{}, r.one(err, domain.ErrNotFound)
	}
	return row.account()
}

// Lock implements port.ServiceAccounts. The account is locked before its roles are read, so that those are the roles that the
// previous holder of the lock left.
func (r serviceAccounts) Lock(ctx context.Context, id domain.ServiceAccountID) (domain.ServiceAccount, error) {
	if r.dialect.lockRows && domain.IsID(string(id)) {
		const lock = "SELECT 1 FROM service_accounts WHERE org_id = $1 AND id = $2 FOR UPDATE"
		if err := r.queue(ctx, lock, string(r.org), string(id)); err != nil {
			return domain.ServiceAccount{}, err
		}
	}
	return r.Get(ctx, id)
}

func (r serviceAccounts) Standing(ctx context.Context, id domain.ServiceAccountID) (p domain.Principal, err error) {
	if !domain.IsID(string(id)) {
		return domain.Principal{}, domain.ErrNotFound
	}
	err = r.dialect.observed(ctx, "SELECT standing", func(ctx context.Context) (err error) {
		p, err = scanService(r.db.Tx.QueryRowContext(ctx, r.dialect.serviceStanding, string(r.org), string(id)).Scan)
		return err
	})
	return p, r.one(err, domain.ErrNotFound)
}

func (r serviceAccounts) Insert(ctx context.Context, account domain.ServiceAccount) error {
	if err := r.insert(ctx, newServiceAccountRow(r.org, account)); err != nil {
		return err
	}
	return r.grant(ctx, account)
}

// grant stores the roles of an account that has none.
func (r serviceAccounts) grant(ctx context.Context, account domain.ServiceAccount) error {
	if len(account.Roles) == 0 {
		return nil
	}
	rows := make([]serviceAccountRoleRow, len(account.Roles))
	for i, role := range account.Roles {
		rows[i] = serviceAccountRoleRow{OrgID: r.org, ServiceAccountID: account.ID, RoleID: role.ID}
	}
	return r.insert(ctx, &rows)
}

func (r serviceAccounts) Update(ctx context.Context, account domain.ServiceAccount) error {
	row := newServiceAccountRow(r.org, account)
	row.Version++
	result, err := r.updates(row).Column("name", "name_key", "description", "status", "granted_by", "updated_at", "version").
		Where("id = ?", account.ID).Where("version = ?", account.Version).Exec(ctx)
	if err := r.changed(result, err, domain.ErrStale); err != nil {
		return err
	}
	if err := r.done(r.deletes((*serviceAccountRoleRow)(nil)).Where("service_account_id = ?", account.ID).Exec(ctx)); err != nil {
		return err
	}
	return r.grant(ctx, account)
}

func (r serviceAccounts) Remove(ctx context.Context, id domain.ServiceAccountID) error {
	result, err := r.deletes((*serviceAccountRow)(nil)).Where("id = ?", id).Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

func (r serviceAccounts) List(ctx context.Context, after domain.ServiceAccountID, limit int) ([]domain.ServiceAccount, error) {
	var rows []serviceAccountRow
	q := r.withRoles(&rows).OrderExpr("sa.id").Limit(int64(limit))
	if after != "" {
		q = q.Where("sa.id > ?", after)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, r.dialect.translate(err)
	}
	accounts := make([]domain.ServiceAccount, len(rows))
	for i := range rows {
		var err error
		if accounts[i], err = rows[i].account(); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

func (r serviceAccounts) Count(ctx context.Context) (int, error) {
	count, err := r.selects((*serviceAccountRow)(nil)).Count(ctx)
	return int(count), r.dialect.translate(err)
}
