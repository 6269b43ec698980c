// Package roles has the use cases by which administrators manage the roles of their org.
package roles
