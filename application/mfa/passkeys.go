package mfa

import (
	"context"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Passkey is a passkey of the account, as its owner sees it.
type Passkey struct {
	ID         domain.AuthenticatorID
	Name       string
	CreatedAt  time.Time
	LastUsedAt time.Time
	Synced     bool // it is backed up, so it may be on several devices
	Transports []string
}

// Passkeys lists the passkeys of the caller's account.
type Passkeys struct {
	Guard   proof.Guard
	Factors proof.Factors
	Records port.PasskeyRecords
}

// Execute returns the passkeys, oldest first. It returns ErrNoPasskeys where passkeys cannot be used.
func (uc Passkeys) Execute(ctx context.Context, caller domain.Caller) (passkeys []Passkey, err error) {
	if err := uc.Factors.Available(domain.FactorPasskey); err != nil {
		return nil, err
	}
	err = uc.Guard.Read(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		held, err := tx.Authenticators().Of(ctx, caller.User.ID)
		if err != nil {
			return err
		}
		for _, a := range held {
			if !a.LivePasskey() {
				continue
			}
			passkey, err := show(uc.Records, a)
			if err != nil {
				return err
			}
			passkeys = append(passkeys, passkey)
		}
		return nil
	})
	return passkeys, err
}

// show returns the passkey as its owner sees it.
func show(records port.PasskeyRecords, a domain.Authenticator) (Passkey, error) {
	record, err := records.Decode(a)
	return Passkey{
		ID: a.ID, Name: a.Name, CreatedAt: a.EnrolledAt, LastUsedAt: a.LastUsedAt,
		Synced: record.BackedUp, Transports: record.Transports,
	}, err
}

// ownPasskey locks the caller's account and returns one of its passkeys, and all its authenticators.
func ownPasskey(ctx context.Context, tx proof.Unit, id domain.AuthenticatorID) (domain.Authenticator, []domain.Authenticator, error) {
	held, err := proof.LockHeld(ctx, tx, tx.Caller.User.ID)
	if err != nil {
		return domain.Authenticator{}, nil, err
	}
	at := slices.IndexFunc(held, func(a domain.Authenticator) bool { return a.LivePasskey() && a.ID == id })
	if at < 0 {
		return domain.Authenticator{}, nil, domain.ErrNotFound
	}
	return held[at], held, nil
}
