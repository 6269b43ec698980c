package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/orgtransfer"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OrgReceiveKey implements Actions. Only the key is printed to out, so that a script can use it.
func (c commands) OrgReceiveKey(ctx context.Context, o Options) error {
	return c.onService(ctx, o, func(s *Service) error {
		key, err := s.OrgTransfer.ReceiveKey.Execute()
		if err != nil {
			return err
		}
		commands{out: c.err}.printf("fingerprint %s: tell it to whoever exports, by another way than the key", key.Fingerprint)
		c.printf("%s", key.Key)
		return nil
	})
}

// OrgExport implements Actions.
func (c commands) OrgExport(ctx context.Context, o Options, want OrgExportRequest) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		done, err := s.OrgTransfer.Export.Execute(ctx, orgtransfer.ExportInput{
			Org: want.Org, To: want.To, Path: want.File, Suspend: want.Suspend, Command: "sole org export",
		})
		switch {
		case errors.Is(err, domain.ErrPlatformOrg):
			return errors.New("this is the operators' own org, which cannot be suspended: stop the service, " +
				"export without --suspend, and leave the service stopped")
		case errors.Is(err, orgtransfer.ErrNoSeal):
			return fmt.Errorf("%w: run `sole audit seal`, then export again", err)
		case errors.Is(err, domain.ErrSecretUnreadable):
			return fmt.Errorf("%w: put the SECRET_KEY that it was encrypted with into SECRET_KEY_FALLBACKS", err)
		case errors.Is(err, domain.ErrOrgNotFound):
			return errors.New("there is no org with this id or slug")
		case err != nil:
			return Refusal(err)
		}
		c.printf("wrote %s: the org %s with %s", done.Path, done.Org.Slug, describeRows(done.Rows))
		c.printf("encrypted to the key with the fingerprint %s", done.Fingerprint)
		c.printf("signed by the key %s", done.SignedBy)
		c.printf("newest seal %d of the audit log, digest %s", done.Newest.Number, done.Newest.Token.Digest())
		if done.Missing > 0 {
			c.printf("left out: %d files whose content is not stored here", done.Missing)
		}
		if !want.Suspend && done.Org.Active() {
			c.printf("The org is still active here. What changes from now on is not in the file: see --suspend.")
		}
		return nil
	})
}

// describeRows says how much of what a file holds.
func describeRows(rows map[port.OrgSection]int) string {
	var parts []string
	for _, counted := range []struct {
		section port.OrgSection
		words   string
	}{
		{port.SectionAccounts, "accounts"},
		{port.SectionRoles, "roles"},
		{port.SectionFactors, "second factors"},
		{port.SectionRecoveryCodes, "recovery codes"},
		{port.SectionDevices, "remembered devices"},
		{port.SectionServices, "service accounts"},
		{port.SectionAPIKeys, "API keys"},
		{port.SectionFiles, "files"},
		{port.SectionWebhooks, "webhooks"},
		{port.SectionEvents, "audit events"},
	} {
		if n := rows[counted.section]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, counted.words))
		}
	}
	return strings.Join(parts, ", ")
}

// errNotImported means that nobody has agreed to the plan.
var errNotImported = errors.New("nothing was imported: run the command again with --yes to import it")

// OrgImport implements Actions.
func (c commands) OrgImport(ctx context.Context, o Options, want OrgImportRequest) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		in := orgtransfer.Input{
			Path: want.File, Slug: want.Slug, NewID: want.NewID, From: domain.KeyID(want.From), BrokenAudit: want.BrokenAudit,
		}
		plan, err := s.OrgTransfer.Plan.Execute(ctx, in)
		if err != nil {
			return importFailure(want.File, err)
		}
		c.printPlan(plan)
		if err := obstacles(plan); err != nil {
			return err
		}
		if !want.Yes {
			ends := Terminal{In: c.in, Out: c.out}
			if !ends.Present() {
				return errNotImported
			}
			if yes, err := ends.Confirm(ctx, "Import it?"); err != nil || !yes {
				return errors.Join(err, errNotImported)
			}
		}
		done, err := s.OrgTransfer.Import.Execute(ctx, in, plan.Digest, "sole org import")
		if err != nil {
			return importFailure(want.File, err)
		}
		c.printf("imported the org %s with the id %s", done.Slug, done.Org)
		return nil
	})
}

// importFailure names the file and, for failures that have one, the remedy.
func importFailure(file string, err error) error {
	if _, ok := errors.AsType[*domain.Error](err); ok && !errors.Is(err, domain.ErrUnavailable) {
		err = Refusal(err)
	}
	switch {
	case errors.Is(err, port.ErrNotForUs):
		return fmt.Errorf("%s: %w: it must be exported to the key that `sole org receive-key` prints here; "+
			"if SECRET_KEY was replaced since, put the earlier one into SECRET_KEY_FALLBACKS", file, err)
	case errors.Is(err, orgtransfer.ErrBrokenAudit):
		return fmt.Errorf("%s: %w: run `sole audit verify` where it was exported; --accept-broken-audit imports the log as it is", file, err)
	}
	return fmt.Errorf("%s: %w", file, err)
}

// printPlan shows what an import would do.
func (c commands) printPlan(p orgtransfer.Planned) {
	c.printf("org        %s, slug %s, id %s", p.Name, p.Slug, p.Org)
	if p.Former != p.Org {
		c.printf("           it had the id %s", p.Former)
	}
	c.printf("from       %s, sole %s, %s", p.Issuer, p.WrittenBy, p.CreatedAt.Format(time.RFC3339))
	c.printf("signed by  %s: compare it with what the export printed there", p.SignedBy)
	c.printf("audit log  %d events, newest seal %d, digest %s", p.Rows[port.SectionEvents], p.Newest.Number, p.Newest.Token.Digest())
	c.printf("digest     %s", p.Digest)
	c.printf("holds      %s", describeRows(p.Rows))
	for _, note := range leftOut(p) {
		c.printf("note       %s", note)
	}
}

// leftOut says what is not taken along.
func leftOut(p orgtransfer.Planned) []string {
	notes := []string{
		"not taken along: sessions, links that were sent by email, pending changes of addresses, counts of failed attempts. " +
			"Everybody signs in again",
	}
	add := func(n int, text string) {
		if n > 0 {
			notes = append(notes, fmt.Sprintf(text, n))
		}
	}
	add(p.Left.Passkeys, "left out: %d passkeys for another site than WEBAUTHN_RP_ID here. Their accounts enrol passkeys again")
	add(p.Left.Devices, "left out: %d remembered devices, because their tokens contain the former id. They ask for a code again")
	add(p.Left.Keys, "left out: %d API keys, because they contain the former id. Create new ones")
	add(p.Left.Webhooks, "left out: %d webhooks whose URL this deployment refuses")
	add(p.Rows[port.SectionWebhooks]-p.Left.Webhooks, "webhooks: %d, disabled at first. Enable them when the other deployment no longer sends")
	for _, permission := range p.Left.Permissions {
		notes = append(notes, "permission dropped, which orgs here do not have, of the role "+permission)
	}
	add(p.Left.MoreDropped, "permissions dropped: %d more")
	if p.OnlyOrg != "" {
		notes = append(notes, fmt.Sprintf("this deployment serves only the org %s: set DEFAULT_ORG_ID=%s, or TENANCY_MODE=multi",
			p.OnlyOrg, p.Org))
	}
	return notes
}

// obstacles returns why the file cannot be imported, and what to do.
func obstacles(p orgtransfer.Planned) error {
	var reasons []error
	for _, obstacle := range p.Obstacles {
		switch obstacle {
		case orgtransfer.IDTaken:
			reasons = append(reasons, fmt.Errorf("an org here has the id %s: import it with --new-id; "+
				"if it is this very org, it was imported already", p.Org))
		case orgtransfer.SlugTaken:
			reasons = append(reasons, fmt.Errorf("an org here has the slug %s: choose another one with --slug", p.Slug))
		case orgtransfer.OtherSource:
			reasons = append(reasons, errors.New("the file is not signed by the key of --from: somebody else made it, or the key was replaced"))
		}
	}
	return errors.Join(reasons...)
}
