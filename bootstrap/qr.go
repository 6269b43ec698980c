package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/totp"
)

// QR implements cli.Actions. It needs no configuration.
func (c commands) QR(_ context.Context, _ cli.Options, in io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(in, 64<<10))
	if err != nil {
		return err
	}
	uri := strings.TrimSpace(string(text))
	if strings.HasPrefix(uri, "{") {
		var answer struct {
			URI string `json:"otpauth_uri"`
		}
		if err := json.Unmarshal(text, &answer); err == nil {
			uri = answer.URI
		}
	}
	if !strings.HasPrefix(uri, "otpauth://") {
		return errors.New("standard input has no otpauth URI: pipe the response of an enrolment into this command, " +
			"for example `curl ... | sole qr`")
	}
	drawn, err := totp.Terminal(uri)
	if err != nil {
		return errors.New("the otpauth URI is too long for a QR code")
	}
	c.say("%s", strings.TrimSuffix(drawn, "\n"))
	return nil
}
