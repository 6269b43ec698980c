package platform_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func TestTheLinkMakesItsHolderTheFirstOwner(t *testing.T) {
	for name, prepare := range map[string]func(*firstRun){
		"nothing was seeded":                 func(*firstRun) {},
		"an owner with a temporary password": func(f *firstRun) { f.seeded(unchanged) },
		"an owner with a generated password": func(f *firstRun) { f.seeded(func(in *platform.SeedInput) { in.Temporary = false }) },
		"the temporary password has lapsed":  func(f *firstRun) { f.seeded(unchanged); f.now = f.now.Add(90 * time.Hour) },
		"the address stays": func(f *firstRun) {
			f.seeded(func(in *platform.SeedInput) { in.Email = "ADA@example.org" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, f *firstRun) {
				prepare(f)
				require.False(t, f.hasOwner())
				require.NoError(t, f.complete(f.link(), asTyped))
				require.True(t, f.hasOwner())
				owners := f.owners()
				require.Len(t, owners, 1)
				owner := owners[0]
				require.EqualValues(t, "ada@example.org", owner.Email)
				require.Equal(t, "Ada Obi", owner.FullName)
				require.EqualValues(t, chosen, owner.Password)
				require.True(t, owner.Claimed() && owner.CanSignIn(f.now.AddDate(1, 0, 0)), "the password is final")
				events := f.events(domain.EventFirstRunCompleted)
				require.Len(t, events, 1)
				require.Equal(t, domain.OnAccount(owner.ID), domain.Resource{Type: events[0].ResourceType, ID: events[0].ResourceID})
				require.Equal(t, owner.ID, events[0].Actor)
				require.Equal(t, "192.0.2.1", events[0].Origin.Address)
				require.Zero(t, f.link(), "no further link is created")
			})
		})
	}
}

func TestTheAddressThatWasSeededIsNotified(t *testing.T) {
	onEachStore(t, func(t *testing.T, f *firstRun) {
		f.seeded(unchanged)
		require.NoError(t, f.complete(f.link(), asTyped))
		jobs := f.queue.Jobs()
		message := jobs[len(jobs)-1].(port.EmailJob).Message
		require.Equal(t, domain.EmailAddressChanged, message.Kind)
		require.EqualValues(t, seededEmail, message.To)
	})
}

func TestTheFirstRunEndsWhenAPersonUsesAnOwner(t *testing.T) {
	for name, claim := range map[string]func(*firstRun){
		"the first run was completed": func(f *firstRun) { require.NoError(f.t, f.complete(f.link(), asTyped)) },
		"SEED_ADMIN_PASSWORD was given": func(f *firstRun) {
			f.seeded(func(in *platform.SeedInput) { in.Email, in.Temporary, in.Generated = "ann@example.org", false, false })
		},
		"there is an account that only a person can have created": func(f *firstRun) { f.member("mia@example.org") },
		"the owner changed the temporary password": func(f *firstRun) {
			f.change(seededEmail, func(u *domain.User) { u.SetPassword("their own", false, f.now) })
		},
		"the owner signed in": func(f *firstRun) {
			require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, func(tx port.OrgTx) error {
				owner, err := tx.Users().ByEmail(f.t.Context(), seededEmail)
				if err != nil {
					return err
				}
				return tx.Users().SignedIn(f.t.Context(), owner.ID, f.now)
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, f *firstRun) {
				f.seeded(unchanged)
				before := []domain.Secret{f.link(), f.link()}
				claim(f)
				owners, as := f.owners(), func(in *platform.CompleteFirstRunInput) { in.Email = "eve@example.org" }
				for _, token := range append(before, opaque.New("fr").New(f.org).Secret, domain.NewSecret("x"), domain.Secret{}) {
					require.ErrorIs(t, f.complete(token, as), domain.ErrFirstRunDone)
				}
				require.Equal(t, owners, f.owners())
				require.True(t, f.hasOwner())
				require.Zero(t, f.link())
			})
		})
	}
}

func TestALinkWorksForADay(t *testing.T) {
	onEachStore(t, func(t *testing.T, f *firstRun) {
		first := f.link()
		f.now = f.now.Add(24*time.Hour - time.Second)
		second := f.link()
		require.Error(t, f.complete(first, func(in *platform.CompleteFirstRunInput) { in.Email = "" }), "and is not used up by a fault")
		f.now = f.now.Add(time.Second)
		require.ErrorIs(t, f.complete(first, asTyped), domain.ErrFirstRunGone)
		require.NoError(t, f.complete(second, asTyped))
	})
}

func TestWrongTokensOfAFirstRunAreCounted(t *testing.T) {
	onEachStore(t, func(t *testing.T, f *firstRun) {
		right := f.link()
		tokens := map[string]domain.Secret{
			"never issued":    opaque.New("fr").New(f.org).Secret,
			"of another org":  opaque.New("fr").New("00000000-0000-4000-8000-0000000000ff").Secret,
			"of another kind": opaque.New("pr").New(f.org).Secret, "no token": domain.NewSecret("fr_x"), "empty": {},
		}
		require.Len(t, tokens, wrongLimit)
		for name, token := range tokens {
			require.ErrorIs(t, f.complete(token, asTyped), domain.ErrFirstRunGone, name)
		}
		require.ErrorIs(t, f.complete(tokens["never issued"], asTyped), domain.ErrRateLimited)
		events := f.events(domain.EventFirstRunCompleted)
		require.Len(t, events, 1, "only a well-formed token of the org is recorded")
		require.Equal(t, domain.OutcomeFailure, events[0].Outcome)
		require.Empty(t, f.owners())
		require.NoError(t, f.complete(right, asTyped), "the right token is accepted all the same")
	})
}

func TestEveryFaultOfAFirstRunIsReported(t *testing.T) {
	type input = platform.CompleteFirstRunInput
	for name, c := range map[string]struct {
		change func(*input)
		fields []string
	}{
		"all":                    {func(in *input) { *in = input{Token: in.Token} }, []string{"email", "full_name", "new_password"}},
		"no address":             {func(in *input) { in.Email = "ada" }, []string{"email"}},
		"a name of blanks":       {func(in *input) { in.FullName = "  " }, []string{"full_name"}},
		"a short password":       {func(in *input) { in.Password = domain.NewSecret("gW3!x") }, []string{"new_password"}},
		"a common password":      {func(in *input) { in.Password = domain.NewSecret("password1234") }, []string{"new_password"}},
		"the name as password":   {func(in *input) { in.Password = domain.NewSecret("ada obi ada obi") }, []string{"new_password"}},
		"the generated password": {func(in *input) { in.Password = domain.NewSecret("generated password") }, []string{"new_password"}},
		"another owner has it":   {func(in *input) { in.Email = "Mia@example.org" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, f *firstRun) {
				f.seeded(unchanged)
				f.seeded(func(in *platform.SeedInput) { in.Email = "mia@example.org" })
				f.seeded(func(in *platform.SeedInput) { in.Email = "zoe@example.org" })
				before := f.owners()
				err := f.complete(f.link(), c.change)
				fault, ok := errors.AsType[*domain.Error](err)
				require.True(t, ok, err)
				var fields []string
				for _, field := range fault.Fields {
					if !slices.Contains(fields, field.Field) {
						fields = append(fields, field.Field)
					}
				}
				require.Equal(t, c.fields, fields)
				require.Equal(t, before, f.owners(), "nothing changed")
				require.False(t, f.hasOwner())
			})
		})
	}
}

// member adds an account without a role.
func (f *firstRun) member(email domain.Email) {
	f.t.Helper()
	user, err := domain.NewUser(domain.UserID(f.seed.NewID()), email, "Mia Member", f.now)
	require.NoError(f.t, err)
	require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, func(tx port.OrgTx) error { return tx.Users().Insert(f.t.Context(), user) }))
}

func TestOfManyFirstRunsAtOnceOneWins(t *testing.T) {
	for name, prepare := range map[string]func(*firstRun){
		"nothing was seeded": func(*firstRun) {}, "an owner was seeded": func(f *firstRun) { f.seeded(unchanged) },
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, f *firstRun) {
				const people = 12
				prepare(f)
				tokens, errs := []domain.Secret{f.link(), f.link(), f.link()}, make([]error, people)
				var done sync.WaitGroup
				for i := range people {
					done.Go(func() {
						errs[i] = f.complete(tokens[i%len(tokens)], func(in *platform.CompleteFirstRunInput) {
							in.Email = string(rune('a'+i)) + "@example.org"
						})
					})
				}
				done.Wait()
				winner := slices.Index(errs, nil)
				require.GreaterOrEqual(t, winner, 0, errs)
				for i, err := range errs {
					if i != winner {
						require.ErrorIs(t, err, domain.ErrFirstRunDone)
					}
				}
				owners := f.owners()
				require.Len(t, owners, 1)
				require.EqualValues(t, string(rune('a'+winner))+"@example.org", owners[0].Email)
				require.Len(t, f.events(domain.EventFirstRunCompleted), 1)
			})
		})
	}
}

// TestASeedDoesNotAddASecondOwner runs the seed again after the first owner chose another address, as each start does.
func TestASeedDoesNotAddASecondOwner(t *testing.T) {
	onEachStore(t, func(t *testing.T, f *firstRun) {
		require.True(t, f.seeded(unchanged).OwnerCreated)
		require.NoError(t, f.complete(f.link(), asTyped))
		require.Equal(t, platform.SeedResult{ClaimedBy: "ada@example.org"}, f.seeded(unchanged))
		require.Len(t, f.owners(), 1)
		chosen := f.seeded(func(in *platform.SeedInput) { in.Generated = false })
		require.True(t, chosen.OwnerCreated, "an owner whose password the operator chose is created")
	})
}

func TestTheAnswerYesIsRemembered(t *testing.T) {
	onEachStore(t, func(t *testing.T, f *firstRun) {
		require.False(t, f.hasOwner(), "the org does not exist")
		require.NoError(t, f.complete(f.link(), asTyped))
		require.True(t, f.hasOwner())
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		found, err := f.HasOwner.Execute(ended)
		require.NoError(t, err, "nothing is read again")
		require.True(t, found)
	})
}
