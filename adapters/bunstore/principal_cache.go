package bunstore

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sole-platform/sole/domain"
)

// maxCachedPrincipals is how many principals the cache holds. Each takes one to two kilobytes.
const maxCachedPrincipals = 8192

// maxCachedOrgs is how many orgs and settings the cache holds. The principals of an org share them.
const maxCachedOrgs = 1024

// principalCache caches the principals of sessions and API keys, without the sessions and the keys themselves. Each request reads
// its session or key and, with it, the stamps of the account, the org and the granter, and uses the cache only if the stamps are
// still the same. Triggers of the database change a stamp in the transaction that changes the account or the org, so that the next
// request sees the change.
type principalCache struct {
	principals *lru.Cache[principalKey, cachedPrincipal]
	orgs       *lru.Cache[domain.OrgID, *cachedOrg]
}

// principalKey is what a request names: a session or an API key.
type principalKey struct {
	org  domain.OrgID
	kind principalKind
	id   string // of the session or the key, or the hash of the key
}

// ofSession returns the key of a session.
func ofSession(org domain.OrgID, id domain.SessionID) principalKey {
	return principalKey{org: org, kind: bySession, id: string(id)}
}

// cachedPrincipal is a principal without its session and key, with the stamps in the snapshot from which it was read. org has the
// stamp of the org.
type cachedPrincipal struct {
	account, granter int64
	user             domain.User
	kind             domain.ActorType
	roles            []domain.Role
	factors          domain.Factors
	org              *cachedOrg
}

type cachedOrg struct {
	stamp    int64
	org      domain.Org
	settings domain.OrgSettings
}

func newPrincipalCache() *principalCache {
	return &principalCache{newCache[principalKey, cachedPrincipal](maxCachedPrincipals), newCache[domain.OrgID, *cachedOrg](maxCachedOrgs)}
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
func (c *principalCache) add(key principalKey, p domain.Principal, at stamps) {
	p = separate(p)
	org, known := c.orgs.Get(p.Org.ID)
	if !known || org.stamp != at.org {
		org = &cachedOrg{stamp: at.org, org: p.Org, settings: p.Settings}
		c.orgs.Add(p.Org.ID, org)
	}
	key.org = org.org.ID
	c.principals.Add(key, cachedPrincipal{
		account: at.account, granter: at.granter, user: p.User, kind: p.Type, roles: p.Roles, factors: p.Factors, org: org,
	})
}

// principal returns the principal of a session or a key that was just read. It returns false if a stamp differs, or the session or
// the key belongs to another account.
func (c cachedPrincipal) principal(now principalState) (domain.Principal, bool) {
	if (now.stamps != stamps{account: c.account, org: c.org.stamp, granter: c.granter}) || now.account != c.user.ID {
		return domain.Principal{}, false
	}
	return separate(domain.Principal{
		Org: c.org.org, Settings: c.org.settings, User: c.user, Type: c.kind, Session: now.session, Key: now.key, Roles: c.roles,
		Factors: c.factors,
	}), true
}

// separate returns a copy that shares no list with p, except those of the session and the key, so that a request cannot change
// what others see.
func separate(p domain.Principal) domain.Principal {
	p.Roles, p.Factors = slices.Clone(p.Roles), slices.Clone(p.Factors)
	for i := range p.Roles {
		p.Roles[i].Granted = slices.Clone(p.Roles[i].Granted)
	}
	p.Settings.MFARequiredActions = slices.Clone(p.Settings.MFARequiredActions)
	return p
}
