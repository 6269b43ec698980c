package accountfile_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// faultsOf returns the faults of the only account of a file.
func faultsOf(t *testing.T, format, file string) string {
	t.Helper()
	accounts, err := read(t, format, []byte(file), port.AccountFileOptions{WeakUntil: lapsing})
	require.NoError(t, err, file)
	require.Len(t, accounts, 1)
	text := ""
	for _, fault := range accounts[0].Faults {
		require.NotEmpty(t, fault.Field)
		text += fault.Field + ": " + fault.Message + "\n"
	}
	return text
}

func TestFaultsOfKeycloakNameTheirField(t *testing.T) {
	user := func(credentials string) string {
		return `{"users":[{"email":"a@b.example","enabled":true,"credentials":[` + credentials + `]}]}`
	}
	password := func(data, secret string) string {
		return user(fmt.Sprintf(`{"type":"password","credentialData":%q,"secretData":%q}`, data, secret))
	}
	otp := func(period int, algorithm string) string {
		data := fmt.Sprintf(`{"subType":"totp","digits":6,"period":%d,"algorithm":%q}`, period, algorithm)
		return user(fmt.Sprintf(`{"type":"otp","credentialData":%q,"secretData":"{\"value\":\"0123456789\"}"}`, data))
	}
	const secret = `{"value":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTI=","salt":"c2FsdHNhbHQ="}`
	for _, c := range []struct{ format, file, want string }{
		{"keycloak", `{"users":[{"email":7}]}`, "email: has a value of the wrong type"},
		{"keycloak", `{"users":[{"email":"a@b.example","email":"c@d.example"}]}`, "row: must not repeat a member"},
		{"keycloak", "{\"users\":[{\"email\":\"a\xff\"}]}", "row: must be valid JSON in UTF-8"},
		{"keycloak", `{"users":["a@b.example"]}`, "row: must be a JSON object"},
		{"keycloak", `{"users":[{"credentials":[{"type":[]}]}]}`, "credentials[0].type: has a value of the wrong type"},
		{"keycloak", `{"users":[{"clientRoles":{"a/b <x>":1}}]}`, "clientRoles: has a value of the wrong type"},
		{"keycloak", user(`{"type":"password","value":"plain"}`), "credentials[0].value: is a password in plain text"},
		{"keycloak", user(`{"type":"password","secretData":"{"}`), "credentials[0].credentialData: must be the text of a JSON object"},
		{"keycloak", password(`{"hashIterations":"x"}`, secret), "credentials[0].credentialData: must be the text of a JSON object"},
		{"keycloak", password(`{"algorithm":"md5"}`, secret), "credentials[0].credentialData: names an algorithm that cannot be imported"},
		{
			"keycloak", password(`{"algorithm":"argon2","hashIterations":5}`, secret),
			"credentials[0].credentialData: must have the parameters of Argon2",
		},
		{
			"keycloak", password(`{"algorithm":"pbkdf2-sha256","hashIterations":5000}`, `{"value":"?"}`),
			"credentials[0].secretData: must have a salt",
		},
		{"keycloak", otp(60, "HmacSHA1"), "credentials[0]: must have codes of six digits"},
		{"keycloak", otp(30, "HmacSHA256"), "credentials[0]: must have codes of six digits"},
	} {
		require.Contains(t, faultsOf(t, c.format, c.file), c.want, "%s: %s", c.format, c.file)
	}
}

func TestFaultsOfAuth0NameTheirField(t *testing.T) {
	custom := func(hash string) string { return `[{"email":"a@b.example","custom_password_hash":` + hash + `}]` }
	for _, c := range []struct{ format, file, want string }{
		{
			"auth0", `[{"email":"a@b.example","password_hash":"$2b$31$` + strings.Repeat("a", 53) + `"}]`,
			"password_hash: must have a cost of 4 to 13",
		},
		{"auth0", `[{"email":"a@b.example","password_hash":"plain"}]`, "password_hash: must be a hash of bcrypt"},
		{"auth0", `[{"email":"a@b.example","password_hash":"a","passwordHash":"b"}]`, "password_hash: must be the only hash"},
		{
			"auth0", custom(`{"algorithm":"md4","hash":{"value":"AbuUujgF0pPPkJPSFRTpmA==","encoding":"base64"}}`),
			"custom_password_hash.algorithm: must be",
		},
		{
			"auth0", custom(`{"algorithm":"sha1","hash":{"value":"zz","encoding":"hex"}}`),
			"custom_password_hash.hash.value: must be in base64 or hex",
		},
		{
			"auth0", custom(`{"algorithm":"sha1","hash":{"value":"da39a3ee5e6b4b0d3255bfef95601890afd80709","encoding":"hex"}}`),
			"custom_password_hash: must have a salt",
		},
		{
			"auth0", custom(`{"algorithm":"sha1","hash":{"value":"da","encoding":"hex"},"salt":{"value":"a","position":"middle"}}`),
			"custom_password_hash.salt.position: must be prefix or suffix",
		},
		{
			"auth0", custom(`{"algorithm":"sha1","hash":{"value":"da","encoding":"hex"},"salt":{"value":"?","encoding":"hex"}}`),
			"custom_password_hash.salt.value: must be in base64",
		},
		{"auth0", custom(`{"algorithm":"bcrypt","hash":{"value":"x"},"salt":{"value":"a"}}`), "custom_password_hash.salt: must not be there"},
		{
			"auth0", custom(`{"algorithm":"bcrypt","hash":{"value":"$5$a$b"}}`),
			"custom_password_hash.hash.value: must be a hash of the algorithm that is named",
		},
		{"auth0", custom(`{"algorithm":"sha256","password":{"encoding":"utf16le"}}`), "custom_password_hash.password.encoding: must be utf8"},
		{
			"auth0", custom(`{"algorithm":"scrypt","cost":1000,"hash":{"value":"da","encoding":"hex"}}`),
			"custom_password_hash.cost: must be a power of two",
		},
		{
			"auth0", custom(`{"algorithm":"scrypt","keylen":9,"hash":{"value":"da","encoding":"hex"}}`),
			"custom_password_hash.keylen: must be the length",
		},
		{
			"auth0", custom(`{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-md4$i=100000,l=64$a$b"}}`),
			"custom_password_hash.hash.value: must be PBKDF2 with",
		},
		{
			"auth0", custom(`{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha512$i=1000000000,l=20$c2FsdA$c2VjcmV0c2VjcmV0c2VjcmV0c2U"}}`),
			"custom_password_hash: must have a cost",
		},
		{
			"auth0", custom(`{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha512$l=20$c2FsdA$c2U"}}`),
			"custom_password_hash.hash.value: must be like",
		},
	} {
		require.Contains(t, faultsOf(t, c.format, c.file), c.want, "%s: %s", c.format, c.file)
	}
}

func TestFaultsOfOtherFormatsNameTheirField(t *testing.T) {
	for _, c := range []struct{ format, file, want string }{
		{"firebase", `{"users":[{"email":"a@b.example","passwordHash":"c2U="}]}`, "salt: must be the salt"},
		{"firebase", `{"users":[{"email":"a@b.example","passwordHash":"?","salt":"c2FsdA=="}]}`, "passwordHash: must be in base64"},
		{"firebase", `{"users":[{"email":"a@b.example","createdAt":"soon"}]}`, "createdAt: has a value of the wrong type"},
		{"firebase", "id,a@b.example,true\n", "row: must have 27 fields"},
		{"supabase", "email,encrypted_password\na@b.example\n", "row: must have 2 fields"},
		{"supabase", "email,encrypted_password\na@b.example,secret\n", "encrypted_password: must be a hash"},
		{"supabase", "email,encrypted_password\na@b.example,$fbscrypt$v=1,n=14$a$b\n", "row: must have 2 fields"},
		{"supabase", "email,encrypted_password\na@b.example,\"$fbscrypt$v=1,n=14$a$b\"\n", "encrypted_password: must be like $fbscrypt$"},
		{"supabase", "email,encrypted_password,banned_until\na@b.example,,soon\n", "banned_until: must be a time"},
		{"supabase", "email,encrypted_password,raw_user_meta_data\na@b.example,,{\n", "raw_user_meta_data: must be a JSON object"},
		{"supabase", "email,encrypted_password\n\xff,\n", "email: must be UTF-8 text"},
		{"django", `[{"email":"a@b.example","password":"x"}]`, "row: must have the members model and fields"},
		{"django", `[{"model":"auth.user","fields":{"email":"a@b.example","password":"crypt$$abc"}}]`, "password: must be a hash"},
		{
			"django", `[{"model":"auth.user","fields":{"email":"a@b.example","password":"pbkdf2_sha256$99999999$salt$c2VjcmV0c2VjcmV0c2VjcmV0"}}]`,
			"password: must have a cost",
		},
		{"passlib", "email,full_name,hash\na@b.example,A,{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n", "hash: has no salt"},
		{"passlib", "email,full_name,hash\na@b.example,A,plain text\n", "hash: must be a hash"},
		{"passlib", "email,full_name,hash\n,A,\n", "email: must be there"},
		{
			"passlib", "email,full_name,hash\na@b.example,A,\"$argon2id$v=19$m=4194304,t=2,p=2$c2FsdHNhbHQ$c2VjcmV0c2VjcmV0c2VjcmV0\"\n",
			"hash: must need",
		},
	} {
		require.Contains(t, faultsOf(t, c.format, c.file), c.want, "%s: %s", c.format, c.file)
	}
}

func TestParametersOfFirebaseAreChecked(t *testing.T) {
	whole := string(testdata(t, "firebase-parameters.txt"))
	key := regexp.MustCompile(`base64_signer_key: (\S+),`).FindStringSubmatch(whole)[1]
	for _, c := range []struct{ text, want string }{
		{"", "parameters must be the password hash parameters of the project"},
		{"algorithm", "parameters must be the password hash parameters of the project"},
		{strings.Replace(whole, "SCRYPT", "BCRYPT", 1), "parameters.algorithm must be SCRYPT"},
		{strings.Replace(whole, key, key[:40], 1), "parameters.base64_signer_key must be 64 bytes"},
		{strings.Replace(whole, "base64_signer_key", "signer_key", 1), "parameters.base64_signer_key must be 64 bytes"},
		{strings.Replace(whole, "Bw==", "B", 1), "parameters.base64_salt_separator must be at most 16 bytes"},
		{strings.Replace(whole, "rounds: 8", "rounds: 0", 1), "parameters.rounds must be a number from 1 to 64"},
		{strings.Replace(whole, "mem_cost: 14", "mem_cost: 31", 1), "parameters.mem_cost must be a number from 1 to 20"},
		{whole + whole, "parameters.algorithm must be there only once"},
	} {
		_, err := formatNamed(t, "firebase").Open(strings.NewReader(""), port.AccountFileOptions{Parameters: domain.NewSecret(c.text)})
		message := messageOf(t, err)
		require.Contains(t, message, c.want)
		require.NotContains(t, message, key[:20])
	}
	for _, text := range []string{
		whole,
		strings.ReplaceAll(whole, ": ", "="),
		"rounds: 8\nmem_cost: 14\nbase64_salt_separator: \"Bw==\"\nbase64_signer_key: \"" + key + "\"\n",
	} {
		_, err := formatNamed(t, "firebase").Open(strings.NewReader(""), port.AccountFileOptions{Parameters: domain.NewSecret(text)})
		require.NoError(t, err)
	}
}

// secretTexts are hashes, salts and secrets in the samples.
var secretTexts = regexp.MustCompile(`[A-Za-z0-9+/_.-]{20,}`)

func TestNoMessageHasAHashOrASecret(t *testing.T) {
	for _, sample := range samples {
		whole := string(testdata(t, sample.file))
		for _, file := range []string{
			whole,
			secretTexts.ReplaceAllStringFunc(whole, func(text string) string { return text + "!" }), // none can be decoded
			secretTexts.ReplaceAllStringFunc(whole, func(text string) string { return text[:10] }),
			strings.ReplaceAll(whole, "$", "$9"),
			strings.ReplaceAll(whole, "rounds", "r"),
		} {
			accounts, err := read(t, sample.format, []byte(file), port.AccountFileOptions{})
			messages := ""
			if err != nil {
				messages = messageOf(t, err)
			}
			for _, account := range accounts {
				messages += strings.Join(account.Notes, "\n")
				for _, fault := range account.Faults {
					messages += fault.Field + " " + fault.Message + "\n"
				}
			}
			for _, secret := range secretTexts.FindAllString(whole, -1) {
				if isPublic(secret) {
					continue
				}
				require.NotContains(t, messages, secret[:8])
			}
		}
	}
}

// isPublic reports whether a long text of the samples is no secret but a name.
func isPublic(text string) bool {
	for _, name := range []string{
		"example", "credentials", "service", "default-roles",
		"encrypted", "firebase", "keycloak", "is_", "raw_", "clientRoles", "requiredActions",
		"disableable", "additional", "federated", "realmRoles", "emailVerified", "recovery-authn", "password",
	} {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}
