package conformance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// AccountFormat requires what port.AccountFormat and port.AccountSource promise. The sample is a file of at least two accounts,
// which options are enough to read.
func AccountFormat(t *testing.T, format port.AccountFormat, sample []byte, options port.AccountFileOptions) {
	t.Helper()
	read := func(ctx context.Context, file io.Reader) (accounts []domain.ImportedAccount, failure error) {
		source, err := format.Open(file, options)
		require.NoError(t, err)
		for account, err := range source.Accounts(ctx) {
			require.NoError(t, failure, "an error ends the sequence")
			if failure = err; err == nil {
				accounts = append(accounts, account)
			}
		}
		return accounts, failure
	}
	whole, err := read(t.Context(), bytes.NewReader(sample))
	require.NoError(t, err)
	require.Greater(t, len(whole), 1)

	t.Run("has a name", func(t *testing.T) { require.Regexp(t, `^[a-z0-9]+$`, format.Name()) })
	t.Run("yields the accounts in the order of the file", func(t *testing.T) {
		for i := range whole[1:] {
			require.LessOrEqual(t, whole[i].Line, whole[i+1].Line)
		}
	})
	t.Run("reads the same in small pieces", func(t *testing.T) {
		again, err := read(t.Context(), iotest.OneByteReader(bytes.NewReader(sample)))
		require.NoError(t, err)
		require.Equal(t, whole, again)
	})
	t.Run("opening reads nothing", func(t *testing.T) {
		_, err := format.Open(iotest.ErrReader(errors.New("read")), options)
		require.NoError(t, err)
	})
	t.Run("returns the error of the reader", func(t *testing.T) {
		broken := errors.New("broken")
		_, err := read(t.Context(), io.MultiReader(bytes.NewReader(sample[:len(sample)/2]), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
	})
	t.Run("refuses a line without an end", func(t *testing.T) {
		accounts, err := read(t.Context(), endless{})
		require.Empty(t, accounts)
		failure, ok := errors.AsType[*domain.Error](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, domain.CodeInvalid, failure.Code)
	})
	t.Run("names an encoding that it does not read", func(t *testing.T) {
		for _, start := range []string{"\xff\xfea\x00", "\xfe\xff\x00a", "a\x00b\x00", "\x00a\x00b", "\x1f\x8b\x08\x00", "PK\x03\x04"} {
			_, err := read(t.Context(), io.MultiReader(bytes.NewReader([]byte(start)), bytes.NewReader(sample)))
			failure, ok := errors.AsType[*domain.Error](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, domain.FileEncodingFault([]byte(start)), failure.Fields[0].Message)
		}
	})
	t.Run("stops with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := read(ctx, bytes.NewReader(sample))
		require.ErrorIs(t, err, context.Canceled)
	})
}

// endless is one line of letters.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}
