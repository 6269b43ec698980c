// Package bootstrap reads the configuration, wires adapters into use cases, and starts and stops the service. No other
// package reads the environment.
package bootstrap
