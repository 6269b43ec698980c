package bootstrap

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// devDefaults make a first run easy; whatever is configured wins over them.
var devDefaults = map[string]string{
	"HOST":                  "127.0.0.1",
	"PROXIES_COUNT":         "0",
	"RATE_LIMIT_PER_MINUTE": "600",
	"LOG_FORMAT":            "text",
	"DEFAULT_ORG_NAME":      "Acme",
	"DEFAULT_ORG_SLUG":      "acme",
	"SEED_ADMIN_EMAIL":      "owner@example.org",
}

// Dev implements cli.Actions.
func (c commands) Dev(ctx context.Context, o cli.Options) (err error) {
	app, err := c.create(ctx, o, c.err, devDefaults)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if app.Config.Production {
		return errors.New("sole dev is not for production: use `sole serve`")
	}
	if path, embedded := sqlitePath(app.Config.DatabaseURL); embedded {
		if err := app.lockData(path); err != nil {
			return err
		}
	}
	// Nothing may fail between making the owner and showing the password, so the ports are taken first.
	listener, err := app.Config.Listen(ctx)
	if err != nil {
		return err
	}
	password, result, err := app.prepareDev(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	c.greet(app.Config, listener, password, result.OwnerCreated)
	return app.Run(ctx, listener)
}

func (app *App) prepareDev(ctx context.Context) (password domain.Secret, result platform.SeedResult, err error) {
	if err := app.listenForOperators(ctx); err != nil {
		return password, result, err
	}
	if _, err := app.Store.Migrate(ctx); err != nil {
		return password, result, err
	}
	return app.seed(ctx, false)
}

// greet prints what to try, ready to be pasted into a shell.
func (c commands) greet(config Config, listener net.Listener, password domain.Secret, fresh bool) {
	shown := password.Reveal()
	if !fresh {
		shown = "<the password shown at the first start>"
	} else if !config.SeedPassword.IsZero() {
		shown = "<SEED_ADMIN_PASSWORD>"
	}
	org := ""
	if config.MultiTenant {
		org = " -H 'X-Org-Id: " + config.DefaultOrgSlug + "'"
	}
	kept := "everything is kept in"
	if _, embedded := sqlitePath(config.DatabaseURL); !embedded {
		kept = "uploaded files, and keys made by itself, are kept in"
	}
	url := "http://" + listener.Addr().String()
	c.say("%s", strings.NewReplacer("{url}", url, "{kept}", kept, "{org}", org, "{email}", config.SeedEmail, "{password}", shown, "{data}", config.DataDir).Replace(greeting))
}

const greeting = `
SOLE is running at {url}   ({kept} {data}; stop with Ctrl-C)

  API documentation   {url}/docs
  First owner         {email}
  Password            {password}

Try it, in another terminal:

  # 1. Sign in. Owners must have a second factor, so a challenge comes back.
  CHALLENGE=$(curl -s {url}/api/v1/auth/login{org} -H 'Content-Type: application/json' \
    -d '{"email":"{email}","password":"{password}"}' | grep -o '"token":"[^"]*' | cut -d'"' -f4)

  # 2. Enrol an authenticator: add the secret to an app.
  SECRET=$(curl -s {url}/api/v1/auth/login/mfa/enroll -H 'Content-Type: application/json' \
    -d "{\"challenge_token\":\"$CHALLENGE\"}" | grep -o '"secret":"[^"]*' | cut -d'"' -f4); echo "$SECRET"

  # 3. Confirm with the six digits it shows (or let oathtool make them). Keep the recovery codes.
  CODE=$(oathtool --totp -b "$SECRET")     # or: CODE=123456
  RESULT=$(curl -s {url}/api/v1/auth/login/mfa/enroll/confirm -H 'Content-Type: application/json' \
    -d "{\"challenge_token\":\"$CHALLENGE\",\"code\":\"$CODE\"}"); echo "$RESULT"
  ACCESS=$(echo "$RESULT" | grep -o '"access_token":"[^"]*' | cut -d'"' -f4)
  REFRESH=$(echo "$RESULT" | grep -o '"refresh_token":"[^"]*' | cut -d'"' -f4)

  # 4. Who am I? Other services verify the token with {url}/.well-known/jwks.json
  curl -s {url}/api/v1/me -H "Authorization: Bearer $ACCESS"

  # 5. Refresh, and sign out.
  curl -s {url}/api/v1/auth/refresh -H 'Content-Type: application/json' -d "{\"refresh_token\":\"$REFRESH\"}"
  curl -s -X POST {url}/api/v1/auth/logout -H "Authorization: Bearer $ACCESS"

From the second sign-in on, step 1 answers mfa_required: send the code to /api/v1/auth/login/mfa.
`
