// Package orgs has the use cases of an org and its settings.
package orgs
