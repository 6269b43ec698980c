// Package upgrade runs the previous release and this build on the same data: the database is migrated while the previous release
// serves, the replicas are replaced one after another, and both are rolled back.
package upgrade
