package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Setting is a configuration key that setup takes as a flag: PUBLIC_URL is --public-url.
type Setting struct {
	Key, Help string
	Default   string   // empty: none
	Choices   []string // empty: any text
}

// Flag is the name of the setting's flag, without the hyphens before it.
func (s Setting) Flag() string { return strings.ToLower(strings.ReplaceAll(s.Key, "_", "-")) }

// SetupRequest is the command line of `sole setup`.
type SetupRequest struct {
	Mode       string            // dev, prod, or empty: ask
	Values     map[string]string // by key; only those that were given
	Containers bool              // the services of docker-compose.yml
	Check      bool
	Force      bool
	DryRun     bool
	Yes        bool
}

const setupLong = `Write .env or .env.prod, and create the keys. --env-file names another file.

At a terminal it asks for missing settings; without a terminal, give them as flags. It creates
keys that do not exist. Existing lines of the file stay unless a flag changes them. The changes
are shown before they are written, with masked secrets. An empty value removes a line. @FILE as
the value of a secret reads it from that file, which keeps it out of the process list.`

func setup(actions Actions, o *Options, settings []Setting) *cobra.Command {
	var want SetupRequest
	command := &cobra.Command{
		Use: "setup [dev|prod]", Short: "Write .env or .env.prod, and create the keys", Long: setupLong, Args: upTo(1),
		Example: "  sole setup dev\n  sole setup prod --public-url https://id.example.org --check",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				want.Mode = args[0]
			}
			if want.Mode != "" && want.Mode != "dev" && want.Mode != "prod" {
				return UsageError{Cause: fmt.Errorf("%q is neither dev nor prod", want.Mode)}
			}
			want.Values = given(cmd, settings)
			return actions.Setup(cmd.Context(), *o, want)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&want.Containers, "containers", false, "for docker-compose.yml: use its PostgreSQL and Redis, with a generated password")
	flags.BoolVar(&want.Check, "check", false, "connect to the database, Redis and the mail server before writing")
	flags.BoolVar(&want.Force, "force", false, "replace existing keys; the old SECRET_KEY still decrypts")
	flags.BoolVar(&want.DryRun, "dry-run", false, "show the changes without writing them")
	flags.BoolVar(&want.Yes, "yes", false, "ask no questions, even at a terminal")
	for _, s := range settings {
		usage := s.Help
		if s.Default != "" {
			usage += " (default " + s.Default + ")"
		}
		flags.String(s.Flag(), "", usage)
		if len(s.Choices) > 0 {
			complete(command, s.Flag(), s.Choices...)
		}
	}
	command.ValidArgs = []string{"dev", "prod"}
	return command
}

func given(cmd *cobra.Command, settings []Setting) map[string]string {
	values := map[string]string{}
	for _, s := range settings {
		if flag := cmd.Flags().Lookup(s.Flag()); flag.Changed {
			values[s.Key] = flag.Value.String()
		}
	}
	return values
}

// upTo accepts at most n arguments.
func upTo(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		return exactly(min(n, len(args)))(cmd, args)
	}
}
