package argon2

import (
	"errors"
	"math"
	"syscall"
	"testing"

	"github.com/sole-platform/sole/domain"
)

func TestALackOfMemoryIsBusy(t *testing.T) {
	_, err := (&workspace{blocks: 16}).take(math.MaxInt / blockBytes)
	if !errors.Is(err, domain.ErrBusy) || !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("got %v, want ErrBusy because of ENOMEM", err)
	}
}
