package bunstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// principalKind is how a request names its principal.
type principalKind int

const (
	bySession principalKind = iota
	byKeyHash               // an API key
	byKeyID                 // an access token that was issued for an API key
)

// principalReads describes how the principals of one kind are read. The first parameters of both statements are the org and the id
// of a principalKey.
type principalReads struct {
	whole     string // reads everything
	scanWhole func(scan func(...any) error) (domain.Principal, stamps, error)
	state     string // reads only the session or the key, and the stamps
	scanState func(scan func(...any) error) (principalState, error)
	name      string // of state, for observers
	unknown   error  // what is returned if there is no row
}

// allReads has the reads of each kind.
type allReads map[principalKind]principalReads

func readsOf(lists listsJSON) allReads {
	key := func(condition string, unknown error) principalReads {
		return principalReads{
			whole: keyPrincipalSQL(condition, lists), scanWhole: scanKeyPrincipal, state: keySQL(condition), scanState: scanKey,
			name: "SELECT api_key", unknown: unknown,
		}
	}
	return allReads{
		bySession: {
			whole: principalSQL(lists), scanWhole: scanPrincipal, state: sessionSQL, scanState: scanSession,
			name: "SELECT session", unknown: domain.ErrTokenRevoked,
		},
		byKeyHash: key(keyByHash, domain.ErrUnauthenticated),
		byKeyID:   key(keyByID, domain.ErrTokenRevoked),
	}
}

// statements returns the text of every statement.
func (r allReads) statements() (all []string) {
	for _, reads := range r {
		all = append(all, reads.whole, reads.state)
	}
	return all
}

// readRow runs a statement that reads one row outside of a unit of work. The first argument is the org.
type readRow func(ctx context.Context, statement string, args []string, row func(scan func(...any) error) error) error

// Principal implements port.Store.
func (s *Store) Principal(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error) {
	if !domain.IsID(string(session)) {
		return domain.Principal{}, domain.ErrTokenRevoked
	}
	return s.principal(ctx, ofSession(org, session))
}

// KeyPrincipal implements port.Store.
func (s *Store) KeyPrincipal(ctx context.Context, org domain.OrgID, key port.KeyRef) (domain.Principal, error) {
	if key.Hash != "" {
		return s.principal(ctx, principalKey{org: org, kind: byKeyHash, id: string(key.Hash)})
	}
	if !domain.IsID(string(key.ID)) {
		return domain.Principal{}, domain.ErrTokenRevoked
	}
	return s.principal(ctx, principalKey{org: org, kind: byKeyID, id: string(key.ID)}, storable(key.Token))
}

// principal returns the principal as it is now. more are the further parameters of the statements.
func (s *Store) principal(ctx context.Context, key principalKey, more ...string) (p domain.Principal, err error) {
	if !domain.IsID(string(key.org)) {
		return p, s.dialect.reads[key.kind].unknown
	}
	args := append([]string{string(key.org), key.id}, more...)
	err = s.run(ctx, func() (err error) {
		p, err = s.cached(ctx, key, args)
		return err
	})
	return p, s.dialect.translate(err)
}

// cached returns the cached principal if it is still the same, and otherwise reads and caches it.
func (s *Store) cached(ctx context.Context, key principalKey, args []string) (p domain.Principal, err error) {
	reads := s.dialect.reads[key.kind]
	read := func(name, statement string, row func(scan func(...any) error) error) error {
		err := s.dialect.observed(ctx, name, func(ctx context.Context) error {
			return s.dialect.readRow(ctx, statement, args, row)
		})
		if errors.Is(err, sql.ErrNoRows) {
			s.principals.principals.Remove(key)
			err = reads.unknown
		}
		return err
	}
	if known, ok := s.principals.principals.Get(key); ok {
		var now principalState
		err := read(reads.name, reads.state, func(scan func(...any) error) (err error) {
			now, err = reads.scanState(scan)
			return err
		})
		if err != nil {
			return p, err
		}
		if p, ok := known.principal(now); ok {
			return p, nil
		}
	}
	var at stamps
	err = read("SELECT principal", reads.whole, func(scan func(...any) error) (err error) {
		p, at, err = reads.scanWhole(scan)
		return err
	})
	if err == nil {
		s.principals.add(key, p, at)
	}
	return p, err
}
