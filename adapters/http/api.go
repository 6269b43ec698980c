package http

import (
	"cmp"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// Huma has one set of these settings per process.
func init() { //nolint:gochecknoinits // global in Huma; setting them per server would be a data race
	plainValidation()
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false // listed makes nil slices empty arrays
	huma.NewErrorWithContext = humaError
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return humaError(nil, status, detail, errs...)
	}
}

const description = `SOLE tells other software who an account is, which organisation (org) it belongs to, and what that org requires of it.

**Signing in** takes one or more steps: POST /auth/login, then what its ` + "`status`" + ` asks for,
until the status is ` + "`authenticated`" + `. Send the access token as ` + "`Authorization: Bearer ...`" + `.
Other services verify it with the keys at /.well-known/jwks.json.
The texts leave out the prefix /api/v1 of the paths of operations.

**Failures** are RFC 9457 problem documents with a stable ` + "`code`" + `. Besides the responses listed here, any request can get
404 for an unknown path, 405 for a wrong method, 431 for headers that are too large, and 503 when too many connections are open.

**Lists** come in pages: repeat the request with ` + "`cursor`" + ` set to ` + "`next_cursor`" + ` until that is null.

**Concurrent changes** are detected with ` + "`If-Match`" + ` and the ` + "`ETag`" + ` of an earlier response.

**Every response** carries X-Request-Id, which identifies the request in the logs; responses under /api carry
RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset when a limit is set.`

func newAPI(app *fiber.App, options Options) huma.API {
	config := huma.DefaultConfig("SOLE", options.Version)
	config.Info.Description = description
	config.Info.Contact = &huma.Contact{Name: "SOLE", URL: "https://github.com/sole-platform/sole"}
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON, oauthJSON: strictJSON}
	config.DefaultFormat = "application/json"
	config.CreateHooks = nil // they would add $schema to every response
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.Servers = []*huma.Server{{URL: cmp.Or(options.PublicURL, "/"), Description: "This deployment."}}
	config.Tags = []*huma.Tag{
		{Name: "Sign-in", Description: "Signing in and out, resetting a password, and proving a second factor again."},
		{Name: "Me", Description: "The signed-in account."},
		{Name: "Org", Description: "The org of the account: its name, settings, audit log and decisions."},
		{Name: "Files", Description: "The files of the org."},
		{Name: "Members", Description: "The accounts of an org."},
		{Name: "Roles", Description: "Roles and the permissions that they grant."},
		{Name: "Service accounts", Description: "Accounts of programs, and their API keys."},
		{Name: "OAuth 2.0", Description: "Tokens of programs, and what other services ask about tokens."},
		{Name: "Webhooks", Description: "Audit events for other systems."},
		{Name: "Platform", Description: "All orgs of a deployment with several, for its operators."},
		{Name: "Service", Description: "Health of the service."},
	}
	config.Components.Schemas = newRegistry()
	config.Components.Responses = map[string]*huma.Response{}
	config.Components.Headers = sharedHeaders()
	config.Components.Parameters = sharedParameters()
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer: {
			Type: "http", Scheme: "bearer", BearerFormat: "JWT",
			Description: "An access token or an API key. The access token from signing in is a signed JWT (RFC 9068) that is valid for " +
				"minutes: get a new one with POST /auth/refresh. An API key (sole_sk_...) is the secret of a service account.",
		},
		basic: {
			Type: "http", Scheme: "basic",
			Description: "The id of a service account and one of its API keys. Both can be in the body instead, as client_id and client_secret.",
		},
	}
	return humafiber.New(app, config)
}

// The names of the security schemes.
const (
	bearer = "bearer"
	basic  = "client"
)
