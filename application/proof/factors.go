package proof

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Factors has the second factors that the service offers, and the recovery codes that can replace
// them.
type Factors struct {
	Store    port.Store
	Offered  []port.SecondFactor // in the order in which clients see them
	Recovery port.RecoveryCodeMaker
	NewID    port.NewID

	BrowserName port.BrowserName // the name of a new passkey without another one
}

// RecoveryCodeMethod names recovery codes among the methods that complete a challenge.
const RecoveryCodeMethod = "recovery_code"

// Methods returns the methods by which an account with these factors can complete a challenge: its own
// kinds, and a recovery code. If the account must sign in with a passkey and has one, no other kind counts.
func (f Factors) Methods(enrolled domain.Factors, wantsPasskey bool) (methods []string) {
	only := wantsPasskey && enrolled.Has(domain.FactorPasskey)
	for _, factor := range f.Offered {
		if enrolled.Has(factor.Kind()) && factor.Available() == nil && (!only || factor.Kind() == domain.FactorPasskey) {
			methods = append(methods, string(factor.Kind()))
		}
	}
	return append(methods, RecoveryCodeMethod)
}

// Accepts returns an error for an answer by a method that Methods does not return: domain.ErrPasskeyOnly if only the
// account's passkey counts, or else domain.ErrMethodNotListed.
func (f Factors) Accepts(answer Answer, enrolled domain.Factors, wantsPasskey bool) error {
	method := string(answer.Kind)
	if !answer.RecoveryCode.IsZero() {
		method = RecoveryCodeMethod
	}
	switch methods := f.Methods(enrolled, wantsPasskey); {
	case slices.Contains(methods, method):
		return nil
	case wantsPasskey && slices.Contains(methods, string(domain.FactorPasskey)):
		return domain.ErrPasskeyOnly
	}
	return domain.ErrMethodNotListed
}

// Enrollable returns the kinds that an account with these factors may enrol: only a passkey, if the
// account must sign in with one.
func (f Factors) Enrollable(enrolled domain.Factors, wantsPasskey bool) (kinds []string) {
	for _, factor := range f.Offered {
		admitted := factor.Available() == nil && factor.Admits(enrolled) == nil
		if admitted && (!wantsPasskey || factor.Kind() == domain.FactorPasskey) {
			kinds = append(kinds, string(factor.Kind()))
		}
	}
	return kinds
}

// MayEnroll returns CodeInvalid for another kind than a passkey if the account must sign in with one.
func MayEnroll(kind domain.FactorKind, wantsPasskey bool) error {
	if wantsPasskey && kind != domain.FactorPasskey {
		return domain.Invalid("kind", "must be passkey, because your org requires a passkey of your account")
	}
	return nil
}

// Admits returns CodeConflict when an account with these factors may not enrol one more of the kind.
func (f Factors) Admits(kind domain.FactorKind, enrolled domain.Factors) error {
	factor, err := f.of(kind)
	if err != nil {
		return err
	}
	return factor.Admits(enrolled)
}

// Challenge returns what a client needs to answer a live authenticator of the kind.
func (f Factors) Challenge(ctx context.Context, kind domain.FactorKind, holder port.Holder) (port.Prompt, error) {
	factor, err := f.of(kind)
	if err != nil {
		return nil, err
	}
	return factor.Challenge(ctx, holder)
}

// Available returns CodeInvalid for a kind that is not offered here, and the error of the factor if this
// deployment cannot use it, such as domain.ErrNoPasskeys.
func (f Factors) Available(kind domain.FactorKind) error {
	_, err := f.of(kind)
	return err
}

// of returns the factor of the kind, if this deployment can use it.
func (f Factors) of(kind domain.FactorKind) (port.SecondFactor, error) {
	i := slices.IndexFunc(f.Offered, func(factor port.SecondFactor) bool { return factor.Kind() == kind })
	if i < 0 {
		return nil, domain.Invalid("kind", "must be a kind of second factor that is offered here")
	}
	return f.Offered[i], f.Offered[i].Available()
}
