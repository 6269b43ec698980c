-- +goose Up

-- A stamp is a random number that is replaced at each change of a row. A replica that has cached the account and the org of a
-- session compares their stamps at each request. Stamps are random instead of counted, because a database restored from a
-- backup could count to the same number with other contents. This migration adds the stamps of orgs, and the next one those of
-- accounts. The service uses them when both exist.

-- in_turns executes statements that lock tables, for a migration that changes the tables afterwards. If another transaction holds
-- a lock, in_turns releases its own locks and starts again, so that no unit of work waits long for the migration.
-- +goose StatementBegin
CREATE FUNCTION in_turns(locks text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR attempt IN 1..600 LOOP
        BEGIN
            SET LOCAL lock_timeout = '200ms';
            EXECUTE locks;
            SET LOCAL lock_timeout = 0;
            RETURN;
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected THEN PERFORM pg_sleep(random() * 0.2);
        END;
    END LOOP;
    RAISE EXCEPTION 'the tables are locked by other transactions: end them, or migrate again later';
END $$;
-- +goose StatementEnd

-- Orgs are locked first, because a unit of work that changes settings or roles has locked its org before.
SELECT in_turns('LOCK TABLE orgs IN ACCESS EXCLUSIVE MODE; LOCK TABLE org_settings, roles IN SHARE ROW EXCLUSIVE MODE');

-- All existing rows get the same stamp as a constant default, so that the table is not rewritten. The constant is random, so that
-- it differs each time this migration runs.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER TABLE orgs ADD COLUMN stamp bigint NOT NULL DEFAULT %s', (random() * 9007199254740992)::bigint);
    ALTER TABLE orgs ALTER COLUMN stamp SET DEFAULT (random() * 9007199254740992)::bigint;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION set_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.stamp := (random() * 9007199254740992)::bigint;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stamp BEFORE UPDATE ON orgs FOR EACH ROW EXECUTE FUNCTION set_stamp();

-- The function replaces the stamp of the org that the changed row belongs to. It skips an org that the same transaction has already
-- written, because its stamp is new. If the org has been deleted too, there is nothing to do. If row level security hides it, the
-- function fails, because the stamp would stay the same.
-- +goose StatementBegin
CREATE FUNCTION stamp_org() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    UPDATE orgs SET stamp = DEFAULT WHERE id = changed.org_id AND xmin <> pg_current_xact_id()::xid;
    IF NOT FOUND AND row_security_active('orgs') AND current_setting('sole.org_id', true) IS DISTINCT FROM changed.org_id::text THEN
        RAISE EXCEPTION 'the org of the changed row is hidden: set sole.org_id to it';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.org_id <> NEW.org_id THEN
        UPDATE orgs SET stamp = DEFAULT WHERE id = OLD.org_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON org_settings FOR EACH ROW EXECUTE FUNCTION stamp_org();
-- An insert needs no new stamp, because no account has the role yet.
CREATE TRIGGER stamp AFTER UPDATE OR DELETE ON roles FOR EACH ROW EXECUTE FUNCTION stamp_org();

-- TRUNCATE runs no triggers for rows, so this trigger replaces the stamps of all orgs.
-- Roles cannot be truncated without user_roles.
-- +goose StatementBegin
CREATE FUNCTION stamp_orgs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF row_security_active('orgs') THEN
        RAISE EXCEPTION 'the orgs are hidden: truncate % as a login that bypasses row level security', TG_TABLE_NAME;
    END IF;
    UPDATE orgs SET stamp = DEFAULT;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stamp_truncate AFTER TRUNCATE ON org_settings FOR EACH STATEMENT EXECUTE FUNCTION stamp_orgs();

-- +goose Down
SELECT in_turns('LOCK TABLE orgs, org_settings, roles IN ACCESS EXCLUSIVE MODE');
DROP TRIGGER stamp_truncate ON org_settings;
DROP FUNCTION stamp_orgs();
DROP TRIGGER stamp ON roles;
DROP TRIGGER stamp ON org_settings;
DROP TRIGGER stamp ON orgs;
DROP FUNCTION stamp_org();
DROP FUNCTION set_stamp();
DROP FUNCTION in_turns(text);
ALTER TABLE orgs DROP COLUMN stamp;
