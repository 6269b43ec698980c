package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Doctor implements Actions. It prints the result of every check, with what to change.
func (c commands) Doctor(ctx context.Context, o Options) error {
	return c.program.Diagnose(ctx, o, c.print)
}

// Healthcheck implements Actions.
func (c commands) Healthcheck(ctx context.Context, o Options) error {
	address, err := c.program.ReadyURL(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		port := request.URL.Port()
		return fmt.Errorf("the service does not answer on port %s: start it, or set PORT to the port of the service%s", port, OtherEnvFiles(o))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New("the service is not ready: " + strconv.Itoa(response.StatusCode))
	}
	c.printf("ready")
	return nil
}

// Reason describes an error to the operator. If a cause follows, it leaves out the sentence about an
// outage that is meant for API clients.
func Reason(err error) string {
	return strings.ReplaceAll(err.Error(), domain.ErrUnavailable.Error()+": ", "")
}
