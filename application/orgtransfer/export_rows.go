package orgtransfer

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// exportWriter writes the rows of an org to a file.
type exportWriter struct {
	Deps

	org     domain.Org // as it was before a suspension
	now     time.Time
	file    port.OrgFileWriter
	rows    port.OrgRows
	counts  map[port.OrgSection]int
	missing int
	without map[string]bool // files whose content is missing
	newest  domain.SealRecord
	own     map[string]bool // keys of this deployment
}

func (w *exportWriter) all(ctx context.Context, tx port.OrgTx, keys []domain.SigningKey) (err error) {
	w.without, w.own = map[string]bool{}, map[string]bool{}
	for _, key := range keys {
		w.own[string(key.ID)] = true
	}
	if w.newest, err = tx.AuditSeals().Newest(ctx); err != nil {
		return err
	}
	if w.newest.Number == 0 {
		return ErrNoSeal
	}
	for _, s := range sections {
		switch s.name {
		case sectionHeader:
			err = w.header()
		case sectionContents:
			err = w.contents(ctx)
		case port.SectionOrigins:
			err = errors.Join(w.section(ctx, s), w.ownKeys(keys))
		case sectionManifest:
		default:
			err = w.section(ctx, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *exportWriter) write(section port.OrgSection, row port.OrgRow) error {
	w.counts[section]++
	return w.file.Write(section, row)
}

func (w *exportWriter) header() error {
	return w.write(sectionHeader, port.OrgRow{
		"version": int64(version), "written_by": w.Version, "created_at": w.now, "issuer": w.Issuer, "org": string(w.org.ID),
		"slug": string(w.org.Slug),
	})
}

func (w *exportWriter) section(ctx context.Context, s section) error {
	return w.rows.Each(ctx, s.inDatabase(), func(row port.OrgRow) error {
		keep, err := w.prepare(s.name, row)
		if err != nil || !keep {
			return err
		}
		return w.write(s.name, row)
	})
}

// prepare changes a row of the database to what the file has of it.
func (w *exportWriter) prepare(section port.OrgSection, row port.OrgRow) (keep bool, err error) {
	switch section {
	case port.SectionOrg:
		row["status"] = string(w.org.Status)
	case port.SectionFactors:
		kind, user := domain.FactorKind(stringOf(row, "kind")), domain.UserID(stringOf(row, "user_id"))
		return true, w.open(row, "secret", port.FactorPlace(kind, w.org.ID, user))
	case port.SectionOrigins: // what our own keys sealed is in the rows that ownKeys adds
		return !w.own[stringOf(row, "key")] || stringOf(row, "former_org_id") != string(w.org.ID), nil
	case port.SectionFiles:
		return !w.without[stringOf(row, "id")], nil
	case port.SectionWebhooks:
		place := port.WebhookPlace(w.org.ID, domain.WebhookID(stringOf(row, "id")))
		return true, errors.Join(w.open(row, "secret", place), w.open(row, "previous_secret", place))
	default:
	}
	return true, nil
}

// open replaces a sealed secret by the secret. The file as a whole is encrypted.
func (w *exportWriter) open(row port.OrgRow, field string, place port.Place) error {
	sealed := domain.SealedSecret(stringOf(row, field))
	if sealed == "" {
		return nil
	}
	secret, err := w.Keys.Open(sealed, place)
	if err != nil {
		return fmt.Errorf("the %s of the authenticator or webhook %s: %w", field, stringOf(row, "id"), err)
	}
	row[field] = secret.Reveal()
	return nil
}

// pieceSize is how many bytes of a file one row contains.
const pieceSize = 192 << 10

// contents writes the content of every file.
func (w *exportWriter) contents(ctx context.Context) error {
	return w.rows.Each(ctx, sections[find(port.SectionFiles)].inDatabase(), func(row port.OrgRow) error {
		id := stringOf(row, "id")
		content, err := w.Contents.Open(ctx, w.org.ID, domain.FileID(id))
		if errors.Is(err, domain.ErrNotFound) {
			w.without[id] = true
			w.missing++
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(w.content(id, content), content.Close())
	})
}

func (w *exportWriter) content(id string, content io.Reader) error {
	piece := make([]byte, pieceSize)
	for {
		n, err := io.ReadFull(content, piece)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		row := port.OrgRow{"file": id, "data": base64.StdEncoding.EncodeToString(piece[:n]), "last": last}
		if err := w.write(sectionContents, row); err != nil || last {
			return err
		}
	}
}

// ownKeys writes the keys with which this deployment can have sealed events of the org.
func (w *exportWriter) ownKeys(keys []domain.SigningKey) error {
	for _, key := range keys {
		row := port.OrgRow{
			"key": string(key.ID), "former_org_id": string(w.org.ID), "through": w.newest.Number, "public_pem": key.PublicPEM,
		}
		if err := w.write(port.SectionOrigins, row); err != nil {
			return err
		}
	}
	return nil
}
