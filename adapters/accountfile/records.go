package accountfile

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// records reads the objects of a JSON file one by one.
type records struct {
	text    *text
	decoder *jsontext.Decoder
	number  int // of the record that was read last, from 1
}

// errStopped means that no further record is wanted.
var errStopped = errors.New("stopped")

// newRecords reads a text. A record that repeats a member, or is not UTF-8, is refused alone, by parse.
func newRecords(t *text) *records {
	return &records{text: t, decoder: jsontext.NewDecoder(t, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// listed yields the records of a file that is an array of records, or one record after the other (NDJSON).
func (r *records) listed() recordSequence {
	return r.sequence(func(use func(jsontext.Value) bool) error {
		if r.kind() == '[' {
			if err := r.array(use); err != nil {
				return err
			}
			return r.end()
		}
		for r.kind() != jsontext.KindInvalid {
			if err := r.record(use); err != nil {
				return err
			}
		}
		return r.end()
	})
}

// under yields the records of the array that is the named member of the only object of a file.
func (r *records) under(member string) recordSequence {
	return r.sequence(func(use func(jsontext.Value) bool) error {
		if r.kind() != '{' {
			return domain.Invalid("", fmt.Sprintf("must be a JSON object with the member %s", member))
		}
		found := false
		if err := r.token(); err != nil {
			return err
		}
		for r.kind() == '"' {
			name, err := r.decoder.ReadToken()
			if err != nil {
				return err
			}
			if name.String() != member {
				err = r.skip()
			} else if found {
				err = domain.Invalid("", fmt.Sprintf("has the member %s twice: remove one", member))
			} else if found = true; r.kind() != '[' {
				err = domain.Invalid("", fmt.Sprintf("has a member %s that is not an array", member))
			} else {
				err = r.array(use)
			}
			if err != nil {
				return err
			}
		}
		if err := r.token(); err != nil {
			return err
		}
		if !found {
			return domain.Invalid("", fmt.Sprintf("has no member %s: it is not an export of accounts", member))
		}
		return r.end()
	})
}

// sequence turns a function that reads the records into their sequence.
func (r *records) sequence(read func(use func(jsontext.Value) bool) error) recordSequence {
	return func(yield func(jsontext.Value, error) bool) {
		err := read(func(record jsontext.Value) bool { return yield(record, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, r.fault(err))
		}
	}
}

func (r *records) array(use func(jsontext.Value) bool) error {
	if err := r.token(); err != nil {
		return err
	}
	for {
		switch r.kind() {
		case ']', jsontext.KindInvalid:
			return r.token()
		default:
			if err := r.record(use); err != nil {
				return err
			}
		}
	}
}

func (r *records) record(use func(jsontext.Value) bool) error {
	r.text.nextRecord()
	record, err := r.decoder.ReadValue()
	if err != nil {
		return err
	}
	r.number++
	if !use(record) {
		return errStopped
	}
	return nil
}

// kind returns the kind of the token that follows; jsontext.KindInvalid also at the end of the file.
func (r *records) kind() jsontext.Kind {
	r.text.nextRecord()
	return r.decoder.PeekKind()
}

func (r *records) token() error {
	r.text.nextRecord()
	_, err := r.decoder.ReadToken()
	return err
}

// skip reads over a value of any size.
func (r *records) skip() error {
	depth := r.decoder.StackDepth()
	for {
		if err := r.token(); err != nil {
			return err
		}
		if r.decoder.StackDepth() <= depth {
			return nil
		}
	}
}

// end fails if the file goes on.
func (r *records) end() error {
	err := r.token()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return domain.Invalid("", "goes on after the end of its JSON: it must be one JSON document")
}

// fault says where the file cannot be read further.
func (r *records) fault(err error) error {
	at := fmt.Sprintf("after record %d", r.number)
	if r.number == 0 {
		at = "before the first record"
	}
	var known *domain.Error
	var syntax *jsontext.SyntacticError
	switch {
	case r.text.failed != nil: // the decoder takes what was read before it for broken JSON
		return fmt.Errorf("%s: %w", at, r.text.failed)
	case errors.As(err, &known):
		return known
	case errors.Is(err, errLongRecord):
		return domain.Invalid("", fmt.Sprintf("%s: what follows is longer than 1 MiB, which no account needs", at))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return domain.Invalid("", fmt.Sprintf("%s: the file ends too early, because it is incomplete: export it again", at))
	case errors.As(err, &syntax):
		return domain.Invalid("", fmt.Sprintf("%s: what follows at byte %d is not valid JSON", at, syntax.ByteOffset))
	}
	return fmt.Errorf("%s: %w", at, err)
}

// recordSequence are the records of a file, and the error after which it cannot be read further.
type recordSequence = iter.Seq2[jsontext.Value, error]

// failed yields only an error.
func (r *records) failed(err error) recordSequence {
	return r.sequence(func(func(jsontext.Value) bool) error { return err })
}

// readJSON yields the account that each record of a JSON file describes.
func readJSON(file io.Reader, find func(*records) recordSequence, describe func(*account, jsontext.Value)) accounts {
	return readText(file, func(t *text) accounts { return readRecords(newRecords(t), find, describe) })
}

func readRecords(r *records, find func(*records) recordSequence, describe func(*account, jsontext.Value)) accounts {
	return func(yield func(domain.ImportedAccount, error) bool) {
		for record, err := range find(r) {
			a := account{domain.ImportedAccount{Line: r.number}}
			if err == nil {
				describe(&a, record)
				a.finish()
			}
			if !yield(a.ImportedAccount, err) {
				return
			}
		}
	}
}
