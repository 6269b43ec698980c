package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/domain"
)

// KeyLead is the default of --lead: how long a new key is published before it signs. Verifiers
// built on jose wait 30 seconds before they fetch the key set again, and the response may come
// from a cache.
const KeyLead = time.Minute

func keys(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("keys", "Replace the key that signs access tokens", "rotate, list or retire KEY")
	parent.Long = parent.Short + `

To replace the key: run "sole keys rotate", wait until the earlier key's tokens have expired, then
run "sole keys retire KEY" with its id from "sole keys list". No client has to sign in again. The
new key is for JWT_ALGORITHM. Only services with the same JWT_ALGORITHM sign with it.`
	parent.AddCommand(
		rotateKey(actions, o),
		run("list", "List the keys and the state of each", actions.KeysList),
		retireKey(actions, o),
	)
	return parent
}

func rotateKey(actions Actions, o *Options) *cobra.Command {
	var (
		bits int
		lead time.Duration
	)
	command := &cobra.Command{
		Use: "rotate", Short: "Create a new key for JWT_ALGORITHM, which is published at once and signs after the lead time", Args: exactly(0),
		Example: "  sole keys rotate --bits 3072 --lead 10m",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case !cmd.Flags().Changed("bits"): // 0: the size of the latest key
			case bits != 2048 && bits != 3072 && bits != 4096:
				return UsageError{Cause: errors.New("--bits must be 2048, 3072 or 4096")}
			}
			if lead < 0 || lead > 7*24*time.Hour {
				return UsageError{Cause: errors.New("--lead must be from 0 to 168h")}
			}
			return actions.KeysRotate(cmd.Context(), *o, bits, lead)
		},
	}
	command.Flags().IntVar(&bits, "bits", 0, "size of an RSA key: 2048, 3072 or 4096 (default: the size of the latest key)")
	complete(command, "bits", "2048", "3072", "4096")
	command.Flags().DurationVar(&lead, "lead", KeyLead, "how long the key is published before it signs, so that verifiers can fetch it")
	return command
}

func retireKey(actions Actions, o *Options) *cobra.Command {
	var force bool
	command := &cobra.Command{
		Use: "retire KEY", Short: "Refuse the tokens of a key that no longer signs", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.KeysRetire(cmd.Context(), *o, args[0], force)
		},
	}
	command.Flags().BoolVar(&force, "force", false,
		"even if tokens that it signed are still valid, or processes with another JWT_ALGORITHM may still sign with it")
	return command
}

// dashed matches the id of a key (RFC 7638, in base64url) that begins with a dash, as one in 64
// does. No flag looks like it.
var dashed = regexp.MustCompile(`^-[A-Za-z0-9_-]{42}$`)

// Args returns the arguments of a command line with such an id moved behind "--", so that it is not
// taken for a flag.
func Args(args []string) []string {
	at := slices.IndexFunc(args, dashed.MatchString)
	if at < 0 || slices.Contains(args, "--") {
		return args
	}
	return append(slices.Delete(slices.Clone(args), at, at+1), "--", args[at])
}

// KeysRotate implements Actions.
func (c commands) KeysRotate(ctx context.Context, o Options, bits int, lead time.Duration) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		if bits != 0 && s.Algorithm != domain.RS256 {
			return UsageError{Cause: fmt.Errorf("--bits is the size of an RSA key: leave it out, because JWT_ALGORITHM is %s", s.Algorithm)}
		}
		key, err := s.Operations.RotateSigningKey.Execute(ctx, bits, lead)
		if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
			return errors.New("the default org does not exist yet: run `sole seed` first")
		}
		if err != nil {
			return err
		}
		c.printf("created %s; it signs from %s with %s", key.ID, key.SignsFrom.Format(time.RFC3339), key.Algorithm)
		if lead < s.PublicationDelay {
			c.printf("warning: with a lead under %s verifiers may refuse valid tokens until they fetch the key set again", s.PublicationDelay)
		}
		c.printf("the earlier key still verifies tokens: retire it when they have expired (see `sole keys list`)")
		return nil
	})
}

// KeysList implements Actions.
func (c commands) KeysList(ctx context.Context, o Options) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		keys, err := s.Database.Platform().SigningKeys(ctx)
		if err != nil {
			return err
		}
		c.printf("%-43s  %-9s  %-10s  %-9s  %-20s  %s", "KEY", "STATE", "SOURCE", "ALGORITHM", "CREATED", "SIGNS FROM")
		for _, key := range keys {
			c.printf("%-43s  %-9s  %-10s  %-9s  %-20s  %s", key.ID, keys.At(key.ID, s.Algorithm, s.Clock()), key.Source, key.Algorithm,
				key.CreatedAt.Format(time.RFC3339), key.SignsFrom.Format(time.RFC3339))
		}
		return nil
	})
}

// KeysRetire implements Actions.
func (c commands) KeysRetire(ctx context.Context, o Options, id string, force bool) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		err := s.Operations.RetireSigningKey.Execute(ctx, domain.KeyID(id), force)
		if err != nil {
			return Refusal(err)
		}
		c.printf("retired %s: its tokens are refused within seconds", id)
		return nil
	})
}
