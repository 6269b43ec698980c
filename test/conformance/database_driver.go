package conformance

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// DatabaseDriver checks every promise of port.DatabaseDriver. unusable are URLs that the driver
// cannot use; words in them must not be in the driver's own messages otherwise.
func DatabaseDriver(t *testing.T, driver port.DatabaseDriver, unusable ...string) {
	t.Run("accepts its own example", func(t *testing.T) {
		require.NoError(t, driver.Check(driver.Example()))
	})
	t.Run("shows no part of a URL that it cannot use", func(t *testing.T) {
		for _, url := range unusable {
			err := driver.Check(url)
			require.Error(t, err, url)
			_, rest, _ := strings.Cut(url, ":")
			for _, word := range regexp.MustCompile(`[A-Za-z0-9]{4,}=?`).FindAllString(rest, -1) {
				if !strings.HasSuffix(word, "=") { // the name of a parameter
					require.NotContains(t, err.Error(), word, url)
				}
			}
		}
	})
	t.Run("does not open a database without its hooks", func(t *testing.T) {
		database, err := driver.Open(port.DatabaseURLs{Service: driver.Example()}, port.DatabaseHooks{})
		require.Error(t, err)
		require.Nil(t, database)
	})
}
