package domain

import "encoding/base64"

// ProofText is an EventProof in text form: salts and commitments in base64url, by field.
type ProofText struct {
	Salt        string
	Salts       map[string]string
	Commitments map[string]string
}

// Text returns the form in which the proof is stored and exported.
func (p EventProof) Text() ProofText {
	t := ProofText{Salt: base64.RawURLEncoding.EncodeToString(p.Salt), Salts: map[string]string{}, Commitments: map[string]string{}}
	for name, salt := range p.Salts {
		t.Salts[name] = base64.RawURLEncoding.EncodeToString(salt)
	}
	for name, commitment := range p.Erased {
		t.Commitments[name] = commitment.String()
	}
	return t
}

// Proof parses the text. Damaged text gives a proof with which the event does not match its seal.
func (t ProofText) Proof() (p EventProof) {
	if t.Salt != "" {
		p.Salt, _ = base64.RawURLEncoding.DecodeString(t.Salt)
	}
	for name, text := range t.Salts {
		if p.Salts == nil {
			p.Salts = map[string][]byte{}
		}
		p.Salts[name], _ = base64.RawURLEncoding.DecodeString(text)
	}
	for name, text := range t.Commitments {
		if p.Erased == nil {
			p.Erased = map[string]Digest{}
		}
		p.Erased[name], _ = ParseDigest(text)
	}
	return p
}
