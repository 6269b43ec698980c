-- +goose Up

-- The events that wait for a seal. A trigger adds every inserted event.
CREATE TABLE audit_waiting (
    org_id   uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    event_id uuid NOT NULL,
    turn     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, event_id)
);

-- The signed seals, one chain per org. They are kept when old events are removed.
CREATE TABLE audit_seals (
    org_id    uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    number    bigint NOT NULL CHECK (number > 0),
    first     bigint NOT NULL CHECK (first > 0),
    events    integer NOT NULL CHECK (events > 0),
    sealed_at timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    token     text NOT NULL,
    PRIMARY KEY (org_id, number)
);

-- The position of a sealed event, and the salts of its personal fields. There is no foreign
-- key to the event or the seal, so that a deleted one can be detected.
CREATE TABLE audit_proofs (
    org_id   uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    position bigint NOT NULL CHECK (position > 0),
    event_id uuid NOT NULL,
    seal     bigint NOT NULL,
    salt     text NOT NULL,
    fields   jsonb NOT NULL,
    PRIMARY KEY (org_id, position)
);
CREATE UNIQUE INDEX audit_proofs_by_event ON audit_proofs (event_id, org_id);

INSERT INTO audit_waiting (org_id, event_id) SELECT org_id, id FROM audit_events;
-- +goose StatementBegin
CREATE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (org_id, event_id) VALUES (NEW.org_id, NEW.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_event_waits AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_event_waits();

-- +goose StatementBegin
DO $$
DECLARE
    tenant_table text;
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['audit_waiting', 'audit_seals', 'audit_proofs'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_org ON %I USING (%s) WITH CHECK (%s)', tenant_table, own_org, own_org);
    END LOOP;
END $$;
-- +goose StatementEnd

-- The door 'audit' finds the orgs with events to seal or to remove.
CREATE POLICY audit ON audit_waiting FOR SELECT USING (current_setting('sole.door', true) = 'audit');
CREATE POLICY audit ON audit_seals FOR SELECT USING (current_setting('sole.door', true) = 'audit');
CREATE POLICY audit ON audit_proofs FOR SELECT USING (current_setting('sole.door', true) = 'audit');
CREATE POLICY audit ON org_settings FOR SELECT USING (current_setting('sole.door', true) = 'audit');

-- Events can be removed only through the door 'expire', if they are sealed and older than the
-- retention of their org. Personal fields can be replaced only through the door 'erase'.
CREATE POLICY expire ON audit_events AS RESTRICTIVE FOR DELETE USING (
    current_setting('sole.door', true) = 'expire'
    AND EXISTS (SELECT FROM audit_proofs p WHERE p.org_id = audit_events.org_id AND p.event_id = audit_events.id)
    AND EXISTS (SELECT FROM org_settings s WHERE s.org_id = audit_events.org_id AND s.audit_log_retention_days > 0
                AND audit_events.at < now() - make_interval(days => s.audit_log_retention_days)));
CREATE POLICY erase ON audit_events AS RESTRICTIVE FOR UPDATE USING (current_setting('sole.door', true) = 'erase');
CREATE POLICY expire ON audit_proofs AS RESTRICTIVE FOR DELETE USING (
    current_setting('sole.door', true) = 'expire'
    AND NOT EXISTS (SELECT FROM audit_events e WHERE e.org_id = audit_proofs.org_id AND e.id = audit_proofs.event_id));
CREATE POLICY erase ON audit_proofs AS RESTRICTIVE FOR UPDATE USING (current_setting('sole.door', true) = 'erase');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        GRANT DELETE, UPDATE (resource_id, details, address, user_agent) ON audit_events TO sole_app;
        GRANT SELECT, INSERT, DELETE ON audit_waiting TO sole_app;
        REVOKE UPDATE ON audit_waiting FROM sole_app;
        GRANT UPDATE (turn) ON audit_waiting TO sole_app;
        GRANT SELECT, INSERT ON audit_seals TO sole_app;
        REVOKE UPDATE, DELETE ON audit_seals FROM sole_app;
        GRANT SELECT, INSERT, DELETE ON audit_proofs TO sole_app;
        REVOKE UPDATE ON audit_proofs FROM sole_app;
        GRANT UPDATE (salt, fields) ON audit_proofs TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        REVOKE DELETE, UPDATE (resource_id, details, address, user_agent) ON audit_events FROM sole_app;
    END IF;
END $$;
-- +goose StatementEnd
DROP POLICY erase ON audit_events;
DROP POLICY expire ON audit_events;
DROP POLICY audit ON org_settings;
DROP TRIGGER audit_event_waits ON audit_events;
DROP FUNCTION audit_event_waits();
DROP POLICY expire ON audit_proofs;
DROP TABLE audit_proofs, audit_seals, audit_waiting;
