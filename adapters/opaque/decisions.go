package opaque

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// DecisionKey encrypts decisions. Replicas with the same key can read the decisions of each other.
type DecisionKey [32]byte

// decisionBytes is the size to which every decision is padded, so that all ids have the same length.
const decisionBytes = 224

const decisionPrefix = "dec_"

// Decisions encrypts decisions with AES-256-GCM. The org precedes the ciphertext and is authenticated as additional data.
type Decisions struct{ boxes []cipher.AEAD } // the first encrypts, all decrypt

var _ port.Decisions = Decisions{}

// NewDecisions encrypts with the first key and decrypts with every key. Without keys it uses a random one.
func NewDecisions(keys ...DecisionKey) Decisions {
	if len(keys) == 0 {
		keys = make([]DecisionKey, 1)
		_, _ = rand.Read(keys[0][:]) // never fails since Go 1.24
	}
	d := Decisions{}
	for _, key := range keys {
		block, err := aes.NewCipher(key[:])
		if err != nil {
			panic(err) // the key has the right length
		}
		box, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			panic(err) // AES has the right block size
		}
		d.boxes = append(d.boxes, box)
	}
	return d
}

// Seal implements port.Decisions. The decision's org must be an id.
func (d Decisions) Seal(decision domain.Decision) domain.DecisionID {
	content := []byte{byte(slices.Index(domain.DecisionKinds(), decision.Question.Kind()))}
	for _, value := range decision.Values() {
		content = appendValue(content, value)
	}
	content = append(content, make([]byte, max(0, decisionBytes-len(content)))...)
	org := bytesOf(decision.Org)
	sealed := d.boxes[0].Seal(org, nil, content, org) //nolint:gosec // the box makes its own nonce
	return domain.DecisionID(decisionPrefix + encoding.EncodeToString(sealed))
}

// Open implements port.Decisions.
func (d Decisions) Open(id domain.DecisionID, now time.Time) (domain.Decision, error) {
	text, ours := strings.CutPrefix(string(id), decisionPrefix)
	sealed, err := encoding.DecodeString(text)
	if !ours || err != nil || encoding.EncodeToString(sealed) != text || len(sealed) < idBytes { // the decoder ignores line breaks
		return domain.Decision{}, domain.ErrNotFound
	}
	content, err := d.open(sealed)
	if err != nil {
		return domain.Decision{}, err
	}
	decision, err := readDecision(content)
	decision.Org = idOf[domain.OrgID](sealed)
	if err != nil || decision.Expired(now) {
		return domain.Decision{}, domain.ErrNotFound
	}
	return decision, nil
}

func (d Decisions) open(sealed []byte) ([]byte, error) {
	org := bytes.Clone(sealed[:idBytes])
	for _, box := range d.boxes {
		if content, err := box.Open(nil, nil, sealed[idBytes:], org); err == nil {
			return content, nil
		}
	}
	return nil, domain.ErrNotFound
}

func readDecision(content []byte) (domain.Decision, error) {
	kinds := domain.DecisionKinds()
	if len(content) == 0 || int(content[0]) >= len(kinds) {
		return domain.Decision{}, domain.ErrNotFound
	}
	decision, err := domain.NewDecision(kinds[content[0]])
	if err != nil {
		return decision, err
	}
	rest := content[1:]
	for _, value := range decision.Values() {
		var ok bool
		if rest, ok = readValue(rest, value); !ok {
			return decision, domain.ErrNotFound
		}
	}
	return decision, nil
}
