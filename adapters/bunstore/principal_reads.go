package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

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

// rowRead is a statement that reads one row, by the org, which is the first argument. err is sql.ErrNoRows if there is none.
type rowRead struct {
	statement string
	args      []string
	row       func(scan func(...any) error) error
	err       error
}

// readRows runs statements outside of a unit of work, in one round trip. All have the same org. It returns an error if the
// connection fails; each read has its own.
type readRows func(ctx context.Context, reads []*rowRead) error

// lookup is a principal to read as it is now, and then the principal or an error.
type lookup struct {
	key       principalKey
	args      []string // of both statements
	known     cachedPrincipal
	cached    bool
	principal domain.Principal
	err       error
}

// lookupOf returns the lookup of a request. Its error is set if there can be no such principal.
func (d *dialect) lookupOf(org domain.OrgID, ref port.PrincipalRef) *lookup {
	l := &lookup{}
	switch {
	case ref.Key == (port.KeyRef{}):
		l.key = ofSession(org, ref.Session)
	case ref.Key.Hash != "":
		l.key = principalKey{org: org, kind: byKeyHash, id: string(ref.Key.Hash)}
	default:
		l.key = principalKey{org: org, kind: byKeyID, id: string(ref.Key.ID)}
	}
	if !domain.IsID(string(org)) || l.key.kind != byKeyHash && !domain.IsID(l.key.id) {
		l.err = d.reads[l.key.kind].unknown
	}
	l.args = []string{string(org), l.key.id}
	if l.key.kind == byKeyID {
		l.args = append(l.args, storable(ref.Key.Token))
	}
	return l
}

// Principal implements port.Store.
func (s *Store) Principal(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error) {
	return s.principal(ctx, org, port.PrincipalRef{Session: session})
}

// KeyPrincipal implements port.Store.
func (s *Store) KeyPrincipal(ctx context.Context, org domain.OrgID, key port.KeyRef) (domain.Principal, error) {
	return s.principal(ctx, org, port.PrincipalRef{Key: key})
}

func (s *Store) principal(ctx context.Context, org domain.OrgID, ref port.PrincipalRef) (domain.Principal, error) {
	l := s.dialect.lookupOf(org, ref)
	if err := s.look(ctx, l); err != nil {
		return domain.Principal{}, err
	}
	return l.principal, l.err
}

// TwoPrincipals implements port.Store.
func (s *Store) TwoPrincipals(ctx context.Context, org domain.OrgID, refs [2]port.PrincipalRef) (found [2]port.FoundPrincipal, err error) {
	first, second := s.dialect.lookupOf(org, refs[0]), s.dialect.lookupOf(org, refs[1])
	if err := s.look(ctx, first, second); err != nil {
		return found, err
	}
	return [2]port.FoundPrincipal{{Principal: first.principal, Err: first.err}, {Principal: second.principal, Err: second.err}}, nil
}

// look reads the principals that can exist, in one round trip, and in two if one of them has changed since it was cached.
func (s *Store) look(ctx context.Context, all ...*lookup) error {
	all = slices.DeleteFunc(all, func(l *lookup) bool { return l.err != nil })
	err := s.run(ctx, func() error {
		for _, l := range all {
			l.known, l.cached = s.principals.principals.Get(l.key)
		}
		changed, err := s.round(ctx, all)
		if err == nil && len(changed) > 0 {
			_, err = s.round(ctx, changed)
		}
		return err
	})
	return s.dialect.translate(err)
}

// round reads the state of each cached principal, and the others whole. It returns those that differ from the cached ones.
func (s *Store) round(ctx context.Context, all []*lookup) (changed []*lookup, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	reads, name := make([]*rowRead, len(all)), s.dialect.reads[all[0].key.kind].name
	for i, l := range all {
		reads[i] = s.readOf(l)
		if !l.cached {
			name = "SELECT principal"
		}
	}
	err = s.dialect.observed(ctx, name, func(ctx context.Context) error { return s.dialect.readRows(ctx, reads) })
	if err != nil {
		return nil, err
	}
	for i, l := range all {
		switch err := reads[i].err; {
		case errors.Is(err, errChanged):
			l.cached = false
			changed = append(changed, l)
		case errors.Is(err, sql.ErrNoRows):
			s.principals.principals.Remove(l.key)
			l.err = s.dialect.reads[l.key.kind].unknown
		case err != nil:
			return nil, err
		}
	}
	return changed, nil
}

// errChanged is the error of a read that finds another state than that of the cached principal.
var errChanged = errors.New("the principal has changed since it was cached")

// readOf returns the read of a principal, which sets the principal.
func (s *Store) readOf(l *lookup) *rowRead {
	reads := s.dialect.reads[l.key.kind]
	if l.cached {
		return &rowRead{statement: reads.state, args: l.args, row: func(scan func(...any) error) error {
			now, err := reads.scanState(scan)
			if err != nil {
				return err
			}
			p, same := l.known.principal(now)
			if !same {
				return errChanged
			}
			l.principal = p
			return nil
		}}
	}
	return &rowRead{statement: reads.whole, args: l.args, row: func(scan func(...any) error) error {
		p, at, err := reads.scanWhole(scan)
		if err == nil {
			l.principal = p
			s.principals.add(l.key, p, at)
		}
		return err
	}}
}
