-- +goose Up

-- The org of the actor of an event, if it is another one: that of a platform operator.
ALTER TABLE audit_events ADD COLUMN actor_org_id TEXT;

-- A list that is filtered by one of these columns uses its own index, newest first.
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, org_id, at DESC, id DESC);
CREATE INDEX audit_events_by_resource ON audit_events (resource_id, org_id, at DESC, id DESC);
CREATE INDEX audit_events_by_name ON audit_events (name, org_id, at DESC, id DESC);

-- The suspended orgs, which are few.
CREATE INDEX orgs_by_status ON orgs (status, id);

-- +goose Down
DROP INDEX orgs_by_status;
DROP INDEX audit_events_by_name;
DROP INDEX audit_events_by_resource;
DROP INDEX audit_events_by_actor;
ALTER TABLE audit_events DROP COLUMN actor_org_id;
