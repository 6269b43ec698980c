package bunstore

const (
	boundClaim  = "the service's connections run as a role that row level security binds"
	boundRemedy = "GRANT sole_app TO the service's login (if it is missing, CREATE ROLE sole_app NOLOGIN, then `sole migrate up`)"
)

// tenants are the tables whose rows belong to orgs, and the orgs themselves. Partitions are listed too, with the
// name of the partitioned table as their kind.
const tenants = `
	WITH tenant AS (
		SELECT c.oid, c.relname::text AS name, coalesce(parent.relname, c.relname)::text AS kind, c.relrowsecurity, c.relforcerowsecurity
		FROM pg_class c LEFT JOIN (pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent) ON i.inhrelid = c.oid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND (c.relname = 'orgs'
			OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped))
	)`

var postgresIsolation = []catalogueQuery{
	{claim: boundClaim, remedy: boundRemedy, query: `
		SELECT 'the role ' || rolname, CASE WHEN rolsuper THEN 'is a superuser' WHEN rolbypassrls THEN 'may bypass it' ELSE '' END
		FROM pg_roles WHERE rolname IN (current_user, 'sole_app')`},
	{
		claim:  "the role that the connections set owns no table and is not a member of a role that owns one",
		remedy: "ALTER TABLE ... OWNER TO the login that migrates; REVOKE that login FROM sole_app",
		query: `
		SELECT c.relname, CASE WHEN pg_has_role(r.oid, c.relowner, 'MEMBER') THEN 'belongs to it' ELSE '' END
		FROM pg_class c, pg_roles r
		WHERE r.rolname = 'sole_app' AND c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
	},
	{
		claim:  "row level security is on and forced on every table whose rows belong to orgs",
		remedy: "ALTER TABLE ... ENABLE ROW LEVEL SECURITY; ALTER TABLE ... FORCE ROW LEVEL SECURITY",
		query: tenants + `
		SELECT name, CASE WHEN NOT relrowsecurity THEN 'has none' WHEN NOT relforcerowsecurity THEN 'does not force it on its owner' ELSE '' END
		FROM tenant ORDER BY 1`,
	},
	{
		claim:  "each of these tables has the policy that allows only the rows of the org that is set",
		remedy: "recreate the policy own_org as in the migrations",
		query: tenants + `
		SELECT name, CASE
			WHEN p.polname IS NULL THEN 'has no policy own_org'
			WHEN NOT (p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}') THEN 'has a policy own_org for only some commands or roles'
			WHEN pg_get_expr(p.polqual, p.polrelid) <> rule OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), rule) <> rule
				THEN 'has a policy own_org with another condition'
			ELSE '' END
		FROM (SELECT *, format('(%s = (NULLIF(current_setting(''sole.org_id''::text, true), ''''::text))::uuid)',
			CASE name WHEN 'orgs' THEN 'id' ELSE 'org_id' END) AS rule FROM tenant) t
		LEFT JOIN pg_policy p ON p.polrelid = t.oid AND p.polname = 'own_org' ORDER BY 1`,
	},
	{
		claim:  "every other policy applies only while the unit of work has named its door",
		remedy: "DROP POLICY, or recreate it with current_setting('sole.door', true) = '...' as its condition",
		query: `
		SELECT p.polname || ' on ' || c.relname, CASE WHEN EXISTS (
				SELECT FROM (VALUES (p.polqual, p.polcmd <> 'a'), (p.polwithcheck, p.polcmd = 'a' OR p.polwithcheck IS NOT NULL)) e(rule, asked)
				WHERE asked AND coalesce(pg_get_expr(rule, p.polrelid), 'true') !~
					'^\(?\(current_setting\(''sole\.door''::text, true\) = ''[a-z_]+''::text\)( AND .*\))?$'
				   OR pg_get_expr(rule, p.polrelid) ~ '\mOR\M')
			THEN 'applies without a door' ELSE '' END
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
		WHERE c.relnamespace = current_schema()::regnamespace AND p.polpermissive AND p.polname <> 'own_org' ORDER BY 1`,
	},
	{claim: foreignKeysClaim, remedy: foreignKeysRemedy, query: tenants + `
		SELECT k.conname || ' of ' || t.name, CASE
			WHEN k.confrelid = 'orgs'::regclass AND ` + columnsOf("k.conkey", "k.conrelid") + ` = '{org_id}' THEN ''
			WHEN EXISTS (SELECT FROM unnest(k.conkey, k.confkey) pair(here, there)
				JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = here AND h.attname = 'org_id'
				JOIN pg_attribute o ON o.attrelid = k.confrelid AND o.attnum = there AND o.attname = 'org_id') THEN ''
			ELSE 'leaves the org out' END
		FROM pg_constraint k JOIN tenant t ON t.oid = k.conrelid WHERE k.contype = 'f' ORDER BY 1`},
	{claim: referencesClaim, remedy: referencesRemedy, query: tenants + `
		SELECT t.name || '.' || a.attname, CASE
			WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'f' AND k.convalidated AND a.attnum = ANY (k.conkey)
				AND (k.confrelid = 'orgs'::regclass) = (a.attname = 'org_id')) THEN ''
			ELSE 'has no foreign key' END
		FROM tenant t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE a.attname LIKE '%\_id' AND t.kind || '.' || a.attname NOT IN ` + outliving + `
			AND t.kind || '.' || a.attname NOT IN ` + unreferenced + ` ORDER BY 1`},
	{claim: primaryKeysClaim, remedy: primaryKeysRemedy, query: tenants + `
		SELECT t.name, CASE
			WHEN k.conkey IS NULL THEN 'has no primary key'
			WHEN (` + columnsOf("k.conkey", "k.conrelid") + `)[1] = CASE t.name WHEN 'orgs' THEN 'id' ELSE 'org_id' END THEN ''
			ELSE 'has a primary key that begins with something else' END
		FROM tenant t LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p' ORDER BY 1`},
	{claim: uniquenessClaim, remedy: uniquenessRemedy, query: tenants + `
		SELECT i.indexrelid::regclass::text, CASE WHEN ` + columnsOf("i.indkey::int2[]", "i.indrelid") +
		` @> '{org_id}' THEN '' ELSE 'leaves the org out' END
		FROM pg_index i JOIN tenant t ON t.oid = i.indrelid WHERE i.indisunique AND t.name <> 'orgs' ORDER BY 1`},
	{claim: tablesClaim, remedy: tablesRemedy, query: tenants + `
		SELECT c.relname, CASE WHEN c.relname IN ` + orgless +
		` OR c.relname LIKE 'river\_%' OR c.oid IN (SELECT oid FROM tenant) THEN '' ELSE 'has no org_id' END
		FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'm', 'v', 'f') ORDER BY 1`},
	{claim: stampsClaim, remedy: stampsRemedy, query: `
		SELECT name || ' on ' || stamped,
			CASE WHEN t.oid IS NULL THEN 'is missing' WHEN t.tgenabled NOT IN ('O', 'A') THEN 'is disabled' ELSE '' END
		FROM (VALUES ('orgs', 'stamp'), ('org_settings', 'stamp'), ('roles', 'stamp'), ('users', 'stamp'), ('user_roles', 'stamp'),
			('authenticators', 'stamp_insert'), ('authenticators', 'stamp_update'), ('authenticators', 'stamp_delete'),
			('service_accounts', 'stamp'), ('service_account_roles', 'stamp'), ('org_settings', 'stamp_truncate'), ('user_roles', 'stamp_truncate'),
			('authenticators', 'stamp_truncate'), ('service_account_roles', 'stamp_truncate')) AS s (stamped, name)
		LEFT JOIN pg_trigger t ON t.tgrelid = stamped::regclass AND t.tgname = name ORDER BY 1`},
}

// unreferenced are the columns without a foreign key to orgs, because that key would lock the org at each audited write. Row level
// security already restricts these rows to the current org, and the service never deletes an org.
const unreferenced = `('audit_events.org_id', 'audit_waiting.org_id', 'audit_proofs.org_id', 'webhook_deliveries.org_id')`

// columnsOf returns the expression for the names of numbered columns of a table, in their order.
func columnsOf(numbers, table string) string {
	return `(SELECT array_agg(a.attname::text ORDER BY n.place) FROM unnest(` + numbers + `) WITH ORDINALITY n(number, place)
		JOIN pg_attribute a ON a.attrelid = ` + table + ` AND a.attnum = n.number)`
}
