// Package e2e holds black-box tests: the real service on a real listener, spoken to over
// HTTP, on each deployment.
package e2e
