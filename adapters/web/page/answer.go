package page

import (
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Answer returns the answer to a second factor that a form has: a passkey, a recovery code, or a one-time code. The names
// of its fields have the prefix.
func (r *Request) Answer(prefix string) proof.Answer {
	switch {
	case r.fields.Get(prefix+"credential") != "":
		return proof.Answer{Kind: domain.FactorPasskey, Text: r.Secret(prefix + "credential")}
	case r.fields.Get(prefix+"recovery_code") != "":
		return proof.Answer{Kind: domain.FactorTOTP, RecoveryCode: r.Secret(prefix + "recovery_code")}
	}
	return proof.Answer{Kind: domain.FactorTOTP, Text: r.Secret(prefix + "code")}
}
