package orgtransfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// target is the org that a file becomes here.
type target struct {
	id    domain.OrgID
	slug  domain.Slug
	newID bool // whether the id differs from the one in the file
}

// header is the first row of a file.
type header struct {
	Org       domain.OrgID
	Slug      string
	WrittenBy string
	Issuer    string
	CreatedAt time.Time
}

// examination reads a file from its beginning to its end and checks it. What it holds in memory grows with the number of
// accounts, by about a hundred bytes each, and not with anything else.
type examination struct {
	deps   Deps
	target target
	file   port.OrgFileReader
	// take is called with each row that is stored here, changed as it is stored; nil: none is.
	take func(section, port.OrgRow) error
	// content is called with each stored file; nil: contents are only checked.
	content func(domain.FileID, io.Reader) error

	header   header
	name     string // of the org
	rows     map[port.OrgSection]int
	left     Left
	roles    map[string]role
	accounts map[string]bool
	emails   map[string]bool
	services map[string]bool
	names    map[string]bool // of service accounts
	hooks    int
	contents map[string]int64 // sizes of the files whose content is in the file
	stored   map[string]bool  // files with a row
	origins  domain.SealOrigins
	newest   domain.SealRecord
	digest   domain.Digest
	manifest port.OrgManifest
	signedBy domain.KeyID
}

// role is what the examination needs of a role.
type role struct {
	name   string
	system bool
}

// Left is what of a file is not taken along, or not as it was.
type Left struct {
	Passkeys    int      // for another site than this deployment's
	Devices     int      // remembered devices, whose tokens contain the id of the org
	Keys        int      // API keys, which contain the id of the org
	Webhooks    int      // whose URL is refused here
	Permissions []string // "role: permission", at most maxNamed
	MoreDropped int      // permissions beyond maxNamed
}

// maxNamed is how many dropped permissions are named.
const maxNamed = 50

// pass is one reading of a file.
type pass struct {
	target  target
	take    func(section, port.OrgRow) error
	content func(domain.FileID, io.Reader) error
}

// examine reads the file at a path. The examination is complete only if there is no error.
func (d Deps) examine(ctx context.Context, path string, p pass) (*examination, error) {
	file, err := d.Files.Open(path)
	if err != nil {
		return nil, err
	}
	x := &examination{
		deps: d, target: p.target, file: file, take: p.take, content: p.content,
		rows: map[port.OrgSection]int{}, roles: map[string]role{}, accounts: map[string]bool{}, emails: map[string]bool{},
		services: map[string]bool{}, names: map[string]bool{}, contents: map[string]int64{}, stored: map[string]bool{},
	}
	return x, errors.Join(x.all(ctx), file.Close())
}

func (x *examination) all(ctx context.Context) error {
	for at := 0; ; {
		row, err := x.file.Next()
		switch {
		case errors.Is(err, io.EOF):
			return x.end()
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		place := find(row.Section)
		switch {
		case x.manifest.Issuer != "":
			return &fault{row: row, text: "nothing may follow the manifest"}
		case place < 0:
			return &fault{row: row, text: "this section is unknown"}
		case place < at || x.rows[sectionHeader] == 0 && place > 0:
			return &fault{row: row, text: "this section is not in its place"}
		}
		at = place
		if err := x.row(row, sections[place]); err != nil {
			return err
		}
	}
}

// row checks one row, and passes it on if it is taken along.
func (x *examination) row(row port.OrgFileRow, s section) error {
	if err := x.readable(row); err != nil {
		return err
	}
	values, err := convert(s, row)
	if err != nil {
		return err
	}
	if s.name != sectionManifest {
		x.rows[s.name]++
	}
	keep, err := x.check(s.name, values)
	if found, ok := errors.AsType[fieldFault](err); ok {
		return &fault{row: row, field: found.field, text: found.text}
	}
	if err != nil || !keep || x.take == nil {
		return err
	}
	return x.take(s, values)
}

// readable returns an error for the header of a newer version, whose fields may be others.
func (x *examination) readable(row port.OrgFileRow) error {
	if row.Section != sectionHeader {
		return nil
	}
	if number, ok := row.Values["version"].(int64); ok && number > version {
		by, _ := row.Values["written_by"].(string)
		return fmt.Errorf("the file has version %d, and this build reads version %d: update this deployment to sole %.40s, "+
			"which wrote the file, or a newer one", number, version, by)
	}
	return nil
}

// fieldFault is something wrong with a field, which row completes.
type fieldFault struct{ field, text string }

// Error is what is wrong.
func (f fieldFault) Error() string { return f.field + ": " + f.text }

func wrong(field, text string) error { return fieldFault{field: field, text: text} }

// stringOf returns a text of a row.
func stringOf(row port.OrgRow, name string) string {
	text, _ := row[name].(string)
	return text
}

// wordsOf returns the texts of a list of a row.
func wordsOf[T ~string](row port.OrgRow, name string) []T {
	list, _ := row[name].([]any)
	words := make([]T, 0, len(list))
	for _, element := range list {
		word, _ := element.(string)
		words = append(words, T(word))
	}
	return words
}

// listOf is the reverse of wordsOf.
func listOf[T ~string](words []T) []any {
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	return list
}

// end checks what can be checked only after the last row.
func (x *examination) end() error {
	if x.manifest.Issuer == "" {
		return errors.New("the file ends before its manifest: it was cut off, so copy it again from where it was exported")
	}
	for _, once := range []port.OrgSection{sectionHeader, port.SectionOrg, port.SectionSettings} {
		if x.rows[once] != 1 {
			return fmt.Errorf("section %q must have one row", once)
		}
	}
	for _, name := range domain.SystemRoles() {
		if !x.hasSystemRole(name) {
			return fmt.Errorf("section %q has no system role %s", port.SectionRoles, name)
		}
	}
	for file := range x.contents {
		if !x.stored[file] {
			return fmt.Errorf("section %q has a file that is not in section %q", sectionContents, port.SectionFiles)
		}
	}
	return nil
}

func (x *examination) hasSystemRole(name string) bool {
	for _, role := range x.roles {
		if role.system && role.name == name {
			return true
		}
	}
	return false
}
