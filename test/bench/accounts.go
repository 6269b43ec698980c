package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

const (
	memberPassword = "a member's passphrase"
	sessionLength  = 24 * time.Hour
)

// population is how many accounts of a world the load generator uses.
type population struct {
	members  int // sign in with a password
	coded    int // sign in with a password and a one-time code
	passkeys int // sign in with a passkey
	machines int // service accounts
}

// account is an account that the load generator uses.
type account struct {
	id       domain.UserID
	email    string
	access   string // an access token of its session
	refresh  string // the newest refresh token of its session
	usedStep int64  // of the newest one-time code
	passkey  *authenticator.Authenticator
}

// issuer writes accounts and their sessions as sign-ins would, without hashing their passwords.
type issuer struct {
	org     domain.Org
	access  port.AccessTokens
	hash    domain.PasswordHash
	totp    factor.TOTP
	passkey factor.Passkey
	now     time.Time
	roles   map[string]domain.RoleID
	expires time.Time
}

func newIssuer(ctx context.Context, config bootstrap.Config, secrets port.SecretBox) (*issuer, error) {
	access, err := accessTokens(config)
	if err != nil {
		return nil, err
	}
	hash, err := argon2.New(argon2.Default(), 1, 1).Hash(ctx, domain.NewSecret(memberPassword))
	now := time.Now().UTC().Truncate(time.Microsecond)
	return &issuer{
		org: domain.Org{ID: config.DefaultOrgID}, access: access, hash: hash,
		totp: factor.TOTP{Codes: fixedCodes{}, Secrets: secrets},
		passkey: factor.Passkey{
			WebAuthn: webauthn.New(webauthn.Config{RPID: config.RPID, Origins: config.PasskeyOrigins}), Records: webauthn.Records{},
			NewID: uuid.NewString, Random: opaque.RandomBytes,
		},
		now: now, expires: now.Add(sessionLength), roles: map[string]domain.RoleID{},
	}, err
}

func accessTokens(config bootstrap.Config) (port.AccessTokens, error) {
	key, err := jose.LoadPrivateKey([]byte(config.PrivateKeyPEM))
	if err != nil {
		return nil, err
	}
	keys, err := jose.NewKeys(key)
	if err != nil {
		return nil, err
	}
	return jose.NewAccessTokens(keys, config.Issuer, config.Audience)
}

// addAll adds the accounts of a world.
func (i *issuer) addAll(ctx context.Context, tx port.OrgTx, w *world) error {
	roles, err := tx.Roles().List(ctx)
	if err != nil {
		return err
	}
	for _, role := range roles {
		i.roles[role.Name] = role.ID
	}
	if w.admin, err = i.add(ctx, tx, "admin", domain.RoleAdmin); err != nil {
		return err
	}
	for n := range w.population.members {
		member, err := i.add(ctx, tx, fmt.Sprintf("member%d", n), domain.RoleMember)
		if err != nil {
			return err
		}
		w.members = append(w.members, member)
	}
	for n := range w.population.coded {
		coded, err := i.add(ctx, tx, fmt.Sprintf("coded%d", n), domain.RoleMember)
		if err != nil {
			return err
		}
		if err := i.addCodes(ctx, tx, coded); err != nil {
			return err
		}
		w.coded = append(w.coded, coded)
	}
	for n := range w.population.passkeys {
		owner, err := i.add(ctx, tx, fmt.Sprintf("passkey%d", n), domain.RoleMember)
		if err != nil {
			return err
		}
		if err := i.addPasskey(ctx, tx, owner); err != nil {
			return err
		}
		w.passkeys = append(w.passkeys, owner)
	}
	return i.addMachines(ctx, tx, w)
}

// add adds an account with a role and a session.
func (i *issuer) add(ctx context.Context, tx port.OrgTx, name, role string) (*account, error) {
	a := &account{id: domain.UserID(uuid.NewString()), email: name + "@example.org"}
	user, err := domain.NewUser(a.id, domain.Email(a.email), "Member", i.now)
	if err != nil {
		return nil, err
	}
	user.SetPassword(i.hash, false, i.now)
	session := domain.Session{
		ID: domain.SessionID(uuid.NewString()), User: user.ID, AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode},
		AuthTime: i.now, CreatedAt: i.now, LastSeenAt: i.now, ExpiresAt: i.expires,
	}
	token := opaque.RefreshTokens{}.New(i.org.ID, session.ID)
	session.Refresh = token.Family()
	a.refresh = token.Secret.Reveal()
	a.access, err = i.access.Sign(port.AccessClaims{
		ID: uuid.NewString(), Subject: user.ID, Org: i.org.ID, Session: session.ID, AMR: session.AMR, ACR: session.ACR(),
		AuthTime: i.now, IssuedAt: i.now, Expires: i.expires,
	})
	if err != nil {
		return nil, err
	}
	return a, errors.Join(
		tx.Users().Insert(ctx, user),
		tx.Roles().Assign(ctx, user.ID, []domain.RoleID{i.roles[role]}),
		tx.Sessions().Insert(ctx, session),
	)
}

// holder returns an account without second factors.
func (i *issuer) holder(a *account) port.Holder {
	return port.Holder{Org: i.org, User: domain.User{ID: a.id, Email: domain.Email(a.email)}, By: "bench", Now: i.now}
}

// addCodes gives an account one-time codes.
func (i *issuer) addCodes(ctx context.Context, tx port.OrgTx, a *account) error {
	pending, err := i.totp.Begin(i.holder(a))
	if err != nil {
		return err
	}
	if err := tx.Authenticators().SavePending(ctx, pending); err != nil {
		return err
	}
	a.usedStep = stepAt(i.now) - 1
	live := pending
	live.Confirm(a.usedStep, i.now)
	return tx.Authenticators().Confirm(ctx, live, pending)
}
