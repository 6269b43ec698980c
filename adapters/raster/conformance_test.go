package raster_test

import (
	"testing"

	"github.com/sole-platform/sole/adapters/raster"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Pictures(t, func(*testing.T) port.Pictures { return raster.New(1) })
}
