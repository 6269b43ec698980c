package platform

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OperatorCreateOrg creates an org for the operator of the deployment at the command line, who moves its accounts in.
type OperatorCreateOrg struct {
	Store   port.Store
	Clock   port.Clock
	NewID   port.NewID
	Command string // for the audit log
}

// Execute creates the org with its settings and the system roles but no account, and runs then in the same unit of work. It
// returns ErrSlugTaken for a slug in use.
func (uc OperatorCreateOrg) Execute(
	ctx context.Context, org domain.Org, settings domain.OrgSettings, then func(port.OrgTx) error,
) error {
	created := func(name domain.EventName, on domain.Resource) domain.AuditEvent {
		return domain.Actor{}.Did(name, on, domain.Details{"by": uc.Command}).Stamp(uc.NewID(), uc.Clock())
	}
	creator := orgCreator{platform: uc.Store.Platform(), newID: uc.NewID, created: created}
	return creator.createWith(ctx, org, settings, then)
}
