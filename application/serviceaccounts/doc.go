// Package serviceaccounts has the use cases by which administrators manage the service accounts of their org and their API keys.
package serviceaccounts
