package bootstrap

import (
	"context"
	"errors"
	"fmt"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
)

// isolationChecks asks the database whether it binds the service; SQLite has nothing to ask.
func (app *App) isolationChecks() []http.Check {
	if _, embedded := sqlitePath(app.Config.DatabaseURL); embedded {
		return nil
	}
	return []http.Check{{Name: "row level security", Ask: app.Store.Bound}}
}

// ProveIsolation implements cli.Actions: it says what was looked at, what holds and, where
// something does not, what to do.
func (c commands) ProveIsolation(ctx context.Context, o cli.Options) (err error) {
	app, err := c.open(o, c.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.Store.Ready(ctx); err != nil && (!errors.Is(err, bunstore.ErrNotBound) || errors.Is(err, bunstore.ErrSchemaBehind)) {
		return err
	}
	proofs, err := app.Store.ProveIsolation(ctx)
	if err != nil {
		return err
	}
	failed := 0
	for _, proof := range proofs {
		if len(proof.Faults) == 0 {
			c.say("holds  %s (%d looked at)", proof.Claim, proof.Seen)
			continue
		}
		failed++
		c.say("FAILS  %s (%d looked at)", proof.Claim, proof.Seen)
		for _, fault := range proof.Faults {
			c.say("       - %s", fault)
		}
		c.say("       to do: %s", proof.Mend)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d promises of isolation do not hold", failed, len(proofs))
	}
	c.say("All %d promises of isolation hold.", len(proofs))
	return nil
}
