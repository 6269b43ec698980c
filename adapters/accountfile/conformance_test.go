package accountfile_test

import (
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

func TestFormatsAreAccountFormats(t *testing.T) {
	for _, sample := range samples {
		if sample.file == "django.csv" { // of a single account
			continue
		}
		t.Run(sample.file, func(t *testing.T) {
			options := withParameters(t, port.AccountFileOptions{WeakUntil: lapsing})
			conformance.AccountFormat(t, formatNamed(t, sample.format), testdata(t, sample.file), options)
		})
	}
}
