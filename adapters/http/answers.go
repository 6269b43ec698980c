package http

import (
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// shown is what a request sends to prove a second factor. It must have exactly one of its parts.
type shown struct {
	code, recoveryCode string
	credential         credential
}

// answer returns the answer of a sign-in or a step-up.
func (s shown) answer() (proof.Answer, error) {
	if s.parts() != 1 {
		return proof.Answer{}, domain.Invalid("code", "send exactly one of code, recovery_code and credential")
	}
	answer := proof.Answer{Kind: domain.FactorTOTP, Text: domain.NewSecret(s.code), RecoveryCode: domain.NewSecret(s.recoveryCode)}
	if s.credential != nil {
		answer.Kind, answer.Text = domain.FactorPasskey, s.credential.secret()
	}
	return answer, nil
}

// first returns the kind and the first answer of a factor that is enrolled during sign-in.
func (s shown) first() (domain.FactorKind, domain.Secret, error) {
	switch {
	case s.parts() != 1:
		return "", domain.Secret{}, domain.Invalid("code", "send either code or credential")
	case s.credential != nil:
		return domain.FactorPasskey, s.credential.secret(), nil
	}
	return domain.FactorTOTP, domain.NewSecret(s.code), nil
}

func (s shown) parts() (count int) {
	for _, there := range []bool{s.code != "", s.recoveryCode != "", s.credential != nil} {
		if there {
			count++
		}
	}
	return count
}
