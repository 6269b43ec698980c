package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

// MoveRequest is what the command moves, and where to.
type MoveRequest struct {
	From, To string // URLs of the databases
	FilesTo  string // folder for the uploaded files; empty: they stay where they are
}

const moveLong = `Move everything to another database: from the embedded one to PostgreSQL, back, or from
PostgreSQL to PostgreSQL.

Stop the service first. The target must be empty. Every row moves with its id and its times, so
sessions, refresh tokens, remembered devices and API keys go on working with the same SECRET_KEY
and signing keys, which must be configured. It is all or nothing: after an error or an
interruption the target is empty and the source is as it was, so run the command again.

Leave passwords out of the URLs, because other accounts of this machine see the arguments of a
command: PostgreSQL's PGPASSWORD or the file ~/.pgpass can hold them. docs/moving-up.md shows
every step.`

func move(actions Actions, o *Options) *cobra.Command {
	var want MoveRequest
	command := &cobra.Command{
		Use: "move --from URL --to URL", Short: "Move everything to another database", Long: moveLong, Args: exactly(0),
		Example: "  sole move --from sqlite://./data/sole.db --to postgres://sole@db.example/sole",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if want.From == "" || want.To == "" {
				return UsageError{Cause: errors.New("name both databases: --from URL --to URL")}
			}
			return actions.Move(cmd.Context(), *o, want)
		},
	}
	command.Flags().StringVar(&want.From, "from", "", "URL of the database that is moved; it is not changed")
	command.Flags().StringVar(&want.To, "to", "", "URL of the empty database that receives everything")
	command.Flags().StringVar(&want.FilesTo, "files-to", "", "also copy the uploaded files (LOCAL_UPLOAD_DIR) to this folder")
	return command
}

// moveRemedies name what to do about a failure. The use case names only the cause.
var moveRemedies = []struct {
	failure error
	text    string
}{
	{failure: operations.ErrMoveSame, text: "name another one with --to"},
	{failure: operations.ErrMoveOccupied, text: "nothing was written; create a new database for --to"},
	{failure: operations.ErrMoveSchemaBehind, text: "run `sole migrate up` on the source first"},
	{failure: operations.ErrMoveSchemaAhead, text: "use the version of sole that migrated it"},
	{failure: operations.ErrMoveKeys, text: "set SECRET_KEY to the one that the service runs with; nothing was written"},
	{failure: operations.ErrMoveFilesOccupied, text: "name a folder that is empty or does not exist with --files-to"},
	{failure: operations.ErrMoveDiffers, text: "nothing was kept in the target; report this, and keep using the source"},
	{failure: port.ErrMoveChanged, text: "nothing was kept in the target; stop what uses the source and run the command again"},
}

func moveFailure(err error) error {
	for _, remedy := range moveRemedies {
		if errors.Is(err, remedy.failure) {
			return fmt.Errorf("%w: %s", err, remedy.text)
		}
	}
	return err
}

// Move implements Actions.
func (c commands) Move(ctx context.Context, o Options, want MoveRequest) error {
	mover, err := c.program.Move(o, want)
	if err != nil {
		return err
	}
	for _, warning := range mover.Warnings {
		c.printf("note  %s", warning)
	}
	mover.UseCase.Progress = c.moveProgress()
	moved, err := mover.UseCase.Execute(ctx)
	if err != nil {
		return moveFailure(err)
	}
	c.printMoved(moved)
	c.printf("Everything is in %s. %s was not changed.", mover.To, mover.From)
	switch {
	case want.FilesTo != "":
		c.printf("Copied and compared %d uploaded files: set LOCAL_UPLOAD_DIR=%s.", moved.Files, want.FilesTo)
	default:
		c.printf("The uploaded files stay in %s: keep LOCAL_UPLOAD_DIR.", mover.UseCase.Files.From)
	}
	c.printf("Set DATABASE_URL to the new database, keep SECRET_KEY and the signing keys, run `sole migrate up` if the service has")
	c.printf("another login than this command, and start the service. Never start it on the old database again.")
	return nil
}

// Mover is the use case, with the places as they may be printed.
type Mover struct {
	UseCase  operations.Move
	From, To string // without login and password
	Warnings []string
}

func (c commands) printMoved(moved operations.Moved) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "table\trows\tchecksum, equal on both sides")
	rows := int64(0)
	for _, table := range moved.Tables {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\n", table.Name, table.Rows, table.Checksum)
		rows += table.Rows
	}
	_ = w.Flush()
	c.printf("moved %d rows of %d tables in %s", rows, len(moved.Tables), moved.Took.Round(time.Millisecond))
}

// moveProgress returns a function that prints progress: at a terminal one line that changes, otherwise a line for each table
// that is complete, and one every ten seconds.
func (c commands) moveProgress() func(operations.MoveProgress) {
	terminal, shown := isTerminal(c.err), time.Time{}
	every := map[bool]time.Duration{true: 200 * time.Millisecond, false: 10 * time.Second}[terminal]
	began := time.Now() //nolint:forbidigo // of the terminal
	return func(p operations.MoveProgress) {
		now := time.Now() //nolint:forbidigo // of the terminal
		quiet := p.Step == operations.MoveFinishes || p.Rows == 0 && p.Done
		if quiet || !p.Done && (now.Sub(shown) < every || now.Sub(began) < every) {
			return
		}
		shown = now
		line := fmt.Sprintf("%s %s: %d rows, %.0f rows/s", p.Step, p.Table, p.Rows, float64(p.Rows)/max(p.Took.Seconds(), 1e-6))
		if !p.Done {
			line = fmt.Sprintf("%s %s: %d rows so far, %.0f rows/s", p.Step, p.Table, p.Rows, float64(p.Rows)/max(p.Took.Seconds(), 1e-6))
		}
		start, end := "", "\n"
		if terminal {
			start = "\r\x1b[K"
			if !p.Done {
				end = ""
			}
		}
		_, _ = fmt.Fprint(c.err, start+line+end)
	}
}
