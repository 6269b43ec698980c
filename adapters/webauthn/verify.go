package webauthn

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// rule is one check of an answer and why an answer that breaks it is refused.
type rule struct {
	kept   bool
	reason string
}

// firstFault returns the reason of the first rule that is not kept.
func firstFault(rules ...rule) error {
	for _, r := range rules {
		if !r.kept {
			return errors.New(r.reason)
		}
	}
	return nil
}

// refusal is the error of a well-formed answer that breaks a rule. Its text is the reason alone, for the audit log.
type refusal struct{ reason error }

func (r refusal) Error() string { return r.reason.Error() }

// Unwrap makes it a wrong code for callers.
func (r refusal) Unwrap() error { return domain.ErrInvalidCode }

// refused returns the first of the reasons as a refusal, nil if there is none.
func refused(reasons ...error) error {
	for _, reason := range reasons {
		if reason != nil {
			return refusal{reason}
		}
	}
	return nil
}

// VerifyRegistration follows section 7.1. The caller makes sure that no account has the credential id yet.
func (p *RelyingParty) VerifyRegistration(credential domain.Secret, r port.PasskeyRegistration) (port.Passkey, error) {
	a, err := parseRegistration(credential)
	if err != nil {
		return port.Passkey{}, err
	}
	_, badKey := parseKey(a.data.publicKey)
	err = refused(
		p.checkClient(a.client, typeCreate, r.Challenge),
		p.checkData(a.data, false),
		badKey,
		firstFault(
			rule{len(a.id) >= minCredentialID, "the credential id has less than 16 bytes"},
			rule{bytes.Equal(a.id, a.data.credentialID), "the credential id is not the one in the authenticator data"},
		),
	)
	if err != nil {
		return port.Passkey{}, err
	}
	return port.Passkey{
		ID:             encoding.EncodeToString(a.id),
		PublicKey:      bytes.Clone(a.data.publicKey),
		UserHandle:     bytes.Clone(r.UserHandle),
		RPID:           p.id,
		AAGUID:         uuid.UUID(a.data.aaguid).String(),
		Transports:     a.transports,
		BackupEligible: a.data.has(flagBackupEligible),
		BackedUp:       a.data.has(flagBackedUp),
		Counter:        int64(a.data.counter),
	}, nil
}

// VerifyAssertion follows section 7.2. It always verifies the signature, also of an answer that another rule refuses,
// and with a key of its own if the passkey has none, so that its time does not tell what was wrong.
func (p *RelyingParty) VerifyAssertion(credential domain.Secret, passkey port.Passkey, r port.PasskeyRequest) (port.Passkey, error) {
	a, err := parseAssertion(credential)
	if err != nil {
		return port.Passkey{}, err
	}
	key, badKey := assertionKey(passkey)
	signed := key(slices.Concat(a.rawData, a.clientDataHash[:]), a.signature)
	err = refused(
		checkOwner(a, passkey, r),
		p.checkClient(a.client, typeGet, r.Challenge),
		p.checkData(a.data, r.VerifiedUser),
		badKey,
		firstFault(
			rule{passkey.RPID == p.id, "the passkey was registered for another RP ID"},
			rule{a.data.has(flagBackupEligible) == passkey.BackupEligible, "the passkey changed whether it is eligible for backup"},
			rule{signed, "the signature is wrong"},
		),
	)
	if err != nil {
		return port.Passkey{}, err
	}
	passkey.BackedUp = a.data.has(flagBackedUp)
	passkey.Counter = int64(a.data.counter)
	return passkey, nil
}

// checkOwner checks whose passkey answers. The user handle must be there if the request named no passkeys (section 7.2).
func checkOwner(a assertion, passkey port.Passkey, r port.PasskeyRequest) error {
	id := encoding.EncodeToString(a.id)
	allowed := len(r.Allow) == 0 || slices.ContainsFunc(r.Allow, func(p port.Passkey) bool { return p.ID == id })
	return firstFault(
		rule{id == passkey.ID && allowed, "the credential is not one that the request allows"},
		rule{len(r.Allow) > 0 || len(a.userHandle) > 0, "the answer has no user handle"},
		rule{len(a.userHandle) == 0 || bytes.Equal(a.userHandle, passkey.UserHandle), "the user handle is of another account"},
	)
}

// assertionKey returns the key of the passkey. If that has no valid one, it returns an error with another key.
func assertionKey(passkey port.Passkey) (publicKey, error) {
	key, err := parseKey(passkey.PublicKey)
	if err != nil {
		base := elliptic.P256().Params()
		key, _ = es256Key(base.Gx.Bytes(), base.Gy.Bytes()) // fails for points off the curve only
	}
	return key, err
}
