package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var orgCases = []storeCase{
	{"keeps every field of an org", orgsRoundTrip},
	{"keeps every field of an org's settings", orgSettingsRoundTrip},
	{"finds an org by its id and by its slug, and nothing else", orgsFind},
	{"refuses a slug or an id in use, and keeps nothing of the org", orgsTaken},
	{"lets one of many new orgs win a slug", orgsRaceForSlug},
	{"refuses an org without an id", orgsWithoutID},
	{"runs the unit that creates an org on the new org", orgsCreateUnit},
	{"creates no org when its unit fails", orgsCreateUndone},
	{"renames, suspends and activates an org, and raises its version each time", orgsUpdate},
	{"refuses to change an org read before another change", orgsStale},
	{"refuses to give an org the slug of another", orgsUpdateTaken},
	{"lets one of many existing orgs win a free slug", orgsRaceForFreeSlug},
	{"serialises parallel changes of a locked org", orgsLock},
	{"lets other units add rows to a locked org", orgsLockedGrow},
}

func variedOrgs() []domain.Org {
	var varied []domain.Org
	add := func(change func(o *domain.Org)) {
		id := newStoreID()
		org := domain.Org{
			ID:        domain.OrgID(id),
			Name:      "Org",
			Slug:      newSlug(),
			Status:    domain.StatusActive,
			CreatedAt: storeNow,
			UpdatedAt: storeNow,
			Version:   1,
		}
		change(&org)
		varied = append(varied, org)
	}
	add(func(*domain.Org) {})
	add(func(o *domain.Org) { o.Name = oddText })
	add(func(o *domain.Org) {
		o.Name, o.Slug = longText(), (newSlug() + domain.Slug(strings.Repeat("s", 63)))[:63]
	})
	add(func(o *domain.Org) { o.Status, o.Platform, o.Version = domain.StatusSuspended, true, 1<<40 })
	for _, instant := range instants() {
		add(func(o *domain.Org) { o.CreatedAt, o.UpdatedAt = instant, instant })
	}
	return varied
}

func orgsRoundTrip(t *testing.T, store port.Store) {
	for _, org := range variedOrgs() {
		x := &tenant{store: store, org: org}
		x.found(t, domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow))
		require.Equal(t, org, ask(t, x, func(tx port.OrgTx) (domain.Org, error) { return tx.Org().Get(t.Context()) }))
		for _, name := range []string{string(org.ID), string(org.Slug)} {
			found, err := store.Platform().FindOrg(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, org, found)
		}
	}
}

func getSettings(t *testing.T, x *tenant) domain.OrgSettings {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.OrgSettings, error) { return tx.Org().Settings(t.Context()) })
}

// variedSettings returns new settings, empty ones, and for each setting ones that hold nothing but a
// large value of it.
func variedSettings() []domain.OrgSettings {
	varied := []domain.OrgSettings{
		domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow),
		{UpdatedAt: storeNow},
	}
	all := domain.OrgSettings{PolicyVersion: 1 << 40, UpdatedAt: storeNow}
	for _, setting := range domain.Settings() {
		one := domain.OrgSettings{UpdatedAt: storeNow}
		switch value := setting.Value.Pointer(&one).(type) {
		case *bool:
			*value = true
		case *int:
			*value = 1 << 30
		case *string:
			*value = oddText // also for a choice: a later version may store other words
		case *[]domain.Action:
			*value = domain.Actions()
		}
		setting.Value.Copy(&all, one)
		varied = append(varied, one)
	}
	varied = append(varied, all)
	for _, instant := range instants() {
		varied = append(varied, domain.OrgSettings{UpdatedAt: instant})
	}
	return varied
}

func orgSettingsRoundTrip(t *testing.T, store port.Store) {
	x, other := newTenant(t, store), newTenant(t, store)
	untouched := getSettings(t, other)
	for _, settings := range variedSettings() {
		made := newTenant(t, store)
		made.org.ID, made.org.Slug = domain.OrgID(newStoreID()), newSlug()
		made.found(t, settings)
		require.Equal(t, settings, getSettings(t, made), "as made")
		x.do(t, func(tx port.OrgTx) error {
			if err := tx.Org().SaveSettings(t.Context(), settings); err != nil {
				return err
			}
			own, err := tx.Org().Settings(t.Context())
			require.Equal(t, settings, own, "before the unit ended")
			return err
		})
		require.Equal(t, settings, getSettings(t, x), "as saved")
	}
	require.Equal(t, untouched, getSettings(t, other))
}

func orgsFind(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	newTenant(t, store)
	for _, name := range []string{
		"", " ", "no-such-org", newStoreID(), strings.ToUpper(string(x.org.ID)), strings.ToUpper(string(x.org.Slug)), string(x.org.Slug) + " ",
		string(x.org.Slug)[:len(x.org.Slug)-1], "%", "org-%", x.org.Name, string(x.org.ID)[:35], "{" + string(x.org.ID) + "}", "\xff\xfe", "\x00",
		string(x.org.Slug) + "\x00", oddText, longText(),
	} {
		found, err := store.Platform().FindOrg(t.Context(), name)
		mustBe(t, domain.ErrOrgNotFound, err, "%.40q", name)
		require.Zero(t, found)
	}
}

func orgsTaken(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow)
	sameSlug, sameID := x.org, x.org
	sameSlug.ID, sameID.Slug = domain.OrgID(newStoreID()), newSlug()
	for _, rival := range []domain.Org{sameSlug, sameID, x.org} {
		rival.Name = "Rival"
		mustBe(t, domain.ErrSlugTaken, store.Platform().CreateOrg(t.Context(), rival, settings, func(port.OrgTx) error { return nil }))
	}
	require.Equal(t, x.org, ask(t, x, func(tx port.OrgTx) (domain.Org, error) { return tx.Org().Get(t.Context()) }))
	for _, name := range []string{string(sameSlug.ID), string(sameID.Slug)} {
		_, err := store.Platform().FindOrg(t.Context(), name)
		mustBe(t, domain.ErrOrgNotFound, err)
	}
}

func orgsRaceForSlug(t *testing.T, store port.Store) {
	wanted, ids := newSlug(), make([]domain.OrgID, 20)
	for i := range ids {
		ids[i] = domain.OrgID(newStoreID())
	}
	won := oneOf(t, len(ids), domain.ErrSlugTaken, func(i int) error {
		org, err := domain.NewOrg(ids[i], "Rival", wanted, storeNow)
		if err != nil {
			return err
		}
		settings := domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow)
		return store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil })
	})
	found, err := store.Platform().FindOrg(t.Context(), string(wanted))
	require.NoError(t, err)
	require.Equal(t, ids[won], found.ID)
}

func orgsWithoutID(t *testing.T, store port.Store) {
	slug := newSlug()
	for _, id := range malformedOrgs() {
		org := domain.Org{ID: id, Name: "Nameless", Slug: slug, Status: domain.StatusActive, CreatedAt: storeNow, UpdatedAt: storeNow, Version: 1}
		settings := domain.OrgSettings{UpdatedAt: storeNow}
		err := store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil })
		mustBe(t, domain.ErrOrgNotFound, err, "%.40q", id)
	}
	_, err := store.Platform().FindOrg(t.Context(), string(slug))
	mustBe(t, domain.ErrOrgNotFound, err)
}

func orgsCreateUnit(t *testing.T, store port.Store) {
	other := newTenant(t, store)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow)
	org, err := domain.NewOrg(domain.OrgID(newStoreID()), "New", newSlug(), storeNow)
	require.NoError(t, err)
	user := newUser()
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(tx port.OrgTx) error {
		got, err := tx.Org().Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, org, got)
		gotSettings, err := tx.Org().Settings(t.Context())
		require.NoError(t, err)
		require.Equal(t, settings, gotSettings)
		roles, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		require.Empty(t, roles, "the roles of another org")
		return tx.Users().Insert(t.Context(), user)
	}))
	require.Equal(t, user, getUser(t, &tenant{store: store, org: org}, user.ID))
	require.Len(t, listRoles(t, other), len(other.roles))
}

func orgsCreateUndone(t *testing.T, store port.Store) {
	org, err := domain.NewOrg(domain.OrgID(newStoreID()), "New", newSlug(), storeNow)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow)
	err = store.Platform().CreateOrg(t.Context(), org, settings, func(tx port.OrgTx) error {
		if err := tx.Users().Insert(t.Context(), newUser()); err != nil {
			return err
		}
		return errGivenUp
	})
	require.Same(t, errGivenUp, err)
	_, err = store.Platform().FindOrg(t.Context(), string(org.Slug))
	mustBe(t, domain.ErrOrgNotFound, err)
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }), "the slug is still free")
}

func getOrg(t *testing.T, x *tenant) domain.Org {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.Org, error) { return tx.Org().Get(t.Context()) })
}

func (x *tenant) updateOrg(t *testing.T, org domain.Org) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Org().Update(t.Context(), org) })
}

func orgsUpdate(t *testing.T, store port.Store) {
	x, other := newTenant(t, store), newTenant(t, store)
	org := x.org
	for _, change := range []func(o *domain.Org){
		func(o *domain.Org) { o.Name = oddText },
		func(o *domain.Org) { o.Slug = newSlug() },
		func(o *domain.Org) { o.Status, o.UpdatedAt = domain.StatusSuspended, storeNow.Add(time.Microsecond) },
		func(o *domain.Org) {
			o.Status, o.Name, o.UpdatedAt = domain.StatusActive, longText(), storeNow.Add(time.Hour)
		},
		func(*domain.Org) {},
	} {
		before := org.Slug
		change(&org)
		require.NoError(t, x.updateOrg(t, org))
		org.Version++
		require.Equal(t, org, getOrg(t, x))
		require.Equal(t, org, lock(t, x, func(tx port.OrgTx) (domain.Org, error) { return tx.Org().Lock(t.Context()) }))
		found, err := store.Platform().FindOrg(t.Context(), string(org.Slug))
		require.NoError(t, err)
		require.Equal(t, org, found)
		if before != org.Slug {
			_, err = store.Platform().FindOrg(t.Context(), string(before))
			mustBe(t, domain.ErrOrgNotFound, err, "by its old slug")
		}
	}
	kept := org
	org.Platform, org.CreatedAt, org.ID = true, storeNow.AddDate(1, 0, 0), other.org.ID
	require.NoError(t, x.updateOrg(t, org))
	kept.Version++
	require.Equal(t, kept, getOrg(t, x), "what an org is does not change")
	require.Equal(t, other.org, getOrg(t, other))
}

func orgsStale(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first, second := x.org, x.org
	first.Name, second.Name = "First", "Second"
	require.NoError(t, x.updateOrg(t, first))
	mustBe(t, domain.ErrStale, x.updateOrg(t, second))
	require.Equal(t, "First", getOrg(t, x).Name)
	won := oneOf(t, 20, domain.ErrStale, func(i int) error {
		org := first
		org.Version++
		org.Name = strings.Repeat("x", i+1)
		return x.updateOrg(t, org)
	})
	require.Len(t, getOrg(t, x).Name, won+1)
	nowhere := &tenant{store: store, org: domain.Org{ID: domain.OrgID(newStoreID())}}
	mustBe(t, domain.ErrStale, nowhere.updateOrg(t, second))
	mustBe(t, domain.ErrOrgNotFound, nowhere.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Org().Lock(t.Context())
		return err
	}))
}

func orgsUpdateTaken(t *testing.T, store port.Store) {
	x, other := newTenant(t, store), newTenant(t, store)
	org := x.org
	org.Slug = other.org.Slug
	mustBe(t, domain.ErrSlugTaken, x.updateOrg(t, org))
	require.Equal(t, x.org, getOrg(t, x))
	require.Equal(t, other.org, getOrg(t, other))
}

func orgsRaceForFreeSlug(t *testing.T, store port.Store) {
	wanted, tenants := newSlug(), make([]*tenant, 10)
	for i := range tenants {
		tenants[i] = newTenant(t, store)
	}
	won := oneOf(t, len(tenants), domain.ErrSlugTaken, func(i int) error {
		org := tenants[i].org
		org.Slug = wanted
		return tenants[i].updateOrg(t, org)
	})
	found, err := store.Platform().FindOrg(t.Context(), string(wanted))
	require.NoError(t, err)
	require.Equal(t, tenants[won].org.ID, found.ID)
}

func orgsLock(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	mustAllSucceed(t, crowd(20, func(int) error {
		return x.unit(t, func(tx port.OrgTx) error {
			org, err := tx.Org().Lock(t.Context())
			if err != nil {
				return err
			}
			org.Name += "+"
			return tx.Org().Update(t.Context(), org)
		})
	}))
	org := getOrg(t, x)
	require.Equal(t, x.org.Name+strings.Repeat("+", 20), org.Name)
	require.Equal(t, x.org.Version+20, org.Version)
}

func orgsLockedGrow(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	locked, inserted := make(chan struct{}), make(chan error, 1)
	go func() {
		<-locked
		inserted <- x.unit(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), newUser()) })
	}()
	x.do(t, func(tx port.OrgTx) error {
		_, err := tx.Org().Lock(t.Context())
		close(locked)
		select {
		case grown := <-inserted:
			inserted <- grown
		case <-time.After(200 * time.Millisecond): // a store with one writer
		}
		return err
	})
	require.NoError(t, <-inserted)
}
