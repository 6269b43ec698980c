package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Nearest returns the candidate that word most likely misspells or abbreviates, or "". It applies
// cobra's rule for commands to any names.
func Nearest(word string, candidates []string) string {
	if len(word) < 3 { // too short for a guess
		return ""
	}
	names := &cobra.Command{}
	for _, candidate := range candidates {
		names.AddCommand(&cobra.Command{Use: candidate, Run: func(*cobra.Command, []string) {}})
	}
	for _, names.SuggestionsMinimumDistance = range []int{1, 2} {
		if near := names.SuggestionsFor(word); len(near) > 0 {
			return near[0]
		}
	}
	return ""
}

// meantCommand suggests the subcommand with a similar name, if there is one.
func meantCommand(cmd *cobra.Command, word string) string {
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	if near := Nearest(word, names); near != "" {
		return fmt.Sprintf(" (did you mean `%s %s`?)", cmd.CommandPath(), near)
	}
	return ""
}

// flagError returns a mistake in the flags as a UsageError and suggests a flag with a similar name.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return UsageError{Cause: err}
	}
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	if near := Nearest(unknown.GetSpecifiedName(), names); near != "" {
		err = fmt.Errorf("%w (did you mean --%s?)", err, near)
	}
	return UsageError{Cause: fmt.Errorf("%w: see `%s --help`", err, cmd.CommandPath())}
}

// help replaces cobra's own command, which exits with 0 for an unknown command.
func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "Show the help of a command", RunE: func(_ *cobra.Command, args []string) error {
		found, rest, err := root.Find(args)
		if err != nil {
			return UsageError{Cause: err}
		}
		if len(rest) > 0 {
			return exactly(0)(found, rest)
		}
		found.InitDefaultHelpFlag()
		return found.Help()
	}}
}

// complete offers the values of a flag to the shell.
func complete(command *cobra.Command, flag string, values ...string) {
	if err := command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is missing: a mistake in this package
	}
}

// completeNoFiles stops the shell from offering files for commands that take none.
func completeNoFiles(command *cobra.Command) {
	if command.ValidArgs == nil && !strings.Contains(command.Use, "FILE") {
		command.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range command.Commands() {
		completeNoFiles(sub)
	}
}
