-- +goose Up

-- The audit log has partitions on PostgreSQL only.
SELECT 1;

-- +goose Down
SELECT 1;
