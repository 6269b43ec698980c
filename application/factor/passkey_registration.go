package factor

import (
	"bytes"
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxWaiting is how many registrations of an account can wait for their answers. Another one replaces the oldest.
const maxWaiting = 20

// Begin returns a new pending passkey each time, so that several registrations can be open at once. All
// passkeys of an account have the same random user handle.
func (f Passkey) Begin(holder port.Holder) (domain.Authenticator, error) {
	userHandle, err := f.userHandle(holder)
	if err != nil {
		return domain.Authenticator{}, err
	}
	started := waiting{challenge: f.Random(challengeBytes), userHandle: userHandle}
	pending := domain.Authenticator{
		ID: f.place(holder), User: holder.User.ID, Kind: domain.FactorPasskey, Data: started.data(),
	}
	pending.Begin(holder.By, holder.Now)
	pending.PendingExpiry = holder.Now.Add(domain.CeremonyTTL)
	return pending, nil
}

// place returns the id for a new pending passkey: a new one, or the id of the oldest pending passkey when
// the account has too many.
func (f Passkey) place(holder port.Holder) domain.AuthenticatorID {
	var oldest domain.Authenticator
	open := 0
	for _, a := range holder.Held {
		if a.Kind != domain.FactorPasskey || !a.Waiting(holder.Now) {
			continue
		}
		if open++; oldest.ID == "" || a.CreatedAt.Before(oldest.CreatedAt) {
			oldest = a
		}
	}
	if open >= maxWaiting {
		return oldest.ID
	}
	return domain.AuthenticatorID(f.NewID())
}

// userHandle returns the user handle of the account's passkeys, or a new one for the first passkey. It is random, so
// that it says nothing about the account or its org (WebAuthn Level 3, section 14.6.1).
func (f Passkey) userHandle(holder port.Holder) ([]byte, error) {
	passkeys, err := f.live(holder)
	if err != nil {
		return nil, err
	}
	if len(passkeys) > 0 {
		return passkeys[0].UserHandle, nil
	}
	for _, a := range holder.Held {
		if a.Kind == domain.FactorPasskey && a.Waiting(holder.Now) {
			started, err := readWaiting(a)
			return started.userHandle, err
		}
	}
	return f.Random(userHandleBytes), nil
}

// Show returns the options for the browser.
func (f Passkey) Show(holder port.Holder, pending domain.Authenticator) (port.Prompt, error) {
	registration, err := f.registration(holder, pending)
	if err != nil {
		return nil, err
	}
	options, err := f.WebAuthn.CreationOptions(registration)
	return port.Prompt{PasskeyOptions: options}, err
}

func (f Passkey) registration(holder port.Holder, pending domain.Authenticator) (port.PasskeyRegistration, error) {
	started, err := readWaiting(pending)
	if err != nil {
		return port.PasskeyRegistration{}, err
	}
	exclude, err := f.live(holder)
	return port.PasskeyRegistration{
		Challenge: started.challenge, UserHandle: started.userHandle,
		Email: holder.User.Email, FullName: holder.User.FullName, Exclude: exclude,
	}, err
}

// ParseFirst checks the form of a registration's result and returns it unchanged.
func (f Passkey) ParseFirst(answer domain.Secret) (domain.Secret, error) {
	_, err := f.WebAuthn.ParseRegistration(answer)
	return answer, err
}

// Confirm finds the registration by the challenge in the answer. It must have been begun by the same session
// or sign-in. A wrong answer ends it. Without such a registration the answer is wrong.
func (f Passkey) Confirm(_ context.Context, holder port.Holder, answer domain.Secret) (port.Confirmation, error) {
	said, err := f.WebAuthn.ParseRegistration(answer)
	if err != nil {
		return port.Confirmation{}, err
	}
	for _, pending := range holder.Held {
		if pending.Kind != domain.FactorPasskey || !pending.BegunBy(holder.By, holder.Now) {
			continue
		}
		registration, err := f.registration(holder, pending)
		if err != nil {
			return port.Confirmation{}, err
		}
		if bytes.Equal(registration.Challenge, said.Challenge) {
			return f.register(holder, pending, registration, answer)
		}
	}
	return port.Confirmation{Reason: "the registration is unknown, has expired, was answered or is of another session"}, nil
}

// register verifies the answer to a pending passkey.
func (f Passkey) register(
	holder port.Holder, pending domain.Authenticator, registration port.PasskeyRegistration, answer domain.Secret,
) (port.Confirmation, error) {
	passkey, err := f.WebAuthn.VerifyRegistration(answer, registration)
	if errors.Is(err, domain.ErrInvalidCode) {
		return port.Confirmation{Pending: pending, Spent: true, Reason: err.Error()}, nil
	}
	if err != nil {
		return port.Confirmation{}, err
	}
	live := pending
	if live.Data, err = f.Records.Encode(passkey); err != nil {
		return port.Confirmation{}, err
	}
	live.Handle = passkey.ID
	live.Confirm(passkey.Counter, holder.Now)
	return port.Confirmation{Right: true, Pending: pending, Live: live}, nil
}
