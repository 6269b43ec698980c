package orgtransfer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ErrNoSeal means that nothing of the audit log is sealed, so an export could not prove it.
var ErrNoSeal = errors.New("the audit log of the org has no seal yet")

// Export writes an org to a file that only the deployment with a public key can read. The org stays as it is.
type Export struct{ Deps }

// ExportInput describes an export.
type ExportInput struct {
	Org     string // id or slug
	To      string // public key of the receiving deployment
	Path    string // empty: a dated name in the current folder
	Suspend bool   // suspend the org first, so that nobody changes it any more
	Command string // for the audit log
}

// Exported is a file that was written.
type Exported struct {
	Path        string
	Org         domain.Org
	Fingerprint string // of the key that it is encrypted to
	SignedBy    domain.KeyID
	Digest      domain.Digest
	Rows        map[port.OrgSection]int
	Missing     int // files that are not in the file, because their content is not stored
	Newest      domain.SealRecord
}

// Execute returns ErrOrgNotFound for an unknown org, and ErrPlatformOrg for a suspension of the operators' own org. The file
// appears only when it is complete and recorded in the audit log of the org.
func (uc Export) Execute(ctx context.Context, in ExportInput) (done Exported, err error) {
	if done.Fingerprint, err = uc.Files.Fingerprint(in.To); err != nil {
		return done, err
	}
	if done.Org, err = uc.Store.Platform().FindOrg(ctx, domain.OrgReference(in.Org)); err != nil {
		return done, err
	}
	if in.Suspend {
		if err := uc.suspend(ctx, done.Org.ID, in.Command); err != nil {
			return done, err
		}
	}
	if _, err := uc.SealNow(ctx); err != nil {
		return done, err
	}
	now := uc.Clock()
	if done.Path = in.Path; done.Path == "" {
		done.Path = fmt.Sprintf("%s-%s.soleorg", done.Org.Slug, now.Format("20060102T150405Z"))
	}
	keys, err := uc.SealKeys(ctx)
	if err != nil {
		return done, err
	}
	var file port.OrgFileWriter
	defer func() {
		if file != nil {
			err = errors.Join(err, file.Discard())
		}
	}()
	err = uc.Orgs.ExportOrg(ctx, done.Org.ID, func(tx port.OrgTx, rows port.OrgRows) error {
		if file != nil { // an earlier run of this unit
			if err := file.Discard(); err != nil {
				return err
			}
		}
		if file, err = uc.Files.Create(done.Path, in.To); err != nil {
			return err
		}
		w := &exportWriter{Deps: uc.Deps, org: done.Org, now: now, file: file, rows: rows, counts: map[port.OrgSection]int{}}
		err := w.all(ctx, tx, keys)
		done.Rows, done.Missing, done.Newest = w.counts, w.missing, w.newest
		return err
	})
	if err != nil {
		return done, err
	}
	if err := uc.sign(file, in.To, now, &done); err != nil {
		return done, err
	}
	if err := uc.record(ctx, in, done); err != nil {
		return done, err
	}
	return done, file.Keep()
}

// suspend suspends the org. The file has the status from before.
func (uc Export) suspend(ctx context.Context, id domain.OrgID, command string) error {
	return uc.Store.InOrg(ctx, id, func(tx port.OrgTx) error {
		before, err := tx.Org().Lock(ctx)
		if err != nil {
			return err
		}
		org, now := before, uc.Clock()
		if err := org.Suspend(now); err != nil || org == before {
			return err
		}
		if err := tx.Org().Update(ctx, org); err != nil {
			return err
		}
		details := domain.Details(before.Differences(org))
		details["by"] = command
		event := domain.Actor{}.Did(domain.EventOrgSuspended, domain.OnOrg(id), details)
		return tx.Audit().Append(ctx, event.Stamp(uc.NewID(), now))
	})
}

// sign adds the manifest.
func (uc Export) sign(file port.OrgFileWriter, to string, now time.Time, done *Exported) error {
	done.Digest = file.Digest()
	manifest := port.OrgManifest{
		Org: done.Org.ID, Issuer: uc.Issuer, Recipient: to, CreatedAt: now, Rows: done.Rows, Digest: done.Digest,
	}
	signed, by, err := uc.Manifests.Sign(manifest)
	if err != nil {
		return err
	}
	done.SignedBy = by
	return file.Write(sectionManifest, port.OrgRow{"signed": signed})
}

func (uc Export) record(ctx context.Context, in ExportInput, done Exported) error {
	event := domain.Actor{}.Did(domain.EventOrgExported, domain.OnOrg(done.Org.ID), domain.Details{
		"by": in.Command, "recipient": done.Fingerprint, "file_digest": done.Digest.String(), "file_key": string(done.SignedBy),
		"accounts": strconv.Itoa(done.Rows[port.SectionAccounts]),
	})
	return uc.Store.InOrg(ctx, done.Org.ID, func(tx port.OrgTx) error {
		return tx.Audit().Append(ctx, event.Stamp(uc.NewID(), uc.Clock()))
	})
}
