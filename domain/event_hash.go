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

// Digest is a SHA-256 (FIPS 180-4).
type Digest [sha256.Size]byte

// String is the digest in base64url without padding (RFC 4648 §5).
func (d Digest) String() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

var strictBase64 = base64.RawURLEncoding.Strict()

// ParseDigest reads what String has written, and nothing else.
func ParseDigest(text string) (d Digest, err error) {
	sum, err := strictBase64.DecodeString(text)
	if err != nil || len(sum) != len(d) || Digest(sum).String() != text {
		return d, errors.New("a digest is 43 characters of base64url")
	}
	return Digest(sum), nil
}

// SaltSize is how many random bytes hide the personal fields of one event.
const SaltSize = 16

// EventProof is kept beside a sealed event: what it takes, with the event itself, to
// compute the hash that the seal names. Personal fields enter that hash as commitments,
// hashes under a salt that is not in the seal. Who erases a field keeps its commitment and
// drops its salt; the hash stays what it was, and nobody can find the field by trying.
type EventProof struct {
	Salt   []byte            // from which each field's own salt is derived; empty once a field was erased
	Salts  map[string][]byte // then: those of the fields that are still there
	Erased map[string]Digest // and the commitments to those that are not
}

// personal are the fields of an event that may tell of a person, by name.
func (e AuditEvent) personal() map[string]string {
	fields := map[string]string{"actor_id": string(e.Actor), "resource_id": e.ResourceID, "ip": e.Origin.Address, "user_agent": e.Origin.UserAgent}
	for name, text := range e.Details {
		fields["details."+name] = text
	}
	return fields
}

// commit is the commitment to a field, from its text or as it is kept since it was erased:
// nothing but the mark of that may then stand in its place.
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
	derived.Write([]byte(name)) // a hash never fails to be written
	return derived.Sum(nil)
}

// Erase forgets the salts of fields of the event, as it was before they were erased, and
// keeps commitments to them instead.
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

// eventTime is how an event's instant is written into its hash: UTC, to the microsecond.
const eventTime = "2006-01-02T15:04:05.000000Z"

// Hash is the event's hash in a seal of org: over all that the event says, the personal
// fields as commitments. Two events have the same one only if they are the same, for every
// part is written with its length before it.
func (e AuditEvent) Hash(org OrgID, proof EventProof) Digest {
	parts := []string{
		"sole audit event 1", string(org), string(e.ID), e.At.UTC().Format(eventTime), string(e.Name), string(e.Outcome),
		string(e.Origin.HomeOrg), e.ResourceType, e.Origin.RequestID,
	}
	personal := e.personal()
	parts = append(parts, strconv.Itoa(len(personal)))
	for _, name := range slices.Sorted(maps.Keys(personal)) {
		commitment := proof.commit(name, personal[name])
		parts = append(parts, name, string(commitment[:]))
	}
	return hashOf(parts...)
}

// hashOf hashes texts so that no two lists of texts are hashed alike: each comes after its
// length in bytes, eight bytes long and big-endian.
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
