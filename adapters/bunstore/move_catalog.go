package bunstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/sole-platform/sole/application/port"
)

// postgresCatalog describes the tables in the schema of a connection. Partitions are parts of their table.
type postgresCatalog struct {
	login    string
	bypasses bool     // whether row level security does not bind the login
	names    []string // of the tables
	all      []string // names, quoted
	forced   []string // tables and partitions, quoted, whose row level security binds their owner
	// parts are a table and its partitions, quoted, if its rows are moved.
	parts     map[string][]string
	columns   map[string]map[string]postgresColumn
	sequences map[string]string // quoted, by the table that they number
	refers    map[string][]string
}

// postgresColumn is a column of a table.
type postgresColumn struct {
	position  int
	kind      string // the name of its type; of an enumeration enum
	width     int    // of bits
	generated bool
}

// kinds are the kinds of the values of PostgreSQL's types.
var kinds = map[string]port.ValueKind{
	"text": port.ValueText, "varchar": port.ValueText, "enum": port.ValueText, "uuid": port.ValueUUID, "bool": port.ValueBoolean,
	"int2": port.ValueInteger, "int4": port.ValueInteger, "int8": port.ValueInteger, "timestamptz": port.ValueTime,
	"jsonb": port.ValueJSON, "bytea": port.ValueBytes, "bit": port.ValueBits,
	"_text": port.ValueList, "_varchar": port.ValueList, "_jsonb": port.ValueList,
}

func readCatalog(ctx context.Context, conn *pgx.Conn) (c postgresCatalog, err error) {
	c = postgresCatalog{
		parts: map[string][]string{}, columns: map[string]map[string]postgresColumn{}, sequences: map[string]string{},
		refers: map[string][]string{},
	}
	err = conn.QueryRow(ctx, "SELECT session_user::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user").
		Scan(&c.login, &c.bypasses)
	if err != nil {
		return c, err
	}
	for _, read := range []func(context.Context, *pgx.Conn) error{c.readTables, c.readColumns, c.readReferences} {
		if err := read(ctx, conn); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *postgresCatalog) readTables(ctx context.Context, conn *pgx.Conn) error {
	var table string
	var partition, forced bool
	var whole string
	rows, err := conn.Query(ctx, `
		SELECT c.relname::text, c.relispartition, c.relforcerowsecurity, coalesce(i.inhparent::regclass::text, '')
		FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 2, 1`)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&table, &partition, &forced, &whole}, func() error {
		quoted := pgx.Identifier{table}.Sanitize()
		if forced {
			c.forced = append(c.forced, quoted)
		}
		switch {
		case partition:
			c.parts[whole] = append(c.parts[whole], quoted)
			return nil
		case !slices.Contains(unmoved, table):
			c.parts[table] = []string{quoted}
		}
		c.names, c.all = append(c.names, table), append(c.all, quoted)
		return nil
	})
	return err
}

func (c *postgresCatalog) readColumns(ctx context.Context, conn *pgx.Conn) error {
	var table, name, sequence string
	var column postgresColumn
	rows, err := conn.Query(ctx, `
		SELECT c.relname::text, a.attname::text, a.attnum::int, CASE t.typtype WHEN 'e' THEN 'enum' ELSE t.typname::text END,
			a.atttypmod, a.attgenerated <> '', coalesce(pg_get_serial_sequence(quote_ident(c.relname), a.attname), '')
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1, 3`)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows,
		[]any{&table, &name, &column.position, &column.kind, &column.width, &column.generated, &sequence}, func() error {
			if c.columns[table] == nil {
				c.columns[table] = map[string]postgresColumn{}
			}
			c.columns[table][name] = column
			if sequence != "" && !slices.Contains(unmoved, table) {
				c.sequences[table] = sequence
			}
			return nil
		})
	return err
}

func (c *postgresCatalog) readReferences(ctx context.Context, conn *pgx.Conn) error {
	var from, to string
	rows, err := conn.Query(ctx, `
		SELECT DISTINCT k.conrelid::regclass::text, k.confrelid::regclass::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
		WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace AND k.conrelid <> k.confrelid ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&from, &to}, func() error {
		c.refers[from] = append(c.refers[from], to)
		return nil
	})
	return err
}

func (c *postgresCatalog) has(table string) bool { return slices.Contains(c.names, table) }

// tables lists the tables that are moved, each after those that it refers to.
func (c *postgresCatalog) tables() ([]port.MoveTable, error) {
	var list []port.MoveTable
	seen := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		if seen[name] || c.parts[name] == nil {
			return nil
		}
		seen[name] = true
		for _, other := range c.refers[name] {
			if err := add(other); err != nil {
				return err
			}
		}
		table := port.MoveTable{Name: name}
		for column, described := range c.columns[name] {
			kind, known := kinds[described.kind]
			if !known {
				return fmt.Errorf("%s.%s has the type %s, which this build cannot move", name, column, described.kind)
			}
			_, computed := derived[name][column]
			table.Columns = append(table.Columns, port.MoveColumn{Name: column, Kind: kind, Derived: computed || described.generated})
		}
		slices.SortFunc(table.Columns, func(a, b port.MoveColumn) int {
			return c.columns[name][a.Name].position - c.columns[name][b.Name].position
		})
		list = append(list, table)
		return nil
	}
	for _, name := range c.names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// reads returns the expression with which a column is read.
func (c *postgresCatalog) reads(table string, column port.MoveColumn) string {
	name := pgx.Identifier{column.Name}.Sanitize()
	switch c.columns[table][column.Name].kind {
	case "bit":
		return name + "::bigint"
	case "_text", "_varchar", "_jsonb":
		return "to_jsonb(" + name + ")"
	}
	return name
}
