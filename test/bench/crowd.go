package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// accountsPerOrg is how many accounts there are for each org in a database with more accounts than the members.
const accountsPerOrg = 10

// ordered is an id that is greater than those before, as ids of version 7 are.
const ordered = `('01a00000-0000-7000-8000-' || lpad(to_hex(row_number() OVER ()), 12, '0'))`

// copies are what a crowd consists of. Each query returns what is changed in a copy of a row, and the row.
var copies = []struct{ into, query string }{
	{"orgs", `SELECT jsonb_build_object('id', ` + ordered + `, 'slug', 'org-' || n), o FROM orgs o, generate_series(1, $orgs) n
		WHERE o.id = $org`},
	{"org_settings", `SELECT jsonb_build_object('org_id', o.id), s FROM orgs o, org_settings s WHERE s.org_id = $org AND o.id <> $org`},
	{"roles", `SELECT jsonb_build_object('org_id', o.id, 'id', ` + ordered + `), r FROM orgs o, roles r
		WHERE r.org_id = $org AND r.name IN ('owner', 'member') AND o.id <> $org`},
	{"users", `SELECT jsonb_build_object('org_id', o.id, 'id', ` + ordered + `), u FROM orgs o, users u
		WHERE u.org_id = $org AND u.email = 'owner@example.org' AND o.id <> $org`},
	{"users", `SELECT jsonb_build_object('id', ` + ordered + `, 'full_name', 'Member ' || n, 'email', 'member' || n || '@example.org',
		'email_key', 'member' || n || '@example.org', 'status', CASE n % 10 WHEN 0 THEN 'suspended' ELSE 'active' END), u
		FROM users u, generate_series($members, $accounts - 1) n WHERE u.org_id = $org AND u.id = $member`},
	{"sessions", `SELECT jsonb_build_object('org_id', u.org_id, 'id', ` + ordered + `, 'user_id', u.id), s FROM users u, sessions s
		WHERE s.org_id = $org AND s.user_id = $member AND u.id <> $member`},
}

// links give the accounts of a crowd a role and the words by which they are found.
var links = []string{
	`INSERT INTO user_roles (org_id, user_id, role_id) SELECT u.org_id, u.id, r.id
		FROM users u JOIN roles r ON r.org_id = u.org_id AND r.name = CASE u.org_id WHEN $org THEN 'member' ELSE 'owner' END
		ON CONFLICT DO NOTHING`,
	`INSERT INTO user_words (org_id, word, user_id) SELECT u.org_id, word, u.id
		FROM users u, unnest(ARRAY['member', 'example', 'org', split_part(u.email, '@', 1), split_part(u.full_name, ' ', 2)]) word
		WHERE u.full_name LIKE 'Member %' ON CONFLICT DO NOTHING`,
}

// crowd fills the database with more accounts, each with a session, up to a number, and with other orgs, each with an
// owner. It copies the rows of a member.
func (w *world) crowd(ctx context.Context, accounts int) error {
	values := strings.NewReplacer(
		"$orgs", strconv.Itoa(accounts/accountsPerOrg), "$org", "'"+string(w.config.DefaultOrgID)+"'",
		"$members", strconv.Itoa(len(w.members)), "$member", "'"+string(w.members[0].id)+"'", "$accounts", strconv.Itoa(accounts))
	// What is written holds together, and needs to survive no crash.
	statements := []string{"SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'"}
	for _, c := range copies {
		// jsonb_populate_record keeps the columns that it is not given.
		insert := `INSERT INTO %[1]s SELECT filled.* FROM (%[2]s) AS source (changes, original),
			LATERAL jsonb_populate_record(source.original::%[1]s, source.changes) AS filled ON CONFLICT DO NOTHING`
		statements = append(statements, fmt.Sprintf(insert, c.into, values.Replace(c.query)))
	}
	for _, link := range links {
		statements = append(statements, values.Replace(link))
	}
	return w.execute(ctx, statements...)
}
