package auth

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what an account does to sign in and out and to prove who it is.
type UseCases struct {
	ResolveOrg               ResolveOrg
	OrgLocale                OrgLocale
	DiscoverOrgs             DiscoverOrgs
	Login                    Login
	StartPasskeySignIn       StartPasskeySignIn
	SignInWithPasskey        SignInWithPasskey
	ChallengeFactor          ChallengeFactor
	CompleteMFA              CompleteMFA
	StartEnrollment          StartEnrollment
	ConfirmEnrollment        ConfirmEnrollment
	ReplaceTemporaryPassword ReplaceTemporaryPassword
	PasswordStrength         PasswordStrength
	ForgotPassword           ForgotPassword
	DescribeLink             DescribeLink
	ResetPassword            ResetPassword
	ChangeOwnPassword        ChangeOwnPassword
	Refresh                  Refresh
	Logout                   Logout
	LogoutAll                LogoutAll
	ChallengeStepUp          ChallengeStepUp
	StepUp                   StepUp
	Authenticate             Authenticate
}

// Deps is what these use cases need.
type Deps struct {
	proof.Guard
	Access       port.AccessTokens
	AccessTTL    time.Duration
	Refresh      port.RefreshTokens
	RefreshGrace time.Duration // within it a rotated refresh or device token gets the same successor again; 0 disables this

	Challenges      port.Challenges
	ChallengeTokens port.OpaqueTokens
	DeviceTokens    port.DeviceTokens
	BrowserName     port.BrowserName
	ResetLinks      port.OpaqueTokens // of the emails that set a new password

	Hasher      port.PasswordHasher
	Spare       port.SpareTime
	NewPassword proof.NewPassword
	Guesses     proof.Guesses
	Factors     proof.Factors
	Passkey     port.FirstFactor // that signs in without a password
	Activity    port.Activity
	Crossings   proof.Crossings
	Keys        port.APIKeyTokens
}

// New returns the use cases.
func New(d Deps) UseCases {
	issuer, flow := d.issuer(), d.flow()
	return UseCases{
		ResolveOrg:               ResolveOrg{Store: d.Store},
		OrgLocale:                OrgLocale{Store: d.Store},
		DiscoverOrgs:             DiscoverOrgs{Store: d.Store, Clock: d.Clock},
		Login:                    Login{Flow: flow, Hasher: d.Hasher},
		StartPasskeySignIn:       StartPasskeySignIn{Flow: flow, Passkey: d.Passkey},
		SignInWithPasskey:        SignInWithPasskey{Flow: flow, Passkey: d.Passkey},
		ChallengeFactor:          ChallengeFactor{Flow: flow},
		CompleteMFA:              CompleteMFA{Flow: flow},
		StartEnrollment:          StartEnrollment{Flow: flow},
		ConfirmEnrollment:        ConfirmEnrollment{Flow: flow},
		ReplaceTemporaryPassword: ReplaceTemporaryPassword{Flow: flow, NewPassword: d.NewPassword},
		PasswordStrength:         PasswordStrength{Store: d.Store, NewPassword: d.NewPassword, Spare: d.Spare},
		ForgotPassword:           ForgotPassword{Store: d.Store, Clock: d.Clock},
		DescribeLink:             DescribeLink{Store: d.Store, Links: d.ResetLinks, Wrong: d.Wrong, Limits: d.Limits, Clock: d.Clock},
		ResetPassword: ResetPassword{
			Store: d.Store, Links: d.ResetLinks, NewPassword: d.NewPassword, Guesses: d.Guesses, Wrong: d.Wrong, Clock: d.Clock, NewID: d.NewID,
		},
		ChangeOwnPassword: ChangeOwnPassword{
			Guesses: d.Guesses, Hasher: d.Hasher, NewPassword: d.NewPassword, Issuer: issuer, Clock: d.Clock, NewID: d.NewID,
		},
		Refresh:         Refresh{Store: d.Store, Issuer: issuer, Wrong: d.Wrong, Grace: d.RefreshGrace, Clock: d.Clock, NewID: d.NewID},
		Logout:          Logout{d.Guard},
		LogoutAll:       LogoutAll{d.Guard},
		ChallengeStepUp: ChallengeStepUp{Guard: d.Guard, Factors: d.Factors},
		StepUp: StepUp{
			StepUps: d.StepUps, Tokens: d.Tokens, Guesses: d.Guesses, Factors: d.Factors, Clock: d.Clock, NewID: d.NewID,
		},
		Authenticate: Authenticate{
			Bearers:  proof.Bearers{Store: d.Store, Access: d.Access, Keys: d.Keys, Limits: d.Limits},
			Refusals: KeyRefusals{Store: d.Store, Wrong: d.Wrong, NewID: d.NewID},
			Activity: d.Activity, Crossings: d.Crossings, Clock: d.Clock,
		},
	}
}

func (d Deps) issuer() Issuer {
	return Issuer{Access: d.Access, Refresh: d.Refresh, NewID: d.NewID, AccessTTL: d.AccessTTL, Limits: d.Limits}
}

func (d Deps) flow() Flow {
	return Flow{
		Store: d.Store, Challenges: d.Challenges, ChallengeTokens: d.ChallengeTokens, DeviceTokens: d.DeviceTokens,
		DeviceGrace: d.RefreshGrace, Guesses: d.Guesses, Factors: d.Factors, Wrong: d.Wrong, Issuer: d.issuer(), Clock: d.Clock, NewID: d.NewID,
		BrowserName: d.BrowserName,
	}
}
