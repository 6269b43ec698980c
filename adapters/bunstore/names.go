package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type names struct{ *orgTx }

// nameQueries select the names of the resources of each type.
var nameQueries = []struct{ resource, query string }{
	{"account", `SELECT 'account' AS type, u.id, COALESCE(NULLIF(u.full_name, ''), u.email) AS name
		FROM users AS u WHERE u.org_id = ? AND u.id IN (?)`},
	{"service_account", "SELECT 'service_account' AS type, sa.id, sa.name FROM service_accounts AS sa WHERE sa.org_id = ? AND sa.id IN (?)"},
	{"api_key", "SELECT 'api_key' AS type, k.id, k.name FROM api_keys AS k WHERE k.org_id = ? AND k.id IN (?)"},
	{"role", "SELECT 'role' AS type, r.id, r.name FROM roles AS r WHERE r.org_id = ? AND r.id IN (?)"},
	{"file", "SELECT 'file' AS type, f.id, f.name FROM files AS f WHERE f.org_id = ? AND f.kind = 'file' AND f.id IN (?)"},
}

func (r names) Of(ctx context.Context, resources []domain.Resource) (domain.Names, error) {
	wanted := map[string][]string{}
	for _, resource := range resources {
		if domain.IsID(resource.ID) {
			wanted[resource.Type] = append(wanted[resource.Type], resource.ID)
		}
	}
	var queries []string
	var values []any
	for _, of := range nameQueries {
		if ids := wanted[of.resource]; len(ids) > 0 {
			queries, values = append(queries, of.query), append(values, r.org, bun.List(ids))
		}
	}
	found := domain.Names{}
	if len(queries) == 0 {
		return found, nil
	}
	var rows []struct{ Type, ID, Name string }
	err := r.db.NewRaw(strings.Join(queries, " UNION ALL "), values...).Scan(ctx, &rows)
	for _, row := range rows {
		found[domain.Resource{Type: row.Type, ID: row.ID}] = row.Name
	}
	return found, r.dialect.translate(err)
}
