package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestNoSecretIsInALogOrADump collects every secret of a sign-in, a step-up and a change of
// password. None may be in the log or in the database.
func TestNoSecretIsInALogOrADump(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		secrets := append([]string{who.password, who.secret, who.access, who.refresh}, who.recoveryCodes...)
		keep := func(text string) string {
			secrets = append(secrets, text)
			return text
		}
		challenge := keep(s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("challenge.token"))
		proof := map[string]any{"challenge_token": challenge, "code": s.code(t, who.secret, 0), "remember_device": true}
		signedIn := s.post(t, "/auth/login/mfa", proof).is(200, "")
		keep(signedIn.text("device_token"))
		keep(signedIn.text("tokens.access_token"))
		keep(signedIn.text("tokens.refresh_token"))
		s.clock.Advance(30 * time.Second)
		next := s.post(t, "/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(200, "")
		keep(next.text("refresh_token"))
		token := keep(s.stepUp(t, who, "recovery_codes.regenerate"))
		regenerated := s.as(t, who.with("X-Step-Up-Token", token), "POST", "/me/mfa/recovery-codes", nil).is(200, "")
		for _, code := range texts(regenerated.at("recovery_codes")) {
			keep(code)
		}
		s.post(t, "/auth/login", credentials(who.email, keep("a wrong but secret guess"))).is(401, "invalid_credentials")
		change := map[string]any{"current_password": who.password, "new_password": keep("an entirely new phrase")}
		s.as(t, who, "POST", "/me/password", change).is(200, "")

		log, dump := s.log.String(), s.dump(t)
		require.Contains(t, dump, who.email, "the dump has the data")
		for _, secret := range secrets {
			for _, form := range []string{secret, strings.ToLower(secret), strings.ReplaceAll(secret, "-", "")} {
				require.NotContains(t, log, form)
				require.False(t, strings.Contains(dump, form), "stored in clear: %.4s...", form)
			}
		}
	})
}

// dump returns everything in the database, as text or bytes.
func (s *service) dump(t *testing.T) string {
	t.Helper()
	if path, embedded := strings.CutPrefix(s.app.Config.DatabaseURL, "sqlite://"); embedded {
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		journal, err := os.ReadFile(path + "-wal")
		require.NoError(t, err)
		return string(file) + string(journal)
	}
	conn, err := pgx.Connect(t.Context(), s.app.Config.DatabaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	tables, err := conn.Query(t.Context(), "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'")
	require.NoError(t, err)
	names, err := pgx.CollectRows(tables, pgx.RowTo[string])
	require.NoError(t, err)
	var dump strings.Builder
	for _, name := range names {
		rows, err := conn.Query(t.Context(), "SELECT t::text FROM "+name+" AS t")
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		dump.WriteString(strings.Join(lines, "\n"))
	}
	return dump.String()
}
