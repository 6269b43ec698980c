-- +goose Up

-- The foreign keys of events, waiting events and proofs to orgs lock the row of the org at each audited write, and take a third
-- of the time of the insert. This migration replaces them by two triggers: one refuses an event of an unknown org, and one deletes
-- the audit log of an org that an administrator deletes. The service itself never deletes an org.
SELECT in_turns('LOCK TABLE orgs, audit_events, audit_waiting, audit_proofs IN ACCESS EXCLUSIVE MODE');
ALTER TABLE audit_events DROP CONSTRAINT audit_events_org_id_fkey;
ALTER TABLE audit_waiting DROP CONSTRAINT audit_waiting_org_id_fkey;
ALTER TABLE audit_proofs DROP CONSTRAINT audit_proofs_org_id_fkey;
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
-- +goose StatementBegin
CREATE FUNCTION audit_of_deleted_org() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM audit_events WHERE org_id = OLD.id;
    DELETE FROM audit_waiting WHERE org_id = OLD.id;
    DELETE FROM audit_proofs WHERE org_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_of_deleted_org AFTER DELETE ON orgs FOR EACH ROW EXECUTE FUNCTION audit_of_deleted_org();

-- +goose Down
SELECT in_turns('LOCK TABLE orgs, audit_events, audit_waiting, audit_proofs IN ACCESS EXCLUSIVE MODE');
DROP TRIGGER audit_of_deleted_org ON orgs;
DROP FUNCTION audit_of_deleted_org();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (org_id, event_id) VALUES (NEW.org_id, NEW.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
ALTER TABLE audit_events ADD CONSTRAINT audit_events_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE;
ALTER TABLE audit_waiting ADD CONSTRAINT audit_waiting_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE;
ALTER TABLE audit_proofs ADD CONSTRAINT audit_proofs_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE;
