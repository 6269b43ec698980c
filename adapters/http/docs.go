package http

import (
	"encoding/json"
	"fmt"
	"io/fs"
	nethttp "net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"

	"github.com/sole-platform/sole/domain"
)

const docsPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SOLE API</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

// docsScript sends requests to the server that served the page, the only one that docsPolicy allows.
const docsScript = `"use strict";
fetch("/openapi.json").then(answer => answer.json()).then(spec => {
  spec.servers = [{url: location.origin, description: "The server of this page."}];
  SwaggerUIBundle({
    spec, dom_id: "#swagger-ui", deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0, persistAuthorization: false
  });
}).catch(() => { document.getElementById("swagger-ui").textContent = "The API description could not be loaded. Reload the page."; });
`

// docsPolicy allows the page only the scripts of this service. Swagger UI sets
// style attributes and shows data: images.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// KeySetAge is how long clients and caches may keep the key set (its max-age). A new key is
// published for longer than this before it signs tokens.
const KeySetAge = 10 * time.Second

// relatedOriginsAge is how long clients and caches may keep the list of origins.
const relatedOriginsAge = 5 * time.Minute

// relatedOrigins serves the origins whose pages may use passkeys. Before browsers let a page of another site use the passkeys of an
// RP ID, they read this list there (WebAuthn Level 3, section 5.11).
func (s *Server) relatedOrigins(c *fiber.Ctx) error {
	if len(s.PasskeyOrigins) == 0 {
		return domain.ErrNoPasskeys
	}
	text, err := json.Marshal(map[string][]string{"origins": s.PasskeyOrigins})
	if err != nil {
		return err
	}
	c.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(relatedOriginsAge.Seconds())))
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return send(c, "application/json", text)
}

// staticRoutes mounts the documents beside the API: the OpenAPI document, the key set and the documentation.
func (s *Server) staticRoutes() {
	s.get("/.well-known/jwks.json", func(c *fiber.Ctx) error {
		c.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(KeySetAge.Seconds())))
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		return send(c, "application/json", s.JWKS())
	})
	s.discoveryRoutes()
	s.get("/.well-known/webauthn", s.relatedOrigins)
	s.get("/openapi.json", document("application/json", func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) }))
	s.get("/openapi.yaml", document("application/yaml", s.api.OpenAPI().YAML))
	s.get("/docs", func(c *fiber.Ctx) error {
		c.Set("Content-Security-Policy", docsPolicy)
		return send(c, "text/html; charset=utf-8", []byte(docsPage))
	})
	s.get("/docs/start.js", func(c *fiber.Ctx) error { return send(c, "text/javascript; charset=utf-8", []byte(docsScript)) })
	assets := adaptor.HTTPHandler(nethttp.StripPrefix("/docs/assets/", statigz.FileServer(static.FS)))
	s.get("/docs/assets/:file", func(c *fiber.Ctx) error {
		if !isAsset(c.Params("file")) {
			return fiber.ErrNotFound
		}
		err := assets(c)
		c.Set("Cache-Control", "public, max-age=3600")
		return err
	})
}

// isAsset reports whether the documentation page has a file of this name; most are stored compressed.
func isAsset(name string) bool {
	for _, stored := range []string{name, name + ".gz"} {
		if info, err := fs.Stat(static.FS, stored); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// get mounts a document beside the API. Its log lines have the path as their route.
func (s *Server) get(path string, handle fiber.Handler) {
	s.app.Get(path, func(c *fiber.Ctx) error {
		requestOf(c.UserContext()).route = path
		return handle(c)
	})
}

// document serves the text that write returns. It calls write once, at the first request.
func document(contentType string, write func() ([]byte, error)) fiber.Handler {
	written := sync.OnceValues(write)
	return func(c *fiber.Ctx) error {
		text, err := written()
		if err != nil {
			return err
		}
		return send(c, contentType, text)
	}
}

func send(c *fiber.Ctx, contentType string, body []byte) error {
	c.Set(fiber.HeaderContentType, contentType)
	return c.Send(body)
}
