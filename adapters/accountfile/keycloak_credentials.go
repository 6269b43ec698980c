package accountfile

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// keycloakCredential is a credential as it is exported since Keycloak 8, and below as it was before.
type keycloakCredential struct {
	Type           string `json:"type"`
	CreatedDate    millis `json:"createdDate"`
	SecretData     string `json:"secretData"`
	CredentialData string `json:"credentialData"`

	Value             string `json:"value"`
	HashedSaltedValue string `json:"hashedSaltedValue"`
	Salt              string `json:"salt"`
	HashIterations    int    `json:"hashIterations"`
	Algorithm         string `json:"algorithm"`
	Digits            int    `json:"digits"`
	Period            int    `json:"period"`
}

// credentials uses the first password and the first authenticator app: Keycloak exports them in the order of their priority.
func (k keycloak) credentials(a *account, all []keycloakCredential) {
	noted := map[string]bool{}
	password := false
	for i, c := range all {
		field := fmt.Sprintf("credentials[%d]", i)
		switch c.Type {
		case "password":
			if password {
				a.refuse(field, "must not be a second password")
				continue
			}
			password = true
			k.password(a, field, c)
		case "otp", "totp", "hotp":
			c.oneTimeCodes(a, field)
		case "password-history":
		default:
			if !noted[c.Type] {
				noted[c.Type] = true
				c.leave(a)
			}
		}
	}
}

// leave notes a credential of a kind that is not taken along.
func (c keycloakCredential) leave(a *account) {
	switch c.Type {
	case "recovery-authn-codes":
		a.leave("its recovery codes are left behind: it can create new ones")
	case "webauthn", "webauthn-passwordless":
		a.leave("its passkeys are left behind: they only work with the address of Keycloak")
	default:
		a.leaveNamed("its credentials of the type %s are left behind", []string{c.Type})
	}
}

// keycloakHash is the JSON text of a password.
type keycloakHash struct {
	Value      string              `json:"value"`
	Salt       string              `json:"salt"`
	Iterations int                 `json:"hashIterations"`
	Algorithm  string              `json:"algorithm"`
	Parameters map[string][]string `json:"additionalParameters"`
}

func (k keycloak) password(a *account, field string, c keycloakCredential) {
	h := keycloakHash{Value: c.HashedSaltedValue, Salt: c.Salt, Iterations: c.HashIterations, Algorithm: c.Algorithm}
	switch {
	case c.SecretData != "" || c.CredentialData != "":
		if !c.data(a, field, &h) {
			return
		}
	case c.Value != "":
		a.refuse(field+".value", "is a password in plain text: remove it, then the account is imported without a password")
		return
	}
	hash, fault := h.imported()
	if fault != nil {
		a.refuse(field+"."+fault.Field, fault.Message)
		return
	}
	k.set(a, field, hash, nil)
}

// data reads the JSON texts of a credential into a struct.
func (c keycloakCredential) data(a *account, field string, into any) bool {
	for _, part := range []struct{ name, text string }{{"credentialData", c.CredentialData}, {"secretData", c.SecretData}} {
		if fault := parse(jsontext.Value(part.text), into); fault != nil {
			a.refuse(field+"."+part.name, "must be the text of a JSON object, with values of the right types")
			return false
		}
	}
	return true
}

func (h keycloakHash) imported() (domain.ImportedHash, *domain.FieldError) {
	if h.Algorithm == "bcrypt" { // of a common extension
		hash, err := domain.ReadHash(h.Value)
		if err != nil || hash.Scheme != domain.SchemeBcrypt {
			return hash, &domain.FieldError{Field: "secretData", Message: "must have a value such as $2a$10$..."}
		}
		return hash, nil
	}
	hash := domain.ImportedHash{Cost: h.Iterations}
	switch h.Algorithm {
	case "pbkdf2", "":
		hash.Scheme = domain.SchemePBKDF2SHA1
	case "pbkdf2-sha256":
		hash.Scheme = domain.SchemePBKDF2SHA256
	case "pbkdf2-sha512":
		hash.Scheme = domain.SchemePBKDF2SHA512
	case "argon2":
		if !h.argon2(&hash) {
			const rule = "must have the parameters of Argon2: type, version, memory, parallelism"
			return hash, &domain.FieldError{Field: "credentialData", Message: rule}
		}
	default:
		return hash, &domain.FieldError{Field: "credentialData", Message: "names an algorithm that cannot be imported" + withoutIt}
	}
	var badSalt, badKey error
	hash.Salt, badSalt = base64Of(h.Salt)
	hash.Key, badKey = base64Of(h.Value)
	if badSalt != nil || badKey != nil {
		return hash, &domain.FieldError{Field: "secretData", Message: "must have a salt and a value in base64"}
	}
	return hash, nil
}

// argon2 reads the additional parameters, such as {"type":["id"],"version":["1.3"],"memory":["7168"],"parallelism":["1"]}.
func (h keycloakHash) argon2(hash *domain.ImportedHash) bool {
	schemes := map[string]domain.PasswordScheme{"id": domain.SchemeArgon2id, "i": domain.SchemeArgon2i, "d": domain.SchemeArgon2d}
	versions := map[string]int{"1.3": 0x13, "1.0": 0x10}
	var noMemory, noLanes error
	hash.Scheme = schemes[h.parameter("type")]
	hash.Version = versions[h.parameter("version")]
	hash.MemoryKiB, noMemory = strconv.Atoi(h.parameter("memory"))
	hash.Parallelism, noLanes = strconv.Atoi(h.parameter("parallelism"))
	return hash.Scheme != "" && hash.Version != 0 && noMemory == nil && noLanes == nil
}

func (h keycloakHash) parameter(name string) string {
	if values := h.Parameters[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// keycloakOTP is the JSON text of an authenticator app.
type keycloakOTP struct {
	SubType        string `json:"subType"`
	Digits         int    `json:"digits"`
	Period         int    `json:"period"`
	Algorithm      string `json:"algorithm"`
	SecretEncoding string `json:"secretEncoding"`
	Value          string `json:"value"`
}

func (c keycloakCredential) oneTimeCodes(a *account, field string) {
	otp := keycloakOTP{SubType: c.Type, Digits: c.Digits, Period: c.Period, Algorithm: c.Algorithm, Value: c.HashedSaltedValue}
	if otp.Value == "" {
		otp.Value = c.Value
	}
	if (c.SecretData != "" || c.CredentialData != "") && !c.data(a, field, &otp) {
		return
	}
	const remedy = ": remove the credential, then the account is imported without an authenticator app"
	switch {
	case otp.SubType != "totp":
		a.refuse(field, "must have codes that depend on the time (TOTP)"+remedy)
	case otp.Digits != 6 || otp.Period != 30 || otp.Algorithm != "HmacSHA1":
		a.refuse(field, "must have codes of six digits, a period of 30 seconds and the algorithm SHA-1"+remedy)
	case otp.SecretEncoding == "BASE32":
		a.setTOTP(field, otp.Value)
	case otp.SecretEncoding != "":
		a.refuse(field, "must have a secret that is a text or in base32"+remedy)
	default: // the bytes of the text are the secret
		a.setTOTPKey(field, []byte(otp.Value))
	}
	if a.TOTPEnrolledAt.IsZero() {
		a.setTime(field+".createdDate", &a.TOTPEnrolledAt, c.CreatedDate.Time)
	}
}
