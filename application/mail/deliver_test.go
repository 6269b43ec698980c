package mail_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/useragent"
	"github.com/sole-platform/sole/application/mail"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// desk delivers emails of an org with one member into memory.
type desk struct {
	t     *testing.T
	store *bunstore.Store
	org   domain.Org
	user  domain.User
	sent  []port.Mail
}

func newDesk(t *testing.T, orgName, fullName string) *desk {
	t.Helper()
	store := embedded.Store(t)
	d := &desk{t: t, store: store}
	d.org = domain.Org{
		ID:        domain.OrgID(uuid.NewString()),
		Name:      orgName,
		Slug:      "acme-inc",
		Status:    domain.StatusActive,
		CreatedAt: now,
		UpdatedAt: now,
		Version:   1,
	}
	var err error
	d.user, err = domain.NewUser(domain.UserID(uuid.NewString()), "member@example.org", fullName, now)
	require.NoError(t, err)
	d.user.SetPassword("hash", false, now)
	require.NoError(t, store.Platform().CreateOrg(t.Context(), d.org, domain.OrgSettings{}, func(tx port.OrgTx) error {
		return tx.Users().Insert(t.Context(), d.user)
	}))
	return d
}

func (d *desk) deliver(message domain.EmailMessage) port.Mail {
	d.t.Helper()
	deliver := mail.Deliver{
		Store: d.store, Mailer: d, ResetLinks: opaque.New("pr"),
		Links: mail.Links{
			ResetPassword: "https://id.example.org/reset-password?token=", AcceptInvitation: "https://id.example.org/accept-invitation?token=",
			ConfirmEmail: "https://id.example.org/confirm-email?token=",
		},
		Browser: useragent.Name,
		Clock:   func() time.Time { return now }, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
	}
	message.To, message.At = d.user.Email, now
	require.NoError(d.t, deliver.Execute(d.t.Context(), d.org.ID, message))
	return d.sent[len(d.sent)-1]
}

// Send implements port.Mailer.
func (d *desk) Send(_ context.Context, m port.Mail) error {
	d.sent = append(d.sent, m)
	return nil
}

func TestNoEmailShowsTextThatAStrangerChose(t *testing.T) {
	const lure = "account suspended - confirm at https://evil.example"
	d := newDesk(t, lure, lure)
	for _, kind := range []domain.EmailKind{
		domain.EmailPasswordForgotten, domain.EmailPasswordChanged, domain.EmailDeviceRemembered, domain.EmailMFAChanged,
		domain.EmailPasskeyAdded, domain.EmailPasskeyRemoved, domain.EmailPasskeyCounterRefused,
		domain.EmailRecoveryCodeUsed, domain.EmailAccountLocked, domain.EmailOrgDiscovery, domain.EmailAddressChanged,
	} {
		m := d.deliver(domain.EmailMessage{Kind: kind, Origin: domain.Origin{Address: "192.0.2.1", UserAgent: lure}})
		require.NotContains(t, fmt.Sprintf("%+v", m), "evil", kind)
		require.Equal(t, "an unknown browser", m.Browser, kind)
		if kind != domain.EmailOrgDiscovery {
			require.Equal(t, "acme-inc", m.OrgName, kind)
		}
	}
	plain := newDesk(t, "Acme", "Ada Lovelace").deliver(domain.EmailMessage{
		Kind:   domain.EmailPasswordChanged,
		Origin: domain.Origin{UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
	})
	require.Equal(t, []string{"Ada Lovelace", "Acme", "Firefox on Linux"}, []string{plain.Name, plain.OrgName, plain.Browser})
}

func TestEmailsHaveTheDefaultLocaleOfTheOrg(t *testing.T) {
	d := newDesk(t, "Acme", "Ada Lovelace")
	require.NoError(t, d.store.InOrg(t.Context(), d.org.ID, func(tx port.OrgTx) error {
		settings, err := tx.Org().Settings(t.Context())
		if err != nil {
			return err
		}
		settings.DefaultLocale = "de-AT"
		return tx.Org().SaveSettings(t.Context(), settings)
	}))
	for _, kind := range []domain.EmailKind{
		domain.EmailPasswordForgotten, domain.EmailPasswordChanged, domain.EmailDeviceRemembered, domain.EmailMFAChanged,
		domain.EmailPasskeyAdded, domain.EmailPasskeyRemoved, domain.EmailPasskeyCounterRefused,
		domain.EmailRecoveryCodeUsed, domain.EmailAccountLocked, domain.EmailAddressChanged, domain.EmailAddressChangeRequested,
		domain.EmailOrgDiscovery,
	} {
		require.Equal(t, "de-AT", d.deliver(domain.EmailMessage{Kind: kind}).Locale, kind)
	}
	other := d.org
	other.ID, other.Slug = domain.OrgID(uuid.NewString()), "other-inc"
	same, err := domain.NewUser(domain.UserID(uuid.NewString()), d.user.Email, "Ada Lovelace", now)
	require.NoError(t, err)
	same.SetPassword("hash", false, now)
	require.NoError(t, d.store.Platform().CreateOrg(t.Context(), other, domain.OrgSettings{DefaultLocale: "en"}, func(tx port.OrgTx) error {
		return tx.Users().Insert(t.Context(), same)
	}))
	require.Empty(t, d.deliver(domain.EmailMessage{Kind: domain.EmailOrgDiscovery}).Locale, "the orgs have different languages")
}

// overtaking is a store in which overtake runs as soon as a unit has read the change of an account:
// at once, or after the unit when the unit has locked the account.
type overtaking struct {
	port.Store
	overtake func(tx port.OrgTx)
}

func (s overtaking) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	var overtaken overtakenTx
	err := s.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		overtaken = overtakenTx{OrgTx: tx, overtake: s.overtake}
		return fn(&overtaken)
	})
	if err != nil || !overtaken.locked {
		return err
	}
	return s.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		s.overtake(tx)
		return nil
	})
}

type overtakenTx struct {
	port.OrgTx
	overtake func(tx port.OrgTx)
	locked   bool
}

func (tx *overtakenTx) Users() port.Users { return overtakenUsers{Users: tx.OrgTx.Users(), tx: tx} }

func (tx *overtakenTx) EmailChanges() port.EmailChanges {
	return overtakenChanges{EmailChanges: tx.OrgTx.EmailChanges(), tx: tx}
}

type overtakenUsers struct {
	port.Users
	tx *overtakenTx
}

func (u overtakenUsers) Lock(ctx context.Context, id domain.UserID) (domain.User, error) {
	u.tx.locked = true
	return u.Users.Lock(ctx, id)
}

type overtakenChanges struct {
	port.EmailChanges
	tx *overtakenTx
}

func (c overtakenChanges) Of(ctx context.Context, user domain.UserID, now time.Time) (domain.EmailChange, error) {
	change, err := c.EmailChanges.Of(ctx, user, now)
	if !c.tx.locked {
		c.tx.overtake(c.tx.OrgTx)
	}
	return change, err
}

func TestAnEmailDoesNotReplaceALaterEmailChange(t *testing.T) {
	d := newDesk(t, "Acme", "Ada")
	ctx, links := t.Context(), opaque.New("ec")
	change := domain.EmailChange{
		User: d.user.ID, Session: domain.SessionID(uuid.NewString()), Email: "first@example.org",
		Hash: links.New(d.org.ID).Hash, ExpiresAt: now.Add(domain.EmailChangeTTL),
	}
	require.NoError(t, d.store.InOrg(ctx, d.org.ID, func(tx port.OrgTx) error {
		session := domain.Session{
			ID:         change.Session,
			User:       d.user.ID,
			AuthTime:   now,
			CreatedAt:  now,
			LastSeenAt: now,
			ExpiresAt:  now.Add(time.Hour),
		}
		require.NoError(t, tx.Sessions().Insert(ctx, session))
		return tx.EmailChanges().Put(ctx, change)
	}))
	later := change
	later.Email, later.Hash = "later@example.org", links.New(d.org.ID).Hash
	store := overtaking{Store: d.store, overtake: func(tx port.OrgTx) { require.NoError(t, tx.EmailChanges().Put(ctx, later)) }}
	deliver := mail.Deliver{Store: store, Mailer: d, EmailLinks: links, Clock: func() time.Time { return now }}
	message := domain.EmailMessage{Kind: domain.EmailConfirmAddress, To: change.Email, Account: d.user.ID, At: now}
	require.NoError(t, deliver.Execute(ctx, d.org.ID, message))
	require.NoError(t, d.store.ReadOrg(ctx, d.org.ID, func(tx port.OrgTx) error {
		kept, err := tx.EmailChanges().Of(ctx, d.user.ID, now)
		require.Equal(t, later, kept)
		return err
	}))
}

func TestAnotherResetLinkDoesNotVoidEarlierOnes(t *testing.T) {
	d := newDesk(t, "Acme", "Ada")
	for range 7 {
		d.deliver(domain.EmailMessage{Kind: domain.EmailPasswordForgotten})
	}
	links := opaque.New("pr")
	require.NoError(t, d.store.ReadOrg(t.Context(), d.org.ID, func(tx port.OrgTx) error {
		for _, m := range d.sent {
			token, err := links.Parse(domain.NewSecret(m.Link.Reveal()[len("https://id.example.org/reset-password?token="):]))
			require.NoError(t, err)
			link, err := tx.Links().Get(t.Context(), domain.LinkPasswordReset, token.Hash, now.Add(domain.PasswordResetTTL-1))
			require.NoError(t, err)
			require.Equal(t, d.user.ID, link.User)
		}
		return nil
	}))
}

func TestEachLinkLeadsToItsOwnPage(t *testing.T) {
	d := newDesk(t, "Acme", "Ada")
	link := func(kind domain.EmailKind) string { return d.deliver(domain.EmailMessage{Kind: kind}).Link.Reveal() }
	require.Regexp(t, `^https://id\.example\.org/reset-password\?token=pr_`, link(domain.EmailPasswordForgotten))
	d.user.Password = ""
	require.NoError(t, d.store.InOrg(t.Context(), d.org.ID, func(tx port.OrgTx) error {
		waiting := domain.Link{User: d.user.ID, Purpose: domain.LinkInvitation, Hash: "h", ExpiresAt: now.Add(time.Hour)}
		if err := tx.Links().Put(t.Context(), waiting); err != nil {
			return err
		}
		return tx.Users().Update(t.Context(), d.user)
	}))
	require.Regexp(t, `^https://id\.example\.org/accept-invitation\?token=pr_`, link(domain.EmailInvitation))
}
