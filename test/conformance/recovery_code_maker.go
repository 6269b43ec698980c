package conformance

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// RecoveryCodeMaker checks every promise of port.RecoveryCodeMaker.
func RecoveryCodeMaker(t *testing.T, open func(t *testing.T) port.RecoveryCodeMaker) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.RecoveryCodeMaker)
	}{
		{"makes a new code of at least 50 bits each time", recoveryCodesDiffer},
		{"returns the same hash however a person types the code", recoveryTypedAnyWay},
		{"returns another hash for another code, account or org", recoveryHashesDiffer},
		{"does not show the code in its hash", recoveryHashHides},
		{"returns the hash of an imported code for that code, however it is typed", recoveryImported},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

const (
	recoveryOrg  domain.OrgID  = "01890a5d-ac96-774b-bcce-b302099a8057"
	recoveryUser domain.UserID = "01890a5d-ac96-774b-bcce-b302099a8058"
)

func recoveryCodesDiffer(t *testing.T, maker port.RecoveryCodeMaker) {
	seen := map[string]bool{}
	for range 1000 {
		code := domain.CanonicalRecoveryCode(maker.New().Reveal())
		if len(code) < 10 { // base32 characters of five bits
			t.Fatalf("got only %d characters", len(code))
		}
		if strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Fatalf("%s has characters that are easily mistaken", code)
		}
		if seen[code] {
			t.Fatal("the same code twice")
		}
		seen[code] = true
	}
}

func recoveryTypedAnyWay(t *testing.T, maker port.RecoveryCodeMaker) {
	for range 50 {
		code := maker.New().Reveal()
		want := maker.Hash(domain.NewSecret(code), recoveryOrg, recoveryUser)
		for how, typed := range map[string]string{
			"lower case":       strings.ToLower(code),
			"no hyphens":       strings.ReplaceAll(code, "-", ""),
			"blanks":           " " + strings.ReplaceAll(code, "-", " ") + " ",
			"O for 0":          strings.ReplaceAll(code, "0", "o"),
			"I for 1":          strings.ReplaceAll(code, "1", "I"),
			"l for 1":          strings.ReplaceAll(code, "1", "l"),
			"a hyphen between": strings.Join(strings.Split(code, ""), "-"),
		} {
			if got := maker.Hash(domain.NewSecret(typed), recoveryOrg, recoveryUser); !got.Equal(want) {
				t.Errorf("%s: %q and %q differ", how, code, typed)
			}
		}
	}
}

func recoveryHashesDiffer(t *testing.T, maker port.RecoveryCodeMaker) {
	code := maker.New()
	seen := map[domain.TokenHash]string{}
	for what, hash := range map[string]domain.TokenHash{
		"the code":             maker.Hash(code, recoveryOrg, recoveryUser),
		"another code":         maker.Hash(maker.New(), recoveryOrg, recoveryUser),
		"another account":      maker.Hash(code, recoveryOrg, domain.UserID(recoveryOrg)),
		"another org":          maker.Hash(code, domain.OrgID(recoveryUser), recoveryUser),
		"org and account swap": maker.Hash(code, domain.OrgID(recoveryUser), domain.UserID(recoveryOrg)),
		"parts run together":   maker.Hash(code, recoveryOrg+domain.OrgID(recoveryUser), ""),
		"no code":              maker.Hash(domain.Secret{}, recoveryOrg, recoveryUser),
	} {
		if twin, found := seen[hash]; found || hash == "" {
			t.Errorf("%s hashes like %s: %q", what, twin, hash)
		}
		seen[hash] = what
	}
}

func recoveryHashHides(t *testing.T, maker port.RecoveryCodeMaker) {
	code := domain.CanonicalRecoveryCode(maker.New().Reveal())
	if hash := maker.Hash(domain.NewSecret(code), recoveryOrg, recoveryUser); strings.Contains(string(hash), code) {
		t.Errorf("the hash shows the code: %s", hash)
	}
}

func recoveryImported(t *testing.T, maker port.RecoveryCodeMaker) {
	digestOf := func(code string) []byte {
		digest := sha256.Sum256([]byte(code))
		return digest[:]
	}
	digest := digestOf("LU2345ZX")
	want := maker.HashImported(digest, recoveryOrg, recoveryUser)
	for _, typed := range []string{"LU2345ZX", "LU23-45ZX", "lu23 45zx ", "ＬＵ２３－４５ＺＸ"} {
		if got := maker.Hash(domain.NewSecret(typed), recoveryOrg, recoveryUser); !got.Equal(want) {
			t.Errorf("%q has another hash", typed)
		}
	}
	for what, hash := range map[string]domain.TokenHash{
		"another code":    maker.HashImported(digestOf("LU2345ZY"), recoveryOrg, recoveryUser),
		"another account": maker.HashImported(digest, recoveryOrg, domain.UserID(recoveryOrg)),
		"another org":     maker.HashImported(digest, domain.OrgID(recoveryUser), recoveryUser),
		"the digest":      maker.Hash(domain.NewSecret(string(digest)), recoveryOrg, recoveryUser),
	} {
		if hash.Equal(want) {
			t.Errorf("%s has the same hash", what)
		}
	}
}
