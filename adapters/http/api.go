package http

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// Huma keeps these three for the whole process.
func init() { //nolint:gochecknoinits // process-wide by Huma's design, and raced over if set per server
	huma.ValidateStrictCasing = true
	huma.NewErrorWithContext = humaError
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return humaError(nil, status, detail, errs...)
	}
}

const description = `SOLE tells other software who an account is, which organisation it belongs to, and what that organisation demands of it.

**Signing in** is a walk through challenges: POST /auth/login, then whatever its status asks for, until the answer is "authenticated".
Send the access token as "Authorization: Bearer ..."; verify it elsewhere with the keys at /.well-known/jwks.json.
Every failure is an RFC 9457 problem document whose "code" is stable.`

func newAPI(app *fiber.App, version string) huma.API {
	config := huma.DefaultConfig("SOLE", version)
	config.Info.Description = description
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	config.DefaultFormat = "application/json"
	config.CreateHooks = nil // they would add $schema to every answer
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.Tags = []*huma.Tag{
		{Name: "Sign-in", Description: "From a password to tokens, and back out."},
		{Name: "Me", Description: "The signed-in account."},
		{Name: "Org", Description: "What an org is called, what it demands, and what happened in it."},
		{Name: "Files", Description: "What an org keeps, by its content and not by its name."},
		{Name: "Members", Description: "The accounts of an org."},
		{Name: "Roles", Description: "Who may do what."},
		{Name: "Platform", Description: "All orgs, for the operators of a deployment that has several."},
		{Name: "Service", Description: "Health and keys."},
	}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token from signing in."},
	}
	return humafiber.New(app, config)
}

const bearer = "bearer"
