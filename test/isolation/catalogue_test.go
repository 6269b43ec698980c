package isolation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheCatalogueKeepsOrgsApart asks the database what it would keep apart.
func TestTheCatalogueKeepsOrgsApart(t *testing.T) {
	for _, d := range deployments {
		t.Run(d.name, func(t *testing.T) {
			database, redis := d.urls(t)
			s := serve(t, database, redis)
			proofs, err := s.app.Store.ProveIsolation(t.Context())
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(proofs), 6)
			for _, proof := range proofs {
				require.NotZero(t, proof.Seen, proof.Claim)
				require.Empty(t, proof.Faults, proof.Claim)
				require.NotEmpty(t, proof.Mend)
			}
		})
	}
}

// reference is a column that names a row of another table.
type reference struct{ table, column, target, named string }

// TestNoRowCanBelongToARowOfAnotherOrg writes past the service and past row level security.
func TestNoRowCanBelongToARowOfAnotherOrg(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		list := w.database.references(t)
		require.GreaterOrEqual(t, len(list), 7)
		for _, r := range list {
			one := "" // or a row that is refused as a duplicate
			if w.database.postgres {
				one = " AND ctid = (SELECT ctid FROM " + r.table + " WHERE org_id = $2 AND " + r.column + " IS NOT NULL LIMIT 1)"
			}
			_, err := w.database.ExecContext(t.Context(), w.database.update()+r.table+" SET "+r.column+" = (SELECT "+r.named+" FROM "+r.target+
				" WHERE org_id = $1 LIMIT 1) WHERE org_id = $2 AND "+r.column+" IS NOT NULL"+one, w.theirs.id, w.ours.id)
			require.Error(t, err, "%+v", r)
			require.Regexp(t, `(?i)foreign key`, err.Error(), "%+v", r)
		}
	})
}

// update begins a statement that a duplicate does not end.
func (d *database) update() string {
	if d.postgres {
		return "UPDATE "
	}
	return "UPDATE OR IGNORE "
}

// references lists the foreign keys between rows of orgs.
func (d *database) references(t *testing.T) (list []reference) {
	t.Helper()
	query := `
		SELECT t.name, k."from", k."table", k."to" FROM pragma_table_list t, pragma_foreign_key_list(t.name) k
		WHERE t.schema = 'main' AND k."from" <> 'org_id' AND k."table" <> 'orgs' ORDER BY 1, 2`
	if d.postgres {
		query = `
			SELECT c.conrelid::regclass::text, h.attname::text, c.confrelid::regclass::text, o.attname::text
			FROM pg_constraint c, unnest(c.conkey, c.confkey) k(here, there), pg_attribute h, pg_attribute o
			WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND h.attrelid = c.conrelid AND h.attnum = here AND h.attname <> 'org_id'
			  AND o.attrelid = c.confrelid AND o.attnum = there ORDER BY 1, 2`
	}
	rows, err := d.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var r reference
		require.NoError(t, rows.Scan(&r.table, &r.column, &r.target, &r.named))
		list = append(list, r)
	}
	require.NoError(t, rows.Err())
	return list
}
