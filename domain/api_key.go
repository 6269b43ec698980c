package domain

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The lifetime of an API key, in days.
const (
	DefaultKeyDays = 90
	MaxKeyDays     = 366
)

// APIKeyPrefix begins the text of every API key.
const APIKeyPrefix = "sole_sk_"

// IsAPIKey reports whether a bearer token is meant to be an API key. It may still be malformed.
func IsAPIKey(token string) bool { return strings.HasPrefix(token, APIKeyPrefix) }

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

// APIKeyDraft holds the values of a new API key.
type APIKeyDraft struct {
	Name      string
	Days      int      // until it expires; 0: DefaultKeyDays
	Networks  []string // CIDR, or single addresses; none: the key can be used from everywhere
	Hash      TokenHash
	CreatedBy UserID // of a service account its id
}

// NewAPIKey returns a key of the account. It returns ErrInvalid for values that a key cannot have.
func NewAPIKey(id APIKeyID, account ServiceAccountID, draft APIKeyDraft, now time.Time) (APIKey, error) {
	name, err := parseRoleName(draft.Name)
	if err != nil {
		return APIKey{}, err
	}
	days := draft.Days
	if days == 0 {
		days = DefaultKeyDays
	}
	if days < 1 || days > MaxKeyDays {
		return APIKey{}, Invalid("expires_in_days", "must be 1 to 366")
	}
	networks, err := parseNetworks(draft.Networks)
	if err != nil {
		return APIKey{}, err
	}
	return APIKey{
		ID: id, Account: account, Name: name, Hash: draft.Hash, Networks: networks,
		CreatedBy: draft.CreatedBy, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days),
	}, nil
}

// Details returns the details of the audit events about the key.
func (k APIKey) Details(account ServiceAccount) Details {
	return Details{
		"name": k.Name, "service_account_id": string(account.ID), "service_account": account.Name,
		"networks": k.NetworkNames(), "expires_at": k.ExpiresAt.UTC().Format(time.RFC3339),
	}
}

// NetworkNames returns the networks separated by commas; "" stands for every network.
func (k APIKey) NetworkNames() string {
	names := make([]string, len(k.Networks))
	for i, network := range k.Networks {
		names[i] = network.String()
	}
	return strings.Join(names, ", ")
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
