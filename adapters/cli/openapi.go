package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

func openapi(actions Actions, o *Options) *cobra.Command {
	var format string
	command := &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI 3.1 document", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "json" && format != "yaml" {
				return UsageError{Cause: errors.New("--format must be json or yaml")}
			}
			return actions.OpenAPI(cmd.Context(), *o, format)
		},
	}
	command.Flags().StringVar(&format, "format", "json", "json or yaml")
	complete(command, "format", "json", "yaml")
	return command
}

// OpenAPI implements Actions. It needs no configuration.
func (c commands) OpenAPI(_ context.Context, _ Options, format string) error {
	text, err := c.program.OpenAPI(format)
	if err == nil {
		c.printf("%s", strings.TrimSpace(string(text)))
	}
	return err
}
