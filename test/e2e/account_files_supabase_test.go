package e2e

import (
	"bytes"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/accountfile"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// supabaseTables are the columns of Supabase's tables that matter, with the types that they have there.
const supabaseTables = `
CREATE SCHEMA auth;
CREATE TABLE auth.users (instance_id uuid, id uuid PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
	encrypted_password varchar(255), email_confirmed_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb,
	raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz, banned_until timestamptz,
	is_sso_user boolean NOT NULL DEFAULT false, deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false, phone text);
CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn', 'phone');
CREATE TYPE auth.factor_status AS ENUM ('unverified', 'verified');
CREATE TABLE auth.mfa_factors (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users, factor_type auth.factor_type NOT NULL,
	status auth.factor_status NOT NULL, created_at timestamptz NOT NULL, secret text);
INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, banned_until)
VALUES
	('11111111-1111-4111-8111-111111111111', 'ada@supabase.example', '$2a$10$aHF7mbpWT6tZ7PJVtwtjNelaKbszikcYBCB2jibvbFcGFmOsu/s4K',
		'2024-01-01 10:00:00.5+02', '{"provider": "email", "providers": ["email", "github"]}',
		'{"full_name": "Ada \"Countess\" Lovelace,\nof Ockham"}',
		'2024-01-01 09:00:00.123456+02', NULL),
	('22222222-2222-4222-8222-222222222222', 'ben@supabase.example', NULL, NULL, NULL, NULL, '2024-01-02', 'infinity');
INSERT INTO auth.mfa_factors VALUES
	('33333333-3333-4333-8333-333333333333', '11111111-1111-4111-8111-111111111111', 'totp', 'unverified', '2024-02-01', 'MFRGGZDFMZTWQ2LK'),
	('44444444-4444-4444-8444-444444444444', '11111111-1111-4111-8111-111111111111', 'totp', 'verified', '2024-02-02', 'JBSWY3DPEHPK3PXP');`

// supabaseQuery is the query of docs/importing-formats.md, in the command of psql.
var supabaseQuery = regexp.MustCompile(`(?m)^\\copy \((SELECT .*)\) TO 'supabase.csv' WITH \(FORMAT csv, HEADER\)$`)

func TestUsersOfSupabaseAreCopiedFromPostgreSQL(t *testing.T) {
	t.Parallel()
	database, _ := onServers.URLs(t)
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), supabaseTables)
	require.NoError(t, err)
	document, err := os.ReadFile("../../docs/importing-formats.md")
	require.NoError(t, err)
	query := supabaseQuery.FindSubmatch(document)
	require.NotNil(t, query, "docs/importing-formats.md has the query")
	var file bytes.Buffer
	_, err = conn.PgConn().CopyTo(t.Context(), &file, "COPY ("+string(query[1])+") TO STDOUT WITH (FORMAT csv, HEADER)")
	require.NoError(t, err)

	var read []domain.ImportedAccount
	for _, format := range accountfile.Formats(time.Now) {
		if format.Name() != "supabase" {
			continue
		}
		source, err := format.Open(&file, port.AccountFileOptions{})
		require.NoError(t, err)
		for account, err := range source.Accounts(t.Context()) {
			require.NoError(t, err)
			require.Empty(t, account.Faults)
			read = append(read, account)
		}
	}
	require.Len(t, read, 2)
	ada, ben := read[0], read[1]
	require.Equal(t, `Ada "Countess" Lovelace, of Ockham`, ada.FullName)
	require.Equal(t, "Hello!\xde\xad\xbe\xef", string(ada.TOTPSecret), "of the verified factor")
	require.Equal(t, time.Date(2024, 1, 1, 7, 0, 0, 123456000, time.UTC), ada.CreatedAt)
	require.NotEmpty(t, ada.Password)
	require.Equal(t, []string{"the links to the identity providers github are left behind"}, ada.Notes)
	require.Empty(t, ben.Password)
	require.True(t, ben.Suspended)
}
