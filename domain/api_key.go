package domain

import (
	"net/netip"
	"slices"
	"time"
)

// The lifetime of an API key, in days.
const (
	DefaultKeyDays = 90
	MaxKeyDays     = 366
)

// MaxKeys is the largest number of API keys of a service account.
const MaxKeys = 20

// APIKey is a secret with which a service account makes requests. Of its 256-bit secret only the hash is stored.
type APIKey struct {
	ID         APIKeyID
	Account    ServiceAccountID
	Name       string
	Hash       TokenHash
	Networks   []netip.Prefix // from which it can be used; nil: from everywhere
	CreatedBy  UserID
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time // at most keyUseGrain behind; zero before the first use
}

// Expired reports whether the key can no longer be used.
func (k APIKey) Expired(now time.Time) bool { return !now.Before(k.ExpiresAt) }

// Admits reports whether the key can be used from the address of a client.
func (k APIKey) Admits(address string) bool {
	if len(k.Networks) == 0 {
		return true
	}
	from, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(k.Networks, func(n netip.Prefix) bool { return n.Contains(from.Unmap().WithZone("")) })
}

// keyUseGrain is how far LastUsedAt may be behind, so that most requests do not write it.
const keyUseGrain = 10 * time.Minute

// TouchDue reports whether LastUsedAt should be written again.
func (k APIKey) TouchDue(now time.Time) bool { return now.Sub(k.LastUsedAt) >= keyUseGrain }
