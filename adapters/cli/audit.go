package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// AuditActions are the commands on the audit log.
type AuditActions interface {
	AuditVerify(ctx context.Context, o Options, in AuditVerification) error
	AuditSeal(ctx context.Context, o Options) error
	AuditSeals(ctx context.Context, o Options, org string) error
	AuditKeys(ctx context.Context, o Options) error
}

// AuditVerification names what is verified, and by which seals and keys.
type AuditVerification struct {
	Org    string // an id or slug; empty: every org
	Since  string // the token of a seal that must be in the chain, or @ and the name of a file that contains it
	Events string // file of an export; empty: the database
	Seals  string // file of the seals of the export
	JWKS   string // file of the keys to trust; empty: the keys of the service
}

func auditCommand(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("audit", "Verify the audit log, and print its seals and keys", "verify, seal, seals or keys")
	var org string
	seals := &cobra.Command{
		Use: "seals", Short: "Print the seals, one JSON object per line", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return actions.AuditSeals(cmd.Context(), *o, org)
		},
	}
	seals.Flags().StringVar(&org, "org", "", "of this org only (id or slug)")
	parent.AddCommand(
		verifyAudit(actions, o),
		run("seal", "Seal all unsealed events now", actions.AuditSeal),
		seals,
		run("keys", "Print every public key that signed a seal, as a JWKS to store elsewhere", actions.AuditKeys),
	)
	return parent
}

func verifyAudit(actions Actions, o *Options) *cobra.Command {
	var in AuditVerification
	command := &cobra.Command{
		Use: "verify", Short: "Verify that the events are unchanged since they were sealed, or name the first that differs", Args: exactly(0),
		Long: "Verify that the events are unchanged since they were sealed, or name the first that differs: it was\n" +
			"changed, removed, inserted or reordered. Or name the seal after which the newest events were cut off.\n" +
			"The exit code is 0 if all events are proven, 1 if not or if that cannot be determined, and 2 for a wrong command line.\n" +
			"With --events, --seals and --jwks it needs no database and no configuration.",
		Example: "  sole audit verify --org acme\n" +
			"  sole audit verify --events events.ndjson --seals seals.jsonl --jwks keys.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if offline := in.Events != "" || in.Seals != ""; offline && (in.Events == "" || in.Seals == "" || in.JWKS == "") {
				return UsageError{Cause: errors.New("--events, --seals and --jwks belong together")}
			}
			return actions.AuditVerify(cmd.Context(), *o, in)
		},
	}
	flags := command.Flags()
	flags.StringVar(&in.Org, "org", "", "of this org only (id or slug; id with --events)")
	flags.StringVar(&in.Since, "since", "", "a seal that must be in the chain: its token from the audit log stream, or @FILE")
	flags.StringVar(&in.Events, "events", "", "an export of all events as NDJSON, instead of the database")
	flags.StringVar(&in.Seals, "seals", "", "the seals: what \"sole audit seals\" printed, or lines of the audit log stream")
	flags.StringVar(&in.JWKS, "jwks", "", "the keys to trust, instead of those that the service has")
	return command
}

// AuditSeal implements Actions.
func (c commands) AuditSeal(ctx context.Context, o Options) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		sealed, err := s.Seal(ctx)
		if err == nil {
			c.printf("%d events sealed", sealed)
		}
		return err
	})
}

// AuditSeals implements Actions.
func (c commands) AuditSeals(ctx context.Context, o Options, org string) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		return s.ListSeals.Execute(ctx, org, c.printSeal)
	})
}

// printSeal prints a seal as the log stream has it.
func (c commands) printSeal(org domain.OrgID, seal domain.SealRecord) error {
	line, err := json.Marshal(map[string]any{
		"org_id": org, "seal": seal.Number, "events": seal.Events, "sealed_at": seal.At, "token": seal.Token,
	})
	if err == nil {
		c.printf("%s", line)
	}
	return err
}

// AuditKeys implements Actions.
func (c commands) AuditKeys(ctx context.Context, o Options) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		set, err := s.SealKeys(ctx)
		if err == nil {
			c.printf("%s", set)
		}
		return err
	})
}

// AuditVerify implements Actions.
func (c commands) AuditVerify(ctx context.Context, o Options, in AuditVerification) error {
	if in.Events != "" {
		return c.verifyFiles(ctx, in)
	}
	return c.onMigrated(ctx, o, func(s *Service) error {
		jwks, err := keySet(ctx, s, in.JWKS)
		if err != nil {
			return err
		}
		verifier, err := c.program.SealVerifier(jwks)
		if err != nil {
			return err
		}
		known, org, err := knownSeal(verifier, in)
		if err != nil {
			return err
		}
		unsound := 0
		every := audit.VerifyStored{Store: s.Database, Verifier: verifier}
		err = every.Execute(ctx, org, known, func(org domain.OrgID, report audit.Report) {
			if !c.printReport(org, report) {
				unsound++
			}
		})
		return verdict(err, unsound)
	})
}

// keySet reads the JWKS in a file, or returns the keys of the service.
func keySet(ctx context.Context, s *Service, file string) ([]byte, error) {
	if file == "" {
		return s.SealKeys(ctx)
	}
	return readKeySet(file)
}

func readKeySet(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.New("the file of --jwks cannot be read")
	}
	return text, nil
}

// verifyFiles needs no database and no configuration.
func (c commands) verifyFiles(ctx context.Context, in AuditVerification) error {
	jwks, err := readKeySet(in.JWKS)
	if err != nil {
		return err
	}
	verifier, err := c.program.SealVerifier(jwks)
	if err != nil {
		return err
	}
	known, org, err := knownSeal(verifier, in)
	if err != nil {
		return err
	}
	files, err := c.program.Evidence(in.Events, in.Seals, domain.OrgID(org))
	if err != nil {
		return err
	}
	defer func() { _ = files.Close() }()
	report, err := audit.Verify{Evidence: files, Verifier: verifier}.Execute(ctx, files.Org(), known)
	if err == nil && !c.printReport(files.Org(), report) {
		return verdict(nil, 1)
	}
	return verdict(err, 0)
}

// knownSeal returns the seal that must be in the chain, and the org to verify.
func knownSeal(verifier port.SealVerifier, in AuditVerification) (token domain.SealToken, org string, err error) {
	if in.Since == "" {
		return "", in.Org, nil
	}
	text := in.Since
	if path, ok := strings.CutPrefix(text, "@"); ok {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", "", errors.New("the file of --since cannot be read")
		}
		text = string(content)
	}
	token = domain.SealToken(strings.TrimSpace(text))
	seal, err := verifier.Verify(token)
	if err != nil {
		return "", "", fmt.Errorf("--since: %w: give the token of a line audit.sealed of the audit log stream", err)
	}
	if in.Org == "" {
		in.Org = string(seal.Org)
	}
	return token, in.Org, nil
}
