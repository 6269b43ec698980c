-- +goose Up

-- How many accounts of an org have password hashes of other systems, by scheme and cost. There is no row for an org without any.
-- Sign-ins with unknown addresses take as long as those of the members.
CREATE TABLE password_kinds (
    org_id   TEXT NOT NULL PRIMARY KEY REFERENCES orgs (id) ON DELETE CASCADE,
    document TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE password_kinds;
