package accountfile

import (
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// auth0Hash is the member custom_password_hash.
type auth0Hash struct {
	Algorithm string `json:"algorithm"`
	Hash      struct {
		Value    string `json:"value"`
		Encoding string `json:"encoding"`
	} `json:"hash"`
	Salt struct {
		Value    string `json:"value"`
		Encoding string `json:"encoding"`
		Position string `json:"position"`
	} `json:"salt"`
	Password struct {
		Encoding string `json:"encoding"`
	} `json:"password"`
	KeyLength   int  `json:"keylen"`
	Cost        *int `json:"cost"`
	BlockSize   *int `json:"blockSize"`
	Parallelism *int `json:"parallelization"`
}

// auth0Texts are the algorithms whose hash is one text, and the schemes that the text may have.
var auth0Texts = map[string][]domain.PasswordScheme{
	"bcrypt": {domain.SchemeBcrypt},
	"argon2": {domain.SchemeArgon2id, domain.SchemeArgon2i, domain.SchemeArgon2d},
	"ldap": {
		domain.SchemeSaltedSHA1, domain.SchemeSaltedSHA224, domain.SchemeSaltedSHA256, domain.SchemeSaltedSHA384, domain.SchemeSaltedSHA512,
	},
}

// auth0Digests are the algorithms that hash the salt and the password once.
var auth0Digests = map[string]domain.PasswordScheme{
	"sha1": domain.SchemeSaltedSHA1, "sha256": domain.SchemeSaltedSHA256, "sha512": domain.SchemeSaltedSHA512,
}

// imported returns the hash, or what is wrong with a member.
func (h *auth0Hash) imported() (domain.ImportedHash, *domain.FieldError) {
	if encoding := h.Password.Encoding; encoding != "" && encoding != "utf8" && encoding != "ascii" {
		return domain.ImportedHash{}, &domain.FieldError{Field: "password.encoding", Message: "must be utf8 or ascii" + withoutIt}
	}
	switch h.Algorithm {
	case "bcrypt", "argon2", "ldap":
		return h.text()
	case "pbkdf2":
		return h.pbkdf2()
	case "sha1", "sha256", "sha512":
		return h.digest()
	case "scrypt":
		return h.scrypt()
	}
	const supported = "must be argon2, bcrypt, ldap, pbkdf2, scrypt, sha1, sha256 or sha512"
	return domain.ImportedHash{}, &domain.FieldError{Field: "algorithm", Message: supported + withoutIt}
}

func (h *auth0Hash) text() (domain.ImportedHash, *domain.FieldError) {
	if h.Salt.Value != "" {
		const rule = "must not be there besides the salt of the hash itself"
		return domain.ImportedHash{}, &domain.FieldError{Field: "salt", Message: rule + withoutIt}
	}
	hash, err := readHash(h.Hash.Value)
	if err == nil {
		for _, scheme := range auth0Texts[h.Algorithm] {
			if hash.Scheme == scheme {
				return hash, nil
			}
		}
	}
	const rule = "must be a hash of the algorithm that is named, and salted if it is LDAP's"
	return hash, &domain.FieldError{Field: "hash.value", Message: rule + withoutIt}
}

// digest reads the hash of a salt and a password.
func (h *auth0Hash) digest() (domain.ImportedHash, *domain.FieldError) {
	hash := domain.ImportedHash{Scheme: auth0Digests[h.Algorithm], SaltLast: h.Salt.Position == "suffix"}
	if !hash.SaltLast && h.Salt.Position != "prefix" && h.Salt.Position != "" {
		return hash, &domain.FieldError{Field: "salt.position", Message: "must be prefix or suffix"}
	}
	return h.keyed(hash)
}

// keyed fills in the salt and the key, which are encoded as the members say.
func (h *auth0Hash) keyed(hash domain.ImportedHash) (domain.ImportedHash, *domain.FieldError) {
	var err error
	if hash.Key, err = decoded(h.Hash.Encoding, h.Hash.Value); err != nil || h.Hash.Encoding == "" || h.Hash.Encoding == "utf8" {
		return hash, &domain.FieldError{Field: "hash.value", Message: "must be in base64 or hex, as hash.encoding says"}
	}
	if hash.Salt, err = decoded(h.Salt.Encoding, h.Salt.Value); err != nil {
		return hash, &domain.FieldError{Field: "salt.value", Message: "must be in base64, hex or utf8, as salt.encoding says"}
	}
	return hash, nil
}

func (h *auth0Hash) scrypt() (domain.ImportedHash, *domain.FieldError) {
	cost, block, lanes := valueOr(h.Cost, 16384), valueOr(h.BlockSize, 8), valueOr(h.Parallelism, 1)
	exponent, err := logarithm(cost)
	if err != nil {
		return domain.ImportedHash{}, &domain.FieldError{Field: "cost", Message: "must be a power of two that is greater than one"}
	}
	hash, fault := h.keyed(domain.ImportedHash{
		Scheme: domain.SchemeScrypt, Cost: exponent, BlockSize: block, Parallelism: lanes,
	})
	if fault == nil && len(hash.Key) != h.KeyLength {
		fault = &domain.FieldError{Field: "keylen", Message: "must be the length of the hash in bytes"}
	}
	return hash, fault
}

func valueOr(value *int, otherwise int) int {
	if value == nil {
		return otherwise
	}
	return *value
}

// auth0PBKDF2 are the digests of PBKDF2 that can be imported, without the prefix RSA- and the suffix WithRSAEncryption.
var auth0PBKDF2 = map[string]domain.PasswordScheme{
	"sha1": domain.SchemePBKDF2SHA1, "sha256": domain.SchemePBKDF2SHA256, "sha512": domain.SchemePBKDF2SHA512,
}

// pbkdf2 reads $pbkdf2-sha512$i=100000,l=64$salt$key, where the parameters may be missing.
func (h *auth0Hash) pbkdf2() (domain.ImportedHash, *domain.FieldError) {
	const rule = "must be like $pbkdf2-sha512$i=100000,l=64$salt$hash, with salt and hash in base64"
	malformed := &domain.FieldError{Field: "hash.value", Message: rule}
	hash := domain.ImportedHash{Cost: 100_000}
	length := 64
	parts := strings.Split(h.Hash.Value, "$")
	if len(parts) < 4 || len(parts) > 5 || parts[0] != "" || !strings.HasPrefix(parts[1], "pbkdf2-") {
		return hash, malformed
	}
	digest := strings.ToLower(strings.TrimPrefix(parts[1], "pbkdf2-"))
	hash.Scheme = auth0PBKDF2[strings.TrimSuffix(strings.TrimPrefix(digest, "rsa-"), "withrsaencryption")]
	if hash.Scheme == "" {
		return hash, &domain.FieldError{Field: "hash.value", Message: "must be PBKDF2 with SHA-1, SHA-256 or SHA-512" + withoutIt}
	}
	if len(parts) == 5 {
		for parameter := range strings.SplitSeq(parts[2], ",") {
			name, value, _ := strings.Cut(parameter, "=")
			number, err := strconv.Atoi(value)
			switch {
			case err != nil:
				return hash, malformed
			case name == "i":
				hash.Cost = number
			case name == "l":
				length = number
			default:
				return hash, malformed
			}
		}
	}
	var badSalt, badKey error
	hash.Salt, badSalt = base64Of(parts[len(parts)-2])
	hash.Key, badKey = base64Of(parts[len(parts)-1])
	if badSalt != nil || badKey != nil || len(hash.Key) != length {
		return hash, malformed
	}
	return hash, nil
}
