package isolation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// reference is a column that names a row of another table.
type reference struct{ table, column, target, named string }

// update returns the beginning of an UPDATE that skips duplicates.
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
			WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND h.attrelid = c.conrelid AND h.attnum = here
				AND h.attname <> 'org_id'
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
