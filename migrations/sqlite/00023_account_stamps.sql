-- +goose Up

-- The stamps of accounts work like those of orgs in the previous migration.
ALTER TABLE users ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
UPDATE users SET stamp = random();

-- +goose StatementBegin
CREATE TRIGGER users_stamp_insert AFTER INSERT ON users WHEN NEW.stamp = 0 BEGIN
    UPDATE users SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_stamp_update AFTER UPDATE ON users WHEN NEW.stamp = OLD.stamp BEGIN
    UPDATE users SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER user_roles_stamp_insert AFTER INSERT ON user_roles BEGIN
    UPDATE users SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER user_roles_stamp_update AFTER UPDATE ON user_roles BEGIN
    UPDATE users SET stamp = random() WHERE (org_id, id) IN (VALUES (OLD.org_id, OLD.user_id), (NEW.org_id, NEW.user_id));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER user_roles_stamp_delete AFTER DELETE ON user_roles BEGIN
    UPDATE users SET stamp = random() WHERE org_id = OLD.org_id AND id = OLD.user_id;
END;
-- +goose StatementEnd
-- Only enrolled authenticators are factors. A use of one changes only its counter, which needs no new stamp.
-- +goose StatementBegin
CREATE TRIGGER authenticators_stamp_insert AFTER INSERT ON authenticators WHEN NEW.enrolled_at IS NOT NULL BEGIN
    UPDATE users SET stamp = random() WHERE org_id = NEW.org_id AND id = NEW.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER authenticators_stamp_update AFTER UPDATE ON authenticators
    WHEN (OLD.org_id, OLD.id, OLD.user_id, OLD.kind, OLD.enrolled_at) IS NOT (NEW.org_id, NEW.id, NEW.user_id, NEW.kind, NEW.enrolled_at)
BEGIN
    UPDATE users SET stamp = random() WHERE (org_id, id) IN (VALUES (OLD.org_id, OLD.user_id), (NEW.org_id, NEW.user_id));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER authenticators_stamp_delete AFTER DELETE ON authenticators WHEN OLD.enrolled_at IS NOT NULL BEGIN
    UPDATE users SET stamp = random() WHERE org_id = OLD.org_id AND id = OLD.user_id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER authenticators_stamp_delete;
DROP TRIGGER authenticators_stamp_update;
DROP TRIGGER authenticators_stamp_insert;
DROP TRIGGER user_roles_stamp_delete;
DROP TRIGGER user_roles_stamp_update;
DROP TRIGGER user_roles_stamp_insert;
DROP TRIGGER users_stamp_update;
DROP TRIGGER users_stamp_insert;
ALTER TABLE users DROP COLUMN stamp;
