-- +goose Up

-- The keys of other deployments that sealed the audit log of an org before the org was imported. They verify the seals of that
-- org up to a number. They are not in signing_keys, whose keys verify access tokens.
CREATE TABLE seal_origins (
    org_id        TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    key           TEXT NOT NULL,
    former_org_id TEXT NOT NULL, -- the id of the org in the other deployment
    through       INTEGER NOT NULL CHECK (through > 0),
    public_pem    TEXT NOT NULL,
    PRIMARY KEY (org_id, key, former_org_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE seal_origins;
