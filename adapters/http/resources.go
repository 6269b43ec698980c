package http

import (
	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/oauth"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/application/webhooks"
)

// UseCases is everything the API can do, by capability.
type UseCases struct {
	Account         account.UseCases
	Audit           audit.UseCases
	Auth            auth.UseCases
	Authz           authz.UseCases
	Files           files.UseCases
	Members         members.UseCases
	MFA             mfa.UseCases
	OAuth           oauth.UseCases
	Orgs            orgs.UseCases
	Platform        platform.UseCases
	Roles           roles.UseCases
	ServiceAccounts serviceaccounts.UseCases
	Webhooks        webhooks.UseCases
}

// resource is a part of the API: its route table, and the handlers and bodies of these routes.
type resource interface{ mount(s *Server) }

// resources returns every part of the API.
func (s *Server) resources(uc UseCases) []resource {
	lists, sender := NewCursors(s.CursorKey), s.sender()
	return []resource{
		signInAPI{uc: uc.Auth},
		passkeySignInAPI{uc: uc.Auth},
		tokensAPI{uc: uc.Auth},
		passwordsAPI{uc: uc.Auth},
		stepUpAPI{uc: uc.Auth},
		orgDirectoryAPI{uc: uc.Auth},
		emailAPI{uc: uc.Account},

		meAPI{uc: uc.Account},
		sessionsAPI{uc: uc.Account},
		devicesAPI{uc: uc.Account},
		mfaAPI{uc: uc.MFA},
		passkeysAPI{uc: uc.MFA},
		accountExportAPI{uc: uc.Account, clock: s.Clock, sender: sender},
		picturesAPI{uc: uc.Files, sender: sender},

		orgAPI{update: uc.Orgs.Update},
		settingsAPI{uc: uc.Orgs, limits: s.Limits},
		auditAPI{uc: uc.Audit, lists: lists, sender: sender},
		decisionsAPI{uc: uc.Authz},
		filesAPI{uc: uc.Files, lists: lists, sender: sender},
		importsAPI{uc: uc.Members, lists: lists, clock: s.Clock},
		memberExportAPI{uc: uc.Members, sender: sender},
		membersAPI{uc: uc.Members, lists: lists},
		rolesAPI{uc: uc.Roles},
		webhooksAPI{uc: uc.Webhooks, lists: lists},
		serviceAccountsAPI{uc: uc.ServiceAccounts, lists: lists},
		orgsAPI{uc: uc.Platform, update: uc.Orgs.UpdateAny, lists: lists},

		oauthAPI{uc: uc.OAuth, issuer: s.Issuer, audience: s.Audience},
		s.healthAPI(),
	}
}
