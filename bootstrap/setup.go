package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/huh"
)

// setupFiles are what setup writes unless --env-file names another.
var setupFiles = map[string]string{"dev": ".env", "prod": ".env.prod"}

// Setup implements cli.Actions.
func (c commands) Setup(ctx context.Context, o cli.Options, want cli.SetupRequest) error {
	terminal := huh.Terminal{In: os.Stdin, Out: c.out, Accessible: os.Getenv("ACCESSIBLE") != ""}
	ask := terminal.Present() && !want.Yes
	if err := chooseMode(ctx, terminal, ask, &want); err != nil {
		return err
	}
	file, err := openEnvFile(orElse(o.EnvFile, setupFiles[want.Mode]))
	if err != nil {
		return err
	}
	changes, err := planSetup(file, want)
	if err != nil {
		return err
	}
	if ask {
		if err := askSettings(ctx, terminal, file, want, changes); err != nil {
			return err
		}
	}
	if missing := missingSettings(file, want.Mode, changes); len(missing) > 0 {
		return cli.UsageError{Cause: errors.New("give these flags, or run this at a terminal without --yes: " + strings.Join(missing, " "))}
	}
	next, err := file.with(changes)
	if err != nil {
		return err
	}
	config, err := checkSetup(next)
	if err != nil {
		return err
	}
	if want.Check {
		if err := c.connectAll(ctx, config); err != nil {
			return err
		}
	}
	return c.writeSetup(ctx, terminal, ask, want, file, next)
}

func chooseMode(ctx context.Context, terminal huh.Terminal, ask bool, want *cli.SetupRequest) error {
	if want.Mode != "" {
		return nil
	}
	if !ask {
		return cli.UsageError{Cause: errors.New("say which: sole setup dev or sole setup prod")}
	}
	answers, err := terminal.Ask(ctx, huh.Question{
		Title: "What is it for?", Help: "dev writes .env, prod writes .env.prod", Choices: []string{"dev", "prod"}, Value: "dev",
	})
	want.Mode = answers[0]
	return err
}

// writeSetup shows what would change, asks where somebody can be asked, and writes.
func (c commands) writeSetup(ctx context.Context, terminal huh.Terminal, ask bool, want cli.SetupRequest, file, next envFile) error {
	lines := diff(file.values, next.values)
	if len(lines) == 0 {
		if err := file.protect(); err != nil || want.DryRun {
			return err
		}
		c.say("%s says all that already; nothing changed", file.path)
		return nil
	}
	c.say("%s", file.path)
	for _, line := range lines {
		c.say("  %s", line)
	}
	if want.DryRun {
		c.say("nothing was written (--dry-run)")
		return nil
	}
	if ask {
		yes, err := terminal.Confirm(ctx, "Write these changes?")
		if err != nil {
			return err
		}
		if !yes {
			return huh.ErrStopped
		}
	}
	if err := file.write(next); err != nil {
		return err
	}
	c.say("wrote %s, readable by you only. %s", file.path, nextSteps(want, file.path))
	return nil
}

// protect takes the file from the eyes of others, also where nothing in it changes.
func (f envFile) protect() error {
	info, err := os.Stat(f.path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return nil //nolint:nilerr // there is nothing to protect
	}
	return os.Chmod(f.path, 0o600)
}

func nextSteps(want cli.SetupRequest, path string) string {
	switch {
	case want.Containers:
		return fmt.Sprintf("Next: docker compose --env-file %s up --build --detach", path)
	case want.Mode == "dev":
		return "Next: sole dev, or go run . dev in the source folder"
	}
	return fmt.Sprintf("Keep a copy of it in a safe place. Next, each with --env-file %s: sole migrate up, sole seed, sole doctor, sole serve", path)
}

// diff lists what changes, secrets masked: - what was, + what will be.
func diff(before, after map[string]string) []string {
	all := map[string]string{}
	for _, values := range []map[string]string{before, after} {
		for key, value := range values {
			all[key] = value
		}
	}
	var lines []string
	for _, key := range inOrder(all) {
		if before[key] == after[key] {
			continue
		}
		if before[key] != "" {
			lines = append(lines, "- "+key+"="+shown(key, before[key]))
		}
		if after[key] != "" {
			lines = append(lines, "+ "+key+"="+shown(key, after[key]))
		}
	}
	return lines
}
