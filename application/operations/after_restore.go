package operations

import (
	"context"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// AfterRestore ends everything that a restored backup could revive: sessions that were ended
// after the backup, devices that were forgotten, links and unfinished sign-ins that were used,
// emails that were sent. The database no longer knows which of them ended, so all of them end.
//
// It suspends every service account, because API keys that were revoked after the backup exist again. An administrator
// who has revoked them again activates the service accounts, so that keys in use need not be replaced.
type AfterRestore struct {
	Store   port.Store
	Waiting port.WaitingJobs
	Clock   port.Clock
	NewID   port.NewID
}

// Ended counts what AfterRestore has ended.
type Ended struct {
	Orgs, Sessions, Devices, Links int
	OneTimeTokens                  int // unfinished sign-ins, step-ups and offers of a first run
	Emails                         int // that waited to be sent
	ServiceAccounts, Keys          int // that were suspended, and their API keys that have not expired
}

// Execute appends one event backup.restored per org. taken is when the backup was made, or the
// zero time when that is unknown. Execute may run again after a failure.
func (uc AfterRestore) Execute(ctx context.Context, taken time.Time) (total Ended, err error) {
	if total.Emails, err = uc.Waiting.Drop(ctx, port.EmailJob{}.Kind()); err != nil {
		return total, err
	}
	if total.OneTimeTokens, err = uc.Store.Platform().DropOneTimeTokens(ctx); err != nil {
		return total, err
	}
	for after := domain.OrgID(""); ; {
		orgs, err := uc.Store.Platform().ListOrgs(ctx, domain.OrgFilter{}, after, orgsAtOnce)
		if err != nil || len(orgs) == 0 {
			return total, err
		}
		for _, org := range orgs {
			if err := uc.org(ctx, org.ID, taken, &total); err != nil {
				return total, err
			}
		}
		after = orgs[len(orgs)-1].ID
	}
}

// orgsAtOnce is how many orgs one query lists.
const orgsAtOnce = 100

func (uc AfterRestore) org(ctx context.Context, org domain.OrgID, taken time.Time, total *Ended) error {
	now, ended := uc.Clock(), Ended{}
	err := uc.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
		if ended.Sessions, err = tx.Sessions().EndAllOfOrg(ctx, domain.EndRestored, now); err != nil {
			return err
		}
		if ended.Devices, err = tx.Devices().ForgetAllOfOrg(ctx, domain.DeviceRestored, now); err != nil {
			return err
		}
		if ended.Links, err = tx.Links().VoidAllOfOrg(ctx); err != nil {
			return err
		}
		if err := suspendServiceAccounts(ctx, tx, now, &ended); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, uc.event(org, taken, ended, now))
	})
	if err != nil {
		return err
	}
	total.Orgs++
	total.Sessions += ended.Sessions
	total.Devices += ended.Devices
	total.Links += ended.Links
	total.ServiceAccounts += ended.ServiceAccounts
	total.Keys += ended.Keys
	return nil
}

func suspendServiceAccounts(ctx context.Context, tx port.OrgTx, now time.Time, ended *Ended) error {
	accounts, err := tx.ServiceAccounts().List(ctx, "", domain.MaxServiceAccounts)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if !account.Active() {
			continue
		}
		keys, err := tx.APIKeys().Of(ctx, account.ID)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if !key.Expired(now) {
				ended.Keys++
			}
		}
		account.Suspend(now)
		if err := tx.ServiceAccounts().Update(ctx, account); err != nil {
			return err
		}
		ended.ServiceAccounts++
	}
	return nil
}

func (uc AfterRestore) event(org domain.OrgID, taken time.Time, ended Ended, now time.Time) domain.AuditEvent {
	details := domain.Details{
		"by": "command line", "sessions": strconv.Itoa(ended.Sessions),
		"devices": strconv.Itoa(ended.Devices), "links": strconv.Itoa(ended.Links),
		"service_accounts": strconv.Itoa(ended.ServiceAccounts),
	}
	if !taken.IsZero() {
		details["taken_at"] = taken.UTC().Format(time.RFC3339)
	}
	return domain.Actor{}.Did(domain.EventBackupRestored, domain.OnOrg(org), details).Stamp(uc.NewID(), now)
}
