// Package members has the use cases by which administrators manage the accounts of their org.
package members
