package argon2

import (
	"fmt"
	"syscall"
	"unsafe"

	"github.com/sole-platform/sole/domain"
)

// allocate returns zeroed memory outside the heap, or domain.ErrBusy if the system gives none. In the heap it would raise the
// target of the garbage collector, which would then let garbage of the same size pile up. It asks for huge pages, with which a
// hash takes about a tenth less time.
func allocate(blocks int) ([]block, error) {
	memory, err := syscall.Mmap(-1, 0, blocks*blockBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("%w: argon2: no memory for a hash: %w", domain.ErrBusy, err)
	}
	_ = syscall.Madvise(memory, syscall.MADV_HUGEPAGE)                                   // not every kernel has them
	return unsafe.Slice((*block)(unsafe.Pointer(unsafe.SliceData(memory))), blocks), nil //nolint:gosec // as many bytes as the blocks have
}

// release frees memory of allocate, which must not be used afterwards.
func release(piece []block) {
	memory := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(piece))), len(piece)*blockBytes) //nolint:gosec // the mapped bytes
	_ = syscall.Munmap(memory)                                                                      // fails only for memory of somebody else
}
