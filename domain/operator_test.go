package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// anOperator is an owner of the operators' org who has shown a code.
func anOperator() domain.Caller {
	return domain.Caller{
		Origin: domain.Origin{Address: "192.0.2.1", RequestID: "request"},
		Principal: domain.Principal{
			Org: domain.Org{ID: "home", Platform: true, Status: domain.StatusActive}, User: domain.User{ID: "operator"},
			Session: domain.Session{ID: "session", AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}},
			Roles:   []domain.Role{{Name: domain.RoleOwner, System: true}},
		},
	}
}

func TestOnlyAPlatformAccountWithASecondFactorIsAnOperator(t *testing.T) {
	require.True(t, anOperator().Operator())
	for name, change := range map[string]func(*domain.Caller){
		"of another org":                 func(c *domain.Caller) { c.Org.Platform = false },
		"an admin":                       func(c *domain.Caller) { c.Roles = []domain.Role{{Name: domain.RoleAdmin, System: true}} },
		"an auditor":                     func(c *domain.Caller) { c.Roles = []domain.Role{{Name: domain.RoleAuditor, System: true}} },
		"without a role":                 func(c *domain.Caller) { c.Roles = nil },
		"signed in with a password only": func(c *domain.Caller) { c.Session.AMR = []domain.AMR{domain.AMRPassword} },
		"not signed in":                  func(c *domain.Caller) { c.Session = domain.Session{} },
	} {
		c := anOperator()
		change(&c)
		require.False(t, c.Operator(), name)
	}
	custom := anOperator()
	custom.Roles = []domain.Role{{Name: "support", Granted: []domain.Permission{domain.PermPlatformManage}}}
	require.True(t, custom.Operator(), "by a custom role")
}

func TestAnOperatorWhoActsForAnotherOrgIsOnlyAnAdministratorThere(t *testing.T) {
	there := domain.Org{ID: "there", Name: "There", Platform: true} // even if it were another operators' org
	settings := domain.OrgSettings{PolicyVersion: 7}
	operator := anOperator()
	acting := operator.ActFor(there, settings)

	require.True(t, acting.ActingFor())
	require.EqualValues(t, "home", acting.HomeOrg)
	require.Equal(t, there, acting.Org)
	require.Equal(t, settings, acting.Settings)
	require.Equal(t, operator.User, acting.User)
	require.Equal(t, operator.Session, acting.Session)
	require.False(t, acting.Operator())
	require.False(t, acting.Outranks([]domain.Role{{Name: domain.RoleOwner, System: true}}), "owners are above them")
	require.True(t, acting.Outranks([]domain.Role{{Name: domain.RoleAdmin, System: true}}))
	for _, permission := range domain.Permissions() {
		require.Equal(t, !permission.Platform(), acting.Can(permission), permission)
	}

	require.False(t, operator.ActingFor(), "the caller before is unchanged")
	require.Equal(t, []domain.Role{{Name: domain.RoleOwner, System: true}}, operator.Roles)
}

func TestAnEventInAnotherOrgNamesTheOrgOfItsActor(t *testing.T) {
	operator := anOperator()
	require.Empty(t, operator.OriginIn("home").HomeOrg)
	require.EqualValues(t, "home", operator.OriginIn("there").HomeOrg)
	acting := operator.ActFor(domain.Org{ID: "there"}, domain.OrgSettings{})
	require.EqualValues(t, "home", acting.OriginIn("there").HomeOrg)
	require.Equal(t, domain.Origin{Address: "192.0.2.1", RequestID: "request", HomeOrg: "home"}, acting.Origin)
}

func TestAStepUpIsProvenAtHomeAndGoodWhereverTheSessionActs(t *testing.T) {
	operator := anOperator()
	stepUp := domain.NewStepUp(operator.Principal, domain.ActionDataExport, domain.AMROneTimeCode, now)
	acting := operator.ActFor(domain.Org{ID: "there"}, domain.OrgSettings{})
	require.True(t, stepUp.Admits(operator.AtHome(), domain.ActionDataExport, now))
	require.True(t, stepUp.Admits(acting.AtHome(), domain.ActionDataExport, now))
	require.False(t, stepUp.Admits(acting.AtHome(), domain.ActionOrgManage, now))
	require.False(t, stepUp.Admits(acting.Principal, domain.ActionDataExport, now))
	other := acting
	other.Session.ID = "another session"
	require.False(t, stepUp.Admits(other.AtHome(), domain.ActionDataExport, now))
}
