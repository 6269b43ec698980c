-- +goose Up

-- What the files of an org take is summed up from the index alone.
CREATE INDEX files_usage ON files (org_id, size);

-- +goose Down
DROP INDEX files_usage;
