package domain_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAStandInIsOfTheKindAndTakesItsCost(t *testing.T) {
	for name, hash := range importable() {
		t.Run(name, func(t *testing.T) {
			form := hash.Stored().ImportedForm()
			require.NotEmpty(t, form)
			kinds := domain.PasswordKinds{Seed: []byte("seed"), Kinds: []domain.PasswordKind{{Form: form, Accounts: 1, Imported: 1}}}
			require.True(t, kinds.Kinds[0].Known())
			standIn := kinds.StandIn("nobody@example.org")
			require.Equal(t, form, standIn.ImportedForm())
			read, err := domain.ParseImportedHash(standIn)
			require.NoError(t, err)
			require.Equal(t, hash.Cost, read.Cost)
			require.Equal(t, hash.NeedsKiB(), read.NeedsKiB())
			require.Equal(t, standIn, kinds.StandIn("NOBODY@example.org"))
		})
	}
	require.Empty(t, domain.PasswordHash("").ImportedForm())
	const ours = domain.PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	require.Empty(t, ours.ImportedForm())
	require.False(t, domain.PasswordKind{Form: "$unknown$i=1$"}.Known())
}

// shares returns how many of 4,000 addresses have a stand-in of each form, and the form of each address.
func shares(kinds domain.PasswordKinds) (count map[string]int, forms []string) {
	count = map[string]int{}
	for i := range 4000 {
		form := kinds.StandIn(domain.Email(fmt.Sprintf("nobody%d@example.org", i))).ImportedForm()
		count[form]++
		forms = append(forms, form)
	}
	return count, forms
}

func TestUnknownAddressesAreHashedLikeTheMembers(t *testing.T) {
	const bcrypt, pbkdf2 = "$2b$12$", "$pbkdf2-sha256$i=29000$"
	kinds := domain.PasswordKinds{Seed: []byte("seed"), Accounts: 1000, Kinds: []domain.PasswordKind{
		{Form: bcrypt, Accounts: 500, Imported: 500}, {Form: pbkdf2, Accounts: 250, Imported: 250},
	}}
	count, before := shares(kinds)
	require.InDelta(t, 2000, count[bcrypt], 130)
	require.InDelta(t, 1000, count[pbkdf2], 130)
	require.InDelta(t, 1000, count[""], 130)

	kinds.Kinds[0].Accounts = 100 // 400 members have signed in
	count, after := shares(kinds)
	require.InDelta(t, 400, count[bcrypt], 130)
	require.InDelta(t, 1000, count[pbkdf2], 130)
	for i := range before {
		if before[i] != after[i] {
			require.Equal(t, []string{bcrypt, ""}, []string{before[i], after[i]}, "only to a hash of ours, as members do")
		}
	}
	require.Zero(t, domain.PasswordKinds{}.StandIn("nobody@example.org"))
	other := kinds
	other.Seed = []byte("another")
	_, elsewhere := shares(other)
	require.NotEqual(t, after, elsewhere, "another org chooses differently")
}
