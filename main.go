// SOLE is a multi-tenant identity backend; run `sole --help`.
package main

import (
	"os"

	"github.com/sole-platform/sole/bootstrap"
)

func main() {
	os.Exit(bootstrap.Main(os.Args[1:], os.Stdout, os.Stderr))
}
