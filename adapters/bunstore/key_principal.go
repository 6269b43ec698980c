package bunstore

import (
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

// The conditions by which a request names its API key: the hash of the secret, or the id in an access token that has not been
// revoked.
const (
	keyByHash = "k.hash = $2"
	keyByID   = "k.id = $2 AND NOT EXISTS (SELECT 1 FROM revoked_tokens t WHERE t.org_id = $1 AND t.token = $3)"
)

// keyColumns are the columns of an API key that a request needs, and the stamps of its account, org and granter.
const keyColumns = `
       k.id, k.service_account_id, k.name, k.networks, coalesce(CAST(k.created_by AS text), ''), k.created_at, k.expires_at, k.last_used_at,
       sa.stamp, o.stamp, coalesce(g.stamp, 0)`

// serviceColumns are the org, its settings, the service account, its roles as JSON, and the status and the roles of the account
// that granted them.
const serviceColumns = orgColumns + `,
       sa.id, sa.name, sa.status, sa.created_at, sa.updated_at, sa.version,
       (%[1]s FROM service_account_roles sr JOIN roles r ON r.org_id = sr.org_id AND r.id = sr.role_id
        WHERE sr.org_id = $1 AND sr.service_account_id = sa.id),
       coalesce(g.status, ''),
       (%[1]s FROM user_roles ur JOIN roles r ON r.org_id = ur.org_id AND r.id = ur.role_id
        WHERE ur.org_id = $1 AND ur.user_id = g.id)`

// serviceTables joins a service account sa with its org and the account that granted its roles.
const serviceTables = `
JOIN orgs o ON o.id = sa.org_id
LEFT JOIN users g ON g.org_id = sa.org_id AND g.id = sa.granted_by`

// keySQL reads only the API key and the stamps: four rows by their primary keys or a unique index. $1 is the org.
func keySQL(condition string) string {
	return `
SELECT ` + keyColumns + `
FROM api_keys k
JOIN service_accounts sa ON sa.org_id = k.org_id AND sa.id = k.service_account_id` + serviceTables + `
WHERE k.org_id = $1 AND ` + condition
}

// keyPrincipalSQL reads everything that a request needs to know about an API key.
func keyPrincipalSQL(condition string, lists listsJSON) string {
	return `
SELECT ` + keyColumns + "," + fmt.Sprintf(serviceColumns, lists.roles) + `
FROM api_keys k
JOIN service_accounts sa ON sa.org_id = k.org_id AND sa.id = k.service_account_id` + serviceTables + `
JOIN org_settings os ON os.org_id = k.org_id
WHERE k.org_id = $1 AND ` + condition
}

// serviceStandingSQL reads the same about a service account without a key.
func serviceStandingSQL(lists listsJSON) string {
	return serviceStandingsSQL(lists.roles) + " AND sa.id = $2"
}

// serviceStandingsSQL reads it about all service accounts of the org.
func serviceStandingsSQL(rolesJSON string) string {
	return `
SELECT ` + fmt.Sprintf(serviceColumns, rolesJSON) + `
FROM service_accounts sa` + serviceTables + `
JOIN org_settings os ON os.org_id = sa.org_id
WHERE sa.org_id = $1`
}

// standingsSQL reads it about the service accounts of the org that a query names.
func standingsSQL(rolesJSON string, accounts *bun.SelectQuery) string {
	return serviceStandingsSQL(rolesJSON) + " AND sa.id IN (" + accounts.String() + ")"
}

// keyScan holds the destinations of keyColumns. It leaves out the hash, which no request needs.
type keyScan struct {
	principalState
	networks []byte
}

func (c *keyScan) columns() []any {
	k := &c.key
	return []any{
		(*string)(&k.ID), (*string)(&k.Account), &k.Name, &c.networks, (*string)(&k.CreatedBy), at(&k.CreatedAt), at(&k.ExpiresAt),
		at(&k.LastUsedAt), &c.stamps.account, &c.stamps.org, &c.stamps.granter,
	}
}

// state returns what was scanned.
func (c *keyScan) state() (principalState, error) {
	c.account = domain.UserID(c.key.Account)
	err := listFromJSON(c.networks, &c.key.Networks)
	return c.principalState, err
}

// scanKey reads the one row of keySQL.
func scanKey(scan func(...any) error) (principalState, error) {
	var row keyScan
	if err := scan(row.columns()...); err != nil {
		return principalState{}, err
	}
	return row.state()
}

// scanKeyPrincipal reads the one row of keyPrincipalSQL.
func scanKeyPrincipal(scan func(...any) error) (p domain.Principal, at stamps, err error) {
	var row keyScan
	if p, err = scanService(scan, row.columns()...); err != nil {
		return domain.Principal{}, stamps{}, err
	}
	state, err := row.state()
	p.Key = state.key
	return p, state.stamps, err
}

// scanService reads the columns of first, and then serviceColumns. The principal has no key.
func scanService(scan func(...any) error, first ...any) (domain.Principal, error) {
	var (
		org           domain.Org
		settings      settingsRow
		account       domain.ServiceAccount
		granter       domain.Status
		held, granted []byte
	)
	err := scan(append(append(first, orgDestinations(&org, &settings)...),
		&account.ID, &account.Name, &account.Status, at(&account.CreatedAt), at(&account.UpdatedAt), &account.Version,
		&held, &granter, &granted,
	)...)
	if err != nil {
		return domain.Principal{}, err
	}
	if account.Roles, err = rolesFromJSON(held); err != nil {
		return domain.Principal{}, err
	}
	by := domain.Granter{Active: granter == domain.StatusActive}
	if by.Roles, err = rolesFromJSON(granted); err != nil {
		return domain.Principal{}, err
	}
	return domain.ServicePrincipal(org, settings.settings(), account, by, domain.APIKey{}), nil
}
