-- +goose Up

-- The total size of the files of an org can be read from the index alone.
CREATE INDEX files_usage ON files (org_id, size);

-- +goose Down
DROP INDEX files_usage;
