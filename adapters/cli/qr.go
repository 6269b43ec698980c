package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func qr(actions Actions, o *Options) *cobra.Command {
	return &cobra.Command{
		Use: "qr", Short: "Draw a QR code in the terminal from an enrolment response or an otpauth URI on standard input", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return actions.QR(cmd.Context(), *o, cmd.InOrStdin()) },
	}
}

// QR implements Actions. It needs no configuration.
func (c commands) QR(_ context.Context, _ Options, in io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(in, 64<<10))
	if err != nil {
		return err
	}
	uri := strings.TrimSpace(string(text))
	if strings.HasPrefix(uri, "{") {
		var response struct {
			URI string `json:"otpauth_uri"`
		}
		if err := json.Unmarshal(text, &response); err == nil {
			uri = response.URI
		}
	}
	if !strings.HasPrefix(uri, "otpauth://") {
		return errors.New("standard input has no otpauth URI: pipe the response of an enrolment into this command, " +
			"for example `curl ... | sole qr`")
	}
	drawn, err := c.program.DrawQR(uri)
	if err != nil {
		return errors.New("the otpauth URI is too long for a QR code")
	}
	c.printf("%s", strings.TrimSuffix(drawn, "\n"))
	return nil
}
