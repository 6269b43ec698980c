// Package e2e holds black-box tests: requests over HTTP to the real service on a real listener, on each
// deployment.
package e2e
