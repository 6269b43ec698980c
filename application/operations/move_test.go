package operations

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// memoryMove is a database in memory that is moved or receives another one.
type memoryMove struct {
	tables    []port.MoveTable
	rows      map[string][]port.MoveRow
	schema    port.MoveSchema
	changed   error
	spoil     bool // whether it stores something else than it was given
	committed bool
	counters  map[string]int64
}

func (m *memoryMove) Schema(context.Context) (port.MoveSchema, error)    { return m.schema, nil }
func (m *memoryMove) Tables(context.Context) ([]port.MoveTable, error)   { return m.tables, nil }
func (m *memoryMove) Counters(context.Context) (map[string]int64, error) { return m.counters, nil }
func (m *memoryMove) Unchanged(context.Context) error                    { return m.changed }
func (m *memoryMove) Close() error                                       { return nil }
func (m *memoryMove) Count(_ context.Context, counts map[string]int64) error {
	m.counters = counts
	return nil
}
func (m *memoryMove) Commit(context.Context) error { m.committed = true; return nil }

func (m *memoryMove) Holding(context.Context) (string, error) {
	for table, rows := range m.rows {
		if len(rows) > 0 {
			return table, nil
		}
	}
	return "", nil
}

func (m *memoryMove) Rows(_ context.Context, table port.MoveTable, each func(port.MoveRow) error) error {
	for _, row := range m.rows[table.Name] {
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

func (m *memoryMove) Write(_ context.Context, table port.MoveTable, rows func(func(port.MoveRow) error) error) error {
	return rows(func(row port.MoveRow) error {
		kept := port.MoveRow{}
		for _, value := range row {
			kept = append(kept, slices.Clone(value))
		}
		if m.spoil {
			kept[0] = []byte("other")
		}
		m.rows[table.Name] = append([]port.MoveRow{kept}, m.rows[table.Name]...) // in another order
		return nil
	})
}

// memoryDriver opens one database for every URL.
type memoryDriver struct {
	port.DatabaseDriver
	name   string
	target *memoryMove
}

func (d memoryDriver) OpenSource(context.Context, string) (port.MoveSource, error) {
	return d.target, nil
}
func (d memoryDriver) OpenTarget(context.Context, string) (port.MoveTarget, error) {
	return d.target, nil
}
func (d memoryDriver) System() string         { return "memory" }
func (d memoryDriver) Identity(string) string { return d.name }

func memoryTable(columns ...port.MoveColumn) []port.MoveTable {
	return []port.MoveTable{{Name: "t", Columns: columns}}
}

func movesInMemory(source, target *memoryMove) ([]MovedTable, error) {
	uc := Move{
		From:    MovePlace{Driver: memoryDriver{name: "one", target: source}},
		To:      MovePlace{Driver: memoryDriver{name: "other", target: target}},
		Prepare: func(context.Context, string) error { return nil }, Progress: func(MoveProgress) {}, Clock: time.Now,
	}
	moved, err := uc.Execute(context.Background())
	return moved.Tables, err
}

func TestAMoveNeedsTheSameTablesAndColumns(t *testing.T) {
	t.Parallel()
	a, b := port.MoveColumn{Name: "a"}, port.MoveColumn{Name: "b"}
	derived := port.MoveColumn{Name: "d", Derived: true}
	for says, c := range map[string]struct{ from, to []port.MoveTable }{
		"the source has no table t":                 {from: nil, to: memoryTable(a)},
		"the target has no table t":                 {from: memoryTable(a), to: nil},
		"the source has no column t.b":              {from: memoryTable(a), to: memoryTable(a, b)},
		"the target has no column t.b, so it would": {from: memoryTable(a, b), to: memoryTable(a)},
		"": {from: memoryTable(b, a, derived), to: memoryTable(a, b)},
	} {
		target := &memoryMove{tables: c.to, rows: map[string][]port.MoveRow{}}
		_, err := movesInMemory(&memoryMove{tables: c.from}, target)
		require.Equal(t, says == "", target.committed, says)
		if says != "" {
			require.ErrorContains(t, err, says)
		}
	}
}

func TestAMoveIsCommittedOnlyIfBothSidesAreEqual(t *testing.T) {
	t.Parallel()
	rows := map[string][]port.MoveRow{"t": {{[]byte("1"), nil}, {[]byte("2"), []byte("")}}}
	source := func() *memoryMove {
		return &memoryMove{
			tables: memoryTable(port.MoveColumn{Name: "a"}, port.MoveColumn{Name: "b"}), rows: rows, counters: map[string]int64{"t": 7},
		}
	}
	empty := func() *memoryMove { return &memoryMove{tables: source().tables, rows: map[string][]port.MoveRow{}} }

	target := empty()
	moved, err := movesInMemory(source(), target)
	require.NoError(t, err)
	require.True(t, target.committed)
	require.Equal(t, map[string]int64{"t": 7}, target.counters)
	require.EqualValues(t, 2, moved[0].Rows)
	require.Len(t, moved[0].Checksum, 32)

	target = empty()
	target.spoil = true
	_, err = movesInMemory(source(), target)
	require.ErrorIs(t, err, ErrMoveDiffers)
	require.False(t, target.committed)

	changed := source()
	changed.changed = port.ErrMoveChanged
	target = empty()
	_, err = movesInMemory(changed, target)
	require.ErrorIs(t, err, port.ErrMoveChanged)
	require.False(t, target.committed)

	target = empty()
	target.rows["other"] = rows["t"]
	_, err = movesInMemory(source(), target)
	require.ErrorIs(t, err, ErrMoveOccupied)
	require.ErrorContains(t, err, "its table other holds rows")

	behind := empty()
	behind.schema.Queue = 9
	_, err = movesInMemory(source(), behind)
	require.True(t, errors.Is(err, ErrMoveSchemaBehind), err)
}

func TestAChecksumDependsOnEveryValueAndNotOnTheOrder(t *testing.T) {
	t.Parallel()
	sum := func(rows ...port.MoveRow) string {
		s := newTableSum()
		for _, row := range rows {
			s.add(row)
		}
		return s.text()
	}
	one, other := port.MoveRow{[]byte("a"), nil}, port.MoveRow{[]byte("b"), []byte("c")}
	require.Equal(t, sum(one, other), sum(other, one))
	seen := map[string]bool{}
	for _, row := range []port.MoveRow{
		one, other, {nil, []byte("a")}, {[]byte("a"), {}}, {[]byte("bc"), {}}, {[]byte(""), []byte("bc")}, {nil, nil},
	} {
		require.False(t, seen[sum(row)], row)
		seen[sum(row)] = true
	}
	require.NotEqual(t, sum(one), sum(one, one, one))
}
