package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RenamePasskey gives one of the caller's passkeys another name.
type RenamePasskey struct {
	Guard   proof.Guard
	Factors proof.Factors
	Records port.PasskeyRecords
}

// Execute returns the renamed passkey. It returns ErrNotFound for a passkey that the account does not have, and
// ErrNoPasskeys where passkeys cannot be used.
func (uc RenamePasskey) Execute(
	ctx context.Context, caller domain.Caller, id domain.AuthenticatorID, name string,
) (renamed Passkey, err error) {
	if err := uc.Factors.Available(domain.FactorPasskey); err != nil {
		return renamed, err
	}
	if name, err = domain.ParseAuthenticatorName(name); err != nil {
		return renamed, err
	}
	err = uc.Guard.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		passkey, _, err := ownPasskey(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := tx.Authenticators().Rename(ctx, caller.User.ID, id, name); err != nil {
			return err
		}
		details := domain.Details{}
		if passkey.Name != name {
			details["name"] = domain.Difference(passkey.Name, name)
		}
		passkey.Name = name
		if renamed, err = show(uc.Records, passkey); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventPasskeyRenamed, domain.OnPasskey(id), details)
	})
	return renamed, err
}
