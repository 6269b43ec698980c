package operations

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/port"
)

// copy writes every row of the source into an empty database, compares, and makes it permanent.
func (uc Move) copy(ctx context.Context, source port.MoveSource, work string) (moved []MovedTable, err error) {
	if err := vacant(ctx, uc.To.Driver.OpenTarget, work); err != nil {
		return nil, err
	}
	if err := uc.Prepare(ctx, work); err != nil {
		return nil, fmt.Errorf("the target: %w", err)
	}
	target, err := uc.To.Driver.OpenTarget(ctx, work)
	if err != nil {
		return nil, fmt.Errorf("the target: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if err := holdsNothing(ctx, target); err != nil {
		return nil, err
	}
	tables, err := planMove(ctx, source, target)
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		one, err := uc.copyTable(ctx, table, source, target)
		if err != nil {
			return nil, fmt.Errorf("copy %s: %w", table.Name, err)
		}
		moved = append(moved, one)
	}
	for i, table := range tables {
		if err := uc.compare(ctx, table, target, moved[i]); err != nil {
			return nil, err
		}
	}
	uc.Progress(MoveProgress{Step: MoveFinishes})
	if err := uc.finish(ctx, source, target); err != nil {
		return nil, err
	}
	slices.SortFunc(moved, func(a, b MovedTable) int { return strings.Compare(a.Name, b.Name) })
	return moved, nil
}

// finish makes the target permanent. Nothing can fail between the files and the rows but the commit itself.
func (uc Move) finish(ctx context.Context, source port.MoveSource, target port.MoveTarget) error {
	counters, err := source.Counters(ctx)
	if err != nil {
		return err
	}
	if err := target.Count(ctx, counters); err != nil {
		return err
	}
	if err := source.Unchanged(ctx); err != nil {
		return err
	}
	if err := uc.Files.place(uc.Disk); err != nil {
		return err
	}
	return target.Commit(ctx)
}

// planMove lists the tables in the order of the target. It returns an error if the databases do not have the same tables and columns,
// because something would be lost.
func planMove(ctx context.Context, source port.MoveSource, target port.MoveTarget) ([]port.MoveTable, error) {
	had, err := source.Schema(ctx)
	if err != nil {
		return nil, err
	}
	has, err := target.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if had.Migration != has.Migration || had.Queue > has.Queue {
		return nil, fmt.Errorf("%w: it is %d, that of the source %d, and their queues %d and %d",
			port.ErrSchemaOther, has.Migration, had.Migration, has.Queue, had.Queue)
	}
	if had.Queue < has.Queue {
		return nil, fmt.Errorf("%w: the tables of its queue are", ErrMoveSchemaBehind)
	}
	from, err := source.Tables(ctx)
	if err != nil {
		return nil, err
	}
	to, err := target.Tables(ctx)
	if err != nil {
		return nil, err
	}
	plan := make([]port.MoveTable, 0, len(to))
	for _, table := range to {
		i := slices.IndexFunc(from, func(t port.MoveTable) bool { return t.Name == table.Name })
		if i < 0 {
			return nil, fmt.Errorf("the source has no table %s: its schema is not that of this build", table.Name)
		}
		columns, err := planColumns(from[i], table)
		if err != nil {
			return nil, err
		}
		plan = append(plan, port.MoveTable{Name: table.Name, Columns: columns})
		from = slices.Delete(from, i, i+1)
	}
	if len(from) > 0 {
		return nil, fmt.Errorf("the target has no table %s: remove it from the source if it is not the service's, it would be lost", from[0].Name)
	}
	return plan, nil
}

// planColumns returns the columns that are moved, sorted by name, so that checksums do not depend on the order of the columns.
func planColumns(from, to port.MoveTable) ([]port.MoveColumn, error) {
	kinds := map[string]port.ValueKind{}
	for _, column := range from.Columns {
		kinds[column.Name] = column.Kind
	}
	var columns []port.MoveColumn
	for _, column := range to.Columns {
		kind, both := kinds[column.Name]
		delete(kinds, column.Name)
		switch {
		case column.Derived:
		case !both:
			return nil, fmt.Errorf("the source has no column %s.%s: its schema is not that of this build", to.Name, column.Name)
		default:
			columns = append(columns, port.MoveColumn{Name: column.Name, Kind: cmp.Or(kind, column.Kind)})
		}
	}
	for _, column := range from.Columns {
		if _, left := kinds[column.Name]; left && !column.Derived {
			return nil, fmt.Errorf("the target has no column %s.%s, so it would be lost", from.Name, column.Name)
		}
	}
	slices.SortFunc(columns, func(a, b port.MoveColumn) int { return strings.Compare(a.Name, b.Name) })
	return columns, nil
}

// progressEvery is how many rows are between two calls of Progress.
const progressEvery = 1000

func (uc Move) copyTable(
	ctx context.Context, table port.MoveTable, source port.MoveSource, target port.MoveTarget,
) (MovedTable, error) {
	sum, tell := newTableSum(), uc.teller(MoveCopies, table.Name)
	err := target.Write(ctx, table, func(insert func(port.MoveRow) error) error {
		return source.Rows(ctx, table, func(row port.MoveRow) error {
			sum.add(row)
			tell(sum.rows, false)
			return insert(row)
		})
	})
	tell(sum.rows, err == nil)
	return MovedTable{Name: table.Name, Rows: sum.rows, Checksum: sum.text()}, err
}

// compare reads a table of the target and compares it with what was read from the source.
func (uc Move) compare(ctx context.Context, table port.MoveTable, target port.MoveTarget, want MovedTable) error {
	sum, tell := newTableSum(), uc.teller(MoveVerifies, table.Name)
	err := target.Rows(ctx, table, func(row port.MoveRow) error {
		sum.add(row)
		tell(sum.rows, false)
		return nil
	})
	if err != nil {
		return fmt.Errorf("verify %s: %w", table.Name, err)
	}
	tell(sum.rows, true)
	if sum.rows != want.Rows || sum.text() != want.Checksum {
		return fmt.Errorf("%w: %s has %d rows with the checksum %s, the source has %d with %s",
			ErrMoveDiffers, table.Name, sum.rows, sum.text(), want.Rows, want.Checksum)
	}
	return nil
}

// teller returns a function that reports the progress of a step.
func (uc Move) teller(step MoveStep, table string) func(rows int64, done bool) {
	began := uc.Clock()
	return func(rows int64, done bool) {
		if done || rows%progressEvery == 0 {
			uc.Progress(MoveProgress{Step: step, Table: table, Rows: rows, Took: uc.Clock().Sub(began), Done: done})
		}
	}
}

// tableSum is the number of rows, and a checksum that does not depend on their order: the sum of the SHA-256 of each row, as four
// numbers of 64 bits.
type tableSum struct {
	rows   int64
	lanes  [4]uint64
	hash   hash.Hash
	buffer []byte
}

func newTableSum() *tableSum { return &tableSum{hash: sha256.New()} }

func (s *tableSum) add(row port.MoveRow) {
	s.rows++
	s.buffer = s.buffer[:0]
	for _, value := range row {
		length := uint64(0) // of NULL
		if value != nil {
			length = uint64(len(value)) + 1
		}
		s.buffer = append(binary.AppendUvarint(s.buffer, length), value...)
	}
	s.hash.Reset()
	_, _ = s.hash.Write(s.buffer)
	digest := s.hash.Sum(s.buffer[:0])
	for i := range s.lanes {
		s.lanes[i] += binary.BigEndian.Uint64(digest[8*i:])
	}
	s.buffer = digest
}

func (s *tableSum) text() string {
	return fmt.Sprintf("%016x%016x", s.lanes[0]^s.lanes[2], s.lanes[1]^s.lanes[3])
}
