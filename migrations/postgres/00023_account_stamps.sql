-- +goose Up

-- The stamps of accounts work like those of orgs in the previous migration. Accounts are locked first, because a unit of work that
-- changes roles or authenticators of an account reads the account first.
SELECT in_turns('LOCK TABLE users IN ACCESS EXCLUSIVE MODE; LOCK TABLE user_roles, authenticators IN SHARE ROW EXCLUSIVE MODE');
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER TABLE users ADD COLUMN stamp bigint NOT NULL DEFAULT %s', (random() * 9007199254740992)::bigint);
    ALTER TABLE users ALTER COLUMN stamp SET DEFAULT (random() * 9007199254740992)::bigint;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stamp BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_stamp();

-- +goose StatementBegin
CREATE FUNCTION stamp_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    UPDATE users SET stamp = DEFAULT
        WHERE org_id = changed.org_id AND id = changed.user_id AND xmin <> pg_current_xact_id()::xid;
    IF NOT FOUND AND row_security_active('users') AND current_setting('sole.org_id', true) IS DISTINCT FROM changed.org_id::text THEN
        RAISE EXCEPTION 'the account of the changed row is hidden: set sole.org_id to its org';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.org_id, OLD.user_id) IS DISTINCT FROM (NEW.org_id, NEW.user_id) THEN
        UPDATE users SET stamp = DEFAULT WHERE org_id = OLD.org_id AND id = OLD.user_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON user_roles FOR EACH ROW EXECUTE FUNCTION stamp_account();
-- Only enrolled authenticators are factors. A use of one changes only its counter, which needs no new stamp.
CREATE TRIGGER stamp_insert AFTER INSERT ON authenticators FOR EACH ROW
    WHEN (NEW.enrolled_at IS NOT NULL) EXECUTE FUNCTION stamp_account();
CREATE TRIGGER stamp_update AFTER UPDATE ON authenticators FOR EACH ROW
    WHEN ((OLD.org_id, OLD.id, OLD.user_id, OLD.kind, OLD.enrolled_at)
        IS DISTINCT FROM (NEW.org_id, NEW.id, NEW.user_id, NEW.kind, NEW.enrolled_at)) EXECUTE FUNCTION stamp_account();
CREATE TRIGGER stamp_delete AFTER DELETE ON authenticators FOR EACH ROW
    WHEN (OLD.enrolled_at IS NOT NULL) EXECUTE FUNCTION stamp_account();
CREATE TRIGGER stamp_truncate AFTER TRUNCATE ON user_roles FOR EACH STATEMENT EXECUTE FUNCTION stamp_orgs();
CREATE TRIGGER stamp_truncate AFTER TRUNCATE ON authenticators FOR EACH STATEMENT EXECUTE FUNCTION stamp_orgs();

-- +goose Down
SELECT in_turns('LOCK TABLE users, user_roles, authenticators IN ACCESS EXCLUSIVE MODE');
DROP TRIGGER stamp_truncate ON authenticators;
DROP TRIGGER stamp_truncate ON user_roles;
DROP TRIGGER stamp_delete ON authenticators;
DROP TRIGGER stamp_update ON authenticators;
DROP TRIGGER stamp_insert ON authenticators;
DROP TRIGGER stamp ON user_roles;
DROP TRIGGER stamp ON users;
DROP FUNCTION stamp_account();
ALTER TABLE users DROP COLUMN stamp;
