package domain

import "time"

// KeyOutcome says whether an API key may be used.
type KeyOutcome string

// The outcomes for an API key.
const (
	KeyInOrder          KeyOutcome = "in_order"
	KeyOrgSuspended     KeyOutcome = "org_suspended"
	KeyAccountSuspended KeyOutcome = "account_suspended"
	KeyExpired          KeyOutcome = "expired"
	KeyNetworkRefused   KeyOutcome = "network_refused"
)

// Refusal returns the failure for the client, or nil when the key may be used.
func (o KeyOutcome) Refusal() *Error {
	switch o {
	case KeyOrgSuspended:
		return ErrOrgSuspended
	case KeyAccountSuspended:
		return ErrServiceAccountSuspended
	case KeyExpired:
		return ErrKeyExpired
	case KeyNetworkRefused:
		return ErrKeyNetwork
	default:
		return nil
	}
}

// KeyFacts are the facts about a request with an API key, or with an access token that was issued for one.
type KeyFacts struct {
	OrgActive     bool
	AccountActive bool
	ExpiresAt     time.Time // of the key
	At            time.Time // the instant of the decision
	Networks      string    // from which the key can be used, to be shown; shortened
	Address       string    // of the client
	Admitted      bool      // the address is in one of the networks, or there are none
}

// KeyFacts returns the facts for DecideKey about a request from the address.
func (p Principal) KeyFacts(address string) KeyFacts {
	return KeyFacts{
		OrgActive: p.Org.Active(), AccountActive: p.User.Active(), ExpiresAt: p.Key.ExpiresAt,
		Networks: cut(p.Key.NetworkNames(), maxFactBytes), Address: cut(address, maxAddressBytes), Admitted: p.Key.Admits(address),
	}
}

// maxAddressBytes is the largest length of an IP address (RFC 4291 §2.2).
const maxAddressBytes = 45

// DecideKey decides whether an API key may be used. It is called for every request with a key or with a token that was
// issued for one.
func DecideKey(p Policy, f KeyFacts, now time.Time) Verdict[KeyOutcome] {
	f.At = now
	return settle(keyRules, p, f)
}

var keyRules = []rule[KeyFacts, KeyOutcome]{
	{
		text: "the org is active", asks: []string{"org.active"},
		holds: func(_ Policy, f KeyFacts) bool { return f.OrgActive }, no: KeyOrgSuspended,
	},
	{
		text: "the service account is active", asks: []string{"service_account.active"},
		holds: func(_ Policy, f KeyFacts) bool { return f.AccountActive }, no: KeyAccountSuspended,
	},
	{
		text: "the key has not expired", asks: []string{"key.expires_at", "at"},
		holds: func(_ Policy, f KeyFacts) bool { return f.At.Before(f.ExpiresAt) }, no: KeyExpired,
	},
	{
		text: "the key can be used from the address of the client", asks: []string{"key.networks", "client_address", "key.admitted"},
		holds: func(_ Policy, f KeyFacts) bool { return f.Admitted }, yes: KeyInOrder, no: KeyNetworkRefused,
	},
}

// Kind implements Question.
func (f *KeyFacts) Kind() DecisionKind { return DecisionAPIKey }

func (f *KeyFacts) copied() Question { c := *f; return &c }

func (f *KeyFacts) facts(*Policy) []fact {
	return []fact{
		{"org.active", &f.OrgActive},
		{"service_account.active", &f.AccountActive},
		{"key.expires_at", &f.ExpiresAt},
		{"at", &f.At},
		{"key.networks", &f.Networks},
		{"client_address", &f.Address},
		{"key.admitted", &f.Admitted},
	}
}

func (f *KeyFacts) decide(p Policy) Ruling {
	return ruling(keyRules, DecideKey(p, *f, f.At), KeyInOrder)
}

func (f *KeyFacts) changes(Policy) []Change {
	var c possible
	c.add(!f.At.Before(f.ExpiresAt), "create a new key and use it", ReachAccount, Fact{"key.expires_at", f.At.Add(time.Hour)})
	c.add(!f.Admitted, "create a key that can be used from this network", ReachAccount, Fact{"key.admitted", true})
	c.add(!f.AccountActive, "activate the service account", ReachAccount, Fact{"service_account.active", true})
	c.add(f.AccountActive, "suspend the service account", ReachAccount, Fact{"service_account.active", false})
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

// KeyDecision returns the decision on a request with an API key at now.
func KeyDecision(p Principal, f KeyFacts, now time.Time) Decision {
	f.At = now
	d := AccountDecision(p, &f)
	d.At = now
	return d
}
