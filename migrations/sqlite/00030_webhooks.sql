-- +goose Up

-- Endpoints to which the events of an org are sent. events is a list of names, or ["*"].
CREATE TABLE webhooks (
    org_id          TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id              TEXT NOT NULL,
    url             TEXT NOT NULL,
    events          TEXT NOT NULL,
    disabled        TEXT NOT NULL CHECK (disabled IN ('', 'disabled', 'gone')),
    secret          TEXT NOT NULL,
    previous_secret TEXT NOT NULL,
    previous_until  TEXT,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    version         INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;

-- Who sends now, and how the last attempts went.
CREATE TABLE webhook_circuits (
    org_id        TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    webhook_id    TEXT NOT NULL,
    claimed_at    TEXT,
    claimed_until TEXT,
    failures      INTEGER NOT NULL DEFAULT 0,
    paused_until  TEXT,
    PRIMARY KEY (org_id, webhook_id),
    FOREIGN KEY (org_id, webhook_id) REFERENCES webhooks (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The events that were and will be sent. A trigger removes the deliveries of a removed webhook.
CREATE TABLE webhook_deliveries (
    org_id       TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    webhook_id   TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    event        TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    due_at       TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    attempted_at TEXT,
    answer       INTEGER NOT NULL DEFAULT 0,
    failure      TEXT NOT NULL DEFAULT '',
    expires_at   TEXT NOT NULL, -- when the row is removed
    PRIMARY KEY (org_id, webhook_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_expiry ON webhook_deliveries (expires_at);

-- +goose StatementBegin
CREATE TRIGGER deliveries_of_removed_webhook AFTER DELETE ON webhooks BEGIN
    DELETE FROM webhook_deliveries WHERE org_id = OLD.org_id AND webhook_id = OLD.id;
END;
-- +goose StatementEnd

-- Each event is queued for the active webhooks that want it.
-- +goose StatementBegin
CREATE TRIGGER audit_event_is_queued AFTER INSERT ON audit_events BEGIN
    INSERT INTO webhook_deliveries (org_id, webhook_id, event_id, event, status, due_at, created_at, expires_at)
        SELECT w.org_id, w.id, NEW.id, NEW.name, 'pending', NEW.at, NEW.at,
            strftime('%Y-%m-%d %H:%M:%f000+00:00', NEW.at, '+33 days')
        FROM webhooks w WHERE w.org_id = NEW.org_id AND w.disabled = ''
            AND EXISTS (SELECT 1 FROM json_each(w.events) e WHERE e.value IN ('*', NEW.name));
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_event_is_queued;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_circuits;
DROP TABLE webhooks;
