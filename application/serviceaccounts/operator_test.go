package serviceaccounts_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

// deployment is a database with one org, acme, which has an account for each of its system roles: owner@example.org and so on.
type deployment struct {
	serviceaccounts.Operator
	t     *testing.T
	store port.Store
	org   domain.OrgID
	ids   map[string]domain.UserID
}

func newDeployment(t *testing.T) *deployment {
	t.Helper()
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	now := time.Now().UTC()
	d := &deployment{t: t, store: embedded.Store(t), org: domain.OrgID(newID()), ids: map[string]domain.UserID{}}
	d.Operator = serviceaccounts.NewOperator(serviceaccounts.Deps{
		Guard: proof.Guard{Store: d.store, Clock: func() time.Time { return now }, NewID: newID}, Keys: opaque.APIKeyTokens{},
	})
	org, err := domain.NewOrg(d.org, "Acme", "acme", now)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	settings.MFARequiredActions = domain.Actions()
	require.NoError(t, d.store.Platform().CreateOrg(t.Context(), org, settings, func(tx port.OrgTx) error {
		for _, role := range []string{domain.RoleOwner, domain.RoleAdmin, domain.RoleAuditor, domain.RoleMember} {
			d.ids[role] = domain.UserID(newID())
			user, err := domain.NewUser(d.ids[role], domain.Email(role+"@example.org"), "Somebody", now)
			require.NoError(t, err)
			held := domain.Role{ID: domain.RoleID(newID()), Name: role, System: true, CreatedAt: now, Version: 1}
			require.NoError(t, tx.Users().Insert(t.Context(), user))
			require.NoError(t, tx.Roles().Insert(t.Context(), held))
			require.NoError(t, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{held.ID}))
		}
		return nil
	}))
	return d
}

// wanted is what every test begins with: an auditor with a key, chosen by the admin.
func wanted() serviceaccounts.OperatorCreateInput {
	return serviceaccounts.OperatorCreateInput{
		Org: " ACME ", By: "Admin@example.org", Command: "sole test",
		Account: serviceaccounts.CreateInput{Name: "Export", Description: "nightly", Roles: []string{domain.RoleAuditor}},
		Key:     &serviceaccounts.CreateKeyInput{Name: "first", Days: 7, Networks: []string{"10.0.0.0/8"}},
	}
}

func (d *deployment) listed() []domain.ServiceAccount {
	d.t.Helper()
	found, err := d.List.Execute(d.t.Context(), "acme")
	require.NoError(d.t, err)
	return found
}

func (d *deployment) events(name domain.EventName) (found []domain.AuditEvent) {
	d.t.Helper()
	require.NoError(d.t, d.store.ReadOrg(d.t.Context(), d.org, func(tx port.OrgTx) (err error) {
		found, err = tx.Audit().List(d.t.Context(), domain.AuditFilter{Action: name}, domain.AuditPlace{}, 10)
		return err
	}))
	return found
}

func TestTheOperatorMakesAnAccountThatAnAccountOfTheOrgBounds(t *testing.T) {
	d := newDeployment(t)
	made, err := d.Create.Execute(t.Context(), wanted())
	require.NoError(t, err, "although the org guards every action with a step-up")
	require.Equal(t, d.ids[domain.RoleAdmin], made.Account.GrantedBy)
	require.Equal(t, made.Account.ID, made.Key.Key.Account)
	token, err := opaque.APIKeyTokens{}.Parse(made.Key.Secret)
	require.NoError(t, err)
	require.Equal(t, d.org, token.Org)

	require.Len(t, d.listed(), 1)
	require.Equal(t, "nightly", d.listed()[0].Description)
	for _, name := range []domain.EventName{domain.EventServiceAccountCreated, domain.EventAPIKeyCreated} {
		events := d.events(name)
		require.Len(t, events, 1, name)
		require.Equal(t, d.ids[domain.RoleAdmin], events[0].Actor)
		require.Equal(t, "sole test", events[0].Details["by"])
		require.NotEmpty(t, events[0].Details["name"])
	}
	require.NoError(t, d.store.ReadOrg(t.Context(), d.org, func(tx port.OrgTx) error {
		keys, err := tx.APIKeys().Of(t.Context(), made.Account.ID)
		require.Len(t, keys, 1)
		require.Equal(t, token.Hash, keys[0].Hash)
		require.Equal(t, "10.0.0.0/8", keys[0].NetworkNames())
		return err
	}))
}

func TestTheOperatorCannotMakeWhatTheAccountCouldNot(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*serviceaccounts.OperatorCreateInput)
		want   error
		field  string
	}{
		"no such org":     {func(in *serviceaccounts.OperatorCreateInput) { in.Org = "other" }, domain.ErrOrgNotFound, ""},
		"no such account": {func(in *serviceaccounts.OperatorCreateInput) { in.By = "nobody@example.org" }, domain.ErrNotFound, ""},
		"no address":      {func(in *serviceaccounts.OperatorCreateInput) { in.By = "nobody" }, domain.ErrInvalid, "by"},
		"no permission":   {func(in *serviceaccounts.OperatorCreateInput) { in.By = "auditor@example.org" }, domain.ErrPermissionDenied, ""},
		"a role for people only": {func(in *serviceaccounts.OperatorCreateInput) {
			in.By, in.Account.Roles = "owner@example.org", []string{domain.RoleOwner}
		}, domain.ErrInvalid, "roles"},
		"a role above the account": {
			func(in *serviceaccounts.OperatorCreateInput) { in.Account.Roles = []string{domain.RoleOwner} }, domain.ErrEscalation, "",
		},
		"unknown role": {
			func(in *serviceaccounts.OperatorCreateInput) { in.Account.Roles = []string{"chief"} }, domain.ErrUnknownRole, "roles[0]",
		},
		"bad name": {func(in *serviceaccounts.OperatorCreateInput) { in.Account.Name = "\n" }, domain.ErrInvalid, "name"},
		"bad key":  {func(in *serviceaccounts.OperatorCreateInput) { in.Key.Name = "\n" }, domain.ErrInvalid, "key"},
		"bad network": {
			func(in *serviceaccounts.OperatorCreateInput) { in.Key.Networks = []string{"here"} }, domain.ErrInvalid, "allowed_networks[0]",
		},
		"too long to use": {func(in *serviceaccounts.OperatorCreateInput) { in.Key.Days = 367 }, domain.ErrInvalid, "expires_in_days"},
	} {
		t.Run(name, func(t *testing.T) {
			d, in := newDeployment(t), wanted()
			c.change(&in)
			made, err := d.Create.Execute(t.Context(), in)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, made)
			if c.field != "" {
				failure, _ := errors.AsType[*domain.Error](err)
				require.Equal(t, c.field, failure.Fields[0].Field)
			}
			require.Empty(t, d.listed(), "neither account nor key exists")
			require.Empty(t, d.events(domain.EventServiceAccountCreated))
		})
	}
}

func TestASuspendedAccountMakesNothing(t *testing.T) {
	d := newDeployment(t)
	require.NoError(t, d.store.InOrg(t.Context(), d.org, func(tx port.OrgTx) error {
		admin, err := tx.Users().Get(t.Context(), d.ids[domain.RoleAdmin])
		require.NoError(t, err)
		admin.Suspend(time.Now())
		return tx.Users().Update(t.Context(), admin)
	}))
	_, err := d.Create.Execute(t.Context(), wanted())
	require.ErrorIs(t, err, domain.ErrAccountSuspended)
	require.Empty(t, d.listed())
}

func TestTheOperatorSuspendsAnAccountOnce(t *testing.T) {
	d, in := newDeployment(t), wanted()
	in.Key = nil
	made, err := d.Create.Execute(t.Context(), in)
	require.NoError(t, err)
	require.True(t, made.Key.Secret.IsZero())
	require.Empty(t, d.events(domain.EventAPIKeyCreated))

	suspend := serviceaccounts.OperatorSuspendInput{Org: string(d.org), ID: string(made.Account.ID), Command: "sole test"}
	for _, active := range []bool{true, false} {
		before, err := d.Suspend.Execute(t.Context(), suspend)
		require.NoError(t, err)
		require.Equal(t, active, before.Active())
		require.False(t, d.listed()[0].Active())
	}
	events := d.events(domain.EventServiceAccountSuspended)
	require.Len(t, events, 1)
	require.Empty(t, events[0].Actor, "no account of the org did it")
	require.Equal(t, map[string]string{"by": "sole test", "name": "Export", "status": "active -> suspended"}, events[0].Details)

	for _, id := range []string{"", "Export", string(d.ids[domain.RoleMember]), uuid.NewString()} {
		suspend.ID = id
		_, err := d.Suspend.Execute(t.Context(), suspend)
		require.ErrorIs(t, err, domain.ErrNotFound, id)
	}
	suspend.Org = "other"
	suspend.ID = string(made.Account.ID)
	_, err = d.Suspend.Execute(t.Context(), suspend)
	require.ErrorIs(t, err, domain.ErrOrgNotFound)
	_, err = d.List.Execute(t.Context(), "other")
	require.ErrorIs(t, err, domain.ErrOrgNotFound)
}
