-- Fills an empty, migrated database with rows as the service writes them: with the same lengths, with ids by time, and with the orgs
-- mixed. Triggers are off, so that each table contains only what this script inserts. The numbers of rows come from growth.* settings.
SET session_replication_role = replica;
SET synchronous_commit = off;

-- RFC 9562 UUID version 7 of a time, as the service makes ids.
CREATE FUNCTION pg_temp.id_at(at timestamptz) RETURNS uuid LANGUAGE sql AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid
    FROM (SELECT md5(random()::text) AS r) made
$$;
-- A SHA-256 or a 256-bit token in base64url: 43 characters.
CREATE FUNCTION pg_temp.token() RETURNS text LANGUAGE sql AS $$
    SELECT substr(translate(encode(sha256(random()::text::bytea), 'base64'), '+/', '-_'), 1, 43)
$$;
CREATE FUNCTION pg_temp.setting(name text) RETURNS int LANGUAGE sql AS $$ SELECT current_setting('growth.' || name)::int $$;

CREATE TEMP TABLE made_orgs AS
    SELECT n, pg_temp.id_at(now() - interval '2 years' + n * interval '1 minute') AS id FROM generate_series(0, pg_temp.setting('orgs') - 1) n;
CREATE UNIQUE INDEX ON made_orgs (n);
ANALYZE made_orgs;

INSERT INTO orgs (id, name, slug, status, platform, created_at, updated_at, version)
    SELECT id, 'Customer Company ' || n, 'customer-company-' || n, 'active', false, now(), now(), 1 FROM made_orgs;
INSERT INTO org_settings (org_id, policy_version, updated_at, document)
    SELECT id, 1, now(), '{"default_locale": "en", "allow_profile_edit": true, "require_two_factor": false, "password_min_length": 12,
        "mfa_required_actions": [], "remember_device_days": 30, "allow_user_data_export": true, "session_timeout_minutes": 30,
        "audit_log_retention_days": 180, "inactive_user_retention_days": 0}' FROM made_orgs;
INSERT INTO roles (org_id, id, name, description, system, granted, created_at, version)
    SELECT id, pg_temp.id_at(now()), named, '', true, '[]', now(), 1 FROM made_orgs, unnest(ARRAY['owner', 'admin', 'auditor', 'member']) named;

CREATE TEMP TABLE made_users AS
    SELECT u.n, o.id AS org, pg_temp.id_at(at) AS id, at, r.id AS role
    FROM (SELECT n, abs(hashint4(n)) % pg_temp.setting('orgs') AS org, now() - interval '2 years' + n * interval '10 seconds' AS at
          FROM generate_series(0, pg_temp.setting('accounts') - 1) n) u
    JOIN made_orgs o ON o.n = u.org JOIN roles r ON r.org_id = o.id AND r.name = 'member' ORDER BY u.n;
CREATE UNIQUE INDEX ON made_users (n);
ANALYZE made_users;

INSERT INTO users (org_id, id, email, email_key, full_name, status, password_hash, must_change_password, password_changed_at, last_sign_in_at,
        created_at, updated_at, version)
    SELECT org, id, address, address, 'Firstname Lastname' || n % 1000, 'active', '$argon2id$v=19$m=19456,t=2,p=1$swFR8baEyKB3HCau2MoPKA$' || pg_temp.token(),
        false, at, at, at, at, 1
    FROM (SELECT *, 'firstname.l' || n || '@company.example' AS address FROM made_users ORDER BY n) u;
INSERT INTO user_roles (org_id, user_id, role_id) SELECT org, id, role FROM made_users ORDER BY n;
INSERT INTO user_words (org_id, word, user_id)
    SELECT org, word, id FROM made_users, unnest(ARRAY['firstname', 'l' || n, 'company', 'example', 'lastname' || n % 1000]) word ORDER BY n;
INSERT INTO authenticators (org_id, user_id, secret, enrolled_at, counter, pending_by, id, kind, name, handle, data, created_at, last_used_at)
    SELECT org, id, 'dc8aa39c.gAAAAA' || repeat(pg_temp.token(), 4) || repeat('x', 44), at, 59000000, '', id, 'totp', '', '', '', at, at
    FROM made_users WHERE n % 5 = 0 ORDER BY n;
INSERT INTO recovery_codes (org_id, user_id, hash) SELECT org, id, pg_temp.token() FROM made_users, generate_series(1, 10) WHERE n % 5 = 0 ORDER BY n;
INSERT INTO devices (org_id, id, user_id, name, token_hash, skips, address, created_at, last_used_at, expires_at, end_reason, spent)
    SELECT org, pg_temp.id_at(at), id, 'Chrome on Windows', pg_temp.token(), 3, '203.0.113.120', at, at, at, '', '[]'
    FROM made_users WHERE n % 5 = 0 ORDER BY n;

INSERT INTO sessions (org_id, id, user_id, amr, auth_time, created_at, last_seen_at, expires_at, ended_at, end_reason, address, user_agent,
        family_hash, current_hash, spent)
    SELECT u.org, pg_temp.id_at(s.at), u.id, '["pwd"]', s.at, s.at, s.at, s.at + interval '7 days', NULL, '', '203.0.113.120',
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
        pg_temp.token(), pg_temp.token(), jsonb_build_array(jsonb_build_object('hash', pg_temp.token(), 'at', s.at, 'next', pg_temp.token()))
    FROM (SELECT abs(hashint4(n + 7)) % pg_temp.setting('accounts') AS who, now() - interval '30 days' + n * interval '1 second' AS at
          FROM generate_series(1, pg_temp.setting('sessions')) n) s
    JOIN made_users u ON u.n = s.who ORDER BY s.at;

CREATE TEMP TABLE made_events AS
    SELECT row_number() OVER (ORDER BY e.at) AS n, u.org, u.id AS account, pg_temp.id_at(e.at) AS id, e.at
    FROM (SELECT abs(hashint4(n + 11)) % pg_temp.setting('accounts') AS who, now() - interval '30 days' + n * interval '1 second' AS at
          FROM generate_series(1, pg_temp.setting('events')) n) e
    JOIN made_users u ON u.n = e.who;
INSERT INTO audit_events (org_id, id, at, name, outcome, actor_id, resource_type, resource_id, details, address, user_agent, request_id)
    SELECT org, id, at, CASE n % 10 WHEN 0 THEN 'account.profile_updated' WHEN 1 THEN 'session.sign_in_refused' ELSE 'session.signed_in' END, 'success',
        account, 'account', account::text, '{"amr": "pwd", "outcome": "authenticated"}', '203.0.113.120',
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36', id::text
    FROM made_events ORDER BY n;
INSERT INTO audit_proofs (org_id, position, event_id, seal, salt, fields)
    SELECT org, row_number() OVER (PARTITION BY org ORDER BY n), id, 1, substr(pg_temp.token(), 1, 22), '{}' FROM made_events ORDER BY n;
-- A seal of one event, which is most of them where an org has few events a minute.
INSERT INTO audit_seals (org_id, number, first, events, sealed_at, until, token)
    SELECT org, n, n, 1, at, at, (SELECT string_agg(pg_temp.token(), '') FROM generate_series(1, 22 + n::int % 2)) FROM made_events WHERE n % 4 = 0 ORDER BY n;
INSERT INTO attempts (org_id, key, failures, window_end, locked_until, reserved, reserved_till)
    SELECT org, 'password:' || id, 1, at, NULL, 0, at FROM made_users WHERE n % 10 = 0 ORDER BY n;
