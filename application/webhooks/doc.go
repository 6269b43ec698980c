// Package webhooks has the use cases by which administrators manage the webhooks of their org.
package webhooks
