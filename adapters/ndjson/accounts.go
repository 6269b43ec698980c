package ndjson

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxAccountLine is the maximum length of the line of an account in bytes.
const maxAccountLine = 64 << 10

// Accounts is the format of this service for accounts of other systems: one JSON object per line, in UTF-8.
type Accounts struct{}

var _ port.AccountFormat = Accounts{}

// Name implements port.AccountFormat.
func (Accounts) Name() string { return "sole" }

// Open implements port.AccountFormat.
func (Accounts) Open(file io.Reader, options port.AccountFileOptions) (port.AccountSource, error) {
	if !options.Parameters.IsZero() {
		return nil, domain.Invalid("parameters", "must be left out: the format sole has none")
	}
	return accountLines{file: file, weakUntil: options.WeakUntil}, nil
}

// accountLines are the accounts of a file, which is read once.
type accountLines struct {
	file      io.Reader
	weakUntil time.Time
}

// Accounts implements port.AccountSource. Lines without text are skipped.
func (a accountLines) Accounts(ctx context.Context) iter.Seq2[domain.ImportedAccount, error] {
	return func(yield func(domain.ImportedAccount, error) bool) {
		lines := bufio.NewReaderSize(a.file, maxAccountLine)
		for number := 1; ; number++ {
			line, err := nextLine(lines)
			switch {
			case ctx.Err() != nil:
				yield(domain.ImportedAccount{}, ctx.Err())
				return
			case errors.Is(err, io.EOF):
				return
			case errors.Is(err, bufio.ErrBufferFull):
				yield(domain.ImportedAccount{}, lineFault(number, fmt.Sprintf("has more than %d KiB: each line is one account", maxAccountLine>>10)))
				return
			case err != nil:
				yield(domain.ImportedAccount{}, err)
				return
			}
			if number == 1 {
				if line, err = withoutMark(line); err != nil {
					yield(domain.ImportedAccount{}, err)
					return
				}
			}
			if len(line) > 0 && !yield(a.account(number, line), nil) {
				return
			}
		}
	}
}

// nextLine returns a line without its end and the blanks around it. The line is valid until the next call.
func nextLine(lines *bufio.Reader) ([]byte, error) {
	line, err := lines.ReadSlice('\n')
	if len(line) > 0 && errors.Is(err, io.EOF) {
		err = nil // the last line need not end
	}
	return bytes.TrimSpace(line), err
}

// withoutMark removes a byte order mark, and refuses a file that is no NDJSON in UTF-8.
func withoutMark(line []byte) ([]byte, error) {
	if fault := domain.FileEncodingFault(line); fault != "" {
		return nil, domain.Invalid("", fault)
	}
	if bytes.HasPrefix(line, []byte("[")) {
		return nil, lineFault(1, "begins a JSON list: write one object per line, for example with jq -c '.[]'")
	}
	return bytes.TrimPrefix(line, []byte("\ufeff")), nil
}

func lineFault(number int, fault string) error {
	return domain.Invalid("", fmt.Sprintf("cannot be read further: line %d %s", number, fault))
}

// account reads the account of a line.
func (a accountLines) account(number int, line []byte) domain.ImportedAccount {
	var parsed accountLine
	faults := parsed.read(line)
	account := parsed.account(a.weakUntil)
	account.Line, account.Faults = number, append(faults, account.Faults...)
	return account
}
