package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strconv"
)

// Digest is a SHA-256 hash (FIPS 180-4).
type Digest [sha256.Size]byte

// String returns the digest in base64url without padding (RFC 4648 §5).
func (d Digest) String() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

var strictBase64 = base64.RawURLEncoding.Strict()

// ParseDigest parses the form that String returns.
func ParseDigest(text string) (d Digest, err error) {
	sum, err := strictBase64.DecodeString(text)
	if err != nil || len(sum) != len(d) || Digest(sum).String() != text {
		return d, errors.New("a digest is 43 characters of base64url")
	}
	return Digest(sum), nil
}

// SaltSize is the number of random bytes that protect the personal fields of one event.
const SaltSize = 16

// EventProof is stored beside a sealed event. Together with the event it gives the hash that the seal
// contains. Personal fields enter the hash as commitments: hashes with a salt that is not in the seal.
// When a field is erased, its commitment is kept and its salt is deleted. The hash then stays the same,
// and the erased value cannot be found by trying values.
type EventProof struct {
	Salt   []byte            // from which the salt of each field is derived; empty once a field was erased
	Salts  map[string][]byte // once a field was erased: the salts of the others
	Erased map[string]Digest // the commitments to the erased fields
}

// personal returns the fields of an event that may hold personal data, by name.
func (e AuditEvent) personal() map[string]string {
	fields := map[string]string{
		"actor_id":    string(e.Actor),
		"resource_id": e.ResourceID,
		"ip":          e.Origin.Address,
		"user_agent":  e.Origin.UserAgent,
	}
	for name, text := range e.Details {
		fields["details."+name] = text
	}
	return fields
}

// commit returns the commitment to a field: for an erased field the kept one, if the field holds
// nothing or ErasedText, otherwise the one computed from its text.
func (p EventProof) commit(name, text string) Digest {
	if kept, erased := p.Erased[name]; erased && (text == "" || text == ErasedText) {
		return kept
	}
	return hashOf("sole audit field 1", string(p.saltOf(name)), name, text)
}

func (p EventProof) saltOf(name string) []byte {
	if len(p.Salt) == 0 {
		return p.Salts[name]
	}
	derived := hmac.New(sha256.New, p.Salt)
	derived.Write([]byte(name)) // a hash never returns an error
	return derived.Sum(nil)
}

// Erase returns the proof for the event after the named fields are erased: with commitments to them
// instead of their salts. before is the event with the fields.
func (p EventProof) Erase(before AuditEvent, names []string) EventProof {
	next := EventProof{Salts: map[string][]byte{}, Erased: maps.Clone(p.Erased)}
	if next.Erased == nil {
		next.Erased = map[string]Digest{}
	}
	for name, text := range before.personal() {
		if slices.Contains(names, name) {
			next.Erased[name] = p.commit(name, text)
		} else if _, erased := next.Erased[name]; !erased {
			next.Salts[name] = p.saltOf(name)
		}
	}
	return next
}

// eventTime is the layout of the time in the hash of an event: UTC, in microseconds.
const eventTime = "2006-01-02T15:04:05.000000Z"

// Hash returns the hash of the event for a seal of org. It covers the whole event, with the personal
// fields as commitments. Events of people, and those from before there were service accounts, have no
// type of actor in their hash.
func (e AuditEvent) Hash(org OrgID, proof EventProof) Digest {
	parts := []string{
		"sole audit event 1", string(org), string(e.ID), e.At.UTC().Format(eventTime), string(e.Name), string(e.Outcome),
		string(e.Origin.HomeOrg), e.ResourceType, e.Origin.RequestID,
	}
	if e.ActorType != ActorPerson {
		parts[0] = "sole audit event 2"
		parts = append(parts, string(e.ActorType))
	}
	personal := e.personal()
	parts = append(parts, strconv.Itoa(len(personal)))
	for _, name := range slices.Sorted(maps.Keys(personal)) {
		commitment := proof.commit(name, personal[name])
		parts = append(parts, name, string(commitment[:]))
	}
	return hashOf(parts...)
}

// hashOf returns one hash of several texts. Each text follows its length, eight bytes in big-endian
// order, so that different lists of texts give different input.
func hashOf(parts ...string) Digest {
	sum := sha256.New()
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write([]byte(part))
	}
	return Digest(sum.Sum(nil))
}
