package bunstore

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

// settingsRow holds the settings of an org as one JSON document. Every declared setting is written
// when the org is created and at each change, so that a new default of a later version applies to
// new orgs only. A setting that was declared after the last change is not in the document and has its
// default. A change keeps members that a later version has stored.
type settingsRow struct {
	bun.BaseModel `bun:"table:org_settings,alias:os"`

	OrgID         domain.OrgID `bun:",pk"`
	Document      settingsDocument
	PolicyVersion int64
	UpdatedAt     time.Time
}

func newSettingsRow(org domain.OrgID, s domain.OrgSettings) *settingsRow {
	return &settingsRow{OrgID: org, Document: settingsDocument(s), PolicyVersion: s.PolicyVersion, UpdatedAt: s.UpdatedAt}
}

func (r *settingsRow) settings() domain.OrgSettings {
	s := domain.OrgSettings(r.Document)
	s.PolicyVersion, s.UpdatedAt = r.PolicyVersion, r.UpdatedAt.UTC()
	return s
}

var declared = domain.Settings()

// settingsDocument converts the declared settings to and from JSON. The version and the time of the last change are in
// columns of their own.
type settingsDocument domain.OrgSettings

// Value implements driver.Valuer.
func (d settingsDocument) Value() (driver.Value, error) {
	values := map[string]any{}
	for _, setting := range declared {
		value := setting.Value.Pointer((*domain.OrgSettings)(&d))
		if actions, ok := value.(*[]domain.Action); ok && *actions == nil {
			value = []domain.Action{} // null would remove the setting from a SQLite document
		}
		values[setting.Name] = value
	}
	text, err := json.Marshal(values)
	return string(text), err
}

// Scan implements sql.Scanner.
func (d *settingsDocument) Scan(stored any) error {
	var text []byte
	switch stored := stored.(type) {
	case string:
		text = []byte(stored)
	case []byte:
		text = stored
	default:
		return fmt.Errorf("settings cannot be read from %T", stored)
	}
	s := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Time{})
	if err := readSettings(jsontext.NewDecoder(bytes.NewBuffer(text)), &s); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	*d = settingsDocument(s)
	return nil
}

// readSettings reads a JSON object token by token. Every request reads the settings, and this
// takes half the time of encoding/json.
func readSettings(decoder *jsontext.Decoder, s *domain.OrgSettings) error {
	if _, err := readToken(decoder, "{"); err != nil {
		return err
	}
	for decoder.PeekKind() == '"' {
		token, err := readToken(decoder, `"`)
		if err != nil {
			return err
		}
		name := token.String()
		i := slices.IndexFunc(declared, func(setting domain.Setting) bool { return setting.Name == name })
		if i < 0 {
			err = decoder.SkipValue()
		} else {
			err = readSetting(decoder, declared[i].Value.Pointer(s))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	_, err := readToken(decoder, "}")
	return err
}

// readSetting reads the next JSON value into the setting at pointer.
func readSetting(decoder *jsontext.Decoder, pointer any) error {
	switch value := pointer.(type) {
	case *bool:
		token, err := readToken(decoder, "tf")
		*value = token.Kind() == 't'
		return err
	case *int:
		token, err := readToken(decoder, "0")
		if err != nil {
			return err
		}
		number, err := token.Int()
		*value = int(number)
		return err
	case *string:
		token, err := readToken(decoder, `"`)
		*value = token.String()
		return err
	case *[]domain.Action:
		*value = nil
		token, err := readToken(decoder, "[")
		for err == nil && token.Kind() != ']' {
			if token, err = readToken(decoder, `"]`); err == nil && token.Kind() == '"' {
				*value = append(*value, domain.Action(token.String()))
			}
		}
		return err
	}
	return fmt.Errorf("no setting can be a %T", pointer)
}

// readToken reads a token that must be of one of the kinds.
func readToken(decoder *jsontext.Decoder, kinds string) (jsontext.Token, error) {
	token, err := decoder.ReadToken()
	if err == nil && strings.IndexByte(kinds, byte(token.Kind())) < 0 {
		err = fmt.Errorf("a token of kind %s is not expected here", token.Kind())
	}
	return token, err
}

// storedNumber is the SQL expression of a number in the document of a setting.
func storedNumber(setting string) string {
	return "CAST(os.document ->> '" + setting + "' AS integer)"
}

func (r orgs) Settings(ctx context.Context) (domain.OrgSettings, error) {
	var row settingsRow
	err := r.selects(&row).Scan(ctx)
	return row.settings(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) LockSettings(ctx context.Context) (domain.OrgSettings, error) {
	var row settingsRow
	err := r.locked(r.selects(&row)).Scan(ctx)
	return row.settings(), r.one(err, domain.ErrOrgNotFound)
}

// SaveSettings implements port.Orgs.
func (r orgs) SaveSettings(ctx context.Context, settings domain.OrgSettings) error {
	result, err := r.updates((*settingsRow)(nil)).Set("document = "+r.dialect.mergeJSON, settingsDocument(settings)).
		Set("policy_version = ?", settings.PolicyVersion).Set("updated_at = ?", settings.UpdatedAt).Exec(ctx)
	return r.changed(result, err, domain.ErrOrgNotFound)
}
