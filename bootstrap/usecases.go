package bootstrap

import (
	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/media"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/raster"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/adapters/useragent"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/application/webhooks"
)

const (
	decodesAtOnce      = 1  // images that are decoded at a time; the largest needs about 200 MiB for a second or two
	failuresPerNetwork = 20 // a multiple of the limit of one account
)

// useCases returns the use cases of the API.
func (app *App) useCases(access port.AccessTokens, secrets port.SecretBox, hasher *argon2.Hasher, short shortLived) http.UseCases {
	c := app.Config
	guesses := proof.Guesses{
		Store: app.Store, Limiter: short.limiter, Clock: app.clock, NewID: newID, Pause: pause, Limit: c.Attempts,
		PerNetwork: port.Rate{Max: failuresPerNetwork * c.Attempts.Max, Per: c.Attempts.Lockout}, Decisions: app.decisions,
	}
	wrong := proof.WrongTokens{Limiter: guesses.Limiter, PerNetwork: guesses.PerNetwork}
	guard := proof.Guard{
		Store: app.Store, StepUps: short.stepUps, Tokens: opaque.New("su"), Wrong: wrong, Clock: app.clock, NewID: newID, Limits: c.Limits(),
	}
	fresh := proof.FreshSignIn{Guard: guard, Guesses: guesses, Hasher: hasher}
	records := webauthn.Records{}
	passkey := factor.Passkey{
		WebAuthn: app.passkeys, Ceremonies: short.ceremonies, Records: records, NewID: newID, Random: opaque.RandomBytes,
	}
	factors := proof.Factors{
		Store: app.Store, Recovery: totp.RecoveryCodes{}, NewID: newID, BrowserName: useragent.Name,
		Offered: []port.SecondFactor{factor.TOTP{Codes: totp.Codes{}, Secrets: secrets}, passkey},
	}
	passwords := proof.NewPassword{Hasher: hasher, Judge: zxcvbn.Judge{}, Limits: c.Limits()}
	crossings := proof.Crossings{Store: app.Store, Clock: app.clock, NewID: newID}
	uc := http.UseCases{
		Account: account.New(account.Deps{
			Guard: guard, Fresh: fresh, Limiter: short.limiter, Links: emailLinks, NoMail: c.sendsNoMail(), Records: records,
		}),
		Audit: audit.New(audit.Deps{Guard: guard, Verifier: app.sealVerifier}),
		Auth: auth.New(auth.Deps{
			Guard: guard, Activity: app.activity, Crossings: crossings,
			Access: access, AccessTTL: c.AccessTTL, Refresh: opaque.RefreshTokens{}, RefreshGrace: c.RefreshGrace,
			Challenges: short.challenges, ChallengeTokens: opaque.New("ch"),
			DeviceTokens: opaque.DeviceTokens{}, BrowserName: useragent.Name, ResetLinks: resetLinks,
			Hasher: hasher, Spare: hasher.Spare, NewPassword: passwords,
			Guesses: guesses, Factors: factors, Passkey: passkey, Keys: opaque.APIKeyTokens{},
		}),
		Authz: authz.New(authz.Deps{Guard: guard, Decisions: app.decisions}),
		Files: files.New(files.Deps{
			Guard: guard, Files: app.files, Media: media.Type, Pictures: raster.New(decodesAtOnce), Quota: files.Quota(c.MaxOrgUploadBytes),
		}),
		Members: members.New(members.Deps{
			Guard: guard, Hasher: hasher, NewPassword: newTemporaryPassword, Invitations: c.invitations(), Files: app.files,
			AccountFiles: app.accountFiles(),
		}),
		MFA:  mfa.New(mfa.Deps{Guard: guard, Fresh: fresh, Guesses: guesses, Factors: factors, Records: records}),
		Orgs: orgs.New(orgs.Deps{Guard: guard, Factors: factors}),
		Platform: platform.New(platform.Deps{
			Guard: guard, Hasher: hasher, NewPassword: newTemporaryPassword, Passwords: passwords,
			DefaultOrg: c.DefaultOrgID, FirstRuns: app.OfferFirstRun.Offers, FirstRunToken: app.OfferFirstRun.Tokens,
		}),
		Roles:           roles.New(roles.Deps{Guard: guard}),
		ServiceAccounts: serviceaccounts.New(serviceaccounts.Deps{Guard: guard, Keys: opaque.APIKeyTokens{}}),
		Webhooks:        webhooks.New(webhooks.Deps{Guard: guard, Box: secrets, Random: opaque.RandomBytes, Rules: c.webhookRules()}),
	}
	uc.OAuth = app.oauth(access, guard, uc.Auth.Authenticate)
	return uc
}
