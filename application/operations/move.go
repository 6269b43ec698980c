package operations

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Errors of a database that is not moved. Nothing was written when they are returned.
var (
	// ErrMoveSame means that source and target are one database.
	ErrMoveSame = errors.New("both URLs name the same database")
	// ErrMoveOccupied is wrapped in an error that names what the target holds.
	ErrMoveOccupied = errors.New("the target is not empty")
	// ErrMoveSchemaBehind means that migrations of this build are pending in the source.
	ErrMoveSchemaBehind = errors.New("the schema of the source is older than this build")
	// ErrMoveSchemaAhead means that a newer build has migrated the source.
	ErrMoveSchemaAhead = errors.New("the schema of the source is newer than this build")
	// ErrMoveKeys means that no configured key opens the secrets in the source.
	ErrMoveKeys = errors.New("no configured secret key opens the data of the source")
	// ErrMoveDiffers means that a checksum of the target differs from that of the source.
	ErrMoveDiffers = errors.New("the target does not hold what was read from the source")
)

// MovePlace is a database of a move.
type MovePlace struct {
	Driver port.MovableDriver
	URL    string
}

// Move moves a whole deployment from one database to another, all or nothing.
type Move struct {
	From, To MovePlace
	// Prepare brings the tables of an empty target up to date, and returns an error if the service could not use it.
	Prepare func(ctx context.Context, url string) error
	Keys    port.KeyRing
	Schema  int64 // number of the newest migration that this program knows
	Files   MoveFiles
	Disk    port.BackupFiles
	// Progress is called often, with what happens at the moment.
	Progress func(MoveProgress)
	Clock    port.Clock
}

// MoveProgress tells how far a move is.
type MoveProgress struct {
	Step  MoveStep
	Table string
	Rows  int64 // of the table, so far
	Took  time.Duration
	Done  bool // whether the step is complete for the table
}

// MoveStep is a part of a move.
type MoveStep string

// The steps of a move, in their order.
const (
	MoveCopies   MoveStep = "copied"
	MoveVerifies MoveStep = "verified"
	MoveFinishes MoveStep = "finishing"
)

// MovedTable is a table that was moved. Both databases have the same number of rows and the same checksum.
type MovedTable struct {
	Name     string
	Rows     int64
	Checksum string
}

// Moved is the result of a move.
type Moved struct {
	Tables []MovedTable
	Files  int // how many were copied
	Took   time.Duration
}

// Execute moves everything. After an error the target is as empty as before, and the source is never changed.
func (uc Move) Execute(ctx context.Context) (moved Moved, err error) {
	began := uc.Clock()
	if uc.From.Driver.System() == uc.To.Driver.System() && uc.From.Driver.Identity(uc.From.URL) == uc.To.Driver.Identity(uc.To.URL) {
		return moved, ErrMoveSame
	}
	unlock, err := lockPlace(uc.From)
	if err != nil {
		return moved, fmt.Errorf("the source: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	source, err := uc.From.Driver.OpenSource(ctx, uc.From.URL)
	if err != nil {
		return moved, fmt.Errorf("the source: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := uc.examine(ctx, source); err != nil {
		return moved, err
	}
	if moved.Files, err = uc.Files.prepare(ctx, uc.Disk); err != nil {
		return moved, err
	}
	defer func() { err = errors.Join(err, uc.Files.discard()) }()
	err = uc.into(ctx, func(work string) (err error) {
		moved.Tables, err = uc.copy(ctx, source, work)
		return err
	})
	moved.Took = uc.Clock().Sub(began)
	return moved, err
}

// lockPlace keeps the service from serving a database file. A database on a server has no such lock.
func lockPlace(p MovePlace) (unlock func() error, err error) {
	file, ok := p.Driver.(port.FileDriver)
	if !ok {
		return func() error { return nil }, nil
	}
	unlock, err = file.Lock(file.Path(p.URL))
	if errors.Is(err, port.ErrDatabaseServed) {
		err = fmt.Errorf("%w: stop it", port.ErrDatabaseServed)
	}
	return unlock, err
}

// examine checks the schema of the source, and that the configured keys are those of its secrets.
func (uc Move) examine(ctx context.Context, source port.MoveSource) error {
	schema, err := source.Schema(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read the version of the source: %w", err)
	case schema.Migration < uc.Schema:
		return fmt.Errorf("%w: it is %d, this build knows %d", ErrMoveSchemaBehind, schema.Migration, uc.Schema)
	case schema.Migration > uc.Schema:
		return fmt.Errorf("%w: it is %d, this build knows %d", ErrMoveSchemaAhead, schema.Migration, uc.Schema)
	}
	canary := domain.SealedSecret("")
	canaries := port.MoveTable{Name: "canaries", Columns: []port.MoveColumn{
		{Name: "name", Kind: port.ValueText}, {Name: "sealed", Kind: port.ValueText},
	}}
	err = source.Rows(ctx, canaries, func(row port.MoveRow) error {
		if string(row[0]) == CanaryName {
			canary = domain.SealedSecret(row[1])
		}
		return nil
	})
	if err == nil && ReadCanary(uc.Keys, canary) == CanaryUnreadable {
		err = ErrMoveKeys
	}
	return err
}

// into calls fill with the URL of an empty database, and makes it the target. A target that is a file is written beside its path, and
// renamed when it is complete.
func (uc Move) into(ctx context.Context, fill func(work string) error) (err error) {
	file, ok := uc.To.Driver.(port.FileDriver)
	if !ok {
		return fill(uc.To.URL)
	}
	path := file.Path(uc.To.URL)
	if err := uc.Disk.Prepare(path); err != nil {
		return err
	}
	unlock, err := lockPlace(uc.To)
	if err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if uc.Disk.Occupied(path) {
		if err := vacant(ctx, uc.To.Driver.OpenSource, uc.To.URL); err != nil {
			return err
		}
		if err := file.Settle(ctx, path); err != nil {
			return fmt.Errorf("the target: %w", err)
		}
	}
	folder, discard, err := uc.Disk.Stage(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, discard()) }()
	work := filepath.Join(folder, "moved.db")
	if err := fill(file.URL(work)); err != nil {
		return err
	}
	if err := file.Settle(ctx, work); err != nil {
		return err
	}
	return uc.Disk.Place(work, path, "")
}

// vacant returns ErrMoveOccupied if a database holds a row.
func vacant[R port.MoveReader](ctx context.Context, open func(context.Context, string) (R, error), url string) (err error) {
	target, err := open(ctx, url)
	if err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return holdsNothing(ctx, target)
}

func holdsNothing(ctx context.Context, target port.MoveReader) error {
	table, err := target.Holding(ctx)
	if err == nil && table != "" {
		err = fmt.Errorf("%w: its table %s holds rows", ErrMoveOccupied, table)
	}
	return err
}
