package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// importedHashes are texts as domain.ImportedHash.Stored returns them, with their forms.
var importedHashes = importedTexts(map[string]string{
	"$2b$04$":                "Wchb2aiXQIWyE9KVJ7QDO.IvWDi7He62kXNJBZvLEFoDgBbaw8H1e",
	"$pbkdf2-sha256$i=1200$": "nROCcG6NsVaqda61FmLM+Q$mbAz8+rkonHg3cFa8iuE/0u7aA45IBwDGHHX0Nh9Nkc",
	"$argon2id$v=19$m=65536,t=3,p=4,text=typed$": "8kcnM/9VxFYTkk2fO2/FFg$PYTqpK+E8FehCjStj4MH3Q0t8Mqw8kpAn60jFfiyReY",
	"$5$rounds=5000$":                          "salt.ing$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
	"$salted-sha1$salt=last,until=4102444800$": "yLkXYg$QnwycyQg6hH1YVq3EOUqjFKeJio",
	"$passlib-bcrypt-sha256-v2$i=4$":           "/bk95T/s29T4yirCmkmuSA$o2Z+m6C8gozWeo2Z+m6C8gozWeo2Z+k",
})

func importedTexts(restOf map[string]string) map[domain.PasswordHash]string {
	texts := map[domain.PasswordHash]string{}
	for form, rest := range restOf {
		texts[domain.PasswordHash(form+rest)] = form
	}
	return texts
}

func usersPasswordKinds(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	other := newTenant(t, store)
	kinds := func(x *tenant, email domain.Email) (user domain.User, kinds domain.PasswordKinds) {
		x.look(t, func(tx port.OrgTx) (err error) {
			user, kinds, err = tx.Users().ForSignIn(t.Context(), email)
			return err
		})
		return user, kinds
	}
	native := x.user(t)
	user, none := kinds(x, native.Email)
	require.Equal(t, native, user)
	require.Zero(t, none)

	var imported []domain.User
	for hash := range importedHashes {
		one, two, three := newUser(), newUser(), newUser()
		one.Password, two.Password, three.Password = hash, hash, hash
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), one) })
		x.do(t, func(tx port.OrgTx) error {
			return tx.Users().InsertAll(t.Context(), []domain.NewAccount{{Member: domain.Member{User: two}}, {Member: domain.Member{User: three}}})
		})
		imported = append(imported, one, two, three)
	}
	user, known := kinds(x, domain.Email(imported[0].Email.Key()))
	require.Equal(t, imported[0], user)
	user, unknown := kinds(x, "nobody@example.org")
	require.Zero(t, user)
	require.Equal(t, known, unknown)
	require.Len(t, known.Seed, 32)
	requireKinds(t, known, 3, 3)

	x.do(t, func(tx port.OrgTx) error { return tx.Users().CountPasswords(t.Context()) })
	_, counted := kinds(x, "nobody@example.org")
	require.Equal(t, known, counted, "the database finds the same forms")

	for i, user := range imported {
		if i%3 != 0 {
			x.do(t, func(tx port.OrgTx) error {
				return tx.Users().Rehash(t.Context(), user.ID, user.Password, native.Password)
			})
		}
	}
	x.do(t, func(tx port.OrgTx) error { return tx.Users().CountPasswords(t.Context()) })
	_, counted = kinds(x, "nobody@example.org")
	requireKinds(t, counted, 1, 3)
	require.Equal(t, known.Seed, counted.Seed)
	require.Equal(t, known.Accounts, counted.Accounts)

	_, elsewhere := kinds(other, "nobody@example.org")
	require.Zero(t, elsewhere, "another org is not counted")
	for i, user := range imported {
		if i%3 == 0 {
			x.do(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), user.ID) })
		}
	}
	x.do(t, func(tx port.OrgTx) error { return tx.Users().CountPasswords(t.Context()) })
	_, counted = kinds(x, "nobody@example.org")
	require.Zero(t, counted, "nothing is left to count")
}

func requireKinds(t *testing.T, counted domain.PasswordKinds, accounts, imported int) {
	t.Helper()
	require.Len(t, counted.Kinds, len(importedHashes))
	for _, form := range importedHashes {
		require.Contains(t, counted.Kinds, domain.PasswordKind{Form: form, Accounts: accounts, Imported: imported})
	}
}
