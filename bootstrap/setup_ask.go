package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/huh"
)

// asked are the keys that setup asks for at a terminal; the others keep their defaults or
// have flags.
var asked = map[string][]string{
	"dev": {"DATABASE_URL", "REDIS_URL", "SEED_ADMIN_EMAIL"},
	"prod": {
		"PUBLIC_URL", "TENANCY_MODE", "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "DEFAULT_ORG_NAME", "DEFAULT_ORG_SLUG",
		"PROXIES_COUNT", "TRUSTED_PROXIES", "SEED_ADMIN_EMAIL", "SMTP_URL", "MAIL_FROM",
	},
}

// suggested is the answer that setup shows unless the file has one: the default, except for a
// setting that the mode requires. A published port of a container has no proxy in front of it.
func suggested(s setting, want cli.SetupRequest) string {
	switch {
	case slices.Contains(needed[want.Mode], s.key):
		return ""
	case s.key == "PROXIES_COUNT" && want.Containers:
		return "0"
	}
	return s.fallback
}

// setupFlags are the settings as the flags of setup.
func setupFlags() []cli.Setting {
	flags := make([]cli.Setting, len(settings))
	for i, s := range settings {
		flags[i] = cli.Setting{Key: s.key, Help: s.help, Default: s.fallback, Choices: choices[s.key]}
	}
	return flags
}

// askSettings puts the answers into changes. What is secret is not shown; left empty it
// stays as it is.
func askSettings(ctx context.Context, terminal huh.Terminal, file envFile, want cli.SetupRequest, changes map[string]string) error {
	var keys, shown []string
	var questions []huh.Question
	for _, s := range settings {
		if _, given := changes[s.key]; given || !slices.Contains(asked[want.Mode], s.key) {
			continue
		}
		keys, shown, questions = append(keys, s.key), append(shown, suggested(s, want)), append(questions, question(s, file, want))
	}
	if len(questions) == 0 {
		return nil
	}
	answers, err := terminal.Ask(ctx, questions...)
	if err != nil {
		return err
	}
	for i, key := range keys {
		if file.values[key] == "" && answers[i] == shown[i] {
			continue // the default need not be written down
		}
		if answers[i] != "" || !isSecret(key) && file.values[key] != "" {
			changes[key] = answers[i]
		}
	}
	return nil
}

func question(s setting, file envFile, want cli.SetupRequest) huh.Question {
	q := huh.Question{Title: s.key, Help: s.help, Value: orElse(file.values[s.key], suggested(s, want)), Choices: choices[s.key]}
	if len(q.Choices) > 0 {
		return q
	}
	kept := file.values[s.key] != ""
	if s.secret && kept {
		q.Help, q.Value, q.Hidden = s.help+" (empty: as it is)", "", true
	}
	q.Validate = func(answer string) error {
		if answer == "" && !kept && slices.Contains(needed[want.Mode], s.key) {
			return errors.New("this is needed")
		}
		return fit(file, s.key, answer)
	}
	return q
}

// fit tells what is wrong with one value.
func fit(file envFile, key, value string) error {
	if value == "" {
		return nil
	}
	one, err := envFile{path: file.path, values: map[string]string{}}.with(map[string]string{key: value})
	if err != nil {
		return err
	}
	p := &parser{v: viperOf(one)}
	p.config()
	return p.err()
}

// connectAll connects to everything that the configuration names.
func (c commands) connectAll(ctx context.Context, config Config) (err error) {
	if path, embedded := sqlitePath(config.DatabaseURL); embedded && !exists(path) { // the first start creates it, not setup
		scratch, err := os.MkdirTemp("", "sole-setup-*")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		config.DatabaseURL = sqliteURL(filepath.Join(scratch, "sole.db"))
	}
	app, err := Build(config, Environment{Log: c.err})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	failed := 0
	for _, check := range append(slices.Clone(app.Server.Checks), app.mailChecks()...) {
		if err := connects(ctx, check); err != nil {
			failed++
			c.say("FAIL  %s: %s", check.Name, reason(err))
			continue
		}
		c.say("ok    %s", check.Name)
	}
	if failed > 0 {
		return fmt.Errorf("%d of the connections failed; nothing was written", failed)
	}
	return nil
}

// connects passes over a schema that is not there yet: `sole migrate up` comes later.
func connects(ctx context.Context, check http.Check) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := check.Ask(ctx)
	if errors.Is(err, bunstore.ErrSchemaBehind) {
		return nil
	}
	return err
}
