package bootstrap

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReplicasShareANameAndDeploymentsDoNot: what one process may have otherwise, such as a
// login, makes no difference.
func TestReplicasShareANameAndDeploymentsDoNot(t *testing.T) {
	one := Config{Issuer: "https://id.example.org", DatabaseURL: "postgres://sole:one@db:5432/sole"}
	require.Regexp(t, `^sole-[0-9a-f]{12}$`, one.deployment())
	replica := Config{Issuer: "https://id.example.org", DatabaseURL: "postgresql://other:two@db:5432/sole?pool_max_conns=3"}
	require.Equal(t, one.deployment(), replica.deployment())
	names := map[string]bool{one.deployment(): true}
	others := []Config{
		{Issuer: "https://login.example.org", DatabaseURL: one.DatabaseURL},
		{Issuer: one.Issuer, DatabaseURL: "postgres://sole:one@db:5432/another"},
		{Issuer: one.Issuer, DatabaseURL: "postgres://sole:one@other:5432/sole"},
		{Issuer: one.Issuer, DatabaseURL: "sqlite://./data/sole.db"},
		{Issuer: one.Issuer, DatabaseURL: "sqlite:///var/sole.db"},
	}
	for _, other := range others {
		names[other.deployment()] = true
	}
	require.Len(t, names, 1+len(others))
}
