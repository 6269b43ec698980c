package bunstore

import (
	"context"
	"errors"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sole-platform/sole/domain"
)

// maxCachedSessions is how many sessions the principal cache holds. Each takes one to two kilobytes.
const maxCachedSessions = 8192

// maxCachedOrgs is how many orgs and settings the principal cache holds. The sessions of an org share them.
const maxCachedOrgs = 1024

// principalCache caches the principals of sessions, without the sessions themselves. Each request reads its session and, with it,
// the stamps of the account and the org, and uses the cache only if the stamps are still the same. Triggers of the database change
// a stamp in the transaction that changes the account or the org, so that the next request sees the change.
type principalCache struct {
	sessions *lru.Cache[principalKey, cachedPrincipal]
	orgs     *lru.Cache[domain.OrgID, *cachedOrg]
}

type principalKey struct {
	org     domain.OrgID
	session domain.SessionID
}

// cachedPrincipal is a principal without its session, with the stamp of the account in the snapshot from which it was read.
type cachedPrincipal struct {
	stamp   int64
	user    domain.User
	roles   []domain.Role
	factors domain.Factors
	org     *cachedOrg
}

type cachedOrg struct {
	stamp    int64
	org      domain.Org
	settings domain.OrgSettings
}

func newPrincipalCache() *principalCache {
	return &principalCache{newCache[principalKey, cachedPrincipal](maxCachedSessions), newCache[domain.OrgID, *cachedOrg](maxCachedOrgs)}
}

func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	cache, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // the size is positive
	}
	return cache
}

// add caches a principal. It must have been read in the same snapshot as the stamps, by a transaction that has written nothing,
// because the triggers change a stamp only once in a transaction. The cached principal shares no list with p.
func (c *principalCache) add(p domain.Principal, at stamps) {
	p = separate(p)
	org, known := c.orgs.Get(p.Org.ID)
	if !known || org.stamp != at.org {
		org = &cachedOrg{stamp: at.org, org: p.Org, settings: p.Settings}
		c.orgs.Add(p.Org.ID, org)
	}
	c.sessions.Add(principalKey{org.org.ID, p.Session.ID}, cachedPrincipal{
		stamp: at.account, user: p.User, roles: p.Roles, factors: p.Factors, org: org,
	})
}

// principal returns the principal of a session that was just read. It returns false if a stamp differs, or the session belongs to
// another account.
func (c cachedPrincipal) principal(now sessionState) (domain.Principal, bool) {
	if (now.stamps != stamps{c.stamp, c.org.stamp}) || now.session.User != c.user.ID {
		return domain.Principal{}, false
	}
	return separate(domain.Principal{
		Org: c.org.org, Settings: c.org.settings, User: c.user, Session: now.session, Roles: c.roles, Factors: c.factors,
	}), true
}

// separate returns a copy that shares no list with p, except that of the session, so that a request cannot change what
// others see.
func separate(p domain.Principal) domain.Principal {
	p.Roles, p.Factors = slices.Clone(p.Roles), slices.Clone(p.Factors)
	for i := range p.Roles {
		p.Roles[i].Granted = slices.Clone(p.Roles[i].Granted)
	}
	p.Settings.MFARequiredActions = slices.Clone(p.Settings.MFARequiredActions)
	return p
}

// principal returns the principal of a session as it is now.
func (s *Store) principal(ctx context.Context, key principalKey) (p domain.Principal, err error) {
	if known, ok := s.principals.sessions.Get(key); ok {
		now, err := s.sessionState(ctx, key)
		if err != nil {
			return p, err
		}
		if p, ok := known.principal(now); ok {
			return p, nil
		}
	}
	var at stamps
	err = s.readSession(ctx, "SELECT principal", s.dialect.principal, key, func(scan func(...any) error) (err error) {
		p, at, err = scanPrincipal(scan)
		return err
	})
	if err == nil {
		s.principals.add(p, at)
	}
	return p, err
}

func (s *Store) sessionState(ctx context.Context, key principalKey) (now sessionState, err error) {
	err = s.readSession(ctx, "SELECT session", s.dialect.session, key, func(scan func(...any) error) (err error) {
		now, err = scanSession(scan)
		return err
	})
	return now, err
}

// readSession runs a statement that reads one session. If the session does not exist, it is removed from the cache.
func (s *Store) readSession(ctx context.Context, name, statement string, key principalKey, row func(scan func(...any) error) error) error {
	err := s.dialect.observed(ctx, name, func(ctx context.Context) error {
		return s.dialect.ofSession(ctx, statement, key, row)
	})
	if errors.Is(err, domain.ErrTokenRevoked) {
		s.principals.sessions.Remove(key)
	}
	return err
}
