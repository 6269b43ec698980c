package mfa

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what accounts do with their own second factor.
type UseCases struct {
	State                   State
	Begin                   Begin
	Confirm                 Confirm
	Disable                 Disable
	RegenerateRecoveryCodes RegenerateRecoveryCodes
	Passkeys                Passkeys
	RenamePasskey           RenamePasskey
	RemovePasskey           RemovePasskey
}

// Deps is what these use cases need.
type Deps struct {
	proof.Guard
	Fresh   proof.FreshSignIn
	Guesses proof.Guesses
	Factors proof.Factors
	Records port.PasskeyRecords
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		State:                   State{d.Guard},
		Begin:                   Begin{Factors: d.Factors, Fresh: d.Fresh, Clock: d.Clock, NewID: d.NewID},
		Confirm:                 Confirm{Guesses: d.Guesses, Factors: d.Factors, Clock: d.Clock, NewID: d.NewID, Records: d.Records},
		Disable:                 Disable{d.Guard},
		RegenerateRecoveryCodes: RegenerateRecoveryCodes{Guard: d.Guard, Factors: d.Factors},
		Passkeys:                Passkeys{Guard: d.Guard, Factors: d.Factors, Records: d.Records},
		RenamePasskey:           RenamePasskey{Guard: d.Guard, Factors: d.Factors, Records: d.Records},
		RemovePasskey:           RemovePasskey{Guard: d.Guard, Factors: d.Factors},
	}
}
