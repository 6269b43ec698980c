package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var memberCases = []storeCase{
	{"lists every account of the org once, in the order of ids, with roles and authenticator", membersListed},
	{"lists the same accounts in the same order page by page", membersPaged},
	{"finds by the beginnings of words of the name and the address, whatever their letter case", membersFound},
	{"finds an account by its new name, and not by its old one", membersRenamed},
	{"filters by status and by role, alone and together", membersNarrowed},
	{"lists accounts that nobody has used, but no owner", membersInactive},
	{"removes an account with all that it has, and nothing else", membersRemoved},
}

func (x *tenant) listMembers(t *testing.T, filter domain.MemberFilter, after domain.MemberPlace,
	limit int) (found []domain.Member, places []domain.MemberPlace) {
	t.Helper()
	x.look(t, func(tx port.OrgTx) (err error) {
		found, places, err = tx.Users().List(t.Context(), filter, after, limit)
		return err
	})
	require.Len(t, places, len(found))
	return found, places
}

// named stores an account of this name and address.
func (x *tenant) named(t *testing.T, name string, email domain.Email) domain.User {
	t.Helper()
	user, err := domain.NewUser(domain.UserID(newStoreID()), email, name, storeNow)
	require.NoError(t, err)
	user.SetPassword("a hash", false, storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
	return user
}

func idsOfMembers(members []domain.Member) []domain.UserID {
	ids := []domain.UserID{}
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return ids
}

func membersListed(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	y.named(t, "Ada Neighbour", "ada@example.org")
	one, two := x.named(t, "Ada Lovelace", "ada@example.org"), x.named(t, oddName, "b@example.org")
	require.NoError(t, x.assign(t, two.ID, x.roles[domain.RoleOwner], x.roles[domain.RoleMember]))
	x.enrolled(t, one.ID)
	second := newKey(one.ID, "")
	require.NoError(t, x.savePending(t, second))
	x.live(t, second, storeNow.Add(time.Hour))
	found, _ := x.listMembers(t, domain.MemberFilter{}, domain.MemberPlace{}, 10)
	require.Len(t, found, 2)
	require.Equal(t, domain.Member{User: one, EnrolledAt: storeNow}, normalized(found[0]))
	require.Equal(t, two, found[1].User)
	require.Equal(t, "member, owner", domain.RoleNames(found[1].Roles))
	require.Zero(t, found[1].EnrolledAt)
	for _, role := range found[1].Roles {
		require.Equal(t, x.roles[role.Name].ID, role.ID)
		require.True(t, role.System)
	}
}

// normalized turns an empty list of roles into nil.
func normalized(m domain.Member) domain.Member {
	if len(m.Roles) == 0 {
		m.Roles = nil
	}
	return m
}

func membersPaged(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for i := range 7 {
		user := x.named(t, "Anna Andersson", domain.Email("ann"+strings.Repeat("a", i)+"@example.org"))
		require.NoError(t, x.assign(t, user.ID, x.roles[domain.RoleMember]))
	}
	x.named(t, "Ben", "ben@example.org")
	for _, filter := range []domain.MemberFilter{{}, {Text: "an"}, {Text: "ann and"}, {Role: x.roles[domain.RoleMember].ID},
		{Status: domain.StatusActive}} {
		whole, places := x.listMembers(t, filter, domain.MemberPlace{}, 100)
		require.GreaterOrEqual(t, len(whole), 7, "%+v", filter)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(idsOfMembers(whole)))), len(whole), "each once")
		for from := range whole {
			rest, _ := x.listMembers(t, filter, places[from], 100)
			require.Equal(t, idsOfMembers(whole[from+1:]), idsOfMembers(rest), "%+v after %d", filter, from)
			some, _ := x.listMembers(t, filter, places[from], 2)
			require.Equal(t, idsOfMembers(whole[from+1:min(from+3, len(whole))]), idsOfMembers(some))
		}
	}
}

func membersFound(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	ada := x.named(t, "Ada Lovelace-King", "Countess.99@Example.org")
	zażółć := x.named(t, "ZAŻÓŁĆ Gęślą %_!", "z@example.com")
	y.named(t, "Ada Lovelace", "ada@example.org")
	for text, want := range map[string][]domain.UserID{
		"ada": {ada.ID}, "ADA": {ada.ID}, "lov": {ada.ID}, "king ada": {ada.ID}, "kin lovelace-k": {ada.ID},
		"countess.99@example.org": {ada.ID}, "99": {ada.ID}, "org": {ada.ID}, "example": {ada.ID, zażółć.ID},
		"zażółć": {zażółć.ID}, "GĘŚ": {zażółć.ID}, "%a": {ada.ID}, "ovelace": {}, "ada zażółć": {}, "adaa": {},
		"ada%": {ada.ID}, "' OR 1=1": {},
	} {
		found, _ := x.listMembers(t, domain.MemberFilter{Text: text}, domain.MemberPlace{}, 10)
		require.ElementsMatch(t, want, idsOfMembers(found), "%q", text)
	}
}

func membersRenamed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.named(t, "Ada Byron", "ada@example.org")
	require.NoError(t, user.Rename("Ada Lovelace", storeNow))
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), user) })
	old, _ := x.listMembers(t, domain.MemberFilter{Text: "byron"}, domain.MemberPlace{}, 10)
	require.Empty(t, old)
	renamed, _ := x.listMembers(t, domain.MemberFilter{Text: "lovelace"}, domain.MemberPlace{}, 10)
	require.Equal(t, []domain.UserID{user.ID}, idsOfMembers(renamed))
}

func membersNarrowed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	active := x.named(t, "Ada", "active@example.org")
	suspended := x.named(t, "Ada", "suspended@example.org")
	invited := x.named(t, "Ada", "invited@example.org")
	suspended.Suspend(storeNow)
	invited.SetPassword("", false, storeNow)
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Users().Update(t.Context(), suspended); err != nil {
			return err
		}
		return tx.Users().Update(t.Context(), invited)
	})
	auditor := x.roles[domain.RoleAuditor]
	require.NoError(t, x.assign(t, active.ID, auditor, x.roles[domain.RoleMember]))
	require.NoError(t, x.assign(t, suspended.ID, auditor))
	for _, c := range []struct {
		filter domain.MemberFilter
		want   []domain.UserID
	}{
		{domain.MemberFilter{Status: domain.StatusActive}, []domain.UserID{active.ID}},
		{domain.MemberFilter{Status: domain.StatusSuspended}, []domain.UserID{suspended.ID}},
		{domain.MemberFilter{Status: domain.StatusInvited}, []domain.UserID{invited.ID}},
		{domain.MemberFilter{Role: auditor.ID}, []domain.UserID{active.ID, suspended.ID}},
		{domain.MemberFilter{Role: auditor.ID, Status: domain.StatusSuspended}, []domain.UserID{suspended.ID}},
		{domain.MemberFilter{Role: auditor.ID, Text: "ada"}, []domain.UserID{active.ID, suspended.ID}},
		{domain.MemberFilter{Role: auditor.ID, Text: "ada", Status: domain.StatusActive}, []domain.UserID{active.ID}},
		{domain.MemberFilter{Text: "ada", Status: domain.StatusInvited}, []domain.UserID{invited.ID}},
		{domain.MemberFilter{Role: x.roles[domain.RoleOwner].ID}, []domain.UserID{}},
		{domain.MemberFilter{Role: domain.RoleID(newStoreID())}, []domain.UserID{}},
	} {
		found, _ := x.listMembers(t, c.filter, domain.MemberPlace{}, 10)
		require.ElementsMatch(t, c.want, idsOfMembers(found), "%+v", c.filter)
	}
}

func membersInactive(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	never, away := x.named(t, "Never", "never@example.org"), x.named(t, "Away", "away@example.org")
	seen, owner := x.named(t, "Seen", "seen@example.org"), x.named(t, "Owner", "owner@example.org")
	y.named(t, "Theirs", "theirs@example.org")
	require.NoError(t, x.assign(t, owner.ID, x.roles[domain.RoleOwner]))
	later := storeNow.Add(24 * time.Hour)
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Users().SignedIn(t.Context(), away.ID, storeNow.Add(time.Hour)); err != nil {
			return err
		}
		return tx.Sessions().Insert(t.Context(), domain.Session{
			ID: domain.SessionID(newStoreID()), User: seen.ID, CreatedAt: storeNow, AuthTime: storeNow, LastSeenAt: later, ExpiresAt: later,
		})
	})
	inactive := func(before time.Time, limit int) []domain.UserID {
		return ask(t, x, func(tx port.OrgTx) ([]domain.UserID, error) { return tx.Users().Inactive(t.Context(), before, limit) })
	}
	require.Empty(t, inactive(storeNow, 10), "what was made then is not older")
	require.Equal(t, []domain.UserID{never.ID}, inactive(storeNow.Add(time.Hour), 10))
	require.Equal(t, []domain.UserID{never.ID, away.ID}, inactive(later, 10))
	require.Equal(t, []domain.UserID{never.ID}, inactive(later, 1))
	require.Equal(t, []domain.UserID{never.ID, away.ID, seen.ID}, inactive(later.Add(time.Second), 10))
}

func membersRemoved(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	gone, stays := x.named(t, "Gone", "gone@example.org"), x.named(t, "Stays", "stays@example.org")
	remove := func(x *tenant, id domain.UserID) error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), id) })
	}
	require.NoError(t, x.assign(t, gone.ID, x.roles[domain.RoleMember]))
	x.put(t, newLink(gone.ID, "gone"))
	mustBe(t, domain.ErrNotFound, remove(y, gone.ID))
	require.NoError(t, remove(x, gone.ID))
	mustBe(t, domain.ErrNotFound, remove(x, gone.ID))
	x.mustBeNoLink(t, "gone", storeNow)
	require.Empty(t, rolesOf(t, x, gone.ID))
	left, _ := x.listMembers(t, domain.MemberFilter{}, domain.MemberPlace{}, 10)
	require.Equal(t, []domain.UserID{stays.ID}, idsOfMembers(left))
}
