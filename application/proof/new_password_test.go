package proof_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

var (
	zoe  = domain.User{Email: "zoe.miller@example.org", FullName: "Zoë Miller"}
	acme = domain.Org{Name: "Acme Rockets", Slug: "acme"}
)

// countingHasher stores passwords unchanged and counts its calls.
type countingHasher struct {
	hashed, verified int
	err              error
}

func (h *countingHasher) Hash(_ context.Context, password domain.Secret) (domain.PasswordHash, error) {
	h.hashed++
	return domain.PasswordHash("hash of " + password.Reveal()), h.err
}

func (h *countingHasher) Verify(_ context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	h.verified++
	return string(hash) == "hash of "+password.Reveal(), false, h.err
}

// judgeSaying always returns the same verdict and records its arguments.
type judgeSaying struct {
	verdict port.PasswordVerdict
	known   []string
	asked   int
}

func (j *judgeSaying) Judge(_ domain.Secret, known []string) port.PasswordVerdict {
	j.asked++
	j.known = known
	return j.verdict
}

func hash(n proof.NewPassword, password string, current domain.PasswordHash) (domain.PasswordHash, error) {
	owner := proof.PasswordOwner{User: zoe, Org: acme, Settings: domain.OrgSettings{PasswordMinLength: 10}}
	owner.User.Password = current
	return n.Hash(context.Background(), domain.NewSecret(password), owner)
}

// requireFaults demands one field per reason, and no word of the password.
func requireFaults(t *testing.T, err error, password string, reasons ...string) {
	t.Helper()
	failure, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, domain.CodeInvalid, failure.Code)
	require.Len(t, failure.Fields, len(reasons), "%v", failure.Fields)
	for i, reason := range reasons {
		require.Equal(t, "new_password", failure.Fields[i].Field)
		require.Contains(t, failure.Fields[i].Message, reason)
		require.NotContains(t, failure.Fields[i].Message, password)
	}
	require.NotContains(t, failure.Message, password)
}

func TestGoodPasswordsAreHashed(t *testing.T) {
	for name, password := range map[string]string{
		"words": "correct horse battery staple", "as long as the org's minimum": "qzv8 jw3mk",
		"64 characters": strings.Repeat("qzv8 jw3mk", 7)[:64],
		"128 emoji":     strings.Repeat("🔑李🗝é🌍ñ🚲ß", 16), "1,024 bytes": strings.Repeat("qzv8jw3m", 128),
		"Cyrillic": "пароль из разных слов", "score 2": "member 18 apple",
	} {
		t.Run(name, func(t *testing.T) {
			hasher := &countingHasher{}
			got, err := hash(proof.NewPassword{Hasher: hasher, Judge: zxcvbn.Judge{}}, password, "hash of another")
			require.NoError(t, err)
			require.Equal(t, domain.PasswordHash("hash of "+password), got)
			require.Equal(t, 1, hasher.verified)
		})
	}
}

func TestEachRefusedPasswordHasItsReasons(t *testing.T) {
	for _, c := range []struct {
		password string
		reasons  []string
	}{
		{"sunshine!2026", []string{"one of the common passwords"}},
		{"p@ssw0rdp@ssw0rd", []string{"harder to guess: Repeats"}},
		{"aaaaaaaaaaaa", []string{"harder to guess: Repeats"}},
		{"🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", []string{"harder to guess: Repeats"}},
		{"qzv8 jw3m", []string{"at least 10 characters"}},
		{"iloveyou", []string{"at least 10 characters", "one of the common passwords"}},
		{"Miller!", []string{"at least 10 characters", "the person's name", "harder to guess"}},
		{"acme-rockets-wyq", []string{"the organisation's short name", "the organisation's name"}},
		{"", []string{"at least 10 characters", "harder to guess"}},
		{strings.Repeat("qzv8jw3m", 129), []string{"at most 1024 bytes"}},
	} {
		t.Run(c.password[:min(len(c.password), 20)], func(t *testing.T) {
			hasher := &countingHasher{}
			_, err := hash(proof.NewPassword{Hasher: hasher, Judge: zxcvbn.Judge{}}, c.password, "hash of another")
			if c.password == "" {
				c.password = "\x00nothing"
			}
			requireFaults(t, err, c.password, c.reasons...)
			require.Equal(t, countingHasher{}, *hasher, "a cheap check comes before any hash")
		})
	}
}

func TestTheServersMinimumLengthApplies(t *testing.T) {
	n := proof.NewPassword{Hasher: &countingHasher{}, Judge: zxcvbn.Judge{}, Limits: domain.ServerLimits{PasswordMinLength: 20}}
	_, err := hash(n, "correct horse", "")
	requireFaults(t, err, "correct horse", "at least 20 characters")
}

func TestTheCurrentPasswordIsRefused(t *testing.T) {
	hasher := &countingHasher{}
	n := proof.NewPassword{Hasher: hasher, Judge: zxcvbn.Judge{}}
	_, err := hash(n, "correct horse battery", "hash of correct horse battery")
	requireFaults(t, err, "correct horse battery", "must differ from the current password")
	require.Zero(t, hasher.hashed)

	_, err = hash(n, "correct horse battery", "")
	require.NoError(t, err)
	require.Equal(t, 1, hasher.verified, "without a current one there is nothing to compare")
}

func TestTheErrorOfABusyHasherIsReturned(t *testing.T) {
	n := proof.NewPassword{Hasher: &countingHasher{err: domain.ErrBusy}, Judge: zxcvbn.Judge{}}
	for _, current := range []domain.PasswordHash{"", "hash of another"} {
		_, err := hash(n, "correct horse battery", current)
		require.ErrorIs(t, err, domain.ErrBusy)
	}
}

func TestTheJudgesScoreDecides(t *testing.T) {
	for score, reasons := range [][]string{{"harder to guess: choose a longer one"}, {"harder to guess: choose a longer one"}, nil, nil, nil} {
		judge := &judgeSaying{verdict: port.PasswordVerdict{Score: score}}
		_, err := hash(proof.NewPassword{Hasher: &countingHasher{}, Judge: judge}, "correct horse battery", "")
		if reasons == nil {
			require.NoError(t, err, score)
			continue
		}
		requireFaults(t, err, "correct horse battery", reasons...)
	}
	judge := &judgeSaying{verdict: port.PasswordVerdict{Common: true, Score: 4}}
	_, err := hash(proof.NewPassword{Hasher: &countingHasher{}, Judge: judge}, "correct horse battery", "")
	requireFaults(t, err, "correct horse battery", "one of the common passwords")
}

func TestTheJudgeGetsTheWordsThatAnAttackerKnows(t *testing.T) {
	judge := &judgeSaying{verdict: port.PasswordVerdict{Score: 4}}
	n := proof.NewPassword{Hasher: &countingHasher{}, Judge: judge}
	_, err := hash(n, "correct horse battery", "")
	require.NoError(t, err)
	require.True(t, slices.Contains(judge.known, "zoe.miller") && slices.Contains(judge.known, "acme rockets"), "%q", judge.known)

	_, err = hash(n, strings.Repeat("x", domain.MaxPasswordBytes+1), "")
	require.Error(t, err)
	require.Equal(t, 1, judge.asked, "a password that is too long is not judged")
}
