package bunstore_test

import (
	"io"
	"math"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// countMessages forwards connections to the server of the DSN. It returns the DSN of the forwarder and the number of
// messages that clients sent. A client waits for an answer after each, so they are round trips.
func countMessages(t *testing.T, dsn string) (string, *atomic.Int64) {
	t.Helper()
	server, err := url.Parse(dsn)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	sent := &atomic.Int64{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server.Host)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() { _, _ = io.Copy(client, upstream) }()
			go func() {
				defer func() { _ = upstream.Close() }()
				_, _ = io.Copy(countingWriter{upstream, sent}, client)
			}()
		}
	}()
	counted := *server
	counted.Host = listener.Addr().String()
	return withOption(t, withOption(t, counted.String(), "pool_max_conns", "1"), "sslmode", "disable"), sent
}

// countingWriter has no ReadFrom, so that io.Copy writes each message by itself.
type countingWriter struct {
	io.Writer
	sent *atomic.Int64
}

func (w countingWriter) Write(message []byte) (int, error) {
	w.sent.Add(1)
	return w.Writer.Write(message)
}

func newSession(user domain.UserID, now time.Time) domain.Session {
	return domain.Session{ID: domain.SessionID(uuid.NewString()), User: user, AuthTime: now, CreatedAt: now, ExpiresAt: now}
}

// TestUnitsOfWorkTakeFewRoundTrips runs what a refresh and a sign-in do in the database.
func TestUnitsOfWorkTakeFewRoundTrips(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	who := signIn(t, postgres(t, dsn))
	counted, sent := countMessages(t, dsn)
	store := opened(t, counted, "")
	now := time.Now().UTC().Truncate(time.Microsecond)
	passkey := domain.Authenticator{ID: domain.AuthenticatorID(uuid.NewString()), User: who.user, Kind: domain.FactorPasskey, CreatedAt: now}
	require.NoError(t, store.InOrg(t.Context(), who.org, func(tx port.OrgTx) error {
		require.NoError(t, tx.Authenticators().SavePending(t.Context(), passkey))
		pending := passkey
		passkey.Handle = "a passkey"
		passkey.Confirm(0, now)
		return tx.Authenticators().Confirm(t.Context(), passkey, pending)
	}))
	for _, unit := range []struct {
		name       string
		roundTrips int64
		run        func(tx port.OrgTx) error
	}{
		{"no statement", 0, func(port.OrgTx) error { return nil }},
		{"a statement without a result", 1, func(tx port.OrgTx) error { return tx.Users().SignedIn(t.Context(), who.user, now) }},
		{"a statement with a result", 2, func(tx port.OrgTx) error {
			_, err := tx.Users().Standing(t.Context(), who.user)
			return err
		}},
		{"a refresh", 2, func(tx port.OrgTx) error {
			p, err := tx.Sessions().LockPrincipal(t.Context(), who.session)
			require.NoError(t, err)
			return tx.Sessions().Rotate(t.Context(), p.Session)
		}},
		{"the guess of a sign-in", 3, func(tx port.OrgTx) error {
			_, _, err := tx.Users().ForSignIn(t.Context(), "someone@example.org")
			require.NoError(t, err)
			key := uuid.NewString() // of a counter that is missing, as at most sign-ins
			attempts, _, err := tx.Attempts().LockAndGet(t.Context(), key, "code")
			require.NoError(t, err)
			attempts.Reserved++
			return tx.Attempts().Save(t.Context(), key, attempts)
		}},
		{"the session of a sign-in", 2, func(tx port.OrgTx) error {
			_, err := tx.Users().LockStanding(t.Context(), who.user)
			require.NoError(t, err)
			require.NoError(t, tx.Users().SignedIn(t.Context(), who.user, now))
			session := newSession(who.user, now)
			require.NoError(t, tx.Sessions().Insert(t.Context(), session))
			event := domain.Actor{User: who.user}.Did(domain.EventSignedIn, domain.OnSession(session.ID), nil)
			require.NoError(t, tx.Audit().Append(t.Context(), event.Stamp(uuid.NewString(), now)))
			return tx.Attempts().Succeed(t.Context(), "password")
		}},
		{"a sign-in with a passkey", 4, func(tx port.OrgTx) error {
			_, p, err := tx.Authenticators().LockStanding(t.Context(), domain.FactorPasskey, passkey.Handle)
			require.NoError(t, err)
			_, _, err = tx.Attempts().LockAndGet(t.Context(), "code", "password")
			require.NoError(t, err)
			require.NoError(t, tx.Authenticators().Use(t.Context(), domain.AuthenticatorUse{User: p.User.ID, ID: passkey.ID, At: now}))
			require.NoError(t, tx.Users().SignedIn(t.Context(), p.User.ID, now))
			return tx.Sessions().Insert(t.Context(), newSession(p.User.ID, now))
		}},
	} {
		require.NoError(t, store.InOrg(t.Context(), who.org, unit.run), unit.name) // opens the connection and adds missing rows
		// A busy machine can split a message, or let the pool ask whether the connection still works.
		fewest := int64(math.MaxInt64)
		for range 3 {
			before := sent.Load()
			require.NoError(t, store.InOrg(t.Context(), who.org, unit.run), unit.name)
			fewest = min(fewest, sent.Load()-before)
		}
		require.Equal(t, unit.roundTrips, fewest, unit.name)
	}
}
