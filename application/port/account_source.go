package port

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/sole-platform/sole/domain"
)

// AccountSource yields the accounts of an export.
type AccountSource interface {
	// Accounts yields the accounts in the order of the file, and reads the file once. Its memory must be bounded, whatever
	// the file contains. An account that cannot be read by itself is yielded with Faults. An error ends the sequence,
	// because the file cannot be read further: it is a *domain.Error of CodeInvalid that names the record or line, or
	// the error of the reader.
	Accounts(ctx context.Context) iter.Seq2[domain.ImportedAccount, error]
}

// AccountFormat reads the exports of one system.
type AccountFormat interface {
	// Name returns how the format is named on the command line and in the API, for example keycloak.
	Name() string
	// Open returns the accounts of the file. It must return a *domain.Error of CodeInvalid for options that are missing
	// or wrong, and reads nothing of the file.
	Open(file io.Reader, options AccountFileOptions) (AccountSource, error)
}

// AccountFileOptions are what a file alone does not say.
type AccountFileOptions struct {
	WeakUntil  time.Time     // hashes of weak schemes are accepted and lapse then (ImportedHash.LapsesAt); zero: they are refused
	Parameters domain.Secret // the text of a file of further parameters, such as the hash parameters of a Firebase project; may be empty
}
