package useragent_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/useragent"
)

func TestNamesWhatPeopleRecognise(t *testing.T) {
	for header, want := range map[string]string{
		"": "an unknown browser",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) " +
			"Gecko/20100101 Firefox/128.0": "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " +
			"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) " +
			"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1": "Safari on iOS",
		"Mozilla/5.0 (Linux; Android 14; SM-S911B) " +
			"AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36": "Samsung Browser on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " +
			"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36": "Chrome on macOS",
		"curl/8.5.0": "curl",
	} {
		require.Equal(t, want, useragent.Name(header), header)
	}
}

func TestTextOfTheHeaderIsNeverPartOfTheName(t *testing.T) {
	for _, header := range []string{
		"account suspended - confirm at https://evil.example",
		"evil.example/1.0",
		"Mozilla/5.0 (https://evil.example) evil/1 Chrome/1 Safari/1",
		"Mozilla/5.0 (X11; evil.example) Gecko/20100101 Firefox/128.0 evil/1",
		"Mozilla/5.0 (evil.example; evil) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 evil.example/2 Safari/537.36",
		"GoogleProber evil/1",
		"Opera/9.80 (evil; evil.example) evil/2.12",
	} {
		require.NotContains(t, strings.ToLower(useragent.Name(header)), "evil", header)
	}
}

func FuzzName(f *testing.F) {
	f.Add("Firefox/128.0", "Linux")
	f.Fuzz(func(t *testing.T, first, second string) {
		name := useragent.Name("Mozilla/5.0 (" + second + ") " + first)
		require.Regexp(t, `^[A-Za-z ]{4,40}$`, name)
	})
}
