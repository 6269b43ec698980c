-- +goose Up

-- A stamp is a random number that is replaced at each change of a row. A process that has cached the account and the org of a
-- session compares their stamps at each request. Stamps are random instead of counted, because a database restored from a
-- backup could count to the same number with other contents. This migration adds the stamps of orgs, and the next one those of
-- accounts. The service uses them when both exist.
ALTER TABLE orgs ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
UPDATE orgs SET stamp = random();

-- +goose StatementBegin
CREATE TRIGGER orgs_stamp_insert AFTER INSERT ON orgs WHEN NEW.stamp = 0 BEGIN
    UPDATE orgs SET stamp = random() WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER orgs_stamp_update AFTER UPDATE ON orgs WHEN NEW.stamp = OLD.stamp BEGIN
    UPDATE orgs SET stamp = random() WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER org_settings_stamp_insert AFTER INSERT ON org_settings BEGIN
    UPDATE orgs SET stamp = random() WHERE id = NEW.org_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER org_settings_stamp_update AFTER UPDATE ON org_settings BEGIN
    UPDATE orgs SET stamp = random() WHERE id IN (OLD.org_id, NEW.org_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER org_settings_stamp_delete AFTER DELETE ON org_settings BEGIN
    UPDATE orgs SET stamp = random() WHERE id = OLD.org_id;
END;
-- +goose StatementEnd
-- An insert needs no new stamp, because no account has the role yet.
-- +goose StatementBegin
CREATE TRIGGER roles_stamp_update AFTER UPDATE ON roles BEGIN
    UPDATE orgs SET stamp = random() WHERE id IN (OLD.org_id, NEW.org_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roles_stamp_delete AFTER DELETE ON roles BEGIN
    UPDATE orgs SET stamp = random() WHERE id = OLD.org_id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER roles_stamp_delete;
DROP TRIGGER roles_stamp_update;
DROP TRIGGER org_settings_stamp_delete;
DROP TRIGGER org_settings_stamp_update;
DROP TRIGGER org_settings_stamp_insert;
DROP TRIGGER orgs_stamp_update;
DROP TRIGGER orgs_stamp_insert;
ALTER TABLE orgs DROP COLUMN stamp;
