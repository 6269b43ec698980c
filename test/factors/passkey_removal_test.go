package factors

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func TestAPasskeyIsRenamed(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, added := s.add(s.ordinary(), phone)
		renamed, err := s.mfa.RenamePasskey.Execute(t.Context(), caller, added.Passkey.ID, " "+strings.Repeat("ж", 100)+" ")
		require.NoError(t, err)
		added.Passkey.Name = strings.Repeat("ж", 100)
		require.Equal(t, added.Passkey, renamed)
		event := s.events(domain.EventPasskeyRenamed)[0]
		require.Equal(t, "a browser -> "+added.Passkey.Name, event.Details["name"])
		require.Equal(t, string(added.Passkey.ID), event.ResourceID)
		for _, name := range []string{"", " ", strings.Repeat("x", 101), "hidden\u200b", "two\nlines"} {
			_, err := s.mfa.RenamePasskey.Execute(t.Context(), caller, added.Passkey.ID, name)
			requireInvalid(t, err, name)
		}
		owner := s.byPasskey(newDevice())
		_, err = s.mfa.RenamePasskey.Execute(t.Context(), owner, added.Passkey.ID, "mine")
		require.ErrorIs(t, err, domain.ErrNotFound, "of another account")
		listed, err := s.mfa.Passkeys.Execute(t.Context(), caller)
		require.NoError(t, err)
		require.Equal(t, added.Passkey, listed[0])
	})
}

func TestRemovingAPasskeyWantsAStepUpFirst(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, added := s.add(s.ordinary(), phone)
		owner := s.byPasskey(newDevice())
		for _, id := range []domain.AuthenticatorID{added.Passkey.ID, domain.AuthenticatorID(s.newID()), s.held(owner)[0].ID} {
			err := s.mfa.RemovePasskey.Execute(t.Context(), caller, id)
			require.ErrorIs(t, err, domain.ErrStepUpRequired, "known or not")
		}
		stepped := s.steppedUp(caller, domain.ActionPasskeyRemove, phone)
		require.ErrorIs(t, s.mfa.RemovePasskey.Execute(t.Context(), stepped, s.held(owner)[0].ID), domain.ErrNotFound, "of another account")
		require.Len(t, s.held(owner), 1)
		require.NoError(t, s.mfa.RemovePasskey.Execute(t.Context(), stepped, added.Passkey.ID), "the step-up was given back")
	})
}

func TestTheLastFactorTakesWithItWhatDependsOnIt(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t, laptop := s.t, newDevice()
		caller, first := s.add(s.ordinary(), phone)
		caller, second := s.add(caller, laptop)
		elsewhere := s.byBoth(phone)
		s.remember(caller)
		caller = s.steppedUp(caller, domain.ActionPasskeyRemove, phone)
		require.NoError(t, s.mfa.RemovePasskey.Execute(t.Context(), caller, second.Passkey.ID))
		require.Equal(t, domain.RecoveryCodeCount, s.codesLeft(caller), "another factor is left")
		require.True(t, s.again(elsewhere).Session.EndedAt.IsZero())
		started := s.alone()
		_, err := s.signIn(started, signed(t, laptop, started.Prompt))
		require.ErrorIs(t, err, domain.ErrPasskeyRefused, "a removed passkey")
		email := s.emails(domain.EmailPasskeyRemoved)
		require.Len(t, email, 1)
		require.Equal(t, `the passkey "a browser"`, email[0].Details["passkey"])

		caller = s.steppedUp(s.again(caller), domain.ActionPasskeyRemove, phone)
		require.NoError(t, s.mfa.RemovePasskey.Execute(t.Context(), caller, first.Passkey.ID))
		require.Empty(t, s.held(caller))
		require.Zero(t, s.codesLeft(caller))
		require.Empty(t, s.remembered(caller))
		require.False(t, s.again(elsewhere).Session.EndedAt.IsZero(), "other sessions end")
		require.True(t, s.again(caller).Session.EndedAt.IsZero())
		require.Equal(t, "a browser", s.events(domain.EventPasskeyRemoved)[0].Details["name"])
		s.byPassword()
	})
}

func TestAnAccountThatMustHaveAFactorKeepsItsLast(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		owner := s.byPasskey(phone)
		id := s.held(owner)[0].ID
		owner = s.steppedUp(owner, domain.ActionPasskeyRemove, phone)
		require.ErrorIs(t, s.mfa.RemovePasskey.Execute(t.Context(), owner, id), domain.ErrLastFactor)
		require.Len(t, s.held(owner), 1)
		s.enrolTOTP(s.again(owner))
		require.Len(t, s.held(owner), 2)
		owner = s.steppedUp(s.again(owner), domain.ActionPasskeyRemove, phone)
		require.NoError(t, s.mfa.RemovePasskey.Execute(t.Context(), owner, id))
		require.Equal(t, domain.FactorTOTP, s.held(owner)[0].Kind)
		require.Equal(t, domain.RecoveryCodeCount, s.codesLeft(owner))
	})
}

func TestOfParallelRemovalsOfTheLastTwoPasskeysOneIsRefused(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		owner, second := s.add(s.byPasskey(phone), newDevice())
		ids := []domain.AuthenticatorID{s.held(owner)[0].ID, second.Passkey.ID}
		callers := []domain.Caller{
			s.steppedUp(owner, domain.ActionPasskeyRemove, phone), s.steppedUp(owner, domain.ActionPasskeyRemove, phone),
		}
		require.Equal(s.t, 1, won(len(ids), func(i int) error {
			return s.mfa.RemovePasskey.Execute(s.t.Context(), callers[i], ids[i])
		}))
		require.Len(s.t, s.held(owner), 1)
	})
}

func TestAnExportHasEverythingThatIsHeldAboutPasskeys(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		caller, added := s.add(s.ordinary(), phone)
		_, err := s.begin(caller, domain.FactorPasskey) // a pending one is no passkey yet
		require.NoError(t, err)
		held, err := s.export.Execute(t.Context(), caller)
		require.NoError(t, err)
		require.Len(t, held.Passkeys, 1)
		passkey, device := held.Passkeys[0], phone.Passkeys()[0]
		require.Equal(t, added.Passkey.ID, passkey.ID)
		require.Equal(t, added.Passkey.Name, passkey.Name)
		require.Equal(t, base64.RawURLEncoding.EncodeToString(device.ID), passkey.Record.ID)
		require.Equal(t, device.UserHandle, passkey.Record.UserHandle)
		require.Equal(t, "example.org", passkey.Record.RPID)
		require.NotEmpty(t, passkey.Record.PublicKey)
		require.NotEmpty(t, passkey.Record.AAGUID)
		require.NotEmpty(t, passkey.Record.Transports)
		require.EqualValues(t, device.Counter, passkey.Counter)
	})
}

func TestWhereThereAreNoPasskeysNothingOffersThem(t *testing.T) {
	offer := func(s *service) port.SecondFactor {
		return factor.Passkey{
			WebAuthn: webauthn.New(webauthn.Config{RPID: "192.0.2.7"}), Ceremonies: memory.NewCeremonies(time.Now),
			Records: webauthn.Records{}, NewID: func() string { return s.newID() }, Random: opaque.RandomBytes,
		}
	}
	onEachWith(t, offer, func(s *service) {
		t := s.t
		challenge := s.login(ownerEmail)
		require.Equal(t, []string{"totp"}, challenge.Methods)
		caller := s.ordinary()
		_, errAlone := s.auth.StartPasskeySignIn.Execute(t.Context(), s.visitor)
		_, errSignIn := s.signIn(auth.PasskeySignIn{}, domain.NewSecret("{}"))
		_, errBegin := s.begin(caller, domain.FactorPasskey)
		_, errConfirm := s.confirm(caller, domain.NewSecret("{}"))
		_, errList := s.mfa.Passkeys.Execute(t.Context(), caller)
		_, errRename := s.mfa.RenamePasskey.Execute(t.Context(), caller, "id", "name")
		_, errEnrol := s.auth.StartEnrollment.Execute(t.Context(), s.visitor, auth.StartEnrollmentInput{
			ChallengeToken: challenge.Token, Kind: domain.FactorPasskey,
		})
		for _, err := range []error{
			errAlone, errSignIn, errBegin, errConfirm, errList, errRename, errEnrol, s.mfa.RemovePasskey.Execute(t.Context(), caller, "id"),
		} {
			require.ErrorIs(t, err, domain.ErrNoPasskeys)
		}
	})
}

// remember lets a browser of the account skip the second factor.
func (s *service) remember(caller domain.Caller) {
	s.t.Helper()
	device := domain.Device{
		ID: domain.DeviceID(s.newID()), User: caller.User.ID, Name: "a browser", TokenHash: "hash",
		CreatedAt: s.now, LastUsedAt: s.now, ExpiresAt: s.now.Add(time.Hour),
	}
	require.NoError(s.t, s.store.InOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		return tx.Devices().Insert(s.t.Context(), device)
	}))
	require.Len(s.t, s.remembered(caller), 1)
}

// remembered lists the remembered devices of the account.
func (s *service) remembered(caller domain.Caller) (live []domain.Device) {
	s.t.Helper()
	require.NoError(s.t, s.store.ReadOrg(s.t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
		devices, err := tx.Devices().List(s.t.Context(), caller.User.ID)
		for _, device := range devices {
			if device.EndedAt.IsZero() {
				live = append(live, device)
			}
		}
		return err
	}))
	return live
}

func (s *service) codesLeft(caller domain.Caller) int {
	s.t.Helper()
	state, err := s.mfa.State.Execute(s.t.Context(), s.again(caller))
	require.NoError(s.t, err)
	return state.RecoveryCodesLeft
}
