// Package cli is the command line: cobra commands that parse flags and arguments and
// hand on to the actions they are given.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// Actions is what the commands do. Each writes its answer to the command's output.
type Actions interface {
	Dev(ctx context.Context, o Options) error
	// Serve serves HTTP. With migrate it migrates the database first.
	Serve(ctx context.Context, o Options, migrate bool) error
	MigrateUp(ctx context.Context, o Options) error
	MigrateDown(ctx context.Context, o Options) error
	MigrateStatus(ctx context.Context, o Options) error
	MigrateCreate(ctx context.Context, o Options, name string) error
	Seed(ctx context.Context, o Options) error
	Recover(ctx context.Context, o Options, want RecoverRequest) error
	KeysRotate(ctx context.Context, o Options, bits int, lead time.Duration) error
	KeysList(ctx context.Context, o Options) error
	KeysRetire(ctx context.Context, o Options, id string, force bool) error
	SecretsStatus(ctx context.Context, o Options) error
	SecretsReencrypt(ctx context.Context, o Options) error
	SecretsRetire(ctx context.Context, o Options, keyID string) error
	AuditActions
	BackupActions
	Explain(ctx context.Context, o Options, q ExplainQuery) error
	Setup(ctx context.Context, o Options, want SetupRequest) error
	Healthcheck(ctx context.Context, o Options) error
	Doctor(ctx context.Context, o Options) error
	ProveIsolation(ctx context.Context, o Options) error
	OpenAPI(ctx context.Context, o Options, format string) error
	// QR draws the QR code of an enrolment, which it reads from in.
	QR(ctx context.Context, o Options, in io.Reader) error
	Version(ctx context.Context, o Options) error
}

// Options are the flags that every command has.
type Options struct{ EnvFile string }

// UsageError is a mistake in the command line; the process then exits with 2.
type UsageError struct{ Cause error }

func (e UsageError) Error() string { return e.Cause.Error() }

// whereSettingsAre is in the help of commands that people look for settings in, such as the port.
const whereSettingsAre = "\n\nSettings are not flags but environment variables, or lines in .env, for example: PORT=9000 sole dev.\n" +
	"`sole setup --help` lists them."

// Root is the command tree. The settings become flags of setup.
func Root(actions Actions, settings ...Setting) *cobra.Command {
	var o Options
	root := &cobra.Command{
		Use:           "sole",
		Short:         "SOLE tells other software who an account is, which organisation it belongs to, and what that requires.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return UsageError{Cause: errors.New("name a command")}
		},
	}
	root.Long = root.Short + whereSettingsAre
	root.PersistentFlags().StringVar(&o.EnvFile, "env-file", "", "read the configuration from this file (default .env if it exists)")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(help(root))

	run := func(use, short string, action func(context.Context, Options) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
			return action(cmd.Context(), o)
		}}
	}
	dev := run("dev", "Run everything in one process with data in ./data, and print commands to try", actions.Dev)
	dev.Long = dev.Short + whereSettingsAre
	root.AddCommand(
		dev,
		setup(actions, &o, settings),
		serve(actions, &o),
		migrate(actions, run, &o),
		run("seed", "Create the default org and its first owner if they do not exist", actions.Seed),
		recovery(actions, &o),
		keys(actions, run, &o),
		secrets(actions, run, &o),
		audit(actions, run, &o),
		backup(actions, &o),
		explain(actions, &o),
		run("healthcheck", "Ask the service on this machine whether it is ready (for containers)", actions.Healthcheck),
		run("doctor", "Check the configuration and the dependencies, and report what to change", actions.Doctor),
		prove(actions, run),
		openapi(actions, &o),
		qr(actions, &o),
		run("version", "Print the version", actions.Version),
	)
	completeNoFiles(root)
	return root
}

func serve(actions Actions, o *Options) *cobra.Command {
	var first bool
	command := &cobra.Command{Use: "serve", Short: "Serve HTTP", Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		return actions.Serve(cmd.Context(), *o, first)
	}}
	command.Long = command.Short + whereSettingsAre
	command.Flags().BoolVar(&first, "migrate", false, "wait for the database and apply pending migrations first, as sole migrate up does")
	return command
}

// runner makes a command without arguments that runs an action.
type runner func(use, short string, action func(context.Context, Options) error) *cobra.Command

// group is a command that only holds the given subcommands: it is an error to run it without one.
func group(use, short, subcommands string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		_ = cmd.Help()
		return UsageError{Cause: errors.New("name a subcommand: " + subcommands)}
	}}
}

func migrate(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("migrate", "Bring the database schema up to date", "up, down, status or create NAME")
	create := &cobra.Command{
		Use: "create NAME", Short: "Add empty migration files for both databases", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.MigrateCreate(cmd.Context(), *o, args[0])
		},
	}
	parent.AddCommand(
		run("up", "Apply every pending migration", actions.MigrateUp),
		run("down", "Undo the newest migration", actions.MigrateDown),
		run("status", "List the migrations and when they were applied", actions.MigrateStatus),
		create,
	)
	return parent
}

// dashed is the id of a key (RFC 7638, in base64url) that begins with a dash, as one in 64
// does, and that no flag looks like.
var dashed = regexp.MustCompile(`^-[A-Za-z0-9_-]{42}$`)

// Args are a command line's arguments with such ids where no flag is looked for.
func Args(args []string) []string {
	at := slices.IndexFunc(args, dashed.MatchString)
	if at < 0 || slices.Contains(args, "--") {
		return args
	}
	return append(slices.Delete(slices.Clone(args), at, at+1), "--", args[at])
}

// KeyLead is the default of --lead: how long a new key is published before it signs. Verifiers
// built on jose wait 30 seconds before they fetch the key set again, and the response may come
// from a cache.
const KeyLead = time.Minute

func keys(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("keys", "Replace the key that signs access tokens", "rotate, list or retire KEY")
	var (
		bits  int
		lead  time.Duration
		force bool
	)
	rotate := &cobra.Command{
		Use: "rotate", Short: "Create a new key, which is published at once and signs after the lead time", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if bits != 2048 && bits != 3072 && bits != 4096 {
				return UsageError{Cause: errors.New("--bits must be 2048, 3072 or 4096")}
			}
			if lead < 0 || lead > 7*24*time.Hour {
				return UsageError{Cause: errors.New("--lead must be from 0 to 168h")}
			}
			return actions.KeysRotate(cmd.Context(), *o, bits, lead)
		},
	}
	rotate.Flags().IntVar(&bits, "bits", 2048, "size of the key: 2048, 3072 or 4096")
	complete(rotate, "bits", "2048", "3072", "4096")
	rotate.Flags().DurationVar(&lead, "lead", KeyLead, "how long the key is published before it signs, for verifiers to fetch it")
	retire := &cobra.Command{
		Use: "retire KEY", Short: "Refuse a key that no longer signs", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.KeysRetire(cmd.Context(), *o, args[0], force)
		},
	}
	retire.Flags().BoolVar(&force, "force", false, "also when tokens that it signed are still valid")
	parent.AddCommand(rotate, run("list", "List the keys and the state of each", actions.KeysList), retire)
	return parent
}

func secrets(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("secrets", "Encrypt the stored secrets with another SECRET_KEY", "status, reencrypt or retire KEY_ID")
	retire := &cobra.Command{
		Use: "retire KEY_ID", Short: "Report whether a key can be removed from SECRET_KEY_FALLBACKS", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.SecretsRetire(cmd.Context(), *o, args[0])
		},
	}
	parent.AddCommand(
		run("status", "Count the encrypted secrets by the key that opens them", actions.SecretsStatus),
		run("reencrypt", "Encrypt every secret with SECRET_KEY; may be stopped and run again at any time", actions.SecretsReencrypt),
		retire,
	)
	return parent
}

func prove(actions Actions, run runner) *cobra.Command {
	parent := group("prove", "Check what the live database guarantees", "isolation")
	parent.AddCommand(run("isolation", "Check everything in the database that keeps orgs apart; changes nothing", actions.ProveIsolation))
	return parent
}

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

func qr(actions Actions, o *Options) *cobra.Command {
	return &cobra.Command{
		Use: "qr", Short: "Draw a QR code in the terminal from an enrolment response or an otpauth URI on standard input", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return actions.QR(cmd.Context(), *o, cmd.InOrStdin()) },
	}
}

// exactly takes n arguments; anything else is a mistake in the command line.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > n:
			path := cmd.CommandPath()
			meant := meantCommand(cmd, args[n])
			return UsageError{Cause: fmt.Errorf("%q is not known to `%s`%s: see `%s --help`", args[n], path, meant, path)}
		case len(args) < n:
			return UsageError{Cause: fmt.Errorf("an argument is missing: see `%s --help`", cmd.CommandPath())}
		}
		return nil
	}
}
