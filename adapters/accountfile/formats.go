package accountfile

import (
	"context"
	"io"
	"iter"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// accounts are those of a file, in its order.
type accounts = iter.Seq2[domain.ImportedAccount, error]

// format reads the exports of one system.
type format struct {
	name string
	// prepare checks the options, and returns a function that reads a file.
	prepare func(options port.AccountFileOptions) (func(file io.Reader) accounts, error)
}

// Formats returns the formats of other systems. now is the time with which the ends of bans are compared.
func Formats(now port.Clock) []port.AccountFormat {
	return []port.AccountFormat{
		format{"keycloak", func(options port.AccountFileOptions) (func(io.Reader) accounts, error) {
			return keycloak{hashesOf(options)}.read, nil
		}},
		format{"auth0", func(options port.AccountFileOptions) (func(io.Reader) accounts, error) {
			return auth0{hashesOf(options)}.read, nil
		}},
		format{"firebase", func(options port.AccountFileOptions) (func(io.Reader) accounts, error) {
			project, err := parseFirebaseParameters(options.Parameters.Reveal())
			return firebase{hashesOf(options), project}.read, err
		}},
		format{"supabase", func(options port.AccountFileOptions) (func(io.Reader) accounts, error) {
			return supabase{hashesOf(options), now}.read, nil
		}},
		format{"django", func(options port.AccountFileOptions) (func(io.Reader) accounts, error) {
			return django{hashesOf(options)}.read, nil
		}},
		format{"passlib", func(options port.AccountFileOptions) (func(io.Reader) accounts, error) {
			return passlib{hashesOf(options)}.read, nil
		}},
	}
}

// Name returns the name of the format.
func (f format) Name() string { return f.name }

// Open returns the accounts of a file.
func (f format) Open(file io.Reader, options port.AccountFileOptions) (port.AccountSource, error) {
	read, err := f.prepare(options)
	if err != nil {
		return nil, err
	}
	return source{file: file, read: read}, nil
}

// source is a file of accounts.
type source struct {
	file io.Reader
	read func(file io.Reader) accounts
}

// Accounts yields the accounts until the context ends.
func (s source) Accounts(ctx context.Context) iter.Seq2[domain.ImportedAccount, error] {
	return func(yield func(domain.ImportedAccount, error) bool) {
		found := false
		for one, err := range s.read(s.file) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(domain.ImportedAccount{}, err)
				return
			}
			found = true
			if !yield(one, nil) {
				return
			}
		}
		if !found {
			yield(domain.ImportedAccount{}, domain.Invalid("", "has no accounts: it is not the export that this format reads, or an empty one"))
		}
	}
}
