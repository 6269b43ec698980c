package bunstore

// sqliteTenants are the tables whose rows belong to orgs, and the orgs themselves.
const sqliteTenants = `
	WITH tenant AS (
		SELECT t.name FROM pragma_table_list t
		WHERE t.schema = 'main' AND t.type = 'table' AND (t.name = 'orgs' OR EXISTS (SELECT 1 FROM pragma_table_info(t.name)
			WHERE name = 'org_id'))
	)`

var sqliteIsolation = []catalogueQuery{
	{claim: "the service's connections enforce foreign keys", remedy: "use a build of this service: it turns them on", query: `
		SELECT 'a connection', iif(foreign_keys = 1, '', 'does not') FROM pragma_foreign_keys`},
	{claim: foreignKeysClaim, remedy: foreignKeysRemedy, query: sqliteTenants + `
		SELECT t.name || ' to ' || k."table", CASE
			WHEN k."table" = 'orgs' AND group_concat(k."from") = 'org_id' THEN ''
			WHEN sum(k."from" = 'org_id' AND k."to" = 'org_id') = 1 THEN ''
			ELSE 'leaves the org out' END
		FROM tenant t, pragma_foreign_key_list(t.name) k GROUP BY t.name, k.id ORDER BY 1`},
	{claim: referencesClaim, remedy: referencesRemedy, query: sqliteTenants + `
		SELECT t.name || '.' || c.name, iif(EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name) k
			WHERE k."from" = c.name AND (k."table" = 'orgs') = (c.name = 'org_id')), '', 'has no foreign key')
		FROM tenant t, pragma_table_info(t.name) c
		WHERE c.name LIKE '%\_id' ESCAPE '\' AND t.name || '.' || c.name NOT IN ` + outliving + ` ORDER BY 1`},
	{claim: primaryKeysClaim, remedy: primaryKeysRemedy, query: sqliteTenants + `
		SELECT t.name, iif((SELECT c.name FROM pragma_table_info(t.name) c WHERE c.pk = 1) = iif(t.name = 'orgs', 'id', 'org_id'), '',
			'has a primary key that begins with something else, or none')
		FROM tenant t ORDER BY 1`},
	{claim: uniquenessClaim, remedy: uniquenessRemedy, query: sqliteTenants + `
		SELECT i.name, iif(EXISTS (SELECT 1 FROM pragma_index_info(i.name) c WHERE c.name = 'org_id'), '', 'leaves the org out')
		FROM tenant t, pragma_index_list(t.name) i WHERE i."unique" AND t.name <> 'orgs' ORDER BY 1`},
	{claim: tablesClaim, remedy: tablesRemedy, query: sqliteTenants + `
		SELECT t.name, iif(t.name IN ` + orgless +
		` OR t.name LIKE 'river\_%' ESCAPE '\' OR t.name IN (SELECT name FROM tenant), '', 'has no org_id')
		FROM pragma_table_list t WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1`},
	{claim: stampsClaim, remedy: stampsRemedy, query: `
		WITH stamped(name) AS (VALUES ('orgs_stamp_insert'), ('orgs_stamp_update'), ('org_settings_stamp_insert'), ('org_settings_stamp_update'),
			('org_settings_stamp_delete'), ('roles_stamp_update'), ('roles_stamp_delete'), ('users_stamp_insert'), ('users_stamp_update'),
			('user_roles_stamp_insert'), ('user_roles_stamp_update'), ('user_roles_stamp_delete'), ('authenticators_stamp_insert'),
			('authenticators_stamp_update'), ('authenticators_stamp_delete'), ('service_accounts_stamp_insert'), ('service_accounts_stamp_update'),
			('service_account_roles_stamp_insert'), ('service_account_roles_stamp_update'), ('service_account_roles_stamp_delete'))
		SELECT 'the trigger ' || s.name, iif(t.name IS NULL, 'is missing', '')
		FROM stamped s LEFT JOIN sqlite_schema t ON t.type = 'trigger' AND t.name = s.name ORDER BY 1`},
}
