// Package useragent makes names for people out of User-Agent headers.
package useragent

import (
	"github.com/mileusna/useragent"

	"github.com/sole-platform/sole/application/port"
)

var _ port.DeviceName = Name

// Name is "Firefox on Linux" for a browser, the product's name for other clients.
func Name(header string) string {
	agent := useragent.Parse(header)
	switch {
	case agent.Name == "":
		return "Unknown device"
	case agent.OS == "":
		return agent.Name
	}
	return agent.Name + " on " + agent.OS
}
