-- +goose Up

-- Which org the actor of an event belongs to, when it is another: a platform operator's.
ALTER TABLE audit_events ADD COLUMN actor_org_id TEXT;

-- A list by one of these walks its own index, newest first, whatever else the org did.
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, org_id, at DESC, id DESC);
CREATE INDEX audit_events_by_resource ON audit_events (resource_id, org_id, at DESC, id DESC);
CREATE INDEX audit_events_by_name ON audit_events (name, org_id, at DESC, id DESC);

-- The few suspended orgs among many.
CREATE INDEX orgs_by_status ON orgs (status, id);

-- +goose Down
DROP INDEX orgs_by_status;
DROP INDEX audit_events_by_name;
DROP INDEX audit_events_by_resource;
DROP INDEX audit_events_by_actor;
ALTER TABLE audit_events DROP COLUMN actor_org_id;
