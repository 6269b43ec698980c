package cli

import (
	"fmt"
	"time"

	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/domain"
)

// printReport prints the result of a verification and reports whether all events are proven.
func (c commands) printReport(org domain.OrgID, r audit.Report) bool {
	if r.Break != nil {
		c.printf("BROKEN %s: %s", org, r.Break)
		c.printf("       %d seals and %d events before it hold", r.Seals, r.Events)
		return false
	}
	result := "ok    "
	if r.Late > 0 {
		result = "LATE  "
	}
	c.printf("%s %s: %d seals and %d events hold; newest seal %s", result, org, r.Seals, r.Events, newestSeal(r.Last))
	if r.Expired > 0 {
		c.printf("       %d events were removed by age, which the log itself records", r.Expired)
	}
	if r.Erased > 0 {
		c.printf("       %d events are without the personal fields that were erased", r.Erased)
	}
	if r.Waiting > 0 {
		c.printf("       %d events wait for a seal; nothing is proven about these", r.Waiting)
	}
	if r.Late > 0 {
		c.printf("       %d events were sealed long after their own time, first %s in seal %d: inserted later, or a clock was wrong",
			r.Late, r.LateID, r.LateSeal)
	}
	return r.Sound()
}

func newestSeal(last domain.SealRecord) string {
	if last.Number == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %s", last.Number, last.At.Format(time.RFC3339))
}

// verdict is the error of a verification: a failure, or that audit logs are not as sealed.
func verdict(err error, unsound int) error {
	if err == nil && unsound > 0 {
		return fmt.Errorf("the audit log of %d org(s) differs from what was sealed", unsound)
	}
	return Refusal(err)
}
