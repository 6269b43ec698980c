// Package bootstrap is the one place where everything meets: it reads the configuration,
// wires adapters into use cases, and starts and stops the service. Nobody else reads the
// environment.
package bootstrap
