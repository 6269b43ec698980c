package members_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// operator returns the use cases of the operator at the command line.
func (i *importing) operator(store port.Store) members.Operator {
	return members.NewOperator(members.Deps{
		Guard: i.guard(store), Invitations: members.Invitations{Links: opaque.New("test")},
		AccountFiles: members.AccountFiles{Formats: []port.AccountFormat{ndjson.Accounts{}}, Recovery: totp.RecoveryCodes{}},
	}, func(context.Context, time.Duration) error { return nil })
}

func (i *importing) input(slug string, file string) members.OperatorImportInput {
	return members.OperatorImportInput{
		Org: slug, File: members.AccountFile{Format: "sole", Content: strings.NewReader(file)}, Digest: "digest", Command: "sole import",
		Began: func(members.ImportBegun) {}, Settled: func(int) {},
	}
}

func lines(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"email":"p%d@example.org"}`+"\n", i)
	}
	return text.String()
}

// TestTheOperatorGivesAnyRoleButThoseOfThePlatform: an owner of the operators' org may change every org.
func TestTheOperatorGivesAnyRoleButThoseOfThePlatform(t *testing.T) {
	t.Parallel()
	for slug, refused := range map[string]int{"home": 1, "org": 0} {
		i := newImporting(t)
		in := i.input(slug, `{"email":"a@example.org","roles":["Boss"]}`+"\n"+`{"email":"b@example.org","roles":["ADMIN"]}`)
		in.File.Roles = domain.RoleMap{"Boss": domain.RoleOwner}
		done, err := i.operator(i.store).Import.Execute(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, []int{2, 2 - refused, refused}, []int{done.Total, done.Created, done.Refused}, slug)
	}
}

// TestAnImportThatWasInterruptedContinues stops after each unit once, and creates every account once.
func TestAnImportThatWasInterruptedContinues(t *testing.T) {
	t.Parallel()
	i := newImporting(t)
	const accounts = 600
	broken, runs := errors.New("broken off"), 0
	for ; ; runs++ {
		in := i.input("org", lines(accounts))
		ctx, cancel := context.WithCancelCause(t.Context())
		in.Settled = func(int) { cancel(broken) }
		done, err := i.operator(i.store).Import.Execute(ctx, in)
		cancel(nil)
		if err == nil {
			require.Equal(t, []int{accounts, accounts, 0}, []int{done.Total, done.Created, done.Refused})
			break
		}
		require.Less(t, runs, 10)
	}
	require.Positive(t, runs)
	again, err := i.operator(i.store).Import.Execute(t.Context(), i.input("org", lines(accounts)))
	require.NoError(t, err)
	require.Equal(t, []int{accounts, 0, accounts}, []int{again.Total, again.Created, again.Refused})
}

// TestAFileThatCannotBeReadCreatesNothing: the rows before the fault are removed.
func TestAFileThatCannotBeReadCreatesNothing(t *testing.T) {
	t.Parallel()
	i := newImporting(t)
	_, err := i.operator(i.store).Import.Execute(t.Context(), i.input("org", lines(1200)+strings.Repeat("x", 70<<10)))
	require.ErrorIs(t, err, domain.ErrInvalid)
	failure := new(domain.Error)
	require.ErrorAs(t, err, &failure)
	require.Contains(t, failure.Fields[0].Message, "line 1201")
	i.in(t, i.org, func(tx port.OrgTx) error {
		_, err := tx.Imports().Unfinished(t.Context(), "digest")
		require.ErrorIs(t, err, domain.ErrNotFound)
		members, _, err := tx.Users().List(t.Context(), domain.MemberFilter{}, domain.MemberPlace{}, 10)
		require.Len(t, members, 1)
		return err
	})
}

// TestImportsOfTheSameAddressesAtOnce create each account once.
func TestImportsOfTheSameAddressesAtOnce(t *testing.T) {
	t.Parallel()
	i := newImporting(t)
	const accounts = 300
	var group sync.WaitGroup
	created := make([]int, 4)
	for n := range created {
		group.Go(func() {
			in := i.input("org", lines(accounts))
			in.Digest = fmt.Sprint("digest", n%2)
			done, err := i.operator(i.store).Import.Execute(t.Context(), in)
			if err != nil { // the other run of the same file removed what this one was reading
				require.ErrorIs(t, err, domain.ErrNotFound)
				return
			}
			created[n] = done.Created
		})
	}
	group.Wait()
	i.in(t, i.org, func(tx port.OrgTx) error {
		found, _, err := tx.Users().List(t.Context(), domain.MemberFilter{Text: "p"}, domain.MemberPlace{}, 2*accounts)
		require.Len(t, found, accounts)
		return err
	})
}
