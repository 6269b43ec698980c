package orgtransfer

import (
	"encoding/base64"
	"errors"
	"io"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// check compares a row with the ones before it, and changes it to what is stored here. keep is false for a row that is not
// taken along.
func (x *examination) check(section port.OrgSection, row port.OrgRow) (keep bool, err error) {
	switch section {
	case sectionHeader:
		return false, x.begin(row)
	case sectionContents:
		return false, x.piece(row)
	case port.SectionOrg:
		return true, x.org(row)
	case port.SectionSettings:
		return true, x.settings(row)
	case port.SectionRoles:
		return true, x.role(row)
	case port.SectionAccounts:
		return true, x.account(row)
	case port.SectionAccountRoles:
		return true, errors.Join(x.refers(row, "user_id", x.accounts), x.hasRole(row, false))
	case port.SectionFactors:
		return x.factor(row)
	case port.SectionRecoveryCodes:
		return true, x.refers(row, "user_id", x.accounts)
	case port.SectionDevices:
		return x.keptWithID(&x.left.Devices), x.refers(row, "user_id", x.accounts)
	case port.SectionServices:
		return true, x.service(row)
	case port.SectionServiceRoles:
		return true, errors.Join(x.refers(row, "service_account_id", x.services), x.hasRole(row, true))
	case port.SectionAPIKeys:
		return x.keptWithID(&x.left.Keys), x.key(row)
	case port.SectionFiles:
		return true, x.storedFile(row)
	case port.SectionSeals:
		return true, x.seal(row)
	case port.SectionOrigins:
		return true, x.origin(row)
	case port.SectionWebhooks:
		return x.webhook(row)
	case sectionManifest:
		return false, x.prove(row)
	default:
		return true, nil
	}
}

// keptWithID counts a row that is left out if the org gets another id, because the token contains the id.
func (x *examination) keptWithID(left *int) bool {
	if x.target.newID {
		*left++
	}
	return !x.target.newID
}

// refers returns an error unless the field names a row of this file.
func (x *examination) refers(row port.OrgRow, field string, to map[string]bool) error {
	if !to[stringOf(row, field)] {
		return wrong(field, "names a row that is not in this file")
	}
	return nil
}

func (x *examination) begin(row port.OrgRow) error {
	if x.header.Org != "" {
		return wrong("", "a file has one header")
	}
	created, _ := row["created_at"].(time.Time)
	x.header = header{
		Org: domain.OrgID(stringOf(row, "org")), Slug: stringOf(row, "slug"), WrittenBy: stringOf(row, "written_by"),
		Issuer: stringOf(row, "issuer"), CreatedAt: created,
	}
	if x.target.id == "" {
		x.target.id = x.header.Org
	}
	if x.header.Issuer == "" {
		return wrong("issuer", "must not be empty")
	}
	return nil
}

// piece reads the content of a file. With a row that is not the last one of its file, the following rows are read, too.
func (x *examination) piece(row port.OrgRow) error {
	file := stringOf(row, "file")
	if _, twice := x.contents[file]; twice {
		return wrong("file", "its content is in the file twice")
	}
	content := &contentReader{x: x, file: file}
	if err := content.add(row); err != nil {
		return err
	}
	if x.content != nil {
		if err := x.content(domain.FileID(file), content); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	x.contents[file] = content.size
	return nil
}

// contentReader returns the content of one file, and reads its rows as it goes.
type contentReader struct {
	x    *examination
	file string
	left []byte
	last bool
	size int64
}

func (c *contentReader) add(row port.OrgRow) error {
	if stringOf(row, "file") != c.file {
		return wrong("file", "the content of the file before it is incomplete")
	}
	data, err := base64.StdEncoding.DecodeString(stringOf(row, "data"))
	if err != nil {
		return wrong("data", "must be base64")
	}
	c.left = data
	c.size += int64(len(data))
	c.last, _ = row["last"].(bool)
	if !c.last && len(data) == 0 {
		return wrong("data", "must not be empty")
	}
	return nil
}

// Read implements io.Reader.
func (c *contentReader) Read(into []byte) (int, error) {
	for len(c.left) == 0 {
		if c.last {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(into, c.left)
	c.left = c.left[n:]
	return n, nil
}

func (c *contentReader) next() error {
	row, err := c.x.file.Next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the file ends within the content of a file: it was cut off, so copy it again from where it was exported")
		}
		return err
	}
	if row.Section != sectionContents {
		return &fault{row: row, text: "the content of the file before it is incomplete"}
	}
	values, err := convert(sections[find(sectionContents)], row)
	if err != nil {
		return err
	}
	c.x.rows[sectionContents]++
	err = c.add(values)
	if found, ok := errors.AsType[fieldFault](err); ok {
		return &fault{row: row, field: found.field, text: found.text}
	}
	return err
}

// storedFile checks the row of a file.
func (x *examination) storedFile(row port.OrgRow) error {
	file, kind := stringOf(row, "id"), domain.FileKind(stringOf(row, "kind"))
	size, there := x.contents[file]
	avatar := row["account_id"] != nil
	switch {
	case x.stored[file]:
		return wrong("id", "is in the file twice")
	case !there:
		return wrong("id", "its content is not in the file")
	case row["size"] != size:
		return wrong("size", "is not the size of its content")
	case avatar != (kind == domain.FileAvatar):
		return wrong("account_id", "must be given for an avatar, and for nothing else")
	case !domain.StoredAs(kind, stringOf(row, "name"), stringOf(row, "media")):
		return wrong("media", "name and type must be such as stored files have")
	}
	x.stored[file] = true
	if avatar {
		return x.refers(row, "account_id", x.accounts)
	}
	return nil
}
