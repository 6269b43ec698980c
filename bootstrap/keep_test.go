package bootstrap

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two containers that share DATA_DIR have the same process id, so what holds within one
// process must hold between them too.
func TestEveryMakerOfAKeyGetsTheKeyThatIsKept(t *testing.T) {
	for round := range 200 {
		path := filepath.Join(t.TempDir(), "key")
		got, failed := make([]string, 8), make([]error, 8)
		var started, done sync.WaitGroup
		started.Add(1)
		for i := range got {
			done.Go(func() {
				started.Wait()
				got[i], failed[i] = keep(path, func() (string, error) { return fmt.Sprintf("made by %d", i), nil })
			})
		}
		started.Done()
		done.Wait()
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		for i := range got {
			require.NoError(t, failed[i], "round %d", round)
			require.Equal(t, string(kept), got[i]+"\n", "round %d, maker %d", round, i)
		}
	}
}
