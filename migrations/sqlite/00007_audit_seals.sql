-- +goose Up

-- The events that wait for a seal. A trigger adds every inserted event.
CREATE TABLE audit_waiting (
    org_id   TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    turn     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, event_id)
) STRICT;

-- The signed seals, one chain per org. They are kept when old events are removed.
CREATE TABLE audit_seals (
    org_id    TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL CHECK (number > 0),
    first     INTEGER NOT NULL CHECK (first > 0),
    events    INTEGER NOT NULL CHECK (events > 0),
    sealed_at TEXT NOT NULL,
    until     TEXT NOT NULL,
    token     TEXT NOT NULL,
    PRIMARY KEY (org_id, number)
) STRICT;

-- The position of a sealed event, and the salts of its personal fields. There is no foreign
-- key to the event or the seal, so that a deleted one can be detected.
CREATE TABLE audit_proofs (
    org_id   TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position > 0),
    event_id TEXT NOT NULL,
    seal     INTEGER NOT NULL,
    salt     TEXT NOT NULL,
    fields   TEXT NOT NULL,
    PRIMARY KEY (org_id, position)
) STRICT;
CREATE UNIQUE INDEX audit_proofs_by_event ON audit_proofs (event_id, org_id);

INSERT INTO audit_waiting (org_id, event_id) SELECT org_id, id FROM audit_events;
-- +goose StatementBegin
CREATE TRIGGER audit_event_waits AFTER INSERT ON audit_events BEGIN
    INSERT INTO audit_waiting (org_id, event_id) VALUES (NEW.org_id, NEW.id);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_event_waits;
DROP TABLE audit_proofs;
DROP TABLE audit_seals;
DROP TABLE audit_waiting;
