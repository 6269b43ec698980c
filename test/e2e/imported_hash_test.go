package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/inprocess"
)

// hashOfAnotherSystem is one line of the hashes that other implementations made.
type hashOfAnotherSystem struct {
	MadeBy   string `json:"made_by"`
	Stored   domain.PasswordHash
	Password string
}

// oneHashOfEachScheme returns the first hash of each scheme and version whose password can be sent.
func oneHashOfEachScheme(t *testing.T) (all []hashOfAnotherSystem) {
	t.Helper()
	file, err := os.Open("../../adapters/importedhash/testdata/hashes.ndjson")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	seen := map[string]bool{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var one hashOfAnotherSystem
		require.NoError(t, json.Unmarshal(lines.Bytes(), &one))
		scheme := strings.SplitN(string(one.Stored), "$", 3)[1]
		if strings.HasPrefix(scheme, "argon2") {
			scheme = string(one.Stored)[:len("$argon2id$v=16")]
		}
		if one.Password != "" && !seen[scheme] {
			seen[scheme] = true
			all = append(all, one)
		}
	}
	require.Len(t, all, 24, "every scheme, the letters of bcrypt and the versions of Argon2")
	return all
}

func TestPasswordsOfOtherSystemsSignInAndGetAHashOfOurs(t *testing.T) {
	t.Parallel()
	hashes := oneHashOfEachScheme(t)
	onEach(t, func(t *testing.T, s *service) {
		for i, hash := range hashes {
			address := fmt.Sprintf("moved%d@example.org", i)
			s.addMember(t, address, "temporary password", false)
			s.change(t, address, func(u *domain.User) { u.Password, u.PasswordChangedAt = hash.Stored, u.CreatedAt })
			refused := func() {
				s.post(t, "/auth/login", credentials(address, "not "+hash.Password)).is(401, "invalid_credentials")
			}
			if i%3 == 0 {
				refused()
			}
			s.post(t, "/auth/login", credentials(address, hash.Password)).is(200, "")
			s.inOrg(t, func(tx port.OrgTx) {
				user, err := tx.Users().ByEmail(t.Context(), domain.Email(address))
				require.NoError(t, err)
				require.Contains(t, string(user.Password), fmt.Sprintf("$argon2id$v=19$m=%d,", inprocess.Hashing.MemoryKiB), hash.MadeBy)
				require.NotContains(t, string(user.Password), "typed")
			})
			if i%3 == 1 {
				refused()
			}
			s.post(t, "/auth/login", credentials(address, hash.Password)).is(200, "")
		}
	})
}
