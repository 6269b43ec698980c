package bootstrap

import (
	"strings"

	"github.com/sole-platform/sole/domain"
)

// reason words an error for the operator. Where a cause follows, it leaves out the sentence about an
// outage that is meant for API clients.
func reason(err error) string {
	return strings.ReplaceAll(err.Error(), domain.ErrUnavailable.Error()+": ", "")
}
