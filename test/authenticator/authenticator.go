// Package authenticator is a browser and a WebAuthn authenticator in software, for tests. It takes the options that a
// service returns and answers them as PublicKeyCredential.toJSON() does (WebAuthn Level 3, section 5.1). A test can
// change every part of an answer before it is signed, and the encoded bytes afterwards.
package authenticator

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Authenticator keeps passkeys as a phone or a security key does. Its methods may be called in parallel.
type Authenticator struct {
	Origin    string // of the page that asks
	Synced    bool   // passkeys are synced between devices: flags BE and BS are set and the counter stays 0
	TouchOnly bool   // it cannot verify the user, it only notices a touch: the flag UV is never set
	Algorithm int64  // of new passkeys; 0: the first one offered that it knows

	mu       sync.Mutex
	passkeys []*Passkey
}

// Passkey is a credential that an authenticator holds.
type Passkey struct {
	ID         []byte
	Key        Key
	RPID       string
	UserHandle []byte
	Counter    uint32
}

// The refusals of an authenticator. A browser shows them as InvalidStateError and NotAllowedError.
var (
	ErrExcluded  = errors.New("one of the passkeys to exclude is in this authenticator")
	ErrNoPasskey = errors.New("no passkey in this authenticator fits the options")
)

type descriptor struct {
	ID string `json:"id"`
}

// options are the members of both kinds of options that an authenticator reads.
type options struct {
	Challenge string `json:"challenge"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	RPID string `json:"rpId"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Parameters []struct {
		Algorithm int64 `json:"alg"`
	} `json:"pubKeyCredParams"`
	Exclude          []descriptor `json:"excludeCredentials"`
	Allow            []descriptor `json:"allowCredentials"`
	UserVerification string       `json:"userVerification"`
	Selection        struct {
		UserVerification string `json:"userVerification"`
	} `json:"authenticatorSelection"`
}

// Register answers PublicKeyCredentialCreationOptionsJSON with a new passkey, which it keeps. The bends change the
// answer before it is signed and encoded; what they change of the passkey is kept too.
func (a *Authenticator) Register(creation []byte, bends ...func(*Answer)) (json.RawMessage, error) {
	var o options
	if err := json.Unmarshal(creation, &o); err != nil {
		return nil, fmt.Errorf("read the options: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(o.Exclude, func(d descriptor) bool { return a.held(d.ID, o.RP.ID) != nil }) {
		return nil, ErrExcluded
	}
	key, err := a.newKey(o)
	if err != nil {
		return nil, err
	}
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil {
		return nil, fmt.Errorf("read user.id: %w", err)
	}
	passkey := &Passkey{ID: make([]byte, 32), Key: key, RPID: o.RP.ID, UserHandle: handle}
	_, _ = rand.Read(passkey.ID) // never fails
	answer := a.answer("webauthn.create", o.Challenge, passkey, o.Selection.UserVerification)
	answer.PublicKey, answer.Format = key.COSE(), "none"
	for _, bend := range bends {
		bend(answer)
	}
	passkey.ID, passkey.Key, passkey.Counter = answer.CredentialID, answer.Key, answer.Counter
	a.passkeys = append(a.passkeys, passkey)
	return answer.registration()
}

// Sign answers PublicKeyCredentialRequestOptionsJSON with the newest passkey that fits. The bends change the answer
// before it is signed and encoded.
func (a *Authenticator) Sign(request []byte, bends ...func(*Answer)) (json.RawMessage, error) {
	var o options
	if err := json.Unmarshal(request, &o); err != nil {
		return nil, fmt.Errorf("read the options: %w", err)
	}
	a.mu.Lock()
	passkey := a.fitting(o)
	if passkey == nil {
		a.mu.Unlock()
		return nil, ErrNoPasskey
	}
	if !a.Synced {
		passkey.Counter++
	}
	answer := a.answer("webauthn.get", o.Challenge, passkey, o.UserVerification)
	a.mu.Unlock()
	for _, bend := range bends {
		bend(answer)
	}
	return answer.assertion()
}

// Passkeys returns what the authenticator holds, the oldest first.
func (a *Authenticator) Passkeys() []*Passkey {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.passkeys)
}

// Hold adds a passkey, such as one of another authenticator.
func (a *Authenticator) Hold(passkey *Passkey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.passkeys = append(a.passkeys, passkey)
}

func (a *Authenticator) held(id, rpID string) *Passkey {
	for _, p := range a.passkeys {
		if encoded(p.ID) == id && p.RPID == rpID {
			return p
		}
	}
	return nil
}

func (a *Authenticator) fitting(o options) *Passkey {
	for _, p := range slices.Backward(a.passkeys) {
		id := encoded(p.ID)
		if p.RPID == o.RPID && (len(o.Allow) == 0 || slices.Contains(o.Allow, descriptor{ID: id})) {
			return p
		}
	}
	return nil
}

func (a *Authenticator) newKey(o options) (Key, error) {
	if a.Algorithm != 0 {
		return NewKey(a.Algorithm)
	}
	for _, offered := range o.Parameters {
		if key, err := NewKey(offered.Algorithm); err == nil {
			return key, nil
		}
	}
	return Key{}, errors.New("none of the algorithms offered is known")
}

// answer returns what an honest browser and authenticator would answer.
func (a *Authenticator) answer(kind, challenge string, passkey *Passkey, verification string) *Answer {
	return &Answer{
		ClientData: map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false},
		RPID:       passkey.RPID,
		Present:    true, Verified: !a.TouchOnly && verification != "discouraged",
		Eligible: a.Synced, BackedUp: a.Synced,
		Counter:      passkey.Counter,
		CredentialID: passkey.ID,
		Key:          passkey.Key,
		UserHandle:   passkey.UserHandle,
		Transports:   []string{"internal"},
	}
}
