package account

import (
	"github.com/sole-platform/sole/adapters/web/page"
	accounts "github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/proof"
)

// Pages are the pages of the own account.
type Pages struct {
	Account accounts.UseCases
	MFA     mfa.UseCases
	Auth    auth.UseCases
	Files   files.UseCases
}

// Mount adds their routes.
func (p Pages) Mount(t *page.Table) {
	t.Signed("GET /account", proof.OwnAccount, p.profile)
	t.Signed("POST /account/name", accounts.UpdateProfileNeeds, p.rename)
	t.Signed("POST /account/email", accounts.ChangeEmailNeeds, p.changeEmail)
	t.Signed("POST /account/export", accounts.ExportNeeds, p.export)
	t.Signed("GET /account/picture", proof.OwnAccount, p.picture)
	t.Signed("POST /account/picture", proof.OwnAccount, p.setPicture)
	t.Signed("POST /account/picture/remove", proof.OwnAccount, p.removePicture)

	t.Signed("GET /account/devices", proof.OwnAccount, p.devices)
	t.Signed("POST /account/sessions/:id/end", proof.OwnAccount, p.endSession)
	t.Signed("POST /account/sessions/end-others", proof.OwnAccount, p.endOtherSessions)
	t.Signed("POST /account/sessions/end-all", proof.OwnAccount, p.endAllSessions)
	t.Signed("POST /account/devices/:id/rename", proof.OwnAccount, p.renameDevice)
	t.Signed("POST /account/devices/:id/forget", proof.OwnAccount, p.forgetDevice)
	t.Signed("POST /account/devices/forget-all", proof.OwnAccount, p.forgetDevices)

	t.Signed("GET /account/security", proof.OwnAccount, p.security)
	t.Signed("GET /account/security/password", proof.OwnAccount, p.passwordPage)
	t.Signed("POST /account/security/password", proof.OwnAccount, p.changePassword)
	t.Signed("POST /account/security/password/strength", proof.OwnAccount, p.ratePassword)
	t.Signed("POST /account/security/app", mfa.BeginNeeds, p.beginApp)
	t.Signed("POST /account/security/app/confirm", proof.OwnAccount, p.confirmApp)
	t.Signed("POST /account/security/passkeys/new", mfa.BeginNeeds, p.beginPasskey)
	t.Signed("POST /account/security/passkeys", proof.OwnAccount, p.addPasskey)
	t.Signed("POST /account/security/passkeys/:id/rename", proof.OwnAccount, p.renamePasskey)
	t.Signed("POST /account/security/passkeys/:id/remove", mfa.RemovePasskeyNeeds, p.removePasskey)
	t.Signed("POST /account/security/recovery-codes", mfa.RegenerateRecoveryCodesNeeds, p.newCodes)
	t.Signed("POST /account/security/recovery-codes/kept", proof.OwnAccount, p.keptCodes)
	t.Signed("POST /account/security/disable", mfa.DisableNeeds, p.disable)

	t.Signed("GET /account/org", proof.OwnAccount, p.rules)
}
