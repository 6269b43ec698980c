package arch

import (
	"os/exec"
	"strings"
	"testing"
)

// unlinked are packages that the program must not contain, with the reasons. A careless import would add any of them.
var unlinked = map[string]string{
	"google.golang.org/grpc":             "a megabyte, for a client that only speaks HTTP",
	"github.com/grpc-ecosystem/":         "it needs gRPC",
	"golang.org/x/net/trace":             "it uses html/template, which keeps every method of every library",
	"charm.land/":                        "two megabytes, and sole setup asks only a dozen questions",
	"github.com/go-webauthn/":            "two megabytes and work at every start; adapters/webauthn says why it does without",
	"github.com/stretchr/testify":        "it belongs to tests",
	"github.com/testcontainers/":         "it belongs to tests",
	"pgregory.net/rapid":                 "it belongs to tests",
	"github.com/sole-platform/sole/test": "it belongs to tests",
}

func TestTheProgramContainsNoUnwantedPackage(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	for linked := range strings.Lines(string(output)) {
		linked = strings.TrimSpace(linked)
		for unwanted, reason := range unlinked {
			if linked == unwanted || strings.HasPrefix(linked, strings.TrimSuffix(unwanted, "/")+"/") {
				t.Errorf("the program contains %s: %s. `go mod why` shows what imports it", linked, reason)
			}
		}
	}
}
