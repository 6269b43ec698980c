package bootstrap

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// AuditSeal implements cli.Actions.
func (c commands) AuditSeal(ctx context.Context, o cli.Options) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		if err := app.keys.refresh(ctx); err != nil {
			return err
		}
		sealed, err := app.Sealing().Execute(ctx)
		if err == nil {
			c.say("%d events sealed", sealed)
		}
		return err
	})
}

// AuditSeals implements cli.Actions.
func (c commands) AuditSeals(ctx context.Context, o cli.Options, org string) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		return app.eachOrg(ctx, org, func(org domain.Org) error {
			evidence := audit.StoredEvidence{Store: app.Store, Org: org.ID}
			for last := int64(0); ; {
				records, err := evidence.Seals(ctx, last, sealPage)
				if err != nil || len(records) == 0 {
					return err
				}
				for _, record := range records {
					c.saySeal(org.ID, record)
				}
				last = records[len(records)-1].Number
			}
		})
	})
}

const sealPage = 200

// saySeal prints a seal as the log stream has it.
func (c commands) saySeal(org domain.OrgID, seal domain.SealRecord) {
	line, err := json.Marshal(map[string]any{
		"org_id": org, "seal": seal.Number, "events": seal.Events, "sealed_at": seal.At, "token": seal.Token,
	})
	if err == nil {
		c.say("%s", line)
	}
}

// AuditKeys implements cli.Actions.
func (c commands) AuditKeys(ctx context.Context, o cli.Options) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		keys, err := app.sealKeys(ctx)
		if err != nil {
			return err
		}
		set, err := jose.EncodeKeySet(keys)
		c.say("%s", set)
		return err
	})
}

// AuditVerify implements cli.Actions.
func (c commands) AuditVerify(ctx context.Context, o cli.Options, in cli.AuditVerification) error {
	if in.Events != "" {
		return c.verifyFiles(ctx, in)
	}
	return c.onMigrated(ctx, o, func(app *App) error {
		verifier, err := app.verifier(ctx, in.JWKS)
		if err != nil {
			return err
		}
		known, org, err := knownSeal(verifier, in)
		if err != nil {
			return err
		}
		unsound := 0
		err = app.eachOrg(ctx, org, func(org domain.Org) error {
			report, err := app.Verifying(org.ID, verifier).Execute(ctx, org.ID, known)
			if err == nil && !c.sayReport(org.ID, report) {
				unsound++
			}
			return said(err)
		})
		return outcome(err, unsound)
	})
}

// verifyFiles needs no database and no configuration.
func (c commands) verifyFiles(ctx context.Context, in cli.AuditVerification) error {
	keys, err := readKeySet(in.JWKS)
	if err != nil {
		return err
	}
	verifier, err := jose.NewSealVerifier(keys)
	if err != nil {
		return err
	}
	known, org, err := knownSeal(verifier, in)
	if err != nil {
		return err
	}
	files, err := ndjson.Open(in.Events, in.Seals, domain.OrgID(org))
	if err != nil {
		return err
	}
	defer func() { _ = files.Close() }()
	report, err := audit.Verify{Evidence: files, Verifier: verifier}.Execute(ctx, files.Org(), known)
	if err != nil {
		return said(err)
	}
	unsound := 0
	if !c.sayReport(files.Org(), report) {
		unsound = 1
	}
	return outcome(nil, unsound)
}

// knownSeal reads the seal to verify by, and the org that is to be verified.
func knownSeal(verifier port.SealVerifier, in cli.AuditVerification) (token domain.SealToken, org string, err error) {
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

// sayReport prints what a verification found, and tells whether all is well.
func (c commands) sayReport(org domain.OrgID, r audit.Report) bool {
	if r.Break != nil {
		c.say("BROKEN %s: %s", org, r.Break)
		c.say("       %d seals and %d events before it hold", r.Seals, r.Events)
		return false
	}
	verdict := "ok    "
	if r.Late > 0 {
		verdict = "LATE  "
	}
	c.say("%s %s: %d seals and %d events hold; newest seal %s", verdict, org, r.Seals, r.Events, newestSeal(r.Last))
	if r.Expired > 0 {
		c.say("       %d events were removed by age, as the log itself tells", r.Expired)
	}
	if r.Erased > 0 {
		c.say("       %d events are without the personal fields that were erased", r.Erased)
	}
	if r.Waiting > 0 {
		c.say("       %d events wait for a seal; nothing is proven of these", r.Waiting)
	}
	if r.Late > 0 {
		c.say("       %d events were sealed long after the time they name, first %s in seal %d: inserted later, or a clock was wrong", r.Late, r.LateID, r.LateSeal)
	}
	return r.Sound()
}

func newestSeal(last domain.SealRecord) string {
	if last.Number == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %s", last.Number, last.At.Format(time.RFC3339))
}

func outcome(err error, unsound int) error {
	if err == nil && unsound > 0 {
		err = fmt.Errorf("the audit log of %d org(s) is not what was sealed", unsound)
	}
	return err
}

// said is a failure in the words that are meant for people.
func said(err error) error {
	if failure, ok := errors.AsType[*domain.Error](err); ok && failure.Code == domain.CodeInvalid {
		return errors.New(failure.Message)
	}
	return err
}

// eachOrg does something for the org of that id or slug, or for every org.
func (app *App) eachOrg(ctx context.Context, idOrSlug string, do func(domain.Org) error) error {
	if idOrSlug != "" {
		org, err := app.Store.Platform().FindOrg(ctx, domain.OrgReference(idOrSlug))
		if err != nil {
			return err
		}
		return do(org)
	}
	for after := domain.OrgID(""); ; {
		orgs, err := app.Store.Platform().ListOrgs(ctx, domain.OrgFilter{}, after, sealPage)
		if err != nil || len(orgs) == 0 {
			return err
		}
		for _, org := range orgs {
			if err := do(org); err != nil {
				return err
			}
		}
		after = orgs[len(orgs)-1].ID
	}
}

// Verifying proves the log of an org in the database, by the keys that the verifier trusts.
func (app *App) Verifying(org domain.OrgID, verifier port.SealVerifier) audit.Verify {
	return audit.Verify{Evidence: audit.StoredEvidence{Store: app.Store, Org: org}, Verifier: verifier}
}

// verifier trusts the keys of a JWKS that was kept elsewhere, or else those of the
// service.
func (app *App) verifier(ctx context.Context, jwks string) (jose.SealVerifier, error) {
	keys, err := app.sealKeys(ctx)
	if jwks != "" {
		keys, err = readKeySet(jwks)
	}
	if err != nil {
		return jose.SealVerifier{}, err
	}
	return jose.NewSealVerifier(keys)
}

// sealKeys are the public halves of every key there ever was, retired ones too.
func (app *App) sealKeys(ctx context.Context) ([]*rsa.PublicKey, error) {
	keys := []*rsa.PublicKey{&app.keys.private.PublicKey}
	stored, err := app.Store.Platform().SigningKeys(ctx)
	for _, key := range stored {
		public, err := jose.LoadPublicKey([]byte(key.PublicPEM))
		if err != nil {
			return nil, fmt.Errorf("signing key %.8s: %w", key.ID, err)
		}
		if key.ID != app.keys.configured.ID {
			keys = append(keys, public)
		}
	}
	return keys, err
}

func readKeySet(path string) ([]*rsa.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("the file of --jwks cannot be read")
	}
	return jose.ParseKeySet(text)
}
