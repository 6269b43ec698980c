package bootstrap

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheDelayOfAShutdownDependsOnTheEnvironment(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{"": 0, "0": 0, "7": 7 * time.Second} {
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "SHUTDOWN_DELAY_SECONDS": value}})
		require.NoError(t, err)
		require.Equal(t, want, config.ShutdownDelay)
	}
	for value, want := range map[string]time.Duration{"": 5 * time.Second, "0": 0, "7": 7 * time.Second} {
		config, _ := Load(Source{Defaults: map[string]string{
			"DATA_DIR": t.TempDir(), "SHUTDOWN_DELAY_SECONDS": value, "ENVIRONMENT": "production",
		}})
		require.Equal(t, want, config.ShutdownDelay)
	}
	for _, value := range []string{"-1", "61", "five"} {
		_, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "SHUTDOWN_DELAY_SECONDS": value}})
		require.ErrorContains(t, err, "SHUTDOWN_DELAY_SECONDS: write a whole number from 0 to 60")
	}
}

// TestAServiceThatStopsIsUnreadyBeforeItRefusesConnections starts with a delay that is long enough for two requests on a busy machine.
func TestAServiceThatStopsIsUnreadyBeforeItRefusesConnections(t *testing.T) {
	t.Parallel()
	o := settingsIn(t, "PORT=0", "SHUTDOWN_DELAY_SECONDS=3")
	var log, printed output
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- actions(&log, &printed).Serve(ctx, o, true) }()
	listening := regexp.MustCompile(`"msg":"listening".*"address":"([^"]+)"`)
	require.Eventually(t, func() bool { return listening.MatchString(log.String()) }, 20*time.Second, 5*time.Millisecond)
	url := "http://" + listening.FindStringSubmatch(log.String())[1] + "/api/v1/health/"
	ask := func(path string) (status int, closes bool) {
		response, err := http.Get(url + path)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		var body map[string]any
		require.NoError(t, json.NewDecoder(response.Body).Decode(&body))
		return response.StatusCode, response.Close
	}
	status, closes := ask("ready")
	require.Equal(t, 200, status)
	require.False(t, closes)

	began := time.Now()
	stop()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), `"msg":"stopping"`) }, 20*time.Second, time.Millisecond)
	for path, want := range map[string]int{"ready": 503, "live": 200} {
		status, closes := ask(path)
		require.Equal(t, want, status, path)
		require.True(t, closes, path)
	}
	require.NoError(t, <-done)
	require.GreaterOrEqual(t, time.Since(began), 3*time.Second)
	_, err := http.Get(url + "live")
	require.Error(t, err, "it refuses connections")
}
