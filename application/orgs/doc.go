// Package orgs is what an org decides about itself.
package orgs
