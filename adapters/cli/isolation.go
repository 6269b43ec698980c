package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/port"
)

func prove(actions Actions, run runner) *cobra.Command {
	parent := group("prove", "Check what the live database guarantees", "isolation")
	parent.AddCommand(run("isolation", "Check everything in the database that keeps orgs apart; changes nothing", actions.ProveIsolation))
	return parent
}

// ProveIsolation implements Actions. It prints for each property whether it holds and, if not, what to do.
func (c commands) ProveIsolation(ctx context.Context, o Options) error {
	return c.onService(ctx, o, func(s *Service) error {
		err := s.Database.Ready(ctx)
		if err != nil && (!errors.Is(err, port.ErrNotIsolated) || errors.Is(err, port.ErrSchemaBehind)) {
			return err
		}
		proofs, err := s.Database.ProveIsolation(ctx)
		if err != nil {
			return err
		}
		failed := 0
		for _, proof := range proofs {
			if !c.printProof(proof) {
				failed++
			}
		}
		if failed > 0 {
			return fmt.Errorf("%d of %d properties that keep orgs apart do not hold", failed, len(proofs))
		}
		c.printf("All %d properties that keep orgs apart hold.", len(proofs))
		return nil
	})
}

func (c commands) printProof(proof port.IsolationProof) (holds bool) {
	if len(proof.Faults) == 0 {
		c.printf("holds  %s (%d examined)", proof.Claim, proof.Examined)
		return true
	}
	c.printf("FAILS  %s (%d examined)", proof.Claim, proof.Examined)
	for _, fault := range proof.Faults {
		c.printf("       - %s", fault)
	}
	c.printf("       to do: %s", proof.Remedy)
	return false
}
