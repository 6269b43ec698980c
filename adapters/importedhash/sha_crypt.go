package importedhash

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"github.com/sole-platform/sole/domain"
)

// maxCryptBytes is the length of the longest password that crypt may match: its work grows with the length.
const maxCryptBytes = 128

// matchCrypt compares with a hash of crypt(3). A longer password costs no more than the longest.
func matchCrypt(h domain.ImportedHash, password []byte) bool {
	return same(cryptKey(h, password[:min(len(password), maxCryptBytes)]), h.Key) && len(password) <= maxCryptBytes
}

// cryptKey returns the hash of the password in the characters in which crypt(3) writes it. The numbers of steps are those of
// https://www.akkadia.org/drepper/SHA-crypt.txt.
func cryptKey(h domain.ImportedHash, password []byte) []byte {
	digest := sha256.New()
	if h.Scheme == domain.SchemeSHA512Crypt {
		digest = sha512.New()
	}
	sum := initialSum(digest, h.Salt, password)
	p, s := sequences(digest, sum, h.Salt, password)
	for round := range h.Cost { // step 21
		digest.Reset()
		if round%2 == 1 {
			digest.Write(p)
		} else {
			digest.Write(sum)
		}
		if round%3 != 0 {
			digest.Write(s)
		}
		if round%7 != 0 {
			digest.Write(p)
		}
		if round%2 == 1 {
			digest.Write(sum)
		} else {
			digest.Write(p)
		}
		sum = digest.Sum(sum[:0])
	}
	return cryptText(sum)
}

// initialSum returns digest A, steps 1 to 12.
func initialSum(digest hash.Hash, salt, password []byte) []byte {
	digest.Reset()
	digest.Write(password)
	digest.Write(salt)
	digest.Write(password)
	b := digest.Sum(nil)

	digest.Reset()
	digest.Write(password)
	digest.Write(salt)
	digest.Write(repeated(b, len(password)))
	for bits := len(password); bits > 0; bits >>= 1 {
		if bits&1 == 1 {
			digest.Write(b)
		} else {
			digest.Write(password)
		}
	}
	return digest.Sum(nil)
}

// sequences returns the sequences P and S, steps 13 to 20.
func sequences(digest hash.Hash, a, salt, password []byte) (p, s []byte) {
	digest.Reset()
	for range password {
		digest.Write(password)
	}
	p = repeated(digest.Sum(nil), len(password))
	digest.Reset()
	for range 16 + int(a[0]) {
		digest.Write(salt)
	}
	return p, repeated(digest.Sum(nil), len(salt))
}

// repeated returns the first size bytes of text after text after text.
func repeated(text []byte, size int) []byte {
	return bytes.Repeat(text, size/len(text)+1)[:size]
}

// cryptText writes a digest in characters of six bits, three bytes at a time in an order of its own (step 22).
func cryptText(sum []byte) []byte {
	groups, rest := len(sum)/3, len(sum)%3
	text := make([]byte, 0, 4*groups+rest+1)
	a, b, c := 0, groups, 2*groups
	for range groups {
		text = sixBits(text, uint(sum[a])<<16|uint(sum[b])<<8|uint(sum[c]), 4)
		if rest == 2 {
			a, b, c = c+1, a+1, b+1 // SHA-256: 0, 10 and 20, then 21, 1 and 11, ...
		} else {
			a, b, c = b+1, c+1, a+1 // SHA-512: 0, 21 and 42, then 22, 43 and 1, ...
		}
	}
	if rest == 2 {
		return sixBits(text, uint(sum[31])<<8|uint(sum[30]), 3)
	}
	return sixBits(text, uint(sum[63]), 2)
}

// sixBits appends the bits of value, the lowest first.
func sixBits(text []byte, value uint, chars int) []byte {
	const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for range chars {
		text = append(text, alphabet[value&63])
		value >>= 6
	}
	return text
}
