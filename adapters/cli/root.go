// Package cli is the command line: the commands with their flags, help, prompts and output. What they do is in the use
// cases that a Program opens.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// Actions are the commands, after their flags and arguments were parsed. New returns those that print.
type Actions interface {
	Dev(ctx context.Context, o Options) error
	// Serve serves HTTP. With migrate it migrates the database first.
	Serve(ctx context.Context, o Options, migrate bool) error
	// MigrateUp applies the pending migrations. With check it first checks configuration and dependencies.
	MigrateUp(ctx context.Context, o Options, check bool) error
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
	ServiceAccountActions
	ImportActions
	EarlierActions
	AuditActions
	BackupActions
	// Move moves everything to another database.
	Move(ctx context.Context, o Options, want MoveRequest) error
	OrgActions
	Explain(ctx context.Context, o Options, q ExplainQuery) error
	Setup(ctx context.Context, o Options, want SetupRequest) error
	Healthcheck(ctx context.Context, o Options) error
	Doctor(ctx context.Context, o Options) error
	ProveIsolation(ctx context.Context, o Options) error
	OpenAPI(ctx context.Context, o Options, format string) error
	// QR draws the QR code of the enrolment that it reads from in.
	QR(ctx context.Context, o Options, in io.Reader) error
	Version(ctx context.Context, o Options) error
}

// Options are the flags that every command has.
type Options struct {
	EnvFile string
	Bulk    bool // the log leaves out the creation of single accounts; the audit log has it. Set by the command, not by a flag
}

// UsageError is a mistake in the command line; the process then exits with 2.
type UsageError struct{ Cause error }

func (e UsageError) Error() string { return e.Cause.Error() }

// settingsHint is part of the help of commands in which people look for settings, such as the port.
const settingsHint = "\n\nSettings are not flags but environment variables, or lines in .env, for example: PORT=9000 sole dev.\n" +
	"`sole setup --help` lists them."

// Root is the command tree. The settings become flags of setup.
func Root(actions Actions, settings ...Setting) *cobra.Command {
	var (
		o       Options
		version bool
	)
	root := &cobra.Command{
		Use:           "sole",
		Short:         "SOLE signs people in, manages their organisations, and proves to other services who they are.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return actions.Version(cmd.Context(), o)
			}
			_ = cmd.Help()
			return UsageError{Cause: errors.New("name a command")}
		},
	}
	// Command.Version and its template would link text/template, which calls methods by name and so keeps every method.
	root.Flags().BoolVarP(&version, "version", "v", false, "print the version")
	root.Long = root.Short + settingsHint
	root.PersistentFlags().StringVar(&o.EnvFile, "env-file", "", "read the configuration from this file (default .env if it exists)")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(help(root))

	run := func(use, short string, action func(context.Context, Options) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
			return action(cmd.Context(), o)
		}}
	}
	dev := run("dev", "Run everything in one process with data in ./data, and print commands to try", actions.Dev)
	dev.Long = dev.Short + settingsHint
	seed := run("seed", "Create the default org and its first owner if they do not exist", actions.Seed)
	seed.Long = seed.Short + ". SEED_ADMIN_EMAIL is the owner's address.\nWithout SEED_ADMIN_PASSWORD a temporary password is printed once."
	seed.Example = "  SEED_ADMIN_EMAIL=ann@example.org sole seed"
	add := func(title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: title, Title: title + ":"})
		for _, command := range commands {
			command.GroupID = title
		}
		root.AddCommand(commands...)
	}
	add("Start",
		dev,
		setup(actions, &o, settings),
		serve(actions, &o),
	)
	add("Database",
		migrate(actions, run, &o),
		seed,
		backup(actions, &o),
		move(actions, &o),
		recovery(actions, &o),
	)
	add("Accounts", importAccounts(actions, &o), serviceAccounts(actions, &o), orgCommand(actions, run, &o))
	add("Keys",
		keys(actions, run, &o),
		secrets(actions, run, &o),
	)
	add("Checks",
		run("doctor", "Check the configuration and the dependencies, and report what to change", actions.Doctor),
		run("healthcheck", "Ask the service on this machine whether it is ready (for containers)", actions.Healthcheck),
		prove(actions, run),
		auditCommand(actions, run, &o),
		explain(actions, &o),
	)
	add("Other",
		openapi(actions, &o),
		qr(actions, &o),
		run("version", "Print the version", actions.Version),
	)
	root.SetHelpCommandGroupID("Other")
	root.SetCompletionCommandGroupID("Other")
	completeNoFiles(root)
	return root
}

// runner returns a command without arguments that runs an action.
type runner func(use, short string, action func(context.Context, Options) error) *cobra.Command

// group returns a command that only has subcommands. Running it without one is an error.
func group(use, short, subcommands string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		_ = cmd.Help()
		return UsageError{Cause: errors.New("name a subcommand: " + subcommands)}
	}}
}

// exactly accepts n arguments; any other number is a UsageError.
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
