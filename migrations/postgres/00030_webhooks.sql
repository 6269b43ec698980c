-- +goose Up

-- The foreign key locks orgs against writes until the migration ends.
SELECT in_turns('LOCK TABLE orgs IN SHARE ROW EXCLUSIVE MODE');

-- Endpoints to which the events of an org are sent. events is a list of names, or ["*"].
CREATE TABLE webhooks (
    org_id          uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id              uuid NOT NULL,
    url             text NOT NULL,
    events          jsonb NOT NULL,
    disabled        text NOT NULL CHECK (disabled IN ('', 'disabled', 'gone')),
    secret          text NOT NULL,
    previous_secret text NOT NULL,
    previous_until  timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    version         bigint NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- Who sends now, and how the last attempts went. This changes with each batch, so it is kept apart from the webhook, which each
-- audited write reads.
CREATE TABLE webhook_circuits (
    org_id        uuid NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    webhook_id    uuid NOT NULL,
    claimed_at    timestamptz,
    claimed_until timestamptz,
    failures      integer NOT NULL DEFAULT 0,
    paused_until  timestamptz,
    PRIMARY KEY (org_id, webhook_id),
    FOREIGN KEY (org_id, webhook_id) REFERENCES webhooks (org_id, id) ON DELETE CASCADE
);

-- The events that were and will be sent. A foreign key would lock the webhook at each audited write, so a trigger removes the
-- deliveries of a removed webhook. One that another transaction adds at the same time is never due, and expires.
CREATE TABLE webhook_deliveries (
    org_id       uuid NOT NULL,
    webhook_id   uuid NOT NULL,
    event_id     uuid NOT NULL,
    event        text NOT NULL,
    status       text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    attempted_at timestamptz,
    answer       integer NOT NULL DEFAULT 0,
    failure      text NOT NULL DEFAULT '',
    expires_at   timestamptz NOT NULL, -- when the row is removed
    PRIMARY KEY (org_id, webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_expiry ON webhook_deliveries (expires_at);

-- +goose StatementBegin
CREATE FUNCTION deliveries_of_removed_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM webhook_deliveries WHERE org_id = OLD.org_id AND webhook_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER deliveries_of_removed_webhook AFTER DELETE ON webhooks FOR EACH ROW EXECUTE FUNCTION deliveries_of_removed_webhook();

-- +goose StatementBegin
DO $$
DECLARE
    tenant_table text;
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['webhooks', 'webhook_circuits', 'webhook_deliveries'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_org ON %I USING (%s) WITH CHECK (%s)', tenant_table, own_org, own_org);
        EXECUTE format('CREATE POLICY webhooks ON %I FOR SELECT USING (current_setting(''sole.door'', true) = ''webhooks'')', tenant_table);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sole_app', tenant_table);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd
CREATE POLICY secrets ON webhooks FOR SELECT USING (current_setting('sole.door', true) = 'secrets');
CREATE POLICY sweep_select ON webhook_deliveries FOR SELECT USING (current_setting('sole.door', true) = 'sweep');
CREATE POLICY sweep_delete ON webhook_deliveries FOR DELETE USING (current_setting('sole.door', true) = 'sweep');

-- Each event is queued for the active webhooks that want it, by whatever appends it: also by older replicas. A delivery expires a
-- month after it was given up: an attempted one is given its own time.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (org_id, event_id) SELECT o.id, NEW.id FROM orgs o WHERE o.id = NEW.org_id;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'the org of the event does not exist';
    END IF;
    INSERT INTO webhook_deliveries (org_id, webhook_id, event_id, event, status, due_at, created_at, expires_at)
        SELECT w.org_id, w.id, NEW.id, NEW.name, 'pending', NEW.at, NEW.at, NEW.at + interval '33 days' FROM webhooks w
        WHERE w.org_id = NEW.org_id AND w.disabled = '' AND w.events ?| ARRAY['*', NEW.name];
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT in_turns('LOCK TABLE orgs, audit_events, webhooks, webhook_circuits, webhook_deliveries IN ACCESS EXCLUSIVE MODE');
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (org_id, event_id) SELECT o.id, NEW.id FROM orgs o WHERE o.id = NEW.org_id;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'the org of the event does not exist';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
DROP TABLE webhook_deliveries, webhook_circuits, webhooks;
DROP FUNCTION deliveries_of_removed_webhook();
