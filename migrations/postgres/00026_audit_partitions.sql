-- +goose NO TRANSACTION
-- +goose Up

-- audit_events gets a partition for each month, so that a whole month can be dropped. Ids begin with the time of the event; the
-- partitions are ranges of ids, so the primary key stays (org_id, id). The existing table becomes the first partition, up to the end
-- of next month, and is not rewritten. Older replicas can write while this migration runs.

-- Returns the lowest id of an event at a time.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_event_id_at(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;
-- +goose StatementEnd

-- The check proves that all existing events belong to the first partition. Its validation reads the table and blocks no reader or
-- writer.
-- +goose StatementBegin
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = 'audit_events'::regclass) = 'r' THEN
        PERFORM in_turns('LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
        ALTER TABLE audit_events DROP CONSTRAINT IF EXISTS audit_events_before;
        EXECUTE format('ALTER TABLE audit_events ADD CONSTRAINT audit_events_before CHECK (id < %L) NOT VALID',
            audit_event_id_at((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months') AT TIME ZONE 'UTC'));
    END IF;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = 'audit_events'::regclass) = 'r' THEN
        ALTER TABLE audit_events VALIDATE CONSTRAINT audit_events_before;
    END IF;
END $$;
-- +goose StatementEnd

-- Adds a partition, and moves the rows of the default partition that belong to it. Only the owner of the tables has access to the
-- partition itself. Forced row level security also binds the owner, so it is not forced while rows are moved.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_add_partition(partition name, first uuid, beyond uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE audit_events INCLUDING DEFAULTS INCLUDING INDEXES)', partition);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('CREATE POLICY own_org ON %I USING (%s) WITH CHECK (%s)', partition, own_org, own_org);
    EXECUTE format('CREATE POLICY expire ON %I AS RESTRICTIVE FOR DELETE USING (false)', partition);
    EXECUTE format('CREATE POLICY erase ON %I AS RESTRICTIVE FOR UPDATE USING (false)', partition);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        EXECUTE format('REVOKE ALL ON %I FROM sole_app', partition);
    END IF;
    IF first IS NULL THEN
        EXECUTE format('ALTER TABLE audit_events ATTACH PARTITION %I DEFAULT', partition);
    ELSE
        ALTER TABLE audit_events_default NO FORCE ROW LEVEL SECURITY;
        PERFORM set_config('row_security', 'off', true); -- a statement that would miss rows fails
        EXECUTE format('WITH moved AS (DELETE FROM audit_events_default WHERE id >= $1 AND id < $2 RETURNING *)
            INSERT INTO %I SELECT * FROM moved', partition) USING first, beyond;
        PERFORM set_config('row_security', 'on', true);
        ALTER TABLE audit_events_default FORCE ROW LEVEL SECURITY;
        EXECUTE format('ALTER TABLE audit_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, first, beyond);
    END IF;
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition);
END $$;
-- +goose StatementEnd

-- Returns the partitions, except the default one, with their ranges of ids: from first (NULL: the lowest id) up to, but not
-- including, beyond.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_partitions() RETURNS TABLE (partition name, first uuid, beyond uuid) LANGUAGE sql STABLE AS $$
    SELECT c.relname, substring(b.bounds FROM 'FROM \(''([^'']+)''\)')::uuid, substring(b.bounds FROM 'TO \(''([^'']+)''\)')::uuid
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) AS b(bounds)
    WHERE i.inhparent = 'audit_events'::regclass AND b.bounds <> 'DEFAULT'
$$;
-- +goose StatementEnd

-- Adds the partitions of this month and of the next three, where they are missing, and returns how many.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_add_partitions() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '1s' AS $$
DECLARE
    added integer := 0;
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    starts uuid;
BEGIN
    LOCK TABLE audit_events IN SHARE UPDATE EXCLUSIVE MODE; -- one call at a time; it blocks no reader and no writer
    FOR ahead IN 0..3 LOOP
        starts := audit_event_id_at((month + ahead * interval '1 month') AT TIME ZONE 'UTC');
        IF NOT EXISTS (SELECT FROM audit_partitions() p WHERE p.beyond > starts AND (p.first IS NULL OR p.first <= starts)) THEN
            PERFORM audit_add_partition(to_char(month + ahead * interval '1 month', '"audit_events_"YYYY_MM')::name, starts,
                audit_event_id_at((month + (ahead + 1) * interval '1 month') AT TIME ZONE 'UTC'));
            added := added + 1;
        END IF;
    END LOOP;
    RETURN added;
END $$;
-- +goose StatementEnd

-- Drops one empty partition of past months, and returns its name, or NULL if there is none. It locks the table only for a partition
-- of whose ids there is no proof and no event that waits for a seal, and which was vacuumed after its events were removed: before, it
-- would take long to find out that the partition is empty.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_drop_partition() RETURNS name LANGUAGE plpgsql SECURITY DEFINER
    SET lock_timeout = '1s' AS $$
DECLARE
    old record;
    used boolean;
BEGIN
    PERFORM set_config('sole.door', 'audit', true);
    FOR old IN SELECT * FROM audit_partitions() p WHERE p.beyond < audit_event_id_at(now())
               AND NOT EXISTS (SELECT FROM audit_proofs WHERE event_id < p.beyond AND (p.first IS NULL OR event_id >= p.first))
               AND NOT EXISTS (SELECT FROM audit_waiting WHERE event_id < p.beyond AND (p.first IS NULL OR event_id >= p.first))
               AND pg_stat_get_dead_tuples(format('%I', p.partition)::regclass) < 10000 LOOP
        LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', old.partition);
        PERFORM set_config('row_security', 'off', true); -- a query that would miss rows fails
        EXECUTE format('SELECT EXISTS (SELECT FROM (SELECT FROM %I ORDER BY org_id, id LIMIT 1) e)', old.partition) INTO used; -- by the index
        PERFORM set_config('row_security', 'on', true);
        IF NOT used THEN
            EXECUTE format('DROP TABLE %I', old.partition);
            RETURN old.partition;
        END IF;
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', old.partition);
    END LOOP;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
    helper text;
    beyond text;
BEGIN
    FOREACH helper IN ARRAY ARRAY['audit_add_partition(name, uuid, uuid)', 'audit_partitions()', 'audit_add_partitions()', 'audit_drop_partition()'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path TO %I, pg_temp', helper, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', helper);
    END LOOP;
    IF (SELECT relkind FROM pg_class WHERE oid = 'audit_events'::regclass) = 'p' THEN
        RETURN;
    END IF;

    PERFORM in_turns('LOCK TABLE audit_events, audit_proofs IN ACCESS EXCLUSIVE MODE');
    beyond := substring((SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'audit_events'::regclass AND conname = 'audit_events_before') FROM '''([0-9a-f-]+)''');
    DROP TRIGGER audit_event_waits ON audit_events;
    DROP POLICY expire ON audit_proofs;
    ALTER TABLE audit_events RENAME TO audit_events_before;
    ALTER INDEX audit_events_pkey RENAME TO audit_events_before_pkey;
    ALTER INDEX audit_events_by_time RENAME TO audit_events_before_by_time;
    ALTER INDEX audit_events_by_actor RENAME TO audit_events_before_by_actor;
    ALTER INDEX audit_events_by_resource RENAME TO audit_events_before_by_resource;
    ALTER INDEX audit_events_by_name RENAME TO audit_events_before_by_name;

    CREATE TABLE audit_events (LIKE audit_events_before INCLUDING DEFAULTS) PARTITION BY RANGE (id);
    ALTER TABLE audit_events ADD CONSTRAINT audit_events_pkey PRIMARY KEY (org_id, id);
    CREATE INDEX audit_events_by_time ON audit_events (org_id, at DESC, id DESC);
    CREATE INDEX audit_events_by_actor ON audit_events (actor_id, org_id, at DESC, id DESC);
    CREATE INDEX audit_events_by_resource ON audit_events (resource_id, org_id, at DESC, id DESC);
    CREATE INDEX audit_events_by_name ON audit_events (name, org_id, at DESC, id DESC);
    CREATE TRIGGER audit_event_waits AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_event_waits();
    ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
    ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY own_org ON audit_events USING (%s) WITH CHECK (%s)', own_org, own_org);
    CREATE POLICY expire ON audit_events AS RESTRICTIVE FOR DELETE USING (
        current_setting('sole.door', true) = 'expire'
        AND EXISTS (SELECT FROM audit_proofs p WHERE p.org_id = audit_events.org_id AND p.event_id = audit_events.id)
        AND EXISTS (SELECT FROM org_settings s WHERE s.org_id = audit_events.org_id AND (s.document ->> 'audit_log_retention_days')::integer > 0
                    AND audit_events.at < now() - make_interval(days => (s.document ->> 'audit_log_retention_days')::integer)));
    CREATE POLICY erase ON audit_events AS RESTRICTIVE FOR UPDATE USING (current_setting('sole.door', true) = 'erase');
    CREATE POLICY expire ON audit_proofs AS RESTRICTIVE FOR DELETE USING (
        current_setting('sole.door', true) = 'expire'
        AND NOT EXISTS (SELECT FROM audit_events e WHERE e.org_id = audit_proofs.org_id AND e.id = audit_proofs.event_id));

    EXECUTE format('ALTER TABLE audit_events ATTACH PARTITION audit_events_before FOR VALUES FROM (MINVALUE) TO (%L)', beyond);
    ALTER TABLE audit_events_before DROP CONSTRAINT audit_events_before;
    PERFORM audit_add_partition('audit_events_default', NULL, NULL);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        REVOKE ALL ON audit_events, audit_events_before FROM sole_app;
        GRANT SELECT, INSERT, DELETE, UPDATE (resource_id, details, address, user_agent) ON audit_events TO sole_app;
        GRANT EXECUTE ON FUNCTION audit_add_partitions(), audit_drop_partition() TO sole_app;
    END IF;
    PERFORM audit_add_partitions();
END $$;
-- +goose StatementEnd

-- +goose Down

-- All events are copied.
-- +goose StatementBegin
DO $$
DECLARE
    own_org constant text := 'org_id = NULLIF(current_setting(''sole.org_id'', true), '''')::uuid';
BEGIN
    PERFORM in_turns('LOCK TABLE audit_events, audit_proofs IN ACCESS EXCLUSIVE MODE');
    ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY;
    PERFORM set_config('row_security', 'off', true);
    CREATE TABLE audit_events_plain (LIKE audit_events INCLUDING DEFAULTS);
    INSERT INTO audit_events_plain SELECT * FROM audit_events;
    PERFORM set_config('row_security', 'on', true);
    DROP POLICY expire ON audit_proofs;
    DROP TABLE audit_events;
    ALTER TABLE audit_events_plain RENAME TO audit_events;
    ALTER TABLE audit_events ADD CONSTRAINT audit_events_pkey PRIMARY KEY (org_id, id);
    CREATE INDEX audit_events_by_time ON audit_events (org_id, at DESC, id DESC);
    CREATE INDEX audit_events_by_actor ON audit_events (actor_id, org_id, at DESC, id DESC);
    CREATE INDEX audit_events_by_resource ON audit_events (resource_id, org_id, at DESC, id DESC);
    CREATE INDEX audit_events_by_name ON audit_events (name, org_id, at DESC, id DESC);
    CREATE TRIGGER audit_event_waits AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_event_waits();
    ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
    ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY own_org ON audit_events USING (%s) WITH CHECK (%s)', own_org, own_org);
    CREATE POLICY expire ON audit_events AS RESTRICTIVE FOR DELETE USING (
        current_setting('sole.door', true) = 'expire'
        AND EXISTS (SELECT FROM audit_proofs p WHERE p.org_id = audit_events.org_id AND p.event_id = audit_events.id)
        AND EXISTS (SELECT FROM org_settings s WHERE s.org_id = audit_events.org_id AND (s.document ->> 'audit_log_retention_days')::integer > 0
                    AND audit_events.at < now() - make_interval(days => (s.document ->> 'audit_log_retention_days')::integer)));
    CREATE POLICY erase ON audit_events AS RESTRICTIVE FOR UPDATE USING (current_setting('sole.door', true) = 'erase');
    CREATE POLICY expire ON audit_proofs AS RESTRICTIVE FOR DELETE USING (
        current_setting('sole.door', true) = 'expire'
        AND NOT EXISTS (SELECT FROM audit_events e WHERE e.org_id = audit_proofs.org_id AND e.id = audit_proofs.event_id));
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sole_app') THEN
        REVOKE ALL ON audit_events FROM sole_app;
        GRANT SELECT, INSERT, DELETE, UPDATE (resource_id, details, address, user_agent) ON audit_events TO sole_app;
    END IF;
END $$;
-- +goose StatementEnd
DROP FUNCTION audit_drop_partition(), audit_add_partitions(), audit_partitions(), audit_add_partition(name, uuid, uuid);
DROP FUNCTION audit_event_id_at(timestamptz);
