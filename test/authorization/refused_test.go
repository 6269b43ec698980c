package authorization

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/oauth"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

// useCase is a use case and what it needs.
type useCase struct {
	needs   proof.Needs
	changes bool // reads the permissions of the caller again in its unit of work
	asked   bool // needs the step-up for some requests only, which it determines by a read
	run     func(context.Context, world, domain.Caller) error
}

// world is an org with its store.
type world struct {
	guard  proof.Guard
	files  port.FileStore
	org    domain.OrgID
	owner  domain.UserID
	member domain.UserID
}

// offered is a second factor that any account may enroll.
type offered struct{ port.SecondFactor }

func (offered) Kind() domain.FactorKind { return "offered" }

func (offered) Available() error { return nil }

func (offered) Admits(domain.Factors) error { return nil }

// passkeys is a second factor that the deployment can use.
type passkeys struct{ offered }

func (passkeys) Kind() domain.FactorKind { return domain.FactorPasskey }

func (w world) accounts() members.Accounts { return members.Accounts{Guard: w.guard} }

// accountFiles reads the format of this service.
func accountFiles() members.AccountFiles {
	return members.AccountFiles{Formats: []port.AccountFormat{ndjson.Accounts{}}, Recovery: totp.RecoveryCodes{}}
}

func accountFile() members.AccountFile {
	return members.AccountFile{Format: "sole", Content: strings.NewReader(`{"email":"moved@example.org"}`)}
}

// second drops the result of a use case.
func second[T any](_ T, err error) error { return err }

// useCases returns every use case of a signed-in caller that needs something, by the variable that
// declares its needs.
var useCases = map[string]useCase{
	"account.ChangeEmailNeeds": {needs: account.ChangeEmailNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		uc := account.ChangeEmail{Fresh: proof.FreshSignIn{Guard: w.guard}}
		return uc.Execute(ctx, c, account.ChangeEmailInput{Email: "new@example.org"})
	}},
	"account.ExportNeeds": {needs: account.ExportNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(account.Export{Guard: w.guard}.Execute(ctx, c))
	}},
	"account.UpdateProfileNeeds": {needs: account.UpdateProfileNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(account.UpdateProfile{Guard: w.guard}.Execute(ctx, c, account.UpdateProfileInput{}))
	}},
	"audit.CheckNewestNeeds": {needs: audit.CheckNewestNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(audit.CheckNewest{Guard: w.guard}.Execute(ctx, c))
	}},
	"audit.ExportNeeds": {needs: audit.ExportNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(audit.Export{Guard: w.guard}.Execute(ctx, c, domain.AuditFilter{}, "csv"))
	}},
	"audit.GetNeeds": {needs: audit.GetNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(audit.Get{Guard: w.guard}.Execute(ctx, c, "event"))
	}},
	"audit.ListNeeds": {needs: audit.ListNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		_, _, err := audit.List{Guard: w.guard}.Execute(ctx, c, audit.ListInput{Limit: 1})
		return err
	}},
	"authz.explainNeeds": {
		needs: proof.Needs{Permission: domain.PermAuditRead},
		run: func(ctx context.Context, w world, c domain.Caller) error {
			in := authz.CheckPermissionInput{Permission: domain.PermMemberRead, Account: string(w.member)}
			return second(authz.CheckPermission{Guard: w.guard}.Execute(ctx, c, in))
		},
	},
	"files.ChangeLogoNeeds": {
		needs: files.ChangeLogoNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			set := files.SetPicture{Guard: w.guard, Files: w.files, Pictures: pictures{}}
			err := second(set.Execute(ctx, c, files.Subject{}, files.UploadInput{Content: strings.NewReader("x")}))
			return either(err, files.RemovePicture{Guard: w.guard, Files: w.files}.Execute(ctx, c, files.Subject{}))
		},
	},
	"files.GetNeeds": {needs: files.GetNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		_, _, err := files.Get{Guard: w.guard, Files: w.files}.Execute(ctx, c, "file")
		return err
	}},
	"files.ListNeeds": {needs: files.ListNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(files.List{Guard: w.guard}.Execute(ctx, c, files.ListInput{Limit: 1}))
	}},
	"files.MemberAvatarNeeds": {needs: files.MemberAvatarNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		_, _, err := files.GetPicture{Guard: w.guard, Files: w.files}.Execute(ctx, c, files.Subject{Account: w.member})
		return err
	}},
	"oauth.IntrospectNeeds": {needs: oauth.IntrospectNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		key := domain.NewSecret("sole_sk_unknown")
		client := oauth.AuthenticateClient{
			Bearers: proof.Bearers{Keys: opaque.APIKeyTokens{}},
			KeyHolder: func(context.Context, domain.Visitor, domain.Secret, proof.ReadPrincipal) (domain.Caller, error) {
				return c, nil
			},
		}
		uc := oauth.Introspect{Guard: w.guard, Client: client}
		_, _, err := uc.Execute(ctx, oauth.IntrospectInput{Credentials: oauth.Credentials{ID: string(c.User.ID), Secret: key}, Token: key})
		return err
	}},
	"files.RemoveNeeds": {needs: files.RemoveNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return files.Remove{Guard: w.guard, Files: w.files}.Execute(ctx, c, "file")
	}},
	"files.UploadNeeds": {needs: files.UploadNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		uc := files.Upload{Guard: w.guard, Files: w.files, Media: func([]byte) string { return "text/plain" }}
		return second(uc.Execute(ctx, c, files.UploadInput{Name: "a.txt", Content: strings.NewReader("text")}))
	}},
	"members.ActivateNeeds": {
		needs: members.ActivateNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return members.Activate{Accounts: w.accounts()}.Execute(ctx, c, w.member)
		},
	},
	"members.AssignRolesNeeds": {
		needs: members.AssignRolesNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(members.AssignRoles{Accounts: w.accounts()}.Execute(ctx, c, w.member, members.AssignRolesInput{}))
		},
	},
	"members.CheckFileNeeds": {needs: members.CheckFileNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		uc := members.CheckFile{Guard: w.guard, Files: accountFiles()}
		return second(uc.Execute(ctx, c, accountFile(), func(domain.ImportRow) error { return nil }))
	}},
	"members.CreateNeeds": {
		needs: members.CreateNeeds, changes: true, asked: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			uc := members.Create{Guard: w.guard, Hasher: passwords{}, NewPassword: temporaryPassword}
			return second(uc.Execute(ctx, c, members.CreateInput{Email: "new@example.org", FullName: "New", TemporaryPassword: true}))
		},
	},
	"members.ExportNeeds": {needs: members.ExportNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(members.Export{Guard: w.guard}.Execute(ctx, c, domain.MemberFilter{}, ""))
	}},
	"members.GetImportNeeds": {needs: members.GetImportNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(members.GetImport{Guard: w.guard}.Execute(ctx, c, "import"))
	}},
	"members.GetNeeds": {needs: members.GetNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(members.Get{Guard: w.guard}.Execute(ctx, c, w.member))
	}},
	"members.OverviewNeeds": {needs: members.OverviewNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(members.Overview{Guard: w.guard}.Execute(ctx, c, w.member))
	}},
	"members.InviteNeeds": {
		needs: members.InviteNeeds, changes: true, asked: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return members.Invite{Accounts: w.accounts()}.Execute(ctx, c, w.member)
		},
	},
	"members.ListImportRowsNeeds": {
		needs: members.ListImportRowsNeeds,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			_, _, err := members.ListImportRows{Guard: w.guard}.Execute(ctx, c, members.ListImportRowsInput{Import: "import", Limit: 1})
			return err
		},
	},
	"members.ListNeeds": {needs: members.ListNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(members.List{Guard: w.guard}.Execute(ctx, c, members.ListInput{Limit: 1}))
	}},
	"members.OrderImportNeeds": {
		needs: members.OrderImportNeeds, changes: true, asked: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			err := second(members.OrderImport{Guard: w.guard}.Execute(ctx, c, "email,full_name\nnew@example.org,New\n"))
			return either(err, second(members.OrderFile{Guard: w.guard, Files: accountFiles()}.Execute(ctx, c, accountFile())))
		},
	},
	"members.RemoveNeeds": {needs: members.RemoveNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return members.Remove{Accounts: w.accounts(), Files: w.files}.Execute(ctx, c, w.member, members.RemoveInput{})
	}},
	"members.ResetMFANeeds": {
		needs: members.ResetMFANeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return members.ResetMFA{Accounts: w.accounts()}.Execute(ctx, c, w.member)
		},
	},
	"members.ResetPasswordNeeds": {
		needs: members.ResetPasswordNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			uc := members.ResetPassword{Accounts: w.accounts(), Hasher: passwords{}, NewPassword: temporaryPassword}
			return second(uc.Execute(ctx, c, w.member))
		},
	},
	"members.SignOutNeeds": {
		needs: members.SignOutNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return members.SignOut{Accounts: w.accounts()}.Execute(ctx, c, w.member)
		},
	},
	"members.SuspendNeeds": {
		needs: members.SuspendNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return members.Suspend{Accounts: w.accounts()}.Execute(ctx, c, w.member)
		},
	},
	"members.UninviteNeeds": {
		needs: members.UninviteNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return members.Uninvite{Accounts: w.accounts()}.Execute(ctx, c, w.member)
		},
	},
	"members.UpdateNeeds": {needs: members.UpdateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(members.Update{Accounts: w.accounts()}.Execute(ctx, c, w.member, members.UpdateInput{}))
	}},
	"mfa.BeginNeeds": {needs: mfa.BeginNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		factors := proof.Factors{Offered: []port.SecondFactor{offered{}}}
		uc := mfa.Begin{Fresh: proof.FreshSignIn{Guard: w.guard}, Factors: factors, Clock: w.guard.Clock, NewID: newID}
		return second(uc.Execute(ctx, c, mfa.BeginInput{Kind: offered{}.Kind()}))
	}},
	"mfa.DisableNeeds": {needs: mfa.DisableNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return mfa.Disable{Guard: w.guard}.Execute(ctx, c)
	}},
	"mfa.RegenerateRecoveryCodesNeeds": {
		needs: mfa.RegenerateRecoveryCodesNeeds,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(mfa.RegenerateRecoveryCodes{Guard: w.guard}.Execute(ctx, c))
		},
	},
	"mfa.RemovePasskeyNeeds": {needs: mfa.RemovePasskeyNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		factors := proof.Factors{Offered: []port.SecondFactor{passkeys{}}}
		return mfa.RemovePasskey{Guard: w.guard, Factors: factors}.Execute(ctx, c, domain.AuthenticatorID(newID()))
	}},
	"orgs.GetSettingsNeeds": {needs: orgs.GetSettingsNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(orgs.GetSettings{Guard: w.guard}.Execute(ctx, c))
	}},
	"orgs.PreviewSettingsNeeds": {needs: orgs.PreviewSettingsNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(orgs.PreviewSettings{Guard: w.guard}.Execute(ctx, c, nil))
	}},
	"orgs.UpdateAnyNeeds": {needs: orgs.UpdateAnyNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(orgs.UpdateAny{Guard: w.guard}.Execute(ctx, c, w.org, orgs.UpdateInput{}))
	}},
	"orgs.UpdateNeeds": {needs: orgs.UpdateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(orgs.Update{Guard: w.guard}.Execute(ctx, c, orgs.UpdateInput{}))
	}},
	"orgs.UpdateSettingsNeeds": {
		needs: orgs.UpdateSettingsNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(orgs.UpdateSettings{Guard: w.guard}.Execute(ctx, c, orgs.UpdateSettingsInput{}))
		},
	},
	"platform.ChangeStandingNeeds": {
		needs: platform.ChangeStandingNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(platform.ChangeStanding{Guard: w.guard}.Execute(ctx, c, w.org, domain.StatusActive))
		},
	},
	"platform.CreateOrgNeeds": {
		needs: platform.CreateOrgNeeds, changes: true,
		run: func(ctx context.Context, w world, c domain.Caller) error {
			uc := platform.CreateOrg{Guard: w.guard, Hasher: passwords{}, NewPassword: temporaryPassword}
			in := platform.CreateOrgInput{Name: "New", Slug: "new-org", OwnerEmail: "owner@example.org", OwnerName: "Owner"}
			return second(uc.Execute(ctx, c, in))
		},
	},
	"platform.GetOrgNeeds": {needs: platform.GetOrgNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(platform.GetOrg{Guard: w.guard}.Execute(ctx, c, w.org))
	}},
	"platform.ListOrgsNeeds": {needs: platform.ListOrgsNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		_, _, err := platform.ListOrgs{Guard: w.guard}.Execute(ctx, c, platform.ListOrgsInput{Limit: 1})
		return err
	}},
	"roles.CountHoldersNeeds": {needs: roles.CountHoldersNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(roles.CountHolders{Guard: w.guard}.Execute(ctx, c))
	}},
	"roles.CreateNeeds": {needs: roles.CreateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(roles.Create{Guard: w.guard}.Execute(ctx, c, roles.CreateInput{Name: "Helpers"}))
	}},
	"roles.GetNeeds": {needs: roles.GetNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(roles.Get{Guard: w.guard}.Execute(ctx, c, "role"))
	}},
	"roles.ListNeeds": {needs: roles.ListNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(roles.List{Guard: w.guard}.Execute(ctx, c))
	}},
	"roles.ListPermissionsNeeds": {needs: roles.ListPermissionsNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(roles.ListPermissions{Guard: w.guard}.Execute(ctx, c))
	}},
	"roles.RemoveNeeds": {needs: roles.RemoveNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return roles.Remove{Guard: w.guard}.Execute(ctx, c, "role", nil)
	}},
	"roles.UpdateNeeds": {needs: roles.UpdateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(roles.Update{Guard: w.guard}.Execute(ctx, c, "role", roles.UpdateInput{}))
	}},
}

// either returns the first error when both calls failed, and nil when one of them did not.
func either(first, other error) error {
	if other == nil {
		return nil
	}
	return first
}

// without takes one permission from the caller.
func without(caller domain.Caller, permission domain.Permission) domain.Caller {
	granted := slices.DeleteFunc(domain.Permissions(), func(p domain.Permission) bool { return p == permission })
	caller.Roles = []domain.Role{{Name: "Lesser", Granted: granted}}
	return caller
}

// TestEveryDeclarationIsTested keeps the table above complete.
func TestEveryDeclarationIsTested(t *testing.T) {
	var declared []string
	for _, c := range capabilities(t) {
		for name := range c.needs {
			declared = append(declared, c.name+"."+name)
		}
	}
	require.ElementsMatch(t, declared, slices.Collect(maps.Keys(useCases)))
}

func TestEveryUseCaseRefusesACallerWithoutThePermission(t *testing.T) {
	w, owner := newWorld(t)
	for name, uc := range useCases {
		if uc.needs.Permission == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			refusing := w
			refusing.guard.Store = unread{t: t}
			caller := without(owner, uc.needs.Permission)
			err := uc.run(t.Context(), refusing, caller)
			require.ErrorIs(t, err, domain.ErrPermissionDenied)
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault)
			require.Equal(t, caller.PermissionDecision(uc.needs.Permission), *fault.Decision, "the refusal can be explained")
			require.Equal(t, err, uc.needs.Check(caller), "an adapter refuses alike, before it reads the body")
		})
	}
}

func TestEveryUseCaseOfAGuardedActionNeedsAStepUp(t *testing.T) {
	w, owner := newWorld(t)
	owner.Settings.MFARequiredActions = domain.Actions()
	for name, uc := range useCases {
		if uc.needs.Action == "" || uc.asked {
			continue
		}
		t.Run(name, func(t *testing.T) {
			refusing := w
			refusing.guard.Store = unread{t: t}
			first := domain.ErrEnrollFirst
			if uc.needs.Action == domain.ActionPasskeyAdd {
				first = domain.ErrReauthenticate // an account that enrolls its first factor has none to step up with
			}
			require.ErrorIs(t, uc.run(t.Context(), refusing, owner), first)
			enrolled := owner
			enrolled.Factors = domain.Factors{{EnrolledAt: owner.Session.AuthTime}}
			require.ErrorIs(t, uc.run(t.Context(), refusing, enrolled), domain.ErrStepUpRequired)
		})
	}
}
