package bootstrap

import (
	"log/slog"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/adapters/http"
)

// describe is the API's description; nothing is wired behind it.
func describe() *huma.OpenAPI {
	return http.New(http.UseCases{}, http.Options{Version: Version, Logger: slog.New(slog.DiscardHandler), BodyLimit: bodyLimit}).OpenAPI()
}
