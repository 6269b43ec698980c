package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// SetupDraft is a configuration file with the changes that setup plans. Nothing is written before Write.
type SetupDraft interface {
	// Path returns the path of the file.
	Path() string
	// Questions returns the settings to ask about at a terminal.
	Questions() []SetupQuestion
	// Answer records the answer to the question about a setting.
	Answer(key, answer string)
	// Missing lists the flags of the settings that are needed and have no value.
	Missing() []string
	// Changes checks the configuration that the file would contain, and lists what changes, with masked secrets.
	Changes() ([]string, error)
	// Connect connects to everything that the configuration names, and reports each result.
	Connect(ctx context.Context, report func(Finding)) error
	// Write replaces the file in one step, readable by its owner only. Without changes it only restricts who can read it.
	Write() error
}

// SetupQuestion is a question about a setting.
type SetupQuestion struct {
	Key string
	Question
}

// Setup implements Actions.
func (c commands) Setup(ctx context.Context, o Options, want SetupRequest) error {
	terminal := Terminal{In: c.in, Out: c.out}
	ask := terminal.Present() && !want.Yes
	if err := chooseMode(ctx, terminal, ask, &want); err != nil {
		return err
	}
	draft, err := c.program.Setup(o, want)
	if err != nil {
		return err
	}
	if ask {
		if err := AskSettings(ctx, terminal, draft); err != nil {
			return err
		}
	}
	if missing := draft.Missing(); len(missing) > 0 {
		return UsageError{Cause: errors.New("give these flags, or run this at a terminal without --yes: " + strings.Join(missing, " "))}
	}
	changes, err := draft.Changes()
	if err != nil {
		return err
	}
	if want.Check {
		if err := draft.Connect(ctx, c.print); err != nil {
			return err
		}
	}
	confirm := func() (bool, error) { return true, nil }
	if ask {
		confirm = func() (bool, error) { return terminal.Confirm(ctx, "Write these changes?") }
	}
	return c.writeSetup(want, draft, changes, confirm)
}

func chooseMode(ctx context.Context, terminal Terminal, ask bool, want *SetupRequest) error {
	if want.Mode != "" {
		return nil
	}
	if !ask {
		return UsageError{Cause: errors.New("give the mode: sole setup dev or sole setup prod")}
	}
	answers, err := terminal.Ask(ctx, Question{
		Title: "What is the configuration for?", Help: "dev writes .env, prod writes .env.prod", Choices: []string{"dev", "prod"}, Value: "dev",
	})
	want.Mode = answers[0]
	return err
}

// AskSettings asks the questions of a draft and passes the answers to it.
func AskSettings(ctx context.Context, terminal Terminal, draft SetupDraft) error {
	asked := draft.Questions()
	if len(asked) == 0 {
		return nil
	}
	questions := make([]Question, len(asked))
	for i, q := range asked {
		questions[i] = q.Question
	}
	answers, err := terminal.Ask(ctx, questions...)
	if err != nil {
		return err
	}
	for i, q := range asked {
		draft.Answer(q.Key, answers[i])
	}
	return nil
}

// writeSetup prints the changes and writes them if they are confirmed.
func (c commands) writeSetup(want SetupRequest, draft SetupDraft, changes []string, confirm func() (bool, error)) error {
	if len(changes) == 0 {
		if !want.DryRun {
			if err := draft.Write(); err != nil {
				return err
			}
		}
		c.printf("%s already has these settings; nothing changed", draft.Path())
		return nil
	}
	c.printf("%s", draft.Path())
	for _, line := range changes {
		c.printf("  %s", line)
	}
	if want.DryRun {
		c.printf("nothing was written (--dry-run)")
		return nil
	}
	switch yes, err := confirm(); {
	case err != nil:
		return err
	case !yes:
		return ErrStopped
	}
	if err := draft.Write(); err != nil {
		return err
	}
	c.printf("wrote %s, readable by you only. %s", draft.Path(), nextSteps(want, draft.Path()))
	return nil
}

func nextSteps(want SetupRequest, path string) string {
	switch {
	case want.Containers:
		return fmt.Sprintf("Next: docker compose --env-file %s up --build --detach", path)
	case want.Mode == "dev":
		return "Next: sole dev, or go run . dev in the source folder"
	}
	return fmt.Sprintf("Keep a copy of it in a safe place. Next, each with --env-file %s: "+
		"sole migrate up, sole seed, sole doctor, sole serve", path)
}
