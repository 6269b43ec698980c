package orgtransfer

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Plan reads a file whole and says what an import would do. It changes nothing.
type Plan struct{ Deps }

// Input names a file and the org that it becomes.
type Input struct {
	Path string
	Slug string // empty: the one in the file
	// NewID gives the org another id than it had. API keys and remembered devices contain the id, and are left out.
	NewID bool
	// From is the id of the key that must have signed the file; empty: any.
	From domain.KeyID
	// BrokenAudit accepts an audit log that cannot be verified.
	BrokenAudit bool
}

// Planned is what an import would do.
type Planned struct {
	Org       domain.OrgID // the id here
	Former    domain.OrgID // the id in the file
	Name      string
	Slug      domain.Slug
	Issuer    string // of the deployment that wrote the file
	SignedBy  domain.KeyID
	WrittenBy string // version of sole
	CreatedAt time.Time
	Digest    domain.Digest
	Rows      map[port.OrgSection]int
	Newest    domain.SealRecord // the newest seal of the audit log
	Left      Left
	OnlyOrg   domain.OrgID // the org that this deployment serves, if it serves one only and another
	Obstacles []Obstacle
}

// Obstacle is why a file cannot be imported as the input says.
type Obstacle string

// The obstacles.
const (
	IDTaken     Obstacle = "id"
	SlugTaken   Obstacle = "slug"
	OtherSource Obstacle = "source"
)

// Execute returns an error for a file that cannot be imported at all.
func (uc Plan) Execute(ctx context.Context, in Input) (Planned, error) {
	_, planned, err := uc.plan(ctx, in)
	return planned, err
}

// plan examines the file, and returns the org that it becomes.
func (d Deps) plan(ctx context.Context, in Input) (target, Planned, error) {
	to := target{slug: domain.Slug(in.Slug), newID: in.NewID}
	if in.Slug != "" {
		if _, err := domain.ParseSlug(in.Slug); err != nil {
			return target{}, Planned{}, err
		}
	}
	if in.NewID {
		to.id = domain.OrgID(d.NewID())
	}
	x, err := d.examine(ctx, in.Path, pass{target: to})
	if err != nil {
		return target{}, Planned{}, err
	}
	planned := x.planned()
	if d.OnlyOrg != "" && d.OnlyOrg != planned.Org {
		planned.OnlyOrg = d.OnlyOrg
	}
	if in.From != "" && in.From != x.signedBy {
		planned.Obstacles = append(planned.Obstacles, OtherSource)
	}
	for reference, obstacle := range map[string]Obstacle{string(planned.Org): IDTaken, string(planned.Slug): SlugTaken} {
		switch _, err := d.Store.Platform().FindOrg(ctx, reference); {
		case err == nil:
			planned.Obstacles = append(planned.Obstacles, obstacle)
		case !errors.Is(err, domain.ErrOrgNotFound):
			return target{}, planned, err
		}
	}
	return x.target, planned, nil
}

func (x *examination) planned() Planned {
	return Planned{
		Org: x.target.id, Former: x.header.Org, Name: x.name, Slug: x.target.slug, Issuer: x.header.Issuer, SignedBy: x.signedBy,
		WrittenBy: x.header.WrittenBy, CreatedAt: x.header.CreatedAt, Digest: x.digest, Rows: maps.Clone(x.rows), Newest: x.newest, Left: x.left,
	}
}
