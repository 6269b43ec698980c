package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

func secrets(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("secrets", "Encrypt the stored secrets with another SECRET_KEY", "status, reencrypt or retire KEY_ID")
	parent.Long = parent.Short + `

To replace SECRET_KEY: put the new key into SECRET_KEY and the old one into SECRET_KEY_FALLBACKS,
restart every replica, run "sole secrets reencrypt", and remove the old key when
"sole secrets retire KEY_ID" reports that nothing needs it.`
	retire := &cobra.Command{
		Use: "retire KEY_ID", Short: "Report whether a key can be removed from SECRET_KEY_FALLBACKS", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.SecretsRetire(cmd.Context(), *o, args[0])
		},
	}
	parent.AddCommand(
		run("status", "Count the encrypted secrets by the key that decrypts them", actions.SecretsStatus),
		run("reencrypt", "Encrypt every secret with SECRET_KEY; may be stopped and run again at any time", actions.SecretsReencrypt),
		retire,
	)
	return parent
}

// UnreadableRemedy is what can be done about secrets that no configured key decrypts.
const UnreadableRemedy = "put the SECRET_KEY they were encrypted with into SECRET_KEY_FALLBACKS; " +
	"or have the members sign in with a passkey or a recovery code, remove their second factors and enrol again; " +
	"or have an administrator reset their second factors"

// SecretKeyProblem describes what is wrong with the configured keys and what to do; empty if they decrypt everything.
func SecretKeyProblem(report operations.SecretsReport) string {
	switch {
	case report.Unreadable("") > 0:
		return fmt.Sprintf("SECRET_KEY does not decrypt the stored secrets, %d authenticators cannot be read: %s",
			report.Unreadable(port.SealedAuthenticators), UnreadableRemedy)
	case report.Canary == operations.CanaryUnreadable:
		return "SECRET_KEY is not the one that this database was first used with; no secret is lost by that: " +
			"put the earlier one into SECRET_KEY_FALLBACKS or run `sole secrets reencrypt` to continue with this one"
	}
	return ""
}

// SecretsStatus implements Actions.
func (c commands) SecretsStatus(ctx context.Context, o Options) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		report, err := s.Operations.SecretsStatus.Execute(ctx)
		if err != nil {
			return err
		}
		for _, key := range report.Keys {
			c.printf("%-8.8s  %7d secrets  %s", key.ID, key.Values, keyName(key.Position))
		}
		for _, count := range report.Unknown {
			c.printf("%-8.8s  %7d secrets  no configured key decrypts these %s", count.KeyID, count.Values, count.Kind)
		}
		c.printf("canary    %s", describeCanary(report))
		switch {
		case report.Unreadable("") > 0:
			c.printf("to do: %s", UnreadableRemedy)
		case report.Due() > 0 || report.Canary == operations.CanaryFallback:
			c.printf("to do: run `sole secrets reencrypt`")
		}
		return nil
	})
}

// keyName returns the place of a key in the configuration.
func keyName(position int) string {
	if position == 0 {
		return "SECRET_KEY, the current one"
	}
	return fmt.Sprintf("SECRET_KEY_FALLBACKS, entry %d", position)
}

func describeCanary(report operations.SecretsReport) string {
	switch report.Canary {
	case operations.CanaryAbsent:
		return "none yet: the service creates it when it starts"
	case operations.CanaryUnreadable:
		return "no configured key decrypts it"
	default:
		return fmt.Sprintf("encrypted with %.8s", report.CanaryKey)
	}
}

// progressInterval is how often a long command reports its progress.
const progressInterval = time.Second

// SecretsReencrypt implements Actions.
func (c commands) SecretsReencrypt(ctx context.Context, o Options) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		reported := s.Clock()
		result, err := s.Operations.Reencrypt.Execute(ctx, func(r operations.ReencryptResult) {
			if now := s.Clock(); now.Sub(reported) >= progressInterval {
				reported = now
				c.printf("%d of %d secrets examined, %d reencrypted", r.Examined, r.Total, r.Reencrypted)
			}
		})
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d secrets, %d reencrypted: run `sole secrets reencrypt` again to continue",
				result.Examined, result.Total, result.Reencrypted)
		}
		if err != nil {
			return err
		}
		ids := s.Operations.Reencrypt.Keys.KeyIDs()
		c.printf("%d of %d secrets examined, %d reencrypted with %s", result.Examined, result.Total, result.Reencrypted, ids[0])
		return c.conclude(ids, result)
	})
}

// conclude prints what is left to do, which is an error if secrets are left.
func (c commands) conclude(ids []string, result operations.ReencryptResult) error {
	switch {
	case result.Unreadable > 0:
		return fmt.Errorf("%d secrets stay as they are, because no configured key decrypts them: %s", result.Unreadable, UnreadableRemedy)
	case result.Changed > 0:
		return fmt.Errorf("%d secrets were changed by the service at the same time: run `sole secrets reencrypt` again", result.Changed)
	}
	for i, id := range ids {
		if i > 0 && !slices.Contains(ids[:i], id) { // a key may be given twice
			c.printf("next: `sole secrets retire %s` reports whether that key can be removed", id)
		}
	}
	return nil
}

// SecretsRetire implements Actions.
func (c commands) SecretsRetire(ctx context.Context, o Options, keyID string) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		use, err := s.Operations.RetireSecretKey.Execute(ctx, keyID)
		switch {
		case err != nil:
			return err
		case use.Known && use.Position == 0:
			return errors.New("this is the current key: put another into SECRET_KEY and this one into SECRET_KEY_FALLBACKS first")
		case use.Known && !use.Free():
			return fmt.Errorf("%d secrets%s still need this key: run `sole secrets reencrypt`", use.Values, andCanary(use))
		case use.Values > 0 || use.Canary:
			return fmt.Errorf("%d secrets%s still need this key, which is not configured: %s", use.Values, andCanary(use), UnreadableRemedy)
		case !use.Known:
			return errors.New("no configured key has this id: see `sole secrets status`")
		}
		c.printf("nothing needs %s any more: remove entry %d of SECRET_KEY_FALLBACKS, then restart every replica", keyID, use.Position)
		return nil
	})
}

func andCanary(use operations.KeyUse) string {
	if use.Canary {
		return " and the canary"
	}
	return ""
}
