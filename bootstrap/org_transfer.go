package bootstrap

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/orgtransfer"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OrgTransfer returns the use cases that move an org from or to this deployment.
func (app *App) OrgTransfer() orgtransfer.UseCases {
	c := app.Config
	deps := orgtransfer.Deps{
		Store: app.Store, Orgs: app.Store, Files: app.orgFiles, Contents: app.files, Keys: app.SecretKeys, Records: webauthn.Records{},
		CheckHash: checkHash, Manifests: jose.OrgManifests{Keys: app.keys.ring, Clock: app.clock}, VerifyLog: app.verifyLog,
		SealNow: app.sealNow, SealKeys: app.sealingKeys, Clock: app.clock, NewID: newID,
		Issuer: c.Issuer, Version: built().Version, RPID: c.RPID, Rules: c.webhookRules(),
	}
	if !c.MultiTenant {
		deps.OnlyOrg = c.DefaultOrgID
	}
	return orgtransfer.New(deps)
}

// checkHash returns an error for a text that is no password hash that accounts can have.
func checkHash(hash domain.PasswordHash) error {
	if argon2.Check(hash) == nil {
		return nil
	}
	imported, err := domain.ParseImportedHash(hash)
	if err != nil {
		return err
	}
	return imported.Check()
}

// sealingKeys returns the public halves of all keys that can have signed a seal, including retired ones.
func (app *App) sealingKeys(ctx context.Context) ([]domain.SigningKey, error) {
	keys, err := app.Store.Platform().SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(keys, func(k domain.SigningKey) bool { return k.ID == app.keys.configured.ID }) {
		keys = append(keys, app.keys.configured)
	}
	return keys, nil
}

// verifyLog verifies the audit log that the seals of an open unit of work cover.
func (app *App) verifyLog(
	ctx context.Context, seals port.AuditSeals, org domain.OrgID, origins domain.SealOrigins,
) (*domain.Break, error) {
	verifier, err := app.sealVerifier(ctx)
	if err != nil {
		return nil, err
	}
	verify, err := audit.Verify{Evidence: audit.Within(seals), Verifier: verifier}.Trusting(origins)
	if err != nil {
		return nil, err
	}
	report, err := verify.Execute(ctx, org, "")
	return report.Break, err
}
