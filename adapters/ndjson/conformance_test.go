package ndjson_test

import (
	"testing"

	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

func TestAccountsAreAnAccountFormat(t *testing.T) {
	sample := []byte("{\"email\":\"ann@example.org\"}\n\n{\"email\":\"ben@example.org\",\"status\":\"suspended\"}\n")
	conformance.AccountFormat(t, ndjson.Accounts{}, sample, port.AccountFileOptions{})
}
