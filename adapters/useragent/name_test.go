package useragent_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/useragent"
)

func TestNamesWhatPeopleRecognise(t *testing.T) {
	for header, want := range map[string]string{
		"": "Unknown device",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": "Firefox on Linux",
		"curl/8.5.0": "curl",
	} {
		require.Equal(t, want, useragent.Name(header))
	}
}
