package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/envfile"
	"github.com/sole-platform/sole/application/port"
)

// setupFiles are the files that setup writes unless --env-file names another.
var setupFiles = map[string]string{"dev": ".env", "prod": ".env.prod"}

// asked are the settings that setup asks for at a terminal. The others have flags.
var asked = map[string][]string{
	"dev": {"DATABASE_URL", "REDIS_URL", "SEED_ADMIN_EMAIL"},
	"prod": {
		"PUBLIC_URL", "TENANCY_MODE", "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "DEFAULT_ORG_NAME", "DEFAULT_ORG_SLUG",
		"PROXIES_COUNT", "TRUSTED_PROXIES", "SEED_ADMIN_EMAIL", "SMTP_URL", "MAIL_FROM",
	},
}

// setupFlags returns the settings as flags of setup.
func setupFlags() []cli.Setting {
	flags := make([]cli.Setting, len(settings))
	for i, s := range settings {
		flags[i] = cli.Setting{Key: s.key, Help: s.help, Default: s.fallback, Choices: choices[s.key]}
	}
	return flags
}

// draft implements cli.SetupDraft.
type draft struct {
	file    envfile.File
	want    cli.SetupRequest
	changes map[string]string
	log     io.Writer

	next   envfile.File // set by Changes
	config Config       // set by Changes
}

// Setup implements cli.Program.
func (p program) Setup(o cli.Options, want cli.SetupRequest) (cli.SetupDraft, error) {
	file, err := format().Open(orElse(o.EnvFile, setupFiles[want.Mode]))
	if err != nil {
		return nil, err
	}
	changes, err := planSetup(file, want)
	if err != nil {
		return nil, err
	}
	return &draft{file: file, want: want, changes: changes, log: p.err}, nil
}

// Path implements cli.SetupDraft.
func (d *draft) Path() string { return d.file.Path }

// Questions implements cli.SetupDraft.
func (d *draft) Questions() (questions []cli.SetupQuestion) {
	for _, s := range settings {
		if _, given := d.changes[s.key]; !given && slices.Contains(asked[d.want.Mode], s.key) {
			questions = append(questions, cli.SetupQuestion{Key: s.key, Question: d.question(s)})
		}
	}
	return questions
}

func (d *draft) question(s setting) cli.Question {
	kept := d.file.Values[s.key]
	q := cli.Question{
		Title: s.key, Help: s.help, Value: orElse(kept, d.suggested(s)), Choices: choices[s.key],
		Needed: slices.Contains(needed[d.want.Mode], s.key), Hidden: s.secret && kept != "",
	}
	if len(q.Choices) == 0 {
		q.Validate = func(answer string) error { return valid(s.key, answer) }
	}
	return q
}

// suggested returns the answer that is shown if the file has none: the default, or nothing for a setting that the mode
// requires. The published port of a container has no proxy in front of it.
func (d *draft) suggested(s setting) string {
	switch {
	case slices.Contains(needed[d.want.Mode], s.key):
		return ""
	case s.key == "PROXIES_COUNT" && d.want.Containers:
		return "0"
	}
	return s.fallback
}

// valid returns an error if the value is not valid for the key.
func valid(key, value string) error {
	if value == "" {
		return nil
	}
	empty, err := format().Parse("", "", false)
	if err != nil {
		return err
	}
	one, err := empty.With(map[string]string{key: value})
	if err != nil {
		return err
	}
	p := &parser{v: viperOf(one)}
	p.config()
	return p.err()
}

// Answer implements cli.SetupDraft. It does not write defaults.
func (d *draft) Answer(key, answer string) {
	s := settings[slices.IndexFunc(settings, func(s setting) bool { return s.key == key })]
	if kept := d.file.Values[key]; answer != kept && (kept != "" || answer != d.suggested(s)) {
		d.changes[key] = answer
	}
}

// Missing implements cli.SetupDraft.
func (d *draft) Missing() (flags []string) {
	for _, key := range needed[d.want.Mode] {
		value, changed := d.changes[key]
		if value == "" && (changed || d.file.Values[key] == "") {
			flags = append(flags, "--"+cli.Setting{Key: key}.Flag())
		}
	}
	return flags
}

// Changes implements cli.SetupDraft.
func (d *draft) Changes() ([]string, error) {
	var err error
	if d.next, err = d.file.With(d.changes); err != nil {
		return nil, err
	}
	if d.config, err = checkSetup(d.next); err != nil {
		return nil, err
	}
	return diff(d.file.Values, d.next.Values), nil
}

// diff lists the changed lines with masked secrets: - before the old line, + before the new one.
func diff(before, after map[string]string) (lines []string) {
	all := map[string]string{}
	for _, values := range []map[string]string{before, after} {
		for key, value := range values {
			all[key] = value
		}
	}
	for _, key := range format().InOrder(all) {
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

// Connect implements cli.SetupDraft. A missing schema is not a failure, because `sole migrate up` follows later.
func (d *draft) Connect(ctx context.Context, report func(cli.Finding)) (err error) {
	config := d.config
	if driver, path, file := config.file(); file && !exists(path) { // the first start creates it, not setup
		scratch, err := os.MkdirTemp("", "sole-setup-*")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		config.DatabaseURL = driver.URL(filepath.Join(scratch, "sole.db"))
	}
	app, err := Build(config, Environment{Log: d.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	found := &diagnosis{report: report}
	checks := slices.Concat(app.databaseChecks(), app.cacheChecks(), app.mailChecks())
	found.addChecks(ctx, checks, func(err error) bool { return errors.Is(err, port.ErrSchemaBehind) })
	if found.failed > 0 {
		return fmt.Errorf("%d of the connections failed; nothing was written", found.failed)
	}
	return nil
}

// Write implements cli.SetupDraft.
func (d *draft) Write() error {
	if len(diff(d.file.Values, d.next.Values)) == 0 {
		return d.file.Protect()
	}
	return d.file.Write(d.next)
}
